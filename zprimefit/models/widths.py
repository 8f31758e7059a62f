"""Two-body widths of neutral scalars and vectors [GeV]; zero (with zero derivative) below threshold."""

from typing import Any

import jax.numpy as jnp

from zprimefit.constants import FINE_STRUCTURE
from zprimefit.numerics.roots import positive_root


def to_leptons(mass: Any, coupling: Any, mass_lepton: Any) -> Any:
    """Gamma(phi -> l+ l-) = y^2 m beta^3 / (8 pi) of a CP-even scalar (beta -> 1: arXiv:2006.01948, Eq. 31).

    Lepton by lepton where `coupling` and `mass_lepton` are arrays.
    """
    beta = positive_root(1 - 4 * mass_lepton**2 / mass**2)
    return coupling**2 * mass * beta**3 / (8 * jnp.pi)


def to_vectors(mass: Any, coupling: Any, mass_vector: Any) -> Any:
    """Gamma(phi -> V V) for the vertex i coupling g^{mu nu} [GeV]: identical vectors of this mass.

    coupling^2 m^3 / (128 pi m_V^4) sqrt(1 - 4x) (1 - 4x + 12x^2), x = m_V^2 / m^2.
    """
    x = mass_vector**2 / mass**2
    return coupling**2 * mass**3 / (128 * jnp.pi * mass_vector**4) * positive_root(1 - 4 * x) * (1 - 4 * x + 12 * x**2)


def to_scalars(mass: Any, coupling: Any, mass_scalar: Any) -> Any:
    """Gamma(phi -> s s) for a term (coupling/2) phi s^2 of the potential [GeV]: coupling^2 beta / (32 pi m)."""
    return coupling**2 * positive_root(1 - 4 * mass_scalar**2 / mass**2) / (32 * jnp.pi * mass)


def to_scalar_pair(mass: Any, coupling: Any, first: Any, second: Any) -> Any:
    """Gamma(phi -> s s') of two different scalars for a term coupling phi s s' of the potential [GeV].

    coupling^2 p / (8 pi m^2), p the momentum of either.
    """
    kallen = (mass**2 - (first + second) ** 2) * (mass**2 - (first - second) ** 2)
    open_ = mass > first + second
    momentum = positive_root(jnp.where(open_, kallen, 0.0)) / (2 * mass)
    return coupling**2 * momentum / (8 * jnp.pi * mass**2)


def photon_amplitude(x: Any) -> tuple[Any, Any]:
    """Real and imaginary part of the loop of a spin-1/2 particle in phi -> gamma gamma, x = m_phi^2 / (4 m_l^2).

    A = 2 [x + (x - 1) f] / x^2, f = arcsin^2(sqrt(x)) for x <= 1 and -[ln((1 + b)/(1 - b)) - i pi]^2 / 4 with
    b = sqrt(1 - 1/x) above; 4/3 for a heavy particle. Written as a series for small x, where the terms cancel.
    """
    small, below = x < 0.01, x <= 1
    series = 4 / 3 + x * (14 / 45 + x * (8 / 63 + x * 104 / 1575))
    inside = jnp.where(below & ~small, jnp.minimum(x, 1 - 1e-12), 0.5)
    beta = jnp.sqrt(1 - 1 / jnp.where(below, 2.0, x))
    logarithm = jnp.log((1 + beta) ** 2 * jnp.where(below, 2.0, x))
    real = jnp.where(below, jnp.arcsin(jnp.sqrt(inside)) ** 2, (jnp.pi**2 - logarithm**2) / 4)
    imaginary = jnp.where(below, 0.0, jnp.pi * logarithm / 2)
    safe = jnp.where(small, 1.0, x)
    return (
        jnp.where(small, series, 2 * (safe + (safe - 1) * real) / safe**2),
        jnp.where(small, 0.0, 2 * (safe - 1) * imaginary / safe**2),
    )


def to_photons(mass: Any, couplings: Any, masses: Any) -> Any:
    """Gamma(phi -> gamma gamma) by loops of charged leptons: alpha^2 m^3 / (256 pi^3) |Sum (y_l / m_l) A_l|^2.

    Parameters
    ----------
    mass : of the scalar [GeV].
    couplings : y_l of the leptons (n,).
    masses : of the leptons (n,) [GeV].
    """
    real, imaginary = (jnp.sum(couplings / masses * part) for part in photon_amplitude(mass**2 / (4 * masses**2)))
    return FINE_STRUCTURE**2 * mass**3 / (256 * jnp.pi**3) * (real**2 + imaginary**2)


def vector_to_fermions(mass: Any, vector: Any, mass_fermion: Any, axial: Any = 0.0) -> Any:
    """Gamma(V -> f fbar) of a Dirac fermion with the coupling V_mu fbar gamma^mu (g_V + g_A gamma^5) f.

    m/(12 pi) [g_V^2 beta (1 + 2x) + g_A^2 beta^3], x = m_f^2 / m^2.
    """
    x = mass_fermion**2 / mass**2
    beta = positive_root(1 - 4 * x)
    return mass / (12 * jnp.pi) * (vector**2 * beta * (1 + 2 * x) + axial**2 * beta**3)


def vector_to_left_handed(mass: Any, coupling: Any, first: Any, second: Any = 0.0) -> Any:
    """Gamma(V -> f1 f2bar) for the coupling V_mu f1bar gamma^mu P_L f2 of Dirac fermions of these masses [GeV].

    g^2 m/(24 pi) sqrt(lambda(1, x1, x2)) [1 - (x1 + x2)/2 - (x1 - x2)^2/2], x_i = m_i^2 / m^2.
    """
    x1, x2 = first**2 / mass**2, second**2 / mass**2
    open_ = mass > first + second
    phase_space = positive_root(jnp.where(open_, (1 - x1 - x2) ** 2 - 4 * x1 * x2, 0.0))
    return coupling**2 * mass / (24 * jnp.pi) * phase_space * (1 - (x1 + x2) / 2 - (x1 - x2) ** 2 / 2)
