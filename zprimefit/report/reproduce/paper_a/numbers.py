"""Every number that arXiv:2006.01948 prints about its model and MiniBooNE, computed again.

``as_printed`` is what the paper's own formula or reading gives, ``corrected`` what the model gives; the table
``z2hdm-2020/printed_numbers`` holds what is printed, where, the interval that it stands for, and the reason of a
difference.
"""

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import MODES, bnb_flux, moment_references, published_inputs, read_table, view_sample
from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.elsewhere import (
    Prediction,
    energy_for_length,
    karmen_prediction,
    lsnd_prediction,
    nd280_prediction,
    off_target_prediction,
)
from zprimefit.likelihoods.miniboone.acceptance import accepted_fraction
from zprimefit.likelihoods.miniboone.double_production import double_production_events
from zprimefit.likelihoods.miniboone.response import energy_nodes
from zprimefit.likelihoods.miniboone.statistic import GaussianStatistic
from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm.potential import LightEntries, light_spectrum
from zprimefit.report.reproduce.printed import Number, Pair, Parts, Tell, compute

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE: Final = "z2hdm-2020/printed_numbers"


class Benchmark:
    """The point of Table I, in the model as corrected and as printed; what is costly is computed once."""

    def __init__(self) -> None:
        self.model, self.printed = Z2HDM(), Z2HDM(variant="as_printed")
        self.params = self.model.benchmark()

    def both(self, name: str, params: dict[str, float] | None = None) -> Pair:
        """A derived quantity by name in both variants."""
        at = self.params if params is None else params
        first, second = (
            next(float(q(at)) for q in model.quantities if q.name == name) for model in (self.printed, self.model)
        )
        return first, second


def _appendix_a() -> dict[str, Pair]:
    """Masses and mixing from the printed entries of Eq. A2: (102 MeV)^2, -(53.8 MeV)^2, (37 MeV)^2."""
    entries = {row["name"]: row["value"] for row in read_table("z2hdm-2020/appendix_a").frame.to_dict("records")}
    squares = (entries["m_H_bar"] ** 2, -(entries["mixed"] ** 2), entries["singlet"] ** 2)
    m_heavy, m_light, sine = (float(x) for x in light_spectrum(LightEntries(*squares)))
    return {"m_H": (m_heavy, m_heavy), "m_hprime": (m_light, m_light), "sin_delta": (sine, sine)}


def _couplings(point: Benchmark) -> dict[str, Pair]:
    names = ("y_e_hprime", "y_e_H", "y_mu_hprime", "y_mu_H")
    found = {name: point.both(name) for name in names}
    found["tau_hprime"], found["ctau_hprime"] = point.both("tau_hprime_s"), point.both("ctau_hprime_m")
    found["br_zprime_invisible"] = point.both("br_zprime_invisible")
    found["nu4_visible"] = point.both("br_nu4_visible")
    first, second = point.both("epsilon_loop")
    found["epsilon_loop"] = (abs(first), abs(second))
    margins = [point.both(f"{name}_margin")[1] for name in ("b6", "b7", "b10")]
    found["vacuum_stability"] = (min(margins), point.both("vacuum_margin")[1])
    return found


def _moments(point: Benchmark) -> dict[str, Pair]:
    muon = {name: point.both(f"delta_a_mu_{name}") for name in ("hprime", "H")}
    ratio = tuple(a / b for a, b in zip(muon["hprime"], muon["H"], strict=True))
    tangent = point.params["sin_delta"] ** 2 / (1 - point.params["sin_delta"] ** 2)
    share = muon["hprime"][1] / (muon["hprime"][1] + muon["H"][1])
    no_tau = {**point.params, "y_etau_taue": 0.0}
    (reference,) = (r for r in moment_references("e") if r.name == "paperA")

    def product(variant: int) -> float:
        """|product| at which Delta a_e, linear in it, has its central value."""
        at_zero, at_point = (point.both("delta_a_e", p)[variant] for p in (no_tau, point.params))
        return abs(point.params["y_etau_taue"]) * (reference.value - at_zero) / (at_point - at_zero)

    return {
        "delta_a_mu": point.both("delta_a_mu"),
        "hprime_share_of_delta_a_mu": (ratio[0], share),
        "delta_a_mu_ratio": (tangent, ratio[1]),
        "delta_a_e": point.both("delta_a_e"),
        "delta_a_e_hprime_at_zero": point.both("delta_a_e_hprime", no_tau),
        "delta_a_e_H_at_zero": point.both("delta_a_e_H", no_tau),
        "y_etau_taue_for_the_centre": (product(0), product(1)),
    }


