"""Two-body widths against amplitudes with explicit matrices, thresholds and limits."""

import jax
import numpy as np
import pytest

from zprimefit.constants import ELECTRON_MASS, FINE_STRUCTURE, HIGGS_MASS, HIGGS_VEV, MUON_MASS, TAU_MASS
from zprimefit.models import widths

METRIC = np.diag([1.0, -1, -1, -1])
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
ZERO, ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array(
    [np.block([[ZERO, ONE], [ONE, ZERO]]), *(np.block([[ZERO, s], [-s, ZERO]]) for s in SIGMA)], dtype=complex
)
LEFT = np.diag([1.0, 1, 0, 0])


def slash(p):
    return np.einsum("m,mij->ij", METRIC @ p, GAMMA)


def two_body(mass, first, second):
    """Momenta of the decay products at rest, and their momentum."""
    energy = (mass**2 + first**2 - second**2) / (2 * mass)
    momentum = np.sqrt(energy**2 - first**2)
    return np.array([energy, 0, 0, momentum]), np.array([mass - energy, 0, 0, -momentum]), momentum


def width_from_amplitude(squared, mass, first, second=None, identical=False):
    momentum = two_body(mass, first, first if second is None else second)[2]
    return squared * momentum / (8 * np.pi * mass**2) / (2 if identical else 1)


def test_lepton_width_is_the_two_body_phase_space_of_the_yukawa_amplitude():
    """Sum over spins of |y ubar v|^2 = y^2 4 (p1.p2 - m^2) = 2 y^2 (m_phi^2 - 4 m^2)."""
    expected = width_from_amplitude(2 * 1e-3**2 * (0.5**2 - 4 * MUON_MASS**2), 0.5, MUON_MASS)
    assert float(widths.to_leptons(0.5, 1e-3, MUON_MASS)) == pytest.approx(expected, rel=1e-13)


def test_scalar_to_vectors_is_the_sum_over_polarisations():
    """|g eps1.eps2|^2 summed: g^2 P(k1)_{mu nu} P(k2)^{mu nu}, P = -g + k k / m^2, by explicit matrices."""
    mass, vector, coupling = 0.1, 0.03, 0.17
    first, second = (-METRIC + np.outer(k, k) / vector**2 for k in two_body(mass, vector, vector)[:2])
    squared = coupling**2 * np.trace(first @ METRIC @ second @ METRIC)
    expected = width_from_amplitude(squared, mass, vector, identical=True)
    assert float(widths.to_vectors(mass, coupling, vector)) == pytest.approx(expected, rel=1e-12)


