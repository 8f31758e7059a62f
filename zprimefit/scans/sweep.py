"""The work behind a scan: every grid point from many starts, sweeps from neighbours, new best fits.

A start is left out if it is known where it leads, and a neighbour is looked at again only if its solution has changed
since. Where nothing tells where a start leads, as with a derived quantity, every start is minimised.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from zprimefit.fitting.covariance import polish
from zprimefit.fitting.minuit import minimise
from zprimefit.fitting.objective import Array, Mask, Objective
from zprimefit.fitting.status import Status
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.conditions import Conditions, Point
from zprimefit.scans.route import Pair, Route

Progress = Callable[[int, int, str], None]

DEEPER: Final = 5e-5
"""A solution that lies this much below the former is another one, and the best fit if it lies below that: less is what
MIGRAD's tolerance leaves."""

RESCUE: Final = 64
"""Sobol points that are looked at where no start converged."""

ROUNDS: Final = 4
"""How often a new best fit may send all points back to the start, and how often a mesh is swept in between."""


@dataclass
class Scan:
    """The scan while it runs.

    Parameters
    ----------
    objective : -2 ln L, for free minimisations.
    conditions, route : what holds at the grid points, and in which order they are done.
    starts, seed : Sobol starts of every point.
    checkpoint, progress : where finished steps go, and who is told.
    minima : known minima, deepest first.
    lead_to : (grid point, starts, solution) -> whether each start leads to that solution; None minimises every start.
    points : grid point -> its deepest solution so far.
    messages : what a reader must know.
    stage : prefix of the steps' names, where a mesh is done in more than one go.
    """

    objective: Objective
    conditions: Conditions
    route: Route
    starts: int
    seed: int
    checkpoint: Checkpoint
    progress: Progress | None
    minima: list[Point]
    lead_to: Callable[[int, Sequence[Array], Point], Mask] | None = None
    points: dict[int, Point] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    stage: str = ""
    steps: int = 0
    versions: dict[int, int] = field(default_factory=dict)
    seen: dict[Pair, int] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)

    @property
    def best(self) -> Point:
        """The global minimum so far."""
        return self.minima[0]

    @property
    def solutions(self) -> list[Point]:
        """The points that are done, in the order of their numbers."""
        return [self.points[i] for i in sorted(self.points)]

    def run(self) -> None:
        """All sweeps, and again from a deeper minimum while there is one."""
        for i, neighbours in self.route.first:
            self.seen.update({(i, j): self.versions[j] for j in neighbours})
            self._step("scatter", i, self._first_starts(i, neighbours))
        self._sweeps("")
        for turn in range(ROUNDS):
            if not self._adopt(turn):
                break
            for i in sorted(self.points):
                self._step(f"again{turn}", i, [self.best.values])
            self._sweeps(str(turn))

    def _first_starts(self, i: int, neighbours: Iterable[int]) -> Iterator[Array]:
        yield from (self.points[j].values for j in neighbours)
        yield from (minimum.values for minimum in self.minima)
        draws = self.objective.draw(self.starts, [self.seed, i + 1])
        flat = list(self.objective.flat(self.conditions.unsheared))
        draws[:, flat] = self.best.values[flat]
        yield from draws

    def _sweeps(self, label: str) -> None:
        """Sweep once; where starts are left out, until nothing changes."""
        if self.lead_to is None:
            for kind, pairs in self.route.sweeps.items():
                for i, j in pairs:
                    self._step(f"{kind}{label}", i, [self.points[j].values])
            return
        for again in range(ROUNDS):
            before = dict(self.versions)
            for kind, pairs in self.route.sweeps.items():
                for i, j in pairs:
                    self._look(f"{kind}{label}.{again}", i, j)
            if self.versions == before:
                break

    def _look(self, kind: str, i: int, j: int) -> None:
        """Start point i from its neighbour's solution, if that is new and one at all."""
        if self.seen.get((i, j)) != self.versions[j] and np.isfinite(self.points[j].depth):
            self.seen[i, j] = self.versions[j]
            self._step(kind, i, [self.points[j].values])

    def _step(self, kind: str, i: int, starts: Iterable[Array]) -> None:
        """Minimise point i from some starts, and keep the deepest; read from the checkpoint if it is there."""
        key = f"{self.stage}{kind}:{i}"
        former = self.points.get(i)
        if key in self.checkpoint.done:
            stored = self.checkpoint.done[key]
            found = former if former is not None and stored is None else Point.read(stored)
        else:
            found = self._search(i, former, starts)
            # A mesh has many steps that change nothing: their records stay short.
            unchanged = found is former and self.lead_to is not None
            self.checkpoint.add(key, None if unchanged else found.store())
        if former is None or found.depth < former.depth - DEEPER:
            self.versions[i] = self.versions.get(i, -1) + 1
        self.points[i] = found
        self.steps += 1
        if np.isinf(found.depth):
            self.failed.add(i)
        else:
            self.failed.discard(i)
        if self.progress is not None:
            failed = f", {len(self.failed)} failed" if self.failed else ""
            total = max(len(self.route.first) + sum(map(len, self.route.sweeps.values())), self.steps)
            self.progress(self.steps, total, f"{self.conditions.label(i)} ({kind}){failed}")

    def _search(self, i: int, former: Point | None, starts: Iterable[Array]) -> Point:
        remaining = list(starts)
        found = former if former is not None else self.conditions.minimise(i, remaining.pop(0))
        remaining = self._elsewhere(i, remaining, found)
        while remaining:
            before, found = found, _deepest(found, self.conditions.minimise(i, remaining.pop(0)))
            if found is not before:
                remaining = self._elsewhere(i, remaining, found)
        if np.isinf(found.depth):
            for start in self._pool(i):
                found = _deepest(found, self.conditions.minimise(i, start))
        return found

    def _elsewhere(self, i: int, starts: list[Array], found: Point) -> list[Array]:
        """Those of the starts of which it is not known that they lead to a solution."""
        if self.lead_to is None:
            return starts
        return [start for start, led in zip(starts, self.lead_to(i, starts, found), strict=True) if not led]

    def _pool(self, i: int) -> list[Array]:
        """Deepest two of many Sobol points under condition i, for when no start had a finite value."""
        draws, depth = self.conditions.looked_at(i, self.objective.draw(RESCUE, [self.seed, i + 1, RESCUE]))
        order = np.argsort(np.where(np.isfinite(depth), depth, np.inf), kind="stable")[:2]
        return [draws[k] for k in order if np.isfinite(depth[k])]

    def _adopt(self, turn: int) -> bool:
        """Make the deepest point the best fit if it lies below it; whether it did."""
        deepest = min(self.solutions, key=lambda point: point.rank)
        if not deepest.depth < self.best.fval - DEEPER:
            return False
        key = f"{self.stage}best{turn}:0"
        if key in self.checkpoint.done:
            found = Point.read(self.checkpoint.done[key])
        else:
            outcome = minimise(self.objective, self.objective.to_internal(deepest.values))
            if outcome.status.usable:
                outcome, _ = polish(self.objective, outcome)
            refitted = Point(outcome.values, outcome.fval, outcome.status)
            found = min((refitted, deepest), key=lambda point: point.rank)
            self.checkpoint.add(key, found.store())
        self.messages.append(
            f"a point of the scan lay below the best fit, which is now refitted there: -2 ln L = {found.fval:.6g}, "
            f"{self.best.fval - found.fval:.3g} below the former, at {self.conditions.place(found.values)}"
        )
        self.minima.insert(0, found)
        return True


def _deepest(former: Point, found: Point) -> Point:
    return min(former, found, key=lambda point: point.rank)


def collected(scan: Scan) -> tuple[Array, Array, tuple[Status, ...]]:
    """-2 ln L (n,), NaN where there is none, values (n, n_free) and status (n) of a finished scan; adds a message."""
    points = scan.solutions
    minus2lnl = np.array([p.fval if np.isfinite(p.depth) else np.nan for p in points])
    failed = int(np.isnan(minus2lnl).sum())
    if failed:
        scan.messages.append(f"{failed} of {len(points)} points have no value; see their status")
    values = np.array([p.values for p in points])
    for array in (minus2lnl, values):
        array.flags.writeable = False
    return minus2lnl, values, tuple(p.status for p in points)
