"""Particles that published limits are about: dark photon, B - L, baryon number, L_mu - L_tau, a leptophilic scalar.

*Hadrons* are an approximation, good to some 30 % of the hadronic width: pi+ pi- by the rho, whose form factor is 1 at
zero and takes the height of the pole from Gamma(rho -> e+ e-); pi0 gamma and three pions by the omega, as in
:mod:`zprimefit.models.z2hdm.gauge`; kaons by the phi; from 1.2 to 1.8 GeV a smooth step to free quarks with 10 % of
QCD correction. Interference of rho and omega, four pions below 1.5 GeV, and narrow charmonium and bottomonium are not
in it. Leptonic and neutrino widths are exact at leading order.
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import (
    FINE_STRUCTURE,
    KAON_MASS,
    LEPTON_MASSES,
    PHI_MASS,
    PHI_TO_EE,
    PHI_WIDTH,
    PI_PLUS_MASS,
    RHO_MASS,
    RHO_TO_EE,
    RHO_WIDTH,
)
from zprimefit.models import widths
from zprimefit.models.particles import LEPTONS, NEUTRINOS, LightScalar, LightVector
from zprimefit.models.z2hdm.gauge import three_pions_per_pi0_gamma, to_pi0_gamma
from zprimefit.numerics.roots import positive_root
from zprimefit.parameters import Parameter

ELEMENTARY_CHARGE = sqrt(4 * pi * FINE_STRUCTURE)
STEP = (1.2, 1.8)
"""Masses between which resonances give way to free quarks [GeV]."""
QCD = 1.1
"""1 + alpha_s/pi at some GeV."""
HEAVY_QUARKS = (("u", 1.87), ("d", 5.28))
"""Charm and bottom: quark of the same charges, and the mass of the lightest meson, where they open [GeV]."""
# Height of |F_pi|^2 at the pole, from the ratio of hadrons to muons there, 9 BR(ee)/alpha^2 = beta^3 |F|^2 / 4
_RHO_BETA = sqrt(1 - 4 * PI_PLUS_MASS**2 / RHO_MASS**2)
_RHO_HEIGHT = 36 * RHO_TO_EE / FINE_STRUCTURE**2 / _RHO_BETA**3
_RHO_SLOPE = sqrt(_RHO_HEIGHT) * RHO_WIDTH / RHO_MASS - 1
_PHI_HEIGHT = 9 * PHI_TO_EE / FINE_STRUCTURE**2


def pion_form_factor_squared(mass: Any) -> Any:
    """|F_pi|^2 = (m_rho^2 + k s)^2 / [(m_rho^2 - s)^2 + m_rho^2 Gamma(s)^2], Gamma(s) of a P wave."""
    s = mass**2
    beta = positive_root(1 - 4 * PI_PLUS_MASS**2 / s)
    running = RHO_WIDTH * (beta / _RHO_BETA) ** 3 * mass / RHO_MASS
    return (RHO_MASS**2 + _RHO_SLOPE * s) ** 2 / ((RHO_MASS**2 - s) ** 2 + (RHO_MASS * running) ** 2)


def hadronic_widths(mass: Any, couplings: Any) -> dict[str, Any]:
    """Widths [GeV] to ``pipi`` and to all other ``hadrons``.

    Parameters
    ----------
    mass : of the vector [GeV].
    couplings : vector couplings by quark, ``u``, ``d``, ``s``.
    """
    u, d, s = (couplings[quark] for quark in ("u", "d", "s"))
    x = jnp.clip((mass - STEP[0]) / (STEP[1] - STEP[0]), 0.0, 1.0)
    free = x**2 * (3 - 2 * x)
    beta = positive_root(1 - 4 * PI_PLUS_MASS**2 / mass**2)
    pions = (u - d) ** 2 * mass / (48 * pi) * beta**3 * pion_form_factor_squared(mass)
    omega = to_pi0_gamma(mass, 3 * (u + d) / 2) * (1 + three_pions_per_pi0_gamma(mass))
    kaon = positive_root(1 - 4 * KAON_MASS**2 / mass**2) / sqrt(1 - 4 * KAON_MASS**2 / PHI_MASS**2)
    pole = (PHI_MASS * PHI_WIDTH) ** 2 / ((PHI_MASS**2 - mass**2) ** 2 + (PHI_MASS * PHI_WIDTH) ** 2)
    phi = 9 * s**2 * mass / (12 * pi) * _PHI_HEIGHT * pole * kaon**3
    quarks = 3 * mass / (12 * pi) * (u**2 + d**2 + s**2)
    quarks = quarks + sum(3 * widths.vector_to_fermions(mass, couplings[q], heavy) for q, heavy in HEAVY_QUARKS)
    return {"pipi": (1 - free) * pions, "hadrons": (1 - free) * (omega + phi) + free * QCD * quarks}


def light_vector(mass: Any, couplings: dict[str, Any]) -> LightVector:
    """Vector with these vector couplings by fermion, and all widths that follow from them."""
    partial: dict[str, Any] = {
        2 * lepton: widths.vector_to_fermions(mass, couplings.get(lepton, 0.0), LEPTON_MASSES[lepton])
        for lepton in LEPTONS
    }
    quarks = {quark: couplings.get(quark, 0.0) for quark in ("u", "d", "s")}
    partial |= hadronic_widths(mass, quarks)
    partial["invisible"] = sum(widths.vector_to_left_handed(mass, couplings.get(nu, 0.0), 0.0) for nu in NEUTRINOS)
    return LightVector(mass, partial, couplings)


def _mass() -> Parameter:
    return Parameter(name="m_zprime", unit="GeV", latex=r"m_{Z'}", default=0.02, bounds=(1e-3, 10.0), scale="log")


def _coupling(name: str, latex: str) -> Parameter:
    return Parameter(name=name, unit="1", latex=latex, default=1e-4, bounds=(1e-9, 1.0), scale="log")


def _no_scalars(params: Any) -> dict[str, LightScalar]:  # noqa: ARG001  (a model is asked with its parameters)
    return {}


@dataclass(frozen=True)
class DarkPhoton:
    """Kinetic mixing epsilon with the photon: couplings epsilon e Q, visible decays only."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """``m_zprime`` [GeV] and ``epsilon``."""
        return _mass(), _coupling("epsilon", r"\epsilon")

    def couplings(self, epsilon: Any) -> dict[str, Any]:
        """Vector couplings by fermion."""
        return electric(ELEMENTARY_CHARGE * epsilon)

    def vector(self, params: Any) -> LightVector:
        """The dark photon."""
        return light_vector(params["m_zprime"], self.couplings(params["epsilon"]))

    def scalars(self, params: Any) -> dict[str, LightScalar]:
        """None."""
        return _no_scalars(params)


@dataclass(frozen=True)
class BMinusL:
    """U(1)_{B-L} without kinetic mixing; three left-handed neutrinos, right-handed ones too heavy to be decayed to."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """``m_zprime`` [GeV] and ``g_BL``."""
        return _mass(), _coupling("g_BL", "g_{B-L}")

    def couplings(self, g_bl: Any) -> dict[str, Any]:
        """Vector couplings by fermion."""
        return baryonic(g_bl) | dict.fromkeys((*LEPTONS, *NEUTRINOS), -g_bl)

    def vector(self, params: Any) -> LightVector:
        """Return the gauge boson."""
        return light_vector(params["m_zprime"], self.couplings(params["g_BL"]))

    def scalars(self, params: Any) -> dict[str, LightScalar]:
        """None."""
        return _no_scalars(params)


@dataclass(frozen=True)
class BaryonicVector:
    """U(1)_B with the kinetic mixing e g_B/(16 pi^2) that recasts of limits take; nothing invisible."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """``m_zprime`` [GeV] and ``g_B``."""
        return _mass(), _coupling("g_B", "g_B")

    def couplings(self, g_b: Any) -> dict[str, Any]:
        """Vector couplings by fermion."""
        mixed, own = electric(ELEMENTARY_CHARGE**2 * g_b / (16 * pi**2)), baryonic(g_b)
        return own | {fermion: coupling + own.get(fermion, 0.0) for fermion, coupling in mixed.items()}

    def vector(self, params: Any) -> LightVector:
        """Return the gauge boson."""
        return light_vector(params["m_zprime"], self.couplings(params["g_B"]))

    def scalars(self, params: Any) -> dict[str, LightScalar]:
        """None."""
        return _no_scalars(params)


@dataclass(frozen=True)
class LMuMinusLTau:
    """U(1)_{L_mu-L_tau} without kinetic mixing."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """``m_zprime`` [GeV] and ``g_prime``."""
        return _mass(), _coupling("g_prime", "g'")

    def couplings(self, g_prime: Any) -> dict[str, Any]:
        """Vector couplings by fermion."""
        return {"mu": g_prime, "nu_mu": g_prime, "tau": -g_prime, "nu_tau": -g_prime}

    def vector(self, params: Any) -> LightVector:
        """Return the gauge boson."""
        return light_vector(params["m_zprime"], self.couplings(params["g_prime"]))

    def scalars(self, params: Any) -> dict[str, LightScalar]:
        """None."""
        return _no_scalars(params)


@dataclass(frozen=True)
class LeptonScalar:
    """One CP-even scalar with couplings to electrons and muons, each of its own size, and no vector."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """``m_scalar`` [GeV], ``y_e`` and ``y_mu``."""
        mass = Parameter(name="m_scalar", unit="GeV", latex=r"m_\phi", default=0.02, bounds=(1e-3, 10.0), scale="log")
        return mass, _coupling("y_e", "y_e"), _coupling("y_mu", r"y_\mu")

    def vector(self, params: Any) -> LightVector:
        """Without any coupling."""
        return LightVector(params["m_scalar"], {}, {})

    def scalars(self, params: Any) -> dict[str, LightScalar]:
        """``phi``, with its decays to lepton pairs."""
        mass = params["m_scalar"]
        yukawa = {"e": params["y_e"], "mu": params["y_mu"]}
        partial = {2 * lepton: widths.to_leptons(mass, y, LEPTON_MASSES[lepton]) for lepton, y in yukawa.items()}
        return {"phi": LightScalar(mass, partial, yukawa)}


def electric(charge: Any) -> dict[str, Any]:
    """Couplings proportional to electric charge; `charge` is that of the proton."""
    leptons = dict.fromkeys(LEPTONS, -charge)
    return leptons | {"u": 2 * charge / 3, "d": -charge / 3, "s": -charge / 3, "proton": charge}


def baryonic(coupling: Any) -> dict[str, Any]:
    """Couplings proportional to baryon number."""
    return dict.fromkeys(("u", "d", "s"), coupling / 3) | dict.fromkeys(("proton", "neutron"), coupling)
