"""Widths of nu_4 against explicit spinors, contact limits and the muon."""

import jax
import numpy as np
import pytest
from scipy.integrate import quad

from zprimefit.constants import (
    ELECTRON_MASS,
    FERMI_CONSTANT,
    HBAR_GEV_S,
    MUON_MASS,
    PI0_MASS,
    PI_PLUS_MASS,
    PION_DECAY_CONSTANT,
    V_UD,
)
from zprimefit.models import Z2HDM, weak_decays
from zprimefit.models.z2hdm import dark_neutrino
from zprimefit.models.z2hdm.gauge import GaugeSector

TABLE1 = Z2HDM().benchmark()
BARYON, TAU = GaugeSector("B"), GaugeSector("B-3Ltau")
UNIT = float(weak_decays.muon_like_width(0.05))
SIGMA_BAR = np.array([np.eye(2), [[0, -1], [-1, 0]], [[0, 1j], [-1j, 0]], [[-1, 0], [0, 1]]])
METRIC = np.array([1.0, -1, -1, -1])


# -- three neutrinos -------------------------------------------------------------------------------------------------


def left_spinor(energy, angle):
    """sqrt(2E) times the eigenvector of helicity -1/2 in the x-z plane."""
    return np.sqrt(2 * energy) * np.array([-np.sin(angle / 2), np.cos(angle / 2)], dtype=complex)


def from_spinors(mass, m_zprime, charges, weak, identical, nodes=20):
    """Width with the product of charges of the Z' and a contact term, from two-component spinors at each point.

    nu_4 at rest; ubar1 gamma^mu P_L u4 = chi1^dagger sigma-bar^mu chi4. The exchange of 1 and 2 has a minus sign.
    """
    u, w = np.polynomial.legendre.leggauss(nodes)
    u, w = (u + 1) / 2, w / 2
    total = 0.0
    for a, wa in zip(u, w, strict=True):
        for b, wb in zip(u, w, strict=True):
            s12 = mass**2 * a
            s13 = (mass**2 - s12) * b
            s23 = mass**2 - s12 - s13
            e1, e2, e3 = ((mass**2 - s) / (2 * mass) for s in (s23, s13, s12))
            cos12, cos13 = 1 - s12 / (2 * e1 * e2), 1 - s13 / (2 * e1 * e3)
            one, two, three = (
                left_spinor(e1, 0.0), left_spinor(e2, np.arccos(cos12)), left_spinor(e3, -np.arccos(cos13))
            )  # fmt: skip
            squared = 0.0
            for rest in np.sqrt(mass) * np.eye(2):

                def diagram(first, second, s, rest=rest, three=three):
                    currents = np.einsum("i,mij,j->m", first.conj(), SIGMA_BAR, rest)
                    others = np.einsum("i,mij,j->m", second.conj(), SIGMA_BAR, three)
                    return np.sum(METRIC * currents * others) * (charges / (m_zprime**2 - s) - weak)

                amplitude = diagram(one, two, s23)
                if identical:
                    amplitude -= diagram(two, one, s13)
                squared += abs(amplitude) ** 2 / 2
            total += wa * wb * mass**2 * (mass**2 - s12) * squared
    return total / (256 * np.pi**3 * mass**3) / (2 if identical else 1)


@pytest.mark.parametrize(
    "changes", [{}, {"m_zprime": 0.06}, {"m_zprime": 0.055, "m_nu4": 0.05, "U_mu4_sq": 1e-2, "U_e4_sq": 3e-3}]
)
def test_three_neutrinos_are_the_squared_spinor_amplitudes(changes):
    params = TABLE1 | changes
    dark = params["U_mu4_sq"] + params["U_e4_sq"]
    weak = np.sqrt(2) * FERMI_CONSTANT
    mass = params["m_nu4"]
    identical = from_spinors(mass, params["m_zprime"], params["g_d"] ** 2 * dark, weak * (1 - dark), identical=True)
    tau = from_spinors(mass, params["m_zprime"], -3 * params["g_B"] * params["g_d"], weak, identical=False)
    quarter = float(weak_decays.muon_like_width(mass)) / 4
    for charge, of_tau in ((0, quarter), (-3, tau)):
        expected = dark * (1 - dark) * (identical + of_tau + quarter)
        assert float(dark_neutrino.to_three_neutrinos(params, charge)) == pytest.approx(expected, rel=2e-4)


