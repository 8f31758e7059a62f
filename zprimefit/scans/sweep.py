"""The work behind a scan: every grid point from many starts, neighbours' solutions, new best fits.

It goes in rounds. The points of a round know what earlier rounds found and nothing of each other, so that whoever does
them, in whatever order, finds the same. A start is left out if it is known where it leads, and a neighbour is looked at
again only if it has found another solution since. Not only the deepest one is handed on, but all that a point keeps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from zprimefit.fitting.covariance import polish
from zprimefit.fitting.minuit import minimise
from zprimefit.fitting.objective import Array, Objective
from zprimefit.fitting.status import Status
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.conditions import Conditions, Point
from zprimefit.scans.executors import Executor, Run, Threads
from zprimefit.scans.route import Route
from zprimefit.scans.search import Places, Search, Task

Progress = Callable[[int, int, str], None]

SCHEME: Final = "rounds, not above no new physics, solutions behind walls handed on, what leads to known minima left"
"""What the names of finished pieces in a checkpoint mean."""

DEEPER: Final = 5e-5
"""A solution that lies this much below the former is another one, and the best fit if it lies below that: less is what
MIGRAD's tolerance leaves."""

DIFFERENT: Final = 0.1
"""The same for solutions that are not the deepest: they only show the way."""

ROUNDS: Final = 4
"""How often a new best fit may send all points back to the start."""

ALONE: Final = 6
"""Times as many Sobol starts where no neighbour is known yet, whatever is known: what is missed there, many miss."""


@dataclass
class Scan:
    """The scan while it runs.

    Parameters
    ----------
    objective : -2 ln L, for free minimisations.
    places : what holds at the grid points.
    route : in which order they are done.
    starts, seed : Sobol starts of every point, `ALONE` times as many where nothing is known of a neighbour.
    checkpoint, progress : where finished pieces go, and who is told.
    minima : known minima, deepest first.
    executor : who minimises.
    points : grid point -> its deepest solution so far, with others.
    told : grid point -> all solutions that it ever had to hand on.
    seen : (point, neighbour) -> how many of the neighbour's solutions the point has been started from.
    messages : what a reader must know.
    stage : prefix of the pieces' names, where a mesh is done in more than one go.
    """

    objective: Objective
    places: Places
    route: Route
    starts: int
    seed: int
    checkpoint: Checkpoint
    progress: Progress | None
    minima: list[Point]
    executor: Executor = field(default_factory=Threads)
    points: dict[int, Point] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    stage: str = ""
    done: int = 0
    told: dict[int, list[Point]] = field(default_factory=dict)
    seen: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.conditions: Conditions = self.places.on(self.objective.analysis)
        self._search: Run = self.executor.start(self.objective.analysis, Search(self.places, self.seed))

    @property
    def best(self) -> Point:
        """The global minimum so far."""
        return self.minima[0]

    @property
    def solutions(self) -> list[Point]:
        """The points that are done, in the order of their numbers."""
        return [self.points[i] for i in sorted(self.points)]

    def run(self) -> None:
        """All rounds, and again from a deeper minimum while there is one."""
        for number, points in enumerate(self.route.rounds):
            self._round(f"first{number}", [self._first(i, near) for i, near in points])
        self._handed_on("")
        for turn in range(ROUNDS):
            if not self._adopt(turn):
                break
            self._round(f"again{turn}", [Task(i, p, (self.best.values,)) for i, p in sorted(self.points.items())])
            self._handed_on(str(turn))

    def _first(self, i: int, near: Sequence[int]) -> Task:
        draws = self.objective.draw(self.starts if near else ALONE * self.starts, [self.seed, i + 1])
        flat = list(self.objective.flat(self.conditions.unsheared))
        draws[:, flat] = self.best.values[flat]
        minima = tuple(minimum.values for minimum in self.minima)
        if near:
            known = self._news(i, near)
            more = minima if self.route.minima_everywhere or not known else ()
            return Task(i, None, (*known, *more, *draws))
        return Task(i, None, minima, tuple(draws))

    def _handed_on(self, label: str) -> None:
        """Try the neighbours' new solutions everywhere, until there are none; at most once across the grid."""
        for number in range(len(self.points)):
            news = {i: self._news(i, self.route.neighbours(i)) for i in sorted(self.points)}
            tasks = [Task(i, self.points[i], starts) for i, starts in news.items() if starts]
            if not tasks:
                break
            self._round(f"neighbours{label}.{number}", tasks)

    def _news(self, i: int, near: Sequence[int]) -> tuple[Array, ...]:
        """Solutions of neighbours, as far as they still are, that point i has not been started from."""
        starts: list[Array] = []
        for j in near:
            told = self.told.get(j, [])
            new = told[self.seen.get((i, j), 0) :]
            self.seen[i, j] = len(told)
            kept = [solution.depth for solution in self.points[j].solutions]
            starts += [p.values for p in new if any(abs(p.depth - depth) <= DIFFERENT for depth in kept)]
        return tuple(starts)

    def _round(self, kind: str, tasks: Sequence[Task]) -> None:
        """Minimise some points, each from its starts, and keep the deepest; read from the checkpoint if it is there."""
        found: dict[int, Point] = {}
        left = []
        for task in tasks:
            key = self._key(kind, task.i)
            if key in self.checkpoint.done:
                stored = self.checkpoint.done[key]
                found[task.i] = Point.read(stored) if stored is not None else self.points[task.i]
            else:
                left.append(task)
        self.done += len(found)
        for number, point in self._search(left) if left else ():
            i, former = left[number].i, left[number].former
            # Many pieces change nothing: their records stay short.
            unchanged = former is not None and not point.rank < former.rank and not _new(point, former)
            found[i] = former if former is not None and unchanged else point
            self.checkpoint.add(self._key(kind, i), None if unchanged else point.store())
            self.done += 1
            if self.progress is not None:
                whole = max(sum(map(len, self.route.rounds)), self.done - len(found) + len(tasks))
                failed = sum(np.isinf(p.depth) for p in (self.points | found).values())
                told = f", {failed} failed" if failed else ""
                self.progress(self.done, whole, f"{self.conditions.label(i)} ({kind}){told}")
        for task in tasks:
            self.told.setdefault(task.i, []).extend(_new(found[task.i], self.points.get(task.i)))
            self.points[task.i] = found[task.i]

    def _key(self, kind: str, i: int) -> str:
        return f"{self.stage}{kind}:{i}"

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


def _new(point: Point, former: Point | None) -> list[Point]:
    """Solutions of a point, each by itself, that differ from all former ones."""
    depths = [] if former is None else [solution.depth for solution in former.solutions]
    return [
        replace(solution, others=())
        for k, solution in enumerate(point.solutions)
        if np.isfinite(solution.depth)
        and all(abs(solution.depth - depth) > (DIFFERENT if k else DEEPER) for depth in depths)
    ]


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
