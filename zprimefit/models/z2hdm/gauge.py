"""The Z' of U(1)_B or U(1)_{B-3L_tau}: kinetic mixing with the photon and widths (arXiv:2006.01948, Eqs. 3-6, 27).

*Kinetic mixing.* Eq. 4 sums the fermions of the Standard Model, at energies where the Z' mixes with the photon:
epsilon = C e g_B Sum_i N_i Q_i q_i ln(M_i^2 / mu^2), with mu the scale where the mixing is taken to vanish. The paper
prints C = 1/(16 pi^2). One Dirac fermion of unit charges changes the three kinetic terms 1/e^2, 1/g^2 and the mixed one
alike, and the beta function of QED, d(1/e^2)/d ln mu^2 = -1/(12 pi^2), then gives C = 1/(12 pi^2). Light quarks stop
running at the mass of the vector meson they make (omega for u and d, phi for s); the logarithms, not the powers, are
meant: a factor two is unknown, and so is what heavy fermions that cancel the anomalies of U(1)_B would add.

*Hadrons.* pi0 gamma by the anomaly: the traces Tr(T3 Q Q) and Tr(T3 Q B) are equal, so the vertex is that of pi0 ->
gamma gamma with e^2 -> e g_B, times the omega pole for the isoscalar leg. Three pions by the same pole: their ratio to
pi0 gamma is that of the omega's decays, times how phase space and the three rho propagators change with the mass. This
holds from threshold to about 1 GeV; kaons and heavier states are not included. Nor is pi+ pi-, which needs the photon.

Decays to neutrinos are to Dirac fermions with left-handed couplings; a Majorana nu_4 would have sqrt(1 - 4x)^3 in place
of sqrt(1 - 4x) (1 - x), 1 % less at the benchmark.
"""

from dataclasses import dataclass
from math import log, pi, sqrt
from typing import Any, Literal

import jax
import jax.numpy as jnp

from zprimefit.constants import (
    BOTTOM_MASS,
    CHARM_MASS,
    ELECTRON_MASS,
    FINE_STRUCTURE,
    HBAR_GEV_S,
    HIGGS_VEV,
    MUON_MASS,
    OMEGA_MASS,
    OMEGA_TO_3PI,
    OMEGA_TO_PI0_GAMMA,
    OMEGA_WIDTH,
    PHI_MASS,
    PI0_MASS,
    PI_PLUS_MASS,
    PION_DECAY_CONSTANT,
    RHO_MASS,
    RHO_WIDTH,
    SPEED_OF_LIGHT_M_S,
    TAU_MASS,
    TOP_MASS,
)
from zprimefit.models import widths
from zprimefit.models.z2hdm.potential import Params
from zprimefit.numerics.quadrature import unit_rule
from zprimefit.numerics.roots import positive_root
from zprimefit.numerics.slopes import with_own_slopes

GaugeGroup = Literal["B", "B-3Ltau"]
GAUGE_GROUPS: tuple[GaugeGroup, ...] = ("B", "B-3Ltau")
CHANNELS = ("nu4_nu4", "nu4_nu", "nu_nu", "nutau_nutau", "ee", "mumu", "pi0_gamma", "three_pions")
"""Final states of the Z'; ``nu4_nu`` is the sum over nu_4 nubar and nu nubar_4, ``nu_nu`` that of light neutrinos
through their mixing, ``nutau_nutau`` that of the charge -3 of nu_tau."""
INVISIBLE = ("nu4_nu4", "nu4_nu", "nu_nu", "nutau_nutau")

ELEMENTARY_CHARGE = sqrt(4 * pi * FINE_STRUCTURE)
QUARKS = ((2, OMEGA_MASS), (-1, OMEGA_MASS), (-1, PHI_MASS), (2, CHARM_MASS), (-1, BOTTOM_MASS), (2, TOP_MASS))
"""Three times the electric charge, and the mass where the running stops [GeV]."""


