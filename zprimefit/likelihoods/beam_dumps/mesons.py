"""Vectors from mesons, P -> gamma X, with vector mesons between quarks and X (arXiv:1801.04847, Sec. II)."""

from typing import Any

import jax.numpy as jnp

from zprimefit.constants import ETA_MASS, OMEGA_MASS, PHI_MASS, PI0_MASS, RHO_MASS
from zprimefit.models.particles import LightVector
from zprimefit.models.reference import electric

MESONS = {"pi0": PI0_MASS, "eta": ETA_MASS}
"""Masses [GeV]"""
POLES = (RHO_MASS, OMEGA_MASS, PHI_MASS)
"""Without widths: both mesons are lighter, and X is lighter than they [GeV]."""
U, D, S = 2 / 3, -1 / 3, -1 / 3
"""Charges"""


def meson_strength(meson: str, particle: LightVector) -> Any:
    """Coupling squared that production by the meson goes with; (epsilon e)^2 for a dark photon.

    Sum over V = rho, omega, phi of Tr(T_P T_gamma T_V) Tr(T_V T_X), each with the pole of V, over the same for the
    photon's charges; eta is (u ubar + d dbar - s sbar)/sqrt(3). Axial couplings do not contribute.
    """
    couplings = {quark: particle.vector.get(quark, 0.0) for quark in ("u", "d", "s")}
    return _amplitude(meson, couplings, particle.mass) / _amplitude(meson, electric(1.0), particle.mass)


def _amplitude(meson: str, x: Any, mass: Any) -> Any:
    """Square of the amplitude, up to what does not depend on the couplings."""
    rho, omega, phi = (x["u"] - x["d"]) / 2, (x["u"] + x["d"]) / 2, x["s"]
    terms = {"pi0": ((U + D) * rho, (U - D) * omega, 0.0), "eta": ((U - D) * rho, (U + D) * omega, -S * phi)}[meson]
    # beyond the lightest pole no meson makes X: any finite number will do
    below = jnp.minimum(mass, max(MESONS.values()))
    return sum(term * pole**2 / (pole**2 - below**2) for term, pole in zip(terms, POLES, strict=True)) ** 2
