"""Figs. 7 and 8 of arXiv:2006.01948 as arrays."""

import numpy as np
import pytest

from zprimefit.models import Z2HDM
from zprimefit.report.reproduce.paper_a.fig7 import figure7, proton_cross_sections
from zprimefit.report.reproduce.paper_a.fig8 import figure8, total_cross_sections


def test_vector_adds_10_to_25_percent_in_part_of_the_range_of_fig_7_only():
    model = Z2HDM()
    q2 = np.array([0.05, 0.13, 0.38, 0.6, 1.0])
    standard, added = proton_cross_sections(model, model.benchmark(), q2)
    share = added / standard
    assert share[0] > 0.25
    assert ((share > 0.1) & (share < 0.25))[1:3].all()
    assert (share[3:] < 0.1).all()


def test_antineutrino_cross_section_is_below_that_of_measured_neutrinos():
    """1.3 to 3.4e-39 cm^2/GeV^2 around 0.13 to 0.5 GeV^2 for neutrinos (arXiv:1007.4730)."""
    model = Z2HDM()
    standard, _ = proton_cross_sections(model, model.benchmark(), np.array([0.135, 0.47]))
    assert (standard < np.array([3.4e-39, 1.5e-39])).all()
    assert (standard > np.array([0.7e-39, 0.1e-39])).all()


def test_vector_stays_below_a_thousandth_in_fig_8_from_50_gev():
    model = Z2HDM()
    standard, added = total_cross_sections(model, model.benchmark(), np.array([50.0, 1e3, 1e5, 1e7]))
    assert (added / standard < 1e-3).all()
    assert standard[-1] == pytest.approx(0.748e-33, rel=0.2)  # hep-ph/9807264


@pytest.mark.parametrize("figure", [figure7, figure8])
def test_figures_come_with_their_numbers(figure, tmp_path):
    drawing = figure()
    assert np.isfinite(drawing.table.to_numpy(dtype=float)).all()
    assert (drawing.table.to_numpy(dtype=float) > 0).all()
    png, twin = drawing.save(tmp_path / "figure.png")
    assert png.stat().st_size > 1000
    assert len(twin.read_text().splitlines()) == len(drawing.table) + 1
