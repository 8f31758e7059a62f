"""The work behind a profile: every grid point from many starts, sweeps from neighbours, new best fits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from zprimefit.fitting.covariance import polish
from zprimefit.fitting.encoding import number, numbers, read_number, read_numbers
from zprimefit.fitting.minuit import minimise
from zprimefit.fitting.objective import Array, Indices, Objective
from zprimefit.fitting.status import Status
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.units import format_quantity

Progress = Callable[[int, int, str], None]

DEEPER: Final = 5e-5
"""A point that lies this much below the best fit becomes the best fit: less is what MIGRAD's tolerance leaves."""

RESCUE: Final = 64
"""Sobol points that are looked at where no start converged."""

ROUNDS: Final = 4
"""How often a new best fit may send all points back to the start."""


@dataclass(frozen=True, eq=False)
class Point:
    """A minimum under a condition: the user's values (n_free,), -2 ln L, status."""

    values: Array
    fval: float
    status: Status

    @property
    def depth(self) -> float:
        """-2 ln L if it is that of a minimum, infinity otherwise."""
        return self.fval if self.status.usable and np.isfinite(self.fval) else np.inf

    @property
    def rank(self) -> tuple[float, bool, float]:
        """Deepest first; among failures, those with a value first."""
        finite = bool(np.isfinite(self.fval))
        return self.depth, not finite, self.fval if finite else np.inf

    def store(self) -> dict[str, Any]:
        """Point -> JSON."""
        return {"values": numbers(self.values), "fval": number(self.fval), "status": str(self.status)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Point":
        """JSON -> point."""
        values = read_numbers(stored["values"], (len(stored["values"]),))
        return cls(values, read_number(stored["fval"]), Status(stored["status"]))


@dataclass
class Scan:
    """The scan while it runs.

    Parameters
    ----------
    objective, index, grid : what is profiled where: (n,) values in the user's unit.
    starts, seed : Sobol starts of every point.
    checkpoint, progress : where finished steps go, and who is told.
    minima : known minima, deepest first.
    points : the deepest solution so far of every grid point.
    messages : what a reader must know.
    """

    objective: Objective
    index: int
    grid: Array
    starts: int
    seed: int
    checkpoint: Checkpoint
    progress: Progress | None
    minima: list[Point] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    steps: int = 0

    @property
    def best(self) -> Point:
        """The global minimum so far."""
        return self.minima[0]

    @property
    def unsheared(self) -> Indices:
        """The profiled parameter if it is a pivot: it then moves on its own scale."""
        return frozenset({self.index}) & self.objective.pivots

    def run(self) -> None:
        """All sweeps, and again from a deeper minimum while there is one."""
        n = len(self.grid)
        for i in range(n):
            self._step("scatter", i, [*(m.values for m in self.minima), *self._scattered(i)])
        self._sweeps("")
        for turn in range(ROUNDS):
            if not self._adopt(turn):
                break
            for i in range(n):
                self._step(f"again{turn}", i, [self.best.values])
            self._sweeps(str(turn))

    def _sweeps(self, label: str) -> None:
        n = len(self.grid)
        for i in range(1, n):
            self._step(f"up{label}", i, [self.points[i - 1].values])
        for i in range(n - 2, -1, -1):
            self._step(f"down{label}", i, [self.points[i + 1].values])

    def _scattered(self, i: int) -> list[Array]:
        draws = self.objective.draw(self.starts, [self.seed, i + 1])
        flat = list(self.objective.flat(self.unsheared))
        draws[:, flat] = self.best.values[flat]
        return list(draws)

    def _pool(self, i: int) -> list[Array]:
        """Deepest two of many Sobol points with the parameter at point i, for when no start had a finite value."""
        draws = self.objective.draw(RESCUE, [self.seed, i + 1, RESCUE])
        draws[:, self.index] = self.grid[i]
        depth = self.objective.minus2lnl_batch(draws)
        order = np.argsort(np.where(np.isfinite(depth), depth, np.inf), kind="stable")[:2]
        return [draws[k] for k in order if np.isfinite(depth[k])]

    def _step(self, kind: str, i: int, starts: Sequence[Array]) -> None:
        """Minimise point i from some starts, and keep the deepest; read from the checkpoint if it is there."""
        key = f"{kind}:{i}"
        if key in self.checkpoint.done:
            found = Point.read(self.checkpoint.done[key])
        else:
            former = self.points[i : i + 1]
            tried = [self._minimise(i, start) for start in starts]
            found = min([*former, *tried], key=lambda point: point.rank)
            if np.isinf(found.depth):
                rescued = [self._minimise(i, start) for start in self._pool(i)]
                found = min([found, *rescued], key=lambda point: point.rank)
            self.checkpoint.add(key, found.store())
        self.points[i : i + 1] = [found]
        self.steps += 1
        if self.progress is not None:
            total = max(3 * len(self.grid) - 2, self.steps)
            self.progress(self.steps, total, f"{self.objective.names[self.index]} = {self.grid[i]:.6g} ({kind})")

    def _minimise(self, i: int, start: Array) -> Point:
        # Others keep their internal coordinates: a pivot then follows, so that the rate stays what it was.
        x = self.objective.to_internal(start, self.unsheared)
        x[self.index] = float(self.objective.coordinates.parameters[self.index].to_internal(self.grid[i]))
        outcome = minimise(self.objective, x, fixed=frozenset({self.index}), unsheared=self.unsheared)
        values = outcome.values.copy()
        values[self.index] = self.grid[i]
        return Point(values, outcome.fval, outcome.status)

    def _adopt(self, turn: int) -> bool:
        """Make the deepest point the best fit if it lies below it; whether it did."""
        deepest = min(self.points, key=lambda point: point.rank)
        if not deepest.depth < self.best.fval - DEEPER:
            return False
        key = f"best{turn}:0"
        if key in self.checkpoint.done:
            found = Point.read(self.checkpoint.done[key])
        else:
            outcome = minimise(self.objective, self.objective.to_internal(deepest.values))
            if outcome.status.usable:
                outcome, _ = polish(self.objective, outcome)
            refitted = Point(outcome.values, outcome.fval, outcome.status)
            found = min((refitted, deepest), key=lambda point: point.rank)
            self.checkpoint.add(key, found.store())
        parameter = self.objective.coordinates.parameters[self.index]
        place = format_quantity(float(found.values[self.index]), parameter.unit)
        self.messages.append(
            f"a point of the scan lay below the best fit, which is now refitted there: -2 ln L = {found.fval:.6g}, "
            f"{self.best.fval - found.fval:.3g} below the former, at {parameter.name} = {place}"
        )
        self.minima.insert(0, found)
        return True
