"""Neutrino sector of the BLSM with inverse seesaw (paper B, Eqs. 7 to 13 and 15).

Left-handed fields nu_L, nu_R^c and S2^c, three of each, with the mass matrix of Eq. 8,

    M = [[0, m_D, 0], [m_D^T, 0, m_N], [0, m_N^T, mu_s]].

For mu_s -> 0 three states are massless and three pairs are Dirac neutrinos N_i: nu_L and S2^c mix, nu_R^c is the other
half of N_i. With theta_ai the share of nu_a in N_i (theta = m_D m_N^-1 to leading order), P the projector on nu_L, and
q_nu, q_S, q_R the couplings of nu_L, S2^c, nu_R^c, the Z' couples

    nu_L and S2^c by q_S + (q_nu - q_S) P:   N_i to nu_a by (q_nu - q_S) theta*_ai, N_i to N_j by q_S delta_ij +
    (q_nu - q_S) (theta^dagger theta)_ij for its left-handed half, and q_R delta_ij for nu_R^c.

Heavy states of different pairs are coupled by theta^dagger theta alone: of order 1e-4 of the diagonal coupling.
*Couplings* below use this limit. It neglects mu_s / m_N, which for theta of 1e-2 is as small, and adds to
the coupling of different pairs. :class:`InverseSeesaw` has the matrix itself.
"""

from dataclasses import dataclass
from typing import Any, Final

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets import oscillation_parameters
from zprimefit.models.blsm.gauge import GaugeSector
from zprimefit.numerics.roots import positive_root

ComplexArray = NDArray[np.complex128]
Array = NDArray[np.float64]

FLAVOURS: Final = ("e", "mu", "tau")
HEAVY: Final = ("nu4", "nu5")
LIGHT: Final = ("nu_e", "nu_mu", "nu_tau")
STATES: Final = (*LIGHT, *HEAVY)
MIXINGS: Final = {
    heavy: tuple(f"U_{flavour}{heavy[-1]}_sq" for flavour in FLAVOURS) for heavy in HEAVY
}  # fmt: skip
"""Parameters |theta_ai|^2 by heavy neutrino; the theta_ai themselves are taken real and positive."""


def mixing(params: Any) -> Any:
    """Shares theta, (3, 2): flavours by nu4, nu5. Where one is zero its derivative is taken to be zero."""
    columns = [jnp.stack([positive_root(jnp.asarray(params[n], dtype=jnp.float64)) for n in MIXINGS[h]]) for h in HEAVY]
    return jnp.stack(columns, axis=1)


def left_handed(params: Any, gauge: GaugeSector) -> Any:
    """Couplings C_ij of Z'_mu nu_i-bar gamma^mu P_L nu_j (5, 5) in the order of :data:`STATES`.

    The light states are those that a beam holds: nu_a without its heavy part, normalised. For massless light neutrinos
    any basis will do.
    """
    theta = mixing(params)
    active, _, sterile = gauge.neutrino_charges(params)
    difference = active - sterile
    overlap, inner = theta @ theta.T, theta.T @ theta
    kept = jnp.eye(3) - overlap
    norm = 1 / jnp.sqrt(jnp.diag(kept))
    light = (sterile * kept + difference * kept @ kept) * norm[:, None] * norm
    between = difference * (kept @ theta) * norm[:, None]
    heavy = sterile * jnp.eye(2) + difference * inner
    return jnp.block([[light, between], [between.T, heavy]])


def right_handed(params: Any, gauge: GaugeSector) -> Any:
    """Coupling of Z'_mu N_i-bar gamma^mu P_R N_i, the same for nu4 and nu5: minus that of nu_R^c."""
    return -gauge.neutrino_charges(params)[1]


def coupling(first: str, second: str, params: Any, gauge: GaugeSector) -> Any:
    """Element of :func:`left_handed` by names of :data:`STATES`."""
    return left_handed(params, gauge)[STATES.index(first), STATES.index(second)]


# -- the mass matrix --------------------------------------------------------------------------------------------------


def pmns(theta12: float, theta13: float, theta23: float, delta: float) -> ComplexArray:
    """Mixing matrix of light neutrinos in the usual parametrisation, angles in rad, without Majorana phases (3, 3)."""
    s12, s13, s23 = np.sin([theta12, theta13, theta23])
    c12, c13, c23 = np.cos([theta12, theta13, theta23])
    phase = np.exp(1j * delta)
    return np.array(
        [
            [c12 * c13, s12 * c13, s13 / phase],
            [-s12 * c23 - c12 * s23 * s13 * phase, c12 * c23 - s12 * s23 * s13 * phase, s23 * c13],
            [s12 * s23 - c12 * c23 * s13 * phase, -c12 * s23 - s12 * c23 * s13 * phase, c23 * c13],
        ]
    )


