"""|M|^2 of nu_mu N -> nu_4 N phi against products of explicit Dirac matrices (arXiv:2006.01948, Eqs. 11-13, 27-29).

Nothing here is shared with the program but constants: gamma matrices in the Dirac representation, spin sums as traces
of 4 x 4 matrices, both propagators with their q q terms, form factors written out from Eq. 29. The algebra follows the
precision of the momenta; the tests use extended precision, since q2 q2 / m_Z'^2 is up to 1e4 before it drops.
"""

import numpy as np
import pytest

from zprimefit.constants import CARBON_MASS, NUCLEON_MASS
from zprimefit.models.targets import CARBON, CARBON_AS_NUCLEON, NUCLEON
from zprimefit.models.z2hdm.amplitude import Invariants, numerator

METRIC = np.array([1.0, -1.0, -1.0, -1.0])
ONE, ZERO = np.eye(2), np.zeros((2, 2))
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
GAMMA = np.array(
    [np.block([[ONE, ZERO], [ZERO, -ONE]]), *(np.block([[ZERO, s], [-s, ZERO]]) for s in PAULI)], dtype=complex
)
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
LEFT = (np.eye(4) - GAMMA5) / 2
SIGMA = np.array([[0.5j * (a @ b - b @ a) for b in GAMMA] for a in GAMMA])
"""sigma^{mu nu} = i/2 [gamma^mu, gamma^nu]"""


def dot(a, b):
    return np.sum(a * METRIC * b, axis=-1)


def slash(v):
    return np.einsum("nm,mij->nij", v * METRIC, GAMMA)


def _trace(a, vertex, b, vertex_bar):
    """Tr[a vertex^mu b vertex_bar^nu], (n, 4, 4): a, b of shape (n, 4, 4), vertices (n or 1, 4, 4, 4)."""
    left, right = a[:, None] @ vertex, b[:, None] @ vertex_bar
    return np.einsum("nmij,nkji->nmk", left, right, optimize=True)


def neutrino_tensor(k, k4, m_nu4, *, anti=False):
    """Sum over spins of J^mu J*^nu, J = ubar(k4) gamma^mu P_L u(k), or vbar(k) gamma^mu P_L v(k4)."""
    vertex = (GAMMA @ LEFT)[None]
    if anti:
        return _trace(slash(k), vertex, slash(k4) - m_nu4 * np.eye(4), vertex)
    return _trace(slash(k4) + m_nu4 * np.eye(4), vertex, slash(k), vertex)


def form_factors(q2):
    """F1, F2 of Eq. 29, written out."""
    dipole = 1 / (1 - q2 / 0.71) ** 2
    f1 = dipole * (1 - q2 * (1.79 - 1.91) / (4 * NUCLEON_MASS**2 - q2))
    return f1, dipole * 4 * NUCLEON_MASS**2 * (1.79 - 1.91) / (4 * NUCLEON_MASS**2 - q2)


def nucleon_tensor(p, p_out):
    """Half the sum over spins of J^mu J*^nu, J = ubar(p') [gamma^mu F1 + i sigma^{mu nu} q_nu F2 / 2M] u(p), Eq. 28."""
    q = p_out - p
    f1, f2 = form_factors(dot(q, q))
    magnetic = np.einsum("nk,mkij->nmij", q * METRIC, 0.5j / NUCLEON_MASS * SIGMA)
    vertex = f1[:, None, None, None] * GAMMA + f2[:, None, None, None] * magnetic
    vertex_bar = GAMMA[0] @ np.conj(np.swapaxes(vertex, -1, -2)) @ GAMMA[0]
    mass = NUCLEON_MASS * np.eye(4)
    return _trace(slash(p_out) + mass, vertex, slash(p) + mass, vertex_bar) / 2


def carbon_tensor(p, p_out):
    """Spin-0 current (p + p')^mu with 12 exp(b q2), b = 25 GeV^-2 (Eq. 30)."""
    total, q = p + p_out, p_out - p
    return (144 * np.exp(50 * dot(q, q)))[:, None, None] * total[:, :, None] * total[:, None, :]


def propagator(q, mass, *, with_qq=True):
    """(-g^{mu nu} + q^mu q^nu / m^2) / (q^2 - m^2)."""
    longitudinal = q[:, :, None] * q[:, None, :] / mass**2 if with_qq else 0.0
    return (-np.diag(METRIC) + longitudinal) / (dot(q, q) - mass**2)[:, None, None]


