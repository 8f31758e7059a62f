"""Chi-squares far away."""

import jax
import pytest

from zprimefit.likelihoods.limits import background_limited
from zprimefit.likelihoods.taming import KNEE_CHI2, tamed, tamed_above


@pytest.mark.parametrize("mu", [0.0, 1.0, 9.9, 11.0, 1e4])
def test_agrees_with_a_limit_at_the_same_distance(mu):
    assert float(tamed(float(background_limited(1.0, 0.9)) * mu**2)) == pytest.approx(
        float(background_limited(mu, 0.9))
    )


def test_value_and_slope_go_on_at_the_knee():
    below, above = KNEE_CHI2 * (1 - 1e-9), KNEE_CHI2 * (1 + 1e-9)
    assert float(tamed(above)) == pytest.approx(float(tamed(below)))
    assert float(jax.grad(tamed)(above)) == pytest.approx(float(jax.grad(tamed)(below)))


def test_derivatives_are_finite_at_zero_and_far_away():
    assert float(jax.grad(tamed)(0.0)) == 1
    assert 0 < float(jax.grad(tamed)(1e20)) < 1e-15


def test_what_is_below_the_standard_model_stays_as_it_is():
    assert float(tamed_above(70.0, 72.5)) == pytest.approx(70.0)
    assert float(tamed_above(100.0, 72.5)) == pytest.approx(100.0)
    assert float(tamed_above(1e12, 72.5)) == pytest.approx(72.5 + float(tamed(1e12 - 72.5)))
