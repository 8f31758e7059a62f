"""Gauss-Legendre rules and maps that put nodes where integrands are."""

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.polynomial.legendre import legvander
from numpy.typing import ArrayLike, NDArray

Nodes = tuple[NDArray[np.float64], NDArray[np.float64]]


@cache
def unit_rule(n: int) -> Nodes:
    """Gauss-Legendre nodes and weights (n,), (n,) on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    nodes, weights = (nodes + 1) / 2, weights / 2
    nodes.flags.writeable = False
    weights.flags.writeable = False
    return nodes, weights


def panels(edges: NDArray[np.float64], n: int) -> Nodes:
    """Composite rule: n Gauss-Legendre nodes in every panel of `edges` (m + 1,) -> nodes and weights (m n,)."""
    nodes, weights = unit_rule(n)
    widths = np.diff(edges)[:, None]
    return (edges[:-1, None] + widths * nodes).ravel(), (widths * weights).ravel()


def lagrange(n: int, places: ArrayLike) -> NDArray[np.float64]:
    """Lagrange's polynomials through the nodes of :func:`unit_rule` (n) at places (...) in [0, 1], (..., n).

    By sums of Legendre's, which are orthogonal by that rule. (Barycentric ones of scipy are rounded in another way in
    every process, as it shuffles the nodes.)
    """
    nodes, weights = unit_rule(n)
    at_nodes = legvander(2 * nodes - 1, n - 1) * (2 * np.arange(n) + 1) * weights[:, None]
    found: NDArray[np.float64] = legvander(2 * np.asarray(places) - 1, n - 1) @ at_nodes.T
    return found


@cache
def moment_shares(n: int, m: int) -> NDArray[np.float64]:
    """Take a rough factor of an integrand from m nodes of every panel to n: product integration, (n, m).

    Rows @ values of the factor at :func:`unit_rule` (m) are its values for the rule of n nodes, which then integrates
    it times any polynomial of degree below n as the m nodes do. A factor one stays one.
    """
    finer, fine_weights = unit_rule(m)
    shares: NDArray[np.float64] = (lagrange(n, finer) * fine_weights[:, None]).T / unit_rule(n)[1][:, None]
    shares.flags.writeable = False
    return shares


def log_map(low: Any, high: Any, scale: Any, rule: int | Nodes) -> tuple[Any, Any]:
    """Rule on [low, high] with nodes uniform in ln(x - low + scale): dense within `scale` of the lower end.

    Parameters
    ----------
    low, high, scale : arrays of one shape S; an interval with high <= low gets weight zero.
    rule : number n of Gauss-Legendre nodes, or nodes and weights (n,), (n,) on [0, 1].

    Returns
    -------
    nodes, weights : arrays of shape S + (n,).
    """
    nodes, weights = unit_rule(rule) if isinstance(rule, int) else rule
    low, scale = jnp.asarray(low)[..., None], jnp.asarray(scale)[..., None]
    length = jnp.maximum(jnp.asarray(high)[..., None] - low, 0.0)
    span = jnp.log1p(length / scale)
    step = scale * jnp.expm1(nodes * span)
    return low + step, weights * span * (step + scale)


def asinh_map(length: Any, scale: Any, n: int) -> tuple[Any, Any]:
    """Rule on [0, length] with nodes uniform in asinh(x / scale): for integrands that peak at 0 as (x^2 + scale^2)^-k.

    Parameters
    ----------
    length, scale : arrays of one shape S; a length <= 0 gets weight zero.
    n : number of nodes.

    Returns
    -------
    nodes, weights : arrays of shape S + (n,).
    """
    nodes, weights = unit_rule(n)
    scale = jnp.asarray(scale)[..., None]
    span = jnp.arcsinh(jnp.maximum(jnp.asarray(length)[..., None], 0.0) / scale)
    return scale * jnp.sinh(nodes * span), weights * span * scale * jnp.cosh(nodes * span)
