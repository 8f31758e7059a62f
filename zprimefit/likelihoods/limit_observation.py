"""Published limits as observations, so that pseudo-experiments of searches can be drawn.

A limit says nothing of the data behind it but the expected rate that they exclude. What its term stands for is

*background-limited*, c mu^2: a Gaussian measurement of mu with the error 1/sqrt(c) that found 0. Pseudo-data are the
fluctuation z in standard errors, -2 ln L = (sqrt(c) mu - z)^2;
*no background*, 2 n mu: no event where s = n mu are expected. Pseudo-data are a Poisson number k of events,
-2 ln L = 2 [s - k + k ln(k/s)].

Beyond mu = 10 both go on with the logarithm as the limits do: of events no more are expected, and drawn, than that.
What a search sees fluctuates from mass to mass in a way that is not published: here every particle in every search has
one number that holds for all masses.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import chi2

from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.limits import Statistic, background_limited, term, zero_background
from zprimefit.likelihoods.observation import Prescription
from zprimefit.numerics.slopes import largest

Array = NDArray[np.float64]

BACKGROUND: Final = 1e-3
"""Events that are expected in a search without background whatever the rate, where events are seen: with none at all
they would exclude every point without a signal."""
SHIFTS: Final = np.linspace(-8.0, 8.0, 65)
"""Standard deviations of a curve's error among which the nearest to the minimum is taken, to begin with."""
STEPS: Final = 40
"""Of the golden section, from two neighbours of that one."""


@dataclass(frozen=True)
class Limit:
    """A published limit.

    Parameters
    ----------
    statistic : form of its term.
    cl : its confidence level, between 0 and 1.
    power : of the coupling at the limit in the rate; see :func:`~zprimefit.likelihoods.limits.term`.
    """

    statistic: Statistic
    cl: float
    power: int = 2

    @cached_property
    def pull(self) -> float:
        """sqrt(c), standard errors at mu = 1 with background."""
        return float(np.sqrt(chi2.ppf(self.cl, 1)))

    def made(self, mu: Any) -> Any:
        """Events that are expected without background."""
        return zero_background(mu, self.cl) / 2

    def minus2lnl(self, mu: Any, datum: Any) -> Any:
        """-2 ln L of a fluctuation [standard errors] or of a number of events."""
        if self.statistic == "background":
            return background_limited(jnp.abs(mu - datum / self.pull), self.cl)
        made = self.made(mu)
        seen = jnp.where(datum > 0, datum, 1.0)
        poisson = made + BACKGROUND - seen + seen * jnp.log(seen / (made + BACKGROUND))
        return 2 * jnp.where(datum > 0, poisson, made)

    def profiled(self, mu: Any, datum: Any, digitisation: float) -> Any:
        """The same, minimised over the error of a digitised curve."""
        if digitisation == 0:
            return self.minus2lnl(mu, datum)
        fixed, k = jax.lax.stop_gradient(mu), self.power * digitisation

        def value(n: Any, mu: Any = fixed) -> Any:
            return self.minus2lnl(mu * jnp.exp(-k * n), datum) + n**2

        centre, step = jnp.asarray(SHIFTS)[jnp.argmin(jax.vmap(value)(jnp.asarray(SHIFTS)))], SHIFTS[1] - SHIFTS[0]
        golden = (np.sqrt(5) - 1) / 2

        def narrower(_: Any, ends: tuple[Any, Any]) -> tuple[Any, Any]:
            low, high = ends
            a, b = high - golden * (high - low), low + golden * (high - low)
            left = value(a) < value(b)
            return jnp.where(left, low, a), jnp.where(left, b, high)

        low, high = jax.lax.fori_loop(0, STEPS, narrower, (centre - step, centre + step))
        return value(jax.lax.stop_gradient((low + high) / 2), mu)

    def drawn(self, mu: float, rng: Generator) -> float:
        """A fluctuation [standard errors], or a number of events."""
        mean = self.expected(mu)
        return mean + float(rng.standard_normal()) if self.statistic == "background" else float(rng.poisson(mean))

    def expected(self, mu: float) -> float:
        """What is expected of :meth:`drawn`."""
        return self.pull * mu if self.statistic == "background" else float(self.made(mu))


