"""Published limits as smooth terms: their confidence level, their growth beyond the knee, curves and their ends."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from zprimefit.likelihoods.limits import (
    KNEE,
    NO_LIMIT,
    LimitCurve,
    background_limited,
    envelope,
    verdict,
    zero_background,
)

TERMS = [background_limited, zero_background]


@pytest.mark.parametrize(("cl", "c"), [(0.90, 2.71), (0.95, 3.84), (0.99, 6.63)])
def test_background_limited_rate_at_the_limit_has_its_confidence_level(cl, c):
    assert float(background_limited(1.0, cl)) == pytest.approx(c, abs=0.006)
    # a two-sided Gaussian interval of that level ends at the root
    assert np.sqrt(float(background_limited(1.0, cl))) == pytest.approx(norm.ppf((1 + cl) / 2))


@pytest.mark.parametrize(("cl", "n"), [(0.90, 2.30), (0.95, 3.00)])
def test_zero_background_at_the_limit_is_the_probability_of_no_event(cl, n):
    assert float(zero_background(1.0, cl)) == pytest.approx(2 * n, abs=0.011)
    assert np.exp(-float(zero_background(1.0, cl)) / 2) == pytest.approx(1 - cl)


@pytest.mark.parametrize("term", TERMS)
def test_value_and_slope_are_continuous_at_the_knee(term):
    slope = jax.grad(lambda mu: term(mu, 0.9))
    below, above = KNEE * (1 - 1e-9), KNEE * (1 + 1e-9)
    assert float(term(below, 0.9)) == pytest.approx(float(term(above, 0.9)), rel=1e-7)
    assert float(slope(below)) == pytest.approx(float(slope(above)), rel=1e-7)


def test_term_beyond_the_knee_is_the_stated_one():
    c = chi2.ppf(0.9, 1)
    assert float(background_limited(1e4, 0.9)) == pytest.approx(100 * c * (1 + 2 * np.log(1e3)))


@pytest.mark.parametrize("term", TERMS)
@given(mu=st.floats(0.0, 1e30))
@settings(deadline=None)
def test_terms_grow_and_stay_finite_with_their_slopes(term, mu):
    assert 0 <= float(term(mu, 0.9)) < 1e6
    assert 0 <= float(jax.grad(lambda x: term(x, 0.9))(mu)) < 1e4


def test_verdict_has_three_words():
    words = [verdict(x) for x in (0.0, 2.7, 2.8, 6.6, 6.7)]
    assert words == ["allowed", "allowed", "tension", "tension", "excluded at 99 % CL"]
    assert verdict(12.0, best=10.0) == "allowed"


MASS, LIMIT = np.array([0.01, 0.02, 0.05, 0.3]), np.array([1e-3, 4e-4, 5e-4, 1e-5])


def test_curve_goes_through_its_points_and_is_monotone_between_them():
    curve = LimitCurve(MASS, LIMIT)
    assert np.asarray(curve(MASS)) == pytest.approx(LIMIT, rel=1e-12)
    for low, high in pairwise(MASS):
        between = np.asarray(curve(np.geomspace(low, high, 40)))
        steps = np.diff(between)
        assert np.all(steps <= 1e-18) or np.all(steps >= -1e-18)


@pytest.mark.parametrize("mass", [0.0101, 0.03, 0.29])
def test_curve_has_a_derivative(mass):
    curve = LimitCurve(MASS, LIMIT)
    step = 1e-6 * mass
    difference = float(curve(mass + step) - curve(mass - step)) / (2 * step)
    assert float(jax.grad(curve)(mass)) == pytest.approx(difference, rel=1e-5)


@pytest.mark.parametrize(
    ("outside", "below", "above"), [("none", NO_LIMIT, NO_LIMIT), ("extend", 1e-3, 1e-5), ("error", np.nan, np.nan)]
)
def test_policy_outside_the_table_is_the_stated_one(outside, below, above):
    curve = LimitCurve(MASS, LIMIT, outside)
    assert np.asarray(curve(jnp.array([1e-3, 1.0]))) == pytest.approx([below, above], nan_ok=True)
    assert float(curve(0.1)) < 1e-3


@pytest.mark.parametrize(
    ("mass", "limit", "message"),
    [
        ([0.1, 0.1], [1e-3, 1e-3], "masses must ascend, got 0.1 before 0.1"),
        ([0.1, 0.2], [1e-3, -1e-3], "must be finite and positive"),
        ([0.1, 0.2], [1e-3], "two arrays of one length"),
    ],
)
def test_wrong_curves_are_refused(mass, limit, message):
    with pytest.raises(ValueError, match=message):
        LimitCurve(np.array(mass), np.array(limit))


def test_envelope_sorts_and_keeps_the_strongest_limit():
    mass, limit = envelope([3.0, 1.0, 2.0, 2.0], [3e-3, 1e-3, 5e-3, 2e-3])
    assert list(mass) == [1.0, 2.0, 3.0]
    assert list(limit) == [1e-3, 2e-3, 3e-3]
