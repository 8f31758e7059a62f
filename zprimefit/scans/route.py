"""In which order the points of a grid are done, and which neighbours they learn from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

Pair = tuple[int, int]
"""(grid point, the neighbour whose solution it starts from)."""


class Route(Protocol):
    """Order of the work on a grid."""

    @property
    def first(self) -> list[tuple[int, tuple[int, ...]]]:
        """Every grid point once, each with the neighbours that were done before it and help it to start."""
        ...

    @property
    def sweeps(self) -> dict[str, list[Pair]]:
        """Name of a sweep -> its pairs, in order."""
        ...


@dataclass(frozen=True)
class Line:
    """n points in a row: upwards first, each from its neighbour too, then a sweep up and a sweep down."""

    n: int

    @cached_property
    def first(self) -> list[tuple[int, tuple[int, ...]]]:
        """From the lowest up."""
        return [(i, (i - 1,) if i else ()) for i in range(self.n)]

    @cached_property
    def sweeps(self) -> dict[str, list[Pair]]:
        """Up and down."""
        return {"up": [(i, i - 1) for i in range(1, self.n)], "down": [(i, i + 1) for i in range(self.n - 2, -1, -1)]}


@dataclass(frozen=True)
class Mesh:
    """nx x ny points, number ix * ny + iy: outwards from a centre first, then sweeps along both axes.

    Parameters
    ----------
    nx, ny : points on the axes.
    centre : (ix, iy) where the work begins.
    """

    nx: int
    ny: int
    centre: tuple[int, int]

    def every(self, step: int) -> "Coarse":
        """Every step-th point of a mesh that this one is the coarse part of, by its numbers there."""
        return Coarse(self, step, (self.ny - 1) * step + 1)

    @cached_property
    def first(self) -> list[tuple[int, tuple[int, ...]]]:
        """By the number of steps from the centre, so that all but the first have a neighbour that is done."""
        distance = [abs(i // self.ny - self.centre[0]) + abs(i % self.ny - self.centre[1]) for i in self._all]
        order = sorted(self._all, key=lambda i: (distance[i], i))
        return [(i, tuple(j for j in self._neighbours(i) if distance[j] < distance[i])) for i in order]

    @cached_property
    def sweeps(self) -> dict[str, list[Pair]]:
        """Along x up and down, along y up and down."""
        nx, ny = self.nx, self.ny
        up_x = [(ix * ny + iy, (ix - 1) * ny + iy) for ix in range(1, nx) for iy in range(ny)]
        up_y = [(ix * ny + iy, ix * ny + iy - 1) for iy in range(1, ny) for ix in range(nx)]
        down_x = [(j, i) for i, j in reversed(up_x)]
        down_y = [(j, i) for i, j in reversed(up_y)]
        return {"x-up": up_x, "x-down": down_x, "y-up": up_y, "y-down": down_y}

    @property
    def _all(self) -> range:
        return range(self.nx * self.ny)

    def _neighbours(self, i: int) -> list[int]:
        ix, iy = divmod(i, self.ny)
        around = ((ix - 1, iy), (ix + 1, iy), (ix, iy - 1), (ix, iy + 1))
        return [x * self.ny + y for x, y in around if 0 <= x < self.nx and 0 <= y < self.ny]


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

    def _number(self, i: int) -> int:
        ix, iy = divmod(i, self.mesh.ny)
        return ix * self.step * self.ny + iy * self.step

    @cached_property
    def first(self) -> list[tuple[int, tuple[int, ...]]]:
        """Of the mesh."""
        return [(self._number(i), tuple(map(self._number, near))) for i, near in self.mesh.first]

    @cached_property
    def sweeps(self) -> dict[str, list[Pair]]:
        """Of the mesh."""
        return {k: [(self._number(i), self._number(j)) for i, j in pairs] for k, pairs in self.mesh.sweeps.items()}


@dataclass(frozen=True)
class Patch:
    """Points added to a mesh between others: each starts from those around it, then one sweep there and back.

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

    @cached_property
    def first(self) -> list[tuple[int, tuple[int, ...]]]:
        """Those with most points around them first."""
        around = {i: tuple(j for j in self._around(i) if j in self.known) for i in self.new}
        return sorted(around.items(), key=lambda pair: (-len(pair[1]), pair[0]))

    @cached_property
    def sweeps(self) -> dict[str, list[Pair]]:
        """From each neighbour along an axis to each, in the order of their numbers and back."""
        whole, new = self.known | set(self.new), set(self.new)
        edges = [(i, j) for i in sorted(whole) for j in self._around(i) if j in whole and {i, j} & new]
        straight = [(i, j) for i, j in edges if i // self.ny == j // self.ny or i % self.ny == j % self.ny]
        up = [(i, j) for i, j in straight if j < i]
        return {"up": up, "down": [(j, i) for i, j in reversed(up)]}

    def _around(self, i: int) -> list[int]:
        ix, iy = divmod(i, self.ny)
        moves = (-self.step, 0, self.step)
        places = [(ix + dx, iy + dy) for dx in moves for dy in moves if (dx, dy) != (0, 0)]
        return [x * self.ny + y for x, y in places if x >= 0 and 0 <= y < self.ny]
