"""Neutrinos of pions and muons that decay at rest: nu_mu at once, nu_mu-bar and nu_e with the muon's lifetime.

With x = 2 E/m_mu and the electron's mass neglected, dN/dx = 2 x^2 (3 - 2 x) for nu_mu-bar and 12 x^2 (1 - x) for nu_e.
Recoil spectra average K = 1 - a/E - b/E^2 over them, which are polynomials in x: exact, with a smooth threshold.
"""

from math import pi
from typing import Any, Final, Literal

import jax.numpy as jnp

from zprimefit.constants import MUON_MASS, PI_PLUS_MASS
from zprimefit.likelihoods.coherent.cross_section import Nucleus, kinematic_coefficients, lowest_energy
from zprimefit.numerics.quadrature import unit_rule

Kind = Literal["nu_mu", "nu_mu_bar", "nu_e"]
KINDS: Final[tuple[Kind, ...]] = ("nu_mu", "nu_mu_bar", "nu_e")
FLAVOURS: Final[dict[Kind, str]] = {"nu_mu": "mu", "nu_mu_bar": "mu", "nu_e": "e"}
ARRIVALS: Final[tuple[tuple[Kind, ...], ...]] = (("nu_mu",), ("nu_mu_bar", "nu_e"))
"""Kinds that come with the pions, and those that come with the muons."""

LINE: Final = (PI_PLUS_MASS**2 - MUON_MASS**2) / (2 * PI_PLUS_MASS)
"""Energy of nu_mu [GeV], 29.8 MeV."""
ENDPOINT: Final = MUON_MASS / 2
"""Highest energy of the others [GeV]; electron's mass neglected."""
MICHEL: Final[dict[Kind, tuple[float, float]]] = {"nu_mu_bar": (6.0, -4.0), "nu_e": (12.0, -12.0)}
"""Coefficients of x^2 and x^3 in dN/dx."""


def highest_energy(kind: Kind) -> float:
    """End of the spectrum [GeV]."""
    return LINE if kind == "nu_mu" else ENDPOINT


def spectrum(kind: Kind, energy: Any) -> Any:
    """dN/dE [1/GeV] of a neutrino from muon decay, zero beyond its end; ``nu_mu`` is a line at `LINE`."""
    square, cube = MICHEL[kind]
    x = jnp.asarray(energy) / ENDPOINT
    return jnp.where((x >= 0) & (x <= 1), x**2 * (square + cube * x), 0.0) / ENDPOINT


def mean_kinematics(kind: Kind, recoil: Any, mass: Any, target: Nucleus) -> Any:
    """Spectrum-averaged K of the cross section, zero for energies that cannot make the recoil.

    Parameters
    ----------
    kind : of neutrino.
    recoil : T [GeV].
    mass : of the outgoing neutrino [GeV].
    target : the nucleus.
    """
    a, b = kinematic_coefficients(recoil, mass, target)
    lowest = lowest_energy(recoil, mass, target)
    if kind == "nu_mu":
        return jnp.where(lowest <= LINE, jnp.maximum(1 - a / LINE - b / LINE**2, 0.0), 0.0)
    square, cube = MICHEL[kind]
    a, b = a / ENDPOINT, b / ENDPOINT**2
    start = jnp.minimum(lowest / ENDPOINT, 1.0)
    # Integral of (square x^2 + cube x^3)(1 - a/x - b/x^2) from `start` to 1: a polynomial in x, by three nodes exactly
    nodes, weights = unit_rule(3)
    x = start[..., None] + (1 - start)[..., None] * nodes
    integrand = (square + cube * x) * (x**2 - a[..., None] * x - b[..., None])
    return (1 - start) * jnp.sum(weights * integrand, axis=-1)


def fluence(protons: float, neutrinos_per_proton: float, baseline: float) -> float:
    """Neutrinos of each kind per cm^2 at a distance [m]."""
    return protons * neutrinos_per_proton / (4 * pi * (100 * baseline) ** 2)
