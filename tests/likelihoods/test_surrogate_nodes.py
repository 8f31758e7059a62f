"""Where rates are integrated for a surrogate: side by side, at points that the box and a seed tell."""

from threading import Barrier

import numpy as np
import pytest

from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.miniboone.spectrum import unit_spectrum
from zprimefit.likelihoods.surrogate_nodes import (
    HELD_OUT_POINTS,
    LEAST,
    MARGIN,
    ON_FACES,
    TAIL,
    Sampler,
    cores,
    held_out_points,
    needed,
    orders_of,
)
from zprimefit.models import Z2HDM

LOW, HIGH = np.log([0.03, 0.005, 0.001]), np.log([2.0, 0.029, 0.15])
NAMES = ("m_zprime", "m_hprime", "m_nu4")


def sampler(segments=(2,), progress=None, axes=NAMES, fixed=None):
    return Sampler("spectra", NAMES, axes, fixed or {}, segments, progress)


def on_cores(monkeypatch, n):
    monkeypatch.setattr("zprimefit.likelihoods.surrogate_nodes.cores", lambda: n)


def test_rates_are_the_same_bit_by_bit_on_any_number_of_cores(monkeypatch):
    likelihood = MiniBooNE(scalars=("hprime",))
    spectrum = unit_spectrum(Z2HDM().pair_sources(("hprime",))[0], likelihood.folding)
    points = held_out_points(LOW, HIGH, 3)[::11]
    found = []
    for n in (1, 3):
        on_cores(monkeypatch, n)
        found.append(sampler(likelihood.folding.segments)(lambda m: spectrum(m).sum(axis=0), points))
    serial = np.stack([np.asarray(spectrum(np.exp(p)).sum(axis=0)) for p in points])
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], serial)


def test_points_are_integrated_at_the_same_time(monkeypatch):
    """Two meet at a barrier, which one after the other never would."""
    on_cores(monkeypatch, 2)
    barrier, calls = Barrier(2), []

    def rates(masses):
        calls.append(masses)
        if len(calls) > 1:
            barrier.wait(timeout=20)
        return masses[None, :]

    points = held_out_points(LOW, HIGH, 0)[:5]
    assert sampler((3,))(rates, points)[:, 0] == pytest.approx(np.exp(points))


def test_fixed_masses_stand_where_the_integration_wants_them():
    found = sampler((3,), axes=("m_zprime", "m_nu4"), fixed={"m_hprime": 0.02})(lambda m: m[None], np.log([[0.5, 0.1]]))
    assert found[0, 0] == pytest.approx([0.5, 0.02, 0.1])


def test_failure_at_one_point_is_raised_and_ends_the_others(monkeypatch):
    on_cores(monkeypatch, 2)
    calls = []

    def rates(masses):
        calls.append(masses)
        if len(calls) == 3:
            raise ZeroDivisionError
        return np.ones((1, 2))

    with pytest.raises(ZeroDivisionError):
        sampler()(rates, np.zeros((10_000, 3)))
    assert len(calls) < 10_000


def test_progress_counts_up_to_all_points():
    lines = []
    sampler(progress=lines.append)(lambda m: np.ones((1, 2)), np.zeros((200, 3)))
    assert lines[0] == "integrating spectra: 10 of 200 mass points"
    assert lines[-1] == "integrating spectra: 200 of 200 mass points"
    assert len(lines) == 20


def test_there_is_at_least_one_core():
    assert cores() >= 1


def test_held_out_points_are_corners_faces_and_the_inside_the_same_every_time():
    points = held_out_points(LOW, HIGH, 7)
    assert points.shape == (HELD_OUT_POINTS, 3)
    assert np.array_equal(points, held_out_points(LOW, HIGH, 7))
    assert not np.array_equal(points, held_out_points(LOW, HIGH, 8))
    assert np.all((points >= LOW) & (points <= HIGH))
    at_end = np.isclose(points, LOW, atol=1e-12) | np.isclose(points, HIGH, atol=1e-12)
    assert np.count_nonzero(at_end.all(axis=1)) == 8
    assert np.count_nonzero(at_end.sum(axis=1) == 1) == ON_FACES
    assert np.count_nonzero(~at_end.any(axis=1)) == HELD_OUT_POINTS - 8 - ON_FACES
    assert held_out_points(np.zeros(0), np.zeros(0), 1).shape == (1, 0)


def test_coefficients_are_kept_down_to_the_tolerance_or_the_noise():
    falling = 10.0 ** -np.arange(16.0)
    assert needed(falling) == np.count_nonzero(falling > TAIL) + MARGIN == 5
    noisy = np.maximum(falling, 0.02)
    assert needed(noisy) == 2 + MARGIN
    assert needed(np.maximum(falling, TAIL / 2)) == 5
    assert needed(np.zeros(16)) == LEAST


def test_axis_along_which_less_happens_takes_fewer_nodes():
    def rates(masses):
        return np.exp(np.array([[np.sin(3 * np.log(masses[0])), np.log(masses[1])]]))

    orders = orders_of(sampler((1, 1)), rates, LOW, HIGH)
    assert orders[0] > 8
    assert orders[1:] == (LEAST, LEAST)
