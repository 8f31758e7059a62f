"""Gauge sector of the BLSM: Z-Z' mixing, masses, and the Z' coupling of every fermion (paper B, section 2).

D = d + i [g T3 W3 + g1 Y B + (gt Y + g_BL Q_BL) B'], Q = T3 + Y. The Higgs doublet (Eq. 2) and chi with |Q_BL| = 1
(Table 1) give Z0 = c_W W3 - s_W B and B' the squared masses

    (v^2/4) [[g_Z^2, -g_Z gt], [-g_Z gt, gt^2 + X]],   X = 4 (g_BL v'/v)^2,   g_Z^2 = g^2 + g1^2,

and Eq. 4, B' = s' Z + c' Z' and Z0 = c' Z - s' Z', diagonalises them. So a Z' of given mass has

    tan(theta') = -g_Z gt / (g_Z^2 - 4 M_Z'^2/v^2),   X = (2 M_Z'/v)^2 [1 + gt^2 / (g_Z^2 - 4 M_Z'^2/v^2)]:

theta' is not free. Eq. 5 as printed has gt for gt^2 in its denominator, and its 16 belongs to |Q_BL| = 2.

Couplings are those of L = Z'_mu fbar gamma^mu (C_L P_L + C_R P_R) f, the opposite of D's sign convention taken out:
C_f = -g_Z s' (T3 - Q s_W^2) + (gt Y + g_BL Q_BL) c'. *As printed*, Eqs. 14 and 15 have theta' free, the other overall
sign, and gt s_W s' in place of gt Y c', which belongs to the basis where B carries the B-L charge.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any, Final, Literal

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import HIGGS_VEV, SIN2_THETA_MSBAR, Z_MASS

Array = NDArray[np.float64]
Mixing = Literal["consistent", "as_printed"]
MIXINGS: Final[tuple[Mixing, ...]] = ("consistent", "as_printed")

SIN2: Final = SIN2_THETA_MSBAR
SINE, COSINE = sqrt(SIN2), sqrt(1 - SIN2)
G_Z: Final = 2 * Z_MASS / HIGGS_VEV
"""g_Z = (g^2 + g1^2)^(1/2) where the Z does not mix."""
G_1, G_2 = G_Z * SINE, G_Z * COSINE


@dataclass(frozen=True)
class Charges:
    """T3, electric charge and B - L of a chiral fermion; hypercharge is Q - T3."""

    t3: float
    electric: float
    b_minus_l: float


FERMIONS: Final[dict[str, tuple[Charges, Charges]]] = {
    **{lepton: (Charges(-0.5, -1.0, -1.0), Charges(0.0, -1.0, -1.0)) for lepton in ("e", "mu", "tau")},
    "u": (Charges(0.5, 2 / 3, 1 / 3), Charges(0.0, 2 / 3, 1 / 3)),
    "d": (Charges(-0.5, -1 / 3, 1 / 3), Charges(0.0, -1 / 3, 1 / 3)),
    "s": (Charges(-0.5, -1 / 3, 1 / 3), Charges(0.0, -1 / 3, 1 / 3)),
}
"""Left- and right-handed; neutrinos are in :mod:`zprimefit.models.blsm.neutrinos`."""
NEUTRINO: Final = Charges(0.5, 0.0, -1.0)
SINGLETS: Final = {"nu_R^c": 1.0, "S2^c": -2.0}
"""B - L of the left-handed singlets: nu_R has -1, the right-handed S2 +2 (Table 1)."""


def mixing_angle(m_zprime: Any, g_tilde: Any) -> Any:
    """Angle theta' of a Z' of this mass [GeV] below the Z (module text; Eq. 5 mended)."""
    return jnp.arctan(-G_Z * g_tilde / (G_Z**2 - (2 * m_zprime / HIGGS_VEV) ** 2))


def singlet_vev(m_zprime: Any, g_bl: Any, g_tilde: Any) -> Any:
    """Value of v' [GeV] that makes the Z' this heavy [GeV]; infinite without g_BL."""
    mass = (2 * m_zprime / HIGGS_VEV) ** 2
    x = mass * (1 + g_tilde**2 / (G_Z**2 - mass))
    size = jnp.abs(g_bl)
    return jnp.where(size > 0, HIGGS_VEV * jnp.sqrt(x) / (2 * jnp.where(size > 0, size, 1.0)), jnp.inf)


def masses_and_angle(g_bl: Any, g_tilde: Any, v_prime: Any) -> tuple[Any, Any, Any]:
    """M_Z, M_Z' [GeV] and theta' of a Z' lighter than the Z, from the Lagrangian's parameters (Eqs. 5, 6 mended).

    Parameters
    ----------
    g_bl, g_tilde : couplings.
    v_prime : vacuum expectation value of chi [GeV].
    """
    x = 4 * (g_bl * v_prime / HIGGS_VEV) ** 2
    # theta' in (-pi/4, pi/4): the Z stays what it is, the lighter state is the Z'
    angle = jnp.arctan2(-2 * G_Z * g_tilde, G_Z**2 - g_tilde**2 - x) / 2
    heavy = (G_Z**2 + g_tilde**2 + x) / 2 + jnp.hypot(G_Z**2 - g_tilde**2 - x, 2 * G_Z * g_tilde) / 2
    # the product of both is g_Z^2 X: no cancellation for a light Z'
    return HIGGS_VEV / 2 * jnp.sqrt(heavy), HIGGS_VEV / 2 * G_Z * jnp.sqrt(x / heavy), angle


def mass_matrix(g_bl: float, g_tilde: float, v_prime: float) -> Array:
    """Squared masses of B, W3 and B' (3, 3) [GeV^2], from Eqs. 2 and 3 (with the square that Eq. 3 lacks)."""
    doublet, chi = np.array([-G_1, G_2, -g_tilde]), np.array([0.0, 0.0, g_bl])
    return HIGGS_VEV**2 / 4 * np.outer(doublet, doublet) + v_prime**2 * np.outer(chi, chi)


