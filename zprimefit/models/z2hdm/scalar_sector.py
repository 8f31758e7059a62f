"""The scalar sector of arXiv:2006.01948 as flavour, electroweak and Higgs measurements ask for it."""

from typing import Any

import jax.numpy as jnp

from zprimefit.constants import HIGGS_VEV, W_MASS
from zprimefit.models.higgs import HiggsDecays, photon_ratio
from zprimefit.models.lepton_flavour import FlavourScalar
from zprimefit.models.oblique import ScalarDoublet
from zprimefit.models.particles import LightScalar
from zprimefit.models.z2hdm import decays
from zprimefit.models.z2hdm.decays import SCALARS, Params
from zprimefit.models.z2hdm.potential import quartics
from zprimefit.numerics.roots import positive_root


def flavour_couplings(params: Params) -> tuple[Any, Any]:
    """(y_etau, y_taue) of the doublet: |y_etau| = |y_taue|, the weakest case where only the product is known."""
    product = params["y_etau_taue"]
    size = positive_root(jnp.abs(product))
    return size, jnp.where(product < 0, -size, size)


def flavour_scalars(params: Params, particles: dict[str, LightScalar]) -> dict[str, FlavourScalar]:
    """Both scalars with y_etau and y_taue (Eqs. 25, 26), from the same without."""
    y_etau, y_taue = flavour_couplings(params)
    found: dict[str, FlavourScalar] = {}
    for scalar in SCALARS:
        share = decays.doublet_fraction(scalar, params)
        found[scalar] = FlavourScalar(particles[scalar], {("e", "tau"): y_etau * share, ("tau", "e"): y_taue * share})
    return found


def doublet(params: Params) -> ScalarDoublet:
    """H+-, A and the shares sin^2(delta) of h' and cos^2(delta) of H (Eq. 26), with the widths of H+-."""
    even = tuple((decays.scalar_mass(s, params), decays.doublet_fraction(s, params) ** 2) for s in SCALARS)
    return ScalarDoublet(params["m_Hpm"], params["m_A"], even, charged_widths(params))


def charged_widths(params: Params) -> dict[str, Any]:
    """Widths of H+- [GeV]: ``lepton_neutrino`` summed over flavours, and W with each light scalar.

    Gamma(H+ -> l_j+ nu_i) = y_ij^2 m / (8 pi), from Eq. 22; Gamma(H+ -> W+ phi) = c^2 m^3 / (16 pi v^2)
    lambda(1, m_W^2/m^2, m_phi^2/m^2)^(3/2), with c the amplitude of the doublet in phi. A is not lighter than H+-
    by more than m_W where T is small, and is left out.
    """
    mass = params["m_Hpm"]
    # y_etau^2 + y_taue^2 with equal sizes
    squares = params["y_e"] ** 2 + params["y_mu"] ** 2 + params["y_tau"] ** 2 + 2 * jnp.abs(params["y_etau_taue"])
    found = {"lepton_neutrino": squares * mass / (8 * jnp.pi)}
    for scalar in SCALARS:
        light = decays.scalar_mass(scalar, params)
        kallen = (1 - ((W_MASS + light) / mass) ** 2) * (1 - ((W_MASS - light) / mass) ** 2)
        phase_space = positive_root(jnp.where(mass > W_MASS + light, kallen, 0.0)) ** 3
        share = decays.doublet_fraction(scalar, params) ** 2
        found[f"W_{scalar}"] = share * mass**3 / (16 * jnp.pi * HIGGS_VEV**2) * phase_space
    return found


def higgs_decays(params: Params, particles: dict[str, LightScalar]) -> HiggsDecays:
    """Decays of h to the light scalars, and to two photons with H+- in the loop.

    A scalar is invisible where it decays to Z' Z', and the Z' as it does; H also by two such h', and h' by two H.
    """
    widths = decays.higgs_widths(params)
    unseen = {name: particles[name].branching("invisible") for name in SCALARS}
    unseen = {
        "hprime": unseen["hprime"] + particles["hprime"].branching("HH") * unseen["H"] ** 2,
        "H": unseen["H"] + particles["H"].branching("hprime_hprime") * unseen["hprime"] ** 2,
    }
    invisible = (
        widths["HH"] * unseen["H"] ** 2
        + widths["hprime_hprime"] * unseen["hprime"] ** 2
        + widths["H_hprime"] * unseen["H"] * unseen["hprime"]
    )
    return HiggsDecays(widths, invisible, photon_ratio(quartics(params).l3, params["m_Hpm"]))
