"""The best fit while it may still change: polished, with covariance, errors and intervals."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from zprimefit.fitting.covariance import Curvature, covariance_in, polish
from zprimefit.fitting.intervals import DEEPER, DELTA_CHI2, DeeperMinimumError, Interval, minos
from zprimefit.fitting.minuit import Outcome, minimise
from zprimefit.fitting.multistart import cluster, dips
from zprimefit.fitting.null import start_without_new_physics
from zprimefit.fitting.objective import Array, Objective
from zprimefit.fitting.status import Side

Progress = Callable[[int, int, str], None]

RESTARTS: Final = 5
"""How often a deeper minimum that MINOS meets may become the best fit."""


@dataclass
class BestFit:
    """The best fit while it may still change: minima as (outcome, number of starts), deepest first."""

    objective: Objective
    minima: list[tuple[Outcome, int]]
    messages: list[str]
    local: Curvature | None = None
    intervals: dict[str, Interval] | None = None

    @property
    def best(self) -> Outcome:
        """The deepest minimum."""
        return self.minima[0][0]

    def try_no_new_physics(self) -> None:
        """Try no new physics where it lies below the best fit, or where there is none yet."""
        objective, start = self.objective, start_without_new_physics(self.objective.analysis)
        depth = self.best.fval - DEEPER if self.minima else np.inf
        if start is None or not objective.minus2lnl(start) < depth:
            return
        found = minimise(objective, objective.to_internal(start))
        if not (found.status.usable and found.fval < depth):
            return
        if self.minima:
            self._adopt(found, "beside no new physics lies")
        else:
            self.minima.append((found, 0))
            self.messages.append("no start converged: the best fit is where no new physics leads")

    def look_around(self) -> None:
        """Try dips along the coordinates through the best fit, and again from a deeper minimum."""
        for _ in range(RESTARTS):
            objective, unsheared = self.objective, self.best.unsheared
            tried = [minimise(objective, x, unsheared=unsheared) for x in dips(objective, self.best)]
            deeper = [o for o in tried if o.status.usable and o.fval < self.best.fval - DEEPER]
            if not deeper:
                return
            self._adopt(min(deeper, key=lambda o: o.fval), "beyond a wall lies")

    def settle(self, done: int, total: int, tell: Progress, *, minos: bool) -> None:
        """Polish, and compute intervals until none of them meets a deeper minimum."""
        for attempt in range(RESTARTS + 1):
            polished, self.local = polish(self.objective, self.best)
            self.minima[0] = (polished, self.minima[0][1])
            if not minos:
                return
            try:
                self.intervals = self._intervals(done, total, tell, last=attempt == RESTARTS)
            except DeeperMinimumError as met:
                self._adopt(met.outcome, "an interval met")
            else:
                return

    def _adopt(self, deeper: Outcome, how: str) -> None:
        objective = self.objective
        found = minimise(objective, objective.to_internal(deeper.values))
        if not found.status.usable or found.fval > deeper.fval:
            still = objective.flat(deeper.unsheared) | frozenset(deeper.held)
            found = replace(deeper, free=tuple(i for i in range(objective.n) if i not in still))
        self.messages.append(
            f"{how} a deeper minimum, now the best fit: -2 ln L = {found.fval:.6g}, "
            f"{self.best.fval - found.fval:.3g} below the former"
        )
        known = [o for o, _ in self.minima]
        counts = {id(o): n for o, n in self.minima}
        self.minima = [(o, counts.get(id(o), 0)) for o, _ in cluster(objective, [found, *known])]

    def _intervals(self, done: int, total: int, tell: Progress, *, last: bool) -> dict[str, Interval]:
        objective, best = self.objective, self.best
        others = [o.values for o, _ in self.minima[1:5] if o.fval < best.fval + 4 * DELTA_CHI2]
        result = {}
        free = unconstrained(objective, best)
        scaled = self.scaled_errors()
        for i, name in enumerate(objective.names):
            unit = objective.coordinates.parameters[i].unit
            if i in free:
                result[name] = Interval(np.nan, np.nan, Side.UNCONSTRAINED, Side.UNCONSTRAINED, unit)
                continue
            try:
                result[name] = minos(objective, i, best, float(scaled[i]), others)
            except DeeperMinimumError:
                if not last:
                    raise
                result[name] = Interval(np.nan, np.nan, Side.NEW_MINIMUM, Side.NEW_MINIMUM, unit)
            tell(done + i + 1, total, f"interval of {name}: {result[name]}")
        return result

    def scaled_errors(self) -> Array:
        """Symmetric errors (n_free,) on the parameters' own scales; NaN where there is none."""
        objective, best, local = self.objective, self.best, self.local
        if local is None or not local.finite:
            return np.full(objective.n, np.nan)
        variance = np.diag(covariance_in(objective, local, objective.pivots))
        errors = np.sqrt(np.where(variance > 0, variance, np.nan))
        lost = set(best.held) | unconstrained(objective, best)
        for direction in local.null_directions():
            lost |= set(map(int, np.flatnonzero(np.abs(direction) > 1e-3)))
            lost |= {p for p in objective.pivots - best.unsheared if self._moved(p, direction)}
        errors[list(lost)] = np.nan
        return np.asarray(errors)

    def _moved(self, pivot: int, direction: Array) -> bool:
        objective, best = self.objective, self.best
        step = best.x + 1e-3 * direction * objective.width
        before, after = (objective.scaled(objective.to_values(x, best.unsheared))[pivot] for x in (best.x, step))
        return bool(abs(after - before) > 1e-6 * objective.width[pivot])


def unconstrained(objective: Objective, best: Outcome) -> set[int]:
    """Flat coordinates at a best fit, and the sheared pivots that they move."""
    flat = objective.flat(best.unsheared)
    pivots = objective.pivots - best.unsheared
    x = objective.to_internal(best.values)
    return set(flat) | {p for p in pivots if objective.moved_by(p, x, flat)}
