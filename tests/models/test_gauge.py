"""Kinetic mixing and widths of the Z' of arXiv:2006.01948 (Eqs. 3-6, 27)."""

import jax
import numpy as np
import pytest
from scipy.integrate import dblquad

from zprimefit.constants import (
    ELECTRON_MASS,
    FINE_STRUCTURE,
    HBAR_GEV_S,
    HIGGS_VEV,
    OMEGA_MASS,
    OMEGA_TO_3PI,
    OMEGA_TO_PI0_GAMMA,
    OMEGA_WIDTH,
    PI0_MASS,
    PI_PLUS_MASS,
    PION_DECAY_CONSTANT,
    RHO_MASS,
    RHO_WIDTH,
    TAU_MASS,
)
from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm import gauge
from zprimefit.models.z2hdm.gauge import GaugeSector

TABLE1 = Z2HDM().benchmark()
BARYON, TAU = GaugeSector("B"), GaugeSector("B-3Ltau")

# -- kinetic mixing ---------------------------------------------------------------------------------------------------


def test_coefficient_is_that_of_the_vacuum_polarisation():
    """Vacuum polarisation of a Dirac fermion: e g/(2 pi^2) Int x (1-x) ln(M^2/mu^2) = e g/(12 pi^2) ln(M^2/mu^2)."""
    u, w = np.polynomial.legendre.leggauss(8)
    x, w = (u + 1) / 2, w / 2
    per_logarithm = np.sum(w * x * (1 - x)) / (2 * np.pi**2)
    charge = np.sqrt(4 * np.pi * FINE_STRUCTURE)
    expected = charge * TABLE1["g_B"] * per_logarithm * BARYON.mixing_sum
    assert float(BARYON.epsilon(TABLE1)) == pytest.approx(expected, rel=1e-12)


def test_printed_coefficient_is_three_quarters():
    """1/(16 pi^2) of Eq. 4 against 1/(12 pi^2)."""
    printed = GaugeSector("B", as_printed=True).epsilon(TABLE1)
    assert float(printed / BARYON.epsilon(TABLE1)) == pytest.approx(0.75, rel=1e-12)


def test_tau_adds_three_logarithms():
    """Electric charge -1 times charge -3."""
    assert TAU.mixing_sum - BARYON.mixing_sum == pytest.approx(3 * np.log(TAU_MASS**2 / HIGGS_VEV**2), rel=1e-12)


@pytest.mark.parametrize(("sector", "charges"), [("B", 1), ("B-3Ltau", 4)])
def test_mixing_runs_with_the_sum_of_charges(sector, charges):
    """d/d ln mu^2 of the sum is -Sum N Q q: three generations of 2/3 - 1/3, and 3 of the tau."""
    low, high = (GaugeSector(sector, mixing_scale=scale).mixing_sum for scale in (100.0, 1000.0))
    assert high - low == pytest.approx(-charges * np.log(100), rel=1e-12)


def test_mixing_at_the_benchmark_is_some_1e_minus_6():
    """Six times the size e g_B / (16 pi^2) that recasts take, for the electroweak scale; B-3L_tau seven times that."""
    assert float(BARYON.epsilon(TABLE1)) == pytest.approx(-3.80e-6, rel=0.002)
    assert float(gauge.naive_mixing(TABLE1)) == pytest.approx(5.75e-7, rel=0.001)
    assert float(TAU.epsilon(TABLE1)) == pytest.approx(-2.65e-5, rel=0.002)


# -- neutrinos --------------------------------------------------------------------------------------------------------


def test_zprime_decays_invisibly_at_the_benchmark():
    """Section III B: the main decay modes are to the dark sector."""
    found = {name: float(width) for name, width in BARYON.partial_widths(TABLE1).items()}
    assert set(found) == set(gauge.CHANNELS)
    x = (0.05 / 0.8) ** 2
    leading = 2.85**2 * 0.8 / (24 * np.pi) * (1 - x) * np.sqrt(1 - 4 * x)
    assert found["nu4_nu4"] == pytest.approx(leading * (1 - 2.6e-5) ** 2, rel=1e-12)
    assert float(BARYON.total_width(TABLE1)) == pytest.approx(0.0852, rel=0.001)
    assert 0 < 1 - float(BARYON.branching("invisible", TABLE1)) < 1e-7
    assert found["nutau_nutau"] == 0


