"""Form factors of nucleons and carbon for a vector current coupled to baryon number."""

from collections.abc import Callable, Mapping
from math import pi
from typing import Any, Literal

from zprimefit.constants import (
    CARBON_MASS_NUMBER,
    CARBON_SLOPE,
    DIPOLE_MASS_SQUARED,
    HBARC_GEV_FM,
    HELM_DIFFUSENESS_FM,
    HELM_RADIUS_FM,
    HELM_SKIN_FM,
    KELLY,
    KELLY_GEN,
    NEUTRON_ANOMALOUS_MOMENT,
    NEUTRON_MOMENT,
    NUCLEON_MASS,
    PROTON_ANOMALOUS_MOMENT,
    PROTON_MASS,
    PROTON_MOMENT,
)
from zprimefit.numerics.arrays import namespace

NucleonFormFactors = Literal["paper", "kelly"]
CarbonFormFactor = Literal["gaussian", "helm"]

ISOSCALAR_ANOMALOUS_MOMENT = PROTON_ANOMALOUS_MOMENT + NEUTRON_ANOMALOUS_MOMENT

HELM_SKIN = HELM_SKIN_FM / HBARC_GEV_FM
"""s [GeV^-1]"""
HELM_RADIUS_SQUARED = (
    (HELM_RADIUS_FM[0] * CARBON_MASS_NUMBER ** (1 / 3) + HELM_RADIUS_FM[1]) ** 2
    + 7 / 3 * (pi * HELM_DIFFUSENESS_FM) ** 2
    - 5 * HELM_SKIN_FM**2
) / HBARC_GEV_FM**2
"""R^2 of carbon [GeV^-2]"""


def isoscalar(q2: Any) -> tuple[Any, Any]:
    """Isoscalar F1, F2 of the nucleon at q2 <= 0 [GeV^2] (arXiv:2006.01948, Eq. 29); F2(0) = a_p + a_n."""
    dipole = (1 - q2 / DIPOLE_MASS_SQUARED) ** -2
    pole = 4 * NUCLEON_MASS**2 - q2
    f1 = dipole * (1 - q2 * ISOSCALAR_ANOMALOUS_MOMENT / pole)
    f2 = dipole * 4 * NUCLEON_MASS**2 * ISOSCALAR_ANOMALOUS_MOMENT / pole
    return f1, f2


def sachs_kelly(q2: Any) -> dict[str, Any]:
    """``GEp``, ``GMp``, ``GEn``, ``GMn`` at q2 <= 0 [GeV^2] (J. J. Kelly, Phys. Rev. C 70 (2004) 068202)."""
    tau = -q2 / (4 * PROTON_MASS**2)
    slope, bend = KELLY_GEN
    ratio = {
        name: (1 + a1 * tau) / (1 + tau * (b1 + tau * (b2 + tau * b3))) for name, (a1, b1, b2, b3) in KELLY.items()
    }
    return {
        "GEp": ratio["GEp"],
        "GMp": PROTON_MOMENT * ratio["GMp"],
        "GEn": slope * tau / (1 + bend * tau) * (1 - q2 / DIPOLE_MASS_SQUARED) ** -2,
        "GMn": NEUTRON_MOMENT * ratio["GMn"],
    }


def isoscalar_kelly(q2: Any) -> tuple[Any, Any]:
    """Isoscalar F1, F2 of the nucleon at q2 <= 0 [GeV^2] from electromagnetic ones: F = F_p + F_n.

    The electromagnetic current is half the baryon current plus an isovector one, strangeness apart; so the sum over
    proton and neutron is what couples to baryon number. F1 = (G_E + tau G_M) / (1 + tau), F2 = (G_M - G_E) / (1 + tau).
    """
    sachs = sachs_kelly(q2)
    electric, magnetic = sachs["GEp"] + sachs["GEn"], sachs["GMp"] + sachs["GMn"]
    tau = -q2 / (4 * NUCLEON_MASS**2)
    return (electric + tau * magnetic) / (1 + tau), (magnetic - electric) / (1 + tau)


NUCLEON_FORM_FACTORS: Mapping[NucleonFormFactors, Callable[[Any], tuple[Any, Any]]] = {
    "paper": isoscalar,
    "kelly": isoscalar_kelly,
}


def carbon_squared(q2: Any) -> Any:
    """A^2 exp(2 b q2), the squared coherent form factor of carbon (Eq. 30), b = 25 GeV^-2, A = 12."""
    return CARBON_MASS_NUMBER**2 * namespace(q2).exp(2 * CARBON_SLOPE * q2)


def carbon_squared_helm(q2: Any) -> Any:
    """A^2 times Helm's form factor squared, [3 j_1(x) / x]^2 exp(s^2 q2), x^2 = -q2 R^2 (Lewin and Smith 1996)."""
    return CARBON_MASS_NUMBER**2 * _uniform_ball(-q2 * HELM_RADIUS_SQUARED) ** 2 * namespace(q2).exp(HELM_SKIN**2 * q2)


def _uniform_ball(x2: Any) -> Any:
    """3 j_1(x) / x as a function of x^2 >= 0, smooth at zero: by its series where the closed form would cancel."""
    xp, small = namespace(x2), x2 < 0.1
    series = 1 - x2 / 10 * (1 - x2 / 28 * (1 - x2 / 54 * (1 - x2 / 88)))
    x = xp.sqrt(xp.where(small, 1.0, x2))
    return xp.where(small, series, 3 * (xp.sin(x) - x * xp.cos(x)) / x**3)


CARBON_FORM_FACTORS: Mapping[CarbonFormFactor, Callable[[Any], Any]] = {
    "gaussian": carbon_squared,
    "helm": carbon_squared_helm,
}

CARBON_RANGES: Mapping[CarbonFormFactor, float] = {
    "gaussian": 1 / (2 * CARBON_SLOPE),
    "helm": 5 / (HELM_RADIUS_SQUARED + 5 * HELM_SKIN**2),
}
"""-q2 over which the squared form factor falls by a factor e near zero [GeV^2]: 3 / <r^2>."""
