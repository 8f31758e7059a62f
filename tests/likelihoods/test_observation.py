"""Data that can be replaced: published ones change nothing, drawn ones follow the likelihood that they are put into."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal, poisson

import zprimefit as zf
from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.counts import CountObservation
from zprimefit.likelihoods.limit_observation import Limit, LimitObservation, StrongestObservation
from zprimefit.likelihoods.limits import TERMS, term
from zprimefit.likelihoods.observation import PRESCRIPTIONS, GaussianObservation, Observation

N = 200
CASES = {"z2hdm-global": "table1", "blsm-global": "mz20"}
DRAWN = [
    *("delta-a-mu", "delta-a-e", "babar-invisible", "babar-visible", "babar-4mu", "babar-tautau", "kloe", "a1", "apex"),
    *("hps-2015", "na48", "e137", "e141", "e774", "kek", "orsay", "na64-visible", "na64-invisible"),
    *("coherent-csi-2021", "coherent-lar", "miniboone-ncel", "nc-dis", "nomad-photon", "charm-ii", "minerva"),
    *("borexino", "texono", "heavy-neutrino-mixing", "u1b-anomaly", "tau-e-gamma", "tau-e-scalar", "tau-width"),
    *("charged-higgs", "oblique", "higgs-invisible", "higgs-photons", "miniboone"),
]
BLSM = ["z-mixing", "nomad-dump", "charm-dump", "nucal", "ps191"]


@cache
def loaded(analysis):
    found = zf.load(analysis, engine="direct")
    point = {p.name: p.default for p in found.parameters} | found.benchmarks[CASES[analysis]]
    return found, point, {c.name: c for c in found.components}


@cache
def predicted(analysis, name):
    """Observation of a component, its forecast at the benchmark, and what data are drawn from there."""
    found, point, components = loaded(analysis)
    observation = components[name].observation
    forecast = jax.tree.map(np.asarray, components[name].forecast(found.model, point))
    return observation, forecast, jax.tree.map(np.asarray, jax.jit(observation.truth)(forecast))


@cache
def slopes_of(analysis, name):
    """Compiled: data -> -2 ln L at the benchmark, and its derivative by a common factor of everything forecast."""
    observation, forecast, _ = predicted(analysis, name)

    def value_and_score(data):
        def value(factor):
            return observation.minus2lnl(jax.tree.map(lambda leaf: leaf * factor, forecast), data)

        return jax.jvp(value, (1.0,), (1.0,))

    return jax.jit(value_and_score)


everything = pytest.mark.parametrize(
    ("analysis", "name"), [("z2hdm-global", n) for n in DRAWN] + [("blsm-global", n) for n in BLSM]
)


@pytest.mark.parametrize("analysis", CASES)
def test_every_component_but_those_of_theory_can_be_drawn(analysis):
    components = loaded(analysis)[2]
    listed = {n for n in (*DRAWN, *BLSM) if n in components}
    assert set(components) - listed == ({"vacuum-stability", "perturbativity"} & set(components))
    assert all(isinstance(components[name].observation, Observation) for name in listed)
    assert not any(hasattr(components[name], "observation") for name in set(components) - listed)


@pytest.mark.parametrize("analysis", CASES)
def test_chi2_is_told_from_minus_2_ln_l_where_a_determinant_is_in_it(analysis):
    components = loaded(analysis)[2]
    told = {n for n, c in components.items() if hasattr(getattr(c, "observation", None), "chi2")}
    # nothing else may be called chi2 there: goodness of fit would take it for that
    assert told == {"miniboone"}
    assert np.isfinite(predicted(analysis, "miniboone")[0].chi2(predicted(analysis, "miniboone")[1], None))


@pytest.mark.slow
@everything
def test_published_data_as_an_argument_change_nothing(analysis, name):
    observation, forecast, _ = predicted(analysis, name)
    value = float(jax.jit(observation.minus2lnl)(forecast))
    given = float(slopes_of(analysis, name)(observation.observed(forecast))[0])
    assert given == pytest.approx(value, rel=1e-7, abs=1e-7)


@pytest.mark.slow
@everything
def test_asimov_data_have_nothing_against_what_they_are_expected_from(analysis, name):
    observation, forecast, truth = predicted(analysis, name)
    data = observation.expected(truth)
    value = float(slopes_of(analysis, name)(data)[0])
    if name == "miniboone":
        value -= float(observation.minus2lnl(forecast) - observation.chi2(forecast))  # ln det
    # without background a thousandth of an event is added
    assert value == pytest.approx(0.0, abs=5e-3)
    assert data.shape == observation.observed(forecast).shape


@pytest.mark.slow
@everything
def test_score_of_drawn_data_vanishes_on_average(analysis, name):
    """E[d ln L / d parameter] = 0 at the truth, for a common factor of everything that is forecast."""
    observation, _, truth = predicted(analysis, name)
    rng, score = np.random.default_rng(1), slopes_of(analysis, name)
    scores = np.array([float(score(observation.drawn(truth, rng, "fitted"))[1]) for _ in range(N)])
    assert np.isfinite(scores).all()
    # a search without background where nothing is expected sees nothing: its score does not fluctuate, and is small
    assert abs(scores.mean()) < 4 * scores.std() / np.sqrt(N) + 1e-3


@pytest.mark.slow
@everything
@pytest.mark.parametrize("nuisances", PRESCRIPTIONS)
def test_drawn_data_are_like_those_that_were_published(analysis, name, nuisances):
    observation, forecast, truth = predicted(analysis, name)
    drawn = [observation.drawn(truth, np.random.default_rng(seed), nuisances) for seed in (1, 1, 2)]
    assert drawn[0].shape == observation.observed(forecast).shape
    assert drawn[0].dtype == np.float64
    assert np.array_equal(drawn[0], drawn[1])
    assert all(np.isfinite(float(slopes_of(analysis, name)(data)[0])) for data in drawn)


@pytest.mark.slow
def test_other_views_of_miniboone_are_drawn_with_their_pulls():
    observation = MiniBooNE(view="evis", statistic="poisson-pulls").observation
    signal = np.full(sum(m.shape[1] for m in observation.merging.values()), 5.0)
    truth = jax.tree.map(np.asarray, jax.jit(observation.truth)(signal))
    rng, minus2lnl = np.random.default_rng(1), jax.jit(observation.minus2lnl)
    assert float(minus2lnl(signal, observation.observed(signal))) == pytest.approx(float(minus2lnl(signal)), rel=1e-9)
    assert float(minus2lnl(signal, observation.expected(truth))) == pytest.approx(0.0, abs=1e-6)
    for nuisances in PRESCRIPTIONS:
        found = [float(minus2lnl(signal, observation.drawn(truth, rng, nuisances))) for _ in range(60)]
        # as many degrees of freedom as bins; counts of a few events are not quite Gaussian
        assert np.mean(found) == pytest.approx(observation.n_data, rel=0.15)


def test_correlated_gaussian_is_scipy_s():
    lower = np.array([[1.0, 0.0], [0.6, 0.5]])
    observation = GaussianObservation(np.array([0.3, -0.2]), lower)
    density = multivariate_normal(observation.values, lower @ lower.T)
    expected = -2 * (density.logpdf([1.0, 2.0]) - density.logpdf(observation.values))
    assert float(observation.minus2lnl(np.array([1.0, 2.0]))) == pytest.approx(expected)
    rng = np.random.default_rng(3)
    drawn = np.array([observation.drawn(np.array([1.0, 2.0]), rng, "fitted") for _ in range(4000)])
    assert np.cov(drawn.T) == pytest.approx(lower @ lower.T, abs=0.06)
    assert drawn.mean(axis=0) == pytest.approx([1.0, 2.0], abs=0.06)


@given(k=st.integers(1, 30), mu=st.floats(0.05, 5.0), cl=st.sampled_from([0.9, 0.95]))
@settings(deadline=None)
def test_search_without_background_is_poisson(k, mu, cl):
    limit = Limit("no-background", cl)
    made = float(limit.made(mu))
    expected = -2 * (poisson.logpmf(k, made) - poisson.logpmf(k, k))
    assert float(limit.minus2lnl(mu, float(k))) == pytest.approx(expected, abs=2.1e-3 * (1 + k / made))
    assert float(limit.minus2lnl(mu, 0.0)) == pytest.approx(float(term("no-background", mu, cl)))


@pytest.mark.parametrize("statistic", list(TERMS))
@pytest.mark.parametrize("datum", [0.0, 2.0])
@pytest.mark.parametrize("mu", [0.2, 1.0, 4.0])
def test_error_of_a_curve_is_profiled_whatever_the_data(statistic, datum, mu):
    limit = Limit(statistic, 0.9)

    def penalised(n):
        return float(limit.minus2lnl(mu * np.exp(-0.2 * n), datum)) + n**2

    expected = minimize_scalar(penalised, bounds=(-8, 8), method="bounded", options={"xatol": 1e-10}).fun
    found = float(limit.profiled(mu, datum, 0.1))
    assert found == pytest.approx(expected, abs=1e-7)
    if datum == 0:
        assert found == pytest.approx(float(term(statistic, mu, 0.9, 0.1)), abs=1e-6)
    step = 1e-5
    slope = (float(limit.profiled(mu + step, datum, 0.1)) - float(limit.profiled(mu - step, datum, 0.1))) / (2 * step)
    assert float(jax.grad(limit.profiled)(mu, datum, 0.1)) == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_strongest_limit_of_a_group_counts_whatever_the_data():
    limits = (Limit("background", 0.9), Limit("background", 0.95), Limit("background", 0.9))
    observation = StrongestObservation(limits, ("a", "a", "b"))
    mu, data = np.array([[0.5], [0.7], [2.0]]), np.array([0.4, -1.0])
    each = [float(limit.minus2lnl(m, z)) for limit, m, z in zip(limits, mu[:, 0], (0.4, 0.4, -1.0), strict=True)]
    assert float(observation.minus2lnl(mu, data)) == pytest.approx(each[1] + each[2])
    plain = LimitObservation(limits).each(mu)[:, 0]
    assert float(observation.minus2lnl(mu)) == pytest.approx(float(jnp.maximum(plain[0], plain[1]) + plain[2]))


def test_shift_of_a_background_moves_what_is_expected():
    observation = CountObservation(np.array([7.0]), np.array([5.0]), np.array([1.0]))
    moved = CountObservation(np.array([7.0]), np.array([5.5]), np.array([1.0]))
    shifted = float(observation.minus2lnl(np.array([2.0]), np.array([7.0, 0.5])))
    assert shifted == pytest.approx(float(moved.minus2lnl(np.array([2.0]))))
