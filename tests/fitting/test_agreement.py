"""Methods that must agree: profile, brute-force grid and posterior of a Gaussian; samples calibrated by simulation."""

from functools import cache

import numpy as np
import pytest
from scipy.stats import chisquare, norm

import zprimefit as zf
from tests.toys import CENTRE, COVARIANCE, gaussian, measurement

SIGMA = float(np.sqrt(COVARIANCE[0, 0]))
GRID = np.linspace(CENTRE[0] - 2 * SIGMA, CENTRE[0] + 2 * SIGMA, 5)


@cache
def fitted():
    return zf.fit(gaussian(), starts=2, minos=False)


@pytest.mark.slow
def test_profile_is_the_minimum_over_a_brute_force_grid():
    curve = zf.profile(gaussian(), "a", values=GRID, fit=fitted(), starts=0)
    b, c = np.meshgrid(np.linspace(-3, 1, 401), np.linspace(-1, 5, 401), indexing="ij")
    points = np.column_stack([np.zeros(b.size), b.ravel(), c.ravel()])
    for value, delta in zip(curve.grid, curve.delta, strict=True):
        points[:, 0] = value
        grid = gaussian().minus2lnl_batch(points).min() - fitted().fval
        # 0.01 and 0.015 between points: at most a quarter of a hundredth of an error squared
        assert delta == pytest.approx(grid, abs=5e-3)
        assert delta == pytest.approx(((value - CENTRE[0]) / SIGMA) ** 2, abs=1e-4)


@pytest.mark.slow
def test_marginal_of_the_posterior_is_the_profile_of_a_gaussian():
    chain = zf.sample(gaussian(), fit=fitted(), walkers=32, until="steps", steps=1500, seed=3)
    samples = chain.flat()[:, 0]
    effective = min(len(samples), 2000)
    curve = zf.profile(gaussian(), "a", values=GRID, fit=fitted(), starts=0)
    for value, delta in zip(curve.grid, curve.delta, strict=True):
        # the share of samples below a value is that of a Gaussian as wide as the profile says
        expected = norm.cdf(np.sign(value - CENTRE[0]) * np.sqrt(delta))
        error = np.sqrt(expected * (1 - expected) / effective)
        assert float((samples < value).mean()) == pytest.approx(expected, abs=4 * error + 1e-3)


@pytest.mark.slow
def test_ranks_of_the_truth_among_samples_are_uniform():
    """Simulation-based calibration (arXiv:1804.06788): truths from the prior, data from them, ranks among samples."""
    analysis, rng, bins = measurement(0.0, 0.7, -1.5, 1.5), np.random.default_rng(5), 5
    ranks = []
    for k in range(45):
        truth = float(rng.uniform(-1.5, 1.5))
        data = analysis.experiments.at([truth]).drawn(k)
        chain = zf.sample(analysis.given(data), walkers=16, ensembles=1, until="steps", steps=120, seed=k)
        samples = chain.samples[:, 40::8].ravel()
        ranks.append(float((samples < truth).mean()))
    counts = np.histogram(ranks, np.linspace(0, 1, bins + 1))[0]
    assert chisquare(counts).pvalue > 0.01
