"""Response of MiniBooNE: reconstructed E_nu^QE, resolution and efficiency against a toy Monte Carlo."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zprimefit.datasets import electron_like, shower_efficiency
from zprimefit.likelihoods.miniboone import response
from zprimefit.likelihoods.miniboone.beam import ch2_molecules, exposed_flux

EDGES = electron_like("fhc").edges
M_N, M_P, M_E = 0.93956542052, 0.93827208816, 0.51099895e-3


def _reconstructed(e_vis, cosine):
    """E_nu^QE by energy and momentum conservation of nu n -> e p with the neutron at rest."""
    energy = e_vis + M_E
    p = np.sqrt(energy**2 - M_E**2)
    # (k + p_n - p_e)^2 = m_p^2, linear in the neutrino energy
    rest = M_N**2 + M_E**2 - 2 * M_N * energy
    return (M_P**2 - rest) / (2 * (M_N - energy + p * cosine))


@given(e_vis=st.floats(0.05, 3.0), cosine=st.floats(-1, 1))
def test_enuqe_is_the_kinematics_of_quasi_elastic_scattering(e_vis, cosine):
    if abs(M_N - e_vis - M_E + e_vis * cosine) > 1e-3:
        found = float(response.enuqe(np.array(e_vis), np.array(cosine)))
        assert found == pytest.approx(float(_reconstructed(e_vis, cosine)), rel=1e-11)


@given(e_nu=st.floats(0.05, 5.0), cosine=st.floats(-1, 1))
def test_visible_energy_at_an_edge_is_the_inverse_of_enuqe(e_nu, cosine):
    e_vis = response.e_vis_at(np.array(e_nu), np.array(cosine))
    assert e_vis > 0
    assert float(response.enuqe(e_vis, np.array(cosine))) == pytest.approx(e_nu, rel=1e-9)


@given(cosine=st.floats(-1, 1), a=st.floats(0.05, 5.0), b=st.floats(0.05, 5.0))
def test_visible_energy_rises_with_enuqe(cosine, a, b):
    if abs(a - b) > 1e-9:
        low, high = (float(response.e_vis_at(np.array(e), np.array(cosine))) for e in sorted((a, b)))
        assert low < high


# (E_vis [GeV], theta [rad]): the threshold, the peak, backwards, and the pole of E_nu^QE at large energy
RINGS = [(0.12, 0.3), (0.15, 0.0), (0.3, 0.2), (0.3, 1.2), (0.6, 0.05), (0.9, 2.8), (1.6, 0.5), (0.45, np.pi)]


@pytest.mark.parametrize(("e_vis", "theta"), RINGS)
def test_bin_probabilities_equal_a_toy_monte_carlo(e_vis, theta):
    """sigma_E = 0.12 sqrt(E) + 0.01 GeV (J. Phys. Conf. Ser. 120, 052003), sigma_theta = ln(1 GeV/E) + 2.7 degrees."""
    n, rng = 400_000, np.random.default_rng(8)
    seen = rng.normal(e_vis, 0.12 * np.sqrt(e_vis) + 0.01, n)
    angle = rng.normal(theta, np.radians(np.log(1 / e_vis) + 2.7), n)
    kept = seen > 0.14
    e_nu = _reconstructed(seen[kept], np.cos(angle[kept]))
    expected = np.histogram(e_nu, EDGES)[0] / n
    found = response.bin_probabilities(np.array([e_vis]), np.array([theta]), EDGES)[:, 0]
    error = np.sqrt(np.maximum(expected, 1 / n) * (1 - expected) / n)
    assert np.all(np.abs(found - expected) < 4.5 * error)


def test_bin_probabilities_are_probabilities():
    e_vis, theta = np.meshgrid(np.linspace(0.05, 3.0, 60), np.linspace(0, np.pi, 40), indexing="ij")
    found = response.bin_probabilities(e_vis, theta, EDGES)
    assert found.min() >= 0
    assert found.sum(axis=0).max() <= 1 + 1e-12


def test_all_events_above_threshold_are_in_some_bin():
    found = response.bin_probabilities(np.array([1.2]), np.array([0.4]), np.array([1e-3, 0.5, 1.0, 1e3]))
    assert float(found.sum()) == pytest.approx(1.0, abs=1e-9)


def test_efficiency_is_linear_between_the_centres_and_zero_outside():
    """arXiv:1207.4809: nothing below 50 MeV, 8.9 % at 150 MeV."""
    table = shower_efficiency()
    assert response.efficiency(table.centre) == pytest.approx(table.efficiency)
    assert float(response.efficiency(np.array(0.15))) == 0.089
    assert float(response.efficiency(np.array(0.1))) == pytest.approx(0.0445)
    assert np.all(response.efficiency(np.array([0.0, 0.049, table.upper_edge + 1e-6, 10.0])) == 0)


def test_probability_of_all_bins_never_exceeds_that_of_any_energy():
    e_vis, theta = np.meshgrid(response.energy_nodes()[0], np.linspace(0.0, np.pi, 48), indexing="ij")
    bins, ideal = (response.bin_probabilities(e_vis, theta, edges) for edges in (EDGES, np.array([1e-3, 1e3])))
    assert bins.min() >= 0
    assert np.all(bins.sum(axis=0) <= ideal[0] * (1 + 1e-9))


@pytest.mark.parametrize("width", [0.1, 0.3, 2.0])
def test_bins_hold_no_more_than_the_efficiency_lets_through(width):
    """The density falls in the angle as cos(theta) over `width`."""
    made = response.enuqe_response(EDGES)
    assert made.matrix.shape == (11, len(made.e_vis), len(made.cos_theta))
    ideal = response.enuqe_response(np.array([1e-3, 1e3])).matrix[0]
    density = np.exp((made.cos_theta - 1) / width)
    counts = np.einsum("bec,c->be", made.matrix, density)
    selected = ideal @ density
    # by energy: product integration undershoots where there is nothing
    assert np.all(counts > -1e-6 * selected)
    assert np.all(counts.sum(axis=0) <= selected * (1 + 1e-6))


def test_response_counts_do_not_change_with_its_nodes():
    """A density like that of the benchmark: falling in energy, forward."""

    def counts(made):
        density = np.exp(-made.e_vis / 0.25)[:, None] * np.exp((made.cos_theta - 1) / 0.1)
        return np.einsum("bec,ec->b", made.matrix, density)

    coarse, fine = counts(response.enuqe_response(EDGES)), counts(response.enuqe_response(EDGES, 9, 60))
    assert coarse == pytest.approx(fine, rel=1e-3)  # what the spectra claim per bin


# -- beam -------------------------------------------------------


def test_tank_holds_3_512e31_molecules_of_ch2():
    """818 t (arXiv:2006.01948, section II A) of 14.0266 g/mol."""
    assert ch2_molecules() == pytest.approx(3.5120e31, abs=0.00005e31)


@pytest.mark.parametrize("mode", ["fhc", "rhc"])
def test_flux_density_keeps_every_bin_content_and_is_never_negative(mode):
    from zprimefit.datasets import bnb_flux, miniboone_parameters

    table, flux = bnb_flux(mode), exposed_flux((mode,))
    u, w = np.polynomial.legendre.leggauss(3)  # exact for the quadratic pieces
    widths = np.diff(table.edges)
    nodes = table.edges[:-1, None] + widths[:, None] * (u + 1) / 2
    contents = np.asarray(flux(nodes))[0] @ (w / 2) * widths
    exposure = miniboone_parameters()[f"pot_{mode}"] * ch2_molecules()
    expected = (table.numu + table.numubar) * widths * exposure
    assert contents == pytest.approx(expected, rel=1e-9, abs=1e-12 * expected.max())
    assert float(np.asarray(flux(np.linspace(0, 10, 20_001))).min()) >= 0
    assert np.all(np.asarray(flux(np.array([-1.0, 0.0, 10.0, 12.0]))) == 0)


def test_flux_density_is_continuous():
    flux = exposed_flux(("fhc",))
    edges = np.arange(1, 199) * 0.05
    below, above = (np.asarray(flux(edges + s))[0] for s in (-1e-9, 1e-9))
    assert above == pytest.approx(below, rel=1e-5, abs=1e-6 * above.max())


# -- bins of visible energy and angle --------------------------------------------------

CUT = (0.2, 1.25)
RING_BINS = response.RingBins(np.array([0.1, 0.2, 0.3, 0.5, 1.25]), np.array([-1.0, -0.5, 0.2, 0.7, 0.9, 1.0]), CUT)


def _sampled(e_vis, theta, bins, n=400_000, efficiency=False):
    """Probability of each bin from random reconstructions."""
    rng = np.random.default_rng(21)
    seen = rng.normal(e_vis, 0.12 * np.sqrt(e_vis) + 0.01, n)
    cosine = np.cos(rng.normal(theta, np.radians(np.log(1 / e_vis) + 2.7), n))
    kept = seen > 0.14
    if bins.enuqe_cut is not None:
        e_nu = _reconstructed(np.maximum(seen, 1e-3), cosine)
        kept &= (e_nu > bins.enuqe_cut[0]) & (e_nu < bins.enuqe_cut[1])
    weight = response.efficiency(seen[kept]) if efficiency else np.ones(kept.sum())
    counts, _, _ = np.histogram2d(seen[kept], cosine[kept], [bins.evis_edges, bins.cos_edges], weights=weight)
    return counts / n, n


@pytest.mark.parametrize(("e_vis", "theta"), RINGS)
@pytest.mark.parametrize("cut", [CUT, None], ids=["enuqe-cut", "no-cut"])
def test_ring_probabilities_equal_a_toy_monte_carlo(e_vis, theta, cut):
    bins = response.RingBins(RING_BINS.evis_edges, RING_BINS.cos_edges, cut)
    expected, n = _sampled(e_vis, theta, bins)
    found = response.ring_probabilities(np.array([e_vis]), np.array([theta]), bins)[..., 0]
    error = np.sqrt(np.maximum(expected, 1 / n) / n)
    assert np.all(np.abs(found - expected) < 4.5 * error)


@pytest.mark.parametrize(("e_vis", "theta"), [(0.15, 0.3), (0.6, 0.1), (1.95, 0.1)])
def test_efficiency_at_the_reconstructed_energy_equals_a_toy_monte_carlo(e_vis, theta):
    wide = response.RingBins(np.array([0.0, 0.3, 3.0]), np.array([-1.0, 1.0]), None)
    expected, n = _sampled(e_vis, theta, wide, efficiency=True)
    found = response.ring_probabilities(np.array([e_vis]), np.array([theta]), wide, "reconstructed")[..., 0]
    assert found == pytest.approx(expected, abs=0.15 * 4.5 / np.sqrt(n))


def test_bins_of_all_energies_and_angles_hold_what_the_enuqe_bins_hold():
    """Two paths to 200 < E_nu^QE < 1250 MeV: smeared angles by Gauss-Hermite, or reconstructed angles by panels."""
    everything = response.RingBins(np.array([0.0, np.inf]), np.array([-1.0, 1.0]), CUT)
    for where in ("true", "reconstructed"):
        rings = response.ring_response(everything, efficiency_at=where).matrix[0]
        quasi_elastic = response.enuqe_response(EDGES, efficiency_at=where).matrix[:9].sum(axis=0)
        assert rings == pytest.approx(quasi_elastic, abs=1e-3 * quasi_elastic.max())
        assert rings.sum() == pytest.approx(quasi_elastic.sum(), rel=1e-4)


def test_views_are_projections_of_one_response():
    both = response.ring_response(RING_BINS).matrix.reshape(4, 5, -1)
    energy = response.ring_response(response.RingBins(RING_BINS.evis_edges, np.array([-1.0, 1.0]), CUT)).matrix
    angle = response.ring_response(response.RingBins(np.array([0.1, 1.25]), RING_BINS.cos_edges, CUT)).matrix
    # the cut on E_nu^QE has kinks in the angle, which the panels of one wide bin resolve to 2e-4
    assert both.sum(axis=1).ravel() == pytest.approx(energy.ravel(), abs=3e-4 * energy.max())
    assert both.sum(axis=0).ravel() == pytest.approx(angle.ravel(), abs=1e-9 * angle.max())
