"""MINOS: intervals of the user's parameters where the profile likelihood rises by Delta chi^2 = 1.

Each end is a root of the profile likelihood of the *user's* parameter: for a pivot its shear is dropped, so that the
interval is that of the pivot itself. The profile follows the minimum outwards. Where it crosses the threshold it is
minimised from the other known minima too, if they are deep enough to matter, and goes on where one of them is below.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from zprimefit.fitting.minuit import Outcome, minimise
from zprimefit.fitting.objective import Array, Indices, Objective
from zprimefit.fitting.status import Side
from zprimefit.units import format_quantity

CL: Final = 0.6827
DELTA_CHI2: Final = 1.0
"""Threshold of 68.27 % confidence for one degree of freedom."""

JUMP: Final = 1e-6
"""Fraction of the distance from the best fit to which an end is located where the profile jumps over the threshold."""

STRIDE: Final = 0.1
"""Part of the way to the bound that a step outwards may add: behind a narrow wall may be another branch of a valley."""

DEEPER: Final = 1e-4
"""A profile point that lies this much below the best fit is a new minimum."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Confidence interval of one parameter.

    Parameters
    ----------
    low, high : ends in the parameter's unit; NaN where there is none.
    low_status, high_status : how each end came about.
    unit : ``"GeV"`` or ``"1"``.
    cl, dof, delta_chi2 : confidence level, degrees of freedom, threshold.
    """

    low: float
    high: float
    low_status: Side
    high_status: Side
    unit: str = "1"
    cl: float = CL
    dof: int = 1
    delta_chi2: float = DELTA_CHI2

    def __str__(self) -> str:
        """Both ends with units, brackets open where no threshold was crossed."""
        if Side.UNCONSTRAINED in {self.low_status, self.high_status}:
            return "unconstrained"
        left = "[" if self.low_status is Side.OK else "("
        right = "]" if self.high_status is Side.OK else ")"
        low, high = (format_quantity(v, self.unit) for v in (self.low, self.high))
        return f"{left}{low}, {high}{right}"


class DeeperMinimumError(Exception):
    """A profile point lies below the best fit."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"-2 ln L = {outcome.fval!r} lies below the best fit")
        self.outcome = outcome


class ProfileAlong:
    """Profile likelihood along one user's parameter, in its own scale; every solution starts the next.

    Parameters
    ----------
    index : the parameter.
    best : the best fit.
    others : further minima (m, n_free), as values, to start from where the profile crosses the threshold.
    """

    def __init__(self, objective: Objective, index: int, best: Outcome, others: Sequence[Array] = ()) -> None:
        self.objective = objective
        self.index = index
        self.unsheared: Indices = frozenset({index}) & objective.pivots
        self.best = best
        self.known = [self._known(best)]
        self.others = [objective.to_internal(v, self.unsheared) for v in others]

    def _known(self, outcome: Outcome) -> tuple[float, float, Array]:
        """Place, -2 ln L and internal coordinates of a solution."""
        x = self.objective.to_internal(outcome.values, self.unsheared)
        return float(x[self.index]), outcome.fval, x

    def __call__(self, u: float) -> float:
        """-2 ln L minimised over the others, minus the best fit's; NaN where no start gives a finite value."""
        nearest = min(self.known, key=lambda known: (abs(known[0] - u), known[1]))[2]
        found = self._lowest(u, [nearest]) or self._lowest(u, self.others)
        if found is None:
            return math.nan
        self.known.append(self._known(found))
        return found.fval - self.best.fval

    def hop(self, u: float) -> float:
        """Return the same from the other minima alone; a solution below the threshold alone starts what follows."""
        found = self._lowest(u, self.others)
        if found is None:
            return math.nan
        if found.fval < self.best.fval + DELTA_CHI2:
            self.known = [self._known(found)]
        return found.fval - self.best.fval

    def _lowest(self, u: float, starts: Sequence[Array]) -> Outcome | None:
        outcomes: list[Outcome] = []
        for start in starts:
            x = start.copy()
            x[self.index] = u
            outcome = minimise(self.objective, x, fixed=frozenset({self.index}), unsheared=self.unsheared)
            if outcome.status.usable:
                outcomes.append(outcome)
        lowest = min(outcomes, key=lambda o: o.fval, default=None)
        if lowest is not None and lowest.fval < self.best.fval - DEEPER:
            raise DeeperMinimumError(lowest)
        return lowest

    def look_downhill(self) -> None:
        """Minimise freely from the last point: the way out may have stepped over a deeper minimum.

        Raises
        ------
        DeeperMinimumError
            If it has.
        """
        values = self.objective.to_values(self.known[-1][2], self.unsheared)
        outcome = minimise(self.objective, self.objective.to_internal(values))
        if outcome.status.usable and outcome.fval < self.best.fval - DEEPER:
            raise DeeperMinimumError(outcome)


