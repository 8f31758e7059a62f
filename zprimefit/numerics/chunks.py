"""Many points: in chunks of one length, so that what is compiled for them is compiled once, or one by one."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def filled_chunks(points: Array, size: int) -> Iterator[tuple[Array, int]]:
    """Chunks (size, n) of points (m, n) and how many points each holds: the last is filled up with its last point."""
    for first in range(0, len(points), size):
        chunk = points[first : first + size]
        yield np.concatenate([chunk, np.repeat(chunk[-1:], size - len(chunk), axis=0)]), len(chunk)


def one_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, which the points of a batch go through one after the other where a processor evaluates them.

    A loop of open length goes on for all points of a batch until the last is done: where few of them need it at all,
    the others are spared that.

    Parameters
    ----------
    function : of arrays, or trees of them; what else it takes must be the same for all points.
    """
    found: Callable[..., Any] = function
    if jax.default_backend() == "cpu":
        found = jax.custom_batching.sequential_vmap(function)  # type: ignore[no-untyped-call]
    return found
