"""Prior densities of single parameters."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from numpy.typing import NDArray

PriorKind = Literal["uniform", "log-uniform", "normal", "scipy"]
STEP = 1e-5
"""Of the difference quotient that the slope of a scipy density is, in its scale."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A continuous distribution of ``scipy.stats`` by its name, so that it can be written down and compared.

    Parameters
    ----------
    name : in scipy.stats.
    args : shape parameters.
    loc, scale : in the parameter's unit.

    Raises
    ------
    ValueError
        For a name or parameters that scipy.stats does not know.
    """

    name: str
    args: tuple[float, ...] = ()
    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not math.isfinite(float(self.frozen.median())):
            msg = f"prior {self}: scipy.stats has no such distribution for these parameters"
            raise ValueError(msg)

    @classmethod
    def of(cls, frozen: Any) -> Self:
        """Read a frozen distribution.

        Raises
        ------
        TypeError
            For anything else.
        """
        import scipy.stats  # noqa: PLC0415  (slow to import, and only where such a prior asks for it)

        dist = getattr(frozen, "dist", None)
        if not isinstance(dist, scipy.stats.rv_continuous):
            msg = f"prior: expected a frozen continuous distribution such as scipy.stats.gamma(2.0), got {frozen!r}"
            raise TypeError(msg)
        names = dist.shapes.split(", ") if dist.shapes else []
        given = dict(zip([*names, "loc", "scale"], frozen.args, strict=False)) | frozen.kwds
        shapes = tuple(float(given[name]) for name in names)
        return cls(dist.name, shapes, float(given.get("loc", 0.0)), float(given.get("scale", 1.0)))

    @property
    def frozen(self) -> Any:
        """The distribution itself."""
        import scipy.stats  # noqa: PLC0415  (as above)

        dist = getattr(scipy.stats, self.name, None)
        if not isinstance(dist, scipy.stats.rv_continuous):
            msg = f"prior {self.name!r}: scipy.stats has no continuous distribution of this name"
            raise ValueError(msg)  # noqa: TRY004  (a name, not a type)
        try:
            return dist(*self.args, loc=self.loc, scale=self.scale)
        except TypeError as error:
            msg = f"prior {self.name}: wrong number of shape parameters, got {list(self.args)}; it takes {dist.shapes}"
            raise ValueError(msg) from error

    def share(self, low: float, high: float) -> float:
        """Probability between two values."""
        return float(self.frozen.cdf(high) - self.frozen.cdf(low))

    def quantile(self, probability: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
        """Inverse of the cumulative distribution between two values."""
        frozen, start = self.frozen, float(self.frozen.cdf(low))
        return np.asarray(frozen.ppf(start + (float(frozen.cdf(high)) - start) * probability))

    def log_density(self, value: Any) -> NDArray[np.float64]:
        """Ln of the density, not for traced values."""
        return np.asarray(self.frozen.logpdf(np.asarray(value)), dtype=np.float64)

    def slope(self, value: Any) -> NDArray[np.float64]:
        """Derivative of :meth:`log_density`, a difference quotient inside the distribution's support."""
        step, (low, high) = STEP * self.scale, self.frozen.support()
        above, below = np.minimum(np.asarray(value) + step, high), np.maximum(np.asarray(value) - step, low)
        return np.asarray((self.log_density(above) - self.log_density(below)) / (above - below))

    def __str__(self) -> str:
        """As it is written in Python."""
        inside = ", ".join([*map(repr, self.args), f"loc={self.loc!r}", f"scale={self.scale!r}"])
        return f"scipy.stats.{self.name}({inside})"


def _from_scipy(function: Any, value: Any) -> Any:
    shape = jax.eval_shape(lambda v: jnp.asarray(v, dtype=jnp.float64), value)
    return jax.pure_callback(function, shape, value, vmap_method="broadcast_all")


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _log_density(distribution: Distribution, value: Any) -> Any:
    """Ln of the density, traceable: scipy is called from the compiled code."""
    return _from_scipy(distribution.log_density, value)


@_log_density.defjvp
def _log_density_jvp(distribution: Distribution, primals: Any, tangents: Any) -> Any:
    (value,), (moved,) = primals, tangents
    return _log_density(distribution, value), _from_scipy(distribution.slope, value) * moved


