"""Hamiltonian Monte Carlo returns what it must: Gaussians, edges, ridges; and says where its trajectories broke."""

import sys
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
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
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.chain_store import ChainStoreError
from zprimefit.fitting.ensemble import sample
from zprimefit.fitting.ensemble_run import BadLikelihoodError
from zprimefit.fitting.hamiltonian import sample_hmc
from zprimefit.likelihoods.component import component
from zprimefit.parameters import Shear
from zprimefit.priors import Prior


@cache
def gaussian_chain():
    return sample_hmc(gaussian(), warmup=300, draws=1500)


def funnel():
    """v = 0 +- 3 and four x = 0 +- exp(v / 2): no step size is right both in the neck and outside."""

    @component(parameters=["v", "x1", "x2", "x3", "x4"])
    def neck(v, x1, x2, x3, x4):
        return v**2 / 9 + (x1**2 + x2**2 + x3**2 + x4**2) * jnp.exp(-v) + 4 * v

    x = tuple(parameter(f"x{i}", -1000.0, 1000.0) for i in range(1, 5))
    return Analysis(Toy((parameter("v", -15.0, 15.0), *x)), (neck,), name="funnel")


@cache
def funnel_chain():
    return sample_hmc(funnel(), warmup=300, draws=300, target=0.7)


def test_gaussian_comes_out_with_its_mean_and_covariance():
    chain = gaussian_chain()
    samples, n = chain.flat(thin=1), chain.diagnostics.ess
    error = np.sqrt(np.diagonal(COVARIANCE) / n)
    assert n.min() > 2000
    assert (np.abs(samples.mean(axis=0) - MEAN) < 4 * error).all()
    # relative error of a variance: sqrt(2 / n), of squares whose chain is at most twice as slow
    np.testing.assert_allclose(np.cov(samples.T), COVARIANCE, rtol=4 * np.sqrt(4 / n.min()))


def test_chain_has_the_shape_diagnostics_and_tables_of_any_other():
    chain = gaussian_chain()
    assert chain.samples.shape == (4, 1500, 1, 2)
    assert chain.verdict == "converged"
    assert (chain.diagnostics.r_hat < 1.01).all()
    assert list(chain.summary().index) == ["a", "b"]
    assert set(chain.to_frame()["ensemble"]) == {0, 1, 2, 3}
    assert chain.best().minus2lnl < 0.05


def test_likelihood_and_prior_of_every_draw_are_those_of_the_analysis():
    chain, analysis = gaussian_chain(), gaussian()
    values = chain.samples[1, :50, 0]
    np.testing.assert_allclose(chain.log_likelihood[1, :50, 0], -0.5 * analysis.minus2lnl_batch(values), atol=1e-9)
    np.testing.assert_allclose(chain.log_prior, np.log(1 / 10**2), rtol=1e-12)


