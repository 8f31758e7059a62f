"""Lepton-flavour-violating decays by light neutral scalars: l -> l' gamma at one loop, l -> l' phi.

L = - phi Sum y_ij lbar_i P_R l_j + h.c. with real y: both chiralities of lbar_i l_j, y_ij P_R + y_ji P_L. The dipole
amplitude is M = e m_l ubar' i sigma^{mu nu} q_nu eps*_mu (A_R P_R + A_L P_L) u, so that

    Gamma(l -> l' gamma) = (alpha / 4) m_l^5 (|A_L|^2 + |A_R|^2)
    A_R = Sum_i y_l'i [y_li I_plain + y_il (m_i / m_l) I_flip] / (16 pi^2 m_l^2),   A_L: all y transposed

(i runs over the charged leptons, the mass of l' is neglected beside m_l). With z the share of the scalar and D the
Feynman denominator of an internal lepton i,

    I_flip, I_plain = m_l^2 Int dz dx (1 - z, x z) / D,    D = (1-z) m_i^2 + z m_phi^2 - x z m_l^2 - i0,  0 < x < 1-z.

D changes sign where l -> i phi is open: the amplitude is complex there, and the formulas for heavy scalars of
L. Lavoura, Eur. Phys. J. C 29 (2003) 191, which are its limit for m_phi >> m_l, do not hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.constants import FINE_STRUCTURE, LEPTON_MASSES
from zprimefit.models.particles import LEPTONS, LightScalar
from zprimefit.numerics.quadrature import unit_rule
from zprimefit.numerics.roots import positive_root
from zprimefit.numerics.slopes import with_own_slopes

# Nodes on the unit interval, logarithmic towards both ends: the integrand has logarithms where D changes sign.
_RANGE = 36.0
_NODES, _WEIGHTS = unit_rule(64)
_SMALL = np.exp(-_RANGE * _NODES) / 2
_UNIT = np.concatenate([_SMALL, 1 - _SMALL])
_UNIT_WEIGHTS = np.tile(_RANGE * _WEIGHTS * _SMALL, 2)
_TINY = 1e-300
_SERIES = 1e-3
"""Below this, -ln(1-x) - x is taken from its series."""


@dataclass(frozen=True, eq=False)
class FlavourScalar:
    """A light scalar with couplings between different charged leptons.

    Parameters
    ----------
    particle : its mass, widths and diagonal couplings.
    off_diagonal : y_ij of L = - phi y_ij lbar_i P_R l_j + h.c. by (i, j), i != j; zero where one is missing.
    """

    particle: LightScalar
    off_diagonal: Mapping[tuple[str, str], Any] = field(default_factory=dict)

    def couples(self, one: str, other: str) -> bool:
        """Whether there is an entry that couples the two leptons."""
        if one == other:
            return one in self.particle.yukawa
        return (one, other) in self.off_diagonal or (other, one) in self.off_diagonal

    def coupling(self, one: str, other: str) -> Any:
        """Return y_ij."""
        if one == other:
            return self.particle.coupling(one)
        return jnp.asarray(self.off_diagonal.get((one, other), 0.0))


@partial(jax.jit, static_argnames=("mass_external", "mass_internal"))
def dipole_integrals(mass_scalar: Any, mass_external: float, mass_internal: float) -> tuple[Any, Any, Any, Any]:
    """I_plain and I_flip, real and imaginary part: (Re plain, Im plain, Re flip, Im flip), of the scalar's shape.

    Over x they are elementary: Int dx x z/(a - x z - i0) = (a/z) [-ln(1-w) - w] and Int dx (1-z)/(a - x z - i0) =
    -((1-z)/z) ln(1-w) with a = [(1-z) m_i^2 + z m_phi^2]/m_l^2, w = z (1-z)/a and ln(1-w) = ln|1-w| - i pi for w > 1.

    Parameters
    ----------
    mass_scalar : m_phi [GeV], any shape.
    mass_external, mass_internal : m_l and m_i [GeV].
    """
    mu_i = (mass_internal / mass_external) ** 2
    mu = jnp.asarray(mass_scalar, dtype=jnp.float64)[..., None] ** 2 / mass_external**2
    # 1 - w vanishes at two z between 0 and 1 where l -> i phi is open; panels end there, or nearest to them.
    half = (1 + mu_i - mu) / 2
    gap = positive_root(half**2 - mu_i)
    high = jnp.clip(half + gap, 0.0, 1.0)
    # the product of the two is mu_i: no cancellation in the lower one
    low = jnp.where(gap > 0, mu_i / jnp.where(high > 0, half + gap, 1.0), half)
    low = jnp.where(high > 0, jnp.clip(low, 0.0, 1.0), 0.0)
    ends = ((0.0 * mu, low), (low, high), (high, jnp.ones_like(mu)))
    z = jnp.concatenate([start + (end - start) * _UNIT for start, end in ends], axis=-1)
    dz = jnp.concatenate([(end - start) * _UNIT_WEIGHTS for start, end in ends], axis=-1)
    z = jnp.where(z > 0, z, 1.0)  # panels of no length, of weight zero
    a = (1 - z) * mu_i + z * mu
    w = z * (1 - z) / a
    logarithm = _minus_log(w)
    cut = jnp.where(w > 1, jnp.pi, 0.0)
    plain, flip = a / z, (1 - z) / z
    return (
        jnp.sum(dz * plain * _beyond_linear(w, logarithm), axis=-1),
        jnp.sum(dz * plain * cut, axis=-1),
        jnp.sum(dz * flip * logarithm, axis=-1),
        jnp.sum(dz * flip * cut, axis=-1),
    )


def _minus_log(w: Any) -> Any:
    """-ln|1-w|, finite at w = 1."""
    below = w < 1 / 2
    away = jnp.abs(1 - jnp.where(below, 2.0, w))
    return -jnp.where(below, jnp.log1p(-jnp.where(below, w, 0.0)), jnp.log(jnp.where(away > 0, away, _TINY)))


def _beyond_linear(w: Any, logarithm: Any) -> Any:
    """-ln|1-w| - w, without its cancellation at small w."""
    series = w**2 * (1 / 2 + w * (1 / 3 + w * (1 / 4 + w * (1 / 5 + w / 6))))
    return jnp.where(w < _SERIES, series, logarithm - w)


def dipole_amplitudes(heavy: str, light: str, scalars: Mapping[str, FlavourScalar]) -> tuple[Any, Any, Any, Any]:
    """(Re A_R, Im A_R, Re A_L, Im A_L) [GeV^-2] of heavy -> light gamma, summed over scalars and internal leptons."""
    mass = LEPTON_MASSES[heavy]
    total: list[Any] = [jnp.zeros(())] * 4
    for scalar in scalars.values():
        for internal in LEPTONS:
            if not (scalar.couples(light, internal) and scalar.couples(heavy, internal)):
                continue
            ratio = LEPTON_MASSES[internal] / mass
            within = partial(dipole_integrals, mass_external=mass, mass_internal=LEPTON_MASSES[internal])
            integrals = with_own_slopes(within)(scalar.particle.mass)
            in_right, in_left = scalar.coupling(heavy, internal), scalar.coupling(internal, heavy)
            out_right, out_left = scalar.coupling(light, internal), scalar.coupling(internal, light)
            for part in (0, 1):
                plain, flip = integrals[part], ratio * integrals[2 + part]
                total[part] = total[part] + out_right * (in_right * plain + in_left * flip)
                total[2 + part] = total[2 + part] + out_left * (in_left * plain + in_right * flip)
    a_r_re, a_r_im, a_l_re, a_l_im = (value / (16 * jnp.pi**2 * mass**2) for value in total)
    return a_r_re, a_r_im, a_l_re, a_l_im


def radiative_width(heavy: str, light: str, scalars: Mapping[str, FlavourScalar]) -> Any:
    """Gamma(heavy -> light gamma) [GeV]."""
    squared = sum(part**2 for part in dipole_amplitudes(heavy, light, scalars))
    return FINE_STRUCTURE / 4 * LEPTON_MASSES[heavy] ** 5 * squared


def scalar_width(heavy: str, light: str, scalar: FlavourScalar) -> Any:
    """Gamma(heavy -> light phi) [GeV]; zero where it is closed.

    (k / 8 pi m^2) |M|^2 with the spin average |M|^2 = (y_hl^2 + y_lh^2)(m^2 + m'^2 - m_phi^2)/2 + 2 m m' y_hl y_lh; for
    m' -> 0 it is m/(32 pi) (y_hl^2 + y_lh^2) (1 - m_phi^2/m^2)^2.
    """
    mass, other, mass_scalar = LEPTON_MASSES[heavy], LEPTON_MASSES[light], scalar.particle.mass
    y, y_t = scalar.coupling(heavy, light), scalar.coupling(light, heavy)
    squares, energies = (y**2 + y_t**2) / 2, mass**2 + other**2 - mass_scalar**2
    open_ = mass_scalar < mass - other
    kallen = (mass**2 - (mass_scalar + other) ** 2) * (mass**2 - (mass_scalar - other) ** 2)
    momentum = positive_root(jnp.where(open_, kallen, 0.0)) / (2 * mass)
    return momentum / (8 * jnp.pi * mass**2) * (squares * energies + 2 * mass * other * y * y_t)


def scalar_momentum(heavy: str, light: str, mass_scalar: Any) -> Any:
    """Momentum [GeV] of the scalar in the rest frame of heavy -> light phi; zero where it is closed."""
    mass, other = LEPTON_MASSES[heavy], LEPTON_MASSES[light]
    kallen = (mass**2 - (mass_scalar + other) ** 2) * (mass**2 - (mass_scalar - other) ** 2)
    return positive_root(jnp.where(mass_scalar < mass - other, kallen, 0.0)) / (2 * mass)
