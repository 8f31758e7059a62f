"""The sampler returns what it must: priors, Gaussians, ridges; and says what went wrong."""

from io import StringIO
from itertools import pairwise
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from chain_toys import (
    COVARIANCE,
    LOG_RATE,
    MEAN,
    P_VALUE,
    RATE,
    RATE_ERROR,
    Toy,
    gaussian,
    independent,
    parameter,
    rate,
    with_holes,
    without_data,
)
from scipy import stats

from zprimefit.analyses import Analysis
from zprimefit.fitting.coordinates import Coordinates
from zprimefit.fitting.ensemble import sample
from zprimefit.fitting.ensemble_run import BadLikelihoodError, check_is_due
from zprimefit.fitting.posterior import BadPoint, Posterior, bad_points_table
from zprimefit.fitting.starts import StartError, draw_starts
from zprimefit.likelihoods.component import component
from zprimefit.parameters import Shear
from zprimefit.priors import Prior

PRIORS = {
    "uniform": (Prior("uniform", 0.01, 2.0), stats.uniform(0.01, 1.99)),
    "log-uniform": (Prior("log-uniform", 0.01, 2.0), stats.loguniform(0.01, 2.0)),
    "normal": (Prior("normal", 0.01, 2.0, 0.5, 0.4), stats.truncnorm(-0.49 / 0.4, 1.5 / 0.4, 0.5, 0.4)),
}


@pytest.mark.parametrize("kind", PRIORS)
def test_chain_without_data_returns_the_declared_prior_on_every_scale(kind):
    prior, expected = PRIORS[kind]
    analysis = without_data(
        (
            parameter("linear", -1.0, 3.0, "linear", prior),
            parameter("log", 1e-3, 3.0, "log", prior),
            parameter("asinh", -1.0, 3.0, "asinh", prior, asinh_scale=0.05),
        )
    )
    samples = independent(sample(analysis, until="steps", steps=1500))
    assert len(samples) > 1000
    for column in samples.T:
        assert stats.kstest(column, expected.cdf).pvalue > P_VALUE


def test_chain_without_data_returns_the_prior_of_sheared_parameters():
    low, high = 1e-4, 1e-1
    analysis = without_data(
        (
            parameter("g", 1e-5, 1.0, "log", Prior("uniform", low, high)),
            parameter("u", low, high, "log"),
            parameter("s", -1.0, 1.0, "asinh", asinh_scale=0.01),
        ),
        {"g": Shear("log", lambda p: 0.5 * jnp.log(p["u"]) + jnp.log(1.1 + p["s"]))},
    )
    samples = independent(sample(analysis, until="steps", steps=1500))
    expected = (stats.uniform(low, high - low), stats.loguniform(low, high), stats.uniform(-1.0, 2.0))
    assert len(samples) > 1000
    for column, distribution in zip(samples.T, expected, strict=True):
        assert stats.kstest(column, distribution.cdf).pvalue > P_VALUE


def test_gaussian_returns_its_mean_and_covariance():
    chain = sample(gaussian(), max_steps=4000)
    assert chain.verdict == "converged"
    assert chain.diagnostics.n_over_tau.min() >= 50
    samples, n = chain.flat(thin=1), chain.diagnostics.ess.min()
    sigma = np.sqrt(np.diag(COVARIANCE))
    # Four standard deviations of a mean, and of an element of a sample covariance, of n independent numbers.
    assert np.all(np.abs(samples.mean(axis=0) - MEAN) < 4 * sigma / np.sqrt(n))
    allowed = 4 * np.sqrt((np.outer(sigma, sigma) ** 2 + COVARIANCE**2) / n)
    assert np.all(np.abs(np.cov(samples.T) - COVARIANCE) < allowed)
    assert chain.best().minus2lnl < 0.05


def exact_rate_posterior(n, rng):
    """Rejection sampling of the posterior of the rate: independent of chains and coordinates."""
    draws = np.column_stack([rng.uniform(*np.log(bounds), size=n) for bounds in RATE.values()])
    chi2 = ((draws @ [2.0, 1.0, 2.0] - LOG_RATE) / RATE_ERROR) ** 2
    return draws[rng.uniform(size=n) < np.exp(-0.5 * chi2)]


