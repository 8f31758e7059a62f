"""Every number that paper B prints about its model, its limits and MiniBooNE, computed again.

``as_printed`` is what the paper's own formulas give at the values that it states, ``corrected`` what the model gives;
the table ``blsm-2022/printed_numbers`` holds what is printed, where, the interval that it stands for, and the reason
of a difference.
"""

import math
from typing import Final

from zprimefit.constants import AVOGADRO, HIGGS_VEV, NEUTRON_MOMENT, NUCLEONS_IN_CH2, PROTON_MOMENT
from zprimefit.datasets import dump_contour, miniboone_parameters, moment_references, vector_limit
from zprimefit.likelihoods.miniboone.beam import GRAMS_PER_TONNE, ch2_molecules
from zprimefit.models import BLSM
from zprimefit.models.blsm.gauge import G_Z, singlet_vev
from zprimefit.models.form_factors import CARBON_RANGES
from zprimefit.models.loops import vector_anomalous_moment, vector_anomalous_moment_light
from zprimefit.report.reproduce.paper_b.allowed import allowed_point
from zprimefit.report.reproduce.paper_b.miniboone import improvement
from zprimefit.report.reproduce.paper_b.moments import (
    coupling_for_moment,
    moment_range,
    vector_coupling_for_moment,
)
from zprimefit.report.reproduce.printed import Number, Pair, Parts, Tell, compute

TABLE: Final = "blsm-2022/printed_numbers"
ELECTRON_DUMPS: Final = ("e774", "kek", "orsay")
PROTON_DUMPS: Final = ("nomad", "charm_2012")
QUOTED_AXIAL: Final = 1.88e-4
"""C_A of the muon that section 4 quotes for theta' = 3e-3."""
AS_PRINTED, CORRECTED = "Eq. 21, theta' = 3e-3", "Eq. 20, consistent"


class Benchmarks:
    """Both benchmarks, in the model as printed and as corrected."""

    def __init__(self) -> None:
        self.models = (BLSM("as_printed"), BLSM())
        self.points = {name: self.models[0].benchmark(name) for name in self.models[0].benchmarks}

    def both(self, name: str, benchmark: str = "mz20") -> Pair:
        """A derived quantity by name."""
        at = self.points[benchmark]
        first, second = (next(float(q(at)) for q in m.quantities if q.name == name) for m in self.models)
        return first, second

    def coupling(self, name: str) -> Pair:
        """Size of a coupling at 20 MeV."""
        first, second = (abs(float(m.coupling(name, self.points["mz20"]))) for m in self.models)
        return first, second


def angle_of_equation_5(m_zprime: float, g_bl: float, g_tilde: float) -> float:
    """Theta' of Eq. 5 as printed, with v' of the mass [GeV] for |Q_BL| = 2 (16 (g_BL v'/v)^2 = X)."""
    vev = float(singlet_vev(m_zprime, g_bl, g_tilde))
    x = 4 * (g_bl * vev / HIGGS_VEV) ** 2
    return math.atan(2 * g_tilde * G_Z / (g_tilde + x - G_Z**2)) / 2


def _gauge(point: Benchmarks) -> dict[str, Pair]:
    at = point.points["mz20"]
    printed = angle_of_equation_5(at["m_zprime"], at["g_BL"], at["g_tilde"])
    vector, axial = (point.coupling(f"mu{kind}") for kind in ("", " axial"))
    electron = point.coupling("e")
    return {
        "theta_prime": (printed, point.both("zz_mixing_angle")[1]),
        "C_A_e_mz20": point.coupling("e axial"),
        "C_V_e_mz20": electron,
        "C_V_mu_mz20": vector,
        "C_A_over_C_V_mu_mz20": (axial[0] / vector[0], axial[1] / vector[1]),
        "C_nu_mz20": point.coupling("nu_mu"),
        "electron_to_muon_coupling": (electron[0] / vector[0], electron[1] / vector[1]),
    }


