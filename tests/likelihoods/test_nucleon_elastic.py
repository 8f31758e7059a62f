"""MiniBooNE neutral-current elastic scattering: the release, its published results, and the paper's claims."""

from functools import partial
from itertools import pairwise

import jax
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize_scalar

from zprimefit.constants import AVOGADRO, CH2_MOLAR_MASS
from zprimefit.datasets import bnb_flux, nucleon_elastic, nucleon_elastic_cross_section, published_inputs
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.nucleon_elastic import MiniBooNENucleonElastic
from zprimefit.likelihoods.nucleon_elastic.beam import neutrinos_and_antineutrinos, tail_moments
from zprimefit.likelihoods.nucleon_elastic.simulation import true_nodes
from zprimefit.likelihoods.taming import tamed_above
from zprimefit.models import Z2HDM
from zprimefit.models.llewellyn_smith import (
    at_axial_form_factor,
    axial_form_factor,
    elastic,
    single_energy,
    vector_form_factors,
)
from zprimefit.models.particles import HeavyNeutrino, LightVector
from zprimefit.models.upscattering import least_energy, upscattering

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
NULL = {**TABLE1, **MODEL.no_new_physics}
INPUTS = published_inputs("miniboone-ncel-2010/inputs")


@pytest.fixture(scope="module")
def component():
    return MiniBooNENucleonElastic()


@pytest.fixture(scope="module")
def value(component):
    return jax.jit(lambda params: component.minus2lnl(MODEL, params))


@pytest.fixture(scope="module")
def value_at(component):
    return jax.jit(lambda params, axial_mass: component.minus2lnl_at(MODEL, params, axial_mass))


@pytest.fixture(scope="module")
def axial_mass(component):
    return jax.jit(lambda params: component.fitted_axial_mass(MODEL, params))


@pytest.fixture(scope="module")
def predict(component):
    return jax.jit(lambda params, axial_mass: component.predict(MODEL, params, axial_mass))


@pytest.fixture(scope="module")
def slopes(value):
    return jax.jit(jax.grad(value))


def standard(q2, nucleon, axial_mass):
    """Flux-averaged cross section times flux of Z exchange, neutrino mode."""
    moments = neutrinos_and_antineutrinos(tail_moments("fhc")(least_energy(q2)))
    parts = elastic(q2, *vector_form_factors(q2, nucleon), *moments)
    return np.asarray(at_axial_form_factor(parts, axial_form_factor(q2, nucleon, axial_mass)))


# -- beam ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("energy", [0.033, 0.4, 1.2345, 3.0])
def test_tail_moments_are_the_integrals_of_the_flux(energy):
    flux = bnb_flux("fhc")
    for kind, content in enumerate((flux.numu, flux.numubar)):
        density = PchipInterpolator(flux.edges, np.append(0, np.cumsum(content * np.diff(flux.edges)))).derivative()
        for power in range(3):
            edges = [energy, *flux.edges[flux.edges > energy]]
            exact = sum(quad(lambda e, n=power, f=density: float(f(e)) * e**-n, a, b)[0] for a, b in pairwise(edges))
            found = np.asarray(tail_moments("fhc")(energy)[power])[kind]
            assert found == pytest.approx(exact, rel=1e-4)


def test_moments_above_the_beam_are_zero():
    assert np.abs(np.asarray(tail_moments("fhc")(11.0))).max() == 0


# -- the release --------------------------------------------------------------------------------------------------


def test_covariance_is_symmetric_and_positive_definite():
    covariance = nucleon_elastic().covariance
    np.testing.assert_array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance)[0] > 0


def test_published_errors_agree_with_the_publication_s_normalisation_error():
    """About 18 %: the flux-dominated normalisation error of the sample is in the covariance already."""
    release = nucleon_elastic()
    assert np.sqrt(release.covariance.sum()) / release.data.sum() == pytest.approx(0.18, abs=0.01)