def active_fraction(params: Params) -> Any:
    """|U_e4|^2 + |U_mu4|^2 = 1 - |U_d4|^2: what is not dark in nu_4 (nu_tau does not mix)."""
    return params["U_mu4_sq"] + params["U_e4_sq"]


@dataclass(frozen=True)
class GaugeSector:
    """The Z' of one gauge group.

    Parameters
    ----------
    group : ``"B"`` or ``"B-3Ltau"``.
    mixing_scale : scale mu of Eq. 4 where the kinetic mixing vanishes [GeV].
    as_printed : take the coefficient 1/(16 pi^2) of Eq. 4 instead of 1/(12 pi^2).
    """

    group: GaugeGroup = "B"
    mixing_scale: float = HIGGS_VEV
    as_printed: bool = False

    @property
    def tau_charge(self) -> int:
        """Charge of tau and nu_tau."""
        return -3 if self.group == "B-3Ltau" else 0

    @property
    def mixing_sum(self) -> float:
        """Sum over fermions of N Q q ln(M^2 / mu^2) in Eq. 4."""

        def running(mass: float) -> float:
            return 2 * log(mass / self.mixing_scale)

        # colours 3, electric charge (charge / 3), baryon number 1/3; then the tau of electric charge -1
        return sum(charge / 3 * running(mass) for charge, mass in QUARKS) - self.tau_charge * running(TAU_MASS)

    def epsilon(self, params: Params) -> Any:
        """Kinetic mixing of Eqs. 3 and 4."""
        coefficient = 1 / (16 * pi**2) if self.as_printed else 1 / (12 * pi**2)
        return coefficient * ELEMENTARY_CHARGE * params["g_B"] * self.mixing_sum

    def partial_widths(self, params: Params) -> dict[str, Any]:
        """Widths [GeV] by final state, see :data:`CHANNELS`."""
        mass, heavy, mixing = params["m_zprime"], params["m_nu4"], active_fraction(params)
        lepton = ELEMENTARY_CHARGE * self.epsilon(params)
        neutrinos = {
            "nu4_nu4": widths.vector_to_left_handed(mass, params["g_d"] * (1 - mixing), heavy, heavy),
            "nu4_nu": 2 * mixing * (1 - mixing) * widths.vector_to_left_handed(mass, params["g_d"], heavy),
            "nu_nu": widths.vector_to_left_handed(mass, params["g_d"] * mixing, 0.0),
        }
        pi0_gamma = to_pi0_gamma(mass, params["g_B"])
        return neutrinos | {
            "nutau_nutau": widths.vector_to_left_handed(mass, self.tau_charge * params["g_B"], 0.0),
            "ee": widths.vector_to_fermions(mass, lepton, ELECTRON_MASS),
            "mumu": widths.vector_to_fermions(mass, lepton, MUON_MASS),
            "pi0_gamma": pi0_gamma,
            "three_pions": pi0_gamma * three_pions_per_pi0_gamma(mass),
        }

    def total_width(self, params: Params) -> Any:
        """Total width [GeV]."""
        return sum(self.partial_widths(params).values())

    def branching(self, channel: str, params: Params) -> Any:
        """Branching ratio to one of :data:`CHANNELS`, or ``"invisible"``: all neutrinos, nu_4 included.

        What nu_4 does then is told by :mod:`zprimefit.models.z2hdm.dark_neutrino`.
        """
        found = self.partial_widths(params)
        chosen = sum(found[name] for name in INVISIBLE) if channel == "invisible" else found[channel]
        return chosen / sum(found.values())

    def lifetime(self, params: Params) -> Any:
        """Lifetime [s]."""
        return HBAR_GEV_S / self.total_width(params)

    def decay_length(self, params: Params) -> Any:
        """Decay length c tau [m]."""
        return SPEED_OF_LIGHT_M_S * self.lifetime(params)


