"""Couplings, widths and lifetimes of h' and H (arXiv:2006.01948, Eqs. 11-19, 26, 31, Appendix A).

Two photons come through loops of charged leptons: some 1e-6 of the width at the benchmark, but the larger part where
y_e is small. A pair e tau needs a scalar above m_tau, outside the domain. H -> h' h' is not in the paper.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import jax.numpy as jnp
import numpy as np

from zprimefit.constants import ELECTRON_MASS, HBAR_GEV_S, HIGGS_MASS, MUON_MASS, SPEED_OF_LIGHT_M_S, TAU_MASS
from zprimefit.models import widths
from zprimefit.models.z2hdm.potential import (
    Params,
    cos_delta,
    dark_vev,
    heavy_pair_coupling,
    higgs_couplings,
    hprime_pair_coupling,
)

__all__ = [
    "CHANNELS",
    "SCALARS",
    "Params",
    "Scalar",
    "Variant",
    "branching",
    "branching_to_ee",
    "cos_delta",
    "dark_vev",
    "decay_length",
    "doublet_fraction",
    "higgs_widths",
    "lifetime",
    "partial_widths",
    "scalar_mass",
    "singlet_fraction",
    "total_width",
]

Scalar = Literal["hprime", "H"]
SCALARS: tuple[Scalar, ...] = ("hprime", "H")
Variant = Literal["corrected", "as_printed"]
CHANNELS: Mapping[Scalar, tuple[str, ...]] = {
    "hprime": ("ee", "mumu", "tautau", "gamma_gamma", "zprime_zprime", "HH"),
    "H": ("ee", "mumu", "tautau", "gamma_gamma", "zprime_zprime", "hprime_hprime"),
}
"""Final states that :func:`partial_widths` knows."""
LEPTONS: Final = np.array([ELECTRON_MASS, MUON_MASS, TAU_MASS])
"""Masses [GeV]."""


def doublet_fraction(scalar: Scalar, params: Params) -> Any:
    """Amplitude of the second doublet's CP-even field in the scalar: y_l^phi = y^l times this (Eq. 26)."""
    return params["sin_delta"] if scalar == "hprime" else cos_delta(params)


def singlet_fraction(scalar: Scalar, params: Params) -> Any:
    """Amplitude of the dark singlet: the Z'Z'phi vertex is 2 g_d m_Z' times this (Eq. 13, Appendix A)."""
    return cos_delta(params) if scalar == "hprime" else -params["sin_delta"]


def scalar_mass(scalar: Scalar, params: Params) -> Any:
    """Mass [GeV]."""
    return params["m_hprime" if scalar == "hprime" else "m_H"]


def partial_widths(scalar: Scalar, params: Params, variant: Variant = "corrected") -> dict[str, Any]:
    """Widths [GeV] of h' or H by final state, see :data:`CHANNELS`.

    ``variant="as_printed"`` takes e+e- for the only decay, as the paper does.
    """
    mass = scalar_mass(scalar, params)
    yukawas = jnp.stack([jnp.asarray(params[name], dtype=jnp.float64) for name in ("y_e", "y_mu", "y_tau")])
    couplings = yukawas * doublet_fraction(scalar, params)
    found = dict(zip(("ee", "mumu", "tautau"), widths.to_leptons(mass, couplings, LEPTONS), strict=True))
    if variant == "as_printed":
        return {"ee": found["ee"]}
    found["gamma_gamma"] = widths.to_photons(mass, couplings, LEPTONS)
    vertex = 2 * params["g_d"] * params["m_zprime"] * singlet_fraction(scalar, params)
    found["zprime_zprime"] = widths.to_vectors(mass, vertex, params["m_zprime"])
    if scalar == "H":
        found["hprime_hprime"] = widths.to_scalars(mass, hprime_pair_coupling(params), params["m_hprime"])
    else:
        found["HH"] = widths.to_scalars(mass, heavy_pair_coupling(params), params["m_H"])
    return found


def total_width(scalar: Scalar, params: Params, variant: Variant = "corrected") -> Any:
    """Total width [GeV]."""
    return sum(partial_widths(scalar, params, variant).values())


def branching(scalar: Scalar, channel: str, params: Params, variant: Variant = "corrected") -> Any:
    """Branching ratio to one of :data:`CHANNELS`; zero for a scalar that does not decay, or not so in this variant."""
    found = partial_widths(scalar, params, variant)
    width = sum(found.values())
    return found.get(channel, 0.0 * width) / jnp.where(width > 0, width, 1.0)


def branching_to_ee(scalar: Scalar, params: Params, variant: Variant = "corrected") -> Any:
    """BR(phi -> e+e-); zero for a scalar that does not decay."""
    return branching(scalar, "ee", params, variant)


def lifetime(scalar: Scalar, params: Params, variant: Variant = "corrected") -> Any:
    """Lifetime [s]."""
    return HBAR_GEV_S / total_width(scalar, params, variant)


def decay_length(scalar: Scalar, params: Params, variant: Variant = "corrected") -> Any:
    """Decay length c tau [m]."""
    return SPEED_OF_LIGHT_M_S * lifetime(scalar, params, variant)


def higgs_widths(params: Params) -> dict[str, Any]:
    """Widths [GeV] of the 125 GeV scalar h to pairs of light ones: ``HH``, ``hprime_hprime``, ``H_hprime``."""
    couplings = higgs_couplings(params)
    heavy, light = params["m_H"], params["m_hprime"]
    return {
        "HH": widths.to_scalars(HIGGS_MASS, couplings["HH"], heavy),
        "hprime_hprime": widths.to_scalars(HIGGS_MASS, couplings["hprime_hprime"], light),
        "H_hprime": widths.to_scalar_pair(HIGGS_MASS, couplings["H_hprime"], heavy, light),
    }
