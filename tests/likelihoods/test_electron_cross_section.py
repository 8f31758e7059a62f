"""Neutrino-electron scattering with a light vector."""

from math import pi, sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from zprimefit.constants import ELECTRON_MASS, FERMI_CONSTANT, HBARC_SQUARED_CM2_GEV2, SIN2_THETA_MSBAR, Z_MASS
from zprimefit.likelihoods.electron_scattering.cross_section import (
    ElectronScattering,
    contact,
    least_neutrino_energy,
    recoil_end,
    recoil_spectrum,
    weak_couplings,
)
from zprimefit.models.particles import LightVector

MEV = 1e-3
PAULI = [np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
GAMMA = [np.kron(np.diag([1, -1]), np.eye(2)), *(np.kron(np.array([[0, 1], [-1, 0]]), s) for s in PAULI)]
GAMMA5 = 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]
METRIC = np.diag([1.0, -1, -1, -1])
LEFT, RIGHT = (np.eye(4) - GAMMA5) / 2, (np.eye(4) + GAMMA5) / 2


def slash(p):
    return sum(g * x for g, x in zip(GAMMA, METRIC @ p, strict=True))


def traced_spectrum(e, t, g_l, g_r):
    """dsigma/dT from traces over explicit Dirac matrices."""
    m = ELECTRON_MASS
    e_out, q = m + t, sqrt(t**2 + 2 * m * t)
    cosine = (e + m) / e * sqrt(t / (t + 2 * m))
    k, p = np.array([e, 0, 0, e]), np.array([m, 0, 0, 0])
    p_out = np.array([e_out, q * sqrt(1 - cosine**2), 0, q * cosine])
    k_out = k + p - p_out
    total = 0
    for a in range(4):
        for b in range(4):
            sign = METRIC[a, a] * METRIC[b, b]
            neutrino = np.trace(slash(k_out) @ GAMMA[a] @ LEFT @ slash(k) @ RIGHT @ GAMMA[b])
            vertex_a = GAMMA[a] @ (g_l * LEFT + g_r * RIGHT)
            vertex_b = GAMMA[b] @ (g_l * LEFT + g_r * RIGHT)
            electron = np.trace(
                (slash(p_out) + m * np.eye(4)) @ vertex_a @ (slash(p) + m * np.eye(4))
                @ GAMMA[0] @ vertex_b.conj().T @ GAMMA[0]
            )  # fmt: skip
            total += sign * neutrino * electron
    squared = 8 * FERMI_CONSTANT**2 * total.real / 2  # the target's spins are averaged, the neutrino has one
    return HBARC_SQUARED_CM2_GEV2 * squared * 2 * m / (64 * pi * m**2 * e**2)


def one_flavour(name, e_nu, window):
    return ElectronScattering(np.array([e_nu]), {name: np.array([1.0])}, window)


@pytest.mark.parametrize(("e", "share"), [(0.862 * MEV, 0.3), (5 * MEV, 0.9), (20.0, 0.5)])
@pytest.mark.parametrize("couplings", [(0.73, 0.23), (-0.27, 0.23), (0.1, -0.6)])
def test_spectrum_agrees_with_explicit_traces(e, share, couplings):
    t = share * recoil_end(e)
    # the trace cancels terms of order (E/m_e)^2 at high energy
    assert float(recoil_spectrum(e, t, *couplings)) == pytest.approx(traced_spectrum(e, t, *couplings), rel=1e-6)


def test_vector_with_couplings_and_mass_of_the_z_gives_neutral_currents_again():
    g = sqrt(4 * sqrt(2) * FERMI_CONSTANT) * Z_MASS  # g / cos(theta_W)
    g_l, g_r = weak_couplings("nu_mu")
    like_z = LightVector(Z_MASS, {}, {"e": g * (g_l + g_r) / 2, "nu_mu": g / 2}, {"e": g * (g_r - g_l) / 2})
    assert np.array(contact(like_z, "nu_mu")) / Z_MASS**2 == pytest.approx((g_l, g_r))
    # below the mass it doubles both couplings: four times the rate
    scattering = one_flavour("nu_mu", 40 * MEV, (0.0, 1.0))
    assert float(scattering.rate(like_z)) == pytest.approx(4 * float(scattering.rate()), rel=1e-8)


