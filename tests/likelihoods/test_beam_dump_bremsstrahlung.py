"""Bremsstrahlung of light bosons: amplitudes against explicit Dirac matrices, integrals against other integrals."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from zprimefit.constants import AVOGADRO, ELECTRON_MASS, FINE_STRUCTURE, HBARC_SQUARED_CM2_GEV2
from zprimefit.datasets import dump_setup
from zprimefit.likelihoods.beam_dumps.bremsstrahlung import _form_factor, amplitude_squared, cross_section, photon_flux

KINDS = ["scalar", "vector"]
PAULI = [np.array(p, dtype=complex) for p in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])]
ZERO, ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = [np.block([[ONE, ZERO], [ZERO, -ONE]])] + [np.block([[ZERO, p], [-p, ZERO]]) for p in PAULI]
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])


def slash(p):
    return sum(METRIC[i, i] * p[i] * GAMMA[i] for i in range(4))


def dot(p, q):
    return p @ METRIC @ q


def amplitude_of_matrices(kind, p, q, k, mass):
    """Average over initial, sum over final spins of |M(e gamma -> e X)|^2 / (e^2 g^2), by traces of matrices."""
    me = ELECTRON_MASS
    end = p + q - k
    into, out = slash(p) + me * np.eye(4), slash(end) + me * np.eye(4)
    s_line = (slash(p + q) + me * np.eye(4)) / (dot(p + q, p + q) - me**2)
    u_line = (slash(p - k) + me * np.eye(4)) / (dot(p - k, p - k) - me**2)
    boson = [(np.eye(4), 1.0)] if kind == "scalar" else [(GAMMA[i], -METRIC[i, i]) for i in range(4)]
    total = 0.0
    for mu in range(4):
        for vertex, sign in boson:
            m = vertex @ s_line @ GAMMA[mu] + GAMMA[mu] @ u_line @ vertex
            bar = GAMMA[0] @ m.conj().T @ GAMMA[0]
            total += -METRIC[mu, mu] * sign * np.trace(out @ m @ into @ bar).real
    return total / 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("mass", "excess", "cosine"), [(0.023, 3.0, 0.3), (0.0015, 1.2, -0.8), (0.1, 20.0, 0.95)])
def test_amplitude_is_that_of_dirac_matrices(kind, mass, excess, cosine):
    me = ELECTRON_MASS
    root = (me + mass) * excess
    momentum = (root**2 - me**2) / (2 * root)
    away = np.sqrt((root**2 - (me + mass) ** 2) * (root**2 - (me - mass) ** 2)) / (2 * root)
    p = np.array([np.hypot(momentum, me), 0, 0, momentum])
    q = np.array([momentum, 0, 0, -momentum])
    k = np.array([np.hypot(away, mass), away * np.sqrt(1 - cosine**2), 0, away * cosine])
    # x and U belong to invariants: s - m_e^2 = U/(1 - x), u - m_e^2 = -U
    u = me**2 - dot(p - k, p - k)
    x = 1 - u / (root**2 - me**2)
    expected = amplitude_of_matrices(kind, p, q, k, mass)
    assert float(amplitude_squared(kind, x, u, mass)) == pytest.approx(expected, rel=1e-8)


def test_photon_of_no_mass_scatters_as_klein_and_nishina_say():
    x, omega = 0.3, 0.02  # fraction of energy in a fast frame; energy of the photon where the electron rests
    s = 2 * ELECTRON_MASS * omega
    u = s * (1 - x)
    after = omega * (1 - x)
    cosine = 1 - ELECTRON_MASS * (1 / after - 1 / omega)
    expected = 2 * (after / omega + omega / after - (1 - cosine**2))
    assert float(amplitude_squared("vector", x, u, 0.0)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("kind", "shape"), [("vector", lambda x: 4 * (1 - x + x**2 / 3)), ("scalar", lambda x: 2 * x**2 / 3)]
)
def test_spectrum_of_a_heavy_boson_is_the_known_one(kind, shape):
    x, mass = np.array([0.2, 0.5, 0.9]), 0.3
    found = np.asarray(cross_section(kind, x, 1e4, mass, 0.0)) * mass**2 * (1 - x) / x
    assert found == pytest.approx(FINE_STRUCTURE**2 / (4 * np.pi) * shape(x), rel=2e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("angle", [0.0, 2e-3, 1e-2])
def test_integral_over_angles_is_that_of_the_amplitude(kind, angle):
    x, energy, mass, me = 0.7, 9.0, 0.02, ELECTRON_MASS
    least = mass**2 * (1 - x) / x + me**2 * x
    most = least + (energy * angle) ** 2 * x if angle else np.inf

    def integrand(u):
        return (1 - x) * float(amplitude_squared(kind, x, u, mass)) / u**2

    # in y = U_min/U the range is finite
    expected = quad(lambda y: integrand(least / y) * least / y**2, least / most, 1, epsrel=1e-10)[0]
    beta = np.sqrt(1 - (mass / (x * energy)) ** 2)
    found = float(cross_section(kind, x, energy, mass, angle))
    assert found == pytest.approx(FINE_STRUCTURE**2 / (4 * np.pi) * beta * expected, rel=1e-7)


@pytest.mark.parametrize(
    ("energy", "mass", "z", "a"), [(20.0, 0.001, 13, 26.98), (1.6, 0.08, 74, 183.84), (275.0, 0.01, 74, 183.84)]
)
def test_photon_flux_is_its_integral(energy, mass, z, a):
    low = (mass**2 / (2 * energy)) ** 2

    def integrand(y):
        t = np.exp(y)
        return (1 - low / t) * float(_form_factor(jnp.asarray(t), z, a))

    expected = quad(integrand, np.log(low), np.log(mass**2), epsrel=1e-6, limit=200)[0]
    assert float(photon_flux(jnp.asarray(energy), jnp.asarray(mass), z, a)) == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize("material", ["aluminium", "tungsten"])
def test_radiation_lengths_are_those_of_the_formula(material):
    """Tsai, Rev. Mod. Phys. 46 (1974) 815: 1/X0 = 4 alpha r_e^2 (N_A/A) {Z^2 [L - f] + Z L'}."""
    numbers = {key: row.value for key, row in dump_setup("electron", material).items()}
    z = numbers["atomic_number"]
    coulomb = (FINE_STRUCTURE * z) ** 2
    f = coulomb * (1 / (1 + coulomb) + 0.20206 - 0.0369 * coulomb + 0.0083 * coulomb**2)
    bracket = z**2 * (np.log(184.15 * z ** (-1 / 3)) - f) + z * np.log(1194 * z ** (-2 / 3))
    radius_squared = (FINE_STRUCTURE / ELECTRON_MASS) ** 2 * HBARC_SQUARED_CM2_GEV2
    inverse = 4 * FINE_STRUCTURE * radius_squared * AVOGADRO / numbers["atomic_weight"] * bracket
    assert numbers["radiation_length"] == pytest.approx(1 / inverse, rel=0.01)