def naive_mixing(params: Params) -> Any:
    """E g_B / (16 pi^2): the size of epsilon that recasts of limits on a baryonic vector take."""
    return ELEMENTARY_CHARGE * params["g_B"] / (16 * pi**2)


def omega_pole(mass: Any) -> Any:
    """|F_omega|^2 with F_omega = 1 / (1 - m^2/m_omega^2 - i Gamma_omega/m_omega)."""
    return 1 / ((1 - mass**2 / OMEGA_MASS**2) ** 2 + (OMEGA_WIDTH / OMEGA_MASS) ** 2)


def to_pi0_gamma(mass: Any, coupling: Any) -> Any:
    """Gamma(Z' -> pi0 gamma) [GeV] for the coupling g_B to baryon number.

    alpha g_B^2 / (4 pi) m^3 / (96 pi^3 F_pi^2) (1 - m_pi^2/m^2)^3 |F_omega|^2.
    """
    rest = 1 - PI0_MASS**2 / mass**2
    phase_space = jnp.where(rest > 0, rest, 0.0) ** 3
    vertex = FINE_STRUCTURE * coupling**2 / (4 * pi) / (96 * pi**3 * PION_DECAY_CONSTANT**2 / 2)
    return vertex * mass**3 * phase_space * omega_pole(mass)


@jax.jit
def three_pions_per_pi0_gamma(mass: Any) -> Any:
    """Gamma(Z' -> pi+ pi- pi0) / Gamma(Z' -> pi0 gamma); the omega's ratio at its mass, zero below threshold."""
    open_ = mass > 2 * PI_PLUS_MASS + PI0_MASS
    safe = jnp.where(open_, mass, OMEGA_MASS)
    measured = OMEGA_TO_3PI / OMEGA_TO_PI0_GAMMA
    return jnp.where(open_, measured * with_own_slopes(_pions_to_photon)(safe) / _pions_to_photon(OMEGA_MASS), 0.0)


def _pions_to_photon(mass: Any) -> Any:
    return dalitz_of_three_pions(mass) / mass / (mass * (1 - PI0_MASS**2 / mass**2)) ** 3


def dalitz_of_three_pions(mass: Any, nodes: int = 24) -> Any:
    """Integral over ds(+-) ds(+0) of |p+ x p-|^2 |Sum over pairs of 1/(m_rho^2 - s - i m_rho Gamma_rho)|^2 [GeV^2].

    The amplitude of a vector to three pions is epsilon_{mu nu rho sigma} e^mu p+^nu p-^rho p0^sigma times that sum.
    """
    low, high = 2 * PI_PLUS_MASS, mass - PI0_MASS
    u, du = unit_rule(nodes)
    # The pair's mass w runs between thresholds; squares put the square roots of both ends under polynomials.
    w = low + (high - low) * u**2 * (3 - 2 * u)
    dw = (high - low) * 6 * u * (1 - u) * du
    w, dw = w[:, None], dw[:, None]
    cos, dcos = 2 * u - 1, 2 * du
    pion = positive_root(w**2 / 4 - PI_PLUS_MASS**2)  # of pi+ in the pair's frame
    neutral = positive_root((mass**2 - (w + PI0_MASS) ** 2) * (mass**2 - (w - PI0_MASS) ** 2)) / (2 * mass)
    crossed = pion**2 * neutral**2 * (1 - cos**2)
    tilt = 2 * pion * neutral * mass / w
    mean = (mass**2 + 2 * PI_PLUS_MASS**2 + PI0_MASS**2 - w**2) / 2
    pairs = (w**2, mean + tilt * cos, mean - tilt * cos)
    propagators = sum(1 / (RHO_MASS**2 - s - 1j * RHO_MASS * RHO_WIDTH) for s in pairs)
    return jnp.sum(2 * w * dw * dcos * tilt * crossed * jnp.abs(propagators) ** 2)
