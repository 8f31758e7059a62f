"""Parameter card of the BLSM with inverse seesaw (paper B)."""

from typing import TYPE_CHECKING, Any

from zprimefit.constants import HIGGS_MASS, HIGGS_VEV
from zprimefit.models import card
from zprimefit.models.blsm import decays, gauge, higgs, neutrinos
from zprimefit.models.blsm.neutrinos import HEAVY
from zprimefit.models.card import Card, Entry, entries, parameter_block

if TYPE_CHECKING:
    from zprimefit.models.blsm.model import BLSM

HEAVY_CODES = {"nu4": card.NU4, "nu5": card.NU5}
FERMIONS = {11: "e", 13: "mu", 15: "tau", 2: "u", 1: "d", 3: "s"}
STATES = {12: "nu_e", 14: "nu_mu", 16: "nu_tau", card.NU4: "nu4", card.NU5: "nu5"}
FLAVOUR_ROWS = {1: "e", 2: "mu", 3: "tau"}
NOTES = ("h has no decay table, but widths in HIGGSWIDTHS: the model knows no others",)


def parameter_card(model: "BLSM", params: Any) -> Card:
    """Masses, mixings, couplings, widths and branching ratios at a point."""
    v_prime = gauge.singlet_vev(params["m_zprime"], params["g_BL"], params["g_tilde"])
    return Card(
        model=model.name,
        blocks={
            "ZPARAMETERS": parameter_block(model.parameters, params),
            "MASS": entries(
                {
                    card.HIGGS: (HIGGS_MASS, "m_h [GeV]"),
                    card.ZPRIME: (params["m_zprime"], "m_zprime [GeV]"),
                    **{
                        code: (params[decays.MASSES[n]], f"{decays.MASSES[n]} [GeV]") for n, code in HEAVY_CODES.items()
                    },
                }
            ),
            "ZPGAUGE": entries(
                {
                    1: (params["g_BL"], "g_BL, coupling to B - L"),
                    2: (params["g_tilde"], "g_tilde, gauge kinetic mixing"),
                    3: (model.gauge.theta_prime(params), "theta', Z-Z' mixing angle"),
                }
            ),
            "VEVS": entries({1: (HIGGS_VEV, "v [GeV]"), 2: (v_prime, "v' [GeV], of chi")}),
            "NUMIX": entries(
                {
                    (row, int(heavy[-1])): (params[name], f"|theta|^2, share of nu_{flavour} in {heavy}")
                    for heavy in HEAVY
                    for (row, flavour), name in zip(FLAVOUR_ROWS.items(), neutrinos.MIXINGS[heavy], strict=True)
                }
            ),
            "ZPVECTOR": _couplings(model, params, 0),
            "ZPAXIAL": _couplings(model, params, 1),
            "ZPNEUTRINO": _neutrinos(model, params),
            "ANOMALOUSMOMENTS": entries(
                {
                    11: (model.delta_a("e", params), "Delta a_e, contribution of the Z'"),
                    13: (model.delta_a("mu", params), "Delta a_mu, contribution of the Z'"),
                }
            ),
            "HIGGSWIDTHS": entries({1: (higgs.to_heavy_neutrinos(params), "width of h -> nu nu4, nu nu5 [GeV]")}),
        },
        decays=(
            card.decay(card.ZPRIME, decays.zprime_widths(params, model.gauge)),
            *(_heavy(model, params, heavy) for heavy in HEAVY),
        ),
        notes=NOTES,
    )


def _heavy(model: "BLSM", params: Any, heavy: str) -> card.Decay:
    electron, muon, _ = (params[name] for name in neutrinos.MIXINGS[heavy])
    widths = decays.heavy_widths(heavy, params, model.gauge)
    return card.neutrino_decay(HEAVY_CODES[heavy], widths, electron, muon)


def _couplings(model: "BLSM", params: Any, which: int) -> tuple[Entry, ...]:
    kind = ("vector", "axial")[which]
    return entries(
        {
            code: (model.gauge.couplings(name, params)[which], f"{kind} coupling of {name}")
            for code, name in FERMIONS.items()
        }
    )


def _neutrinos(model: "BLSM", params: Any) -> tuple[Entry, ...]:
    return entries(
        {
            (first, second): (
                neutrinos.coupling(STATES[first], STATES[second], params, model.gauge),
                f"left-handed coupling of {STATES[first]} and {STATES[second]}",
            )
            for first in STATES
            for second in STATES
            if list(STATES).index(second) >= list(STATES).index(first)
        }
    )
