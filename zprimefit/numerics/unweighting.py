"""Densities under an envelope: a grid that follows them and a bound, for drawing points by acceptance and rejection.

The grid is like that of G. P. Lepage's vegas (J. Comput. Phys. 27 (1978) 192), one for every coordinate, but its cells
are narrow where the density over that of the grid is large, not where its integral is: what acceptance needs is a low
bound. The bound is the largest such ratio at the points of a survey, times a margin. Neither touches what is drawn:
grids are exact changes of variables, and a point above the bound keeps what it is above it as its weight, so that
expectations stay those of the density.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[np.float64]
Density = Callable[[Array], Array]
"""Points (n, d) of the unit cube -> density (n,), at least zero."""

CELLS = 64
"""Of the grid, along each coordinate."""
ROUNDS, ROUND_POINTS = 8, 15_000
"""In which the grid is refined."""
SURVEY_POINTS = 100_000
DAMPING = 0.5
"""Power of the largest densities by which cells are refined: with one they swing."""
LEAST = 1e-3
"""Of the largest density: cells where less was met are as wide as if it had been this."""
MARGIN = 1.5
"""Of the bound above the largest density that the survey met."""


@dataclass(frozen=True, eq=False)
class Envelope:
    """Where a density of the unit cube is, and a bound on it.

    Parameters
    ----------
    edges : (d, cells + 1) of the grid along each coordinate, from 0 to 1.
    bound : of density x volume of the grid's cells; zero for a density that vanishes.
    """

    edges: Array
    bound: float

    def mapped(self, points: Array) -> tuple[Array, Array]:
        """Uniform points (n, d) -> points that crowd where the density is (n, d), and the volume of each (n,)."""
        return _mapped(self.edges, points)


def surveyed(density: Density, dimensions: int, rng: Generator) -> Envelope:
    """Envelope of a density.

    Parameters
    ----------
    density : see :data:`Density`.
    dimensions : d.
    rng : of the survey.

    Raises
    ------
    ValueError
        If the density is not finite somewhere.
    """
    edges = np.tile(np.linspace(0.0, 1.0, CELLS + 1), (dimensions, 1))
    for _ in range(ROUNDS):
        points = rng.random((ROUND_POINTS, dimensions))
        edges = _refined(edges, points, _heights(density, edges, points))
    return Envelope(edges, MARGIN * float(np.max(_heights(density, edges, rng.random((SURVEY_POINTS, dimensions))))))


def _heights(density: Density, edges: Array, points: Array) -> Array:
    places, volume = _mapped(edges, points)
    heights = density(places) * volume
    wrong = ~np.isfinite(heights)
    if wrong.any():
        msg = f"survey of a density: expected finite values, got {heights[wrong][0]} at {places[wrong][0].tolist()}"
        raise ValueError(msg)
    return heights


def _mapped(edges: Array, points: Array) -> tuple[Array, Array]:
    cells = edges.shape[1] - 1
    places, volume = np.empty_like(points), np.ones(len(points))
    for row, old in enumerate(edges):
        position = points[:, row] * cells
        index = np.minimum(position.astype(np.int64), cells - 1)
        width = np.diff(old)[index]
        places[:, row] = old[index] + width * (position - index)
        volume *= width * cells
    return places, volume


def _refined(edges: Array, points: Array, heights: Array) -> Array:
    """Grid with narrower cells where the heights are large; as it was where there are none."""
    cells = edges.shape[1] - 1
    if not heights.any():
        return edges
    found = np.empty_like(edges)
    for row, (old, coordinate) in enumerate(zip(edges, points.T, strict=True)):
        top = np.zeros(cells)
        np.maximum.at(top, np.minimum((coordinate * cells).astype(np.int64), cells - 1), heights)
        wide = np.pad(top, 1, mode="edge")
        smooth = np.maximum((wide[:-2] + 2 * top + wide[2:]) / 4, LEAST * top.max())
        reached = np.concatenate([[0.0], np.cumsum(smooth**DAMPING)])
        found[row] = np.interp(np.linspace(0.0, reached[-1], cells + 1), reached, old)
    found[:, 0], found[:, -1] = 0.0, 1.0
    return found
