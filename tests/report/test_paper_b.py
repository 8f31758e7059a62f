"""Figs. 3 and 6 of paper B: what reproduces, and what is left with the couplings that are allowed."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from zprimefit.models import BLSM
from zprimefit.report.reproduce.paper_b import figure3, figure6, largest_coupling, largest_mixing

POINT = BLSM().benchmark() | {"g_tilde": 0.0}


def test_fig_3_as_printed_has_the_quoted_couplings_for_another_mixing_angle():
    """Section 4: |g_BL| from 9.93e-4 to 10.86e-4; with theta' = 3e-3 it would be 2.8e-3."""
    drawing = figure3(5)
    table = drawing.table
    inside = table[["Eq. 21, theta' = 1.015e-3, low", "Eq. 21, theta' = 1.015e-3, high"]].to_numpy()
    assert (inside > 9.8e-4).all()
    assert (inside < 11e-4).all()
    assert (table[["Eq. 21, theta' = 3e-3, low", "Eq. 21, theta' = 3e-3, high"]] > 2.7e-3).to_numpy().all()
    drawing.close()


def test_fig_3_corrected_follows_the_muon_s_vector_coupling():
    """Without kinetic mixing |C_V| = |g_BL| = 6.1e-4 +- 12 % at 30 MeV; with gt = 0.1 it must cancel gt c_W^2."""
    drawing = figure3(5)
    low, high = (drawing.table[f"Eq. 20, consistent, {end}"].to_numpy() for end in ("low", "high"))
    assert low[0] < 6.1e-4 + 1e-4 * 0.77 < high[0]
    assert low[-1] == pytest.approx(0.1 * 0.769, rel=0.02)
    drawing.close()


@pytest.mark.slow
def test_muon_anomaly_is_excluded_by_a_factor_of_20_in_the_coupling():
    """NA64, Borexino, TEXONO, CHARM-II and BaBar together, B - L without kinetic mixing, 20 and 30 MeV."""
    found = largest_coupling(POINT, np.array([0.02, 0.03]))
    assert found == pytest.approx([1.73e-5, 2.58e-5], rel=0.02)
    assert (np.array([5.6e-4, 6.1e-4]) / found > 20).all()


@pytest.mark.slow
def test_fig_6_corrected_has_no_signal_to_speak_of():
    drawing = figure6(3)
    table = drawing.table
    assert (table["consistent, largest couplings allowed"].abs() < 0.01).all()
    printed = table["as printed, |theta|^2 = 1e-4"].to_numpy()
    assert printed[0] < -3  # 2 MeV
    assert printed[-1] == pytest.approx(0, abs=1e-6)  # 130 MeV: nu5 -> nu4 Z' is closed
    drawing.close()


def test_mixings_of_order_1e_4_are_excluded_for_both_heavy_neutrinos():
    """Peak search of KEK at 110 MeV: 4.9e-6; at 60 MeV the spectrum of muon decay and the ratio of pion decays."""
    point = POINT | {"g_BL": 2e-5}
    assert largest_mixing(point, "5") < 5e-6
    assert largest_mixing(point, "4") < 5e-3
