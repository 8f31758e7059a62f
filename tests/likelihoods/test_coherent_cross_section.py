"""Coherent cross sections against explicit Dirac matrices, two-body kinematics and numerical integrals."""

from math import pi, sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import spherical_jn

from zprimefit.constants import FERMI_CONSTANT, HBARC_GEV_FM, MUON_MASS
from zprimefit.likelihoods.coherent.cross_section import (
    Nucleus,
    argon,
    caesium_iodide,
    contact_strength,
    helm_squared,
    kinematic_coefficients,
    lowest_energy,
    recoil_range,
    weak_factor,
    weak_mixing,
)
from zprimefit.likelihoods.coherent.flux import ENDPOINT, LINE, MICHEL, mean_kinematics, spectrum
from zprimefit.likelihoods.coherent.recoils import RecoilRates
from zprimefit.models.particles import HeavyNeutrino, LightVector

CAESIUM, IODINE = caesium_iodide()
LIGHT_NUCLEUS = Nucleus(1, 1, 0.15)
"""So light that what is suppressed by its mass shows."""

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
ZERO, ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array([np.block([[ZERO, ONE], [ONE, ZERO]])] + [np.block([[ZERO, s], [-s, ZERO]]) for s in PAULI])
LEFT = (np.eye(4) - np.diag([-1, -1, 1, 1])) @ np.diag([1, 1, 0, 0]) / 2  # (1 - gamma5)/2, gamma5 = diag(-1, -1, 1, 1)
METRIC = np.diag([1.0, -1, -1, -1])


def slash(p):
    return np.einsum("m,mab->ab", METRIC @ p, GAMMA)


def momenta(energy, recoil, mass, big):
    """k, p, k', p' in the laboratory."""
    p_out = sqrt(recoil**2 + 2 * big * recoil)
    cos = (mass**2 + 2 * energy * recoil + 2 * big * recoil) / (2 * energy * p_out)
    assert abs(cos) <= 1
    k, p = np.array([energy, 0, 0, energy]), np.array([big, 0, 0, 0])
    after = np.array([big + recoil, p_out * sqrt(1 - cos**2), 0, p_out * cos])
    return k, p, k + p - after, after


def kinematic_factor(energy, recoil, mass, target):
    a, b = kinematic_coefficients(recoil, mass, target)
    return 1 - a / energy - b / energy**2


@pytest.mark.parametrize("target", [CAESIUM, LIGHT_NUCLEUS], ids=["Cs", "light"])
@pytest.mark.parametrize("mass", [0.0, 0.02, 0.04])
def test_cross_section_is_that_of_dirac_matrices(target, mass):
    energy, big, coupling = 0.05, target.mass, 3e-4
    low, high = recoil_range(energy, mass, target)
    for share in (0.1, 0.5, 0.9):
        recoil = float(low + share * (high - low))
        k, p, k_out, p_out = momenta(energy, recoil, mass, big)
        assert k_out[0] ** 2 - k_out[1:] @ k_out[1:] == pytest.approx(mass**2, abs=1e-12)
        current = slash(p + p_out)
        # Sum over spins of |u-bar(k') slash(P) P_L u(k)|^2; the incoming neutrino has one helicity
        squared = np.trace((slash(k_out) + mass * np.eye(4)) @ current @ LEFT @ slash(k) @ current @ LEFT).real
        rate = coupling**2 * squared / (2 * big * recoil + 0.8**2) ** 2 / (32 * pi * big * energy**2)
        ours = coupling**2 * big / (2 * pi * (2 * big * recoil + 0.8**2) ** 2)
        assert ours * kinematic_factor(energy, recoil, mass, target) == pytest.approx(rate, rel=1e-9)


def test_left_projector_is_one():
    assert np.allclose(LEFT @ LEFT, LEFT)
    assert np.trace(LEFT) == pytest.approx(2)
    assert all(np.allclose(LEFT @ g, g @ (np.eye(4) - LEFT)) for g in GAMMA)


@pytest.mark.parametrize("target", [CAESIUM, LIGHT_NUCLEUS], ids=["Cs", "light"])
@pytest.mark.parametrize("mass", [0.0, 0.01, 0.04])
def test_recoils_range_over_all_angles_of_the_centre_of_mass(target, mass):
    energy, big = 0.05, target.mass
    s = big**2 + 2 * big * energy
    momentum = sqrt((s - big**2 - mass**2) ** 2 - 4 * big**2 * mass**2) / (2 * sqrt(s))
    cos = np.linspace(-1, 1, 11)
    gamma, beta = (energy + big) / sqrt(s), energy / (energy + big)
    after = np.sqrt(momentum**2 + big**2)
    recoil = gamma * (after - beta * momentum * cos) - big
    low, high = recoil_range(energy, mass, target)
    assert float(high) == pytest.approx(recoil.max(), rel=1e-6)
    assert float(low) == pytest.approx(recoil.min(), rel=1e-4, abs=1e-13)


