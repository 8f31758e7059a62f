"""Where rates are integrated for a surrogate: side by side on all cores, on as many nodes per mass as it takes."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.numerics.chebyshev import Box, interpolate, magnitudes, nodes
from zprimefit.numerics.cores import cores

Array = NDArray[np.float64]
Progress = Callable[[str], None]
UnitRates = Callable[[Any], Any]
"""Masses (n,) in the order of a source's names -> numbers per unit coupling, (n_parts, n)."""

PROBED = 16
"""Nodes of a line along one axis, which tells how many of them the axis needs."""
EDGE = 0.95
"""Where such lines run, beside the edges of the box, on which a source may close."""
TAIL = 1.5e-4
"""Largest coefficient, of a logarithm, that may be left out."""
MARGIN = 1
"""Nodes more than the lines ask for: they do not see all of the box."""
LEAST = 3
"""Nodes per axis, at least."""
HELD_OUT_POINTS = 64
ON_FACES = 24
"""Of the held-out points, beside the corners: fits end up on the faces of the box."""
FLOOR = 1e-3
"""Share of the events below which a bin's relative error is not counted."""
NOTHING = 1e-300
"""Stands for no rate at all, whose logarithm is taken."""
EMPTY = 1e-9
"""Share of the events to which an emptier bin is lifted before its logarithm is taken."""


@dataclass(frozen=True, eq=False)
class Sampler:
    """Rates at points of a box in the logarithms of the free masses.

    Parameters
    ----------
    what : the numbers, for people.
    names : masses in the order that integrations take them.
    axes : those that vary.
    fixed : the others [GeV].
    segments : lengths of the pieces that the n numbers consist of.
    progress : called with one line of text now and then.
    """

    what: str
    names: tuple[str, ...]
    axes: tuple[str, ...]
    fixed: Mapping[str, float]
    segments: tuple[int, ...]
    progress: Progress | None

    def __call__(self, rates: UnitRates, points: Array) -> Array:
        """Rates at points (n_points, n_axes) -> (n_points, n_parts, n); the same with any number of cores."""
        found = []
        for value in self._values(rates, points):
            found.append(value)
            if len(found) % max(1, len(points) // 20) == 0:
                self.tell(f"integrating {self.what}: {len(found)} of {len(points)} mass points")
        return np.stack(found)

    def _values(self, rates: UnitRates, points: Array) -> Iterator[Array]:
        # The first alone: it compiles what the others share.
        yield self._one(rates, points[0])
        pool = ThreadPoolExecutor(cores())
        try:
            # Compiled code lets go of the interpreter, so threads are enough, and share what is compiled.
            yield from pool.map(partial(self._one, rates), points[1:])
        finally:
            pool.shutdown(cancel_futures=True)

    def _one(self, rates: UnitRates, point: Array) -> Array:
        masses = {**self.fixed, **dict(zip(self.axes, np.exp(point).tolist(), strict=True))}
        return np.asarray(rates(np.array([masses[n] for n in self.names])))

    def tell(self, text: str) -> None:
        """Pass a line of text on."""
        if self.progress:
            self.progress(text)

    def logarithms(self, rates: Array) -> Array:
        """Logarithms of rates (n_points, n_parts, n); of nothing at all points, those of next to nothing.

        Raises
        ------
        ValueError
            If there are rates at some points and none at others: a threshold in the masses.
        """
        closed = rates.sum(axis=(1, 2)) == 0
        if closed.any() and not closed.all():
            msg = (
                f"{self.what}: none at {closed.sum()} of {len(closed)} mass points, so a threshold lies within the "
                f"bounds of the masses, which no surrogate can cross; narrow the bounds, or use engine='direct'"
            )
            raise ValueError(msg)
        # Bins that hold next to nothing of their piece are lifted, so that they have a logarithm.
        return np.asarray(np.log(np.maximum(np.maximum(rates, EMPTY * self.totals(rates)), NOTHING)))

    def totals(self, rates: Array) -> Array:
        """Sum of the piece that every number belongs to, of the shape of the rates (…, n)."""
        pieces = np.split(rates, np.cumsum(self.segments)[:-1], axis=-1)
        sums = [np.repeat(p.sum(axis=-1, keepdims=True), p.shape[-1], axis=-1) for p in pieces]
        return np.concatenate(sums, axis=-1)

    def counted(self, rates: Array) -> NDArray[np.bool_]:
        """Which numbers hold more than 1e-3 of their piece, and so count in the error."""
        return rates > FLOOR * self.totals(rates)


def orders_of(sampler: Sampler, rates: UnitRates, low: Array, high: Array) -> tuple[int, ...]:
    """Nodes per axis of a box (low and high (n_axes,)) after which coefficients are too small to matter, or noise.

    Read off lines along each axis beside the edges of the others, where convergence is slowest.
    """
    n_axes, middle, half = len(low), (low + high) / 2, (high - low) / 2
    corners = np.array(list(product((-EDGE, EDGE), repeat=n_axes - 1))).reshape(2 ** (n_axes - 1), n_axes - 1)
    lines = [np.insert(np.repeat(corners, PROBED, axis=0), axis, np.tile(nodes(PROBED), len(corners)), axis=1)
             for axis in range(n_axes)]  # fmt: skip
    values = sampler(rates, middle + half * np.concatenate(lines))
    logarithms = sampler.logarithms(values).reshape(n_axes, len(corners), PROBED, -1)
    counted = np.any(sampler.counted(values).reshape(logarithms.shape), axis=2)
    line = Box(np.array([-1.0]), np.array([1.0]), (PROBED,))
    found = []
    for axis in range(n_axes):
        sizes = [
            magnitudes(interpolate(line, y[:, c]))[0] for y, c in zip(logarithms[axis], counted[axis], strict=True)
        ]
        found.append(needed(np.max(sizes, axis=0)))
    return tuple(found)


def needed(sizes: Array) -> int:
    """Number of coefficients, of these sizes, to keep: one more than to the last above the tolerance and the noise.

    The last third is taken for noise of the integration, where it is more than the tolerance.
    """
    noise = float(sizes[-(len(sizes) // 3) :].max(initial=0.0))
    above = np.flatnonzero(sizes > max(TAIL, noise))
    return max(LEAST, int(above[-1]) + 1 + MARGIN if len(above) else 0)


def held_out_points(low: Array, high: Array, seed: int) -> Array:
    """Points to measure errors at, (HELD_OUT_POINTS, n_axes): the corners of a box, some on its faces, others inside.

    Box and seed tell them; where there are no axes, one point without coordinates.
    """
    n_axes = len(low)
    if n_axes == 0:
        return np.zeros((1, 0))
    rng = np.random.default_rng(seed)
    corners = np.array(list(product((0.0, 1.0), repeat=n_axes)))[: HELD_OUT_POINTS - ON_FACES]
    inside = rng.uniform(size=(HELD_OUT_POINTS - len(corners), n_axes))
    on_faces = np.arange(ON_FACES)
    inside[on_faces, on_faces % n_axes] = on_faces // n_axes % 2
    return np.asarray(np.clip(low + (high - low) * np.concatenate([corners, inside]), low, high))