def squared_amplitude(k, p, k4, p_out, m_nu4, m_zprime, *, nucleus=False, anti=False, qq=(True, True)):
    """S|M|^2 (n,) at g_B = g_d = |U_mu4| = c_phi = 1: the vertex Z'Z'phi is 2 m_Z' g^{mu nu} (Eq. 13)."""
    leptons = neutrino_tensor(k, k4, m_nu4, anti=anti)
    hadrons = (carbon_tensor if nucleus else nucleon_tensor)(p, p_out)
    first, second = propagator(k - k4, m_zprime, with_qq=qq[0]), propagator(p_out - p, m_zprime, with_qq=qq[1])
    lower = METRIC[:, None] * METRIC[None, :]
    # each tensor with its own propagator first: so the large q q terms cancel before they meet
    left = np.einsum("nca,nab,ndb->ncd", first * METRIC, leptons, first * METRIC, optimize=True)
    right = np.einsum("nca,nab,ndb->ncd", second * METRIC, hadrons, second * METRIC, optimize=True)
    return 4 * m_zprime**2 * np.sum(left * lower * right, axis=(1, 2)).real


def _on_shell(momentum, mass):
    energy = np.sqrt(mass**2 + np.sum(momentum**2, axis=-1, keepdims=True))
    return np.concatenate([energy, momentum], axis=-1)


def boosted(v, frame):
    """4-vectors v (n, 4) of the rest frame of `frame` (n, 4), in the frame where `frame` is what it is."""
    mass = np.sqrt(dot(frame, frame))[:, None]
    gamma, eta = frame[:, :1] / mass, frame[:, 1:] / mass
    along = np.sum(eta * v[:, 1:], axis=-1, keepdims=True)
    return np.concatenate([gamma * v[:, :1] + along, v[:, 1:] + eta * (v[:, :1] + along / (1 + gamma))], axis=-1)


def _isotropic(rng, n):
    direction = rng.normal(size=(n, 3)).astype(np.longdouble)
    return direction / np.linalg.norm(direction, axis=-1, keepdims=True)


def random_events(mass, m_nu4, m_scalar, n=200, seed=1):
    """Momenta k, p, k4, p' (n, 4) of nu(k) N(p) -> nu_4(k4) N(p') phi, all on shell, p neither at rest nor along z."""
    rng = np.random.default_rng(seed)
    p = _on_shell(rng.normal(scale=0.1 * mass, size=(n, 3)).astype(np.longdouble), mass)
    # not more energy: exp(2 b q2) must not underflow, nor q2 q2 / m_Z'^2 drown what is left of it
    energy = rng.uniform(0.5, 1.0, size=(n, 1))
    k = _on_shell(_isotropic(rng, n) * energy, 0.0)
    total = k + p
    root_s = np.sqrt(dot(total, total))
    pair = m_nu4 + m_scalar + (root_s - mass - m_nu4 - m_scalar) * rng.uniform(size=n)
    recoil = np.sqrt((root_s**2 - (mass + pair) ** 2) * (root_s**2 - (mass - pair) ** 2)) / (2 * root_s)
    direction = _isotropic(rng, n) * recoil[:, None]
    # the boost's rounding must not take p' off its shell: its current would not be conserved
    p_out = _on_shell(boosted(_on_shell(direction, mass), total)[:, 1:], mass)
    system = boosted(_on_shell(-direction, pair[:, None]), total)
    inner = np.sqrt((pair**2 - (m_nu4 + m_scalar) ** 2) * (pair**2 - (m_nu4 - m_scalar) ** 2)) / (2 * pair)
    k4 = boosted(_on_shell(_isotropic(rng, n) * inner[:, None], m_nu4), system)
    scalar = total - p_out - k4
    assert dot(scalar, scalar) == pytest.approx(np.full(n, m_scalar**2), abs=1e-15)
    return k, p, k4, p_out


def program(k, p, k4, p_out, m_nu4, m_zprime, target):
    """The program's numerator over the propagators, with the vertex 2 m_Z'."""
    q1, q2 = k - k4, p_out - p
    products = (dot(k, p), dot(k, k4 + p_out), dot(p, k4), dot(p_out, k4), dot(q2, q2))
    n0, nd = numerator(Invariants(*(np.asarray(x, dtype=np.float64) for x in products)), target, m_nu4, m_zprime)
    kappa, ratio = np.asarray(dot(k, k4), dtype=np.float64), (m_nu4 / m_zprime) ** 2
    tensors = sum(c * kappa**i for i, c in enumerate(n0)) + ratio * sum(c * kappa**i for i, c in enumerate(nd))
    propagators = (dot(q1, q1) - m_zprime**2) * (dot(q2, q2) - m_zprime**2)
    return (2 * m_zprime) ** 2 * np.asarray(tensors) / propagators**2