@pytest.mark.parametrize("mass", [0.0, 0.02, 0.05])
def test_lowest_energy_undoes_the_range_of_recoils(mass):
    low, high = recoil_range(ENDPOINT, mass, CAESIUM)
    assert float(lowest_energy(high, mass, CAESIUM)) == pytest.approx(ENDPOINT, rel=1e-9)
    if mass > 0:
        assert float(lowest_energy(low, mass, CAESIUM)) == pytest.approx(ENDPOINT, rel=1e-9)
        inside = np.linspace(float(low), float(high), 20)[1:-1]
        assert (np.asarray(lowest_energy(inside, mass, CAESIUM)) < ENDPOINT).all()


def test_recoil_range_closes_where_the_mass_is_out_of_reach():
    low, high = recoil_range(ENDPOINT, 0.06, CAESIUM)
    assert float(low) == float(high) > 0


def test_helm_form_factor_is_a_ball_with_a_skin():
    recoil = np.geomspace(1e-8, 5e-5, 30)
    q = np.sqrt(2 * CAESIUM.mass * recoil) / HBARC_GEV_FM  # 1/fm
    radius = sqrt((1.23 * 133 ** (1 / 3) - 0.6) ** 2 + 7 / 3 * pi**2 * 0.52**2 - 5 * 0.9**2)
    expected = (3 * spherical_jn(1, q * radius) / (q * radius)) ** 2 * np.exp(-((0.9 * q) ** 2))
    assert np.asarray(helm_squared(recoil, CAESIUM)) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_weak_charge_counts_neutrons():
    assert Nucleus(0, 10, 1.0).weak_charge(0.2386) == -5
    assert CAESIUM.weak_charge(0.25) == -CAESIUM.neutrons / 2
    assert -2 * CAESIUM.weak_charge(weak_mixing()) == pytest.approx(78 - (1 - 4 * 0.2386) * 55)


@pytest.mark.parametrize("kind", MICHEL)
def test_spectra_are_normalised(kind):
    assert quad(lambda e: float(spectrum(kind, e)), 0, ENDPOINT)[0] == pytest.approx(1, rel=1e-9)


def test_line_is_two_body_decay_and_the_end_is_half_the_muon():
    assert pytest.approx(29.79e-3, abs=1e-5) == LINE
    assert pytest.approx(MUON_MASS / 2) == ENDPOINT


@pytest.mark.parametrize(("kind", "share"), [("nu_mu_bar", 0.106), ("nu_e", 0.016)])
def test_few_neutrinos_are_above_50_mev(kind, share):
    above = quad(lambda e: float(spectrum(kind, e)), 0.05, ENDPOINT)[0]
    assert above == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize("kind", MICHEL)
@pytest.mark.parametrize("mass", [0.0, 0.03, 0.05])
def test_mean_kinematics_is_the_integral_over_the_spectrum(kind, mass):
    low, high = recoil_range(ENDPOINT, mass, argon())
    recoil = float(low + 0.3 * (high - low))
    start = float(lowest_energy(recoil, mass, argon()))
    expected = quad(
        lambda e: float(spectrum(kind, e)) * float(kinematic_factor(e, recoil, mass, argon())), start, ENDPOINT
    )[0]
    assert float(mean_kinematics(kind, jnp.asarray(recoil), mass, argon())) == pytest.approx(expected, rel=1e-8)


def test_total_cross_section_on_argon_is_the_published_one():
    # 2003.10630, abstract: (2.2 +- 0.7) 10^-39 cm^2, flux-averaged, consistent with the Standard Model
    rates = RecoilRates(((argon(), 1.0),), lambda t: jnp.ones((1, 1, len(t))))
    total = sum(float(part[0, 0]) for part in rates.elastic()) / 3
    assert total == pytest.approx(2.2e-39, abs=0.7e-39)


def test_cross_section_without_form_factor_is_freedmans():
    # G_F^2 Q_W^2 E^2/(4 pi) for energies small beside the mass
    energy, light = 1e-3, Nucleus(18, 22, argon().mass)
    _, end = recoil_range(energy, 0.0, light)

    def density(t):
        return (
            float(weak_factor(t, light))
            * light.weak_charge(weak_mixing()) ** 2
            * float(kinematic_factor(energy, t, 0.0, light))
        )

    charge = 22 - (1 - 4 * weak_mixing()) * 18
    expected = FERMI_CONSTANT**2 * charge**2 * energy**2 / (4 * pi)
    assert quad(density, 0, float(end))[0] == pytest.approx(expected, rel=1e-3)


def all_recoils(recoil):
    """Response of a detector that sees every recoil, in one bin."""
    return jnp.ones((1, 1, len(recoil)))


RATES = RecoilRates(((CAESIUM, 1.0), (IODINE, 1.0)), all_recoils)


def total(rates):
    return sum(float(part[0, 0]) for part in rates)


