"""The BLSM as experiments and fits ask for it: couplings, widths, cross sections, signals, and paper B's numbers."""

import jax
import numpy as np
import pytest

from zprimefit.analyses import load
from zprimefit.constants import HBAR_GEV_S
from zprimefit.models import BLSM
from zprimefit.models.blsm import decays
from zprimefit.models.reference import BMinusL
from zprimefit.models.weak_decays import muon_like_width

MODEL, PRINTED = BLSM(), BLSM("as_printed")
MZ20 = MODEL.benchmark("mz20")
PURE = MZ20 | {"g_tilde": 0.0, "g_BL": 1e-4}
"""Without kinetic mixing."""


def test_benchmarks_are_those_of_fig_5():
    assert MODEL.benchmarks == ("mz20", "mz30")
    assert MODEL.benchmark("mz30") == MZ20 | {"m_zprime": 0.03}
    assert {"m_nu4": 0.06, "m_nu5": 0.11, "g_BL": -1e-4, "g_tilde": 0.2, "theta_prime": 3e-3}.items() <= MZ20.items()
    with pytest.raises(ValueError, match="unknown benchmark 'mz40'"):
        MODEL.benchmark("mz40")


def test_couplings_have_names():
    assert float(MODEL.coupling("proton", PURE)) == pytest.approx(1e-4)
    assert float(MODEL.coupling("neutron", PURE)) == pytest.approx(1e-4)
    assert float(MODEL.coupling("e", PURE)) == pytest.approx(-1e-4)
    assert float(MODEL.coupling("mu axial", PURE)) == 0
    assert float(MODEL.coupling("u", PURE)) == pytest.approx(1e-4 / 3)
    assert float(MODEL.coupling("nu_mu", PURE)) == pytest.approx(-1e-4, rel=1e-3)
    assert float(MODEL.coupling("nu5 nu_mu", PURE)) == pytest.approx(1e-6, rel=1e-3)
    assert float(MODEL.coupling("nu5 nu4", PURE)) == pytest.approx(1e-8, rel=1e-9)
    with pytest.raises(ValueError, match="unknown coupling"):
        MODEL.coupling("nu7 nu_mu", PURE)


def test_vector_without_mixing_is_that_of_b_minus_l():
    found, expected = MODEL.vector(PURE), BMinusL().vector({"m_zprime": 0.02, "g_BL": 1e-4})
    assert float(found.branching("ee")) == pytest.approx(float(expected.branching("ee")), rel=1e-3)
    assert float(found.total_width) == pytest.approx(float(expected.total_width), rel=1e-3)
    for fermion in ("e", "u", "proton", "neutron"):
        assert float(found.coupling(fermion)[0]) == pytest.approx(float(expected.coupling(fermion)[0]), rel=1e-9)


def test_lifetime_of_the_zprime_in_paper_b_needs_another_coupling():
    """1.8e-12 s is a coupling of 2.1e-5 to e+e- alone; 1e-4 gives 8e-14 s."""
    width = float(MODEL.vector(PURE).widths["ee"])
    assert HBAR_GEV_S / width == pytest.approx(1.2e-13, rel=0.1)
    assert 1e-4 * np.sqrt(HBAR_GEV_S / width / 1.8e-12) == pytest.approx(2.6e-5, rel=0.05)


def test_nu4_decays_to_a_real_zprime_far_sooner_than_paper_b_has_it():
    """1.76 s is a weak decay; m_nu4 = 60 MeV is above M_Z'."""
    weak = HBAR_GEV_S / (1e-4 * float(muon_like_width(0.06)))
    assert 0.1 < weak < 1.0
    derived = MODEL.derived(PURE)
    assert float(derived["tau_nu4_s"]) < 1e-9
    assert float(derived["br_nu4_nu_zprime"]) > 0.99


def test_nu5_decays_to_light_neutrinos_not_to_nu4():
    derived = MODEL.derived(PURE)
    assert float(derived["br_nu5_nu_zprime"]) > 0.99
    assert float(derived["br_nu5_nu4_zprime"]) < 1e-4


