import jax
import numpy as np
import pytest

from tests import toys
from zprimefit.fitting.coordinates import Coordinates
from zprimefit.parameters import Prior


def test_round_trip_with_a_shear_is_exact_to_rounding():
    coordinates = Coordinates.of(toys.rate())
    values = coordinates.draw_prior(64, np.random.default_rng(1))
    assert np.asarray(coordinates.to_values(coordinates.to_internal(values))) == pytest.approx(values, rel=1e-12)


def test_sheared_coordinate_does_not_move_along_the_ridge():
    coordinates = Coordinates.of(toys.rate())
    a, b = (np.asarray(coordinates.to_internal(v)) for v in ([0.8, 0.2, 1e-6, 1.0], [0.8, 0.02, 1e-4, 1.0]))
    assert a[1] == pytest.approx(b[1], abs=1e-12)


def test_shear_has_unit_jacobian():
    coordinates = Coordinates.of(toys.rate())

    def to_scaled(x):
        return coordinates.scaled(coordinates.to_values(x))

    x = coordinates.to_internal(np.array([0.5, 1e-2, 1e-6, 1.0]))
    assert np.linalg.det(jax.jacfwd(to_scaled)(x)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("make", [toys.rate, toys.valley, toys.gaussian])
def test_internal_prior_is_the_users_prior_times_the_numerical_jacobian(make):
    coordinates = Coordinates.of(make())
    values = coordinates.draw_prior(1, np.random.default_rng(3))[0]
    x = coordinates.to_internal(values)
    jacobian = np.linalg.slogdet(np.asarray(jax.jacfwd(coordinates.to_values)(x)))[1]
    expected = float(coordinates.log_prior(values)) + jacobian
    assert float(coordinates.log_prior_internal(x)) == pytest.approx(expected, abs=1e-10)


def test_prior_is_minus_infinity_outside_its_support():
    coordinates = Coordinates.of(toys.gaussian())
    assert float(coordinates.log_prior(np.array([0.0, 11.0, 0.0]))) == -np.inf


def test_fixed_parameters_enter_the_shear_at_their_defaults():
    coordinates = Coordinates.of(toys.rate().with_parameters({"d": {"free": False, "default": 4.0}}))
    values = np.array([0.8, 0.2, 1e-6])
    x = np.asarray(coordinates.to_internal(values))
    assert x[1] == pytest.approx(np.log(0.2) + 0.5 * np.log(4e-6), abs=1e-12)


def test_draws_follow_a_declared_prior():
    prior = Prior("normal", -10.0, 10.0, mean=1.0, sigma=0.5)
    coordinates = Coordinates.of(toys.gaussian().with_parameters({"a": {"prior": prior}}))
    draws = coordinates.draw_prior(4000, np.random.default_rng(0))[:, 0]
    assert draws.mean() == pytest.approx(1.0, abs=0.03)
    assert draws.std() == pytest.approx(0.5, abs=0.03)