def test_vector_that_copies_the_z_quadruples_the_rate():
    mass, g = 100.0, 1e-2
    unit = sqrt(2) * FERMI_CONSTANT * mass**2 / g
    copy = LightVector(
        mass, {}, {"proton": unit * (0.5 - 2 * weak_mixing()), "neutron": -unit / 2, "nu_e": g, "nu_mu": g}
    )
    assert total(RATES.elastic(copy)) == pytest.approx(4 * total(RATES.elastic()), rel=1e-5)


@pytest.mark.parametrize(("neutrino", "sign"), [(-1, 1), (1, -1)], ids=["B-L", "universal"])
def test_b_minus_l_adds_to_the_z_and_equal_signs_work_against_it(neutrino, sign):
    g = 1e-5
    vector = LightVector(0.03, {}, {"proton": g, "neutron": g, "nu_e": neutrino * g, "nu_mu": neutrino * g})
    assert np.sign(total(RATES.elastic(vector)) / total(RATES.elastic()) - 1) == sign


def test_flavours_couple_on_their_own():
    g = 1e-4
    muon = LightVector(0.03, {}, {"proton": g, "neutron": g, "nu_mu": -g})
    electron = LightVector(0.03, {}, {"proton": g, "neutron": g, "nu_e": -g})
    standard, with_muon, with_electron = (RATES.elastic(v) for v in (None, muon, electron))
    assert float(with_electron[0][0, 0]) == float(standard[0][0, 0])
    assert float(with_muon[0][0, 0]) > float(standard[0][0, 0])
    assert float(with_electron[1][0, 0]) > float(standard[1][0, 0])


def test_upscattering_to_a_massless_neutrino_is_the_square_of_the_vector_amplitude():
    def vector(sign):
        return LightVector(0.05, {}, {"proton": 2e-4, "neutron": 3e-4, "nu_mu": sign * 1e-4})

    plus, minus, none = (total(RATES.elastic(v)) for v in (vector(1), vector(-1), None))
    heavy = HeavyNeutrino(0.0, {"mu": 1e-8}, 0.0)
    assert total(RATES.upscattered(heavy, vector(1))) == pytest.approx((plus + minus) / 2 - none, rel=1e-6)


def test_upscattering_on_both_nuclei_adds():
    heavy, vector = HeavyNeutrino(0.03, {"mu": 1e-4}, 0.0), LightVector(0.8, {}, {"proton": 3e-4, "neutron": 3e-4})
    parts = [total(RecoilRates(((n, 1.0),), all_recoils).upscattered(heavy, vector)) for n in (CAESIUM, IODINE)]
    assert total(RATES.upscattered(heavy, vector)) == pytest.approx(sum(parts))


def upscattered(mass, rates=RATES):
    vector = LightVector(0.8, {}, {"proton": 3e-4, "neutron": 3e-4})
    prompt, delayed = rates.upscattered(HeavyNeutrino(mass, {"mu": 2e-4, "e": 1e-4}, 0.0), vector)
    return jnp.sum(prompt) + jnp.sum(delayed)


def test_upscattering_ends_smoothly_at_the_end_of_the_spectrum():
    masses = np.linspace(0.031, 0.056, 51)
    rates, slopes = jax.jit(jax.vmap(jax.value_and_grad(upscattered)))(masses)
    assert np.isfinite(slopes).all()
    assert (np.diff(rates) <= 0).all()
    open_ = masses < ENDPOINT
    assert (np.asarray(rates)[open_ & (masses < 0.0525)] > 0).all()
    assert (np.asarray(rates)[~open_] == 0).all()
    numeric = np.gradient(np.asarray(rates), masses)
    assert np.asarray(slopes)[5:40] == pytest.approx(numeric[5:40], rel=0.02)


def test_prompt_neutrinos_upscatter_only_below_their_energy():
    vector = LightVector(0.8, {}, {"proton": 3e-4, "neutron": 3e-4})
    prompt = [float(jnp.sum(RATES.upscattered(HeavyNeutrino(m, {"mu": 1.0}, 0.0), vector)[0])) for m in (0.029, 0.0299)]
    assert prompt[0] > 0
    assert prompt[1] == 0


def test_upscattering_of_electron_neutrinos_alone_comes_late():
    vector = LightVector(0.8, {}, {"proton": 3e-4, "neutron": 3e-4})
    prompt, delayed = RATES.upscattered(HeavyNeutrino(0.02, {"e": 1.0}, 0.0), vector)
    assert float(jnp.sum(prompt)) == 0
    assert float(jnp.sum(delayed)) > 0


def test_light_propagator_is_cut_off_by_the_momentum():
    light = LightVector(1e-6, {}, {"proton": 1e-5, "neutron": 1e-5})
    strength = contact_strength(1e-5, 1e-5, light, CAESIUM)
    expected = 133e-10 / (sqrt(2) * FERMI_CONSTANT * 2 * CAESIUM.mass * 1e-5)
    assert float(strength) == pytest.approx(expected, rel=1e-6)