@pytest.mark.parametrize("mixing", [(1e-2, 0.0), (3e-3, 7e-3)])
def test_massless_neutrinos_keep_the_whole_dark_charge(mixing):
    """Unitarity: |U_d4|^4 + 2 |U_d4|^2 S + S^2 = 1 for massless nu_4."""
    params = TABLE1 | {"U_mu4_sq": mixing[0], "U_e4_sq": mixing[1], "m_nu4": 1e-9}
    found = BARYON.partial_widths(params)
    total = sum(float(found[name]) for name in gauge.INVISIBLE)
    assert total == pytest.approx(2.85**2 * 0.8 / (24 * np.pi), rel=1e-12)


def test_light_zprime_still_decays_to_light_neutrinos():
    params = TABLE1 | {"m_zprime": 0.04}
    found = {name: float(width) for name, width in BARYON.partial_widths(params).items()}
    assert found["nu4_nu4"] == found["nu4_nu"] == 0
    assert found["nu_nu"] == pytest.approx((2.85 * 2.6e-5) ** 2 * 0.04 / (24 * np.pi), rel=1e-12)


def test_tau_neutrino_carries_charge_three():
    found = float(TAU.partial_widths(TABLE1)["nutau_nutau"])
    assert found == pytest.approx(9 * 3e-4**2 * 0.8 / (24 * np.pi), rel=1e-12)


def test_electron_width_is_that_of_a_dark_photon():
    """alpha epsilon^2 m / 3 up to the electron's mass."""
    found = float(BARYON.partial_widths(TABLE1)["ee"])
    expected = FINE_STRUCTURE * float(BARYON.epsilon(TABLE1)) ** 2 * 0.8 / 3
    assert found == pytest.approx(expected, rel=10 * (ELECTRON_MASS / 0.8) ** 2)


# -- hadrons ----------------------------------------------------------------------------------------------------------


def test_decay_constant_gives_the_lifetime_of_the_neutral_pion():
    """The same anomaly: Gamma = alpha^2 m^3 / (64 pi^3 F^2); PDG mean life 8.43e-17 s, 98.8 % of it two photons."""
    width = FINE_STRUCTURE**2 * PI0_MASS**3 / (64 * np.pi**3 * PION_DECAY_CONSTANT**2 / 2)
    assert HBAR_GEV_S / width * 0.988 == pytest.approx(8.43e-17, rel=0.015)


def test_omega_pole_agrees_with_the_omega_s_own_decays():
    """At m = m_omega, by vector dominance from data: the baryon current is twice the isoscalar electromagnetic one.

    f_omega from BR(omega -> e+e-) = 7.41e-5 (PDG): Gamma(ee) = 4 pi alpha^2 f^2 / (3 m), and a Z' of coupling g_B mixes
    by 2 g_B f m: Gamma = (2 g_B f / Gamma_omega)^2 Gamma(omega -> pi0 gamma).
    """
    f2 = 7.41e-5 * OMEGA_WIDTH * 3 * OMEGA_MASS / (4 * np.pi * FINE_STRUCTURE**2)
    expected = 4 * 1e-6 * f2 / OMEGA_WIDTH**2 * OMEGA_TO_PI0_GAMMA * OMEGA_WIDTH
    assert float(gauge.to_pi0_gamma(OMEGA_MASS, 1e-3)) == pytest.approx(expected, rel=0.1)


