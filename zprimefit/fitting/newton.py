"""Newton's steps to a minimum close by, with second derivatives from differences of the exact gradient.

Second derivatives cost a gradient for each coordinate, where Minuit's HESSE takes values for each pair, and tell
whether the end is that of a bowl. Where it is none they lead astray: there is no answer then, and it is MIGRAD's turn.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from zprimefit.fitting.objective import Array, Mask, Objective

STEP: Final = 1e-4
"""Step of the differences, in units of the box: shorter ones see the ripples of interpolated limits."""

GOAL: Final = 2e-6
"""Estimated distance to the minimum that is small enough, a tenth of what MIGRAD is asked for."""

FALL: Final = 0.1
"""A step leaves less than this of that distance, or else second derivatives were not those of the place: differences
see third ones in a curved narrow valley, and a wall beside it."""

ROUNDING: Final = 1e-10
"""Distance below which steps are none, and by which a value may rise."""

NULL_RELATIVE: Final = 1e-8
NULL_ABSOLUTE: Final = 1e-6
"""A direction is null where its curvature is not above these: of the largest one, and per box width squared."""

MATRICES, STEPS = 3, 3
"""How often second derivatives are taken, and steps made with each."""


@dataclass(frozen=True, eq=False)
class Bottom:
    """A minimum: internal coordinates (n_free,), -2 ln L + penalty, estimated distance to what it has at least."""

    x: Array
    value: float
    edm: float


def newton(objective: Objective, start: Array, moving: list[int], sheared: Mask) -> Bottom | None:
    """Go down by Newton's steps; None unless all second derivatives on the way are a bowl's.

    Parameters
    ----------
    start : internal coordinates (n_free,).
    moving : indices of the coordinates that move; none have no answer.
    sheared : the layout, mask (n_free,).
    """
    if not moving:
        return None
    x, width, (low, high) = start, objective.width[moving], objective.box[moving].T
    value, slopes = _scaled_gradient(objective, x, moving, sheared)
    if not np.isfinite([value, *slopes]).all():
        return None
    for _ in range(MATRICES):
        bowl = _bowl(objective, x, slopes, moving, sheared)
        if bowl is None:
            return None
        curvatures, directions = bowl
        former = 0.0
        for _ in range(STEPS):
            along = directions.T @ slopes
            edm = float(0.5 * np.sum(along**2 / curvatures))
            if edm < ROUNDING or edm < min(GOAL, FALL * former):
                return Bottom(x, value, edm)
            former = edm
            lower = x.copy()
            lower[moving] -= directions @ (along / curvatures) * width
            outside = (lower[moving] < low) | (lower[moving] > high)
            if (outside & ~sheared[moving]).any():
                return None
            value_there, slopes_there = _scaled_gradient(objective, lower, moving, sheared)
            if not (value_there <= value + ROUNDING * (1 + abs(value)) and np.isfinite(slopes_there).all()):
                return None
            x, value, slopes = lower, value_there, slopes_there
    return None


def _scaled_gradient(objective: Objective, x: Array, moving: list[int], sheared: Mask) -> tuple[float, Array]:
    """-2 ln L + penalty, and its derivatives (m,) per box width."""
    value, slopes = objective.gradient(x, sheared)
    objective.counts.bad += int(not (np.isfinite(value) and np.isfinite(slopes).all()))
    return value, slopes[moving] * objective.width[moving]


def _bowl(
    objective: Objective, x: Array, slopes: Array, moving: list[int], sheared: Mask
) -> tuple[Array, Array] | None:
    """Eigenvalues (m,) and eigenvectors (m, m) of the second derivatives per box width squared, if it is a bowl's."""
    rows = []
    for i in moving:
        # away from the upper bound
        step = -STEP if not sheared[i] and x[i] + STEP * objective.width[i] > objective.box[i, 1] else STEP
        beside = x.copy()
        beside[i] += step * objective.width[i]
        rows.append((_scaled_gradient(objective, beside, moving, sheared)[1] - slopes) / step)
    hessian = np.array(rows)
    if not np.isfinite(hessian).all():
        return None
    curvatures, directions = np.linalg.eigh(0.5 * (hessian + hessian.T))
    return (curvatures, directions) if curvatures[0] > max(NULL_RELATIVE * curvatures[-1], NULL_ABSOLUTE) else None