def test_same_seed_gives_the_same_chain_bit_by_bit_and_another_seed_another():
    chains = [sample_hmc(gaussian(), warmup=150, draws=40, seed=seed) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(chains[0].samples, chains[1].samples)
    np.testing.assert_array_equal(chains[0].log_likelihood, chains[1].log_likelihood)
    assert (chains[0].samples != chains[2].samples).any()


def test_chain_without_data_returns_the_declared_prior_up_to_its_edges_on_every_scale():
    priors = (Prior("uniform", 0.01, 2.0), Prior("log-uniform", 0.01, 2.0), Prior("normal", 0.01, 2.0, 0.5, 0.4))
    expected = (
        stats.uniform(0.01, 1.99),
        stats.loguniform(0.01, 2.0),
        stats.truncnorm(-0.49 / 0.4, 1.5 / 0.4, 0.5, 0.4),
    )
    analysis = without_data(
        (
            parameter("linear", -1.0, 3.0, "linear", priors[0]),
            parameter("log", 1e-3, 3.0, "log", priors[1]),
            parameter("asinh", -1.0, 3.0, "asinh", priors[2], asinh_scale=0.05),
        )
    )
    chain = sample_hmc(analysis, warmup=300, draws=1000)
    samples = independent(chain)
    assert len(samples) > 1000
    assert chain.transitions.n_divergent == 0
    for column, distribution in zip(samples.T, expected, strict=True):
        assert stats.kstest(column, distribution.cdf).pvalue > P_VALUE


def test_normal_cut_by_the_edge_of_the_prior_beyond_its_mean_has_the_moments_of_the_cut_one():
    @component(parameters=["x"])
    def below(x):
        return ((x + 0.5) / 0.4) ** 2

    chain = sample_hmc(Analysis(Toy((parameter("x", 0.0, 5.0),)), (below,), name="cut"), warmup=300, draws=2000)
    expected = stats.truncnorm(0.5 / 0.4, np.inf, -0.5, 0.4)
    x, n = chain.flat(thin=1)[:, 0], chain.diagnostics.ess[0]
    assert n > 1500
    assert abs(x.mean() - expected.mean()) < 4 * expected.std() / np.sqrt(n)
    kurtosis = float(expected.stats("k"))
    assert abs(x.var() / expected.var() - 1) < 4 * np.sqrt((kurtosis + 2) / (n / 2))
    assert stats.kstest(independent(chain)[:, 0], expected.cdf).pvalue > P_VALUE


def test_chain_without_data_returns_the_prior_of_sheared_parameters_and_counts_the_hard_edge_of_the_pivot():
    low, high = 1e-4, 1e-1
    analysis = without_data(
        (
            parameter("g", 1e-5, 1.0, "log", Prior("uniform", low, high)),
            parameter("u", low, high, "log"),
            # on a finer scale its flat prior has two hills, which trajectories seldom cross between
            parameter("s", -1.0, 1.0, "asinh", asinh_scale=0.5),
        ),
        {"g": Shear("log", lambda p: 0.5 * jnp.log(p["u"]) + jnp.log(1.1 + p["s"]))},
    )
    chain = sample_hmc(analysis, warmup=300, draws=3000)
    samples = independent(chain)
    expected = (stats.uniform(low, high - low), stats.loguniform(low, high), stats.uniform(-1.0, 2.0))
    assert len(samples) > 500
    assert chain.transitions.cut > 0
    assert chain.transitions.n_divergent == 0
    assert "ended at a hard edge" in str(chain)
    for column, distribution in zip(samples.T, expected, strict=True):
        assert stats.kstest(column, distribution.cdf).pvalue > P_VALUE


def test_a_ridge_over_four_decades_is_the_prior_cut_to_it():
    chain = sample_hmc(rate(), warmup=300, draws=2000)
    draws = np.random.default_rng(5).uniform(size=(2_000_000, 2))
    u, d = (low * (high / low) ** draws[:, i] for i, (low, high) in enumerate([RATE["u"], RATE["d"]]))
    log_g = 0.5 * (LOG_RATE - np.log(u)) - np.log(d)
    # g is flat in its logarithm: it follows from u, d and the rate, and must be inside its bounds
    log_g += 0.5 * RATE_ERROR * np.random.default_rng(6).standard_normal(len(u))
    inside = (log_g > np.log(RATE["g"][0])) & (log_g < np.log(RATE["g"][1]))
    exact = np.column_stack([log_g, np.log(u), np.log(d)])[inside]
    found, n = np.log(chain.flat(thin=1)), chain.diagnostics.ess
    assert n.min() > 1000
    for i in range(3):
        for q in (0.05, 0.5, 0.95):
            below = (found[:, i] < np.quantile(exact[:, i], q)).mean()
            assert abs(below - q) < 4 * np.sqrt(q * (1 - q) / n[i])


def test_a_funnel_diverges_and_the_chain_says_how_often_and_where():
    chain = funnel_chain()
    found = chain.transitions
    assert found.n_divergent > 0
    assert found.total == 4 * 300
    said = f"{found.n_divergent} divergent transitions of 1200"
    assert said in chain.diagnostics.reasons
    assert chain.verdict == "not yet"
    assert said in str(chain)
    assert found.divergent.shape == (found.n_divergent, 5)
    # they gather in the neck: the lowest quarter of v has more than its share of them
    assert (found.divergent[:, 0] < np.quantile(chain.samples[..., 0], 0.25)).mean() > 0.25
    assert all(0 <= c < 4 and 0 <= draw < 300 for c, draw in found.places)
    lines = found.table(chain.names).splitlines()
    assert lines[0] == "chain,draw,v,x1,x2,x3,x4"
    assert lines[1] == ",".join([*map(str, found.places[0]), *map(repr, map(float, found.divergent[0]))])
    assert len(lines) == 1 + found.n_divergent


def test_stored_chain_comes_back_with_its_divergences(tmp_path):
    chain = sample_hmc(funnel(), warmup=300, draws=300, target=0.7, folder=tmp_path / "chain")
    again = Chain.read(tmp_path / "chain")
    np.testing.assert_array_equal(again.samples, funnel_chain().samples)
    np.testing.assert_array_equal(again.log_prior, chain.log_prior)
    np.testing.assert_array_equal(again.transitions.divergent, chain.transitions.divergent)
    assert str(again) == str(chain)
    assert again.diagnostics.reasons == chain.diagnostics.reasons
    with pytest.raises(ChainStoreError, match="already holds a chain"):
        sample_hmc(funnel(), folder=tmp_path / "chain")
    with pytest.raises(ChainStoreError, match=r"sampling\.method"):
        sample(funnel(), folder=tmp_path / "chain", resume=True)


def test_a_likelihood_that_is_no_number_here_and_there_is_counted_with_the_component_at_fault():
    chain = sample_hmc(with_holes(0.002), warmup=150, draws=200)
    assert 0 < chain.n_bad < 0.01 * chain.tally.evaluations
    assert chain.bad_points[0].components == ("faulty",)
    assert chain.bad_points[0].values[0] < 0.002
    assert chain.samples[..., 0].min() >= 0.002


def test_a_likelihood_that_is_no_number_in_many_places_stops_the_run():
    with pytest.raises(BadLikelihoodError, match="faulty"):
        sample_hmc(with_holes(0.5), warmup=150, draws=50)


def test_hard_cut_of_the_likelihood_is_kept():
    @component(parameters=["x", "y"])
    def half(x, y):
        return jnp.where(x + y > 0, x**2 + y**2, jnp.inf)

    analysis = Analysis(Toy((parameter("x", -6.0, 6.0), parameter("y", -6.0, 6.0))), (half,), name="half")
    chain = sample_hmc(analysis, warmup=300, draws=1000)
    assert chain.n_bad == 0
    assert chain.transitions.n_divergent == 0
    assert chain.transitions.cut > 0
    assert stats.kstest(independent(chain).sum(axis=1) / np.sqrt(2), stats.halfnorm.cdf).pvalue > P_VALUE


def test_likelihood_with_a_loop_of_open_length_is_sampled():
    @component(parameters=["x"])
    def root(x):
        # x^(1/3) by Newton's method
        y = jax.lax.while_loop(lambda y: jnp.abs(y**3 - x) > 1e-12, lambda y: y - (y**3 - x) / (3 * y**2), x + 1.0)
        return ((y - 2.0) / 0.1) ** 2

    chain = sample_hmc(Analysis(Toy((parameter("x", 1.0, 27.0),)), (root,), name="loop"), warmup=150, draws=500)
    assert np.median(chain.samples) == pytest.approx(8.0, abs=0.3)


def test_progress_counts_warm_up_and_draws():
    seen = []
    sample_hmc(gaussian(), warmup=150, draws=60, progress=seen.append)
    assert [s.steps for s in seen] == [25, 50, 75, 100, 125, 150, 175, 200, 210]
    assert str(seen[0]) == "step 25 of 210: warm-up"
    assert str(seen[-1]) == "step 210 of 210: 0 divergent transitions"


def test_missing_library_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "blackjax", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "zprimefit\[hmc\]"'):
        sample_hmc(gaussian())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"chains": 0}, "chains must be a positive"),
        ({"draws": 0}, "draws must be a positive"),
        ({"max_depth": 0}, "max_depth must be a positive"),
        ({"warmup": 100}, "warmup must be at least 150"),
        ({"target": 1.0}, "between 0 and 1"),
    ],
)
def test_senseless_settings_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        sample_hmc(gaussian(), **options)
