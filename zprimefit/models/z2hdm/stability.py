"""Is the potential bounded from below, and perturbative (arXiv:2006.01948, Appendix B)?

Every margin is positive where its condition holds. Eqs. B6, B7 and B10 hold for lambda_7 = lambda_4' = 0. They bound
the potential by Eq. B5, which takes the worst sign of each term that depends on the phase gamma; for lambda_5 > 0 no
single phase attains that (cos(2 gamma) = -1 leaves nothing of the term with cos(gamma)), so B10 is sufficient, not
necessary. For lambda_5 < 0 and lambda_4 + lambda_5 <= 0, always true where m_H+- and m_A are above 110 GeV, it is both;
the strict sign of Eq. B4 should then be >=. In the last term of Eq. B3, "c^2 phi" is cos^2(varphi).

:func:`vacuum_margin` is the exact condition, with lambda_7 and lambda_4' included.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.models.z2hdm.potential import Params, Quartics, quartics
from zprimefit.numerics.slopes import largest

GRID = 33
"""Points per angle of the first search."""
ZOOM = 9
"""Points per angle of the later ones."""
ZOOMS = 6
"""Each narrows the angles by a factor four."""


class Direction(NamedTuple):
    """A direction in field space: theta of Eq. B2 and rho cos(gamma)."""

    theta: Any
    phase: Any


def appendix_b_margins(params: Params) -> dict[str, Any]:
    """``b6`` = min(lambda_1, lambda_2, lambda_2'), ``b7`` and ``b10``: left side less right side."""
    return margins_of(quartics(params))


def margins_of(k: Quartics) -> dict[str, Any]:
    """The margins of Eqs. B6, B7 and B10 for given couplings."""
    # lambda_2 may sit on its bound 0, where the root has no derivative
    product = k.l1 * k.l2
    root = jnp.where(product > 0, jnp.sqrt(jnp.where(product > 0, product, 1.0)), 0.0)
    doublets = k.l3 + k.l4 - jnp.abs(k.l5) + root
    return {
        "b6": jnp.minimum(jnp.minimum(k.l1, k.l2), k.l2p),
        "b7": doublets,
        "b10": doublets * k.l2p - k.l5p**2,
    }


def vacuum_margin(params: Params) -> Any:
    """Least V4 / r^4 over all directions in field space (Eqs. B1, B2 with lambda_7 and lambda_4'): positive if stable.

    Exact in rho and varphi: at given rho cos(gamma), V4 is linear in rho^2, and at given angles of the doublets it is
    a quadratic form in the shares of doublets and singlet. The other two, theta and rho cos(gamma), are searched on a
    grid and narrowed; the result is differentiable in the couplings (envelope theorem).
    """
    return margin_of(quartics(params))


@jax.jit
def margin_of(k: Quartics) -> Any:
    """Vacuum margin of given couplings."""
    grid = np.meshgrid(np.linspace(0, np.pi / 2, GRID), np.linspace(-1, 1, GRID), indexing="ij")
    steps = np.linspace(-1, 1, ZOOM)
    around = np.meshgrid(steps * np.pi / 2 / (GRID - 1), steps * 2 / (GRID - 1), indexing="ij")

    def zoom(i: Any, best: Direction) -> Direction:
        shrink = 4.0**-i
        theta = jnp.clip(best.theta + shrink * around[0], 0.0, np.pi / 2)
        return _best(k, Direction(theta, jnp.clip(best.phase + shrink * around[1], -1.0, 1.0)))

    return _least(k, jax.lax.fori_loop(0, ZOOMS, zoom, _best(k, Direction(*grid))))


def _best(k: Quartics, directions: Direction) -> Direction:
    values = jax.lax.stop_gradient(_least(k, directions))
    index = jnp.argmin(values.ravel())
    return Direction(*(jax.lax.stop_gradient(jnp.asarray(a).ravel()[index]) for a in directions))


def _least(k: Quartics, direction: Direction) -> Any:
    """V4 / r^4, least in rho and varphi, at given theta and w = rho cos(gamma); shape of the direction."""
    s, c, w = jnp.sin(direction.theta), jnp.cos(direction.theta), direction.phase
    # rho^2 runs from w^2 to 1 with the coefficient lambda_4 - lambda_5
    rho2 = jnp.where(k.l4 < k.l5, 1.0, w**2)
    crossed = k.l3 + (k.l4 - k.l5) * rho2 + 2 * k.l5 * w**2
    doublets = k.l1 / 2 * c**4 + k.l2 / 2 * s**4 + crossed * s**2 * c**2 + 2 * k.l7 * s**3 * c * w
    mixed = k.l4p * s**2 + 2 * k.l5p * s * c * w
    return _least_on_simplex(doublets, mixed, k.l2p)


def _least_on_simplex(a: Any, b: Any, c: Any) -> Any:
    """Least a d^2 + b d (1 - d) + c (1 - d)^2 for 0 <= d <= 1."""
    curvature = a + c - b
    convex = curvature > 0
    inside = jnp.clip((2 * c - b) / (2 * jnp.where(convex, curvature, 1.0)), 0.0, 1.0)
    d = jax.lax.stop_gradient(jnp.where(convex, inside, jnp.where(a < c, 1.0, 0.0)))
    return a * d**2 + b * d * (1 - d) + c * (1 - d) ** 2


def perturbativity_margin(params: Params) -> Any:
    """4 pi less the largest |lambda|: positive where all quartic couplings are perturbative.

    The paper asks for less, |lambda_5| < sqrt(4 pi) (section III C).
    """
    k = quartics(params)
    sizes = [k.l1, k.l2, k.l3, k.l4, k.l5, k.l7, k.l2p, k.l4p, k.l5p]
    return 4 * jnp.pi - largest(jnp.abs(jnp.stack([jnp.asarray(x, dtype=jnp.float64) for x in sizes])))