@dataclass(frozen=True)
class LimitObservation:
    """Limits that found nothing; a forecast is mu, (n_limits, n_particles).

    Parameters
    ----------
    limits : n_limits of them.
    digitisation : relative standard error of the coupling at each, profiled.
    """

    limits: tuple[Limit, ...]
    digitisation: float = 0.0

    def observed(self, forecast: Any) -> Array:
        """Nothing: zeros (n_limits n_particles,)."""
        return np.zeros(np.size(forecast))

    def minus2lnl(self, forecast: Any, data: Any = None) -> Any:
        """-2 ln L, summed over limits and particles."""
        return jnp.sum(self.each(forecast, data))

    def each(self, forecast: Any, data: Any = None) -> Any:
        """-2 ln L (n_limits, n_particles) of each by itself."""
        mu = jnp.asarray(forecast)
        if data is None and self.digitisation == 0 and len({limit.statistic for limit in self.limits}) == 1:
            return term(self.limits[0].statistic, mu, np.array([[limit.cl] for limit in self.limits]))
        if data is None:
            rows = [
                term(limit.statistic, row, limit.cl, self.digitisation, power=limit.power)
                for limit, row in zip(self.limits, mu, strict=True)
            ]
            return jnp.stack(rows)
        found = []
        for limit, row, seen in zip(self.limits, mu, jnp.reshape(data, mu.shape), strict=True):
            found.append(jax.vmap(lambda m, d, one=limit: one.profiled(m, d, self.digitisation))(row, seen))
        return jnp.stack(found)

    def truth(self, forecast: Any) -> Any:
        """The forecast."""
        return jnp.asarray(forecast)

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:  # noqa: ARG002
        """Fluctuations and numbers of events, each limit as it is drawn: the error of a curve is no part of it."""
        pairs = zip(self.limits, np.asarray(truth), strict=True)
        return np.array([limit.drawn(float(mu), rng) for limit, row in pairs for mu in row])

    def expected(self, truth: Any) -> Array:
        """What is expected of them."""
        pairs = zip(self.limits, np.asarray(truth), strict=True)
        return np.array([limit.expected(float(mu)) for limit, row in pairs for mu in row])


@dataclass(frozen=True)
class StrongestObservation:
    """Limits limited by background that share events in groups, of each of which the strongest counts.

    A forecast is mu, (n_limits, n_particles). A group has one fluctuation, about the largest of its rates in standard
    errors, and the limit that is the strongest without any is compared with it.

    Parameters
    ----------
    limits : n_limits of them.
    groups : whose events each takes, (n_limits).
    digitisation : see :class:`LimitObservation`.
    """

    limits: tuple[Limit, ...]
    groups: tuple[str, ...]
    digitisation: float = 0.0

    @cached_property
    def _members(self) -> tuple[NDArray[np.intp], ...]:
        """Positions of the limits of each group."""
        names = np.array(self.groups)
        return tuple(np.flatnonzero(names == name) for name in dict.fromkeys(self.groups))

    @cached_property
    def _pulls(self) -> Array:
        return np.array([[limit.pull] for limit in self.limits])

    def observed(self, forecast: Any) -> Array:
        """Nothing: zeros (n_groups n_particles,)."""
        return np.zeros(len(self._members) * np.shape(forecast)[1])

    def minus2lnl(self, forecast: Any, data: Any = None) -> Any:
        """-2 ln L, summed over groups and particles."""
        observation = LimitObservation(self.limits, self.digitisation)
        published = observation.each(forecast)
        if data is None:
            return sum((jnp.sum(largest(published[members])) for members in self._members), jnp.zeros(()))
        group = {int(i): k for k, members in enumerate(self._members) for i in members}
        spread = jnp.reshape(data, (len(self._members), -1))[np.array([group[i] for i in range(len(self.limits))])]
        each, total = observation.each(forecast, spread), jnp.zeros(())
        for members in self._members:
            strongest = jnp.argmax(published[members], axis=0)[None]
            total += jnp.sum(jnp.take_along_axis(each[members], strongest, axis=0))
        return total

    def truth(self, forecast: Any) -> Any:
        """Largest rate of each group in standard errors (n_groups, n_particles)."""
        pulls = self._pulls * jnp.asarray(forecast)
        return jnp.stack([largest(pulls[members]) for members in self._members])

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:  # noqa: ARG002
        """Fluctuations about it."""
        return np.asarray(truth).ravel() + rng.standard_normal(np.size(truth))

    def expected(self, truth: Any) -> Array:
        """Itself."""
        return np.array(truth).ravel()


class SingleLimit(ABC):
    """A component that is one limit on one rate, limited by background unless its ``statistic`` says otherwise."""

    def __post_init__(self) -> None:
        if not 0 < self.cl < 1:
            msg = f"limit {getattr(self, 'name', '')!r}: its confidence level must lie between 0 and 1, got {self.cl!r}"
            raise ValueError(msg)

    @property
    @abstractmethod
    def cl(self) -> float:
        """Confidence level of the limit."""

    @abstractmethod
    def mu(self, model: Any, params: Params) -> Any:
        """Rate over the rate at the limit."""

    @property
    def observation(self) -> LimitObservation:
        """The limit."""
        return LimitObservation((Limit(getattr(self, "statistic", "background"), self.cl),))

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`mu`, (1, 1)."""
        return jnp.reshape(self.mu(model, params), (1, 1))

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L at a point."""
        return self.observation.minus2lnl(self.forecast(model, params))


def table(rows: Sequence[Sequence[Any]]) -> Any:
    """Rates (n_limits, n_particles) as an array; of shape (n_limits, 0) without particles."""
    if not rows or not rows[0]:
        return jnp.zeros((len(rows), 0))
    return jnp.stack([jnp.stack([jnp.asarray(mu, dtype=jnp.float64) for mu in row]) for row in rows])
