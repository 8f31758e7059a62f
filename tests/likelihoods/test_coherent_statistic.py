"""Profiled Poisson likelihood of COHERENT against a general minimiser and closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from zprimefit.likelihoods.coherent.statistic import Near, ProfiledPoisson, between, one_sided, scaled

RNG = np.random.default_rng(7)
SHAPE = np.exp(-np.arange(12) / 4.0)
BACKGROUND = np.full(12, 9.0)
SIGNAL = np.array([SHAPE, 1.1 * SHAPE, 0.92 * SHAPE**1.1]) * 30


def statistic(data, **changes):
    rising = BACKGROUND * np.linspace(0.8, 1.2, 12)
    values = {
        "data": data,
        "background": BACKGROUND,
        "morphs": (
            scaled("norm", BACKGROUND, 0.2),
            between("slope", BACKGROUND, rising, rising[::-1] * 1.02),
            one_sided("width", BACKGROUND, BACKGROUND * np.linspace(1.1, 0.95, 12)),
        ),
        "signal_error": 0.1,
        "signal_shapes": ("quenching",),
    }
    return ProfiledPoisson(**(values | changes))


def minimum(stat, signal):
    return float(jax.jit(stat.minus2lnl)(signal))


DATA = RNG.poisson(BACKGROUND + SIGNAL[0]).astype(float)


@pytest.mark.parametrize("strength", [0.0, 1.0, 4.0])
def test_profile_is_the_minimum_over_the_pulls(strength):
    stat, signal = statistic(DATA), strength * SIGNAL
    at = jax.jit(lambda z: stat.minus2lnl_at(signal, z))
    found = minimize(at, np.zeros(5), jac=jax.jit(jax.grad(at)), method="BFGS", tol=1e-8)
    assert minimum(stat, signal) == pytest.approx(found.fun, abs=1e-6)
    assert np.asarray(jax.jit(stat.fitted_pulls)(signal)) == pytest.approx(found.x, abs=1e-4)


def test_data_that_are_expected_cost_nothing():
    stat = statistic(BACKGROUND + SIGNAL[0])
    assert minimum(stat, SIGNAL) == pytest.approx(0, abs=1e-12)
    assert np.asarray(jax.jit(stat.fitted_pulls)(SIGNAL)) == pytest.approx(np.zeros(5), abs=1e-9)


def test_without_pulls_it_is_the_poisson_deviance():
    stat = statistic(DATA, morphs=(), signal_error=0.0, signal_shapes=())
    mean = BACKGROUND + SIGNAL[0]
    ratio = np.where(DATA > 0, DATA, 1) / mean
    expected = 2 * np.sum(mean - DATA + DATA * np.log(ratio))
    assert minimum(stat, SIGNAL[:1]) == pytest.approx(expected, rel=1e-10)


def test_derivative_is_that_of_the_minimum():
    stat = statistic(DATA)
    value = jax.jit(lambda a: stat.minus2lnl(a * SIGNAL))
    exact = jax.jit(lambda a: stat.minus2lnl_at(a * SIGNAL, stat.fitted_pulls(a * SIGNAL)))
    slope, curve = jax.jit(jax.grad(value))(1.3), jax.jit(jax.hessian(exact))(1.3)
    step = 1e-3
    up, here, down = (float(value(1.3 + d)) for d in (step, 0.0, -step))
    assert float(slope) == pytest.approx((up - down) / (2 * step), rel=1e-5)
    assert float(curve) == pytest.approx((up - 2 * here + down) / step**2, rel=1e-2)


def test_start_near_the_minimum_changes_nothing():
    stat = statistic(DATA)
    for scale in (0.5, 1.3, 20.0):
        pulls = stat.fitted_pulls(1.1 * SIGNAL)
        near = Near(pulls, jnp.linalg.inv(stat.curvature(1.1 * SIGNAL, pulls)))
        alone, helped = (float(stat.minus2lnl(scale * SIGNAL, start)) for start in (None, near))
        assert helped == pytest.approx(alone, rel=1e-9)


def test_many_data_at_a_time_are_fitted_as_each_alone():
    near = Near(np.zeros(5), np.linalg.inv(np.asarray(statistic(DATA).curvature(SIGNAL, jnp.zeros(5)))))
    many = np.stack([DATA, RNG.poisson(BACKGROUND).astype(float), 3 * DATA])
    found = jax.jit(jax.vmap(lambda data: statistic(data).minus2lnl(SIGNAL, near)))(many)
    assert np.asarray(found) == pytest.approx([minimum(statistic(data), SIGNAL) for data in many], abs=1e-6)


def test_known_curvature_ends_where_newton_s_method_does():
    stat = statistic(DATA)
    pulls = stat.fitted_pulls(1.1 * SIGNAL)
    near = Near(pulls, jnp.linalg.inv(stat.curvature(1.1 * SIGNAL, pulls)))
    at, found = jax.jit(stat.fitted_pulls), jax.jit(lambda signal: stat._found(signal, near))
    for scale in (0.9, 1.0, 1.2, 2.0):
        assert np.asarray(found(scale * SIGNAL)) == pytest.approx(np.asarray(at(scale * SIGNAL)), abs=1e-4)
    slope = jax.jit(jax.grad(lambda a: stat.minus2lnl(a * SIGNAL, near)))
    value = jax.jit(lambda a: stat.minus2lnl(a * SIGNAL))
    step = 1e-4
    for scale in (0.9, 1.3):
        difference = (float(value(scale + step)) - float(value(scale - step))) / (2 * step)
        assert float(slope(scale)) == pytest.approx(difference, rel=1e-4)


def test_unit_pull_gives_the_templates_of_one_standard_deviation():
    stat = statistic(DATA)
    up = np.asarray(stat.expected(SIGNAL, np.array([0.0, 1, 0, 1, 0])))
    assert up == pytest.approx(SIGNAL[1] + BACKGROUND * np.linspace(0.8, 1.2, 12))
    down = np.asarray(stat.expected(SIGNAL, np.array([0.0, -1, 0, -1, 0])))
    assert down == pytest.approx(SIGNAL[2] + 1.02 * BACKGROUND * np.linspace(1.2, 0.8, 12))
    assert np.asarray(stat.expected(SIGNAL, np.array([1.0, 0, 0, 0, 1]))) == pytest.approx(
        1.1 * SIGNAL[0] + BACKGROUND * np.linspace(1.1, 0.95, 12)
    )


def test_counts_in_a_control_sample_act_as_their_poisson_error():
    # one bin, background b counted beside it: -2 ln L = (n - b)^2/(n + b) for large numbers
    b, n = 40000.0, 40500.0
    background = np.array([b])
    stat = ProfiledPoisson(np.array([n]), background, (scaled("steady", background, b**-0.5),), 0.0, ())
    assert minimum(stat, np.zeros((1, 1))) == pytest.approx((n - b) ** 2 / (n + b), rel=0.01)


@pytest.mark.parametrize("strength", [30.0, 100.0, 1e4])
def test_pulls_are_at_the_minimum_for_signals_far_too_large_too(strength):
    stat = statistic(DATA)
    pulls = jax.jit(stat.fitted_pulls)(strength * SIGNAL)
    slopes = jax.jit(jax.grad(lambda z: stat.minus2lnl_at(strength * SIGNAL, z)))(pulls)
    assert np.abs(np.asarray(slopes)).max() < 1e-3
    value = jax.jit(lambda a: stat.minus2lnl(a * SIGNAL))
    step = 1e-4 * strength
    difference = (float(value(strength + step)) - float(value(strength - step))) / (2 * step)
    assert float(jax.jit(jax.grad(value))(strength)) == pytest.approx(difference, rel=1e-4)


def test_huge_signals_cannot_be_pulled_away():
    stat = statistic(DATA)
    value = jax.jit(stat.minus2lnl)
    values = [float(value(a * SIGNAL)) for a in (1, 10, 100, 1000)]
    assert np.isfinite(values).all()
    assert (np.diff(values) > 50).all()


def test_names_of_pulls_are_in_their_order():
    assert statistic(DATA).pull_names == ("signal", "quenching", "norm", "slope", "width")
