"""Two-body widths of neutral scalars [GeV]; zero (with zero derivative) below threshold."""

from typing import Any

import jax.numpy as jnp

from zprimefit.numerics.roots import positive_root


def to_leptons(mass: Any, coupling: Any, mass_lepton: float) -> Any:
    """Gamma(phi -> l+ l-) = y^2 m beta^3 / (8 pi) of a CP-even scalar (beta -> 1: arXiv:2006.01948, Eq. 31)."""
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
