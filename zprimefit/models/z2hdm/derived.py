"""Derived quantities of the light Z' + second Higgs doublet model (arXiv:2006.01948)."""

from functools import partial
from typing import Any

from zprimefit.models.z2hdm import decays
from zprimefit.models.z2hdm.decays import SCALARS, Scalar
from zprimefit.quantities import Quantity

LATEX = {"hprime": "{h'}", "H": "H"}


def derived_quantities(model: Any) -> tuple[Quantity, ...]:
    """All derived quantities of a :class:`~zprimefit.models.z2hdm.model.Z2HDM`."""
    found = [Quantity("v_prime_GeV", "GeV", "v'", "vacuum expectation value m_Z'/g_d (below Eq. 13)", decays.dark_vev)]
    for scalar in SCALARS:
        found += _of_scalar(model, scalar)
    found.append(
        Quantity(
            "rate_coupling",
            "1",
            r"g_B^2 g_d^4 |U_{\mu 4}|^2 \cos^2\delta",
            "product of couplings that the h' rate is proportional to",
            partial(model.rate_coupling, scalar="hprime"),
        )
    )
    for lepton, latex in (("mu", r"\mu"), ("e", "e")):
        meaning = f"contribution of h' and H to the anomalous moment of {lepton} (Eqs. 33, 34)"
        moment = partial(model.delta_a, lepton)
        found.append(Quantity(f"delta_a_{lepton}", "1", rf"\Delta a_{latex}", meaning, moment))
    return tuple(found)


def _of_scalar(model: Any, scalar: Scalar) -> list[Quantity]:
    symbol = LATEX[scalar]

    def yukawa(name: str) -> Any:
        return lambda params: params[name] * decays.doublet_fraction(scalar, params)

    def of(function: Any) -> Any:
        return lambda params: function(scalar, params, model.variant)

    return [
        Quantity(f"y_e_{scalar}", "1", f"y_e^{symbol}", "coupling to electrons (Eq. 26)", yukawa("y_e")),
        Quantity(f"y_mu_{scalar}", "1", rf"y_\mu^{symbol}", "coupling to muons (Eq. 26)", yukawa("y_mu")),
        Quantity(f"tau_{scalar}_s", "s", rf"\tau_{symbol}", "lifetime", of(decays.lifetime)),
        Quantity(f"ctau_{scalar}_m", "m", rf"c\tau_{symbol}", "decay length at rest", of(decays.decay_length)),
        Quantity(
            f"br_{scalar}_ee",
            "1",
            rf"\mathrm{{BR}}({symbol}\to e^+e^-)",
            "branching ratio to e+e-",
            of(decays.branching_to_ee),
        ),
    ]
