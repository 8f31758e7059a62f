"""Neutral-current elastic scattering of neutrinos on nucleons by Z exchange.

d sigma / dQ2 = G_F^2 Q^2 / (2 pi E^2) (A +- B W + C W^2), + for neutrinos, - for antineutrinos, with
W = (4 E M - Q^2) / M^2,

    A = 1/4 [G_A^2 (1 + tau) - (F1^2 - tau F2^2) (1 - tau) + 4 tau F1 F2],   tau = Q^2 / 4 M^2,
    B = 1/4 G_A (F1 + F2),   C = M^2 / (16 Q^2) (G_A^2 + F1^2 + tau F2^2)

(C. H. Llewellyn Smith, Phys. Rept. 3 (1972) 261; in this form arXiv:1007.4730). The neutrino's energy enters through
1/E^2, W/E^2 and W^2/E^2 only: averages over a flux need its tail integrals K_n = Int dE flux E^-n and nothing else.
"""

from math import pi
from typing import Any, Final, Literal

from zprimefit.constants import (
    AXIAL_COUPLING,
    FERMI_CONSTANT,
    HBARC_SQUARED_CM2_GEV2,
    NUCLEON_MASS,
    SIN2_THETA_MSBAR,
)
from zprimefit.models.form_factors import sachs_kelly

Nucleon = Literal["proton", "neutron"]
NUCLEONS: Final[tuple[Nucleon, ...]] = ("proton", "neutron")

Moments = tuple[Any, Any, Any]
"""K_0, K_1, K_2: integrals of flux E^-n over the energies that reach a momentum transfer."""


def single_energy(e_nu: Any) -> Moments:
    """Moments of a beam of one energy [GeV]."""
    return 1.0, 1 / e_nu, 1 / e_nu**2


def largest_q2(e_nu: Any) -> Any:
    """Largest Q^2 [GeV^2] at a neutrino energy [GeV]: 4 M E^2 / (M + 2 E)."""
    return 4 * NUCLEON_MASS * e_nu**2 / (NUCLEON_MASS + 2 * e_nu)


def vector_form_factors(q2: Any, nucleon: Nucleon) -> tuple[Any, Any]:
    """F1, F2 of the Z at Q^2 >= 0 [GeV^2]: +-(F^p - F^n)/2 - 2 sin^2(theta_W) F of the nucleon, no strangeness."""
    tau, sachs = q2 / (4 * NUCLEON_MASS**2), sachs_kelly(-q2)

    def dirac_pauli(label: str) -> tuple[Any, Any]:
        electric, magnetic = sachs[f"GE{label}"], sachs[f"GM{label}"]
        return (electric + tau * magnetic) / (1 + tau), (magnetic - electric) / (1 + tau)

    own, other = (dirac_pauli(label) for label in ("pn" if nucleon == "proton" else "np"))
    f1, f2 = ((a - b) / 2 - 2 * SIN2_THETA_MSBAR * a for a, b in zip(own, other, strict=True))
    return f1, f2


def axial_form_factor(q2: Any, nucleon: Nucleon, axial_mass: Any, strangeness: float = 0.0) -> Any:
    """G_A of the Z at Q^2 >= 0 [GeV^2]: (+-g_A - Delta s) / 2 as a dipole of the axial mass [GeV]."""
    sign = 1 if nucleon == "proton" else -1
    return (sign * AXIAL_COUPLING - strangeness) / 2 * (1 + q2 / axial_mass**2) ** -2


def elastic(q2: Any, f1: Any, f2: Any, both: Moments, difference: Moments) -> tuple[Any, Any, Any]:
    """Cross section d sigma / dQ2 times flux [cm^2/GeV^2] as coefficients of 1, G_A, G_A^2.

    Parameters
    ----------
    q2 : Q^2 > 0 [GeV^2], shape S.
    f1, f2 : vector form factors in the normalisation of :func:`vector_form_factors`, shape S.
    both : moments of neutrinos plus antineutrinos, shape S.
    difference : of neutrinos minus antineutrinos.
    """
    tau = q2 / (4 * NUCLEON_MASS**2)
    unit = FERMI_CONSTANT**2 * q2 / (2 * pi) * HBARC_SQUARED_CM2_GEV2
    plain, square = both[2], w_squared(q2, both)
    c = NUCLEON_MASS**2 / (16 * q2)
    vector = plain / 4 * (4 * tau * f1 * f2 - (f1**2 - tau * f2**2) * (1 - tau)) + c * square * (f1**2 + tau * f2**2)
    interference = w_linear(q2, difference) * (f1 + f2) / 4
    return unit * vector, unit * interference, unit * (plain * (1 + tau) / 4 + c * square)


def at_axial_form_factor(parts: tuple[Any, Any, Any], g_a: Any) -> Any:
    """Sum of the parts of :func:`elastic` at a G_A."""
    return parts[0] + g_a * (parts[1] + g_a * parts[2])


def w_linear(q2: Any, moments: Moments) -> Any:
    """Integral of flux W / E^2."""
    return 4 / NUCLEON_MASS * moments[1] - q2 / NUCLEON_MASS**2 * moments[2]


def w_squared(q2: Any, moments: Moments) -> Any:
    """Integral of flux W^2 / E^2."""
    slope, offset = 4 / NUCLEON_MASS, q2 / NUCLEON_MASS**2
    return slope**2 * moments[0] - 2 * slope * offset * moments[1] + offset**2 * moments[2]
