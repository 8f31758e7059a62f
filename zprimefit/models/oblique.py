"""Oblique parameters S and T of a second scalar doublet in the alignment limit.

Only pairs of the doublet's own fields meet a gauge boson: A with each CP-even scalar phi_k, which holds the share c_k
of the doublet (Sum c_k = 1), H+- with A and phi_k, and H+ with H-. With the definitions of the Particle Data Group (the
self-energies of Z gamma and gamma gamma taken at m_Z^2, as in H. E. Haber and D. O'Neil, arXiv:1011.6188),

    T = {F(H+-, A) + Sum c_k [F(H+-, phi_k) - F(A, phi_k)]} / (16 pi s_W^2 m_W^2)
    S = {Sum c_k B(A, phi_k) - B(H+-, H+-)} / (pi m_Z^2),      B(1, 2) = B22(m_Z^2; 1, 2) - B22(0; 1, 2)

where F = (x + y)/2 - x y/(x - y) ln(x/y) of squared masses. T vanishes for m_A = m_H+- whatever the phi_k are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import SIN2_THETA_W, W_MASS, Z_MASS
from zprimefit.numerics.quadrature import unit_rule

_NODES = 64
_SERIES = 0.1
"""Relative difference of squared masses below which F comes from its series, and its number of terms."""
_TERMS = 8


@dataclass(frozen=True, eq=False)
class ScalarDoublet:
    """The fields of a second doublet that takes no part in breaking the electroweak symmetry.

    Parameters
    ----------
    charged, odd : masses of H+- and A [GeV].
    even : (mass [GeV], share of the doublet) of every CP-even scalar in it; shares add up to one.
    charged_widths : widths of H+- by final state [GeV], ``lepton_neutrino`` among them; empty where nobody asks.
    """

    charged: Any
    odd: Any
    even: Sequence[tuple[Any, Any]]
    charged_widths: Mapping[str, Any] = field(default_factory=dict)

    @property
    def leptonic_branching(self) -> Any:
        """BR(H+- -> l nu) over all flavours; zero without any width."""
        total = sum(self.charged_widths.values(), jnp.zeros(()))
        leptonic = self.charged_widths.get("lepton_neutrino", 0.0)
        return jnp.where(total > 0, leptonic / jnp.where(total > 0, total, 1.0), 0.0)


def mass_splitting(first: Any, second: Any) -> Any:
    """F of two masses [GeV], in GeV^2: zero where they are equal, half of the larger squared where one vanishes."""
    x, y = jnp.asarray(first) ** 2, jnp.asarray(second) ** 2
    ratio = (x - y) / (x + y)
    near = jnp.abs(ratio) < _SERIES
    series = sum(ratio ** (2 * k) / (4 * k**2 - 1) for k in range(1, _TERMS + 1))
    apart = jnp.where(near, 2.0, y / x)  # any ratio but one, where the series holds
    far = 1 / 2 - apart / ((1 - apart) * (1 + apart)) * -jnp.log(apart)
    return (x + y) * jnp.where(near, series, far)


def t_parameter(doublet: ScalarDoublet) -> Any:
    """Oblique parameter T."""
    splitting = mass_splitting(doublet.charged, doublet.odd)
    for mass, share in doublet.even:
        splitting = splitting + share * (mass_splitting(doublet.charged, mass) - mass_splitting(doublet.odd, mass))
    return splitting / (16 * jnp.pi * SIN2_THETA_W * W_MASS**2)


def s_parameter(doublet: ScalarDoublet) -> Any:
    """Oblique parameter S; its real part where Z -> A phi is open."""
    total = -loop_difference(doublet.charged, doublet.charged)
    for mass, share in doublet.even:
        total = total + share * loop_difference(doublet.odd, mass)
    return total / (jnp.pi * Z_MASS**2)


def loop_difference(first: Any, second: Any) -> Any:
    """B22(m_Z^2; 1, 2) - B22(0; 1, 2) [GeV^2] without the term common to all pairs, which drops out of S.

    B22(q^2) = (Delta + 1)/4 [m_1^2 + m_2^2 - q^2/3] - 1/2 Int_0^1 dx X ln X, X = x m_1^2 + (1-x) m_2^2 - x (1-x) q^2.
    """
    x, dx = unit_rule(_NODES)
    m1, m2 = (jnp.asarray(m, dtype=jnp.float64)[..., None] ** 2 / Z_MASS**2 for m in (first, second))
    at_zero = x * m1 + (1 - x) * m2
    at_z = at_zero - x * (1 - x)
    return -(Z_MASS**2) / 2 * jnp.sum(dx * (_x_log_x(at_z) - _x_log_x(at_zero)), axis=-1)


def _x_log_x(x: Any) -> Any:
    """X ln|X|, zero at zero."""
    size = jnp.abs(x)
    return x * jnp.log(jnp.where(size > 0, size, 1.0))
