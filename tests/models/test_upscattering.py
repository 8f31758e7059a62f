"""Upscattering on nucleons against products of Dirac matrices, two-body kinematics and its massless limit."""

import numpy as np
import pytest
from dirac import GAMMA, LEFT, METRIC, nucleon_vertex, spin_sum, squared
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zprimefit.constants import HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS
from zprimefit.models import Z2HDM
from zprimefit.models.llewellyn_smith import elastic, single_energy
from zprimefit.models.upscattering import heavy_neutrinos_of, least_energy, shifted_form_factors, upscattering

M = NUCLEON_MASS


def isoscalar(q2):
    """F1, F2 of arXiv:2006.01948, Eq. 29, written out at Q^2 > 0."""
    dipole = 1 / (1 + q2 / 0.71) ** 2
    return dipole * (1 - q2 * 0.12 / (4 * M**2 + q2)), dipole * 4 * M**2 * (1.79 - 1.91) / (4 * M**2 + q2)


def by_traces(e_nu, q2, m_heavy, m_vector):
    """Cross section [cm^2/GeV^2] at g g_N = 1, with the q q part of the propagator."""
    kinetic = q2 / (2 * M)
    recoil = np.sqrt(kinetic**2 + 2 * M * kinetic)
    cos = (q2 + m_heavy**2 + 2 * e_nu * kinetic) / (2 * e_nu * recoil)
    k, p = np.array([e_nu, 0, 0, e_nu]), np.array([M, 0, 0, 0.0])
    p_out = np.array([M + kinetic, recoil * np.sqrt(1 - cos**2), 0, recoil * cos])
    q, k_out = p_out - p, k + p - p_out
    assert np.sum(METRIC * k_out**2) == pytest.approx(m_heavy**2, abs=1e-12)
    lepton = squared(spin_sum(k), GAMMA @ LEFT, spin_sum(k_out, m_heavy))
    hadron = squared(spin_sum(p, M), nucleon_vertex(*isoscalar(q2), q, M), spin_sum(p_out, M)) / 2
    propagator = (np.diag(METRIC) - np.outer(q * METRIC, q * METRIC) / m_vector**2) / (q2 + m_vector**2)
    amplitude = np.einsum("mn,ma,nb,ab->", lepton, propagator, propagator, hadron).real
    return amplitude / (64 * np.pi * M**2 * e_nu**2) * HBARC_SQUARED_CM2_GEV2


@pytest.mark.parametrize("m_vector", [0.03, 0.8])
@pytest.mark.parametrize(
    ("e_nu", "q2", "m_heavy"), [(0.8, 0.1, 0.05), (0.8, 0.6, 0.0), (1.5, 0.4, 0.3), (4.0, 1.0, 1.0)]
)
def test_cross_section_is_that_of_dirac_matrices(e_nu, q2, m_heavy, m_vector):
    found = float(upscattering(q2, m_heavy, m_vector, single_energy(e_nu)))
    assert found == pytest.approx(by_traces(e_nu, q2, m_heavy, m_vector), rel=1e-8)


def test_massless_limit_is_the_added_amplitude_alone():
    """Z exchange off, coupling the same: what stays a neutrino and what turns into a massless one agree."""
    q2, m_vector, product, beam = np.array([0.05, 0.3, 0.9]), 0.4, 1.7, single_energy(1.1)
    f1, f2 = shifted_form_factors(q2, 0.0, 0.0, product, m_vector)
    alone = elastic(q2, f1, f2, beam, beam)[0]
    np.testing.assert_allclose(alone, product**2 * upscattering(q2, 0.0, m_vector, beam), rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(e_nu=st.floats(0.1, 9.0), share=st.floats(0.0, 0.95), back=st.booleans())
def test_least_energy_is_the_edge_of_two_body_kinematics(e_nu, share, back):
    """Both ends of the range of Q^2 at an energy, from momenta in the frame of the collision, need just that energy."""
    s = M**2 + 2 * M * e_nu
    m_heavy = share * (np.sqrt(s) - M)
    initial = (s - M**2) / (2 * np.sqrt(s))
    energy = (s + m_heavy**2 - M**2) / (2 * np.sqrt(s))
    final = np.sqrt(energy**2 - m_heavy**2)
    q2 = 2 * initial * (energy + (final if back else -final)) - m_heavy**2
    assume(q2 > 1e-6)
    assert float(least_energy(q2, m_heavy)) == pytest.approx(e_nu, rel=1e-5)


def test_heavy_neutrino_needs_more_energy():
    q2 = np.linspace(0.01, 1.5, 40)
    assert (np.asarray(least_energy(q2, 0.3)) > np.asarray(least_energy(q2))).all()


def test_vector_of_much_momentum_transfer_goes_as_the_fourth_power_of_its_mass():
    heavy = [float(upscattering(0.3, 0.05, m, single_energy(1.0))) for m in (100.0, 200.0)]
    assert heavy[0] / heavy[1] == pytest.approx(16, rel=1e-4)


def test_model_without_heavy_neutrino_has_none():
    model = Z2HDM()
    (heavy,) = heavy_neutrinos_of(model, model.benchmark())
    assert heavy.strengths["mu"] > 0
    assert heavy_neutrinos_of(object(), {}) == ()
