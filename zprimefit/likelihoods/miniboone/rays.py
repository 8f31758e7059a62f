"""Rays through MiniBooNE: counts in the bins of a view from a list of pairs with energies, angles and weights.

The response is tabulated once on a grid and interpolated by cubics, the transpose of which is what runs: every ray is
laid out on the 16 grid points about it, and one constant matrix takes the grid to the bins. So time does not grow with
the number of bins. Steps uniform in the square root of E_vis and in theta are a fixed part of the resolutions.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import shower_efficiency
from zprimefit.likelihoods.miniboone.acceptance import Rule, accepted_fraction
from zprimefit.likelihoods.miniboone.response import Array, EfficiencyAt, Probability, efficiency
from zprimefit.likelihoods.miniboone.views import View, probability_of
from zprimefit.numerics.roots import positive_root

GRID = (80, 160)
"""Points in the square root of E_vis, a quarter of the resolution apart, and in theta, 0.02 rad apart."""
ACCEPTANCE_STEPS = 2000
"""Of the energy, linear between them: about 1 MeV."""
SOFT = (0.02, 0.2)
"""Half-widths [GeV] over which the ends of the known efficiency are smoothed: a sum over rays cannot follow a step."""
CHUNK = 8192
"""Rays at a time."""

Fold = Callable[[Any, Any, Any, Any], Any]
"""e, cos_theta (n,), weights (n_channels, n_parts, n_modes, n), pair mass -> numbers (n_channels, n_parts, m)."""


def ray_response(
    view: View, modes: tuple[str, ...], acceptance: Rule, efficiency_at: EfficiencyAt, fine: bool = False
) -> Fold:
    """From rays of the parent to the bins of every mode, and then the pairs made in every mode.

    Parameters
    ----------
    view, modes, acceptance, efficiency_at : see :class:`Folding`.
    fine : halve the steps of the grid.
    """
    table = shower_efficiency()
    low, high = float(table.centre[0]), float(table.upper_edge)
    knots, heights = jnp.asarray(table.centre), jnp.asarray(efficiency(table.centre, efficiency_at))
    n_root, n_theta = (2 * n if fine else n for n in GRID)
    roots, thetas = np.linspace(low**0.5, (high + SOFT[1]) ** 0.5, n_root), np.linspace(0, np.pi, n_theta)
    matrices = [jnp.asarray(_tabulated(probability_of(view, mode, efficiency_at), roots**2, thetas)) for mode in modes]

    def fold(e: Any, cos_theta: Any, weights: Any, mass: Any) -> Any:
        e_vis = e - 2 * ELECTRON_MASS
        counted = weights * _soft_step((e_vis - low) / SOFT[0]) * _soft_step((high - e_vis) / SOFT[1])
        seen = counted * jnp.interp(e_vis, knots, heights) * _interpolated_acceptance(acceptance, e, mass, (low, high))
        root = (jnp.sqrt(e_vis) - roots[0]) / (roots[1] - roots[0])
        theta = 2 * jnp.arctan2(positive_root(1 - cos_theta), positive_root(1 + cos_theta)) / thetas[1]
        laid = _laid_out(root, theta, seen.reshape(-1, len(e)).T, (n_root, n_theta))
        grid = laid.T.reshape(*weights.shape[:3], n_root * n_theta)
        # cubics undershoot by parts in 1e4 of their neighbours where there is nothing
        bins = [jnp.maximum(grid[:, :, m] @ matrix.T, 0.0) for m, matrix in enumerate(matrices)]
        return jnp.concatenate([*bins, jnp.sum(counted, axis=-1)], axis=-1)

    return fold


def _tabulated(probability: Probability, e_vis: Array, theta: Array) -> Array:
    """Probabilities on a grid, (n_bins, n_e n_theta), one energy at a time: their integrands are large."""
    rows = [probability(np.full_like(theta, e), theta) for e in e_vis]
    return np.concatenate(rows, axis=-1)


def _interpolated_acceptance(rule: Rule, e: Any, mass: Any, window: tuple[float, float]) -> Any:
    """:func:`accepted_fraction` at energies e [GeV] (n,) within the window of E_vis, linear between fixed steps."""
    low, high = (end + 2 * ELECTRON_MASS for end in window)
    start = jnp.clip(mass, low, high)
    step = (high - start) / ACCEPTANCE_STEPS
    found = accepted_fraction(rule, start + step * np.arange(1e-6, ACCEPTANCE_STEPS + 1), mass)
    position = jnp.clip((e - start) / jnp.where(step > 0, step, 1.0), 0, ACCEPTANCE_STEPS)
    index = jnp.clip(position.astype(int), 0, ACCEPTANCE_STEPS - 1)
    return found[index] + (position - index) * (found[index + 1] - found[index])


def _soft_step(x: Any) -> Any:
    """Zero below -1 and one above 1, and a cubic whose integral with any cubic is that of a step at zero."""
    x = jnp.clip(x, -1.0, 1.0)
    return 0.5 + (9 * x - 5 * x**3) / 8


def _stencil(position: Any, n: int) -> tuple[Any, Any]:
    """First of four neighbouring points 0, 1, ..., n - 1, and the weights of a cubic through them (…, 4)."""
    position = jnp.clip(position, 0, n - 1)
    first = jnp.clip(position.astype(int) - 1, 0, n - 4)
    x = position - first - 1
    weights = (-x * (x - 1) * (x - 2) / 6, (x + 1) * (x - 1) * (x - 2) / 2, -(x + 1) * x * (x - 2) / 2)
    return first, jnp.stack([*weights, (x + 1) * x * (x - 1) / 6], axis=-1)


def _laid_out(row: Any, column: Any, weights: Any, shape: tuple[int, int]) -> Any:
    """Weights (n, k) at positions in units of the steps, spread over the points of a grid -> (n_row n_column, k)."""
    n, k = weights.shape
    pad = -n % CHUNK
    row, column = (jnp.pad(x, (0, pad)).reshape(-1, CHUNK) for x in (row, column))
    weights = jnp.pad(weights, ((0, pad), (0, 0))).reshape(-1, CHUNK, k)
    near = np.arange(4)

    def add(grid: Any, rays: tuple[Any, Any, Any]) -> tuple[Any, None]:
        (i, along), (j, across) = (_stencil(x, size) for x, size in zip(rays[:2], shape, strict=True))
        points = (i[:, None, None] + near[:, None]) * shape[1] + j[:, None, None] + near
        shares = along[:, :, None, None] * across[:, None, :, None] * rays[2][:, None, None, :]
        return grid.at[points.ravel()].add(shares.reshape(-1, k)), None

    return jax.lax.scan(add, jnp.zeros((shape[0] * shape[1], k)), (row, column, weights))[0]
