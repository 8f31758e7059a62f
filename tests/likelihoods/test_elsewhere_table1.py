"""Predictions elsewhere at Table I of arXiv:2006.01948, beside what the paper claims of them."""

import numpy as np
import pytest

from zprimefit.likelihoods import elsewhere
from zprimefit.likelihoods.elsewhere import lsnd
from zprimefit.likelihoods.elsewhere.prediction import pairs_per_target
from zprimefit.models import Z2HDM

pytestmark = pytest.mark.slow

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()


def test_lsnd_has_one_event_per_1e12_neutrinos():
    """1-2 events are claimed: a fluence of 1-2e12/cm^2, of the size of LSND's decay in flight."""
    found = elsewhere.lsnd_prediction(MODEL, TABLE1)
    assert found.value == pytest.approx(1.03, abs=0.01)
    one, two, least, *_ = found.alternatives
    assert two.value == pytest.approx(2 * one.value)
    assert one.value > 3 * least.value
    assert found.alternatives[-1].value == 0  # decay at rest


def test_lsnd_events_go_with_couplings_mixing_and_efficiency():
    base = float(lsnd.decay_in_flight_events(MODEL, TABLE1, 0.202))
    for name, power in (("g_B", 2), ("g_d", 4), ("U_mu4_sq", 1)):
        changed = lsnd.decay_in_flight_events(MODEL, TABLE1 | {name: 2 * TABLE1[name]}, 0.202)
        assert changed == pytest.approx(2**power * base, rel=1e-6)


def test_karmen_has_none():
    """About 0 are claimed (section IV A)."""
    assert elsewhere.karmen_prediction(MODEL, TABLE1).value == 0


def test_nd280_makes_2_pairs_on_nucleons_and_at_most_14_in_all():
    """Called unobservably few (section V B); the bulk of the upper bound is coherent."""
    found = elsewhere.nd280_prediction(MODEL, TABLE1)
    assert found.value == pytest.approx(13.5, abs=0.2)
    assert found.alternatives[0].value == pytest.approx(2.07, abs=0.03)


def test_off_target_run_has_about_one_event():
    """No excess was seen: 6 events against 8.8; 35.5(7.4) would be there if protons made the excess."""
    found = elsewhere.off_target_prediction(MODEL, TABLE1)
    assert found.value == pytest.approx(1.33, abs=0.02)
    by_ccqe, by_protons, on_target, seen = (r.value for r in found.alternatives)
    assert by_ccqe == pytest.approx(0.75, abs=0.02)
    assert on_target == pytest.approx(361, abs=1)
    assert abs(by_protons - 35.5) < 7.4
    assert abs(found.value - seen) < 2 * np.sqrt(8.8)


def test_midpoints_of_the_flux_bins_are_enough_for_the_real_cross_section():
    """Three Gauss nodes in each bin of 50 MeV from 0.1 to 2.6 GeV, against midpoints."""
    edges = np.linspace(0.1, 2.6, 51)
    nodes, weights = np.polynomial.legendre.leggauss(3)
    fine = (edges[:-1, None] + 0.025 * (1 + nodes)).ravel()
    # 200 energies, as many as the flux has bins: nothing new to compile
    sigma = np.asarray(pairs_per_target(MODEL, TABLE1, np.append(fine, edges[:-1] + 0.025), "incoherent"))
    gauss = (sigma[:150].reshape(50, 3) * weights / 2).sum(axis=1)
    assert sigma[150:].sum() == pytest.approx(gauss.sum(), rel=1e-3)