def _searches() -> dict[str, Pair]:
    babar, a1, delphi = (vector_limit(name).mass for name in ("babar_visible", "a1_2014", "delphi"))
    e141 = dump_contour("electron", "e141").mass
    electron = [dump_contour("electron", name).mass for name in ELECTRON_DUMPS]
    proton = [dump_contour("proton", name).mass for name in PROTON_DUMPS]
    values = {
        "babar_lowest_mass": babar[0],
        "babar_highest_mass": babar[-1],
        "a1_lowest_mass": a1[0],
        "a1_highest_mass": a1[-1],
        "e141_highest_mass": e141[-1],
        "electron_dumps_highest_mass": max(mass[-1] for mass in electron),
        "proton_dumps_lowest_mass": min(mass[0] for mass in proton),
        "delphi_lowest_mass": delphi[0],
    }
    return {name: (float(value), float(value)) for name, value in values.items()}


def _moments(point: Benchmarks) -> dict[str, Pair]:
    printed_axial = abs(float(point.models[0].coupling("mu axial", point.points["mz30"])))
    (measured,) = (r for r in moment_references("mu") if r.name == "paperB")
    significance = measured.value / measured.sigma
    found: dict[str, Pair] = {
        "delta_a_mu_significance": (significance, significance),
        "C_A_mu": (printed_axial, point.both("c_a_e", "mz30")[1]),
    }
    for end, value in zip(("low", "high"), moment_range(), strict=True):
        vector = (
            vector_coupling_for_moment(value, QUOTED_AXIAL, vector_anomalous_moment_light),
            vector_coupling_for_moment(value, 0.0, vector_anomalous_moment),
        )
        for mixing in ("1e-4", "0.1"):
            found[f"C_V_mu_{end}_gt{mixing}"] = vector
            found[f"g_BL_{end}_gt{mixing}"] = (
                coupling_for_moment(value, float(mixing), AS_PRINTED),
                coupling_for_moment(value, float(mixing), CORRECTED),
            )
    return found | {f"delta_a_mu_{name}": point.both("delta_a_mu", name) for name in point.points}


def _lifetimes(point: Benchmarks) -> dict[str, Pair]:
    found = {"tau_nu4": "tau_nu4_s", "ctau_nu4": "ctau_nu4_m", "tau_nu5": "tau_nu5_s", "tau_zprime": "tau_zprime_s"}
    found["br_nu5_nu4_zprime"] = "br_nu5_nu4_zprime"
    return {name: point.both(quantity) for name, quantity in found.items()}


def _detector() -> dict[str, Pair]:
    parameters = miniboone_parameters()
    grams = parameters["target_mass"] * GRAMS_PER_TONNE
    slope = 1 / (2 * CARBON_RANGES["helm"])
    values = {
        "pot": parameters["pot_fhc"],
        "a_p": PROTON_MOMENT - 1,
        "a_n": NEUTRON_MOMENT,
        "carbon_b": slope,
    }
    same = {name: (value, value) for name, value in values.items()}
    return same | {"n_molecules": (grams / NUCLEONS_IN_CH2 * AVOGADRO, ch2_molecules())}


def _excess(point: Benchmarks) -> dict[str, Pair]:
    at = point.points["mz20"]
    allowed = allowed_point(at, at["m_zprime"])
    return {"miniboone_improvement_mz20": (improvement("as_printed", at), improvement("consistent", allowed))}


PARTS: Final[Parts[Benchmarks]] = {
    "couplings": _gauge,
    "ranges of searches": lambda _: _searches(),
    "anomalous moments": _moments,
    "lifetimes and branching ratios": _lifetimes,
    "detector and form factors": lambda _: _detector(),
    "MiniBooNE": _excess,
}


def printed_numbers(tell: Tell | None = None) -> tuple[Number, ...]:
    """All of them, in the order of the table."""
    return compute(TABLE, PARTS, Benchmarks(), tell)