def test_free_proton_spectrum_of_the_release_is_that_of_llewellyn_smith():
    """Absolutely: flux, exposure and hydrogen in the tank, within 7 %; in shape 4 %, up to 0.65 GeV."""
    release = nucleon_elastic()
    q2, average = true_nodes(release.true_edges)
    hydrogen = 2 * 818e6 / CH2_MOLAR_MASS * AVOGADRO * INPUTS["pot"].value
    # d sigma / dT = 2 M d sigma / dQ2, and Q^2 = 2 M T
    kinetic = np.append((release.true_edges[:-2] + release.true_edges[1:-1]) / 2, np.inf)
    slope = q2[0] / (average[0] @ q2 / average[0].sum()) * (kinetic[0] / q2[0])
    expected = average @ standard(q2, "proton", INPUTS["axial_mass_simulated"].value) / slope * hydrogen
    ratio = (release.true_spectra["hydrogen_proton"] / expected)[:36]
    assert ratio.mean() == pytest.approx(1, abs=0.07)
    assert ratio.std() / ratio.mean() < 0.06


def test_shape_of_the_free_proton_spectrum_tells_the_simulated_axial_mass():
    """1.26 GeV fits best, 1.23 GeV is taken; 1.03 GeV, the world average of the time, and 1.39 GeV do not fit."""
    release = nucleon_elastic()
    q2, average = true_nodes(release.true_edges)
    observed = release.true_spectra["hydrogen_proton"][4:40]

    def spread(axial_mass):
        ratio = observed / (average @ standard(q2, "proton", axial_mass))[4:40]
        return ratio.std() / ratio.mean()

    grid = np.arange(1.0, 1.5, 0.01)
    assert grid[np.argmin([spread(m) for m in grid])] == pytest.approx(INPUTS["axial_mass_simulated"].value, abs=0.04)
    assert min(spread(1.03), spread(1.39)) > 1.5 * spread(1.23)


def test_published_cross_section_is_that_of_the_fitted_axial_mass():
    """Nucleons at rest, with the release's efficiency corrections and the axial mass of its fit, from 0.2 GeV^2."""
    published = nucleon_elastic_cross_section()
    q2 = (published.edges[:-1] + published.edges[1:]) / 2
    content = float(np.sum(np.asarray(tail_moments("fhc")(0.0)[0])))
    proton, neutron = (
        standard(q2, nucleon, INPUTS["axial_mass_fit"].value) / content for nucleon in ("proton", "neutron")
    )
    w = published.weights
    average = (w["hydrogen_proton"] + 3 * w["carbon_proton"]) / 7 * proton + 3 * w["carbon_neutron"] / 7 * neutron
    pulls = ((average - published.dsigma) / published.error)[q2 > 0.2]
    assert np.abs(pulls).max() < 2
    inside = (q2 > 0.2) & (q2 < 0.8)
    assert (average / published.dsigma)[inside].mean() == pytest.approx(1, abs=0.15)


# -- likelihood ---------------------------------------------------------------------------------------------------


def test_component_is_one(component):
    assert isinstance(component, Component)
    assert component.n_data == 51


def test_fit_without_vector_finds_the_published_axial_mass(axial_mass, value, value_at):
    """1.39 +- 0.11 GeV of arXiv:1007.4730, in Q^2 unfolded; here 1.35 +- 0.09, in reconstructed energy."""
    found, error = float(axial_mass(NULL)), INPUTS["axial_mass_fit_error"].value
    assert found == pytest.approx(INPUTS["axial_mass_fit"].value, abs=error / 2)
    best = float(value(NULL))
    for side in (-1, 1):
        assert float(value_at(NULL, found + side * error)) - best > 1
        assert float(value_at(NULL, found + 0.6 * side * error)) - best < 1


def test_fit_without_vector_is_good(value):
    """Half a unit per bin, as the published fits have it: the systematic errors are large and smooth."""
    assert 15 < float(value(NULL)) < 51


