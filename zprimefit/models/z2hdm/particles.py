"""The light particles of arXiv:2006.01948 as experiments ask for them."""

from typing import Any

from zprimefit.models.particles import HeavyNeutrino, LightScalar, LightVector
from zprimefit.models.z2hdm import dark_neutrino, decays
from zprimefit.models.z2hdm.decays import SCALARS, Params, Scalar, Variant
from zprimefit.models.z2hdm.gauge import ELEMENTARY_CHARGE, INVISIBLE, GaugeSector, active_fraction

SEEN = {"ee": "ee", "mumu": "mumu", "pi0_gamma": "hadrons", "three_pions": "hadrons"}
"""Final state of the Z' -> name in :class:`LightVector`."""


def vector(params: Params, gauge: GaugeSector) -> LightVector:
    """The Z': baryon number, -3 L_tau where the group has it, the photon's charges by loops, dark neutrinos.

    Active neutrinos couple through their share of nu_d, |U_l4|^2 g_d (Eq. 27). nu_4 counts as invisible.
    """
    charge = ELEMENTARY_CHARGE * gauge.epsilon(params)
    g_b, g_d = params["g_B"], params["g_d"]
    tau = gauge.tau_charge * g_b
    couplings = {
        "e": -charge, "mu": -charge, "tau": tau - charge,
        "nu_e": g_d * params["U_e4_sq"], "nu_mu": g_d * params["U_mu4_sq"], "nu_tau": tau,
        "u": g_b / 3 + 2 * charge / 3, "d": g_b / 3 - charge / 3, "s": g_b / 3 - charge / 3,
        "proton": g_b + charge, "neutron": g_b,
    }  # fmt: skip
    partial = gauge.partial_widths(params)
    widths: dict[str, Any] = {"invisible": sum(partial[name] for name in INVISIBLE)}
    for name, state in SEEN.items():
        widths[state] = widths.get(state, 0.0) + partial[name]
    return LightVector(params["m_zprime"], widths, couplings)


def scalars(params: Params, variant: Variant) -> dict[str, LightScalar]:
    """Both scalars with the couplings of Eq. 26; Z'Z' counts as invisible."""
    return {scalar: _scalar(scalar, params, variant) for scalar in SCALARS}


def _scalar(scalar: Scalar, params: Params, variant: Variant) -> LightScalar:
    share = decays.doublet_fraction(scalar, params)
    yukawa = {"e": params["y_e"] * share, "mu": params["y_mu"] * share, "tau": params["y_tau"] * share}
    partial = dict(decays.partial_widths(scalar, params, variant))
    if "zprime_zprime" in partial:
        partial["invisible"] = partial.pop("zprime_zprime")
    return LightScalar(decays.scalar_mass(scalar, params), partial, yukawa)


def heavy_neutrino(params: Params, gauge: GaugeSector) -> HeavyNeutrino:
    """nu_4 with the coupling g^2 = g_d^2 |U_l4|^2 |U_d4|^2 of nu_l -> nu_4 at the Z' (Eq. 27), mixings and widths."""
    dark = params["g_d"] ** 2 * (1 - active_fraction(params))
    mixings = {"e": params["U_e4_sq"], "mu": params["U_mu4_sq"]}
    partial = dark_neutrino.partial_widths(params, gauge)
    return HeavyNeutrino(
        mass=params["m_nu4"],
        strengths={flavour: dark * mixing for flavour, mixing in mixings.items()},
        visible=dark_neutrino.visible_share(partial, params, gauge),
        mixings=mixings,
        width=sum(partial.values()),
    )
