"""Deep-inelastic neutral currents against published cross sections and partons scattered by Dirac matrices."""

import numpy as np
import pytest
from dirac import GAMMA, LEFT, METRIC, spin_sum, squared

from zprimefit.models.deep_inelastic import QUARKS, heavy_neutrino, neutral_current, parton_nodes

GANDHI = {1e2: 0.217e-36, 1e3: 0.199e-35, 1e4: 0.155e-34, 1e5: 0.745e-34, 1e6: 0.252e-33, 1e7: 0.748e-33}
"""nu N neutral currents [cm^2] with CTEQ4-DIS (hep-ph/9512364 and hep-ph/9807264, Table 1), by energy [GeV]."""


@pytest.mark.parametrize(("energy", "published"), GANDHI.items(), ids=lambda x: f"{x:g}")
def test_cross_section_is_the_published_one_within_20_percent(energy, published):
    assert float(neutral_current(parton_nodes(energy))) == pytest.approx(published, rel=0.2)


@pytest.mark.parametrize("energy", [1e4, 1e5, 1e6, 1e7])
def test_cross_section_is_that_of_another_global_fit_within_a_quarter(energy):
    """Parametrisation of arXiv:1102.0691, Eq. 7 and Table III, with MSTW 2008, nu N neutral currents."""
    log = np.log(np.log10(energy) + 1.826)
    published = 10 ** (-17.31 - 6.448 * log + 1.431 * log**2 - 18.61 / log)
    assert float(neutral_current(parton_nodes(energy))) == pytest.approx(published, rel=0.25)


def test_ratio_of_antineutrinos_to_neutrinos_is_that_of_measurements_and_goes_to_one():
    """0.5 to 0.6 at 100 GeV: R_nubar sigma_CC(nubar) / [R_nu sigma_CC(nu)] = 0.38 / 0.31 x 0.334 / 0.677 = 0.60."""
    low, high = (parton_nodes(e) for e in (1e2, 1e7))
    ratio = [float(neutral_current(n, antineutrino=True) / neutral_current(n)) for n in (low, high)]
    assert ratio[0] == pytest.approx(0.60, abs=0.07)
    assert ratio[1] == pytest.approx(1, abs=0.02)


def test_cross_section_is_linear_in_energy_below_the_z_and_flatter_beyond():
    energies = np.array([1e2, 1e3, 1e6, 1e7])
    sigma = np.asarray(neutral_current(parton_nodes(energies)))
    slope = np.diff(np.log10(sigma))
    assert slope[0] == pytest.approx(1, abs=0.05)
    assert slope[2] < 0.55


def test_massless_heavy_neutrino_is_the_square_of_the_added_amplitude():
    nodes, couplings = parton_nodes(200.0), {"u": 0.7, "d": 0.4, "s": -1.1}
    plus, none, minus = (
        float(neutral_current(nodes, {q: sign * c for q, c in couplings.items()}, 2.0)) for sign in (1, 0, -1)
    )
    squared = float(heavy_neutrino(nodes, couplings, 2.0, 0.0))
    assert plus + minus - 2 * none == pytest.approx(2 * squared, rel=1e-9)


def parton_cross_section(s_hat, q2, m_heavy, m_vector):
    """Cross section d sigma / dQ2 [GeV^-4] of nu q -> N q in the frame of the collision, couplings 1."""
    root = np.sqrt(s_hat)
    momentum, energy = (s_hat - m_heavy**2) / (2 * root), (s_hat + m_heavy**2) / (2 * root)
    cos = (energy - (q2 + m_heavy**2) / root) / momentum
    k, p = root / 2 * np.array([1, 0, 0, 1]), root / 2 * np.array([1, 0, 0, -1])
    k_out = np.array([energy, momentum * np.sqrt(1 - cos**2), 0, momentum * cos])
    p_out = k + p - k_out
    lepton = squared(spin_sum(k), GAMMA @ LEFT, spin_sum(k_out, m_heavy))
    quark = squared(spin_sum(p), GAMMA, spin_sum(p_out)) / 2
    amplitude = np.einsum("mn,m,n,mn->", lepton, METRIC, METRIC, quark).real / (q2 + m_vector**2) ** 2
    return amplitude / (16 * np.pi * s_hat**2)


@pytest.mark.parametrize("m_heavy", [0.0, 0.05, 1.5])
def test_heavy_neutrino_is_made_as_dirac_matrices_say(m_heavy):
    """The quadrature's sum, with the cross section on each parton from traces instead."""
    nodes, m_vector = parton_nodes(30.0, n=6), 0.8
    open_ = nodes.y < 1 - m_heavy**2 / nodes.s_hat
    total = sum(
        (nodes.quarks["u"] + nodes.antiquarks["u"])[i]
        * parton_cross_section(nodes.s_hat[i], nodes.q2[i], m_heavy, m_vector)
        for i in np.flatnonzero(open_)
    )
    found = float(heavy_neutrino(nodes, {"u": 1.0, "d": 0.0, "s": 0.0}, m_vector, m_heavy))
    assert found == pytest.approx(total * 0.3893793721e-27, rel=1e-9)


def test_quadrature_is_good_to_a_thousandth():
    energies, couplings = np.array([10.0, 1e4, 1e7]), dict.fromkeys(QUARKS, 1.0)
    coarse, fine = (parton_nodes(energies, n) for n in (16, 96))
    np.testing.assert_allclose(neutral_current(coarse), neutral_current(fine), rtol=1e-3)
    light, reference = (heavy_neutrino(nodes, couplings, 0.8, 0.05) for nodes in (coarse, fine))
    np.testing.assert_allclose(light, reference, rtol=1e-3)


def test_energy_without_deep_inelastic_scattering_is_refused():
    with pytest.raises(ValueError, match=r"0\.5 GeV does not reach Q\^2 = 1\.0 GeV\^2"):
        parton_nodes(0.5)