def _potential(point: Benchmark) -> dict[str, Pair]:
    lightest = point.both("lambda_5", {**point.params, "m_A": 110.0, "m_Hpm": 110.0})
    # m_A^2 = m_H_bar^2 - lambda_5 v^2: the slope is that of any two points
    at = point.params["m_A"]
    scale = at / math.sqrt(abs(point.both("lambda_5")[1]))
    heaviest = scale * (4 * math.pi) ** 0.25
    return {"m_Hpm_largest": (heaviest, heaviest), "lambda_5_smallest": (abs(lightest[0]), abs(lightest[1]))}


def _miniboone(point: Benchmark) -> dict[str, Pair]:
    opening = MiniBooNE(acceptance="opening", modes=("fhc",))
    table = opening.events(point.printed, point.params)

    def total(scalar: str, step: str) -> float:
        return sum(row[step] for (_, name, _), row in table.items() if name == scalar)

    heavy = total("H", "selected") / total("H", "efficiency")
    beside = total("H", "selected") / total("hprime", "selected")
    branching = point.both("br_H_ee")[1]
    e_vis, weight = energy_nodes()
    tracks = np.asarray(accepted_fraction("eq32", e_vis + 2 * ELECTRON_MASS, point.params["m_hprime"]))
    moving = e_vis + 2 * ELECTRON_MASS > point.params["m_hprime"]
    always = float((tracks * weight)[moving].sum() / weight[moving].sum())
    evis = MiniBooNE(view="evis", modes=("fhc",), statistic="poisson-pulls")
    sample = view_sample("evis", "fhc")
    inside = (evis.edges[:-1] > 0.099) & (evis.edges[1:] < 0.701)
    excess, counts = sample.data - sample.background, evis.predict(point.model, point.params)["fhc"]
    in_data, in_model = (float(c[inside].sum() / c.sum()) for c in (excess, counts))
    return {
        "H_one_ring": (heavy, heavy),
        "H_to_hprime_events": (beside, beside * branching),
        "hprime_track_below_30MeV": (always, always),
        "excess_100_to_700_MeV": (in_data, in_data),
        "signal_100_to_700_MeV": (in_model, in_model),
        "double_production": _double(point, total("hprime", "produced")),
    }


def _double(point: Benchmark, single: float) -> Pair:
    quartic, complete = (
        sum(
            number.events
            for number in double_production_events(
                point.model, point.params, ("hprime", "hprime"), modes=("fhc",), amplitude=amplitude
            ).values()
        )
        for amplitude in ("quartic", "complete")
    )
    return quartic / single, complete / single


def _data() -> dict[str, Pair]:
    released = GaussianStatistic(MODES, "released", 0.0, log_determinant=False)
    excess, covariance = released.constrained_excess()
    error = np.sqrt(np.diag(covariance))
    significance = float(excess.sum() / np.sqrt(covariance.sum()))
    found: dict[str, Pair] = {"excess_significance": (significance, significance)}
    for i, mode in enumerate(MODES):
        found[f"excess_{mode}"] = (float(excess[i]), float(excess[i]))
        found[f"excess_{mode}_error"] = (float(error[i]), float(error[i]))
    for lepton in ("mu", "e"):
        (reference,) = (r for r in moment_references(lepton) if r.name == "paperA")
        pull = abs(reference.value) / reference.sigma
        found[f"delta_a_{lepton}_significance"] = (pull, pull)
    for name, mode in (("numu", "fhc"), ("numubar", "rhc")):
        flux = bnb_flux(mode)
        k = int(np.argmax(getattr(flux, name)))
        peak = float(flux.edges[k] + flux.edges[k + 1]) / 2
        found[f"flux_peak_{name}"] = (peak, peak)
    return found


def _elsewhere(point: Benchmark) -> dict[str, Pair]:
    predictions: dict[str, Callable[[Z2HDM, dict[str, float]], Prediction]] = {
        "off_target_events": off_target_prediction,
        "lsnd_events": lsnd_prediction,
        "karmen_events": karmen_prediction,
        "nd280_pairs": nd280_prediction,
    }
    values = {name: predict(point.model, point.params).value for name, predict in predictions.items()}
    length = published_inputs("z2hdm-2020/double_bang")["deepcore_length"].value
    values["double_bang_energy"] = float(energy_for_length(point.model, point.params, length=length))
    return {name: (value, value) for name, value in values.items()}


PARTS: Final[Parts[Benchmark]] = {
    "Appendix A": lambda _: _appendix_a(),
    "couplings, lifetimes and branching ratios": _couplings,
    "anomalous moments": _moments,
    "potential": _potential,
    "data of MiniBooNE": lambda _: _data(),
    "events in MiniBooNE": _miniboone,
    "other experiments": _elsewhere,
}


def printed_numbers(tell: Tell | None = None) -> tuple[Number, ...]:
    """All of them, in the order of the table."""
    return compute(TABLE, PARTS, Benchmark(), tell)
