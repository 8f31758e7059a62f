"""Coordinates in which trajectories of Hamiltonian Monte Carlo move: the edges of the priors are taken to infinity.

On its own scale u (linear, log, asinh) a parameter lives in [low, high]. It is the image of an unbounded w,

    u = low + e [softplus(s) - softplus(s - L)],   s = (w - low) / e,   L = (high - low) / e,

which is u = w well inside and approaches the edges exponentially over a width e; for L -> 0 it is the logit. A
uniform density in u is, in w, the convolution of a box of length L e with a logistic density of scale e.

Sheared pivots are left as they are, z = u + shift(others): stretched, the straight ridge that the shear is made for
would bend wherever it nears an edge, and trajectories would not follow it there. They keep their hard edges, beyond
which the density is zero; a trajectory that gets there ends, which is no error.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from zprimefit.fitting.coordinates import Coordinates

SUPPORT_IN_EDGES: Final = 6.0
"""L: a uniform density has no excess kurtosis in w where L^4 / 120 = 2 pi^4 / 15, at L = 6.3."""

_INSIDE = 1e-9
"""Part of the support by which a point on its edge is moved inside before it is mapped."""


@dataclass(frozen=True, eq=False)
class Unbounded:
    """Maps between values (user) and unbounded coordinates z of the free parameters, and the prior in them.

    Parameters
    ----------
    coordinates : the internal coordinates: parameters, what is fixed, shears.
    """

    coordinates: Coordinates

    # Computed at once: within a trace it would be too late.
    _support: NDArray[np.float64] = field(init=False, repr=False)
    _box: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parameters = self.coordinates.parameters
        support = np.array([(p.effective_prior.low, p.effective_prior.high) for p in parameters], dtype=np.float64)
        box = np.array(
            [[float(p.to_internal(end)) for end in ends] for p, ends in zip(parameters, support, strict=True)]
        )
        object.__setattr__(self, "_support", support)
        object.__setattr__(self, "_box", box)

    def from_values(self, values: ArrayLike) -> Any:
        """Values (n_free,) in the support -> z (n_free,)."""
        c, array = self.coordinates, jnp.asarray(values, dtype=jnp.float64)
        params = dict(c.fixed) | {name: array[i] for i, name in enumerate(c.names)}
        low, high = self._box.T
        part = jnp.clip((c.scaled(array) - low) / (high - low), _INSIDE, 1.0 - _INSIDE)
        v = part * SUPPORT_IN_EDGES
        stretched = (jnp.log(jnp.expm1(v)) - jnp.log(-jnp.expm1(v - SUPPORT_IN_EDGES))) / SUPPORT_IN_EDGES
        columns = list(low + (high - low) * stretched)
        for i, name in zip(c.pivots, c.shears, strict=True):
            columns[i] = low[i] + (high - low)[i] * part[i] + c.shears[name](params)
        return jnp.stack(columns)

    def values_and_log_prior(self, z: Any) -> tuple[Any, Any]:
        """Values (n_free,) at z (n_free,), always inside the support, and ln of the prior density per z."""
        c = self.coordinates
        params: dict[str, Any] = dict(c.fixed) | {name: jnp.ones(()) for name in c.shears}
        log_slopes = jnp.zeros(())
        # pivots last, in their order: a shift may depend on all others and on the pivots before it
        for i in (*(i for i in range(len(c.names)) if i not in c.pivots), *c.pivots):
            name = c.names[i]
            w = z[i] - c.shears[name](params) if name in c.shears else z[i]
            params[name], log_slope = self._bounded(i, w)
            log_slopes += log_slope
        values = jnp.stack([params[name] for name in c.names])
        return values, c.log_prior(values) + log_slopes

    def _bounded(self, index: int, w: Any) -> tuple[Any, Any]:
        """Value at w, and ln |d value / d w|; of a pivot outside its support the nearest value inside, and -inf."""
        parameter, (low, high) = self.coordinates.parameters[index], self._box[index]
        if index in self.coordinates.pivots:
            u, log_slope = w, jnp.where((w >= low) & (w <= high), 0.0, -jnp.inf)
        else:
            edge = (high - low) / SUPPORT_IN_EDGES
            s, rest = (w - low) / edge, (high - w) / edge
            u = low + edge * (jax.nn.softplus(s) - jax.nn.softplus(-rest))
            # sigmoid(s) - sigmoid(s - L), without its cancellation
            log_slope = jax.nn.log_sigmoid(s) + jax.nn.log_sigmoid(rest) + np.log(-np.expm1(-SUPPORT_IN_EDGES))
        u = jnp.clip(u, low, high)
        # rounding alone may leave the support
        value = jnp.clip(parameter.to_value(u), *self._support[index])
        return value, log_slope + parameter.log_jacobian(u)
