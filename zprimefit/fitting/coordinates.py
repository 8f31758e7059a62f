"""Internal coordinates of minimisers and samplers, and the prior in them.

A user's parameter is moved on its own scale (linear, log, asinh). Where the model declares a shear, the logarithm of
a pivot parameter is shifted by a function of the others, so that a ridge of equal likelihood such as
g_B^2 g_d^4 |U_mu4|^2 cos^2(delta) = const becomes a straight line along one axis. A shift has unit Jacobian, so only
the scales contribute to the density of the prior.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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
    shears : pivot name -> f(params); the pivot must be on the log scale, and f must not depend on any pivot.
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

    def _shift(self, values: Any) -> Any:
        """Shift of every coordinate (…, n_free) at values (…, n_free)."""
        params = dict(self.fixed) | {name: values[..., i] for i, name in enumerate(self.names)}
        shift = jnp.zeros_like(values)
        for index, name in zip(self.pivots, self.shears, strict=True):
            shift = shift.at[..., index].set(self.shears[name](params))
        return shift

    def to_internal(self, values: ArrayLike) -> Any:
        """Values (…, n_free) -> internal coordinates (…, n_free)."""
        array = jnp.asarray(values, dtype=jnp.float64)
        columns = [p.to_internal(array[..., i]) for i, p in enumerate(self.parameters)]
        return jnp.stack(columns, axis=-1) + self._shift(array)

    def to_values(self, internal: ArrayLike) -> Any:
        """Internal coordinates (…, n_free) -> values (…, n_free)."""
        array = jnp.asarray(internal, dtype=jnp.float64)
        unsheared = array
        if self.pivots:
            # f never depends on a pivot, so the pivots' own (still shifted) columns are harmless here.
            partial = jnp.stack([p.to_value(array[..., i]) for i, p in enumerate(self.parameters)], axis=-1)
            unsheared = array - self._shift(partial)
        return jnp.stack([p.to_value(unsheared[..., i]) for i, p in enumerate(self.parameters)], axis=-1)

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
