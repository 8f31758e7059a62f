"""Parameter card of the light Z' + second Higgs doublet model (arXiv:2006.01948)."""

from typing import TYPE_CHECKING, Any

from zprimefit.constants import HIGGS_MASS, HIGGS_VEV
from zprimefit.models import card
from zprimefit.models.card import Card, Decay, Entry, entries, parameter_block
from zprimefit.models.z2hdm import dark_neutrino, decays, potential, scalar_sector
from zprimefit.models.z2hdm.decays import Params, Scalar

if TYPE_CHECKING:
    from zprimefit.models.z2hdm.model import Z2HDM

SCALAR_CODES: dict[Scalar, int] = {"hprime": card.LIGHT_SCALAR, "H": card.HEAVY_SCALAR}
FERMIONS = {11: "e", 13: "mu", 15: "tau", 12: "nu_e", 14: "nu_mu", 16: "nu_tau", 2: "u", 1: "d", 3: "s"}
NOTES = (
    "A has no decay table, and h only widths in HIGGSWIDTHS: the model knows no others",
    "H+: the leptonic width is summed over flavours and stands as mu+ nu_mu",
)


def parameter_card(model: "Z2HDM", params: Params) -> Card:
    """Masses, mixings, couplings, widths and branching ratios at a point."""
    return Card(
        model=model.name,
        blocks={
            "ZPARAMETERS": parameter_block(model.parameters, params),
            "MASS": _masses(params),
            "HMIX": _mixing(params),
            "ZPGAUGE": entries(
                {
                    1: (params["g_B"], "g_B, coupling to baryon number"),
                    2: (params["g_d"], "g_d, coupling to the dark neutrino"),
                    3: (model.gauge.epsilon(params), "epsilon, kinetic mixing with the photon (Eq. 4)"),
                }
            ),
            "ZPVECTOR": _vector(model, params),
            "NUMIX": entries(
                {
                    (1, 4): (params["U_e4_sq"], "|U_e4|^2"),
                    (2, 4): (params["U_mu4_sq"], "|U_mu4|^2"),
                }
            ),
            "SCALARYUKAWA": _yukawas(params),
            "QUARTICS": _quartics(params),
            "ANOMALOUSMOMENTS": entries(
                {
                    11: (model.delta_a("e", params), "Delta a_e, contribution of h' and H"),
                    13: (model.delta_a("mu", params), "Delta a_mu, contribution of h' and H"),
                }
            ),
            "HIGGSWIDTHS": _higgs(params),
        },
        decays=_decays(model, params),
        notes=NOTES,
    )


def _masses(params: Params) -> tuple[Entry, ...]:
    names = {
        card.ZPRIME: "m_zprime",
        card.LIGHT_SCALAR: "m_hprime",
        card.HEAVY_SCALAR: "m_H",
        card.PSEUDOSCALAR: "m_A",
        card.CHARGED_HIGGS: "m_Hpm",
        card.NU4: "m_nu4",
    }
    found = {code: (params[name], f"{name} [GeV]") for code, name in names.items()}
    return entries({card.HIGGS: (HIGGS_MASS, "m_h [GeV]"), **found})


def _mixing(params: Params) -> tuple[Entry, ...]:
    return entries(
        {
            1: (params["sin_delta"], "sin(delta), h' in the second doublet (Eq. 26)"),
            2: (decays.cos_delta(params), "cos(delta)"),
            3: (HIGGS_VEV, "v [GeV]"),
            4: (potential.dark_vev(params), "v' [GeV], of the singlet"),
        }
    )


def _vector(model: "Z2HDM", params: Params) -> tuple[Entry, ...]:
    vector = model.vector(params)
    return entries(
        {
            code: (vector.coupling(name)[0], f"Z' coupling of {name}, {_structure(name)}")
            for code, name in FERMIONS.items()
        }
    )


def _structure(name: str) -> str:
    return "left-handed" if name.startswith("nu") else "vector"


def _yukawas(params: Params) -> tuple[Entry, ...]:
    y_etau, y_taue = scalar_sector.flavour_couplings(params)
    found: dict[tuple[int, ...], tuple[Any, str]] = {}
    for scalar, code in SCALAR_CODES.items():
        share = decays.doublet_fraction(scalar, params)
        for lepton, name in ((11, "e"), (13, "mu"), (15, "tau")):
            found[code, lepton, lepton] = (params[f"y_{name}"] * share, f"{scalar} {name} {name}")
        found[code, 11, 15] = (y_etau * share, f"{scalar} e tau, of equal size where only the product is known")
        found[code, 15, 11] = (y_taue * share, f"{scalar} tau e")
    return entries(found)


def _quartics(params: Params) -> tuple[Entry, ...]:
    found = potential.quartics(params)
    plain = {1: "l1", 2: "l2", 3: "l3", 4: "l4", 5: "l5", 7: "l7"}
    primed = {12: "l2p", 14: "l4p", 15: "l5p"}
    return entries(
        {i: (getattr(found, name), f"lambda_{i}") for i, name in plain.items()}
        | {i: (getattr(found, name), f"lambda_{i - 10}'") for i, name in primed.items()}
    )


def _higgs(params: Params) -> tuple[Entry, ...]:
    states = {
        "HH": (card.HEAVY_SCALAR, card.HEAVY_SCALAR),
        "hprime_hprime": (card.LIGHT_SCALAR, card.LIGHT_SCALAR),
        "H_hprime": (card.HEAVY_SCALAR, card.LIGHT_SCALAR),
    }
    widths = decays.higgs_widths(params)
    return entries({states[name]: (width, f"width of h -> {name} [GeV]") for name, width in widths.items()})


def _decays(model: "Z2HDM", params: Params) -> tuple[Decay, ...]:
    scalars = [
        card.decay(code, decays.partial_widths(scalar, params, model.variant)) for scalar, code in SCALAR_CODES.items()
    ]
    return (
        card.decay(card.ZPRIME, model.gauge.partial_widths(params)),
        *scalars,
        card.neutrino_decay(
            card.NU4, dark_neutrino.partial_widths(params, model.gauge), params["U_e4_sq"], params["U_mu4_sq"]
        ),
        card.decay(card.CHARGED_HIGGS, scalar_sector.charged_widths(params)),
    )
