"""What holds at every grid point of a scan: some parameters have given values, everything else is minimised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np

from zprimefit.fitting.encoding import number, numbers, read_number, read_numbers
from zprimefit.fitting.minuit import Descent, descend, settle
from zprimefit.fitting.null import start_without_new_physics
from zprimefit.fitting.objective import Array, FitProblem, Indices, Mask, Objective
from zprimefit.fitting.status import Status
from zprimefit.units import format_quantity

LINE: Final = (0.0, 0.03, *(k / 8 for k in range(1, 8)))
"""Where the line from a start to a minimum is looked at; right behind the start, whose basin may be its own."""

SLACK: Final = 1e-4
"""How much -2 ln L may rise on that line: what a minimisation leaves."""

CLOSE: Final = 0.1
"""How much a descent may end above a known minimum and be left there: farther up it may have stopped early."""

WALL: Final = 1.0
"""What stands this much above two solutions on the line between them parts them."""

BETWEEN: Final = np.arange(1, 16) / 16
"""Where the line between two solutions is looked at."""


@dataclass(frozen=True, eq=False)
class Point:
    """A minimum under a condition: the user's values (n_free,), -2 ln L, status.

    Parameters
    ----------
    others : further minima there, which walls part from this one and from each other, deepest first.
    """

    values: Array
    fval: float
    status: Status
    others: tuple["Point", ...] = ()

    @property
    def solutions(self) -> "tuple[Point, ...]":
        """All of them, deepest first."""
        return (self, *self.others)

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
        stored = {"values": numbers(self.values), "fval": number(self.fval), "status": str(self.status)}
        return stored | ({"others": [other.store() for other in self.others]} if self.others else {})

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Point":
        """JSON -> point."""
        values = read_numbers(stored["values"], (len(stored["values"]),))
        others = tuple(cls.read(other) for other in stored.get("others", ()))
        return cls(values, read_number(stored["fval"]), Status(stored["status"]), others)


class Conditions(Protocol):
    """The conditions of all grid points, numbered from 0."""

    @property
    def size(self) -> int:
        """Number of grid points."""
        ...

    @property
    def unsheared(self) -> Indices:
        """Pivots that move on their own scale."""
        ...

    def label(self, i: int) -> str:
        """Grid point i for people."""
        ...

    def place(self, values: Array) -> str:
        """Where values (n_free,) lie on the axes of the scan, for people."""
        ...

    def minimise(self, i: int, start: Array) -> Point:
        """Minimise -2 ln L under condition i from the values of a start (n_free,)."""
        ...

    def another(self, i: int, start: Array, known: Sequence[Point]) -> Point | None:
        """Minimise as well; None where this is expected on the way to end in one of the solutions that are known."""
        ...

    def looked_at(self, i: int, draws: Array) -> tuple[Array, Array]:
        """Bring values (m, n_free) to condition i, as far as no minimisation is needed; how low each lies (m,)."""
        ...

    def no_new_physics(self, i: int) -> tuple[Array, float] | None:
        """Values (n_free,) under condition i nearest to no new physics, and -2 ln L there; None where nobody knows."""
        ...

    def lead_to(self, i: int, starts: Sequence[Array], found: Point, above: float) -> Mask:
        """Whether it is known of each start that a minimisation under condition i ends in a solution, (n_starts,).

        Parameters
        ----------
        above : how much a start may lie above the solution, in -2 ln L; nothing is known of those farther up.
        """
        ...

    def parted(self, i: int, a: Point, b: Point) -> bool:
        """Whether a wall is known to stand between two solutions at grid point i."""
        ...


@dataclass(frozen=True, eq=False)
class FixedAt:
    """Given values of some parameters at every grid point: :class:`FixedParameters` without the analysis.

    Parameters
    ----------
    indices : the parameters (k,).
    places : their values (n, k), in the user's units.
    """

    indices: tuple[int, ...]
    places: Array

    def on(self, analysis: FitProblem) -> "FixedParameters":
        """The conditions of an analysis."""
        return FixedParameters(Objective.of(analysis), self.indices, self.places)


@dataclass(frozen=True, eq=False)
class FixedParameters:
    """One or more parameters have given values.

    Parameters
    ----------
    objective : what is minimised.
    indices : the parameters (k,).
    places : their values at every grid point (n, k), in the user's units.
    """

    objective: Objective
    indices: tuple[int, ...]
    places: Array

    @property
    def size(self) -> int:
        """Number of grid points."""
        return len(self.places)

    @cached_property
    def unsheared(self) -> Indices:
        """Those of the parameters that are pivots: they then move on their own scales."""
        return frozenset(self.indices) & self.objective.pivots

    def label(self, i: int) -> str:
        """Names and values."""
        pairs = zip(self.indices, self.places[i], strict=True)
        return ", ".join(f"{self.objective.names[k]} = {value:.6g}" for k, value in pairs)

    def place(self, values: Array) -> str:
        """Names and values with units."""
        parameters = [(k, self.objective.coordinates.parameters[k]) for k in self.indices]
        return ", ".join(f"{p.name} = {format_quantity(values[k], p.unit)}" for k, p in parameters)

    def coordinates(self, i: int, start: Array) -> Array:
        """Internal coordinates (n_free,) of a start brought to condition i.

        The others keep their internal coordinates: a pivot then follows, so that the rate stays what it was.
        """
        x = self.objective.to_internal(start, self.unsheared)
        for k, value in zip(self.indices, self.places[i], strict=True):
            x[k] = float(self.objective.coordinates.parameters[k].to_internal(value))
        return x

    def minimise(self, i: int, start: Array) -> Point:
        """Minimise -2 ln L over the others, which begin at their bounds where the start is on them."""
        return self._end(i, self._descend(i, start))

    def another(self, i: int, start: Array, known: Sequence[Point]) -> Point | None:
        """Minimise as well, but leave a descent that comes close above a known solution, with no wall on the way."""
        way = self._descend(i, start)
        here = Point(self.objective.to_values(way.x, way.unsheared), way.value, way.status)
        close = [point for point in known if point.fval - SLACK <= way.value <= point.fval + CLOSE]
        led = any(self.lead_to(i, [here.values], p, CLOSE).any() and not self.parted(i, here, p) for p in close)
        return None if led else self._end(i, way)

    def _descend(self, i: int, start: Array) -> Descent:
        x, held = self.coordinates(i, start), self.objective.at_bounds(start)
        return descend(self.objective, x, fixed=frozenset(self.indices), unsheared=self.unsheared, held=held)

    def _end(self, i: int, way: Descent) -> Point:
        outcome = settle(self.objective, way)
        values = outcome.values.copy()
        values[list(self.indices)] = self.places[i]
        return Point(values, outcome.fval, outcome.status)

    def looked_at(self, i: int, draws: Array) -> tuple[Array, Array]:
        """Put the parameters to their values; -2 ln L there."""
        draws[:, list(self.indices)] = self.places[i]
        return draws, self.objective.minus2lnl_batch(draws)

    def no_new_physics(self, i: int) -> tuple[Array, float] | None:
        """Couplings at zero, or as small as they may be; the parameters at their values."""
        start = start_without_new_physics(self.objective.analysis)
        if start is None:
            return None
        values, depth = self.looked_at(i, start[None])
        return values[0], float(depth[0])

    def lead_to(self, i: int, starts: Sequence[Array], found: Point, above: float) -> Mask:
        """Whether -2 ln L falls all the way from each start to a minimum that is known at grid point i, (n_starts,).

        On the straight line in internal coordinates: a minimisation from there is then expected to end in it.
        """
        if not (starts and np.isfinite(found.depth)):
            return np.zeros(len(starts), dtype=bool)
        end = self.coordinates(i, found.values)
        lines = [a + t * (end - a) for a in (self.coordinates(i, start) for start in starts) for t in LINE]
        found_there = self.objective.value_batch(np.array(lines), self.objective.sheared(self.unsheared))
        values = found_there.reshape(len(starts), len(LINE))
        begins = values[:, :1] <= found.fval + above
        falls = np.isfinite(values[:, :1]) & begins & (values[:, 1:] <= values[:, :-1] + SLACK)
        return np.asarray(falls.all(axis=1) & (values >= found.fval - SLACK).all(axis=1))

    def parted(self, i: int, a: Point, b: Point) -> bool:
        """Whether -2 ln L rises `WALL` above both on the straight line in internal coordinates."""
        begin, end = (self.coordinates(i, point.values) for point in (a, b))
        line = begin + BETWEEN[:, None] * (end - begin)
        values = self.objective.value_batch(line, self.objective.sheared(self.unsheared))
        return not float(np.max(values)) < max(a.fval, b.fval) + WALL
