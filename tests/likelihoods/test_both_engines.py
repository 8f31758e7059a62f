"""Both engines of a packaged analysis: -2 ln L the same, near the minimum, to what no fit can tell."""

import jax
import numpy as np
import pytest

import zprimefit as zf

NEAR = 50.0
"""-2 ln L above the minimum within which the accuracy is asked for."""
N_POINTS = 16


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def everywhere(analysis, n, seed):
    """Points (n, n_free) all over the domain, even in the internal coordinates."""
    rng = np.random.default_rng(seed)
    ends = np.array([[float(p.to_internal(b)) for b in p.bounds] for p in analysis.free])
    internal = rng.uniform(*ends.T, size=(n, len(ends)))
    return np.stack([np.asarray(p.to_value(x)) for p, x in zip(analysis.free, internal.T, strict=True)], axis=1)


def largest_difference(fast, exact, points):
    """Largest |difference| of -2 ln L of two analyses at points (n, n_free)."""
    found = fast.minus2lnl_batch(points)
    return max(abs(value - exact.minus2lnl(point)) for value, point in zip(found, points, strict=True))


@pytest.mark.slow
def test_minus2lnl_of_both_engines_within_50_of_the_minimum_differs_by_less_than_0_02():
    fast, exact = zf.load("z2hdm-miniboone").prepare(), zf.load("z2hdm-miniboone", engine="direct")
    tried = everywhere(fast, 8192, seed=4)
    table1 = [fast.benchmarks["table1"][name] for name in fast.free_parameters]
    found = fast.minus2lnl_batch(np.vstack([tried, table1]))
    near = np.flatnonzero(found[:-1] < found.min() + NEAR)
    term = fast.term("miniboone")
    signal = np.asarray(jax.jit(jax.vmap(lambda values: term.signal(fast.params(values)).sum()))(tried[near]))
    # half of them those with the largest signals: where there is none, no engine can be wrong
    chosen = near[np.argsort(signal)[::-1]][: N_POINTS // 2].tolist() + near[:: len(near) // (N_POINTS // 2)].tolist()
    assert np.max(signal) > 30
    assert largest_difference(fast, exact, tried[chosen]) < 0.02
