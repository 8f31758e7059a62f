"""Moves leave the density as it is, and lead from one mode to another."""

import emcee
import numpy as np
import pytest
from chain_toys import P_VALUE, gaussian
from scipy import stats

from zprimefit.fitting import ensemble
from zprimefit.fitting.chain_store import ChainStoreError
from zprimefit.fitting.moves import SIZES, SubspaceEvolution, SubspaceKernels, default_moves
from zprimefit.fitting.warmup import metric_of

MOVES = {"evolution": [(SubspaceEvolution(), 1.0)], "kernels": [(SubspaceKernels(), 1.0)], "default": default_moves()}
MODES = np.array([-1.5, 1.0])


def root(n):
    """Cholesky root of a covariance with correlations of 0.6 and less, the more apart the less."""
    i = np.arange(n)
    return np.linalg.cholesky(0.5 * 0.6 ** np.abs(i[:, None] - i))


def log_density(x):
    """Two correlated Gaussians of different weight, cut by a box in the midst of one."""
    z = np.linalg.solve(root(x.shape[1]), (x[:, None] - MODES[:, None]).reshape(-1, x.shape[1]).T)
    terms = -0.5 * (z**2).sum(axis=0).reshape(-1, 2) + np.log([0.7, 0.3])
    return np.where((np.abs(x) < 2.0).all(axis=1), np.logaddexp(*terms.T), -np.inf)


def exact(n, m, rng):
    """Draw m points (m, n) of that density."""
    draws = (
        rng.standard_normal((400 * m, n)) @ root(n).T + MODES[(rng.uniform(size=400 * m) < 0.3).astype(int)][:, None]
    )
    return draws[(np.abs(draws) < 2.0).all(axis=1)][:m]


def moved(moves, starts, steps, seed):
    sampler = emcee.EnsembleSampler(*starts.shape, log_density, moves=moves, vectorize=True)
    return sampler.run_mcmc(emcee.State(starts, random_state=np.random.RandomState(seed).get_state()), steps).coords


@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("n", [1, 3, 8])
def test_exact_draws_stay_exact_draws(moves, n):
    rng = np.random.default_rng(n)
    starts, reference = exact(n, 1000, rng), exact(n, 4000, rng)
    after = moved(MOVES[moves], starts, 40, seed=n)
    assert len(starts) == 1000
    assert (after != starts).any(axis=1).mean() > 0.5
    for direction in (*np.eye(n), np.ones(n)):
        assert stats.ks_2samp(after @ direction, reference @ direction).pvalue > P_VALUE


def test_modes_get_their_share_from_wherever_walkers_start():
    rng = np.random.default_rng(3)
    draws = exact(3, 4000, rng)
    share = (draws.mean(axis=1) > 0).mean()
    ordered = draws[np.argsort(draws.mean(axis=1))]
    starts = ordered[-400:]  # all of them in one mode
    after = moved(default_moves(), np.concatenate([starts, ordered[:40]]), 400, seed=3)
    assert (after.mean(axis=1) > 0).mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 440))


@pytest.mark.parametrize("move", [SubspaceEvolution(), SubspaceKernels()])
def test_few_coordinates_change_at_a_time(move):
    rng = np.random.default_rng(8)
    walkers, others = exact(8, 50, rng), exact(8, 50, rng)
    proposed, _ = move.get_proposal(walkers, [others], np.random.RandomState(8))
    whitened = np.linalg.solve(np.linalg.cholesky(metric_of(others, np.eye(8))), (proposed - walkers).T).T
    changed = (np.abs(whitened) > 1e-12).sum(axis=1)
    assert set(changed) == set(SIZES)


def test_chain_of_other_moves_is_not_gone_on_with(tmp_path, monkeypatch):
    settings = {"until": "steps", "walkers": 8, "folder": tmp_path}
    ensemble.sample(gaussian(), steps=10, **settings)
    monkeypatch.setattr("zprimefit.fitting.moves.MOVES", "stretch")
    with pytest.raises(ChainStoreError, match=r"sampling\.moves: stored DE 0\.15.*, given stretch"):
        ensemble.sample(gaussian(), steps=20, resume=True, **settings)
