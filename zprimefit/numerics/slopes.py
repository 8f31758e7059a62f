"""Values with their derivatives in forward mode; also behind the reverse-mode door that samplers knock at.

Forward mode passes through loops of open length and keeps no node of an integration; for a handful of parameters it is
no dearer.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def value_and_slopes(function: Callable[[Any], Any], x: Any) -> tuple[Any, Any]:
    """Return the scalar function of x (n,) and its derivatives (n,)."""

    def along(direction: Any) -> Any:
        return jax.jvp(function, (x,), (direction,))

    value, slopes = jax.vmap(along, out_axes=(None, 0))(jnp.eye(len(x), dtype=x.dtype))
    return value, slopes


def largest(values: Any) -> Any:
    """Return the largest of the values (n, ...) along the first axis, with the derivatives of the first that is.

    JAX shares the derivative of a maximum among the values that equal it: 0/0 where a compiler works them out twice,
    each time rounded in another way, so that none does.
    """
    return jnp.take_along_axis(values, jnp.argmax(values, axis=0)[None], axis=0)[0]


def with_forward_slopes(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function with derivatives that are taken forward wherever ``jax.grad`` asks for them.

    They are zero where they or the value are no numbers.

    Parameters
    ----------
    function : x (n,) -> scalar, traceable.
    """

    def forward(x: Any) -> tuple[Any, Any]:
        value, slopes = value_and_slopes(function, x)
        return value, jnp.where(jnp.isfinite(slopes) & jnp.isfinite(value), slopes, 0.0)

    def backward(slopes: Any, weight: Any) -> tuple[Any]:
        return (weight * slopes,)

    wrapped = jax.custom_vjp(function)
    wrapped.defvjp(forward, backward)
    return wrapped