def test_three_neutrinos_through_a_heavy_zprime_alone():
    """Contact limit: C^2 m^5 / (768 pi^3 m_Z'^4), twice that of different particles; C^2 = g_d^4 (1 - S) S^3."""
    params = TABLE1 | {"m_zprime": 5.0, "g_d": 500.0, "U_mu4_sq": 1e-2}
    expected = 500.0**4 * 0.99 * 1e-6 * 0.05**5 / (768 * np.pi**3 * 5.0**4)
    assert float(dark_neutrino.to_three_neutrinos(params)) == pytest.approx(expected, rel=0.01)


def test_three_neutrinos_of_the_standard_model():
    """g_d = 0: G_F^2 m^5 |U|^2 / (192 pi^3) of a Dirac neutrino, to first order in |U|^2."""
    params = TABLE1 | {"g_d": 0.0, "U_mu4_sq": 1e-7, "U_e4_sq": 1e-7}
    assert float(dark_neutrino.to_three_neutrinos(params)) == pytest.approx(2e-7 * UNIT, rel=1e-6)


def test_z_and_zprime_interfere_destructively():
    """At the benchmark the Z' alone has twenty times the amplitude of the Z: ten percent less than without it."""
    both = float(dark_neutrino.to_three_neutrinos(TABLE1))
    zprime = 2.85**4 * 2.6e-5**3 * 0.05**5 / (768 * np.pi**3 * 0.8**4)
    assert both / zprime == pytest.approx(0.906, abs=0.01)


def test_quadrature_converges_next_to_the_pole():
    params = TABLE1 | {"m_zprime": 0.05 * (1 + 1e-5)}
    coarse, fine = (float(dark_neutrino.to_three_neutrinos(params, 0, nodes)) for nodes in (24, 48))
    assert coarse == pytest.approx(fine, rel=1e-4)


# -- the real Z' -----------------------------------------------------------------------------------------------------


def test_real_zprime_takes_over_above_its_mass():
    params = TABLE1 | {"m_zprime": 0.04, "g_d": 0.5}
    found = {name: float(width) for name, width in dark_neutrino.partial_widths(params, BARYON).items()}
    x, mixing = 0.04**2 / 0.05**2, 2.6e-5
    expected = 0.5**2 * mixing * (1 - mixing) * 0.05**3 / (32 * np.pi * 0.04**2) * (1 - x) ** 2 * (1 + 2 * x)
    assert found["nu_zprime"] == pytest.approx(expected, rel=1e-12)
    # what a virtual Z' adds to three neutrinos is nothing beside that
    assert 0 < found["three_nu"] < 1e-11 * found["nu_zprime"]
    assert set(found) == set(dark_neutrino.CHANNELS)
    # the Z' then decays to light neutrinos but for a share of electrons
    assert 0 < float(dark_neutrino.visible_branching(params, BARYON)) < 0.05


@pytest.mark.parametrize("g_d", [0.1, 2.85])
def test_width_goes_on_where_the_zprime_becomes_real(g_d):
    point, grid = TABLE1 | {"m_zprime": 0.05, "g_d": g_d}, 0.05 * (1 + np.array([-1e-6, -1e-9, 1e-9, 1e-8, 1e-4]))
    widths = [float(dark_neutrino.total_width(point | {"m_nu4": mass}, BARYON)) for mass in grid]
    assert np.ptp(np.log(widths[:3])) < 1e-2
    assert (np.diff(widths) > 0).all()