@dataclass(frozen=True, slots=True)
class Prior:
    """Prior density of one parameter, truncated to [low, high] and normalised there.

    Parameters
    ----------
    kind : ``"uniform"``, ``"log-uniform"``, ``"normal"`` or ``"scipy"``.
    low, high : the support, in the parameter's unit.
    mean, sigma : of the normal distribution before truncation; unused otherwise.
    distribution : for ``"scipy"``, before truncation; see :meth:`of`.

    Raises
    ------
    ValueError
        For a support or numbers that make no density.
    """

    kind: PriorKind
    low: float
    high: float
    mean: float = 0.0
    sigma: float = 1.0
    distribution: Distribution | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            msg = f"prior {self.kind}: expected finite low < high, got [{self.low!r}, {self.high!r}]"
            raise ValueError(msg)
        if self.kind == "log-uniform" and self.low <= 0:
            msg = f"prior log-uniform: needs low > 0, got {self.low!r}; use uniform for signed couplings"
            raise ValueError(msg)
        if self.kind == "normal" and not (math.isfinite(self.mean) and self.sigma > 0 and math.isfinite(self.sigma)):
            msg = f"prior normal: expected a finite mean and sigma > 0, got mean={self.mean!r}, sigma={self.sigma!r}"
            raise ValueError(msg)
        if (self.kind == "scipy") != (self.distribution is not None):
            msg = (
                f"prior {self.kind}: a distribution belongs to kind 'scipy', and to no other; got {self.distribution!r}"
            )
            raise ValueError(msg)
        if self.distribution is not None and not self.distribution.share(self.low, self.high) > 0:
            msg = f"prior {self.distribution}: has no probability in [{self.low!r}, {self.high!r}]"
            raise ValueError(msg)

    @classmethod
    def of(cls, frozen: Any, low: float, high: float) -> Self:
        """Prior of any continuous distribution of ``scipy.stats``.

        Parameters
        ----------
        frozen : with its parameters, e.g. ``scipy.stats.gamma(2.0, scale=0.1)``.
        low, high : the support to which it is truncated, in the parameter's unit.

        Raises
        ------
        TypeError
            For anything that is no frozen continuous distribution of scipy.stats.
        ValueError
            As for the class.
        """
        return cls("scipy", low, high, distribution=Distribution.of(frozen))

    def __str__(self) -> str:
        """Kind, support, and what else it takes."""
        name = self.kind if self.distribution is None else str(self.distribution)
        more = f" {self.mean!r} +- {self.sigma!r}" if self.kind == "normal" else ""
        return f"{name} [{self.low!r}, {self.high!r}]{more}"

    def log_density(self, value: Any) -> Any:
        """Natural logarithm of the normalised density at `value`; -inf outside the support."""
        inside = (value >= self.low) & (value <= self.high)
        safe = jnp.where(inside, value, self.high)
        if self.kind == "uniform":
            density = jnp.full_like(safe, -math.log(self.high - self.low))
        elif self.kind == "log-uniform":
            density = -jnp.log(safe) - math.log(math.log(self.high / self.low))
        elif self.distribution is not None:
            density = _log_density(self.distribution, safe) - math.log(self.distribution.share(self.low, self.high))
        else:
            low, high = self._normal_limits()
            density = norm.logpdf(safe, self.mean, self.sigma) - math.log(high - low)
        return jnp.where(inside, density, -jnp.inf)

    def quantile(self, probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Inverse of the cumulative distribution: uniform numbers in, prior draws out."""
        probability = np.asarray(probability, dtype=np.float64)
        if self.kind == "uniform":
            return self.low + (self.high - self.low) * probability
        if self.kind == "log-uniform":
            return np.asarray(self.low * (self.high / self.low) ** probability)
        if self.distribution is not None:
            return np.clip(self.distribution.quantile(probability, self.low, self.high), self.low, self.high)
        from scipy.special import ndtri  # noqa: PLC0415  (scipy only where a normal prior asks for it)

        low, high = self._normal_limits()
        return np.clip(self.mean + self.sigma * ndtri(low + (high - low) * probability), self.low, self.high)

    def _normal_limits(self) -> tuple[float, float]:
        low, high = (0.5 * math.erfc(-(x - self.mean) / (self.sigma * math.sqrt(2))) for x in (self.low, self.high))
        return low, high
