"""A parameter of a model or a component: name, unit, scale, default, domain and prior.

The *scale* says in which internal coordinate the minimiser and the sampler move (linear, logarithm, or asinh for
couplings of either sign). The *bounds* are the domain of the model. The *prior* is what a Bayesian believes inside
the domain; profiles never use it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import jax.numpy as jnp

from zprimefit.priors import Prior

Scale = Literal["linear", "log", "asinh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter.

    Parameters
    ----------
    name : identifier; parameters of one name are one parameter.
    unit : ``"GeV"`` or ``"1"``.
    latex : symbol for figures, without dollar signs.
    default : value where it is fixed, and start of fits.
    bounds : domain (low, high), in `unit`.
    scale : coordinate of the minimiser and sampler.
    asinh_scale : the value at which the asinh scale turns from linear to logarithmic.
    prior : None stands for log-uniform over the bounds on the log scale, uniform otherwise.
    free : whether fits and chains vary it.

    Raises
    ------
    ValueError
        For a default that is not finite or outside the bounds, bounds out of order, or a scale that does not fit.
    """

    name: str
    unit: str
    latex: str
    default: float
    bounds: tuple[float, float]
    scale: Scale = "linear"
    asinh_scale: float = 1.0
    prior: Prior | None = None
    free: bool = True

    def __post_init__(self) -> None:
        low, high = self.bounds
        if not self.name.isidentifier():
            msg = f"parameter {self.name!r}: the name must be a Python identifier"
            raise ValueError(msg)
        if self.unit not in {"GeV", "1"}:
            msg = f"parameter {self.name}: unit must be 'GeV' or '1', got {self.unit!r}"
            raise ValueError(msg)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            msg = f"parameter {self.name}: expected finite bounds low < high, got {list(self.bounds)!r}"
            raise ValueError(msg)
        if not math.isfinite(self.default):
            msg = f"parameter {self.name}: the default must be finite, got {self.default!r}"
            raise ValueError(msg)
        if not low <= self.default <= high:
            msg = f"parameter {self.name}: the default {self.default!r} lies outside its bounds [{low!r}, {high!r}]"
            raise ValueError(msg)
        if self.scale == "log" and low <= 0:
            msg = f"parameter {self.name}: scale 'log' needs a lower bound > 0, got {low!r}; use 'asinh' or 'linear'"
            raise ValueError(msg)
        if self.scale == "asinh" and not self.asinh_scale > 0:
            msg = f"parameter {self.name}: asinh_scale must be > 0, got {self.asinh_scale!r}"
            raise ValueError(msg)
        prior = self.prior
        if prior is not None and (prior.low < low or prior.high > high):
            msg = (
                f"parameter {self.name}: the prior's support [{prior.low!r}, {prior.high!r}] leaves the bounds "
                f"[{low!r}, {high!r}]"
            )
            raise ValueError(msg)

    @property
    def effective_prior(self) -> Prior:
        """The declared prior, or the default one of the scale over the bounds."""
        if self.prior is not None:
            return self.prior
        return Prior("log-uniform" if self.scale == "log" else "uniform", *self.bounds)

    def to_internal(self, value: Any) -> Any:
        """Value -> internal coordinate (elementwise)."""
        if self.scale == "log":
            return jnp.log(value)
        return jnp.arcsinh(value / self.asinh_scale) if self.scale == "asinh" else jnp.asarray(value)

    def to_value(self, internal: Any) -> Any:
        """Internal coordinate -> value (elementwise)."""
        if self.scale == "log":
            return jnp.exp(internal)
        return self.asinh_scale * jnp.sinh(internal) if self.scale == "asinh" else jnp.asarray(internal)

    def log_jacobian(self, internal: Any) -> Any:
        """Ln |d value / d internal| (elementwise)."""
        if self.scale == "log":
            return jnp.asarray(internal)
        if self.scale == "asinh":
            return jnp.log(self.asinh_scale) + jnp.log(jnp.cosh(internal))
        return jnp.zeros_like(jnp.asarray(internal))

    def with_(self, **changes: Any) -> Self:
        """Return a copy with some fields changed; a prior that was the default one follows new bounds."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Shear:
    """A shift that straightens a ridge of the likelihood: coordinate of the pivot = its own scale + shift(others).

    Parameters
    ----------
    scale : the scale of the pivot for which the shift is meant.
    shift : parameter values by name -> shift of the pivot's internal coordinate; must not depend on the pivot.
    unless : the parameter that follows the same ridge instead where it is free.
    """

    scale: Scale
    shift: Callable[[Mapping[str, Any]], Any]
    unless: str | None = None