@dataclass(frozen=True, eq=False)
class InverseSeesaw:
    """Blocks of the mass matrix of Eq. 8.

    Parameters
    ----------
    m_dirac : m_D, (3, 3) [GeV].
    m_singlet : m_N, (3, 3) [GeV].
    mu : mu_s, (3, 3), symmetric [GeV].
    """

    m_dirac: ComplexArray
    m_singlet: ComplexArray
    mu: ComplexArray

    @classmethod
    def from_mixing(cls, theta: Any, heavy: Any, light: Any, u_pmns: Any) -> "InverseSeesaw":
        """Matrix with these heavy masses and mixings, and mu_s such that light masses and PMNS come out.

        mu_s = theta^-1 U* m U^dagger theta^-T: the inverse of Eq. 13.

        Parameters
        ----------
        theta : m_D m_N^-1, (3, 3), invertible; share of nu_a in N_i to leading order.
        heavy : masses of the three pairs (3,) [GeV].
        light : masses of the three light neutrinos (3,) [GeV].
        u_pmns : (3, 3), see :func:`pmns`.

        Raises
        ------
        ValueError
            If theta cannot be inverted.
        """
        theta = np.asarray(theta, dtype=np.complex128)
        if np.linalg.cond(theta) > 1e12:
            msg = "inverse seesaw: theta must be invertible for three light masses; give all three pairs a mixing"
            raise ValueError(msg)
        # |N_i> has the mass of the pair when (m_N^2 + m_D^2) is diagonal: m_N = (1 + theta^dagger theta)^(-1/2) M
        values, vectors = np.linalg.eigh(np.eye(3) + theta.conj().T @ theta)
        m_singlet = (vectors / np.sqrt(values)) @ vectors.conj().T @ np.diag(np.asarray(heavy, dtype=np.float64))
        u = np.asarray(u_pmns, dtype=np.complex128)
        inverse = np.linalg.inv(theta)
        mu = inverse @ (u.conj() * np.asarray(light)) @ u.conj().T @ inverse.T
        return cls(theta @ m_singlet, m_singlet, (mu + mu.T) / 2)

    @classmethod
    def casas_ibarra(cls, mu: Any, heavy: Any, light: Any, u_pmns: Any, rotation: Any = None) -> "InverseSeesaw":
        """Matrix with these mu_s (3,) [GeV], heavy and light masses: theta = U* sqrt(m) R mu_s^(-1/2).

        Parameters
        ----------
        mu, heavy, light : (3,) [GeV].
        u_pmns : (3, 3).
        rotation : R, complex orthogonal (3, 3); the unit matrix by default.
        """
        rotation = np.eye(3) if rotation is None else np.asarray(rotation)
        small = np.asarray(mu, dtype=np.float64)
        root = np.asarray(u_pmns).conj() * np.sqrt(np.asarray(light, dtype=np.float64))
        return cls.from_mixing(root @ rotation / np.sqrt(small), heavy, light, u_pmns)

    def matrix(self) -> ComplexArray:
        """M of Eq. 8, (9, 9) [GeV]."""
        zero = np.zeros((3, 3))
        return np.block(
            [
                [zero, self.m_dirac, zero],
                [self.m_dirac.T, zero, self.m_singlet],
                [zero, self.m_singlet.T, self.mu],
            ]
        )

    def masses_and_mixing(self) -> tuple[Array, ComplexArray]:
        """Masses (9,) [GeV], ascending, and V (9, 9) with V^T M V diagonal (Eq. 9): Takagi's factorisation.

        Columns of V are the mass eigenstates: three light ones, then pairs.
        """
        return takagi(self.matrix())

    def couplings(self, charges: tuple[float, float, float]) -> ComplexArray:
        """C_ij = Sum_a V*_ai q_a V_aj (9, 9) for the couplings q of nu_L, nu_R^c, S2^c."""
        _, v = self.masses_and_mixing()
        return v.conj().T @ (np.repeat(charges, 3)[:, None] * v)


def takagi(matrix: ComplexArray) -> tuple[Array, ComplexArray]:
    """Singular values (n,), ascending, and unitary V (n, n) of V^T M V = diag for a complex symmetric matrix.

    M acts as an antiunitary map x -> (M x)*; as a real symmetric matrix of twice the size it has eigenvalues +-m, and
    the eigenvectors of +m are the columns of V. Scaled in the mass, so that eV beside GeV keep their digits.
    """
    n = len(matrix)
    double = np.block([[matrix.real, -matrix.imag], [-matrix.imag, -matrix.real]])
    values, vectors = np.linalg.eigh(double)
    return values[n:], vectors[:n, n:] + 1j * vectors[n:, n:]


def light_masses(lightest: float = 0.0) -> Array:
    """Masses of the light neutrinos (3,) [GeV], normal ordering, from the measured differences of squares.

    Parameters
    ----------
    lightest : [GeV].
    """
    found = oscillation_parameters()
    steps = np.array([0.0, found["delta_m21_sq"], found["delta_m31_sq"]])
    return np.asarray(np.sqrt(lightest**2 + steps * 1e-18))


def measured_pmns() -> ComplexArray:
    """:func:`pmns` of the measured angles and phase."""
    found = oscillation_parameters()
    angles = (np.deg2rad(found[name]) for name in ("theta12", "theta13", "theta23", "delta"))
    return pmns(*angles)