def test_propagator_averages_are_integrals():
    for ratio in (1e-6, 0.5, 0.99, 1 - 1e-9):
        weight = [lambda x, n=n, r=ratio: 2 * (1 - x) ** 2 * (1 + 2 * x) / (1 - r * x) ** n for n in (1, 2)]
        expected = [quad(w, 0, 1, points=[0.9, 0.99, 0.999])[0] for w in weight]
        found = [float(v) for v in weak_decays.propagator_averages(np.array(ratio))]
        assert found == pytest.approx(expected, rel=1e-6)
    # averages of 1, and of x, for a heavy vector
    assert [float(v) for v in weak_decays.propagator_averages(np.array(1e-9))] == pytest.approx([1, 1], rel=1e-8)


def test_width_to_a_real_vector_is_the_goldstone_limit_of_a_light_one():
    """Equivalence theorem: y^2 m/(32 pi) for the Yukawa coupling y = g m_nu4 / m_Z' of the Goldstone boson."""
    params = TABLE1 | {"m_zprime": 1e-4}
    yukawa2 = 2.85**2 * 2.6e-5 * (1 - 2.6e-5) * (0.05 / 1e-4) ** 2
    assert float(dark_neutrino.to_zprime(params)) == pytest.approx(yukawa2 * 0.05 / (32 * np.pi), rel=1e-4)


# -- visible decays --------------------------------------------------------------------------------------------------


def test_muon_lifetime():
    """2.1970e-6 s (PDG); radiative corrections of 0.4 % are not included."""
    width = weak_decays.muon_like_width(MUON_MASS)
    width = float(width * weak_decays.muon_phase_space((ELECTRON_MASS / MUON_MASS) ** 2))
    assert HBAR_GEV_S / width == pytest.approx(2.1970e-6, rel=0.005)


@pytest.mark.parametrize("ratio", [0.01, 0.1, 0.3, 0.45])
def test_phase_space_of_a_massive_pair(ratio):
    """|M|^2 of chiral couplings: 4 g_L^2 (p4.p+)(p.p-) + 4 g_R^2 (p4.p-)(p.p+) + 4 g_L g_R m^2 (p4.p), m_nu4 = 1."""
    y = ratio**2

    u, w = np.polynomial.legendre.leggauss(200)
    u, w = (u[:, None] + 1) / 2, w[:, None] / 2
    # s of the pair, from a map that removes the square root at its threshold; t of neutrino and electron
    s, ds = 4 * y + (1 - 4 * y) * u**2, (1 - 4 * y) * 2 * u * w
    width = np.sqrt(1 - 4 * y / s) * (1 - s)
    t, dt = (1 + 2 * y - s) / 2 + width * (u.T - 0.5), width * w.T
    same = np.sum(ds * dt * (1 + y - t) / 2 * (t - y) / 2)
    opposite = np.sum(ds * dt * y * (1 - s) / 2)
    massless = 1 / 48  # Int (1 - t) t / 4 over t < 1 - s
    found = [float(x) for x in weak_decays.pair_phase_space(y)]
    assert found[0] == pytest.approx(same / massless, rel=1e-6)
    assert 4 * found[1] == pytest.approx(opposite / massless, rel=1e-6)


def test_phase_space_of_a_light_pair_is_that_of_the_muon():
    assert [float(x) for x in weak_decays.pair_phase_space(1e-9)] == pytest.approx([1.0, 0.0], abs=2e-8)
    assert [float(x) for x in weak_decays.pair_phase_space(0.26)] == [0.0, 0.0]


def test_neutral_current_pairs_are_an_eighth_and_charged_ones_six_tenths():
    """(1 - 4 s^2 + 8 s^4)/4 and (1 + 4 s^2 + 8 s^4)/4 for |U_mu4|^2 and |U_e4|^2 without kinetic mixing."""
    params = TABLE1 | {"m_nu4": 0.15}
    unit = float(weak_decays.muon_like_width(0.15))
    muon = float(dark_neutrino.to_electron_pair(params | {"U_mu4_sq": 1e-3, "U_e4_sq": 0.0}, 0.0)) / (1e-3 * unit)
    electron = float(dark_neutrino.to_electron_pair(params | {"U_mu4_sq": 0.0, "U_e4_sq": 1e-3}, 0.0)) / (1e-3 * unit)
    sine2 = 0.2232
    assert muon == pytest.approx((1 - 4 * sine2 + 8 * sine2**2) / 4, rel=1e-3)
    assert electron == pytest.approx((1 + 4 * sine2 + 8 * sine2**2) / 4, rel=1e-3)