def test_prediction_of_the_simulation_is_its_sum(predict):
    release = nucleon_elastic()
    simulated = release.background + sum(m.sum(axis=1) for m in release.migration.values())
    found = predict({**NULL, "g_d": 1e-9}, INPUTS["axial_mass_simulated"].value)
    np.testing.assert_allclose(found, simulated, rtol=1e-8)


@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0, 6.0])
def test_profiled_axial_mass_is_the_minimum(component, value, value_at, scale):
    params = {**TABLE1, "g_B": scale * TABLE1["g_B"]}
    least = min(float(value_at(params, m)) for m in np.linspace(1.0, 1.4, 41))
    least = float(tamed_above(least, component.standard_minus2lnl))
    found = float(value(params))
    assert found <= least + 1e-9
    assert found == pytest.approx(least, abs=0.02 + 1e-4 * found)


@pytest.mark.parametrize("bounds", [(1.0, 1.4), (0.5, 2.0), (0.3, 3.0)])
@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0])
def test_minimum_is_as_exact_within_wide_bounds(value_at, bounds, scale):
    params, wide = {**TABLE1, "g_B": scale * TABLE1["g_B"]}, MiniBooNENucleonElastic(axial_mass=bounds)
    whole = partial(value_at, params)
    best = minimize_scalar(lambda m: float(whole(m)), bounds=bounds, method="bounded", options={"xatol": 1e-9})
    least = float(tamed_above(min(best.fun, *map(float, map(whole, bounds))), wide.standard_minus2lnl))
    assert float(jax.jit(lambda p: wide.minus2lnl(MODEL, p))(params)) == pytest.approx(least, abs=1e-6)


def test_large_signal_drives_the_axial_mass_to_its_bound(axial_mass):
    assert float(axial_mass({**TABLE1, "g_B": 0.01})) == 1.0


def test_equal_bounds_fix_the_axial_mass(value_at):
    fixed = MiniBooNENucleonElastic(axial_mass=(1.1, 1.1))
    assert float(jax.jit(lambda p: fixed.minus2lnl(MODEL, p))(TABLE1)) == pytest.approx(float(value_at(TABLE1, 1.1)))


def test_normalisation_error_is_profiled(predict):
    """Against a Gaussian nuisance scanned by hand."""
    with_error = MiniBooNENucleonElastic(axial_mass=(1.23, 1.23), normalisation=0.1)
    release = nucleon_elastic()
    events = np.asarray(predict(TABLE1, 1.23)) - release.background
    inverse = np.linalg.inv(release.covariance)

    def chi2(shift):
        residual = release.data - release.background - (1 + shift) * events
        return residual @ inverse @ residual + (shift / 0.1) ** 2

    scanned = min(chi2(shift) for shift in np.linspace(-0.3, 0.3, 6001))
    found = float(jax.jit(lambda p: with_error.minus2lnl(MODEL, p))(TABLE1))
    assert found == pytest.approx(scanned, rel=1e-6)


@pytest.mark.parametrize(
    "point", [TABLE1, {**TABLE1, "m_zprime": 0.03, "g_B": 2e-5, "m_nu4": 0.3}], ids=["table1", "light"]
)
def test_derivatives_are_those_of_differences(value, slopes, point):
    found = slopes(point)
    for name in ("g_B", "g_d", "U_mu4_sq", "m_zprime", "m_nu4"):
        step = 1e-5 * point[name]
        difference = (value({**point, name: point[name] + step}) - value({**point, name: point[name] - step})) / (
            2 * step
        )
        assert float(found[name]) == pytest.approx(float(difference), rel=1e-4, abs=1e-6)


def test_derivatives_are_finite_at_zero_couplings(slopes):
    for point in (NULL, {**TABLE1, "U_mu4_sq": 0.0}, {**TABLE1, "g_d": 1e-12}):
        assert all(np.isfinite(float(slope)) for slope in jax.tree.leaves(slopes(point)))


