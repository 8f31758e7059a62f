"""Published limits as smooth terms: their confidence level, their growth beyond the knee, curves and their ends."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, norm

from zprimefit.likelihoods.limits import (
    FADE,
    KNEE,
    NO_LIMIT,
    TERMS,
    LimitCurve,
    background_limited,
    check_digitisation,
    envelope,
    term,
    verdict,
    zero_background,
)

FORMS = [background_limited, zero_background]


@pytest.mark.parametrize(("cl", "c"), [(0.90, 2.71), (0.95, 3.84), (0.99, 6.63)])
def test_background_limited_rate_at_the_limit_has_its_confidence_level(cl, c):
    assert float(background_limited(1.0, cl)) == pytest.approx(c, abs=0.006)
    # a two-sided Gaussian interval of that level ends at the root
    assert np.sqrt(float(background_limited(1.0, cl))) == pytest.approx(norm.ppf((1 + cl) / 2))


@pytest.mark.parametrize(("cl", "n"), [(0.90, 2.30), (0.95, 3.00)])
def test_zero_background_at_the_limit_is_the_probability_of_no_event(cl, n):
    assert float(zero_background(1.0, cl)) == pytest.approx(2 * n, abs=0.011)
    assert np.exp(-float(zero_background(1.0, cl)) / 2) == pytest.approx(1 - cl)


@pytest.mark.parametrize("form", FORMS)
def test_value_and_slope_are_continuous_at_the_knee(form):
    slope = jax.grad(lambda mu: form(mu, 0.9))
    below, above = KNEE * (1 - 1e-9), KNEE * (1 + 1e-9)
    assert float(form(below, 0.9)) == pytest.approx(float(form(above, 0.9)), rel=1e-7)
    assert float(slope(below)) == pytest.approx(float(slope(above)), rel=1e-7)


def test_term_beyond_the_knee_is_the_stated_one():
    c = chi2.ppf(0.9, 1)
    assert float(background_limited(1e4, 0.9)) == pytest.approx(100 * c * (1 + 2 * np.log(1e3)))


@pytest.mark.parametrize("form", FORMS)
@given(mu=st.floats(0.0, 1e30))
@settings(deadline=None)
def test_terms_grow_and_stay_finite_with_their_slopes(form, mu):
    assert 0 <= float(form(mu, 0.9)) < 1e6
    assert 0 <= float(jax.grad(lambda x: form(x, 0.9))(mu)) < 1e4


def test_verdict_has_three_words_and_their_level():
    words = [verdict(x) for x in (0.0, 2.7, 2.8, 6.6, 6.7)]
    assert words == ["allowed", "allowed", "tension (90 % CL)", "tension (90 % CL)", "excluded at 99 % CL"]
    assert verdict(12.0, best=10.0) == "allowed"
    assert verdict(float("nan"), mu=0.1, cl=0.9) == "no number"


@pytest.mark.parametrize(
    ("statistic", "cl", "mu", "word"),
    [
        ("background", 0.90, 1.0, "allowed"),
        ("background", 0.90, 1.01, "excluded at 90 % CL"),
        ("background", 0.95, 1.01, "excluded at 95 % CL"),
        ("background", 0.90, 1.56, "excluded at 90 % CL"),
        ("background", 0.90, 1.57, "excluded at 99 % CL"),
        ("no-background", 0.90, 1.0, "allowed"),
        ("no-background", 0.90, 1.99, "excluded at 90 % CL"),
        ("no-background", 0.90, 2.01, "excluded at 99 % CL"),
        ("no-background", 0.95, 1.53, "excluded at 95 % CL"),
        ("no-background", 0.95, 1.54, "excluded at 99 % CL"),
    ],
)
def test_limit_is_judged_by_mu_at_its_own_level(statistic, cl, mu, word):
    """sqrt(6.635/2.706) = 1.566; exp(-n mu) = (1 - CL)^mu = 0.01 at mu = 2 and ln(100)/ln(20) = 1.537."""
    assert verdict(1e4, mu=mu, cl=cl, statistic=statistic) == word


def test_term_with_data_and_a_limit_takes_its_own_statistic():
    judged = {delta: verdict(10 + delta, best=10.0, mu=1.5, cl=0.9, statistic=None) for delta in (5.0, 7.0)}
    assert judged == {5.0: "excluded at 90 % CL", 7.0: "excluded at 99 % CL"}
    assert verdict(30.0, best=10.0, mu=0.9, cl=0.9, statistic=None) == "allowed"


def test_rate_without_a_level_is_judged_by_its_likelihood():
    assert verdict(3.0, mu=0.1) == "tension (90 % CL)"


# -- digitisation


@pytest.mark.parametrize("statistic", list(TERMS))
@pytest.mark.parametrize("mu", [1e-3, 0.3, 1.0, 9.0, 30.0, 1e4])
@pytest.mark.parametrize(("digitisation", "power"), [(0.05, 2), (0.1, 2), (0.1, 1), (0.1, 4)])
def test_digitisation_is_a_nuisance_that_is_profiled(statistic, mu, digitisation, power):
    def penalised(n):
        return float(TERMS[statistic][0](mu * np.exp(-power * digitisation * n), 0.9)) + n**2

    best = minimize_scalar(penalised, bounds=(-1.0, 250.0), method="bounded", options={"xatol": 1e-8}).fun
    assert float(term(statistic, mu, 0.9, digitisation, power=power)) == pytest.approx(best, rel=1e-5, abs=1e-10)


@pytest.mark.parametrize("statistic", list(TERMS))
def test_digitisation_of_zero_is_the_limit_itself(statistic):
    form = {"background": background_limited, "no-background": zero_background}[statistic]
    assert float(term(statistic, 2.0, 0.9)) == float(form(2.0, 0.9))
    assert float(term(statistic, 2.0, 0.9, 1e-4)) == pytest.approx(float(form(2.0, 0.9)), rel=1e-4)


@pytest.mark.parametrize("statistic", list(TERMS))
@pytest.mark.parametrize(("digitisation", "power"), [(0.1, 2), (0.3, 4)])
def test_digitised_limit_has_a_finite_slope_everywhere(statistic, digitisation, power):
    slope = jax.grad(lambda mu: term(statistic, mu, 0.99, digitisation, power=power))
    assert np.isfinite([float(slope(mu)) for mu in (0.0, 1e-30, 1.0, 1e30)]).all()


@pytest.mark.parametrize("digitisation", [-0.01, 0.31, np.nan, np.inf])
def test_error_of_a_coupling_has_a_range(digitisation):
    with pytest.raises(ValueError, match=r"kloe: digitisation must be between 0 and 0\.3, got"):
        check_digitisation("kloe", digitisation)


# -- curves


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


def test_limit_fades_within_a_percent_beyond_its_table_without_a_step_or_a_kink():
    curve = LimitCurve(MASS, LIMIT)

    def rate(mass):
        return (1e-5 / curve(mass)) ** 2

    mass = MASS[-1] * np.exp(np.linspace(-0.5, 2.0, 2001) * FADE)
    found = np.asarray(rate(mass))
    assert found[mass > MASS[-1] * 1.0101].max() < 1e-20
    assert np.abs(np.diff(found)).max() < 5e-3
    slopes = np.asarray(jax.vmap(jax.grad(rate))(mass))
    assert np.isfinite(slopes).all()
    assert np.abs(np.diff(slopes)).max() < 0.05 * np.abs(slopes).max()
    assert [float(curve.coverage(m)) for m in (5e-3, 0.0099999, 0.1, 0.31)] == pytest.approx([0, 1, 1, 0], abs=1e-3)


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
