"""Cross sections of nu N -> N_h N against Dirac matrices, adaptive integration and two other programs of the house."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from dirac import GAMMA, LEFT, METRIC, nucleon_vertex, spin_sum, squared
from scipy.integrate import quad

from tests.chain import cross_section, isoscalar
from zprimefit.constants import CARBON_MASS, HBARC_SQUARED_CM2_GEV2
from zprimefit.likelihoods.coherent.cross_section import Nucleus, kinematic_coefficients, lowest_energy, recoil_range
from zprimefit.models.blsm.scattering import differential, q2_range, threshold, total
from zprimefit.models.llewellyn_smith import single_energy
from zprimefit.models.targets import CARBON, CARBON_AS_NUCLEON, NUCLEON, Target
from zprimefit.models.upscattering import upscattering

TARGETS = {"nucleon": NUCLEON, "carbon": CARBON}
targets = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
# (m_Z', m_h) [GeV]: the ends of what is asked for, and the paper's benchmark
MASSES = [(0.002, 0.001), (0.002, 0.4), (0.017, 0.1), (0.03, 0.4), (0.13, 0.001), (0.13, 0.4)]


def by_traces(e_nu, q2, m_heavy, m_vector, target):
    """d sigma / dQ2 [cm^2/GeV^2] from momenta, with the q q part of the propagator; form factors written out."""
    mass, kinetic = target.mass, q2 / (2 * target.mass)
    recoil = np.sqrt(kinetic**2 + 2 * mass * kinetic)
    cos = (q2 + m_heavy**2 + 2 * e_nu * kinetic) / (2 * e_nu * recoil)
    k, p = np.array([e_nu, 0, 0, e_nu]), np.array([mass, 0, 0, 0.0])
    p_out = np.array([mass + kinetic, recoil * np.sqrt(1 - cos**2), 0, recoil * cos])
    q, k_out = p_out - p, k + p - p_out
    assert np.sum(METRIC * k_out**2) == pytest.approx(m_heavy**2, abs=1e-10)
    lepton = squared(spin_sum(k), GAMMA @ LEFT, spin_sum(k_out, m_heavy))
    if target.kind == "carbon":
        hadron = np.exp(-50 * q2) * np.outer(p + p_out, p + p_out)
    else:
        hadron = squared(spin_sum(p, mass), nucleon_vertex(*isoscalar(q2), q, mass), spin_sum(p_out, mass)) / 2
    propagator = (np.diag(METRIC) - np.outer(q * METRIC, q * METRIC) / m_vector**2) / (q2 + m_vector**2)
    amplitude = np.einsum("mn,ma,nb,ab->", lepton, propagator, propagator, hadron).real
    return amplitude / (64 * np.pi * mass**2 * e_nu**2) * HBARC_SQUARED_CM2_GEV2


@targets
@pytest.mark.parametrize("m_vector", [0.03, 0.8])
@pytest.mark.parametrize(
    ("e_nu", "q2", "m_heavy"), [(0.8, 0.02, 0.1), (0.8, 0.2, 0.4), (1.5, 0.1, 0.01), (4.0, 0.3, 1)]
)
def test_differential_cross_section_is_that_of_dirac_matrices(e_nu, q2, m_heavy, m_vector, target):
    found = float(differential(q2, e_nu, m_heavy, m_vector, target))
    assert found == pytest.approx(by_traces(e_nu, q2, m_heavy, m_vector, target), rel=1e-8)


@pytest.mark.parametrize(("m_vector", "m_heavy"), MASSES)
def test_nucleon_agrees_with_the_upscattering_of_the_other_likelihoods(m_vector, m_heavy):
    least, most = q2_range(1.2, m_heavy, NUCLEON)
    q2 = np.geomspace(float(least) * 1.01, float(most) * 0.99, 30)
    expected = upscattering(q2, m_heavy, m_vector, single_energy(1.2))
    np.testing.assert_allclose(differential(q2, 1.2, m_heavy, m_vector, NUCLEON), expected, rtol=1e-10)


@pytest.mark.parametrize(("m_vector", "m_heavy"), MASSES)
def test_carbon_agrees_with_coherent_scattering_in_recoil_energy(m_vector, m_heavy):
    """d sigma / d T = 2 M d sigma / dQ2, with a kinematic factor derived apart from this one."""
    nucleus, e_nu = Nucleus(6, 6, CARBON_MASS), 0.9
    low, high = (float(end) for end in recoil_range(e_nu, m_heavy, nucleus))
    recoil = np.geomspace(low * 1.01, high * 0.99, 30)
    a, b = kinematic_coefficients(recoil, m_heavy, nucleus)
    q2 = 2 * CARBON_MASS * recoil
    strength = np.exp(-50 * q2) * CARBON_MASS / (2 * np.pi * (q2 + m_vector**2) ** 2)
    expected = strength * (1 - a / e_nu - b / e_nu**2) * HBARC_SQUARED_CM2_GEV2 / (2 * CARBON_MASS)
    found = differential(q2, e_nu, m_heavy, m_vector, CARBON)
    # the factor is a small difference where N_h goes backwards: compare with what is in front of it
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@targets
@pytest.mark.parametrize("m_heavy", [0.001, 0.1, 0.4])
def test_range_of_q2_is_that_of_the_two_body_kinematics(m_heavy, target):
    nucleus = Nucleus(6, 6, target.mass)
    for e_nu in (1.001 * float(threshold(m_heavy, target)), 0.7, 10.0):
        found = np.array(q2_range(e_nu, m_heavy, target))
        recoils = np.array(recoil_range(e_nu, m_heavy, nucleus))
        np.testing.assert_allclose(found, 2 * target.mass * recoils, rtol=1e-9)
        assert float(lowest_energy(recoils[0], m_heavy, nucleus)) == pytest.approx(e_nu, rel=1e-6)


@targets
@pytest.mark.parametrize(("m_vector", "m_heavy"), MASSES)
def test_total_cross_section_is_the_integral_to_1e_4(m_vector, m_heavy, target):
    start = float(threshold(m_heavy, target))
    energies = [e for e in (1.0003 * start, 1.3 * start, 0.6, 2.0, 10.0) if e > start]
    found = np.asarray(total(np.array(energies), m_heavy, m_vector, target))
    for e_nu, ours in zip(energies, found, strict=True):
        low, high = (float(np.log(end + m_vector**2)) for end in q2_range(e_nu, m_heavy, target))

        def integrand(y, e_nu=e_nu):
            q2 = np.exp(y) - m_vector**2
            return np.exp(y) * cross_section(q2, e_nu, m_heavy, m_vector, target)

        cuts = np.linspace(low, high, 9)
        expected = sum(quad(integrand, a, b, epsabs=0, epsrel=1e-7)[0] for a, b in pairwise(cuts))
        assert ours == pytest.approx(expected, rel=1e-4)


@targets
def test_threshold_is_the_mass_and_its_square_over_twice_the_target(target):
    start = 0.15 + 0.15**2 / (2 * target.mass)
    assert float(threshold(0.15, target)) == pytest.approx(start)
    below, above = np.asarray(total(start * np.array([1 - 1e-9, 1 + 1e-9]), 0.15, 0.03, target))
    assert below == 0
    assert above > 0


@targets
def test_closed_process_has_zero_value_and_derivatives(target):
    for e_nu in (0.01, 0.14):
        found = jax.grad(lambda x, e=e_nu: total(e, x[0], x[1], target))(jnp.array([0.15, 0.03]))
        assert np.array_equal(found, [0, 0])
        assert float(differential(0.01, e_nu, 0.15, 0.03, target)) == 0


@targets
def test_differential_cross_section_is_zero_outside_the_range_of_q2(target):
    least, most = q2_range(0.7, 0.15, target)
    q2 = jnp.array([0.99 * least, 1.01 * least, 0.99 * most, 1.01 * most])
    assert (np.asarray(differential(q2, 0.7, 0.15, 0.03, target)) > 0).tolist() == [False, True, True, False]


@targets
def test_derivative_in_the_masses_is_a_difference_quotient(target):
    def log_total(x):
        return jnp.log(total(0.7, x[0], x[1], target))

    at = jnp.array([0.15, 0.03])
    steps = 1e-6 * np.eye(2)
    expected = [float(log_total(at + s) - log_total(at - s)) / 2e-6 for s in steps]
    assert np.asarray(jax.grad(log_total)(at)) == pytest.approx(expected, rel=1e-5)


@targets
def test_heavy_vector_leaves_a_contact_interaction(target):
    light, heavy = (float(total(1.0, 0.1, m, target)) for m in (50.0, 100.0))
    assert light / heavy == pytest.approx(16, rel=1e-3)


def test_literal_reading_of_eq_24_weights_one_nucleon():
    """In units of the coupling of the whole nucleus, 12 times that of a nucleon."""
    ratio = differential(0.02, 0.8, 0.1, 0.03, CARBON_AS_NUCLEON) / differential(0.02, 0.8, 0.1, 0.03, NUCLEON)
    assert float(ratio) == pytest.approx(np.exp(-50 * 0.02), rel=1e-12)


def test_helm_form_factor_differs_from_the_gaussian_by_percents():
    helm = float(total(0.8, 0.1, 0.03, Target(CARBON_MASS, "carbon", carbon_form_factor="helm")))
    assert 1e-3 < abs(helm / float(total(0.8, 0.1, 0.03, CARBON)) - 1) < 0.2
