"""Neutral-current elastic scattering against products of Dirac matrices, limits and the published cross section."""

import numpy as np
import pytest
from dirac import GAMMA, GAMMA5, LEFT, METRIC, nucleon_vertex, spin_sum, squared

from zprimefit.constants import FERMI_CONSTANT, HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS
from zprimefit.models.llewellyn_smith import (
    at_axial_form_factor,
    axial_form_factor,
    elastic,
    largest_q2,
    single_energy,
    vector_form_factors,
)

M = NUCLEON_MASS


def momenta(e_nu, q2):
    """k, p, k', p' of neutrino on nucleon at rest."""
    kinetic = q2 / (2 * M)
    cos = (q2 + 2 * e_nu * kinetic) / (2 * e_nu * np.sqrt(kinetic**2 + 2 * M * kinetic))
    recoil = np.sqrt(kinetic**2 + 2 * M * kinetic)
    k, p = np.array([e_nu, 0, 0, e_nu]), np.array([M, 0, 0, 0.0])
    p_out = np.array([M + kinetic, recoil * np.sqrt(1 - cos**2), 0, recoil * cos])
    return k, p, k + p - p_out, p_out


def by_traces(e_nu, q2, f1, f2, g_a, *, anti):
    """Cross section [cm^2/GeV^2] of (G_F/sqrt2)^2 |nubar gamma (1 - gamma5) nu  Nbar (gamma F1 + ... + G_A) N|^2."""
    k, p, k_out, p_out = momenta(e_nu, q2)
    first, second = (spin_sum(k_out), spin_sum(k)) if anti else (spin_sum(k), spin_sum(k_out))
    lepton = squared(first, 2 * GAMMA @ LEFT, second)
    vertex = nucleon_vertex(f1, f2, p_out - p, M) - g_a * GAMMA @ GAMMA5
    hadron = squared(spin_sum(p, M), vertex, spin_sum(p_out, M)) / 2
    lowered = METRIC[:, None] * METRIC * hadron
    amplitude = FERMI_CONSTANT**2 / 2 * np.einsum("mn,mn->", lepton, lowered).real
    return amplitude / (64 * np.pi * M**2 * e_nu**2) * HBARC_SQUARED_CM2_GEV2


@pytest.mark.parametrize("anti", [False, True], ids=["neutrino", "antineutrino"])
@pytest.mark.parametrize(("e_nu", "q2"), [(0.4, 0.1), (0.8, 0.05), (0.8, 0.7), (3.0, 1.5)])
@pytest.mark.parametrize(("f1", "f2", "g_a"), [(0.03, 0.9, 0.6), (-0.5, -1.0, -0.6), (1.0, 0.0, 0.0), (0.2, -0.4, 1.3)])
def test_cross_section_is_that_of_dirac_matrices(e_nu, q2, f1, f2, g_a, anti):
    beam = single_energy(e_nu)
    difference = tuple(-k for k in beam) if anti else beam
    found = at_axial_form_factor(elastic(q2, f1, f2, beam, difference), g_a)
    assert found == pytest.approx(by_traces(e_nu, q2, f1, f2, g_a, anti=anti), rel=1e-9)


def test_forward_cross_section_is_that_of_charges():
    """G_F^2 / (2 pi) (F1^2 + G_A^2) at Q^2 -> 0, whatever the energy."""
    for nucleon, charge in (("proton", 0.5 - 2 * 0.23129), ("neutron", -0.5)):
        beam, q2 = single_energy(0.9), 1e-9
        g_a = axial_form_factor(q2, nucleon, 1.1)
        found = at_axial_form_factor(elastic(q2, *vector_form_factors(q2, nucleon), beam, beam), g_a)
        expected = FERMI_CONSTANT**2 / (2 * np.pi) * (charge**2 + (1.2754 / 2) ** 2) * HBARC_SQUARED_CM2_GEV2
        assert found == pytest.approx(expected, rel=1e-6)


def test_magnetic_moments_of_the_z_are_those_of_the_nucleons():
    """F1 + F2 at Q^2 = 0: (mu_p - mu_n)/2 - 2 sin^2 mu_p, and the same with p and n exchanged."""
    moments = {"proton": 2.792847, "neutron": -1.913043}
    for nucleon, other in (("proton", "neutron"), ("neutron", "proton")):
        expected = (moments[nucleon] - moments[other]) / 2 - 2 * 0.23129 * moments[nucleon]
        assert sum(vector_form_factors(0.0, nucleon)) == pytest.approx(expected, rel=1e-5)


def test_largest_momentum_transfer_sends_the_neutrino_back():
    for e_nu in (0.05, 0.7, 8.0):
        q2 = largest_q2(e_nu)
        _, _, k_out, _ = momenta(e_nu, q2 * (1 - 1e-12))
        assert k_out[3] == pytest.approx(-k_out[0], rel=1e-5)


def test_strange_axial_charge_moves_proton_and_neutron_apart():
    for nucleon, sign in (("proton", -1), ("neutron", +1)):
        plain, strange = (abs(axial_form_factor(0.3, nucleon, 1.0, s)) for s in (0.0, 0.1))
        assert np.sign(strange - plain) == sign
