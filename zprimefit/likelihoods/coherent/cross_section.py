"""Coherent scattering of neutrinos on nuclei of spin zero: Z, a light vector beside it, and nu -> nu_4 at the vector.

With P = p + p', the nuclear current is F(q^2) P_mu and is conserved. For g X_mu N-bar gamma^mu P_L nu, g_p and g_n
times the vector currents of the nucleons, and a mass m of the neutrino that comes out,

    d sigma/d T = [g (Z g_p + N g_n) F]^2 M / [2 pi (2 M T + m_X^2)^2] K,
    K = 1 - T/E - M T/(2 E^2) - m^2/(4 E^2) [1 + 2 E/M - T/(2 M)] + m^4/(16 M^2 E^2).

The Z is the same with contact strength sqrt(2) G_F Q, Q = Z (1/2 - 2 s_W^2) - N/2: d sigma/d T = G_F^2 M/pi Q^2 F^2 K.
Exchange of a vector is - J J'/m_X^2 at small momenta, the Z's - sqrt(2) G_F Q: so a light vector adds
g_nu (Z g_p + N g_n) / [sqrt(2) G_F (2 M T + m_X^2)] to Q, for neutrinos and antineutrinos alike. B-L has g_nu = - g and
adds to the Z; equal signs for neutrinos and nucleons work against it.
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import (
    ATOMIC_MASS_UNIT,
    ELECTRON_MASS,
    FERMI_CONSTANT,
    HBARC_GEV_FM,
    HELM_DIFFUSENESS_FM,
    HELM_RADIUS_FM,
    HELM_SKIN_FM,
)
from zprimefit.datasets import coherent_inputs
from zprimefit.models.particles import LightVector

SMALL = 0.1
"""(q R)^2 below which the series of 3 j_1(x)/x is used: the closed form cancels."""


@dataclass(frozen=True)
class Nucleus:
    """A nucleus at rest.

    Parameters
    ----------
    protons, neutrons : their numbers.
    mass : of the bare nucleus [GeV].
    """

    protons: int
    neutrons: int
    mass: float

    @property
    def radius_squared(self) -> float:
        """R^2 of Helm's form factor [GeV^-2]."""
        half: float = HELM_RADIUS_FM[0] * (self.protons + self.neutrons) ** (1 / 3) + HELM_RADIUS_FM[1]
        squared: float = half**2 + 7 / 3 * (pi * HELM_DIFFUSENESS_FM) ** 2 - 5 * HELM_SKIN_FM**2
        return squared / HBARC_GEV_FM**2

    def weak_charge(self, sin2: float) -> float:
        """Q = Z (1/2 - 2 sin2) - N/2, which is -1/2 of N - (1 - 4 sin2) Z."""
        return self.protons * (0.5 - 2 * sin2) - self.neutrons / 2

    def vector_charge(self, vector: LightVector) -> Any:
        """Z g_p + N g_n."""
        return self.protons * vector.coupling("proton")[0] + self.neutrons * vector.coupling("neutron")[0]


def nucleus(protons: int, neutrons: int, atomic_mass: float) -> Nucleus:
    """Nucleus of an atom of this mass in atomic mass units; the binding of the electrons is neglected."""
    return Nucleus(protons, neutrons, atomic_mass * ATOMIC_MASS_UNIT - protons * ELECTRON_MASS)


def caesium_iodide() -> tuple[Nucleus, Nucleus]:
    """Caesium-133 and iodine-127."""
    published = coherent_inputs("csi-2021")
    return nucleus(55, 78, published["cesium_mass"].value), nucleus(53, 74, published["iodine_mass"].value)


def argon() -> Nucleus:
    """Argon-40."""
    return nucleus(18, 22, coherent_inputs("lar-2020")["argon_mass"].value)


def weak_mixing() -> float:
    """sin^2 of the weak mixing angle at zero momentum transfer."""
    return coherent_inputs("csi-2021")["weak_mixing"].value


def helm_squared(recoil: Any, target: Nucleus) -> Any:
    """Helm's form factor squared at a recoil energy [GeV], 1 at zero (Lewin and Smith 1996)."""
    q2 = 2 * target.mass * recoil
    x2 = q2 * target.radius_squared
    x = jnp.sqrt(jnp.where(x2 < SMALL, 1.0, x2))
    series = 1 - x2 / 10 * (1 - x2 / 28 * (1 - x2 / 54))
    ball = jnp.where(x2 < SMALL, series, 3 * (jnp.sin(x) - x * jnp.cos(x)) / x**3)
    return ball**2 * jnp.exp(-((HELM_SKIN_FM / HBARC_GEV_FM) ** 2) * q2)


def kinematic_coefficients(recoil: Any, mass: Any, target: Nucleus) -> tuple[Any, Any]:
    """a, b of K = 1 - a/E - b/E^2.

    Parameters
    ----------
    recoil : T [GeV].
    mass : of the outgoing neutrino [GeV].
    target : the nucleus.
    """
    square = jnp.asarray(mass) ** 2
    a = recoil + square / (2 * target.mass)
    b = target.mass * recoil / 2 + square / 4 * (1 - recoil / (2 * target.mass)) - (square / target.mass / 4) ** 2
    return a, b


def lowest_energy(recoil: Any, mass: Any, target: Nucleus) -> Any:
    """Least neutrino energy [GeV] that makes a recoil with an outgoing mass: (m^2 + 2 M T) / [2 (p - T)]."""
    momentum = jnp.sqrt(recoil * (recoil + 2 * target.mass))
    return (jnp.asarray(mass) ** 2 + 2 * target.mass * recoil) / (2 * (momentum - recoil))


def recoil_range(energy: float, mass: Any, target: Nucleus) -> tuple[Any, Any]:
    """Least and greatest recoil [GeV] at a neutrino energy [GeV]; equal where the mass is out of reach."""
    m2, big = jnp.asarray(mass) ** 2, target.mass
    s = big * (big + 2 * energy)
    # Q^2 = 2 E* (E4* -+ p4*) - m^2 with E*, E4*, p4* of the centre of mass
    mean = 2 * energy * big * (2 * energy * big + m2) / (2 * s) - m2
    # lambda(s, m^2, M^2), with s - M^2 = 2 M E written out
    triangle = (2 * energy * big - m2) ** 2 - 4 * big**2 * m2
    open_ = (triangle > 0) & (m2 < 2 * energy * big)
    width = jnp.where(open_, energy * big / s * jnp.sqrt(jnp.where(open_, triangle, 1.0)), 0.0)
    centre = jnp.where(open_, mean, 2 * energy * big * energy / (big + 2 * energy))
    # The lower end by the product of both, m^4 M^2 / s, without cancellation
    upper = centre + width
    lower = jnp.where(open_, m2**2 * big**2 / s / upper, upper)
    return lower / (2 * big), upper / (2 * big)


def contact_strength(recoil: Any, neutrino: Any, vector: LightVector, target: Nucleus) -> Any:
    """g_nu (Z g_p + N g_n) / [sqrt(2) G_F (2 M T + m_X^2)]: what the vector adds to Q."""
    propagator = 2 * target.mass * recoil + vector.mass**2
    return neutrino * target.vector_charge(vector) / (sqrt(2) * FERMI_CONSTANT * propagator)


def weak_factor(recoil: Any, target: Nucleus) -> Any:
    """G_F^2 M F^2/pi [GeV^-3]: d sigma/d T = this Q^2 K."""
    return FERMI_CONSTANT**2 * target.mass / pi * helm_squared(recoil, target)