def minos(objective: Objective, index: int, best: Outcome, error: float, others: Sequence[Array] = ()) -> Interval:
    """Interval of one parameter.

    Parameters
    ----------
    error : symmetric error on the parameter's own scale, a first step; NaN where there is none.
    others : values (n_free,) of the other minima to start from.

    Raises
    ------
    DeeperMinimumError
        With a point below `best`.
    """
    parameter = objective.coordinates.parameters[index]
    width = float(objective.width[index])
    step = min(error, 0.25 * width) if np.isfinite(error) and error > 0 else 0.02 * width
    centre = float(objective.scaled(best.values)[index])
    ends: list[tuple[float, Side]] = []
    for direction, bound in zip((-1, 1), objective.box[index], strict=True):
        along = ProfileAlong(objective, index, best, others)
        side = best.held.get(index) if best.held else None
        if side == direction:
            ends.append((parameter.bounds[0 if direction < 0 else 1], Side.AT_LIMIT))
            continue
        u, status = find_crossing(along, centre, float(bound), direction * step)
        along.look_downhill()
        for _ in others:
            if status is not Side.OK or not (below := along.hop(u)) < DELTA_CHI2 - DEEPER:
                break
            u, status = find_crossing(along, u, float(bound), direction * step, at_centre=below)
            along.look_downhill()
        value = parameter.bounds[0 if direction < 0 else 1] if status is Side.AT_LIMIT else float(parameter.to_value(u))
        ends.append((value, status))
    (low, low_status), (high, high_status) = ends
    return Interval(low, high, low_status, high_status, parameter.unit)


def find_crossing(
    delta: Callable[[float], float],
    centre: float,
    bound: float,
    step: float,
    threshold: float = DELTA_CHI2,
    at_centre: float = 0.0,
) -> tuple[float, Side]:
    """Find where delta(u) rises to the threshold between the centre and the bound.

    Parameters
    ----------
    delta : profile Delta chi^2; NaN counts as beyond the threshold while searching.
    step : signed first step.
    at_centre : delta there.

    Returns
    -------
    The place and its status: (NaN, FAILED) if only a NaN bounds it.
    """
    goal = math.sqrt(threshold)

    def height(u: float) -> float:
        d = delta(u)
        return math.inf if math.isnan(d) else math.sqrt(max(d, 0.0)) - goal

    inner, low = centre, math.sqrt(max(at_centre, 0.0)) - goal
    outer, high = math.nan, math.nan
    for _ in range(60):
        trial = centre + step
        trial = bound if (trial - bound) * step >= 0 else trial
        h = height(trial)
        if trial == bound and math.isinf(h):
            # Where the likelihood has no value at the very end of its domain, the last thousandth stands for it.
            trial = bound - 1e-3 * (bound - centre)
            h = height(trial)
            if h < 0:
                return bound, Side.AT_LIMIT
        if h >= 0:
            outer, high = trial, h
            break
        if trial == bound:
            return bound, Side.AT_LIMIT
        inner, low = trial, h
        # The height is linear for a parabola: aim a little beyond its crossing; where it is flat, not over a wall.
        further = step * min(max(1.05 * goal / (goal + h) if h > -goal else 4.0, 1.1), 4.0)
        step = math.copysign(min(abs(further), abs(step) + STRIDE * abs(bound - centre)), step)
    else:
        return math.nan, Side.FAILED
    return _root(height, inner, low, outer, high, width=JUMP * abs(outer - centre))


def _root(
    height: Callable[[float], float], inner: float, low: float, outer: float, high: float, *, width: float
) -> tuple[float, Side]:
    """Root between a negative and a positive height: Illinois, halving where the outer height is infinite."""
    retained = 0
    for _ in range(60):
        if abs(outer - inner) <= width:
            break
        trial = 0.5 * (inner + outer) if math.isinf(high) else (inner * high - outer * low) / (high - low)
        h = height(trial)
        # 1e-5 of a standard deviation: what MIGRAD's tolerance leaves of the profile.
        if abs(h) < 1e-5:
            return trial, Side.OK
        if h < 0:
            inner, low = trial, h
            high = 0.5 * high if retained == 1 else high
            retained = 1
        else:
            outer, high = trial, h
            low = 0.5 * low if retained == -1 else low
            retained = -1
    return (math.nan, Side.FAILED) if math.isinf(high) else (0.5 * (inner + outer), Side.OK)