# (m_Z', m_phi, m_nu4) [GeV]: the benchmark of Table I and corners where the q1 q1 term is large or absent
MASSES = {
    "table1": (0.8, 0.023, 0.05),
    "longitudinal": (0.07, 0.005, 0.14),
    "light": (0.03, 0.005, 0.001),
    "H": (2.0, 0.106, 0.15),
}
pytestmark = pytest.mark.skipif(np.finfo(np.longdouble).eps > 2e-19, reason="no extended precision on this platform")
masses = pytest.mark.parametrize(("m_zprime", "m_scalar", "m_nu4"), MASSES.values(), ids=MASSES)
RELATIVE = 1e-9  # double precision, less the cancellations among the terms of a trace


def test_gamma_matrices_anticommute_to_twice_the_metric():
    anticommutators = np.einsum("mij,njk->mnik", GAMMA, GAMMA) + np.einsum("nij,mjk->mnik", GAMMA, GAMMA)
    assert np.array_equal(anticommutators, 2 * np.einsum("mn,ij->mnij", np.diag(METRIC), np.eye(4)))


@masses
def test_squared_amplitude_on_a_nucleon_equals_explicit_dirac_matrices(m_zprime, m_scalar, m_nu4):
    events = random_events(NUCLEON_MASS, m_nu4, m_scalar)
    expected = squared_amplitude(*events, m_nu4, m_zprime)
    assert program(*events, m_nu4, m_zprime, NUCLEON) == pytest.approx(expected, rel=RELATIVE, abs=0)


@masses
def test_squared_amplitude_on_carbon_equals_a_spin_zero_current(m_zprime, m_scalar, m_nu4):
    events = random_events(CARBON_MASS, m_nu4, m_scalar)
    expected = squared_amplitude(*events, m_nu4, m_zprime, nucleus=True)
    assert program(*events, m_nu4, m_zprime, CARBON) == pytest.approx(expected, rel=RELATIVE, abs=0)


def test_literal_reading_of_eq_30_weights_the_nucleon_by_144_exp_2bq2():
    events = random_events(NUCLEON_MASS, 0.05, 0.023)
    p, p_out = events[1], events[3]
    weight = 144 * np.exp(50 * dot(p_out - p, p_out - p))
    expected = weight * squared_amplitude(*events, 0.05, 0.8)
    assert program(*events, 0.05, 0.8, CARBON_AS_NUCLEON) == pytest.approx(expected, rel=RELATIVE, abs=0)


@masses
@pytest.mark.parametrize("nucleus", [False, True], ids=["nucleon", "carbon"])
def test_neutrinos_and_antineutrinos_agree(m_zprime, m_scalar, m_nu4, nucleus):
    events = random_events(CARBON_MASS if nucleus else NUCLEON_MASS, m_nu4, m_scalar)
    neutrino, antineutrino = (
        squared_amplitude(*events, m_nu4, m_zprime, nucleus=nucleus, anti=anti) for anti in (False, True)
    )
    assert antineutrino == pytest.approx(neutrino, rel=RELATIVE, abs=0)


@masses
@pytest.mark.parametrize("nucleus", [False, True], ids=["nucleon", "carbon"])
def test_q2_q2_part_of_the_propagator_drops(m_zprime, m_scalar, m_nu4, nucleus):
    events = random_events(CARBON_MASS if nucleus else NUCLEON_MASS, m_nu4, m_scalar)
    full, without = (squared_amplitude(*events, m_nu4, m_zprime, nucleus=nucleus, qq=(True, q)) for q in (True, False))
    assert without == pytest.approx(full, rel=RELATIVE, abs=0)


def test_q1_q1_part_of_the_propagator_does_not_drop():
    events = random_events(NUCLEON_MASS, 0.14, 0.005)
    full, without = (squared_amplitude(*events, 0.14, 0.05, qq=(q, True)) for q in (True, False))
    assert np.median(full / without) > 2


def test_two_parts_of_the_numerator_are_positive():
    for m_zprime, m_scalar, m_nu4 in MASSES.values():
        k, p, k4, p_out = random_events(NUCLEON_MASS, m_nu4, m_scalar, n=2000, seed=5)
        q2 = p_out - p
        inv = Invariants(dot(k, p), dot(k, k4 + p_out), dot(p, k4), dot(p_out, k4), dot(q2, q2))
        for part in numerator(inv, NUCLEON, m_nu4, m_zprime):
            assert np.all(sum(c * dot(k, k4) ** i for i, c in enumerate(part)) > 0)