def rotation(theta_prime: float) -> Array:
    """Matrix of Eq. 4, (3, 3): rows B, W3, B', columns photon, Z, Z'."""
    c, s = np.cos(theta_prime), np.sin(theta_prime)
    return np.array([[COSINE, -SINE * c, SINE * s], [SINE, COSINE * c, -COSINE * s], [0.0, s, c]])


@dataclass(frozen=True)
class GaugeSector:
    """Z' couplings at a point.

    Parameters
    ----------
    mixing : ``"consistent"``: theta' follows from M_Z' and gt; ``"as_printed"``: Eqs. 14 and 15 with theta' free.
    """

    mixing: Mixing = "consistent"

    def theta_prime(self, params: Any) -> Any:
        """The Z-Z' mixing angle."""
        if self.mixing == "as_printed":
            return params["theta_prime"]
        return mixing_angle(params["m_zprime"], params["g_tilde"])

    def chiral(self, charges: Charges, params: Any) -> Any:
        """C_L or C_R of a fermion with these charges."""
        angle = self.theta_prime(params)
        sine, cosine = jnp.sin(angle), jnp.cos(angle)
        to_z = G_Z * sine * (charges.t3 - charges.electric * SIN2)
        if self.mixing == "as_printed":
            # the rule behind Eqs. 14 and 15
            return to_z - charges.b_minus_l * (params["g_BL"] * cosine + params["g_tilde"] * SINE * sine)
        hypercharge = charges.electric - charges.t3
        return (params["g_tilde"] * hypercharge + params["g_BL"] * charges.b_minus_l) * cosine - to_z

    def couplings(self, fermion: str, params: Any) -> tuple[Any, Any]:
        """C_V = (C_L + C_R)/2 and C_A = (C_R - C_L)/2 of a charged fermion of :data:`FERMIONS` (Eq. 19)."""
        left, right = (self.chiral(charges, params) for charges in FERMIONS[fermion])
        return (left + right) / 2, (right - left) / 2

    def nucleons(self, params: Any) -> tuple[Any, Any]:
        """Vector couplings of proton and neutron at zero momentum transfer.

        As printed, the nucleon's current is isoscalar with "g_B" (above Eq. 22): g_BL cos(theta') for both.
        """
        if self.mixing == "as_printed":
            both = params["g_BL"] * jnp.cos(self.theta_prime(params))
            return both, both
        u, d = (self.couplings(quark, params)[0] for quark in ("u", "d"))
        return 2 * u + d, u + 2 * d

    def neutrino_charges(self, params: Any) -> tuple[Any, Any, Any]:
        """Couplings of the left-handed nu_L, nu_R^c and S2^c. As printed (Eq. 15) S2^c has none."""
        active = self.chiral(NEUTRINO, params)
        singlets = tuple(self.chiral(Charges(0.0, 0.0, charge), params) for charge in SINGLETS.values())
        right, sterile = singlets
        return active, right, 0 * sterile if self.mixing == "as_printed" else sterile
