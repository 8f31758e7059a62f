"""Where walkers start: around the fit, wider than its errors, and anywhere in the prior where nothing constrains."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.coordinates import Coordinates
from zprimefit.fitting.posterior import Posterior

WIDTHS = (2.0, 2.0, 2.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25)
"""Multiples of the fit's errors that are tried one after the other: over-dispersed first."""

_UNCONSTRAINED = 0.25
"""An error above this part of the parameter's range says no more than the prior (a uniform one has 0.29)."""

_PART_OF_NULL = 0.1
"""Share of a coordinate in a normalised null direction from which it counts as unconstrained."""

_PRIOR_ROUNDS = 40


class StartError(ValueError):
    """There are not enough points of finite posterior density to start from."""


def draw_starts(posterior: Posterior, walkers: int, rng: np.random.Generator, fit: Any = None) -> NDArray[np.float64]:
    """Draw starting positions inside the prior's support, all of finite likelihood.

    Parameters
    ----------
    posterior : of the analysis.
    walkers : how many.
    rng : source of random numbers.
    fit : with values (n_free,), covariance (n_free, n_free) in internal coordinates and unconstrained (names);
        None for starts from the prior.

    Returns
    -------
    (walkers, n_free) internal coordinates.

    Raises
    ------
    StartError
        If the prior holds too few points of finite likelihood.
    """
    near = [] if fit is None else _near_fit(posterior, walkers, rng, fit)
    starts = np.concatenate([*near, np.empty((0, len(posterior.coordinates.names)))])[:walkers]
    missing = walkers - len(starts)
    return np.concatenate([starts, _best_of_prior(posterior, missing, rng)]) if missing else starts


def _near_fit(posterior: Posterior, walkers: int, rng: np.random.Generator, fit: Any) -> list[NDArray[np.float64]]:
    centre = np.asarray(posterior.coordinates.to_internal(np.asarray(fit.values, dtype=np.float64)))
    n = len(centre)
    # -2 ln L of a Gaussian at twice its errors is 4 chi^2_n: its mean and three standard deviations.
    allowed = 4.0 * (n + 3.0 * np.sqrt(2.0 * n))
    best = float(posterior(centre[None, :])[0, -2])
    kept: list[NDArray[np.float64]] = []
    for width in WIDTHS:
        candidates = _around_fit(posterior.coordinates, fit, centre, 2 * walkers, width, rng)
        rows = posterior(candidates)
        best = max(best, float(rows[:, -2].max()))
        kept.append(candidates[np.isfinite(rows[:, 0]) & (rows[:, -2] >= best - 0.5 * allowed)])
        if sum(map(len, kept)) >= walkers:
            break
    return kept


def _around_fit(
    coordinates: Coordinates, fit: Any, centre: NDArray[np.float64], n: int, width: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw n candidates (n, n_free): Gaussian where the fit constrains, from the prior elsewhere."""
    covariance = np.array(fit.covariance, dtype=np.float64)
    tied = constrained_directions(coordinates, fit, centre, covariance)
    prior = coordinates.draw_prior(n, rng)
    internal = np.array(coordinates.to_internal(prior))
    root = _covariance_root(covariance[np.ix_(tied, tied)])
    internal[:, tied] = centre[tied] + width * rng.standard_normal((n, int(tied.sum()))) @ root.T
    values = np.array(coordinates.to_values(internal))
    # A sheared pivot that nothing constrains follows its own prior, not the shift of the parameters just replaced.
    values[:, ~tied] = prior[:, ~tied]
    moved = np.asarray(coordinates.to_internal(values), dtype=np.float64)
    # Far outside the support some values overflow; the density is zero there, but emcee's arrays must stay finite.
    return np.asarray(np.nan_to_num(moved, nan=0.0, posinf=1e6, neginf=-1e6))


def constrained_directions(
    coordinates: Coordinates, fit: Any, centre: NDArray[np.float64], covariance: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which internal coordinates (n_free,) the fit constrains: finite, positive, smaller than the range."""
    declared = np.array([name not in fit.unconstrained for name in coordinates.names])
    variance = np.diagonal(covariance)
    limit = (_UNCONSTRAINED * (coordinates.box[:, 1] - coordinates.box[:, 0])) ** 2
    finite = np.isfinite(variance) & np.isfinite(centre)
    # The covariance says nothing along a null direction: what it is made of is drawn from the prior.
    null = np.asarray(getattr(fit, "null_directions", np.zeros((0, len(variance)))))
    loose = (np.abs(null) > _PART_OF_NULL).any(axis=0)
    return np.asarray(declared & finite & ~loose & (variance > 0) & (variance < limit))


def _covariance_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a matrix A with A A^T = covariance, after repairing what is not finite or not positive."""
    errors = np.sqrt(np.diagonal(covariance))
    correlation = np.nan_to_num(covariance / np.outer(errors, errors), nan=0.0, posinf=0.0, neginf=0.0)
    correlation = np.clip(0.5 * (correlation + correlation.T), -1.0, 1.0)
    eigenvalues, vectors = np.linalg.eigh(correlation)
    return np.asarray(errors[:, None] * vectors * np.sqrt(np.clip(eigenvalues, 1e-6, None)))


def _best_of_prior(posterior: Posterior, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Of ten times as many prior draws keep the n likeliest: walkers in a far corner of the prior would hang there."""
    found: list[NDArray[np.float64]] = []
    likelihoods: list[NDArray[np.float64]] = []
    drawn = 0
    for _ in range(_PRIOR_ROUNDS):
        internal = np.asarray(posterior.coordinates.to_internal(posterior.coordinates.draw_prior(10 * n, rng)))
        rows = posterior(internal)
        finite = np.isfinite(rows[:, 0])
        drawn += len(rows)
        found.append(internal[finite])
        likelihoods.append(rows[finite, -2])
        if sum(map(len, found)) >= n:
            break
    candidates, likelihood = np.concatenate(found), np.concatenate(likelihoods)
    if len(candidates) < n:
        names = ", ".join(posterior.coordinates.names)
        msg = (
            f"starts: only {len(candidates)} of {drawn} points drawn from the prior of {names} have a finite "
            f"likelihood, {n} are needed; narrow the priors, fit first, or see which component fails with eval"
        )
        raise StartError(msg)
    return candidates[np.argsort(-likelihood, kind="stable")[:n]]
