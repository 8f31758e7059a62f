"""The schedule of a warm-up and the metric that comes out of its windows (Stan's manual, section on HMC).

First the step size alone, then windows of doubling length at whose ends the metric becomes the covariance of what was
drawn in them, then the step size alone again. All chains share one metric and one step size.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FIRST, SLOW, LAST = 75, 25, 50
"""Steps before the windows, of the first window, and after the windows."""

MIN_WARMUP = FIRST + SLOW + LAST

_SHRINKAGE = 5.0
"""Draws' worth of belief in the variances alone."""

Array = NDArray[np.float64]


def windows(warmup: int) -> Iterator[tuple[int, bool]]:
    """Parts of a warm-up of at least `MIN_WARMUP` steps: length, and whether the metric is renewed after it."""
    yield FIRST, False
    left, window = warmup - FIRST - LAST, SLOW
    while left:
        # a window that would leave less than the next one takes it all
        length = window if left >= 3 * window else left
        yield length, True
        left, window = left - length, 2 * window
    yield LAST, False


def metric_of(draws: Array, before: Array) -> Array:
    """Covariance (n, n) of draws (m, n), shrunk towards its diagonal; `before` where nothing moved."""
    m = len(draws)
    covariance = np.atleast_2d(np.cov(draws, rowvar=False))
    if not np.isfinite(covariance).all() or (np.diagonal(covariance) <= 0).any():
        return before
    weight = m / (m + _SHRINKAGE)
    return np.asarray(weight * covariance + (1.0 - weight) * np.diag(np.diagonal(covariance)))
