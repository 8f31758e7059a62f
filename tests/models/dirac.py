"""Dirac matrices, and currents squared from them: what cross sections are checked against."""

import numpy as np

METRIC = np.array([1.0, -1.0, -1.0, -1.0])
_ONE, _ZERO = np.eye(2), np.zeros((2, 2))
_PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
GAMMA = np.array(
    [np.block([[_ONE, _ZERO], [_ZERO, -_ONE]]), *(np.block([[_ZERO, s], [-s, _ZERO]]) for s in _PAULI)], dtype=complex
)
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
LEFT = (np.eye(4) - GAMMA5) / 2
SIGMA = np.array([[0.5j * (a @ b - b @ a) for b in GAMMA] for a in GAMMA])
"""sigma^{mu nu} = i/2 [gamma^mu, gamma^nu]"""


def slash(v):
    """gamma_mu v^mu, (4, 4)."""
    return np.einsum("m,mij->ij", v * METRIC, GAMMA)


def spin_sum(v, mass=0.0):
    """gamma_mu v^mu + mass."""
    return slash(v) + mass * np.eye(4)


def squared(first, vertex, second):
    """J^mu J*^nu summed over spins (4, 4), J = ubar(second) vertex^mu u(first), of spin sums and a vertex (4, 4, 4)."""
    bar = GAMMA[0] @ np.conj(np.swapaxes(vertex, -1, -2)) @ GAMMA[0]
    return np.einsum("ij,mjk,kl,nli->mn", second, vertex, first, bar)


def nucleon_vertex(f1, f2, q, mass):
    """gamma^mu F1 + i sigma^{mu nu} q_nu F2 / 2M, (4, 4, 4)."""
    return f1 * GAMMA + 1j * f2 / (2 * mass) * np.einsum("n,mnij->mij", q * METRIC, SIGMA)
