"""Counts whose expectation is known to a Gaussian error, which is profiled in closed form."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.likelihoods.observation import Prescription
from zprimefit.likelihoods.taming import tamed

Array = NDArray[np.float64]


def mean_with_error(data: Any, expected: Any, error: Any) -> Any:
    """Mean m at which 2 [m - n + n ln(n/m)] + (m - expected)^2 / error^2 is least.

    It solves m^2 - (expected - error^2) m - n error^2 = 0.

    Parameters
    ----------
    data, expected, error : n and the others, of one shape; error > 0.
    """
    a, b = expected - error**2, 4 * data * error**2
    root = jnp.sqrt(a**2 + b)
    # without cancellation for either sign of a; where there are no data the mean is a, or zero
    return jnp.where(a >= 0, (a + root) / 2, b / (2 * jnp.where(a >= 0, 1.0, root - a)))


def poisson_with_error(data: Any, expected: Any, error: Any) -> Any:
    """-2 ln of a Poisson probability whose mean is known to a Gaussian error, at :func:`mean_with_error`."""
    mean = mean_with_error(data, expected, error)
    safe = jnp.where(mean > 0, mean, 1.0)
    poisson = mean - data + jnp.where(data > 0, xlogy(data, jnp.where(data > 0, data, 1.0) / safe), 0.0)
    return 2 * poisson + ((mean - expected) / error) ** 2


def drawn_with_error(
    mean: Array, expected: Array, error: Array, rng: Generator, nuisances: Prescription
) -> tuple[Array, Array]:
    """Counts (n,) and what is added to the expectation (n,), its auxiliary measurement.

    Parameters
    ----------
    mean : as the published data fit it (n,).
    expected, error : before any fluctuation (n,).
    rng, nuisances : see :mod:`zprimefit.likelihoods.observation`.
    """
    error = np.broadcast_to(error, np.shape(mean))
    if nuisances == "fitted":
        return rng.poisson(mean).astype(np.float64), mean - expected + error * rng.standard_normal(len(mean))
    moved = np.maximum(expected + error * rng.standard_normal(len(mean)), 0.0)
    return rng.poisson(moved).astype(np.float64), np.zeros(len(mean))


@dataclass(frozen=True, eq=False)
class CountObservation:
    """Counts over backgrounds that are known to an error, independent of each other; a forecast is a signal (n,).

    Data are the counts, then what is added to each background (2 n,).

    Parameters
    ----------
    counts, background, error : (n,).
    far : whether -2 ln L goes on with the logarithm far away, see :mod:`zprimefit.likelihoods.taming`.
    """

    counts: Array
    background: Array
    error: Array
    far: bool = False

    def observed(self, forecast: Any) -> Array:  # noqa: ARG002
        """The counts, and no shift."""
        return np.concatenate([self.counts, np.zeros(len(self.counts))])

    def minus2lnl(self, forecast: Any, data: Any = None) -> Any:
        """-2 ln L, minimised over the backgrounds."""
        counts, shift = (self.counts, 0.0) if data is None else jnp.split(data, 2)
        value = jnp.sum(poisson_with_error(counts, self.background + shift + forecast, self.error))
        return tamed(value) if self.far else value

    def truth(self, forecast: Any) -> Any:
        """Fitted mean and expectation, each (n,)."""
        expected = self.background + forecast
        return mean_with_error(self.counts, expected, self.error), expected

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:
        """See :func:`drawn_with_error`."""
        mean, expected = map(np.asarray, truth)
        return np.concatenate(drawn_with_error(mean, expected, self.error, rng, nuisances))

    def expected(self, truth: Any) -> Array:
        """The fitted mean, with the background that goes with it."""
        mean, expected = map(np.asarray, truth)
        return np.concatenate([mean, mean - expected])