def test_many_points_at_once_are_the_points_one_by_one(value):
    couplings = np.array([0.0, 1e-4, 3e-4, 1e-3])
    together = jax.vmap(lambda g: value({**TABLE1, "g_B": g}))(couplings)
    np.testing.assert_allclose(together, [float(value({**TABLE1, "g_B": g})) for g in couplings], rtol=1e-9)


# -- the vector ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("energy", [0.8, 1.0])
def test_share_of_the_vector_in_antineutrino_scattering_at_the_benchmark(energy):
    """0.28, 0.20, 0.12, 0.07, 0.05 at M_A of the world average: the paper's 10-25 % between 0.13 and 0.4 GeV^2."""
    q2 = np.array([0.1, 0.2, 0.4, 0.6, 0.8])
    beam = single_energy(energy)
    opposite = tuple(-k for k in beam)
    parts = elastic(q2, *vector_form_factors(q2, "proton"), beam, opposite)
    z = at_axial_form_factor(parts, axial_form_factor(q2, "proton", 1.03))
    heavy, vector = MODEL.heavy_neutrinos(TABLE1)[0], MODEL.vector(TABLE1)
    strength = float(heavy.strengths["mu"] * vector.coupling("proton")[0] ** 2)
    share = strength * np.asarray(upscattering(q2, heavy.mass, vector.mass, beam)) / np.asarray(z)
    np.testing.assert_allclose(share, [0.28, 0.20, 0.12, 0.07, 0.05], rtol=0.1, atol=0.01)


def test_upscattering_events_are_proportional_to_the_couplings_squared(component):
    cross_sections = jax.jit(lambda g: component.cross_sections(MODEL, {**TABLE1, "g_B": g}))

    def added(g_b):
        events = (cross_sections(g) for g in (g_b, -g_b, 0.0))
        plus, minus, none = (np.asarray(e)[:, 0] for e in events)
        return plus + minus - 2 * none  # odd powers, of the interference with the Z, drop

    np.testing.assert_allclose(added(2e-4), 4 * added(1e-4), rtol=1e-9)


class NeutrinosOnly:
    """A vector that neutrinos and nucleons couple to; nothing turns into anything."""

    def __init__(self, mass, neutrino, nucleon):
        self.mass, self.neutrino, self.nucleon = mass, neutrino, nucleon

    def vector(self, params):
        couplings = {"nu_mu": self.neutrino, "proton": self.nucleon, "neutron": self.nucleon}
        return LightVector(self.mass, {"invisible": 1.0}, couplings)


def test_heavy_vector_is_a_shift_of_the_form_factors(component):
    """g^2 / m^2 fixed and m large: mass and coupling do not matter apart."""
    first, second = (component.predict(NeutrinosOnly(m, 1e-5 * m, 1e-1 * m), {}, 1.2) for m in (100.0, 300.0))
    np.testing.assert_allclose(first, second, rtol=1e-3)


def test_heavy_neutrino_above_the_beam_s_energy_leaves_nothing(component):
    class Heavy(NeutrinosOnly):
        def heavy_neutrinos(self, params):
            return (HeavyNeutrino(8.0, {"mu": 1.0}, 0.0),)

    closed = component.predict(Heavy(0.8, 0.0, 1e-3), {}, 1.2)
    np.testing.assert_allclose(closed, component.predict(NeutrinosOnly(0.8, 0.0, 0.0), {}, 1.2), rtol=1e-12)


# -- at the door --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", [(1.4, 1.0), (0.0, 1.0), (1.0,)])
def test_bounds_out_of_order_are_refused(bounds):
    with pytest.raises(ValueError, match=r"miniboone-ncel: axial_mass must be two ascending positive numbers in GeV"):
        MiniBooNENucleonElastic(axial_mass=bounds)


def test_negative_normalisation_error_is_refused():
    with pytest.raises(ValueError, match=r"normalisation must be a relative error, finite and >= 0, got -0\.1"):
        MiniBooNENucleonElastic(normalisation=-0.1)
