"""Elastic scattering of neutrinos on electrons with a light vector, interference kept.

At tree level, for a neutrino of energy E and an electron of kinetic energy T,

    dsigma/dT = 2 G_F^2 m_e / pi [g_L^2 + g_R^2 (1 - T/E)^2 - g_L g_R m_e T / E^2],

g_L and g_R exchanged for antineutrinos. The currents of L = -2 sqrt(2) G_F (nu-bar gamma P_L nu)(e-bar gamma (g_L P_L +
g_R P_R) e) are those of :class:`~zprimefit.models.particles.LightVector`; a vector of mass M in the t channel, at
q^2 = -2 m_e T, adds - g_nu C_{L,R} / (M^2 + 2 m_e T) times the same product of currents, so that

    g_{L,R} -> g_{L,R} + g_nu C_{L,R} / [2 sqrt(2) G_F (M^2 + 2 m_e T)],   C_L = g_V - g_A,  C_R = g_V + g_A.

An electron neutrino exchanges a W too: g_L = 1/2 + s^2 instead of -1/2 + s^2. With the MS-bar angle at m_Z what is left
out of radiative corrections is 1 to 4 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from math import pi, sqrt
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import ELECTRON_MASS, FERMI_CONSTANT, HBARC_SQUARED_CM2_GEV2, SIN2_THETA_MSBAR
from zprimefit.models.particles import LightVector
from zprimefit.numerics.quadrature import unit_rule
from zprimefit.numerics.slopes import with_own_slopes

Array = NDArray[np.float64]
ANTI = "anti_"
"""Before the name of a flavour: its antineutrino."""
N_RECOIL = 16


def weak_couplings(flavour: str, sin2: float = SIN2_THETA_MSBAR) -> tuple[float, float]:
    """(g_L, g_R) of the electron seen by a neutrino, ``nu_e``, ``nu_mu`` or ``nu_tau``."""
    return (0.5 if flavour == "nu_e" else -0.5) + sin2, sin2


def recoil_end(e_nu: Any) -> Any:
    """Largest kinetic energy of the electron [GeV] for a neutrino energy [GeV]."""
    return 2 * e_nu**2 / (ELECTRON_MASS + 2 * e_nu)


def least_neutrino_energy(t: float) -> float:
    """Least neutrino energy [GeV] that gives an electron this kinetic energy [GeV]."""
    return (t + sqrt(t**2 + 2 * ELECTRON_MASS * t)) / 2


def contact(vector: LightVector, flavour: str) -> tuple[Any, Any]:
    """What a vector adds to (g_L, g_R), times M^2 + 2 m_e T [GeV^2]."""
    g_v, g_a = vector.coupling("e")
    common = vector.vector.get(flavour, 0.0) / (2 * sqrt(2) * FERMI_CONSTANT)
    return common * (g_v - g_a), common * (g_v + g_a)


def _exchanged(name: str, couplings: tuple[Any, Any]) -> tuple[Any, Any]:
    """(g_L, g_R), exchanged for antineutrinos."""
    return couplings[::-1] if name.startswith(ANTI) else couplings


def _moments(t: Array, weights: Array, mass: Any) -> Any:
    """Weights (n_flavours, 3, n) times the propagator of a vector at kinetic energies (n,), and its square, summed."""
    propagator = 1 / (mass**2 + 2 * ELECTRON_MASS * t)
    return jnp.stack([jnp.asarray(weights) @ propagator, jnp.asarray(weights) @ propagator**2])


def recoil_spectrum(e_nu: Any, t: Any, g_l: Any, g_r: Any) -> Any:
    """dsigma/dT [cm^2/GeV] of a neutrino, below the end of the recoil; arrays of one shape [GeV, GeV, 1, 1]."""
    bracket = g_l**2 + g_r**2 * (1 - t / e_nu) ** 2 - g_l * g_r * ELECTRON_MASS * t / e_nu**2
    return 2 * FERMI_CONSTANT**2 * ELECTRON_MASS / pi * HBARC_SQUARED_CM2_GEV2 * bracket


@dataclass(frozen=True, eq=False)
class ElectronScattering:
    """Cross section on one electron in a window of its energy, folded with neutrinos of several flavours.

    Parameters
    ----------
    e_nu : (n,) neutrino energies [GeV].
    neutrinos : flavour (``nu_mu``, ``anti_nu_e``, ...) -> (n,) weights of these energies, quadrature included.
    window : kinetic energies of the electron between which it counts [GeV].
    sin2 : weak mixing angle.
    """

    e_nu: Array
    neutrinos: Mapping[str, Array]
    window: tuple[float, float]
    sin2: float = SIN2_THETA_MSBAR

    def rate(self, vector: LightVector | None = None) -> Any:
        """Sum of the weights times the cross section in the window [cm^2]; the Standard Model's without a vector."""
        t, weights = self._weights
        weak = [_exchanged(name, weak_couplings(name.removeprefix(ANTI), self.sin2)) for name in self.neutrinos]
        # of the squares of g_L and g_R, and of minus their product
        products = [np.array([left**2, right**2, -left * right]) for left, right in weak]
        total: Any = sum(p @ w.sum(axis=-1) for p, w in zip(products, weights, strict=True))
        if vector is None:
            return total
        moments = with_own_slopes(partial(_moments, t, weights))(vector.mass)
        for name, (left, right), once, twice in zip(self.neutrinos, weak, *moments, strict=True):
            more_l, more_r = _exchanged(name, contact(vector, name.removeprefix(ANTI)))
            total = total + jnp.stack([2 * left * more_l, 2 * right * more_r, -left * more_r - right * more_l]) @ once
            total = total + jnp.stack([more_l**2, more_r**2, -more_l * more_r]) @ twice
        return total

    @cached_property
    def _weights(self) -> tuple[Array, Array]:
        """Kinetic energies (n,) [GeV] at the nodes, and weights (n_flavours, 3, n) of products of couplings."""
        nodes, steps = unit_rule(N_RECOIL)
        low, high = self.window
        length = np.maximum(np.minimum(recoil_end(self.e_nu), high) - low, 0.0)[:, None]
        t, e_nu = low + length * nodes, self.e_nu[:, None]
        shapes = [recoil_spectrum(e_nu, t, *pair) for pair in ((1.0, 0.0), (0.0, 1.0))]
        # of g_L = g_R = 1 what is neither square
        shapes.append(shapes[0] + shapes[1] - recoil_spectrum(e_nu, t, 1.0, 1.0))
        each = [[(w[:, None] * length * steps * shape).ravel() for shape in shapes] for w in self.neutrinos.values()]
        return t.ravel(), np.array(each)

    def ratio(self, vector: LightVector) -> Any:
        """Rate with the vector over the Standard Model's."""
        return self.rate(vector) / self.rate()