def test_width_to_a_neutrino_and_a_vector_is_that_of_the_w_at_its_mass():
    """Gamma(N -> l W) = g^2 |U|^2 m^3 / (64 pi M_W^2) (1 - r)^2 (1 + 2 r), coupling g U / sqrt(2)."""
    found = float(decays.to_neutrino_and_vector(200.0, 0.0, 80.4, 0.65 * 1e-2 / np.sqrt(2)))
    r = (80.4 / 200) ** 2
    assert found == pytest.approx(0.65**2 * 1e-4 * 200**3 / (64 * np.pi * 80.4**2) * (1 - r) ** 2 * (1 + 2 * r))


def test_equal_chiral_couplings_are_a_vector_current():
    """A conserved current for equal masses: no 1/M_Z'^2 as the daughter's mass approaches the mother's."""
    split = [float(decays.to_neutrino_and_vector(0.1, 0.1 - 2 * m, m, 1.0, 1.0)) for m in (1e-4, 1e-5)]
    assert split[0] / split[1] == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize("channel", ["proton", "neutron", "coherent"])
def test_cross_section_is_the_square_of_couplings_times_one_function(channel):
    e = np.array([0.05, 0.2, 1.0, 3.0])
    first = np.asarray(MODEL.cross_section(PURE, e, channel))
    twice = np.asarray(MODEL.cross_section(PURE | {"g_BL": 2e-4}, e, channel))
    assert first[0] == 0  # below threshold
    assert twice[1:] / first[1:] == pytest.approx(16, rel=1e-9)


def test_proton_and_neutron_differ_by_the_kinetic_mixing_alone():
    mixed = MZ20 | {"g_BL": 1e-4, "g_tilde": 1e-4}
    ratio = float(MODEL.cross_section(mixed, 1.0, "proton") / MODEL.cross_section(mixed, 1.0, "neutron"))
    assert ratio == pytest.approx(float(MODEL.coupling("proton", mixed) / MODEL.coupling("neutron", mixed)) ** 2)
    assert ratio == pytest.approx(1.76871**2, rel=1e-3)


def test_sources_are_three_chains_and_one_as_printed():
    assert {s.name for s in MODEL.pair_sources()} == {"nu5_to_nu4", "nu5_to_nu", "nu4_to_nu"}
    assert {s.name for s in PRINTED.pair_sources()} == {"nu5_to_nu4"}
    (chain,) = MODEL.pair_sources(("nu5_to_nu",))[:1]
    expected = float(MODEL.coupling("nu5 nu_mu", PURE)) ** 2 * 0.4 * 0.99
    assert float(chain.coupling(PURE)) == pytest.approx(expected, rel=0.02)
    assert np.asarray(chain.weights(PURE)) == pytest.approx([1e-8, 1e-8])


def test_couplings_of_the_benchmark_as_printed_contradict_the_muon_anomaly():
    """-1e-7 (30 MeV) and -2e-7 (20 MeV) instead of +2.5e-9."""
    found = [float(PRINTED.delta_a("mu", PRINTED.benchmark(b))) for b in ("mz30", "mz20")]
    assert found == pytest.approx([-0.97e-7, -2.18e-7], rel=0.01)


def test_no_new_physics_has_no_couplings():
    params = MZ20 | MODEL.no_new_physics
    assert float(MODEL.delta_a("mu", params)) == 0
    assert float(MODEL.vector(params).total_width) == 0
    assert all(float(heavy.strengths["mu"]) == 0 for heavy in MODEL.heavy_neutrinos(params))


def test_derived_quantities_are_finite_with_finite_derivatives():
    for quantity in MODEL.quantities:
        value, slopes = jax.value_and_grad(lambda p, q=quantity: q(p) + 0.0 * p["g_BL"])(PURE)
        assert np.isfinite(float(value)), quantity.name
        assert all(np.isfinite(float(s)) for s in slopes.values()), quantity.name


def test_unknown_mixing_is_refused():
    with pytest.raises(ValueError, match="unknown mixing 'printed'"):
        BLSM("printed")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blsm-seed", "blsm-global"])
def test_packaged_analyses_are_finite_at_the_benchmark_and_without_couplings(name):
    analysis = load(name, engine="direct")
    for params in (analysis.benchmarks["mz20"], analysis.benchmarks["mz20"] | analysis.model.no_new_physics):
        found = {component.name: float(analysis.term(component.name)(params)) for component in analysis.components}
        assert np.isfinite(list(found.values())).all(), found
