"""Widths of nu_4, a Dirac fermion that is dark but for |U_e4|^2 and |U_mu4|^2 (arXiv:2006.01948, Eq. 27).

Three neutrinos come through the Z' and through the Z. Both couple nu_4 to one combination nu_D of light neutrinos, the
Z' only to it: g_d^2 U_d4* U_dD |U_dD|^2 against (g/2 c_W)^2 (-U_d4* U_dD) (1 - |U_dD|^2), so the two interfere
destructively. With two identical nu_D the exchange diagram has the spinors of the direct one (Fierz), and

    |M|^2 = 8 (p4.p_nubar)(p1.p2) S (1 - S) {g_d^2 S [1/(m_Z'^2 - s1) + 1/(m_Z'^2 - s2)] - 2 sqrt(2) G_F (1 - S)}^2

with S = |U_e4|^2 + |U_mu4|^2. In U(1)_{B-3L_tau} the charge of nu_tau adds -3 g_B g_d / (m_Z'^2 - s) to the amplitude
of nu_D nu_tau nubar_tau, ten times g_d^2 S at the benchmark. Pairs e+ e- come through W and Z, and through the kinetic
mixing of the Z', which adds g_d e epsilon / (2 sqrt(2) G_F m_Z'^2) to both chiral couplings of the electron. The signs
of these two are those of Eqs. 3, 5 and 6; Eq. 27 has the other sign of g_d, which would turn both interferences round.
Where m_nu4 > m_Z' the Z' is real, and counts as nu Z' alone.
"""

from collections.abc import Mapping
from functools import partial
from math import pi, sqrt
from typing import Any

import jax
import jax.numpy as jnp

from zprimefit.constants import (
    FERMI_CONSTANT,
    HBAR_GEV_S,
    SPEED_OF_LIGHT_M_S,
)
from zprimefit.models.weak_decays import (
    electron_pair,
    muon_like_width,
    three_neutrino_rule,
    with_photon_muon_or_pion,
)
from zprimefit.models.z2hdm.gauge import ELEMENTARY_CHARGE, INVISIBLE, GaugeSector, active_fraction
from zprimefit.models.z2hdm.potential import Params
from zprimefit.numerics.slopes import with_own_slopes

CHANNELS = ("nu_zprime", "three_nu", "nu_ee", "nu_gamma", "nu_e_mu", "nu_pi0", "e_pi")
VISIBLE = ("nu_gamma", "nu_ee", "nu_e_mu", "nu_pi0", "e_pi")
"""Final states with something that a detector sees; nu Z' is one as far as the Z' decays visibly."""


def partial_widths(params: Params, gauge: GaugeSector) -> dict[str, Any]:
    """Widths [GeV] by final state, see :data:`CHANNELS`."""
    return {
        "nu_zprime": to_zprime(params),
        "three_nu": to_three_neutrinos(params, gauge.tau_charge),
        "nu_ee": to_electron_pair(params, gauge.epsilon(params)),
        **with_photon_muon_or_pion(params["m_nu4"], {"e": params["U_e4_sq"], "mu": params["U_mu4_sq"]}),
    }


def to_zprime(params: Params) -> Any:
    """Gamma(nu_4 -> nu Z') = g_d^2 S (1 - S) m_nu4^3 / (32 pi m_Z'^2) (1 - x)^2 (1 + 2x), x = m_Z'^2 / m_nu4^2."""
    mass, x, mixing = params["m_nu4"], params["m_zprime"] ** 2 / params["m_nu4"] ** 2, active_fraction(params)
    shape = jnp.maximum(1 - x, 0.0) ** 2 * (1 + 2 * x)
    return params["g_d"] ** 2 * mixing * (1 - mixing) * mass / (32 * pi * x) * shape


THREE_NEUTRINO_INPUTS = ("m_nu4", "m_zprime", "g_d", "g_B", "U_mu4_sq", "U_e4_sq")


