"""Chebyshev interpolation on a box in several dimensions."""

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EDGE = 1e-9
"""What rounding may put outside the box."""


def nodes(n: int) -> Array:
    """Chebyshev nodes of the first kind on [-1, 1], (n,)."""
    return np.asarray(np.cos(np.pi * (np.arange(n) + 0.5) / n)[::-1])


def _to_coefficients(values: Array, axis: int) -> Array:
    n = values.shape[axis]
    basis = np.polynomial.chebyshev.chebvander(nodes(n), n - 1)
    return np.moveaxis(np.tensordot(np.linalg.inv(basis), values, axes=(1, axis)), 0, axis)


@dataclass(frozen=True)
class Box:
    """A box: lower and upper ends (n_dim,) each, and the number of nodes per axis."""

    low: Array
    high: Array
    orders: tuple[int, ...]

    def points(self) -> Array:
        """Nodes of the tensor grid, (prod(orders), n_dim), last axis fastest."""
        axes = [lo + (hi - lo) * (nodes(n) + 1) / 2 for lo, hi, n in zip(self.low, self.high, self.orders, strict=True)]
        return np.array(list(product(*axes))).reshape(math.prod(self.orders), len(axes))


def interpolate(box: Box, values: Array) -> Array:
    """Coefficients (orders…, n_out) of the interpolant through values (prod(orders), n_out) at `box.points()`."""
    coefficients = values.reshape(*box.orders, -1)
    for axis in range(len(box.orders)):
        coefficients = _to_coefficients(coefficients, axis)
    return coefficients


def magnitudes(coefficients: Array) -> list[Array]:
    """Largest |coefficient| of every degree, axis by axis, of coefficients (orders…, n_out): arrays (order,)."""
    sizes, axes = np.abs(coefficients), range(coefficients.ndim - 1)
    return [sizes.max(axis=tuple(i for i in range(sizes.ndim) if i != axis), initial=0.0) for axis in axes]


def evaluate(box: Box, coefficients: Any, point: Any) -> Any:
    """Interpolant (n_out,) at a point (n_dim,) of the box; outside, that of the nearest point inside. Pure JAX."""
    scaled = 2 * (jnp.asarray(point) - box.low) / (box.high - box.low) - 1
    # Not clip: its derivative at the very edge, where fits end up, is half of the right one.
    scaled = jnp.where(jnp.abs(scaled) > 1 + EDGE, jnp.sign(scaled), scaled)
    result = jnp.asarray(coefficients)
    for axis, order in enumerate(box.orders):
        result = jnp.tensordot(_polynomials(scaled[axis], order), result, axes=1)
    return result


def _polynomials(x: Any, order: int) -> Any:
    """T_0(x) … T_{order-1}(x)."""
    terms = jnp.stack([jnp.ones_like(x), x])
    while len(terms) < order:
        # T_{m+j} = 2 T_m T_j - T_{m-j}: twice as many at once, a short program
        terms = jnp.concatenate([terms, 2 * terms[-1] * terms[1:] - terms[-2::-1]])
    return terms[:order]
