"""Fig. 3 of paper B: couplings that give the muon's anomalous moment, as printed and corrected."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets import moment_references
from zprimefit.models import BLSM
from zprimefit.models.loops import vector_anomalous_moment, vector_anomalous_moment_light
from zprimefit.plots.figure import Drawing
from zprimefit.plots.lines import lines
from zprimefit.report.reproduce.paper_b.allowed import largest_sizes

Array = NDArray[np.float64]
Loop = Callable[..., Any]
FIG3_MASS: Final = 0.03
"""Mass of the Z' [GeV] at which section 4 quotes couplings."""
WAYS: Final[dict[str, tuple[BLSM, float | None, Loop]]] = {
    "Eq. 21, theta' = 3e-3": (BLSM("as_printed"), 3e-3, vector_anomalous_moment_light),
    "Eq. 21, theta' = 1.015e-3": (BLSM("as_printed"), 1.015e-3, vector_anomalous_moment_light),
    "Eq. 20, consistent": (BLSM(), None, vector_anomalous_moment),
}
"""As printed with the angle that is stated, and with that which the quoted C_A stands for; corrected."""


def moment_range() -> tuple[float, float]:
    """Delta a_mu of Eq. 18, less and plus its error."""
    (measured,) = (r for r in moment_references("mu") if r.name == "paperB")
    return measured.value - measured.sigma, measured.value + measured.sigma


def vector_coupling_for_moment(value: float, axial: float, loop: Loop, mass: float = FIG3_MASS) -> float:
    """|C_V| of the muon that makes Delta a_mu this large, beside an axial coupling."""
    per_vector, per_axial = (float(loop("mu", *c, mass)) for c in ((1.0, 0.0), (0.0, 1.0)))
    return float(np.sqrt((value - per_axial * axial**2) / per_vector))


def coupling_for_moment(value: float, g_tilde: float, way: str) -> float:
    """Size of a negative g_BL that makes Delta a_mu this large; C_V is linear in it, C_A does not know it."""
    model, angle, loop = WAYS[way]
    point = {"m_zprime": FIG3_MASS, "g_tilde": g_tilde, "theta_prime": angle}
    at_zero, at_one = (model.gauge.couplings("mu", point | {"g_BL": g}) for g in (0.0, 1.0))
    needed = vector_coupling_for_moment(value, float(at_zero[1]), loop)
    slope = float(at_one[0] - at_zero[0])
    return float(abs(min((sign * needed - float(at_zero[0])) / slope for sign in (1, -1))))


def figure3(n: int = 61) -> Drawing:
    """|g_BL| that gives Delta a_mu within its error against the kinetic mixing at 30 MeV, and what searches allow."""
    mixing = np.geomspace(1e-4, 1e-1, n)
    low, high = moment_range()
    regions = {
        way: (
            np.array([coupling_for_moment(low, gt, way) for gt in mixing]),
            np.array([coupling_for_moment(high, gt, way) for gt in mixing]),
        )
        for way in WAYS
    }
    allowed = largest_sizes("consistent", FIG3_MASS, mixing, -1)
    return lines(
        mixing,
        {"largest |g_BL| that searches allow, consistent, 90 % CL": allowed},
        regions=regions,
        xlabel=r"$\tilde g$",
        ylabel=r"$|g_{B-L}|$, $g_{B-L} < 0$",
        title=r"$\Delta a_\mu = (2.51 \pm 0.59)\times 10^{-9}$, 68.27 % CL, 1 dof; $m_{Z'}$ = 30 MeV (paper B, Fig. 3)",
        scales=("log", "log"),
    )
