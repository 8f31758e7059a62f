"""Refinement of a mesh along contours: cells that a contour crosses are halved, and the others are left alone.

A cell is halved if its corners, or points on its sides that its neighbours needed, lie on both sides of a threshold of
Delta chi^2, or if it holds the best fit. That is repeated until nothing is left to halve: a contour that leaves a cell
through its side takes the next cell with it. A region that is smaller than a cell of the coarse mesh and holds none of
its points can be missed, unless the best fit is in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import LinearNDInterpolator

from zprimefit.fitting.objective import Array
from zprimefit.scans.route import Patch
from zprimefit.scans.sweep import Scan


@dataclass(frozen=True)
class Refinement:
    """How a mesh is refined.

    Parameters
    ----------
    nx, ny : points of the finest mesh.
    halvings : number of times that a cell of the coarse mesh can be halved.
    thresholds : of Delta chi^2.
    best : place of the best fit in units of the finest mesh's cells (2,).
    """

    nx: int
    ny: int
    halvings: int
    thresholds: tuple[float, ...]
    best: tuple[float, float]

    def run(self, scan: Scan) -> None:
        """Go on with a scan whose coarse mesh is done, until no cell is left to halve."""
        turn = 0
        while True:
            patch = next(self._patches(scan), None)
            if patch is None:
                return
            turn += 1
            scan.stage, scan.route = f"patch{turn}-", patch
            scan.run()

    def _patches(self, scan: Scan) -> Iterator[Patch]:
        """Points that are missing, of the largest cells to be halved first."""
        delta = np.full((self.nx, self.ny), np.nan)
        for i, point in scan.points.items():
            delta[divmod(i, self.ny)] = point.depth - scan.best.fval
        for level in range(self.halvings):
            size = 2 ** (self.halvings - level)
            new = {i for cell in self._cells(size) if self._split(delta, cell, size) for i in self._lattice(cell, size)}
            missing = tuple(sorted(new - set(scan.points)))
            if missing:
                yield Patch(self.ny, missing, frozenset(scan.points), size // 2)

    def _cells(self, size: int) -> list[tuple[int, int]]:
        return [(x, y) for x in range(0, self.nx - 1, size) for y in range(0, self.ny - 1, size)]

    def _lattice(self, cell: tuple[int, int], size: int) -> list[int]:
        """Nine points of a halved cell."""
        half = (0, size // 2, size)
        return [(cell[0] + dx) * self.ny + cell[1] + dy for dx in half for dy in half]

    def _split(self, delta: Array, cell: tuple[int, int], size: int) -> bool:
        """Whether a cell is to be halved; one whose corners are not all known belongs to one that is not."""
        x, y = cell
        block = delta[x : x + size + 1, y : y + size + 1]
        if np.isnan(block[::size, ::size]).any():
            return False
        if all(low <= b <= low + size for b, low in zip(self.best, cell, strict=True)):
            return True
        known = block[~np.isnan(block)]
        return any((known <= t).any() and (known > t).any() for t in self.thresholds)


def filled(nx: int, ny: int, places: Sequence[int], delta: Array) -> Array:
    """Delta chi^2 (nx, ny) of a refined mesh: between points that were done, linear in its root.

    Parameters
    ----------
    nx, ny : points of the finest mesh.
    places, delta : numbers and Delta chi^2 of those that were done; NaN where the minimisation failed.
    """
    found = np.full(nx * ny, np.nan)
    found[list(places)] = delta
    usable = np.flatnonzero(np.isfinite(found))
    missing = np.setdiff1d(np.arange(nx * ny), np.asarray(places))
    if missing.size and usable.size > 2:
        root = LinearNDInterpolator(np.column_stack(np.divmod(usable, ny)), np.sqrt(np.maximum(found[usable], 0.0)))
        found[missing] = root(np.column_stack(np.divmod(missing, ny))) ** 2
    return found.reshape(nx, ny)