def test_scalar_widths_are_the_phase_space_of_a_constant_amplitude():
    expected = width_from_amplitude(1.13e-2**2, 0.106, 0.023, identical=True)
    assert float(widths.to_scalars(0.106, 1.13e-2, 0.023)) == pytest.approx(expected, rel=1e-13)
    expected = width_from_amplitude(0.3**2, 1.0, 0.2, 0.5)
    assert float(widths.to_scalar_pair(1.0, 0.3, 0.2, 0.5)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(("first", "second"), [(0.3, 0.3), (0.1, 0.6), (0.4, 0.0)])
def test_left_handed_vector_width_is_the_trace(first, second):
    """(-g + q q/m^2)_{mu nu} Tr[(p1 + m1) gamma^mu P_L (p2 - m2) gamma^nu P_L] / 3."""
    mass, coupling = 1.0, 0.7
    p1, p2, _ = two_body(mass, first, second)
    q = p1 + p2
    vertex = [g @ LEFT for g in GAMMA]
    # gamma^nu P_L between the spinors stands for its own conjugate, P_R gamma^nu = gamma^nu P_L
    tensor = np.array(
        [[np.trace((slash(p1) + first * np.eye(4)) @ a @ (slash(p2) - second * np.eye(4)) @ b) for b in vertex]
         for a in vertex]
    )  # fmt: skip
    polarisations = METRIC @ (-METRIC + np.outer(q, q) / mass**2) @ METRIC
    squared = coupling**2 * np.sum(polarisations * tensor).real / 3
    expected = width_from_amplitude(squared, mass, first, second)
    assert float(widths.vector_to_left_handed(mass, coupling, first, second)) == pytest.approx(expected, rel=1e-12)


def test_vector_coupling_to_dirac_fermions_is_the_trace():
    mass, fermion, coupling = 1.0, 0.3, 0.7
    p1, p2, _ = two_body(mass, fermion, fermion)
    tensor = np.array(
        [[np.trace((slash(p1) + fermion * np.eye(4)) @ a @ (slash(p2) - fermion * np.eye(4)) @ b) for b in GAMMA]
         for a in GAMMA]
    )  # fmt: skip
    squared = coupling**2 * np.sum(-METRIC * tensor).real / 3
    expected = width_from_amplitude(squared, mass, fermion)
    assert float(widths.vector_to_fermions(mass, coupling, fermion)) == pytest.approx(expected, rel=1e-12)


def test_photon_loop_of_a_heavy_lepton_is_four_thirds():
    assert [float(x) for x in widths.photon_amplitude(1e-9)] == pytest.approx([4 / 3, 0.0])


def test_photon_loop_is_its_feynman_integral_below_threshold():
    """A = 4 Int_0^1 dx Int_0^{1-x} dy (1 - 4 x y) / (1 - 4 tau x y), tau = m_phi^2 / (4 m_l^2)."""
    u, w = np.polynomial.legendre.leggauss(60)
    u, w = (u + 1) / 2, w / 2
    x, y = u[:, None], (1 - u[:, None]) * u
    weight = w[:, None] * w * (1 - x)
    for tau in (0.003, 0.0099, 0.0101, 0.3, 0.9):
        expected = 4 * np.sum(weight * (1 - 4 * x * y) / (1 - 4 * tau * x * y))
        assert float(widths.photon_amplitude(tau)[0]) == pytest.approx(expected, rel=1e-7)


def test_photon_loop_has_the_optical_imaginary_part_above_threshold():
    """By cutting the loop: Im A = (pi/tau) (1 - 1/tau) ln[(1 + b)/(1 - b)], from Im 1/(1 - 4 tau x y - i0)."""
    for tau in (1.5, 30.0):
        beta = np.sqrt(1 - 1 / tau)
        expected = np.pi / tau * (1 - 1 / tau) * np.log((1 + beta) / (1 - beta))
        assert float(widths.photon_amplitude(tau)[1]) == pytest.approx(expected, rel=1e-12)


def test_photon_width_of_h_by_the_tau_loop():
    """Yukawa coupling m/v: alpha^2 m_h^3/(256 pi^3 v^2) |A|^2, with |A| about 2 ln^2(4x) / (4x) for light leptons."""
    x = HIGGS_MASS**2 / (4 * TAU_MASS**2)
    amplitude = abs(2 / x * (1 - (np.log(4 * x) - 1j * np.pi) ** 2 / 4))
    expected = FINE_STRUCTURE**2 * HIGGS_MASS**3 / (256 * np.pi**3 * HIGGS_VEV**2) * amplitude**2
    found = float(widths.to_photons(HIGGS_MASS, np.array([TAU_MASS / HIGGS_VEV]), np.array([TAU_MASS])))
    assert found == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("x", [1e-6, 0.01, 1.0, 1 + 1e-9, 500.0])
def test_photon_loop_has_finite_derivatives(x):
    assert all(np.isfinite(float(d)) for d in jax.jacfwd(widths.photon_amplitude)(x))


@pytest.mark.parametrize(
    "width",
    [
        lambda m: widths.to_leptons(m, 1e-3, MUON_MASS),
        lambda m: widths.to_vectors(m, 0.1, MUON_MASS),
        lambda m: widths.to_scalars(m, 0.1, MUON_MASS),
        lambda m: widths.to_scalar_pair(m, 0.1, MUON_MASS, MUON_MASS),
        lambda m: widths.vector_to_fermions(m, 0.1, MUON_MASS),
        lambda m: widths.vector_to_left_handed(m, 0.1, MUON_MASS, MUON_MASS),
    ],
    ids=["leptons", "vectors", "scalars", "pair", "fermions", "left-handed"],
)
def test_width_and_derivative_are_zero_below_and_at_threshold(width):
    for mass in (ELECTRON_MASS, MUON_MASS, 2 * MUON_MASS):
        assert float(width(mass)) == 0
        assert float(jax.grad(width)(mass)) == 0
    assert float(width(2.001 * MUON_MASS)) > 0