def test_degenerate_rate_is_sampled_as_rejection_sampling_does():
    chain = sample(rate(), until="steps", steps=2500)
    samples = np.log(independent(chain))
    exact = exact_rate_posterior(1_000_000, np.random.default_rng(5))
    assert chain.diagnostics.n_over_tau.min() > 30
    for column, reference in zip(samples.T, exact.T, strict=True):
        assert stats.ks_2samp(column, reference).pvalue > P_VALUE


def test_shear_changes_the_coordinates_but_not_the_density():
    straight, bent = (Posterior(rate(sheared=s), batch=8) for s in (True, False))
    values = straight.coordinates.draw_prior(20, np.random.default_rng(0))
    rows = [p(np.asarray(p.coordinates.to_internal(values))) for p in (straight, bent)]
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-9)


def test_seeds_make_chains():
    chains = [sample(gaussian(), until="steps", steps=30, walkers=8, seed=s) for s in (1, 1, 2)]
    assert np.array_equal(chains[0].samples, chains[1].samples)
    assert not np.array_equal(chains[0].samples, chains[2].samples)
    assert not np.array_equal(chains[0].samples[0], chains[0].samples[1])


def test_chain_does_not_depend_on_the_length_of_blocks():
    chains = [sample(gaussian(), until="steps", steps=60, walkers=8, block=b) for b in (100, 7)]
    assert np.array_equal(chains[0].samples, chains[1].samples)


def test_likelihood_is_traced_once_for_all_batches():
    traced = []

    @component(parameters=["a", "b"])
    def counting(a, b):
        traced.append(1)
        return a**2 + b**2

    analysis = Analysis(Toy((parameter("a", -5, 5), parameter("b", -5, 5))), (counting,))
    traced.clear()
    sample(analysis, until="steps", steps=40, walkers=9, block=10)
    assert len(traced) == 1


# -- likelihoods that are no numbers ----------------------------------------------------------------------------------


def test_rare_nan_is_minus_infinity_counted_and_written_down(tmp_path):
    chain = sample(with_holes(0.004), until="steps", steps=200, walkers=16, folder=tmp_path, seed=3)
    assert 0 < chain.n_bad < 0.01 * chain.tally.evaluations
    assert chain.samples[..., 0].min() >= 0.004
    assert np.isfinite(chain.log_likelihood).all()
    assert all(p.components == ("faulty",) and p.values[0] < 0.004 for p in chain.bad_points)
    lines = (tmp_path / "bad_points.csv").read_text().splitlines()
    assert lines[0] == "ensemble,block_first_step,x,y,minus2lnl,components"
    assert len(lines) == chain.n_bad + 1
    assert lines[1].endswith(",nan,faulty")


def test_frequent_nan_stops_the_run_and_names_the_component(tmp_path):
    with pytest.raises(BadLikelihoodError, match=r"at most 1 %.*faulty.*First at x=.*bad_points\.csv"):
        sample(with_holes(0.2), until="steps", steps=200, walkers=16, folder=tmp_path)
    assert len((tmp_path / "bad_points.csv").read_text().splitlines()) > 10


def test_hard_cut_is_no_bad_point():
    @component(parameters=["x"])
    def cut(x):
        return jnp.where(x < 0.5, jnp.inf, 0.0)

    chain = sample(Analysis(Toy((parameter("x", 0.0, 1.0),)), (cut,)), until="steps", steps=100, walkers=8)
    assert chain.n_bad == 0
    assert chain.samples.min() >= 0.5


def test_likelihood_outside_the_prior_is_never_trusted():
    @component(parameters=["x"])
    def outside_is_tempting(x):
        return jnp.where((x < 0.2) | (x > 0.4), -1e9, 0.0)

    p = parameter("x", 0.0, 1.0, prior=Prior("uniform", 0.2, 0.4))
    chain = sample(Analysis(Toy((p,)), (outside_is_tempting,)), until="steps", steps=100, walkers=8)
    assert chain.samples.min() >= 0.2
    assert chain.samples.max() <= 0.4


# -- starts -----------------------------------------------------------------------------------------------------------


def fit_of(analysis, values, covariance, unconstrained=()):
    return SimpleNamespace(values=np.array(values), covariance=np.array(covariance), unconstrained=unconstrained)


def starts_of(analysis, fit, n=400):
    posterior = Posterior(analysis, batch=64)
    internal = draw_starts(posterior, n, np.random.default_rng(1), fit)
    return np.asarray(Coordinates.of(analysis).to_values(internal)), posterior(internal)


