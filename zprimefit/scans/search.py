"""The work at one grid point: minimisations from some starts, of which the deepest counts.

Where limits have narrow windows, -2 ln L has minima that no minimisation leads from one to the other. Which is the
deepest changes from grid point to grid point, so that the others are kept as well, to be handed on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

import numpy as np

from zprimefit.fitting.objective import Array, Objective
from zprimefit.scans.conditions import SLACK, Conditions, Point

RESCUE: Final = 64
"""Sobol points that are looked at where no start converged."""

KEPT: Final = 3
"""Minima that are kept at a point, at most."""

HIGH: Final = 4.0
"""How much one that is kept may lie above the deepest: two standard deviations."""


@dataclass(frozen=True, eq=False)
class Task:
    """A grid point, what is known there, and where to start from: values (n_free,) each.

    Parameters
    ----------
    starts : to be left out where it is known where they lead.
    searched : to be minimised, whatever is known of where they lead, until they come close to what they lead to.
    """

    i: int
    former: Point | None
    starts: tuple[Array, ...]
    searched: tuple[Array, ...] = ()


class Places(Protocol):
    """What holds at the points of a grid, without the analysis: it can be sent to where one is."""

    def on(self, analysis: Any) -> Conditions:
        """The conditions of an analysis."""
        ...


@dataclass(frozen=True)
class Search:
    """What is done at every point.

    Parameters
    ----------
    places : what holds there.
    seed : of the points that are looked at where no start converges.
    """

    places: Places
    seed: int

    def on(self, analysis: Any) -> Callable[[Task], Point]:
        """Task -> its deepest point, with others that are kept; the former one itself where none is deeper."""
        return partial(_searched, Objective.of(analysis), self.places.on(analysis), self.seed)


def _searched(objective: Objective, conditions: Conditions, seed: int, task: Task) -> Point:
    known = list(task.former.solutions) if task.former is not None else []
    for start in task.searched:
        if (end := conditions.another(task.i, start, known)) is not None:
            known.append(end)
    ends = minima(conditions, task.i, task.starts, known)
    if np.isinf(_deepest(ends).depth):
        pool = _pool(objective, conditions, task.i, [seed, task.i + 1, RESCUE])
        ends += [conditions.minimise(task.i, start) for start in pool]
    lowest = below_no_new_physics(conditions, task.i, _deepest(ends))
    return _with_others(conditions, task.i, [lowest, *(end for end in ends if end is not lowest)])


def below_no_new_physics(conditions: Conditions, i: int, found: Point) -> Point:
    """Point under condition i that does not lie above no new physics: minimised from there as well if it does.

    Where limits leave narrow windows, minima with couplings in one of them may lie above, and starts over decades of
    couplings hardly ever lead out.
    """
    start = conditions.no_new_physics(i)
    if start is None or not start[1] < found.depth - SLACK:
        return found
    return _deepest([found, conditions.minimise(i, start[0])])


def deepest(conditions: Conditions, i: int, starts: Sequence[Array]) -> Point:
    """Deepest point of minimisations under condition i from some starts, values (n_free,) each, at least one."""
    return _deepest(minima(conditions, i, starts))


def minima(conditions: Conditions, i: int, starts: Sequence[Array], known: Sequence[Point] = ()) -> list[Point]:
    """What is known under condition i, and where minimisations from some starts, values (n_free,) each, end.

    A start of which it is known that it leads to the deepest of these is left out, or, from no more than `HIGH` above
    it, to another: from farther away it may meet one that is not known. It is left on its way once that is expected.
    """
    found = list(known)
    remaining = list(starts)
    if not found:
        found.append(conditions.minimise(i, remaining.pop(0)))
    lowest = _deepest(found)
    for end in found:
        remaining = _elsewhere(conditions, i, remaining, end, np.inf if end is lowest else HIGH)
    while remaining:
        new = conditions.another(i, remaining.pop(0), found)
        if new is not None:
            deeper = new.rank < lowest.rank
            lowest = new if deeper else lowest
            remaining = _elsewhere(conditions, i, remaining, new, np.inf if deeper else HIGH)
            found.append(new)
    return found


def _elsewhere(conditions: Conditions, i: int, starts: Sequence[Array], found: Point, above: float) -> list[Array]:
    """Those of the starts of which it is not known that they lead to a solution from no more than this above it."""
    led = conditions.lead_to(i, starts, found, above)
    return [start for start, known in zip(starts, led, strict=True) if not known]


def _pool(objective: Objective, conditions: Conditions, i: int, seed: list[int]) -> list[Array]:
    """Deepest two of many Sobol points under condition i, for when no start had a finite value."""
    draws, depth = conditions.looked_at(i, objective.draw(RESCUE, seed))
    order = np.argsort(np.where(np.isfinite(depth), depth, np.inf), kind="stable")[:2]
    return [draws[k] for k in order if np.isfinite(depth[k])]


def _deepest(ends: Sequence[Point]) -> Point:
    return min(ends, key=lambda point: point.rank)


def _with_others(conditions: Conditions, i: int, ends: Sequence[Point]) -> Point:
    """Return the deepest of some ends, with others that walls part from all that are deeper."""
    first, *rest = sorted(ends, key=lambda point: point.rank)
    kept = [first]
    for end in rest:
        if len(kept) == KEPT or not end.depth < first.depth + HIGH:
            break
        if all(conditions.parted(i, end, point) for point in kept):
            kept.append(end)
    return replace(first, others=tuple(replace(point, others=()) for point in kept[1:]))
