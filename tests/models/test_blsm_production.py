"""Rays of nu N -> N_h N, N_h -> nu_d Z' against random events, cross sections and two-body kinematics."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.chain import sample
from zprimefit.constants import CARBON_MASS, NUCLEON_MASS
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.models.blsm.production import Accuracy, ChainRays, flux_rule, two_body
from zprimefit.models.blsm.scattering import total
from zprimefit.models.sources import UnitDensity, UnitRays
from zprimefit.models.targets import CARBON, NUCLEON
from zprimefit.models.z2hdm.production import Accuracy as OtherAccuracy
from zprimefit.models.z2hdm.production import ScalarDensity
from zprimefit.numerics.quadrature import panels

END = highest_energy()
FLUX = exposed_flux(("fhc", "rhc"))
# (m_Z', m_h, m_daughter) [GeV]: the paper's benchmark, a light Z', a heavy N_h, a tight and a slow decay
MASSES = {
    "benchmark": (0.03, 0.1, 0.05),
    "light": (0.002, 0.15, 0.05),
    "heavy": (0.017, 0.4, 0.01),
    "tight": (0.029, 0.4, 0.3),
    "slow": (0.02, 0.03, 0.001),
}
masses_of = pytest.mark.parametrize("masses", MASSES.values(), ids=MASSES)
PARTS = ((NUCLEON, 14), (CARBON, 144))


def rays(masses, source=None, flux=FLUX):
    """e, cos_theta, weights as arrays."""
    source = source or ChainRays()
    return tuple(np.asarray(x) for x in jax.jit(lambda m: source.rays(m, flux, END))(jnp.array(masses)))


@masses_of
def test_weights_sum_to_the_cross_section_folded_with_the_flux(masses):
    energies, steps = panels(np.linspace(0, END, 201), 8)
    exposure = np.asarray(FLUX(energies)) * steps
    weights = rays(masses)[2]
    for part, (target, number) in enumerate(PARTS):
        expected = exposure @ np.asarray(number * total(energies, masses[1], masses[0], target))
        assert weights[part, part].sum(axis=-1) == pytest.approx(expected, rel=2e-4)


def test_incoherent_fills_part_0_and_coherent_part_1():
    e, cos_theta, weights = rays(MASSES["benchmark"])
    assert weights.shape == (2, 2, 2, len(e))
    assert e.shape == cos_theta.shape
    assert not weights[0, 1].any()
    assert not weights[1, 0].any()
    assert (np.count_nonzero(weights, axis=(0, 1)) <= 1).all()


def chi_square(values, weights, drawn, drawn_weights, edges):
    """Of a histogram of rays about a histogram of random events, and the number of bins.

    Half a percent is what rays on a lattice lose at the sharp edges of bins.
    """
    found = np.histogram(values, edges, weights=weights)[0]
    expected = np.histogram(drawn, edges, weights=drawn_weights)[0]
    variance = np.histogram(drawn, edges, weights=drawn_weights**2)[0]
    full = variance > 0
    variance = variance + (0.005 * expected) ** 2
    return np.sum((found - expected)[full] ** 2 / variance[full]), full.sum()


@masses_of
def test_energies_and_angles_are_those_of_random_events(masses):
    # bins have sharp edges, which takes more rays than a detector's resolution does
    e, cos_theta, weights = rays(masses, ChainRays(Accuracy(120, 16, 60, 8)))
    angles = np.concatenate([np.linspace(-1, 0.9, 12), [0.95, 0.98, 0.99, 0.995, 0.999, 1.0]])
    for part, (target, number) in enumerate(PARTS):
        drawn = sample(masses, target, lambda x: np.asarray(FLUX(x))[0], END, 200_000, seed=4 + part)
        weight = weights[part, part, 0]
        for ours, theirs, edges in ((e, drawn.energy, np.linspace(0, 2.4, 25)), (cos_theta, drawn.cosine, angles)):
            chi2, bins = chi_square(ours, weight, theirs, number * drawn.weight, edges)
            assert chi2 < bins + 4 * np.sqrt(2 * bins)


@masses_of
def test_energies_stay_in_the_box_of_the_fastest_heavy_neutrino(masses):
    m_vector, m_heavy, m_daughter = masses
    e, cos_theta, _ = rays(masses)
    star = (m_heavy**2 + m_vector**2 - m_daughter**2) / (2 * m_heavy)
    momentum = np.sqrt(star**2 - m_vector**2)
    gamma = END / m_heavy
    assert e.min() > m_vector
    assert e.max() < gamma * star + np.sqrt(gamma**2 - 1) * momentum
    assert np.abs(cos_theta).max() <= 1


def test_energies_fill_the_box_evenly_where_one_heavy_neutrino_decays():
    """A narrow flux, and carbon, which takes no energy: gamma (E* -+ beta p*)."""
    m_vector, m_heavy, m_daughter = masses = 0.03, 0.1, 0.05
    e_nu, width = 0.8, 0.01

    def narrow(e):
        return jnp.exp(-(((e - e_nu) / width) ** 2))[None] / (width * np.sqrt(np.pi))

    source = ChainRays(Accuracy(energy=400, decay=40, azimuth=1, q2=8))
    e, _, weights = rays(masses, source, narrow)
    weight = weights[1, 1, 0] / weights[1, 1, 0].sum()
    star = (m_heavy**2 + m_vector**2 - m_daughter**2) / (2 * m_heavy)
    momentum, gamma = np.sqrt(star**2 - m_vector**2), e_nu / m_heavy
    half = np.sqrt(gamma**2 - 1) * momentum
    # moments of a uniform distribution
    mean = weight @ e
    assert mean == pytest.approx(gamma * star, rel=2e-3)
    assert weight @ (e - mean) ** 2 == pytest.approx(half**2 / 3, rel=5e-3)
    assert weight @ (e - mean) ** 4 == pytest.approx(half**4 / 5, rel=1e-2)


def test_forward_variant_is_the_inverse_of_eq_26():
    m_vector, m_heavy, m_daughter = masses = MASSES["benchmark"]
    source = ChainRays(visible="forward")
    e, cos_theta, weights = rays(masses, source)
    box = rays(masses)[2]
    assert weights.sum(axis=-1) == pytest.approx(box.sum(axis=-1), rel=1e-12)
    root = np.sqrt(
        (e**2 - m_vector**2)
        * (m_daughter**4 - 2 * m_daughter**2 * (m_heavy**2 + m_vector**2) + (m_heavy**2 - m_vector**2) ** 2)
    )
    e_heavy = (e * (-(m_daughter**2) + m_heavy**2 + m_vector**2) - root) / (2 * m_vector**2)
    # energy and angle of N_h, by the momentum transfer it takes
    nucleons = weights[0, 0, 0] > 0
    for mask, mass in ((nucleons, NUCLEON_MASS), (~nucleons, CARBON_MASS)):
        heavy, cosine = e_heavy[mask], cos_theta[mask]
        momentum = np.sqrt(heavy**2 - m_heavy**2)
        # 2 m (E - E_h) = 2 E (E_h - p_h cos) - m_h^2 gives E, which must lie in the flux
        e_nu = (2 * mass * heavy - m_heavy**2) / (2 * (mass - heavy + momentum * cosine))
        assert (e_nu > heavy).all()
        assert (e_nu < END * (1 + 1e-6)).all()


def test_massless_daughter_is_the_limit_of_a_light_one():
    two = rays((0.03, 0.1), ChainRays(massless_daughter=True))
    three = rays((0.03, 0.1, 0.0))
    for ours, theirs in zip(two, three, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_closed_decay_has_no_rays_and_no_derivatives():
    def made(masses):
        e, cos_theta, weights = ChainRays().rays(masses, FLUX, END)
        return jnp.sum(weights * (e + cos_theta))

    value, slopes = jax.value_and_grad(made)(jnp.array([0.06, 0.1, 0.05]))
    assert value == 0
    assert np.array_equal(slopes, np.zeros(3))


def test_heavy_neutrino_beyond_the_flux_is_not_made():
    value, slopes = jax.value_and_grad(lambda m: jnp.sum(ChainRays().rays(m, FLUX, END)[2]))(jnp.array([0.03, 20, 0.1]))
    assert value == 0
    assert np.array_equal(slopes, np.zeros(3))


@masses_of
def test_derivatives_in_the_masses_are_difference_quotients(masses):
    """Of a smooth function of energy and angle, as a detector is."""

    def seen(m):
        e, cos_theta, weights = ChainRays(Accuracy(24, 8, 8, 4)).rays(m, FLUX, END)
        return jnp.log(jnp.sum(weights[:, :, 0] * jnp.exp(-(((e - 0.5) / 0.2) ** 2) - (1 - cos_theta))))

    at = jnp.array(masses)
    slopes = np.asarray(jax.grad(seen)(at))
    evaluate = jax.jit(seen)
    for i, slope in enumerate(slopes):
        step = 1e-5 * masses[i]
        ends = [float(evaluate(at.at[i].add(sign * step))) for sign in (1, -1)]
        quotient = (ends[0] - ends[1]) / (2 * step)
        assert slope == pytest.approx(quotient, rel=1e-4, abs=1e-5 * np.abs(slopes).max())


@masses_of
def test_smooth_sums_over_rays_do_not_change_with_more_of_them(masses):
    """Resolutions of 0.12 sqrt(E) + 0.01 GeV and 0.05 rad are the least that a sum has to resolve."""

    def sums(source):
        e, cos_theta, weights = rays(masses, source)
        angle = np.arccos(cos_theta)
        kernels = [np.exp(-(((e - at) / (0.12 * np.sqrt(e) + 0.01)) ** 2) / 2) for at in (0.2, 0.4, 0.8)]
        # the polar angle of a smeared direction: theta and -theta are one
        kernels += [sum(np.exp(-(((angle - s * at) / 0.05) ** 2) / 2) for s in (1, -1)) for at in (0.05, 0.2)]
        return np.stack([weights[:, :, 0] @ kernel for kernel in kernels])

    base, fine = (s[:, [0, 1], [0, 1]] for s in (sums(ChainRays()), sums(ChainRays().refined())))
    large = fine > 1e-2 * fine.max(axis=0)
    assert np.abs(base / fine - 1)[large].max() < 4e-4


def test_flux_rule_integrates_a_smooth_function_times_a_rough_flux():
    """Where n nodes cannot resolve the flux, n Gauss nodes of the product would be off by percents."""

    def rough(e):
        return (1 + jnp.abs(e / 0.05 % 2 - 1))[None]

    e_nu, exposure = flux_rule(jnp.array(0.1), 3.0, rough, 16)
    energies, steps = panels(np.linspace(0, 3, 61)[2:], 8)
    expected = np.asarray(rough(energies))[0] * steps @ np.exp(-energies)
    assert float(exposure[0] @ np.exp(-np.asarray(e_nu))) == pytest.approx(expected, rel=5e-4)


def test_decay_at_rest_conserves_energy():
    found = two_body(0.1, 0.05, 0.03)
    assert bool(found.open)
    rest = float(found.energy) + np.hypot(float(found.momentum), 0.05)
    assert rest == pytest.approx(0.1, rel=1e-12)
    assert not bool(two_body(0.08, 0.05, 0.03).open)


def test_rays_and_densities_are_told_apart():
    density = ScalarDensity(CARBON, OtherAccuracy())
    assert isinstance(ChainRays(), UnitRays)
    assert not isinstance(density, UnitRays)
    assert callable(density)
    assert UnitDensity is not UnitRays


def test_equal_rays_have_equal_hashes():
    assert ChainRays() == ChainRays()
    assert hash(ChainRays()) == hash(ChainRays())
    assert ChainRays() != replace(ChainRays(), visible="forward")
