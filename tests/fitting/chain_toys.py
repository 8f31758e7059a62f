"""Small models and components whose posterior is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np

from zprimefit.analyses import Analysis
from zprimefit.likelihoods.component import component
from zprimefit.parameters import Parameter, Scale, Shear
from zprimefit.priors import Prior


@dataclass(frozen=True)
class Toy:
    """A model that is its parameters."""

    parameters: tuple[Parameter, ...]
    shears: Mapping[str, Shear] = field(default_factory=dict)


@dataclass(frozen=True)
class Nothing:
    """A component that uses every parameter and knows nothing."""

    name: str = "nothing"
    cite: tuple[str, ...] = ()
    n_data: int = 0
    observables: tuple[str, ...] = ()

    def minus2lnl(self, model: Any, params: Mapping[str, Any]) -> Any:
        return sum(0.0 * value for value in params.values())


def parameter(
    name: str, low: float, high: float, scale: Scale = "linear", prior: Prior | None = None, **more: Any
) -> Parameter:
    default = float(np.sqrt(low * high)) if low > 0 else 0.5 * (low + high)
    return Parameter(
        name=name, unit="1", latex=name, default=default, bounds=(low, high), scale=scale, prior=prior, **more
    )


def without_data(parameters: tuple[Parameter, ...], shears: Mapping[str, Shear] | None = None) -> Analysis:
    """-2 ln L = 0 everywhere: the posterior is the prior."""

    return Analysis(Toy(parameters, shears or {}), (Nothing(),), name="prior")


MEAN = np.array([1.0, -0.5])
COVARIANCE = np.array([[0.04, 0.018], [0.018, 0.01]])


def gaussian() -> Analysis:
    """A correlated Gaussian far from the bounds."""
    inverse = np.linalg.inv(COVARIANCE)

    @component(parameters=["a", "b"])
    def normal(a: Any, b: Any) -> Any:
        d = jnp.stack([a, b]) - MEAN
        return d @ inverse @ d

    return Analysis(Toy((parameter("a", -5, 5), parameter("b", -5, 5))), (normal,), name="gaussian")


RATE = {"g": (1e-6, 1e-2), "u": (1e-5, 1e-1), "d": (1e-2, 10.0)}
LOG_RATE, RATE_ERROR = np.log(1e-10), 0.05


def rate(*, sheared: bool = True) -> Analysis:
    """A measurement of g^2 u d^2 to 5 %, all else unknown over four decades."""

    @component(parameters=list(RATE))
    def counts(g: Any, u: Any, d: Any) -> Any:
        return ((2 * jnp.log(g) + jnp.log(u) + 2 * jnp.log(d) - LOG_RATE) / RATE_ERROR) ** 2

    shears = {"g": Shear("log", lambda p: 0.5 * jnp.log(p["u"]) + jnp.log(p["d"]))} if sheared else {}
    parameters = tuple(parameter(name, *bounds, "log") for name, bounds in RATE.items())
    return Analysis(Toy(parameters, shears), (counts,), name="rate")


def with_holes(size: float) -> Analysis:
    """No number where 0 < x < `size` of a flat x in [0, 1]; only the second component is at fault."""

    @component(parameters=["x", "y"])
    def sound(x: Any, y: Any) -> Any:
        return 0.0 * (x + y)

    @component(parameters=["x"])
    def faulty(x: Any) -> Any:
        return jnp.where(x < size, jnp.nan, 0.0)

    return Analysis(Toy((parameter("x", 0.0, 1.0), parameter("y", 0.0, 1.0))), (sound, faulty), name="holes")


# Smallest p-value of Kolmogorov-Smirnov that passes, for a chain of seed 7 thinned by its autocorrelation time.
P_VALUE = 1e-3


def independent(chain: Any) -> Any:
    """Samples after burn-in, one per longest autocorrelation time."""
    return chain.flat(thin=int(np.ceil(chain.diagnostics.tau.max())))