def test_pion_photon_width_is_the_amplitude_of_the_anomaly():
    """|M|^2 = (e g_B/(4 pi^2 F))^2 2 (k.q)^2 / 3 for epsilon(e1, e2, k1, k2), times phase space, far below the pole."""
    mass, coupling = 0.2, 1e-3
    vertex = np.sqrt(4 * np.pi * FINE_STRUCTURE) * coupling / (4 * np.pi**2 * PION_DECAY_CONSTANT / np.sqrt(2))
    product = (mass**2 - PI0_MASS**2) / 2
    momentum = product / mass
    expected = vertex**2 * 2 * product**2 / 3 * momentum / (8 * np.pi * mass**2) / (1 - mass**2 / OMEGA_MASS**2) ** 2
    assert float(gauge.to_pi0_gamma(mass, coupling)) == pytest.approx(expected, rel=1e-3)


def test_three_pions_have_the_omega_s_ratio_at_its_mass():
    found = float(gauge.three_pions_per_pi0_gamma(OMEGA_MASS))
    assert found == pytest.approx(OMEGA_TO_3PI / OMEGA_TO_PI0_GAMMA, rel=1e-12)
    assert float(gauge.three_pions_per_pi0_gamma(0.41)) == 0


def test_dalitz_integral_of_three_pions():
    """Against adaptive quadrature in s(+-) and s(+0), |p+ x p-|^2 from energies in the rest frame."""
    mass, pion2, neutral2 = 0.8, PI_PLUS_MASS**2, PI0_MASS**2

    def integrand(s_plus_zero, s_pair):
        s_minus_zero = mass**2 + 2 * pion2 + neutral2 - s_pair - s_plus_zero
        plus, minus = (mass**2 + pion2 - s_minus_zero) / (2 * mass), (mass**2 + pion2 - s_plus_zero) / (2 * mass)
        product = plus * minus - (s_pair - 2 * pion2) / 2
        crossed = (plus**2 - pion2) * (minus**2 - pion2) - product**2
        poles = sum(1 / (RHO_MASS**2 - s - 1j * RHO_MASS * RHO_WIDTH) for s in (s_pair, s_plus_zero, s_minus_zero))
        return max(crossed, 0.0) * abs(poles) ** 2

    def edge(sign):
        def at(s_pair):
            energy = np.sqrt(s_pair) / 2
            neutral = (mass**2 - s_pair - neutral2) / (2 * np.sqrt(s_pair))
            momenta = np.sqrt(max(energy**2 - pion2, 0)) + sign * np.sqrt(max(neutral**2 - neutral2, 0))
            return (energy + neutral) ** 2 - momenta**2

        return at

    low, high = 4 * pion2, (mass - PI0_MASS) ** 2
    expected = dblquad(integrand, low, high, edge(1), edge(-1), epsabs=0, epsrel=1e-5)[0]
    assert float(gauge.dalitz_of_three_pions(mass)) == pytest.approx(expected, rel=1e-4)


def test_hadrons_rule_where_the_dark_coupling_is_small():
    params = TABLE1 | {"g_d": 0.01, "g_B": 0.05}
    found = {name: float(width) for name, width in BARYON.partial_widths(params).items()}
    assert found["three_pions"] > found["pi0_gamma"] > found["nu4_nu4"] > found["ee"]
    assert float(BARYON.branching("invisible", params)) < 0.1


@pytest.mark.parametrize("mass", [0.03, 0.0499, 0.1, 0.1349768, 0.414117, OMEGA_MASS, 2.0])
def test_widths_have_finite_derivatives(mass):
    def widths(m):
        return TAU.partial_widths(TABLE1 | {"m_zprime": m})

    for derivative in jax.jacfwd(widths)(mass).values():
        assert np.isfinite(float(derivative))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan")])
def test_scale_of_the_mixing_is_positive(scale):
    with pytest.raises(ValueError, match="mixing_scale must be positive"):
        Z2HDM(mixing_scale=scale)


def test_model_passes_its_options_on():
    sector = Z2HDM(gauge_group="B-3Ltau", mixing_scale=1000.0, variant="as_printed").gauge
    assert sector == GaugeSector("B-3Ltau", 1000.0, as_printed=True)