def to_three_neutrinos(params: Params, tau_charge: int = 0, nodes: int = 24) -> Any:
    """Gamma(nu_4 -> nu nu nubar) through Z and Z', exact in the propagators of the Z' [GeV].

    Parameters
    ----------
    params : values by name.
    tau_charge : charge of nu_tau, in units of g_B.
    nodes : nodes in each of s(nu nu) and the share of s(nu nubar).
    """
    # Only what it takes: whoever watches which parameters are read sees these.
    return _to_three_neutrinos({name: params[name] for name in THREE_NEUTRINO_INPUTS}, tau_charge, nodes)


@partial(jax.jit, static_argnames=("tau_charge", "nodes"))
def _to_three_neutrinos(params: dict[str, Any], tau_charge: int, nodes: int) -> Any:
    mass, mixing, g_d = params["m_nu4"], active_fraction(params), params["g_d"]
    one, both, square, squares = with_own_slopes(partial(_pole_moments, nodes))(params["m_zprime"] ** 2 / mass**2)
    unit, weak = g_d / mass**2, sqrt(2) * FERMI_CONSTANT
    # identical nu_D: half of both halves; nu_tau: each half its own
    ours, sm, tau = unit * g_d * mixing, 2 * weak * (1 - mixing), unit * tau_charge * params["g_B"]
    summed = ours**2 * square - 2 * ours * sm * both + sm**2 * one
    summed += tau**2 * squares - 2 * tau * weak * both + 2 * weak**2 * one
    # nu_D with a pair of the third light neutrino: a quarter of a muon's width
    return mixing * (1 - mixing) * (mass**5 * summed + muon_like_width(mass) / 4)


def _pole_moments(nodes: int, ratio: Any) -> Any:
    """Integrals of 1, the sum of both poles of :func:`three_neutrino_rule`, its square, and the sum of squares."""
    (first, second), weight = three_neutrino_rule(ratio, nodes)
    both = first + second
    return jnp.stack([jnp.sum(weight * part) for part in (jnp.ones_like(both), both, both**2, first**2 + second**2)])


def to_electron_pair(params: Params, epsilon: Any) -> Any:
    """Gamma(nu_4 -> nu e+ e-) [GeV]; a Z' lighter than nu_4 stays at the edge, as in :func:`to_three_neutrinos`."""
    extra = params["g_d"] * ELEMENTARY_CHARGE * epsilon / (2 * sqrt(2) * FERMI_CONSTANT * params["m_zprime"] ** 2)
    mixings = {"e": params["U_e4_sq"], "mu": params["U_mu4_sq"]}
    return electron_pair(params["m_nu4"], mixings, (extra, extra), params["m_nu4"] ** 2 / params["m_zprime"] ** 2)


def total_width(params: Params, gauge: GaugeSector) -> Any:
    """Total width [GeV]."""
    return sum(partial_widths(params, gauge).values())


def visible_branching(params: Params, gauge: GaugeSector) -> Any:
    """Share of decays with a photon, charged lepton or pion; zero without any width."""
    return visible_share(partial_widths(params, gauge), params, gauge)


def visible_share(found: Mapping[str, Any], params: Params, gauge: GaugeSector) -> Any:
    """:func:`visible_branching` where the :func:`partial_widths` are known."""
    zprime = gauge.partial_widths(params)
    hidden = sum(zprime[name] for name in INVISIBLE) / sum(zprime.values())
    seen = sum(found[name] for name in VISIBLE) + found["nu_zprime"] * (1 - hidden)
    total = sum(found.values())
    return jnp.where(total > 0, seen / jnp.where(total > 0, total, 1.0), 0.0)


def lifetime(params: Params, gauge: GaugeSector) -> Any:
    """Lifetime [s]."""
    return HBAR_GEV_S / total_width(params, gauge)


def decay_length(params: Params, gauge: GaugeSector) -> Any:
    """Decay length c tau [m]."""
    return SPEED_OF_LIGHT_M_S * lifetime(params, gauge)
