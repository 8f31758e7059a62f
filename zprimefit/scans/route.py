"""In which rounds the points of a grid are done, and which neighbours they learn from.

The points of a round know nothing of each other, so that they can be worked on side by side; what they learn from are
points of the rounds before.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

Round = list[tuple[int, tuple[int, ...]]]
"""Numbers of grid points, each with those that are done and help it to start."""

COARSEST: Final = 4
"""Points of a line's first round, at least: each of them searches on its own."""


class Route(Protocol):
    """Order of the work on a grid."""

    @property
    def rounds(self) -> list[Round]:
        """Every grid point once."""
        ...

    @property
    def minima_everywhere(self) -> bool:
        """Whether known minima are tried at every point, not only where nothing is known of a neighbour."""
        ...

    def neighbours(self, i: int) -> tuple[int, ...]:
        """Points whose solutions are tried at point i, whenever they change."""
        ...


@dataclass(frozen=True)
class Line:
    """n points in a row: a few of them first, then those halfway between, again and again.

    Parameters
    ----------
    n : number of points.
    minima_everywhere : whether known minima are tried at every point, as where others are not told from the deepest.
    """

    n: int
    minima_everywhere: bool = False

    @cached_property
    def rounds(self) -> list[Round]:
        """Every 2^k-th, then what lies halfway between two, or beyond the last."""
        step = 1
        while -(-self.n // (2 * step)) >= COARSEST:
            step *= 2
        found: list[Round] = [[(i, ()) for i in range(0, self.n, step)]]
        while step > 1:
            half = step // 2
            new = range(half, self.n, step)
            found.append([(i, (i - half, i + half) if i + half < self.n else (i - half,)) for i in new])
            step = half
        return found

    def neighbours(self, i: int) -> tuple[int, ...]:
        """Both."""
        return tuple(j for j in (i - 1, i + 1) if 0 <= j < self.n)


@dataclass(frozen=True)
class Mesh:
    """nx x ny points, number ix * ny + iy: outwards from a centre.

    Parameters
    ----------
    nx, ny : points on the axes.
    centre : (ix, iy) where the work begins.
    """

    nx: int
    ny: int
    centre: tuple[int, int]
    minima_everywhere = True

    def every(self, step: int) -> "Coarse":
        """Every step-th point of a mesh that this one is the coarse part of, by its numbers there."""
        return Coarse(self, step, (self.ny - 1) * step + 1)

    @cached_property
    def rounds(self) -> list[Round]:
        """By the number of steps from the centre, so that all but the first have a neighbour that is done."""
        distance = [abs(i // self.ny - self.centre[0]) + abs(i % self.ny - self.centre[1]) for i in self._all]
        found: list[Round] = [[] for _ in range(max(distance) + 1)]
        for i in self._all:
            found[distance[i]].append((i, tuple(j for j in self.neighbours(i) if distance[j] < distance[i])))
        return found

    @property
    def _all(self) -> range:
        return range(self.nx * self.ny)

    def neighbours(self, i: int) -> tuple[int, ...]:
        """Up to four."""
        ix, iy = divmod(i, self.ny)
        around = ((ix - 1, iy), (ix + 1, iy), (ix, iy - 1), (ix, iy + 1))
        return tuple(x * self.ny + y for x, y in around if 0 <= x < self.nx and 0 <= y < self.ny)


@dataclass(frozen=True)
class Coarse:
    """A mesh whose points are every step-th of a finer one, with the numbers they have there.

    Parameters
    ----------
    mesh : by itself.
    step : distance of its points in the finer one.
    ny : points of the finer one on the second axis.
    """

    mesh: Mesh
    step: int
    ny: int
    minima_everywhere = True

    def _number(self, i: int) -> int:
        ix, iy = divmod(i, self.mesh.ny)
        return ix * self.step * self.ny + iy * self.step

    @cached_property
    def rounds(self) -> list[Round]:
        """Of the mesh."""
        return [[(self._number(i), tuple(map(self._number, near))) for i, near in r] for r in self.mesh.rounds]

    def neighbours(self, i: int) -> tuple[int, ...]:
        """Of the mesh."""
        ix, iy = divmod(i, self.ny)
        return tuple(map(self._number, self.mesh.neighbours(ix // self.step * self.mesh.ny + iy // self.step)))


@dataclass(frozen=True)
class Patch:
    """Points added to a mesh between others: each starts from those around it that are done.

    Parameters
    ----------
    ny : points of the mesh on the second axis.
    new : numbers of the added points.
    known : numbers of those that are done.
    step : distance to the points around them.
    """

    ny: int
    new: tuple[int, ...]
    known: frozenset[int]
    step: int
    minima_everywhere = True

    @cached_property
    def rounds(self) -> list[Round]:
        """All at once."""
        return [[(i, tuple(j for j in self._around(i, diagonal=True) if j in self.known)) for i in self.new]]

    def neighbours(self, i: int) -> tuple[int, ...]:
        """Up to four; of a point that was done before, added ones only."""
        others = frozenset(self.new) if i in self.known else self.known | frozenset(self.new)
        return tuple(j for j in self._around(i, diagonal=False) if j in others)

    def _around(self, i: int, *, diagonal: bool) -> list[int]:
        ix, iy = divmod(i, self.ny)
        moves = (-self.step, 0, self.step)
        kept = [(dx, dy) for dx in moves for dy in moves if (dx, dy) != (0, 0) and (diagonal or 0 in (dx, dy))]
        return [(ix + dx) * self.ny + iy + dy for dx, dy in kept if ix + dx >= 0 and 0 <= iy + dy < self.ny]
