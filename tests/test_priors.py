"""Priors: normalised where they are truncated, drawn as they say, and any distribution of scipy.stats among them."""

import jax
import numpy as np
import pytest
from scipy import stats

from zprimefit.priors import Distribution, Prior

PRIORS = [
    Prior("uniform", -1.0, 3.0),
    Prior("log-uniform", 1e-6, 1e-1),
    Prior("normal", -10.0, 10.0, mean=1.0, sigma=0.5),
    Prior("normal", 0.0, 1.0, mean=-0.5, sigma=1.0),
    Prior.of(stats.gamma(2.0, scale=0.1), 0.0, 1.0),
    Prior.of(stats.beta(2.0, 3.0), 0.1, 0.9),
    Prior.of(stats.t(3.0, 0.5, 0.2), -10.0, 10.0),
]


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_density_integrates_to_one_and_vanishes_outside(prior):
    x = np.linspace(prior.low, prior.high, 200_001)
    if prior.kind == "log-uniform":
        x = np.geomspace(prior.low, prior.high, 200_001)
    assert np.trapezoid(np.exp(np.asarray(prior.log_density(x))), x) == pytest.approx(1.0, abs=1e-6)
    outside = np.array([prior.low - 1e-3, prior.high + 1e-3])
    assert (np.asarray(prior.log_density(outside)) == -np.inf).all()


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_quantile_inverts_the_distribution(prior):
    ends = prior.quantile(np.array([0.0, 1.0]))
    assert ends == pytest.approx([prior.low, prior.high], rel=1e-6, abs=1e-9) or prior.kind != "uniform"
    x = np.linspace(prior.low, float(prior.quantile(np.array([0.3]))[0]), 200_001)
    if prior.kind == "log-uniform":
        x = np.geomspace(prior.low, x[-1], 200_001)
    assert np.trapezoid(np.exp(np.asarray(prior.log_density(x))), x) == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("uniform", 1.0, 1.0), "finite low < high"),
        (("log-uniform", 0.0, 1.0), "needs low > 0"),
        (("normal", 0.0, 1.0, 0.5, 0.0), "sigma > 0"),
        (("scipy", 0.0, 1.0), "a distribution belongs to kind 'scipy'"),
        (("uniform", 0.0, 1.0, 0.0, 1.0, Distribution("norm")), "a distribution belongs to kind 'scipy'"),
        (("scipy", -2.0, -1.0, 0.0, 1.0, Distribution("expon")), "has no probability in"),
    ],
)
def test_bad_priors_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Prior(*fields)


def test_scipy_density_and_slope_are_traced_and_batched():
    prior = Prior.of(stats.gamma(2.0, scale=0.1), 0.0, 1.0)
    x = np.array([0.05, 0.2, 0.7])
    expected = stats.gamma(2.0, scale=0.1).logpdf(x) - np.log(stats.gamma(2.0, scale=0.1).cdf(1.0))
    assert np.asarray(jax.jit(prior.log_density)(x)) == pytest.approx(expected, rel=1e-12)
    assert np.asarray(jax.vmap(jax.jit(prior.log_density))(x)) == pytest.approx(expected, rel=1e-12)
    slopes = np.asarray(jax.vmap(jax.grad(prior.log_density))(x))
    assert slopes == pytest.approx(1 / x - 10.0, rel=1e-6)


@pytest.mark.parametrize(
    "frozen",
    [stats.gamma(2.0, scale=0.1), stats.gamma(a=2.0, loc=0.3), stats.t(3.0, 0.5, 0.2), stats.norm(1.0, 2.0)],
    ids=["gamma", "gamma-by-name", "t", "norm"],
)
def test_frozen_distribution_is_read_by_its_numbers(frozen):
    read = Distribution.of(frozen)
    x = np.linspace(0.4, 3.0, 7)
    assert read.frozen.logpdf(x) == pytest.approx(frozen.logpdf(x), rel=1e-14)
    assert Distribution(read.name, read.args, read.loc, read.scale) == read
    assert eval(str(read), {"scipy": __import__("scipy.stats")}).logpdf(1.0) == pytest.approx(frozen.logpdf(1.0))


@pytest.mark.parametrize("thing", [stats.poisson(2.0), stats.gamma, 3.0])
def test_what_is_no_continuous_frozen_distribution_is_refused(thing):
    with pytest.raises(TypeError, match="expected a frozen continuous distribution"):
        Prior.of(thing, 0.0, 1.0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("gama", (2.0,)), "scipy.stats has no continuous distribution of this name"),
        (("gamma", ()), "wrong number of shape parameters"),
        (("gamma", (-1.0,)), "scipy.stats has no such distribution for these parameters"),
    ],
)
def test_distribution_that_scipy_does_not_know_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Distribution(*fields)
