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


def with_own_slopes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function of few numbers with its derivatives worked out once, however many directions are asked for.

    Parameters
    ----------
    function : x, y, ... -> array or arrays, of constants besides; or elementwise, and they are arrays of one shape.
        Where its slope by one of them is infinite, so is every other.
    """

    def along(at: tuple[Any, ...], k: int) -> tuple[Any, Any]:
        return jax.jvp(function, at, tuple((jnp.ones_like if i == k else jnp.zeros_like)(x) for i, x in enumerate(at)))

    def forward(at: tuple[Any, ...], directions: tuple[Any, ...]) -> tuple[Any, Any]:
        found = [along(at, k) for k in range(len(at))]
        moved = [jax.tree.map(lambda s, d=d: s * d, slope) for (_, slope), d in zip(found, directions, strict=True)]
        return found[0][0], jax.tree.map(lambda *each: sum(each), *moved)

    @jax.custom_jvp
    def wrapped(*numbers: Any) -> Any:  # not the function itself, whose defaults would become numbers too
        return function(*numbers)

    wrapped.defjvp(forward)
    return lambda *numbers: wrapped(*(jnp.asarray(x, dtype=jnp.float64) for x in numbers))


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