def test_kinetic_mixing_adds_a_vector_coupling():
    """Alone, at |U_mu4|^2: |g_d e epsilon / m_Z'^2|^2 m^5 / (192 pi^3) / 4, half of a left-handed one's G_F^2 of 8."""
    epsilon, params = 10.0, TABLE1 | {"m_nu4": 0.15}
    coupling = 2.85 * 0.302822 * epsilon / 0.8**2
    expected = 2.6e-5 * coupling**2 / 4 * 0.15**5 / (192 * np.pi**3)
    # and the propagator, over the spectrum of a pair's mass
    r = (0.15 / 0.8) ** 2
    expected *= quad(lambda x: 2 * (1 - x) ** 2 * (1 + 2 * x) / (1 - r * x) ** 2, 0, 1)[0]
    assert float(dark_neutrino.to_electron_pair(params, epsilon)) == pytest.approx(expected, rel=1e-3)


def test_pion_constants_give_the_lifetime_of_the_charged_pion():
    """Gamma = G_F^2 f^2 |V_ud|^2 m_mu^2 m_pi (1 - m_mu^2/m_pi^2)^2 / (8 pi); 2.6033e-8 s (PDG), radiation adds 2 %."""
    ratio = (MUON_MASS / PI_PLUS_MASS) ** 2
    constant = (FERMI_CONSTANT * PION_DECAY_CONSTANT * V_UD) ** 2 / (8 * np.pi)
    width = constant * MUON_MASS**2 * PI_PLUS_MASS * (1 - ratio) ** 2
    assert HBAR_GEV_S / width / 1.018 == pytest.approx(2.6033e-8, rel=0.01)


def test_neutral_pion_width_is_the_axial_current():
    """|M|^2 = 2 G_F^2 F^2 |ubar p-slash P_L u4|^2 averaged = G_F^2 F^2 m^2 (m^2 - m_pi^2), times phase space."""
    params = TABLE1 | {"m_nu4": 0.149}
    squared = FERMI_CONSTANT**2 * PION_DECAY_CONSTANT**2 / 2 * 0.149**2 * (0.149**2 - PI0_MASS**2)
    momentum = (0.149**2 - PI0_MASS**2) / (2 * 0.149)
    expected = 2.6e-5 * squared * momentum / (8 * np.pi * 0.149**2)
    found = dark_neutrino.partial_widths(params, BARYON)
    assert float(found["nu_pi0"]) == pytest.approx(expected, rel=1e-12)
    assert float(found["e_pi"]) == 0
    assert float(dark_neutrino.partial_widths(params | {"U_e4_sq": 1e-4}, BARYON)["e_pi"]) > 0
    assert float(found["nu_e_mu"]) > 0


def test_nu4_does_not_decay_visibly_in_the_detector():
    """Section III D assumes it: c tau of 6e6 m, and a part in a thousand of the decays is visible."""
    assert float(dark_neutrino.visible_branching(TABLE1, BARYON)) == pytest.approx(1.09e-3, rel=0.01)
    assert float(dark_neutrino.decay_length(TABLE1, BARYON)) == pytest.approx(5.85e6, rel=0.01)
    assert float(dark_neutrino.decay_length(TABLE1, TAU)) == pytest.approx(7.04e4, rel=0.01)
    assert float(dark_neutrino.visible_branching(TABLE1, TAU)) == pytest.approx(1.72e-4, rel=0.01)


@pytest.mark.parametrize("mass", [0.001, 0.0010219, 0.05, 0.106, 0.1349768, 0.14, 0.15])
def test_widths_have_finite_derivatives(mass):
    def widths(m):
        return dark_neutrino.partial_widths(TABLE1 | {"m_nu4": m, "m_zprime": 0.05}, TAU)

    for derivative in jax.jacfwd(widths)(mass).values():
        assert np.isfinite(float(derivative))
