"""e+e- pairs as one ring: the closed rules against four-vector decays (arXiv:2006.01948, Eq. 32 and below it)."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import two_shower_cut
from zprimefit.likelihoods.miniboone.acceptance import RULES, accepted_fraction

N_DECAYS = 400_000


def _decays(energy, mass, rng):
    """Energies (2, n) and momenta (2, n, 3) of e+ and e- from a parent along z, isotropic at rest."""
    cosine, azimuth = rng.uniform(-1, 1, N_DECAYS), rng.uniform(0, 2 * np.pi, N_DECAYS)
    sine, p = np.sqrt(1 - cosine**2), np.sqrt(mass**2 / 4 - ELECTRON_MASS**2)
    rest = p * np.stack([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine], axis=-1)
    gamma, gamma_beta = energy / mass, np.sqrt(energy**2 - mass**2) / mass
    energies, momenta = [], []
    for sign in (1, -1):
        along = sign * rest[:, 2]
        energies.append(gamma * mass / 2 + gamma_beta * along)
        moved = sign * rest
        moved[:, 2] = gamma * along + gamma_beta * mass / 2
        momenta.append(moved)
    return np.array(energies), np.array(momenta)


def _one_ring(rule, energies, momenta):
    cosine = np.sum(momenta[0] * momenta[1], axis=-1) / np.prod(np.linalg.norm(momenta, axis=-1), axis=0)
    if rule == "eq32":
        return np.sqrt(2 * energies[0] * energies[1] * (1 - cosine)) < 0.03
    if rule in {"opening", "opening13"}:
        widest = 8 if rule == "opening" else 13
        return (np.degrees(np.arccos(np.clip(cosine, -1, 1))) < widest) | (energies.min(axis=0) < 0.03)
    if rule == "showers":
        total = energies.sum(axis=0)
        centre, radius = two_shower_cut()
        cut = np.interp(total - 2 * ELECTRON_MASS, centre, radius)
        return np.hypot((1 - cosine) / 2, 1 - energies.max(axis=0) / total) < cut
    return np.ones(N_DECAYS, dtype=bool)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("energy", "mass"),
    [(0.15, 0.023), (0.4, 0.023), (1.2, 0.023), (0.2, 0.0299), (0.3, 0.0302), (0.5, 0.031), (0.4, 0.106), (1.5, 0.106)],
)
def test_fraction_equals_a_four_vector_monte_carlo(rule, energy, mass):
    kept = _one_ring(rule, *_decays(energy, mass, np.random.default_rng(3))).mean()
    # four standard deviations, and the 1e-5 that the cells are good to
    allowed = 4 * np.sqrt(kept * (1 - kept) / N_DECAYS) + 2e-5
    assert float(accepted_fraction(rule, energy, mass)) == pytest.approx(kept, abs=allowed)


def test_eq_32_takes_nearly_all_pairs_of_23_mev_and_none_of_106_mev():
    """m_track is at most about the parent's mass: the paper says always less than 30 MeV."""
    energies = np.linspace(0.1, 2.0, 20)
    # a 0.511 MeV lepton almost at rest is the exception
    assert np.all(np.asarray(accepted_fraction("eq32", energies, 0.023)) > 0.999)
    assert np.all(np.asarray(accepted_fraction("eq32", energies, 0.106)) == 0)


def test_opening_rule_keeps_more_pairs_the_faster_they_are():
    energies = np.linspace(0.7, 3.0, 12)
    assert np.all(np.diff(np.asarray(accepted_fraction("opening", energies, 0.023))) >= 0)


@settings(deadline=None, max_examples=50)
@given(energy=st.floats(0.01, 5.0), mass=st.floats(0.005, 1.0))
def test_fractions_are_probabilities_and_all_is_one_for_moving_parents(energy, mass):
    for rule in RULES:
        assert 0 <= float(accepted_fraction(rule, energy, mass)) <= 1 + 1e-12
    assert float(accepted_fraction("all", energy, mass)) == (1.0 if energy > mass else 0.0)


@pytest.mark.parametrize("rule", RULES)
def test_parents_below_their_mass_give_nothing_and_no_nan(rule):
    for energy in (0.01, 0.023):
        assert float(accepted_fraction(rule, energy, 0.023)) == 0
        assert np.isfinite(float(jax.grad(lambda m, e=energy: accepted_fraction(rule, e, m))(0.023)))


@pytest.mark.parametrize("rule", ["eq32", "opening"])
def test_derivative_by_the_mass_equals_a_finite_difference(rule):
    mass = 0.0302 if rule == "eq32" else 0.023
    found = float(jax.grad(lambda m: accepted_fraction(rule, 0.3, m))(mass))
    high, low = (float(accepted_fraction(rule, 0.3, mass + s)) for s in (1e-7, -1e-7))
    assert found != 0
    assert found == pytest.approx((high - low) / 2e-7, rel=1e-3)


def test_two_shower_cut_is_the_published_one():
    """arXiv:2210.08021, Table II: radius 0.541 at 0.14-0.16 GeV, 0.274 at 1.26-1.28 GeV."""
    centre, radius = two_shower_cut()
    assert (centre[0], centre[-1]) == pytest.approx((0.15, 1.27))
    assert (radius[0], radius[-1]) == (0.541, 0.274)
    assert len(centre) == 57