@pytest.mark.parametrize("flavour", ["nu_e", "nu_mu", "anti_nu_e", "anti_nu_mu"])
def test_rate_is_the_integral_of_the_spectrum_with_shifted_couplings(flavour):
    vector = LightVector(0.003, {}, {"e": 2e-5, "nu_e": 1e-5, "nu_mu": -3e-5}, {"e": 1e-5})
    plain = flavour.removeprefix("anti_")
    left, right = weak_couplings(plain)

    def spectrum(t):
        more = np.array(contact(vector, plain)) / (vector.mass**2 + 2 * ELECTRON_MASS * t)
        g_l, g_r = (left + more[0], right + more[1])[:: -1 if flavour.startswith("anti_") else 1]
        return float(recoil_spectrum(40 * MEV, t, g_l, g_r))

    expected = quad(spectrum, 5 * MEV, 30 * MEV, epsrel=1e-10)[0]
    assert float(one_flavour(flavour, 40 * MEV, (5 * MEV, 30 * MEV)).rate(vector)) == pytest.approx(expected, rel=1e-9)


def test_electron_neutrino_cross_section_agrees_with_lsnd():
    # [10.1 +- 1.1 +- 1.0] 1e-45 cm^2 per MeV of neutrino energy (hep-ex/0101039)
    sigma = float(one_flavour("nu_e", 40 * MEV, (0.0, 1.0)).rate()) / 40
    assert abs(sigma - 10.1e-45) < 1.5e-45


@pytest.mark.parametrize(("name", "left", "right"), [("nu_mu", 1, 1 / 3), ("anti_nu_mu", 1 / 3, 1)])
def test_cross_sections_at_high_energy_are_in_closed_form(name, left, right):
    g_l, g_r = weak_couplings("nu_mu")
    expected = 2 * FERMI_CONSTANT**2 * ELECTRON_MASS * 30.0 / pi * HBARC_SQUARED_CM2_GEV2
    expected *= left * g_l**2 + right * g_r**2
    assert float(one_flavour(name, 30.0, (0.0, 100.0)).rate()) == pytest.approx(expected, rel=1e-4)


def test_couplings_of_all_flavours():
    assert weak_couplings("nu_e")[0] - weak_couplings("nu_tau")[0] == pytest.approx(1)
    assert weak_couplings("nu_mu") == weak_couplings("nu_tau")
    assert weak_couplings("nu_e")[1] == SIN2_THETA_MSBAR


@pytest.mark.parametrize("t", [0.3 * MEV, 3 * MEV, 10.0])
def test_least_neutrino_energy_is_the_inverse_of_the_recoil_end(t):
    assert recoil_end(least_neutrino_energy(t)) == pytest.approx(t)


def test_recoils_below_the_window_do_not_count():
    assert float(one_flavour("nu_mu", 1 * MEV, (2 * MEV, 3 * MEV)).rate()) == 0


def test_windows_add_up():
    whole = one_flavour("nu_e", 5 * MEV, (0.0, 10 * MEV)).rate()
    parts = one_flavour("nu_e", 5 * MEV, (0.0, 2 * MEV)).rate() + one_flavour("nu_e", 5 * MEV, (2 * MEV, 1.0)).rate()
    assert float(parts) == pytest.approx(float(whole))


def test_interference_changes_sign_with_the_electrons_coupling():
    scattering = one_flavour("nu_mu", 10.0, (1.0, 9.0))

    def excess(g_e):
        return float(scattering.ratio(LightVector(0.02, {}, {"e": g_e, "nu_mu": 1e-4}))) - 1

    # the axial coupling dominates for muon neutrinos: little interference with a vector, but some
    plus, minus = excess(1e-6), excess(-1e-6)
    assert plus * minus < 0
    assert abs(plus + minus) < 0.1 * abs(plus - minus)


def test_vector_without_neutrino_coupling_changes_nothing():
    dark_photon = LightVector(0.02, {}, {"e": 1e-3})
    assert float(one_flavour("nu_e", 5 * MEV, (0.0, 1.0)).ratio(dark_photon)) == pytest.approx(1, abs=1e-15)


def test_heavy_vector_enters_by_coupling_over_mass():
    scattering = one_flavour("nu_e", 5 * MEV, (3 * MEV, 1.0))

    def at(scale):
        return float(scattering.ratio(LightVector(0.1 * scale, {}, {"e": 1e-4 * scale, "nu_e": 1e-4 * scale})))

    assert at(10.0) == pytest.approx(at(1.0), rel=1e-3)
    assert at(1.0) > 1.01


def test_derivatives_are_finite_and_right_at_zero_coupling():
    scattering = one_flavour("nu_e", 5 * MEV, (3 * MEV, 1.0))

    def ratio(g):
        return scattering.ratio(LightVector(0.02, {}, {"e": g, "nu_e": g}))

    assert float(jax.grad(ratio)(0.0)) == 0
    step = 1e-7
    curvature = (float(ratio(step)) + float(ratio(-step)) - 2) / step**2
    assert float(jax.grad(jax.grad(ratio))(0.0)) == pytest.approx(curvature, rel=1e-3)
    assert jax.vmap(ratio)(jnp.array([0.0, 1e-5])).shape == (2,)
