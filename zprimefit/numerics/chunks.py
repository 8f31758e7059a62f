"""Points in chunks of one length, so that what is compiled for them is compiled once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def filled_chunks(points: Array, size: int) -> Iterator[tuple[Array, int]]:
    """Chunks (size, n) of points (m, n) and how many points each holds: the last is filled up with its last point."""
    for first in range(0, len(points), size):
        chunk = points[first : first + size]
        yield np.concatenate([chunk, np.repeat(chunk[-1:], size - len(chunk), axis=0)]), len(chunk)
