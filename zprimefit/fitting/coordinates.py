"""Internal coordinates of minimisers and samplers, and the prior in them.

A user's parameter is moved on its own scale (linear, log, asinh). Where a shear is declared, the coordinate of a pivot
parameter is its own scale shifted by a function of the others, so that a ridge of equal likelihood such as
g_B^2 g_d^4 |U_mu4|^2 cos^2(delta) = const becomes a straight line along one axis. A shift has unit Jacobian, so only
the scales contribute to the density of the prior.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from zprimefit.parameters import Parameter


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Maps between values (user) and coordinates (internal) of the free parameters.

    Parameters
    ----------
    parameters : the free parameters, in the order of every array.
    fixed : values of the parameters that are not free, which shears may need.
    shears : pivot name -> shift of its scaled coordinate; it may depend on the pivots named before it, not on itself
        nor on later ones.
    """

    parameters: tuple[Parameter, ...]
    fixed: Mapping[str, float]
    shears: Mapping[str, Callable[[Mapping[str, Any]], Any]]

    @classmethod
    def of(cls, analysis: Any) -> "Coordinates":
        """Coordinates of an analysis (anything with parameters, free and shears)."""
        fixed = {p.name: p.default for p in analysis.parameters if not p.free}
        return cls(tuple(analysis.free), fixed, dict(analysis.shears))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the free parameters."""
        return tuple(p.name for p in self.parameters)

    @cached_property
    def pivots(self) -> tuple[int, ...]:
        """Indices of the sheared coordinates."""
        return tuple(self.names.index(name) for name in self.shears)

    @cached_property
    def box(self) -> NDArray[np.float64]:
        """Bounds of the parameters on their own scales, before the shear: (n_free, 2)."""
        return np.array([[float(p.to_internal(b)) for b in p.bounds] for p in self.parameters])

    def to_internal(self, values: ArrayLike) -> Any:
        """Values (…, n_free) -> internal coordinates (…, n_free)."""
        array = jnp.asarray(values, dtype=jnp.float64)
        if array.ndim > 1:
            return jax.vmap(self.to_internal)(array)
        params = dict(self.fixed) | {name: array[i] for i, name in enumerate(self.names)}
        columns = [p.to_internal(array[i]) for i, p in enumerate(self.parameters)]
        for index, name in zip(self.pivots, self.shears, strict=True):
            columns[index] = columns[index] + self.shears[name](params)
        return jnp.stack(columns)

    def to_values(self, internal: ArrayLike) -> Any:
        """Internal coordinates (…, n_free) -> values (…, n_free)."""
        array = jnp.asarray(internal, dtype=jnp.float64)
        if array.ndim > 1:
            return jax.vmap(self.to_values)(array)
        params: dict[str, Any] = dict(self.fixed)
        params |= {p.name: p.to_value(array[i]) for i, p in enumerate(self.parameters) if i not in self.pivots}
        # A pivot that is still to come holds a harmless number: nobody before it may depend on it.
        params |= {name: jnp.ones(()) for name in self.shears}
        for index, name in zip(self.pivots, self.shears, strict=True):
            params[name] = self.parameters[index].to_value(array[index] - self.shears[name](params))
        return jnp.stack([params[name] for name in self.names])

    def scaled(self, values: ArrayLike) -> Any:
        """Values (…, n_free) on their own scales without the shear, comparable with `box`."""
        array = jnp.asarray(values, dtype=jnp.float64)
        return jnp.stack([p.to_internal(array[..., i]) for i, p in enumerate(self.parameters)], axis=-1)

    def log_prior(self, values: ArrayLike) -> Any:
        """Ln of the prior density per user's unit at values (…, n_free); -inf outside its support."""
        array = jnp.asarray(values, dtype=jnp.float64)
        return sum(p.effective_prior.log_density(array[..., i]) for i, p in enumerate(self.parameters))

    def log_prior_internal(self, internal: ArrayLike) -> Any:
        """Ln of the prior density per internal coordinate: the user's density times |d value / d coordinate|."""
        values = self.to_values(internal)
        scaled = self.scaled(values)
        jacobian = sum(p.log_jacobian(scaled[..., i]) for i, p in enumerate(self.parameters))
        return self.log_prior(values) + jacobian

    def draw_prior(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw n values (n, n_free) from the prior."""
        uniform = rng.uniform(size=(n, len(self.parameters)))
        return np.stack([p.effective_prior.quantile(uniform[:, i]) for i, p in enumerate(self.parameters)], axis=-1)


def inside(parameters: Sequence[Parameter], place: Mapping[str, float]) -> NDArray[np.float64]:
    """Values (n,) of parameters at a point, moved into the domain; what the point lacks is at its default."""
    return np.array([np.clip(place.get(p.name, p.default), *p.bounds) for p in parameters], dtype=np.float64)
