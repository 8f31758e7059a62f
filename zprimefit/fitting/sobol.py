"""Seeded Sobol points."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc


def sobol(n: int, dimensions: int, seed: int | list[int]) -> NDArray[np.float64]:
    """Return n points (n, dimensions) of the unit cube: a Sobol sequence, shifted as a whole by a seeded draw.

    Parameters
    ----------
    n, dimensions : shape of the answer.
    seed : of :func:`numpy.random.default_rng`; a list seeds one task of many, e.g. ``[seed, number]`` with
        numbers from 1, since numpy takes ``[seed, 0]`` for ``seed``.
    """
    if n == 0:
        return np.zeros((0, dimensions))
    # Unscrambled and then rotated: the keyword for scipy's own seed changed its name between supported versions.
    points = qmc.Sobol(dimensions, scramble=False).random_base2(max(0, math.ceil(math.log2(n))))[:n]
    return np.asarray((points + np.random.default_rng(seed).uniform(size=dimensions)) % 1.0)
