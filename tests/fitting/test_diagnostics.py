"""Diagnostics: right where the answer is known, silent never, raising never."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.fitting.diagnostics import autocorrelation_time, diagnose, normal_scores, r_hat_of, stuck_walkers


def autoregressive(shape, rho, seed=1):
    """x_t = rho x_(t-1) + noise: Gaussian of unit width with tau = (1 + rho) / (1 - rho); shape (e, steps, walkers)."""
    rng = np.random.default_rng(seed)
    x = np.empty(shape)
    x[:, 0] = rng.standard_normal((shape[0], shape[2]))
    for t in range(1, shape[1]):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * rng.standard_normal((shape[0], shape[2]))
    return x


def diagnosed(x, log_likelihood=None):
    samples = x[..., None] if x.ndim == 3 else x
    ll = -0.5 * samples[..., 0] ** 2 if log_likelihood is None else log_likelihood
    return diagnose(samples, ll, [f"p{i}" for i in range(samples.shape[-1])])


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.97])
def test_autocorrelation_time_of_an_autoregressive_chain(rho):
    x = autoregressive((2, 4000, 20), rho)
    assert autocorrelation_time(x) == pytest.approx((1 + rho) / (1 - rho), rel=0.08)


def test_thinning_of_long_chains_keeps_the_autocorrelation_time():
    x = autoregressive((2, 12000, 6), 0.97)
    assert diagnosed(x).tau[0] == pytest.approx(1.97 / 0.03, rel=0.1)


def test_well_mixed_chain_converges_and_its_numbers_agree():
    d = diagnosed(np.stack([autoregressive((2, 1500, 32), rho, seed=3) for rho in (0.6, 0.8)], axis=-1))
    assert (d.verdict, d.reasons) == ("converged", ())
    assert d.steps == 1500 - d.burn
    assert 30 < d.burn < 60
    np.testing.assert_allclose(d.ess, 2 * 32 * d.n_over_tau)
    assert np.all(d.r_hat < 1.005)
    assert np.all(d.acceptance == 1.0)


def test_short_chain_is_not_yet_converged():
    d = diagnosed(autoregressive((2, 300, 32), 0.9))
    assert d.verdict == "not yet"
    assert "N/tau" in d.reasons[0]


def test_ensembles_that_disagree_are_found_by_r_hat():
    x = autoregressive((2, 1500, 32), 0.5)
    x[1] += 1.0
    d = diagnosed(x)
    assert d.r_hat[0] > 1.1
    assert any("R-hat" in reason for reason in d.reasons)


def test_ensembles_of_different_width_are_found_by_the_folded_r_hat():
    x = autoregressive((2, 1500, 32), 0.5)
    x[1] *= 2.0
    assert r_hat_of(x) > 1.05


def test_drift_is_found_in_a_single_ensemble():
    x = autoregressive((1, 1500, 32), 0.5)
    x += np.linspace(0, 3, 1500)[None, :, None]
    d = diagnosed(x)
    assert d.r_hat[0] > 1.1
    assert d.verdict == "not yet"


def test_walkers_that_sit_apart_lengthen_the_autocorrelation_time():
    x = autoregressive((1, 1000, 20), 0.5)
    alone = autocorrelation_time(x)
    x[..., :10] += 5.0
    assert autocorrelation_time(x) > 20 * alone


def test_nothing_depends_on_the_scale_of_a_parameter():
    x = autoregressive((2, 600, 8), 0.7)
    one, other = diagnosed(x), diagnosed(np.exp(x), log_likelihood=-0.5 * x**2)
    for key in ("tau", "r_hat", "ess", "burn"):
        np.testing.assert_array_equal(getattr(one, key), getattr(other, key))


def test_stuck_walkers_are_named():
    x = autoregressive((2, 800, 16), 0.5)
    ll = -0.5 * x**2
    x[1, :, 3] = x[1, 0, 3]
    ll[0, :, 5] = -50.0
    found = stuck_walkers(x[..., None], ll)
    assert set(found) == {(1, 3), (0, 5)}
    d = diagnosed(x, ll)
    assert d.stuck == found
    assert any("2 stuck walkers (ensemble/walker 0/5, 1/3)" in reason for reason in d.reasons)


def test_healthy_walkers_are_not_called_stuck():
    assert diagnosed(autoregressive((4, 1000, 64), 0.9)).stuck == ()


def test_constant_column_is_said_and_the_others_keep_their_numbers():
    x = autoregressive((2, 1500, 16), 0.5)
    d = diagnosed(np.stack([x, np.full_like(x, 3.0)], axis=-1))
    assert np.isfinite(d.tau[0])
    assert np.isnan(d.tau[1])
    assert d.reasons == ("p1 never moved or is not finite",)


@pytest.mark.parametrize("steps", [0, 1, 2, 7, 8, 9, 20])
def test_chains_of_few_steps_get_a_verdict(steps):
    d = diagnosed(autoregressive((2, 20, 4), 0.5)[:, :steps])
    assert d.verdict == "not yet"


ODD = st.sampled_from([0.0, 1.0, -1.0, 1e-300, 1e300, np.inf, -np.inf, np.nan])


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(0, 40), st.integers(1, 4), st.integers(1, 2))
def test_diagnostics_never_raise(data, ensembles, steps, walkers, n):
    size = ensembles * steps * walkers * n
    numbers = data.draw(st.lists(st.one_of(ODD, st.floats(-1e3, 1e3)), min_size=min(size, 5), max_size=max(size, 5)))
    samples = np.resize(np.array([*numbers, 0.5]), (ensembles, steps, walkers, n))
    d = diagnose(samples, samples[..., 0], [f"p{i}" for i in range(n)])
    assert d.verdict in {"converged", "not yet"}
    assert d.tau.shape == d.r_hat.shape == (n,)


@settings(max_examples=10, deadline=None)
@given(st.integers(100, 130), ODD)
def test_diagnostics_of_longer_chains_never_raise(steps, odd):
    x = autoregressive((2, steps, 4), 0.5)
    x[1, steps // 2 :, 1] = odd
    assert diagnosed(x, np.where(np.isfinite(x), -np.abs(x), odd)).verdict == "not yet"


def test_normal_scores_are_normal_and_ties_share_one():
    scores = normal_scores(np.random.default_rng(0).exponential(size=(2, 50, 4)))
    assert abs(scores.mean()) < 1e-12
    assert scores.std() == pytest.approx(1.0, abs=0.01)
    assert len(np.unique(normal_scores(np.array([1.0, 2.0, 2.0, 3.0])))) == 3
