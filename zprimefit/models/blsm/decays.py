"""Widths of the BLSM's Z' and of its heavy neutrinos, taken as Dirac neutrinos (mu_s -> 0).

With L = Z'_mu n-bar gamma^mu (C_L P_L + C_R P_R) N and x = m_n^2/m_N^2, r = M^2/m_N^2,

    Gamma(N -> n Z') = sqrt(lambda(1, x, r)) m_N/(32 pi) {(C_L^2 + C_R^2) [1 + x - 2r + (1 - x)^2/r]
                       - 12 C_L C_R sqrt(x)},

C_R = 0 between different states. Where the Z' is heavier, three-body decays through it interfere with those through W
and Z: N couples to one combination nu_A of light neutrinos by theta, through the Z with g_Z/2 and through the Z' with
q_nu - q_S, so that -sqrt(2) G_F becomes -sqrt(2) G_F + (q_S - q_nu) q_nu/(M^2 - s) for neutrinos, and a charged
lepton's g_L,R grow by (q_nu - q_S) C_L,R / (2 sqrt(2) G_F (M^2 - s)). With the charges of B - L both are destructive
against the neutral current of neutrinos.
"""

from functools import partial
from math import pi, sqrt
from typing import Any, Final

import jax
import jax.numpy as jnp

from zprimefit.constants import FERMI_CONSTANT, LEPTON_MASSES
from zprimefit.models import widths
from zprimefit.models.blsm import neutrinos
from zprimefit.models.blsm.gauge import GaugeSector
from zprimefit.models.blsm.neutrinos import FLAVOURS, HEAVY, MIXINGS
from zprimefit.models.particles import LEPTONS, QUARKS
from zprimefit.models.reference import hadronic_widths
from zprimefit.models.weak_decays import (
    electron_pair,
    three_neutrino_rule,
    with_photon_muon_or_pion,
)
from zprimefit.numerics.roots import positive_root

MASSES: Final = {heavy: f"m_{heavy}" for heavy in HEAVY}
"""Heavy neutrino -> parameter that is its mass."""
VISIBLE: Final = ("nu_ee", "nu_gamma", "nu_e_mu", "nu_pi0", "e_pi")


def to_neutrino_and_vector(mass: Any, daughter: Any, vector: Any, left: Any, right: Any = 0.0) -> Any:
    """Gamma(N -> n Z') [GeV], see the module; zero where it is closed.

    Parameters
    ----------
    mass, daughter, vector : masses [GeV].
    left, right : couplings C_L, C_R.
    """
    x, r = daughter**2 / mass**2, vector**2 / mass**2
    open_ = mass > daughter + vector
    momentum = positive_root(jnp.where(open_, (1 - x - r) ** 2 - 4 * x * r, 0.0))
    shape = (left**2 + right**2) * (1 + x - 2 * r + (1 - x) ** 2 / r) - 12 * left * right * daughter / mass
    return momentum * mass / (32 * pi) * shape


def zprime_widths(params: Any, gauge: GaugeSector) -> dict[str, Any]:
    """Widths of the Z' [GeV]: lepton pairs, ``pipi`` and ``hadrons``, ``nu_nu``, and with heavy neutrinos."""
    mass = params["m_zprime"]
    found: dict[str, Any] = {}
    for lepton in LEPTONS:
        vector, axial = gauge.couplings(lepton, params)
        found[2 * lepton] = widths.vector_to_fermions(mass, vector, LEPTON_MASSES[lepton], axial)
    found |= hadronic_widths(mass, {quark: gauge.couplings(quark, params)[0] for quark in QUARKS})
    left, right = neutrinos.left_handed(params, gauge), neutrinos.right_handed(params, gauge)
    # a pair of different light neutrinos comes in both orders
    found["nu_nu"] = jnp.sum(widths.vector_to_left_handed(mass, left[:3, :3], 0.0))
    for k, heavy in enumerate(HEAVY, start=3):
        heavy_mass = params[MASSES[heavy]]
        found[f"{heavy}_nu"] = 2 * jnp.sum(widths.vector_to_left_handed(mass, left[:3, k], heavy_mass))
        vector, axial = (left[k, k] + right) / 2, (right - left[k, k]) / 2
        found[f"{heavy}_{heavy}"] = widths.vector_to_fermions(mass, vector, heavy_mass, axial)
    found["nu4_nu5"] = 2 * widths.vector_to_left_handed(mass, left[3, 4], params["m_nu4"], params["m_nu5"])
    return found


def heavy_widths(heavy: str, params: Any, gauge: GaugeSector) -> dict[str, Any]:
    """Widths of ``nu4`` or ``nu5`` [GeV] by final state.

    ``nu_zprime`` with a light neutrino, ``<other>_zprime`` with the other heavy one, ``three_nu``, ``nu_ee`` and others
    through W, Z and a Z' that is not real; lighter heavy neutrinos in three-body decays are left out.
    """
    mass, zprime = params[MASSES[heavy]], params["m_zprime"]
    (other,) = (name for name in HEAVY if name != heavy)
    left = neutrinos.left_handed(params, gauge)
    here, there = 3 + HEAVY.index(heavy), 3 + HEAVY.index(other)
    mixings = dict(zip(FLAVOURS, (params[name] for name in MIXINGS[heavy]), strict=True))
    active, _, sterile = gauge.neutrino_charges(params)
    vector, axial = gauge.couplings("e", params)
    unit = (active - sterile) / (2 * sqrt(2) * FERMI_CONSTANT * zprime**2)
    return {
        "nu_zprime": jnp.sum(to_neutrino_and_vector(mass, 0.0, zprime, left[here, :3])),
        f"{other}_zprime": to_neutrino_and_vector(mass, params[MASSES[other]], zprime, left[here, there]),
        "three_nu": three_neutrinos(mass, zprime, sum(mixings.values()), (sterile - active) * active),
        "nu_ee": electron_pair(mass, mixings, (unit * (vector - axial), unit * (vector + axial)), (mass / zprime) ** 2),
        **with_photon_muon_or_pion(mass, mixings),
    }


@partial(jax.jit, static_argnames="nodes")
def three_neutrinos(mass: Any, zprime: Any, mixing: Any, product: Any, nodes: int = 24) -> Any:
    """Gamma(N -> nu nu nubar) [GeV] through Z and a virtual Z', all flavours; theta^2 terms neglected beside 1.

    Parameters
    ----------
    mass, zprime : of N and of the Z' [GeV]; a Z' lighter than N stays at m_N, its pole counts as nu Z'.
    mixing : Sum_a |theta_a|^2.
    product : (q_S - q_nu) q_nu.
    nodes : in each of s(nu nu) and the share of s(nu nubar).
    """
    poles, weight = three_neutrino_rule(zprime**2 / mass**2, nodes)
    unit, weak = product / mass**2, sqrt(2) * FERMI_CONSTANT
    first, second = (unit * pole - weak for pole in poles)
    # identical neutrinos: half of both halves of the Dalitz plot, amplitudes added; the other two flavours: each half
    return mixing * mass**5 * jnp.sum(weight * ((first + second) ** 2 + 2 * (first**2 + second**2)))


def branching(found: dict[str, Any], *states: str) -> Any:
    """Share of some of these widths; zero without any width."""
    total = sum(found.values())
    chosen = sum((found[state] for state in states), jnp.zeros(()))
    return jnp.where(total > 0, chosen / jnp.where(total > 0, total, 1.0), 0.0)
