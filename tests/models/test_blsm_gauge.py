"""Gauge sector of the BLSM: diagonalisation of the mass matrix, couplings, and what paper B prints."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.constants import Z_MASS
from zprimefit.models.blsm import gauge
from zprimefit.models.blsm.gauge import FERMIONS, GaugeSector

CONSISTENT, PRINTED = GaugeSector(), GaugeSector("as_printed")
BENCHMARK = {"m_zprime": 0.02, "g_BL": -1e-4, "g_tilde": 0.2, "theta_prime": 3e-3}
masses = st.floats(1e-3, 10.0)
couplings = st.floats(1e-6, 1e-2)
kinetic = st.floats(-0.4, 0.4)


@settings(deadline=None)
@given(masses, couplings, kinetic)
def test_eq_4_diagonalises_the_mass_matrix_with_a_massless_photon(mass, g_bl, g_tilde):
    v_prime = float(gauge.singlet_vev(mass, g_bl, g_tilde))
    m_z, m_zprime, angle = (float(x) for x in gauge.masses_and_angle(g_bl, g_tilde, v_prime))
    turn = gauge.rotation(angle)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-12)
    found = turn.T @ gauge.mass_matrix(g_bl, g_tilde, v_prime) @ turn
    assert found == pytest.approx(np.diag([0.0, m_z**2, m_zprime**2]), abs=1e-9 * m_z**2)


@settings(deadline=None)
@given(masses, couplings, kinetic)
def test_mass_and_vacuum_expectation_value_are_inverses(mass, g_bl, g_tilde):
    v_prime = gauge.singlet_vev(mass, g_bl, g_tilde)
    _, found, angle = gauge.masses_and_angle(g_bl, g_tilde, v_prime)
    assert float(found) == pytest.approx(mass, rel=1e-9)
    assert float(angle) == pytest.approx(float(gauge.mixing_angle(mass, g_tilde)), rel=1e-9, abs=1e-15)


def test_eq_6_gives_both_masses():
    """Upper sign Z, lower sign Z', with the 4 of |Q_BL| = 1."""
    g_bl, g_tilde, v_prime = 1e-2, 0.05, 200.0
    m_z, m_zprime, angle = (float(x) for x in gauge.masses_and_angle(g_bl, g_tilde, v_prime))
    mean = ((g_tilde**2 + 4 * (v_prime / gauge.HIGGS_VEV) ** 2 * g_bl**2) / gauge.G_Z**2 + 1) / 2
    split = g_tilde / (np.sin(2 * angle) * gauge.G_Z)
    expected = gauge.HIGGS_VEV * gauge.G_Z / 2 * np.sqrt([mean - split, mean + split])
    assert [m_z, m_zprime] == pytest.approx(expected, rel=1e-6)


def test_light_zprime_has_the_mixing_angle_of_its_kinetic_mixing():
    """theta' = -gt/g_Z: 0.2 gives -0.26, and 3e-3 of paper B would need |gt| = 2.2e-3."""
    assert float(gauge.mixing_angle(0.02, 0.2)) == pytest.approx(-0.2637, rel=1e-3)
    assert float(gauge.mixing_angle(0.02, -2.222e-3)) == pytest.approx(3e-3, rel=1e-3)


def test_kinetic_mixing_of_the_paper_moves_the_z_by_3_gev():
    v_prime = gauge.singlet_vev(0.02, -1e-4, 0.2)
    assert float(gauge.masses_and_angle(-1e-4, 0.2, v_prime)[0]) - Z_MASS == pytest.approx(3.27, abs=0.01)


