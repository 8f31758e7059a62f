"""Couplings, widths and lifetimes of h' and H (arXiv:2006.01948, Eqs. 11-19, 26, 31, Appendix A)."""

from collections.abc import Mapping
from typing import Any, Literal

import jax.numpy as jnp

from zprimefit.constants import ELECTRON_MASS, HBAR_GEV_S, MUON_MASS, SPEED_OF_LIGHT_M_S
from zprimefit.models import widths

Scalar = Literal["hprime", "H"]
SCALARS: tuple[Scalar, ...] = ("hprime", "H")
Variant = Literal["corrected", "as_printed"]
Params = Mapping[str, Any]


def cos_delta(params: Params) -> Any:
    """cos(delta), positive."""
    return jnp.sqrt((1 - params["sin_delta"]) * (1 + params["sin_delta"]))


def doublet_fraction(scalar: Scalar, params: Params) -> Any:
    """Amplitude of the second doublet's CP-even field in the scalar: y_l^phi = y^l times this (Eq. 26)."""
    return params["sin_delta"] if scalar == "hprime" else cos_delta(params)


def singlet_fraction(scalar: Scalar, params: Params) -> Any:
    """Amplitude of the dark singlet: the Z'Z'phi vertex is 2 g_d m_Z' times this (Eq. 13, Appendix A)."""
    return cos_delta(params) if scalar == "hprime" else -params["sin_delta"]


def scalar_mass(scalar: Scalar, params: Params) -> Any:
    """Mass [GeV]."""
    return params["m_hprime" if scalar == "hprime" else "m_H"]


def dark_vev(params: Params) -> Any:
    """Vacuum expectation value v' = m_Z' / g_d of the dark singlet [GeV] (below Eq. 13)."""
    return params["m_zprime"] / params["g_d"]


def cubic_coupling(params: Params) -> Any:
    """Coupling g [GeV] of the term (g/2) H h'^2 of the potential with lambda_7 = lambda_4' = 0 (Appendix B).

    With these two zero, V holds lambda_2' v' H3^3 + (lambda_5' v / 2) H2 H3^2, and both couplings follow from the
    masses and the mixing: g = -sin(d) cos^2(d) (m_H^2 + 2 m_h'^2) / v'. The paper omits this decay.
    """
    s, c2 = params["sin_delta"], 1 - params["sin_delta"] ** 2
    return -s * c2 * (params["m_H"] ** 2 + 2 * params["m_hprime"] ** 2) / dark_vev(params)


def partial_widths(scalar: Scalar, params: Params, variant: Variant = "corrected") -> dict[str, Any]:
    """Widths [GeV] of h' or H: ``ee``, ``mumu``, ``zprime_zprime``, ``hprime_hprime``.

    ``variant="as_printed"`` takes e+e- for the only decay, as the paper does.
    """
    mass, doublet = scalar_mass(scalar, params), doublet_fraction(scalar, params)
    found = {"ee": widths.to_leptons(mass, params["y_e"] * doublet, ELECTRON_MASS)}
    if variant == "as_printed":
        return found
    found["mumu"] = widths.to_leptons(mass, params["y_mu"] * doublet, MUON_MASS)
    vertex = 2 * params["g_d"] * params["m_zprime"] * singlet_fraction(scalar, params)
    found["zprime_zprime"] = widths.to_vectors(mass, vertex, params["m_zprime"])
    if scalar == "H":
        found["hprime_hprime"] = widths.to_scalars(mass, cubic_coupling(params), params["m_hprime"])
    return found


def branching_to_ee(scalar: Scalar, params: Params, variant: Variant = "corrected") -> Any:
    """BR(phi -> e+e-); zero for a scalar that does not decay."""
    found = partial_widths(scalar, params, variant)
    width = sum(found.values())
    return found["ee"] / jnp.where(width > 0, width, 1.0)


def lifetime(scalar: Scalar, params: Params, variant: Variant = "corrected") -> Any:
    """Lifetime [s]."""
    return HBAR_GEV_S / sum(partial_widths(scalar, params, variant).values())


def decay_length(scalar: Scalar, params: Params, variant: Variant = "corrected") -> Any:
    """Decay length c tau [m]."""
    return SPEED_OF_LIGHT_M_S * lifetime(scalar, params, variant)
