"""The work at one grid point: minimisations from some starts, of which the deepest counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

import numpy as np

from zprimefit.fitting.objective import Array, Objective
from zprimefit.scans.conditions import SLACK, Conditions, Point

RESCUE: Final = 64
"""Sobol points that are looked at where no start converged."""


@dataclass(frozen=True, eq=False)
class Task:
    """A grid point, what is known there, and where to start from: values (n_free,) each."""

    i: int
    former: Point | None
    starts: tuple[Array, ...]


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
        """Task -> its deepest point; the former one itself where none is deeper."""
        return partial(_searched, Objective.of(analysis), self.places.on(analysis), self.seed)


def _searched(objective: Objective, conditions: Conditions, seed: int, task: Task) -> Point:
    found = deepest(conditions, task.i, task.starts, task.former)
    if np.isinf(found.depth):
        for start in _pool(objective, conditions, task.i, [seed, task.i + 1, RESCUE]):
            found = _deeper(found, conditions.minimise(task.i, start))
    return below_no_new_physics(conditions, task.i, found)


def below_no_new_physics(conditions: Conditions, i: int, found: Point) -> Point:
    """Point under condition i that does not lie above no new physics: minimised from there as well if it does.

    Where limits leave narrow windows, minima with couplings in one of them may lie above, and starts over decades of
    couplings hardly ever lead out.
    """
    start = conditions.no_new_physics(i)
    if start is None or not start[1] < found.depth - SLACK:
        return found
    return _deeper(found, conditions.minimise(i, start[0]))


def deepest(conditions: Conditions, i: int, starts: Sequence[Array], former: Point | None = None) -> Point:
    """Deepest point of minimisations under condition i from some starts, values (n_free,) each.

    Parameters
    ----------
    starts : at least one without `former`; one of which it is known that it leads to what was found is left out.
    former : what is known there.
    """
    remaining = list(starts)
    found = former if former is not None else conditions.minimise(i, remaining.pop(0))
    remaining = _elsewhere(conditions, i, remaining, found)
    while remaining:
        before, found = found, _deeper(found, conditions.minimise(i, remaining.pop(0)))
        if found is not before:
            remaining = _elsewhere(conditions, i, remaining, found)
    return found


def _elsewhere(conditions: Conditions, i: int, starts: Sequence[Array], found: Point) -> list[Array]:
    """Those of the starts of which it is not known that they lead to a solution."""
    return [start for start, led in zip(starts, conditions.lead_to(i, starts, found), strict=True) if not led]


def _pool(objective: Objective, conditions: Conditions, i: int, seed: list[int]) -> list[Array]:
    """Deepest two of many Sobol points under condition i, for when no start had a finite value."""
    draws, depth = conditions.looked_at(i, objective.draw(RESCUE, seed))
    order = np.argsort(np.where(np.isfinite(depth), depth, np.inf), kind="stable")[:2]
    return [draws[k] for k in order if np.isfinite(depth[k])]


def _deeper(former: Point, found: Point) -> Point:
    return min(former, found, key=lambda point: point.rank)