def test_starts_are_over_dispersed_around_the_fit():
    analysis = gaussian()
    values, _ = starts_of(analysis, fit_of(analysis, MEAN, COVARIANCE))
    np.testing.assert_allclose(values.mean(axis=0), MEAN, atol=0.1)
    ratio = np.cov(values.T) / COVARIANCE
    assert np.all((ratio > 2.5) & (ratio < 5.0))


@pytest.mark.parametrize("broken", [np.nan, 0.0, 1e6, -1.0])
def test_unconstrained_directions_start_from_the_prior(broken):
    @component(parameters=["a", "b"])
    def only_a(a, b):
        return (a / 0.1) ** 2 + 0.0 * b

    analysis = Analysis(Toy((parameter("a", -5, 5), parameter("b", -5, 5))), (only_a,))
    fit = fit_of(analysis, [0.0, 1.0], [[0.01, broken], [broken, broken]])
    values, _ = starts_of(analysis, fit)
    assert 0.12 < values[:, 0].std() < 0.28
    assert stats.kstest(values[:, 1], stats.uniform(-5, 10).cdf).pvalue > P_VALUE


def test_names_that_the_fit_calls_unconstrained_start_from_the_prior_also_under_a_shear():
    analysis = rate()
    fit = fit_of(analysis, [1e-4, 1e-2, 1.0], np.diag([RATE_ERROR**2 / 4, 1e-6, 1e-6]), ("u", "d"))
    values, rows = starts_of(analysis, fit)
    spread = np.log(values).std(axis=0)
    assert np.all(spread > 1.0)
    assert np.all(-2 * rows[:, -2] < 60)


def test_starts_at_a_limit_stay_inside_the_support():
    @component(parameters=["x"])
    def low(x):
        return ((x + 0.05) / 0.1) ** 2

    analysis = Analysis(Toy((parameter("x", 0.0, 1.0),)), (low,))
    values, rows = starts_of(analysis, fit_of(analysis, [0.0], [[0.01]]))
    assert values.min() >= 0
    assert np.isfinite(rows[:, 0]).all()


def test_fit_of_a_wrong_place_falls_back_to_the_prior():
    p = (parameter("a", -5, 5, prior=Prior("uniform", -1, 1)),)
    values, _ = starts_of(without_data(p), fit_of(None, [4.0], [[1e-6]]))
    assert stats.kstest(values[:, 0], stats.uniform(-1, 2).cdf).pvalue > P_VALUE


def test_prior_without_finite_likelihood_is_refused():
    with pytest.raises(StartError, match=r"only 0 of .* points drawn from the prior of x, y"):
        sample(with_holes(2.0), until="steps", steps=10, walkers=8)


# -- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"until": "convergd"}, "'convergd'; did you mean 'converged'"),
        ({"until": "steps"}, "steps is for until='steps' and needed there"),
        ({"steps": 100}, "steps is for until='steps' and needed there"),
        ({"until": "steps", "steps": 0}, "steps must be a positive whole number, got 0"),
        ({"block": 0}, "block must be a positive"),
        ({"walkers": 3}, "3 walkers are too few for 2 free parameters; use at least 4"),
        ({"resume": True}, "resume needs the folder"),
    ],
)
def test_settings_without_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        sample(gaussian(), **settings)


def test_analysis_without_free_parameters_is_refused():
    fixed = gaussian().with_parameters({"a": {"free": False}, "b": {"free": False}})
    with pytest.raises(ValueError, match="no free parameter"):
        sample(fixed)


def test_progress_is_told_after_every_block():
    lines = []
    chain = sample(gaussian(), max_steps=300, walkers=8, block=100, progress=lambda p: lines.append(str(p)))
    assert [line.split(":")[0] for line in lines] == [f"step {n} of 300" for n in (100, 200, 300)]
    assert chain.verdict == "not yet"
    assert "N/tau" in lines[-1]


def test_checks_are_at_every_early_block_and_then_at_each_tenth():
    due = [k for k in range(1, 41) if check_is_due(100 * k, 100)]
    assert due[:10] == list(range(1, 11))
    assert len(due) < 28
    assert max(b / a for a, b in pairwise(due[9:])) < 1.21


def test_bad_points_name_components_whatever_their_names_hold():
    point = BadPoint((1.0,), float("nan"), ("constraint: max(a, b) < 3", "miniboone"))
    table = pd.read_csv(StringIO(bad_points_table(["a"], [(0, 5, point)])))
    assert table["components"].iloc[0] == "constraint: max(a, b) < 3; miniboone"