@settings(deadline=None)
@given(kinetic, st.floats(-1e-2, 1e-2))
def test_light_zprime_couples_like_b_minus_l_and_electric_charge(g_tilde, g_bl):
    """C_A ~ 0, C_V = Q_BL g_BL - Q gt c_W^2 up to cos(theta'), neutrinos -g_BL."""
    params = {"m_zprime": 1e-3, "g_BL": g_bl, "g_tilde": g_tilde}
    cosine = np.cos(float(CONSISTENT.theta_prime(params)))
    mixed = g_tilde * (1 - gauge.SIN2)
    vector, axial = (float(c) for c in CONSISTENT.couplings("mu", params))
    assert vector == pytest.approx(-(g_bl + mixed) * cosine, rel=1e-6, abs=1e-10)
    assert abs(axial) < 1e-9
    assert [float(c) for c in CONSISTENT.nucleons(params)] == pytest.approx(
        [(g_bl + mixed) * cosine, g_bl * cosine], rel=1e-6, abs=1e-10
    )
    assert [float(c) for c in CONSISTENT.neutrino_charges(params)] == pytest.approx(
        [-g_bl * cosine, g_bl * cosine, -2 * g_bl * cosine], rel=1e-6, abs=1e-9
    )


def test_couplings_are_those_of_the_covariant_derivative():
    """The Z' column of Eq. 4 applied to g T3 W3 + g1 Y B + (gt Y + g_BL Q_BL) B'."""
    params = {"m_zprime": 5.0, "g_BL": 3e-3, "g_tilde": 0.07}
    b, w3, b_prime = gauge.rotation(float(CONSISTENT.theta_prime(params)))[:, 2]
    for charges in (c for pair in FERMIONS.values() for c in pair):
        hypercharge = charges.electric - charges.t3
        expected = gauge.G_2 * charges.t3 * w3 + gauge.G_1 * hypercharge * b
        expected += (params["g_tilde"] * hypercharge + params["g_BL"] * charges.b_minus_l) * b_prime
        assert float(CONSISTENT.chiral(charges, params)) == pytest.approx(expected, rel=1e-12, abs=1e-17)


def test_eqs_14_and_15_as_printed():
    params = {"g_BL": 2e-4, "g_tilde": 0.1, "theta_prime": 2e-3, "m_zprime": 0.03}
    sine, cosine = np.sin(2e-3), np.cos(2e-3)
    base = params["g_BL"] * cosine + params["g_tilde"] * gauge.SINE * sine
    left = base + (gauge.G_1 * gauge.SINE - gauge.G_2 * gauge.COSINE) * sine / 2
    right = base + gauge.G_1 * gauge.SINE * sine
    found = [float(c) for c in PRINTED.couplings("e", params)]
    assert found == pytest.approx([(left + right) / 2, (right - left) / 2], rel=1e-12)
    active, singlet, sterile = (float(c) for c in PRINTED.neutrino_charges(params))
    assert active == pytest.approx(base + (gauge.G_1 * gauge.SINE + gauge.G_2 * gauge.COSINE) * sine / 2, rel=1e-12)
    assert singlet == pytest.approx(-base, rel=1e-12)
    assert sterile == 0


def test_benchmark_as_printed_has_the_couplings_that_contradict_the_paper():
    """C_V = 1.5e-4, C_A = 5.6e-4, g_nu = 1.3e-3, where its own list wants |C_nu| below 1e-5."""
    assert [float(c) for c in PRINTED.couplings("mu", BENCHMARK)] == pytest.approx([1.47e-4, 5.56e-4], rel=5e-3)
    assert float(PRINTED.neutrino_charges(BENCHMARK)[0]) == pytest.approx(1.30e-3, rel=5e-3)


def test_axial_coupling_of_the_paper_belongs_to_another_mixing_angle():
    """|C_A| = theta' g_Z / 4: 1.88e-4 is theta' = 1.0e-3, and 3e-3 gives 5.6e-4."""
    at = {name: float(PRINTED.couplings("mu", BENCHMARK | {"theta_prime": name})[1]) for name in (1.015e-3, 3e-3)}
    assert list(at.values()) == pytest.approx([1.88e-4, 5.56e-4], rel=2e-3)
