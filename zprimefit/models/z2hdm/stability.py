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

GRID = 65
"""Angles theta of the first search."""
ZOOM = 17
"""Of the later ones, between those beside the best."""
ZOOMS = 3
"""Each narrows the angle by a factor 8."""


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

    Exact in rho, gamma and varphi: V4 is linear in rho^2 at given rho cos(gamma), and at given theta a quadratic form
    of the doublets' share cos^2(varphi) and of that times rho cos(gamma), which lie in a triangle. theta is searched on
    a grid and narrowed, which may pass over a valley narrower than its step; only couplings well above 1 have one. The
    result is differentiable in the couplings (envelope theorem).
    """
    return margin_of(quartics(params))


@jax.jit
def margin_of(k: Quartics) -> Any:
    """Vacuum margin of given couplings."""
    around = np.linspace(-1, 1, ZOOM) * np.pi / 2 / (GRID - 1)

    def zoom(i: Any, theta: Any) -> Any:
        return _best(k, jnp.clip(theta + around * (2.0 / (ZOOM - 1)) ** i, 0.0, np.pi / 2))

    return _least(k, jax.lax.fori_loop(0, ZOOMS, zoom, _best(k, np.linspace(0, np.pi / 2, GRID))))


def _best(k: Quartics, theta: Any) -> Any:
    held: Quartics = jax.lax.stop_gradient(k)
    return jnp.asarray(theta)[jnp.argmin(_least(held, theta))]


def _least(k: Quartics, theta: Any) -> Any:
    """V4 / r^4, least in rho, gamma and varphi, at angles theta of Eq. B2; shape of these.

    With the doublets' share d = cos^2(varphi) and q = d rho cos(gamma), |q| <= d <= 1, it is a quadratic form.
    """
    s, c = jnp.sin(theta), jnp.cos(theta)
    both = s**2 * c**2
    # rho^2 runs from (q/d)^2 to 1 with the coefficient lambda_4 - lambda_5
    low = k.l4 < k.l5
    doublets = k.l1 / 2 * c**4 + k.l2 / 2 * s**4 + (k.l3 + jnp.where(low, k.l4 - k.l5, 0.0)) * both
    phase = jnp.where(low, 2 * k.l5, k.l4 + k.l5) * both
    mixed, turned = k.l4p * s**2, 2 * k.l5p * s * c
    return _least_in_triangle(
        _Form(doublets - mixed + k.l2p, 2 * k.l7 * s**3 * c - turned, phase, mixed - 2 * k.l2p, turned, k.l2p)
    )


class _Form(NamedTuple):
    """dd d^2 + dq d q + qq q^2 + d_ d + q_ q + constant."""

    dd: Any
    dq: Any
    qq: Any
    d_: Any
    q_: Any
    constant: Any

    def at(self, d: Any, q: Any) -> Any:
        """Its value."""
        return d * (self.dd * d + self.dq * q + self.d_) + q * (self.qq * q + self.q_) + self.constant


def _least_in_triangle(form: _Form) -> Any:
    """Least value for |q| <= d <= 1: inside, or on one of the three edges."""
    held: _Form = jax.lax.stop_gradient(form)
    determinant = 4 * held.dd * held.qq - held.dq**2
    inverse = 1 / jnp.where(determinant > 0, determinant, 1.0)
    # where the form has no least value inside, any place in the triangle will do
    d = jnp.clip((held.dq * held.q_ - 2 * held.qq * held.d_) * inverse, 0.0, 1.0)
    q = jnp.clip((held.dq * held.d_ - 2 * held.dd * held.q_) * inverse, -d, d)
    rising, falling = (_least_between(held.dd + w * held.dq + held.qq, held.d_ + w * held.q_, 0.0) for w in (1, -1))
    side = _least_between(held.qq, held.dq + held.q_, -1.0)
    places = ((d, q), (rising, rising), (falling, -falling), (jnp.ones_like(side), side))
    values = jnp.stack([form.at(*place) for place in places])
    return -largest(-values)


def _least_between(a: Any, b: Any, low: float) -> Any:
    """Where a x^2 + b x is least for low <= x <= 1."""
    inside = jnp.clip(-b / (2 * jnp.where(a > 0, a, 1.0)), low, 1.0)
    return jnp.where(a > 0, inside, jnp.where(a * (1 + low) + b < 0, 1.0, low))


def perturbativity_margin(params: Params) -> Any:
    """4 pi less the largest |lambda|: positive where all quartic couplings are perturbative.

    The paper asks for less, |lambda_5| < sqrt(4 pi) (section III C).
    """
    k = quartics(params)
    sizes = [k.l1, k.l2, k.l3, k.l4, k.l5, k.l7, k.l2p, k.l4p, k.l5p]
    return 4 * jnp.pi - largest(jnp.abs(jnp.stack([jnp.asarray(x, dtype=jnp.float64) for x in sizes])))
