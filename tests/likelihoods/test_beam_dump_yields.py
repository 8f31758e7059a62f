"""Yields of electron beam dumps: paths of electrons, integrals, and published contours without any normalisation."""

import jax
import numpy as np
import pytest
from scipy.special import gammainc, gammaincinv

from zprimefit.constants import AVOGADRO, ELECTRON_MASS, HBARC_SQUARED_CM2_GEV2, SPEED_OF_LIGHT_M_S
from zprimefit.datasets import DatasetError, dump_contour, dump_setup
from zprimefit.likelihoods.beam_dumps.bremsstrahlung import cross_section, photon_flux
from zprimefit.likelihoods.beam_dumps.yields import HBARC_GEV_M, dump, electron_paths
from zprimefit.models.reference import DarkPhoton


@pytest.mark.parametrize("power", [0.5, 1.0, 3.0])
def test_paths_in_a_thick_dump_have_the_known_moments(power):
    """Int dt <(E/E_0)^s> = Int dt (1 + s)^(-4t/3) = 3/(4 ln(1 + s)), without a cut and for an endless dump."""
    loss, path = electron_paths(60.0, 40.0, n=48)
    assert np.sum(path * np.exp(-power * loss)) == pytest.approx(3 / (4 * np.log(1 + power)), rel=1e-3)


def test_paths_in_a_thin_dump_are_its_thickness():
    loss, path = electron_paths(0.02, 40.0)
    assert np.sum(path) == pytest.approx(0.02, rel=1e-6)
    assert np.median(loss) < 1e-3


def test_integral_agrees_with_one_by_quantiles_of_the_energy():
    """N of E774 by a midpoint rule in depth, quantile of the gamma distribution of ln(E_0/E), and x."""
    mass, kind, width = 0.005, "scalar", 3e-15
    source = dump("e774")
    setup = {key: row.value for key, row in dump_setup("electron", "e774").items()}
    depth = (np.arange(120) + 0.5) / 120 * 25.0
    quantile = (np.arange(120) + 0.5) / 120
    energy = setup["beam_energy"] * np.exp(-gammaincinv(4 / 3 * depth[:, None], quantile))
    flux = np.asarray(photon_flux(energy, np.full_like(energy, mass), 74, 183.84))
    y = (np.arange(400) + 0.5) / 400
    low, scale = setup["threshold"] / energy[..., None], (ELECTRON_MASS / mass) ** 2
    span = np.log1p(np.maximum(1 - low, 0) / scale)
    rest = scale * np.expm1(span * y)
    sigma = np.asarray(cross_section(kind, 1 - rest, energy[..., None], mass, 0.0)) * span * (rest + scale)
    momentum = np.sqrt(np.maximum(((1 - rest) * energy[..., None]) ** 2 - mass**2, 1e-9))
    length = momentum / mass * SPEED_OF_LIGHT_M_S * 6.582119569e-25 / width
    share = np.exp(-0.3 / length) - np.exp(-2.3 / length)
    nuclei = 6.76 * AVOGADRO / 183.84 * HBARC_SQUARED_CM2_GEV2 * setup["electrons"]
    expected = nuclei * 25.0 * np.mean(flux * np.mean(sigma * share, axis=-1))
    assert float(source.decays(kind, mass, width)) == pytest.approx(expected, rel=0.01)


def edges_without_normalisation(name, mass):
    """Mixing at both edges of the region with more pairs than the contour stands for: nothing is fitted."""
    source = dump(name)

    def pairs(log_epsilon):
        photon = DarkPhoton().vector({"m_zprime": mass, "epsilon": 10**log_epsilon})
        return photon.strength("e") * photon.branching("ee") * source.decays("vector", mass, photon.total_width)

    grid = np.linspace(-8.5, -1.5, 1401)
    above = np.flatnonzero(np.asarray(jax.jit(jax.vmap(pairs))(grid)) > source.events)
    return 10 ** grid[above[0]], 10 ** grid[above[-1]]


@pytest.mark.parametrize("mass", [0.003, 0.01, 0.03, 0.1])
def test_contour_of_e137_of_2009_comes_back_from_first_principles(mass):
    """Lower edge to 15 %, upper edge to 6 %: 1.87e20 electrons, ten events, above 2 GeV; no factor is adjusted."""
    contour = dump_contour("electron", "e137_bjorken")
    low, high = edges_without_normalisation("e137_bjorken", mass)
    assert low == pytest.approx(np.interp(mass, contour.mass, contour.low), rel=0.15)
    assert high == pytest.approx(np.interp(mass, contour.mass, contour.high), rel=0.06)


@pytest.mark.parametrize(("name", "mass"), [("e137_andreas", 0.02), ("e774", 0.004), ("kek", 0.006), ("orsay", 0.01)])
def test_upper_edges_of_other_dumps_come_back_to_six_percent(name, mass):
    """They depend on the shield, the energies and the lifetime, on the normalisation by its logarithm only."""
    contour = dump_contour("electron", name)
    _, high = edges_without_normalisation(name, mass)
    assert high == pytest.approx(np.interp(mass, contour.mass, contour.high), rel=0.06)


def test_long_lived_bosons_decay_as_the_length_over_the_mean_path():
    source, mass, width = dump("kek"), 0.01, 1e-22
    found = float(source.decays("scalar", mass, width))
    assert float(source.decays("scalar", mass, width / 2)) == pytest.approx(found / 2, rel=1e-4)
    assert float(source.decays("scalar", mass, width, stretch=3.0)) == pytest.approx(found, rel=1e-3)


def test_nothing_is_made_above_the_energy_of_the_beam():
    source = dump("orsay")
    assert float(source.decays("vector", 2.0, 1e-9)) == 0.0
    slope = jax.grad(lambda m: source.decays("vector", m, 1e-9))
    assert np.isfinite(float(slope(2.0)))


def test_unknown_set_up_is_refused():
    with pytest.raises(DatasetError, match="no set-up 'e138'"):
        dump_setup("electron", "e138")


def test_cut_on_the_energy_limits_the_path():
    loss, path = electron_paths(50.0, 2.0)
    depth = np.linspace(0, 50, 20001)
    assert np.sum(path) == pytest.approx(np.trapezoid(gammainc(4 * depth / 3, 2.0), depth), rel=1e-3)
    assert loss.max() < 2.0


@pytest.mark.parametrize("kind", ["vector", "scalar"])
@pytest.mark.parametrize("name", ["e137_bjorken", "e141", "e774", "kek", "orsay", "na64_2019"])
def test_tables_give_the_double_integral(name, kind):
    """At masses of the contour, of bosons that live long and of those of which the shield leaves little."""
    source, rng = dump(name), np.random.default_rng(1)
    last = dump_contour("electron", name).mass[-1]
    mass = np.exp(rng.uniform(np.log(1.03e-3), np.log(last), 200))
    stretch = rng.choice([0.3, 1.0, 3.0], 200)
    for low, high, accuracy in ((-9.0, np.log(10.0), 1e-6), (np.log(10.0), np.log(30.0), 5e-4)):
        # lengths of the shield that the fastest boson lives for
        lengths = np.exp(rng.uniform(low, high, 200))
        width = lengths * source.highest / (source.shield * stretch) * HBARC_GEV_M / mass
        made, energy = source.production(kind, mass)
        share = source.share(energy, *(a[:, None, None] for a in (mass, width, stretch)))
        expected = np.sum(made * np.asarray(share), axis=(1, 2))
        found = jax.vmap(lambda m, w, s: source.decays(kind, m, w, s))(mass, width, stretch)
        assert np.asarray(found) == pytest.approx(expected, rel=accuracy)
