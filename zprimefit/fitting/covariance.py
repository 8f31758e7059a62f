"""HESSE: the covariance at a minimum, from central differences of the exact JAX gradient.

Differences of exact derivatives cost 2 n gradients, no further compilation and no memory; with steps of 1e-3 of a
standard deviation they are good to about 1e-6. Everything is measured in units of the parameters' boxes. A direction
is *null*, and left out of the covariance, where the curvature is below 1e-8 of the largest or 1e-6: Delta chi^2 then
stays far below 1 across the whole box as far as the parabola tells. A further few Newton steps with the same matrix
bring the minimum itself to rounding.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from zprimefit.fitting.minuit import Outcome
from zprimefit.fitting.newton import NULL_ABSOLUTE, NULL_RELATIVE
from zprimefit.fitting.objective import Array, Mask, Objective

STEP: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Curvature:
    """Second derivatives of -2 ln L at a minimum, per box width squared.

    Parameters
    ----------
    outcome : the minimum.
    moving : indices of the coordinates that were varied (m,).
    eigenvalues, eigenvectors : of the Hessian, (m,) ascending and (m, m), vectors in columns.
    slopes : first derivatives per box width (m,).
    finite : whether all of it is finite.
    """

    outcome: Outcome
    moving: tuple[int, ...]
    eigenvalues: Array
    eigenvectors: Array
    slopes: Array
    finite: bool

    @property
    def null(self) -> Mask:
        """Mask (m,) of null directions, those of negative curvature included."""
        if self.eigenvalues.size == 0:
            return np.zeros(0, dtype=bool)
        return np.asarray(self.eigenvalues <= max(NULL_RELATIVE * self.eigenvalues.max(), NULL_ABSOLUTE))

    @property
    def regular(self) -> bool:
        """Whether the matrix is finite and positive, without null directions."""
        return self.finite and not self.null.any()

    def _components(self) -> Array:
        projected = self.eigenvectors.T @ self.slopes
        return np.divide(projected, self.eigenvalues, out=np.zeros_like(projected), where=~self.null)

    @property
    def edm(self) -> float:
        """Estimated distance of -2 ln L to its minimum, from slope and curvature."""
        return float(0.5 * np.sum(self._components() ** 2 * self.eigenvalues)) if self.finite else np.nan

    def newton_step(self) -> Array:
        """Step to the minimum of the parabola (n_free,), in units of the boxes; none along null directions."""
        step = np.zeros(len(self.outcome.x))
        step[list(self.moving)] = -(self.eigenvectors @ self._components())
        return step

    def null_directions(self) -> list[Array]:
        """Null directions (n_free,) in units of the boxes, normalised."""
        directions = []
        for column in self.eigenvectors.T[self.null]:
            direction = np.zeros(len(self.outcome.x))
            direction[list(self.moving)] = column
            directions.append(direction)
        return directions

    def covariance(self, width: Array) -> Array:
        """Covariance (n_free, n_free) in the outcome's layout; rows of coordinates that cannot move are zero."""
        inverse = np.divide(2.0, self.eigenvalues, out=np.zeros_like(self.eigenvalues), where=~self.null)
        full = np.zeros((len(width), len(width)))
        full[np.ix_(self.moving, self.moving)] = (self.eigenvectors * inverse) @ self.eigenvectors.T
        return full * np.outer(width, width)


def curvature(objective: Objective, outcome: Outcome) -> Curvature:
    """Hessian at an outcome, over the coordinates that could move."""
    moving = list(outcome.free)
    sheared = objective.sheared(outcome.unsheared)
    width = objective.width[moving]
    x = outcome.x
    rough = _hessian(objective, x, moving, np.full(len(moving), 1e-4), sheared)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(2.0 / np.diag(rough))
    steps = np.clip(np.where(np.isfinite(error), STEP * error, 1e-4), 1e-7, 1e-3)
    hessian = _hessian(objective, x, moving, steps, sheared)
    slopes = objective.gradient(x, sheared)[1][moving] * width
    finite = bool(np.isfinite(hessian).all() and np.isfinite(slopes).all())
    if not finite:
        empty = np.zeros(0)
        return Curvature(outcome, (), empty, np.zeros((0, 0)), empty, finite=False)
    values, vectors = np.linalg.eigh(hessian)
    return Curvature(outcome, tuple(moving), values, vectors, slopes, finite=True)


def _hessian(objective: Objective, x: Array, moving: list[int], steps: Array, sheared: Mask) -> Array:
    """Second derivatives (m, m) per box width squared; `steps` (m,) are fractions of the boxes."""
    rows = []
    low, high = objective.box.T
    for i, step in zip(moving, steps, strict=True):
        h = step * objective.width[i]
        up, down = x.copy(), x.copy()
        up[i], down[i] = x[i] + h, x[i] - h
        if not sheared[i]:
            up[i], down[i] = min(up[i], high[i]), max(down[i], low[i])
        difference = objective.gradient(up, sheared)[1] - objective.gradient(down, sheared)[1]
        rows.append(difference[moving] / (up[i] - down[i]) * objective.width[i] * objective.width[moving])
    hessian = np.array(rows).reshape(len(moving), len(moving))
    return np.asarray(0.5 * (hessian + hessian.T))


def polish(objective: Objective, outcome: Outcome) -> tuple[Outcome, Curvature]:
    """Newton steps from a minimum while they lower -2 ln L, and the curvature where they end."""
    sheared = objective.sheared(outcome.unsheared)
    local = curvature(objective, outcome)
    for _ in range(4):
        if not local.finite or local.edm < 1e-16:
            break
        x = outcome.x + local.newton_step() * objective.width
        limited = ~sheared
        if ((x < objective.box[:, 0]) | (x > objective.box[:, 1]))[limited].any():
            break
        values = objective.to_values(x, outcome.unsheared)
        inside = objective.project(values)
        if not np.allclose(values, inside, rtol=1e-12, atol=0.0):
            break
        fval = objective.minus2lnl(inside)
        if not fval <= outcome.fval:
            break
        gained = outcome.fval - fval
        outcome = replace(outcome, x=x, values=inside, fval=fval)
        local = curvature(objective, outcome)
        if gained < 1e-12:
            break
    return outcome, local


def covariance_in(objective: Objective, local: Curvature, unsheared: frozenset[int]) -> Array:
    """Covariance (n_free, n_free) of a curvature, carried into another layout."""
    outcome = local.outcome
    matrix = local.covariance(objective.width)
    changed = (outcome.unsheared ^ unsheared) & objective.pivots
    if not changed:
        return matrix
    # Only the pivots' rows differ from the identity.
    jacobian = np.eye(objective.n)

    rows = objective.relayout_slopes(outcome.x, outcome.unsheared, unsheared)
    for pivot in changed:
        jacobian[pivot] = rows[pivot]
    return np.asarray(jacobian @ matrix @ jacobian.T)
