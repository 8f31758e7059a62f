"""Derived quantities in chains: values at the samples, summaries, and what is refused."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import pytest
from chain_toys import COVARIANCE, MEAN, Toy, gaussian, parameter

from zprimefit.analyses import Analysis
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.derived import BATCH, derived_values
from zprimefit.likelihoods.component import component
from zprimefit.quantities import Quantity


@dataclass(frozen=True)
class Derived(Toy):
    """Two parameters, their sum, a product in GeV, and a logarithm that is none below -1/2."""

    @property
    def quantities(self):
        return (
            Quantity("total", "1", "a + b", "the sum", lambda p: p["a"] + p["b"]),
            Quantity("ab_GeV", "GeV", "a b", "the product", lambda p: p["a"] * p["b"]),
            Quantity("log_b", "1", r"\ln b", "no number below -1/2", lambda p: jnp.log(p["b"] + 0.5)),
            Quantity("fixed", "s", "c", "what no sample changes", lambda p: 3.0 * p["c"]),
        )


def analysis():
    @component(parameters=["a", "b"])
    def normal(a, b):
        return a**2 + b**2

    return Analysis(Derived((parameter("a", -5, 5), parameter("b", -5, 5), parameter("c", 0, 4))), (normal,))


def chain(samples, names=("a", "b")):
    """A chain of two ensembles of independent samples (steps, n) each."""
    steps = samples.reshape(2, -1, 10, len(names))
    logl = -0.5 * np.sum(steps**2, axis=-1)
    return Chain(names, ("1",) * len(names), names, steps, logl, np.zeros_like(logl), seed=1)


@pytest.fixture(scope="module")
def normal():
    """Samples of the Gaussian of the toys."""
    return chain(np.random.default_rng(3).multivariate_normal(MEAN, COVARIANCE, 20_000))


def test_values_are_those_of_the_samples_row_by_row(normal):
    table = normal.derived(analysis(), thin=50)
    a, b = normal.flat(thin=50).T
    assert list(table) == ["total", "ab_GeV", "log_b", "fixed"]
    assert table["total"].to_numpy() == pytest.approx(a + b, rel=1e-14)
    assert table["ab_GeV"].to_numpy() == pytest.approx(a * b, rel=1e-14)
    assert (np.isnan(table["log_b"]) == (b < -0.5)).all()
    assert (table["fixed"] == 6.0).all()


def test_chosen_quantities_come_in_their_order(normal):
    assert list(normal.derived(analysis(), ["log_b", "total"], thin=500)) == ["log_b", "total"]


@pytest.mark.parametrize("n", [1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH + 7])
def test_batches_lose_no_sample(n):
    made = analysis()
    samples = np.random.default_rng(n).normal(size=(n, 2))
    values = derived_values(made, {"total": made.quantity("total")}, samples)
    assert values[:, 0] == pytest.approx(samples.sum(axis=1), rel=1e-14)


def test_default_thinning_leaves_at_most_4000_samples(normal):
    assert 3500 < len(normal.derived(analysis(), ["total"])) <= 4000


def test_summary_of_a_sum_of_normals_is_its_normal(normal):
    row = normal.derived_summary(analysis(), ["total"], thin=1).loc["total"]
    mean, sigma = MEAN.sum(), np.sqrt(COVARIANCE.sum())
    # the standard error of a median or quantile of 20 000 samples is at most 0.03 sigma
    assert row["median"] == pytest.approx(mean, abs=0.05 * sigma)
    assert [row["low68"], row["high68"]] == pytest.approx([mean - sigma, mean + sigma], abs=0.05 * sigma)
    assert [row["low95"], row["high95"]] == pytest.approx([mean - 2 * sigma, mean + 2 * sigma], abs=0.1 * sigma)


def test_summary_counts_the_samples_without_a_value(normal):
    table = normal.derived_summary(analysis(), thin=20)
    _, b = normal.flat(thin=20).T
    assert list(table.columns) == ["unit", "median", "low68", "high68", "low95", "high95", "samples", "not_finite"]
    assert list(table.index) == ["total", "ab_GeV", "log_b", "fixed"]
    assert list(table["unit"]) == ["1", "GeV", "1", "s"]
    assert (table["samples"] == len(b)).all()
    assert list(table["not_finite"]) == [0, 0, int((b < -0.5).sum()), 0]
    assert table.loc["log_b", "median"] == pytest.approx(np.median(np.log(b[b > -0.5] + 0.5)), rel=1e-12)


def test_quantity_without_any_value_has_no_quantiles():
    below = chain(-1 - np.abs(np.random.default_rng(1).normal(size=(400, 2))))
    row = below.derived_summary(analysis(), ["log_b"], thin=1).loc["log_b"]
    assert row["not_finite"] == row["samples"] > 0
    assert np.isnan(row["median"])


def test_analysis_without_quantities_has_an_empty_table(normal):
    assert normal.derived(gaussian(), thin=100).shape == (len(normal.flat(thin=100)), 0)
    assert normal.derived_summary(gaussian()).empty


def test_unknown_quantity_is_refused_with_the_nearest(normal):
    with pytest.raises(KeyError, match="unknown derived quantity 'totl'; did you mean 'total'"):
        normal.derived(analysis(), ["totl"])


def test_analysis_of_other_parameters_is_refused(normal):
    fixed = analysis().with_parameters({"b": {"free": False}})
    with pytest.raises(ValueError, match=r"the samples are of \['a', 'b'\], but the analysis varies \['a'\]"):
        normal.derived(fixed)
