"""Envelopes: densities stay what they are under them, and below their bound."""

import numpy as np
import pytest

from zprimefit.numerics.unweighting import surveyed


def peaked(points):
    """Integral 1 over the unit square: exponentials in both coordinates."""
    return np.prod(30 * np.exp(-30 * points) / -np.expm1(-30), axis=1)


@pytest.fixture(scope="module")
def envelope():
    return surveyed(peaked, 2, np.random.default_rng(0))


def test_mean_of_density_times_volume_is_the_integral(envelope):
    places, volume = envelope.mapped(np.random.default_rng(1).random((40_000, 2)))
    values = peaked(places) * volume
    assert values.mean() == pytest.approx(1, abs=4 * values.std() / 200)


def test_volumes_fill_the_cube(envelope):
    places, volume = envelope.mapped(np.random.default_rng(2).random((40_000, 2)))
    assert volume.mean() == pytest.approx(1, abs=4 * volume.std() / 200)
    assert ((places >= 0) & (places <= 1)).all()


def test_grid_makes_the_bound_lower_by_far(envelope):
    """Without a grid it would be 900: the density at the corner."""
    places, volume = envelope.mapped(np.random.default_rng(3).random((40_000, 2)))
    assert (peaked(places) * volume).max() < envelope.bound < 12


def test_bound_of_nothing_is_zero():
    assert surveyed(lambda points: np.zeros(len(points)), 2, np.random.default_rng(0)).bound == 0


def test_density_that_is_no_number_somewhere_is_refused():
    def broken(points):
        return np.where(points[:, 0] < 0.5, np.nan, 1.0)

    with pytest.raises(ValueError, match="expected finite values, got nan"):
        surveyed(broken, 2, np.random.default_rng(0))
