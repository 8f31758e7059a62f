"""Rays through MiniBooNE: the same spectrum as a density, and as random events through the exact response."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.chain import sample
from zprimefit.constants import ELECTRON_MASS
from zprimefit.likelihoods.miniboone.acceptance import accepted_fraction
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.response import efficiency
from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.likelihoods.miniboone.views import probability_of
from zprimefit.models.blsm.production import ChainRays
from zprimefit.models.sources import PairSource
from zprimefit.models.targets import CARBON, NUCLEON
from zprimefit.numerics.quadrature import panels

VIEWS = {"enuqe": ("fhc", "rhc"), "evis": ("fhc",), "costheta": ("fhc",), "evis_costheta": ("fhc",)}
views = pytest.mark.parametrize("view", VIEWS)
MASSES = (0.028, 0.1, 0.05)
CASES = {"benchmark": MASSES, "light": (0.002, 0.15, 0.05), "heavy": (0.017, 0.4, 0.01)}


def source(made, masses=("m_zprime", "m_heavy", "m_daughter")):
    """A pair source with all couplings one."""
    one = lambda params: 1.0
    return PairSource(
        "zprime", "mu", "coupling", masses, "m_zprime", one, one, lambda params: np.ones(2), made,
        ("incoherent", "coherent"), lambda params, e_nu, channel: np.ones_like(e_nu),
    )  # fmt: skip


def shape(e, cos_theta, mass):
    """Falling in energy, forward: two parts."""
    return jnp.stack([jnp.exp(-e / 0.3 - (1 - cos_theta) / mass), e * jnp.exp(-e / 0.2 - (1 - cos_theta) / 0.06)])


@dataclass(frozen=True)
class ToyDensity:
    """A smooth density, the same in both modes up to a factor, one channel."""

    def __call__(self, masses, e_scalar, cos_theta, flux, e_nu_max):
        return jnp.stack([shape(e_scalar, cos_theta, masses[0]) * n for n in (1.0, 0.3)][: _modes(flux)], axis=1)[None]

    def refined(self):
        return self


@dataclass(frozen=True)
class ToyRays:
    """The same as rays."""

    def rays(self, masses, flux, e_nu_max):
        # from below the window of E_vis and above the mass
        e, e_weight = panels(np.concatenate([np.linspace(0.0285, 0.1, 10), np.linspace(0.15, 3.0, 58)]), 4)
        v, v_weight = panels(np.linspace(0, 1, 17), 4)
        e, v = (x.ravel() for x in np.meshgrid(e, v, indexing="ij"))
        weight = (e_weight[:, None] * v_weight).ravel() * 6 * v**2
        cos_theta = jnp.asarray(1 - 2 * v**3)
        density = ToyDensity()(masses, jnp.asarray(e), cos_theta, flux, e_nu_max)
        return jnp.asarray(e), cos_theta, density * weight

    def refined(self):
        return self


def _modes(flux):
    return len(flux(jnp.array(1.0)))


def largest_error(found, expected, floor):
    """Relative, of the numbers that hold more than a share of their sum."""
    large = expected > floor * expected.sum(axis=-1, keepdims=True)
    return np.abs(found[large] / expected[large] - 1).max()


@views
def test_density_and_rays_give_one_spectrum(view):
    folding = Folding(view, VIEWS[view], "eq32", "true")
    density = np.asarray(unit_spectrum(source(ToyDensity()), folding, fine=True)(jnp.array(MASSES)))
    rays = np.asarray(unit_spectrum(source(ToyRays()), folding)(jnp.array(MASSES)))
    assert density.shape == rays.shape
    edges = np.cumsum(folding.segments)[:-1]
    for ours, theirs in zip(np.split(rays[0], edges, -1), np.split(density[0], edges, -1), strict=True):
        # what the 48 angles of the density leave; rays are better than that
        assert largest_error(ours, theirs, 1e-2) < 1e-3


def test_efficiency_at_the_reconstructed_energy_is_that_of_a_density():
    folding = Folding("enuqe", ("fhc",), "all", "reconstructed")
    density, rays = (unit_spectrum(source(made), folding)(jnp.array(MASSES)) for made in (ToyDensity(), ToyRays()))
    np.testing.assert_allclose(rays[0, :, :9], density[0, :, :9], rtol=1e-3)


@views
@pytest.mark.parametrize("masses", CASES.values(), ids=CASES)
def test_spectrum_of_the_chain_is_that_of_random_events(view, masses):
    """Exact probabilities, efficiency and acceptance of every event, fhc."""
    rule = "opening" if view == "enuqe" else "eq32"
    spectrum = np.asarray(unit_spectrum(source(ChainRays()), Folding(view, ("fhc",), rule, "true"))(jnp.array(masses)))
    flux = exposed_flux(("fhc",))
    for part, (target, number) in enumerate(((NUCLEON, 14), (CARBON, 144))):
        drawn = sample(masses, target, lambda x: np.asarray(flux(x))[0], highest_energy(), 40_000, seed=part)
        e_vis = drawn.energy - 2 * ELECTRON_MASS
        accepted = np.concatenate(
            [np.asarray(accepted_fraction(rule, e, masses[0])) for e in np.array_split(drawn.energy, 20)]
        )
        weight = number * drawn.weight * accepted * efficiency(e_vis)
        seen = np.flatnonzero(weight)
        probability = probability_of(view, "fhc", "true")
        found, square = 0.0, 0.0
        for some in np.array_split(seen, 40):
            counts = probability(e_vis[some], np.arccos(drawn.cosine[some])) * weight[some]
            found, square = found + counts.sum(axis=-1), square + (counts**2).sum(axis=-1)
        counted = found > 1e-3 * found.sum()
        pull = (spectrum[part, part, :-1] - found)[counted] / np.sqrt(square[counted])
        assert np.abs(pull).max() < 5
        # smeared bins share their events: their pulls do not average out
        assert np.mean(pull**2) < 4
        made = (number * drawn.weight)[(e_vis > 0.05) & (e_vis < 2.1)].sum()
        assert spectrum[part, part, -1] == pytest.approx(made, rel=0.01)


@views
@pytest.mark.parametrize("masses", CASES.values(), ids=CASES)
def test_fitted_bins_of_the_chain_do_not_change_with_more_rays(view, masses):
    """All but those of E_nu^QE beyond 1250 MeV, where the efficiency is known in coarse steps."""
    folding = Folding(view, ("fhc",), "eq32", "true")
    base, fine = (
        np.asarray(unit_spectrum(source(ChainRays()), folding, fine=f)(jnp.array(masses))).sum(axis=(0, 1))
        for f in (False, True)
    )
    fitted = slice(0, 9 if view == "enuqe" else folding.bins[0])
    assert largest_error(base[fitted], fine[fitted], 1e-2) < 5e-4
    assert base == pytest.approx(fine, rel=3e-3, abs=1e-3 * fine[:-1].sum())


def test_spectrum_has_no_negative_numbers():
    folding = Folding("evis_costheta", ("fhc",), "eq32", "true")
    assert (np.asarray(unit_spectrum(source(ChainRays()), folding)(jnp.array(MASSES))) >= 0).all()


def test_derivative_of_the_spectrum_is_a_difference_quotient():
    spectrum = unit_spectrum(source(ChainRays(massless_daughter=True), ("m_zprime", "m_heavy")), FOLDING)
    at, direction = jnp.array([0.02, 0.15]), jnp.array([0.02, 0.15])
    value, slope = (np.asarray(x).sum(axis=(0, 1)) for x in jax.jvp(spectrum, (at,), (direction,)))
    high, low = (np.asarray(spectrum(at + s * direction)).sum(axis=(0, 1)) for s in (1e-3, -1e-3))
    assert slope / value == pytest.approx((high - low) / 2e-3 / value, abs=0.02)


FOLDING = Folding("enuqe", ("fhc", "rhc"), "eq32", "true")


def test_closed_decay_is_an_empty_spectrum_without_slopes():
    spectrum = unit_spectrum(source(ChainRays()), FOLDING)
    value, slopes = jax.value_and_grad(lambda m: jnp.sum(spectrum(m)))(jnp.array([0.02, 0.05, 0.04]))
    assert value == 0
    assert np.array_equal(slopes, np.zeros(3))


def test_equal_rays_share_what_is_compiled():
    assert unit_spectrum(source(ChainRays()), FOLDING) is unit_spectrum(source(ChainRays()), FOLDING)
