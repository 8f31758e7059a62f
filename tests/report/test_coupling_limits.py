"""Couplings at a limit, and the two panels of Fig. 6."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from zprimefit.likelihoods.nonstandard_interactions import OscillationInteractions
from zprimefit.models import Z2HDM
from zprimefit.report.coupling_limits import coupling_limit, crossing, figure6

COUPLINGS = np.geomspace(1e-6, 1.0, 25)


class Panel:
    """The model of a panel, as its figure asks for it."""

    def __init__(self, group):
        model = Z2HDM(gauge_group=group)
        self.vector, self.quantities = model.vector, model.quantities
        self.anomalous_baryon_number = lambda: group == "B"


def test_crossing_of_a_power_law_is_exact():
    mu = (COUPLINGS[None, :] / np.array([[1.234e-3], [5.6e-2]])) ** 2
    assert crossing(mu, COUPLINGS) == pytest.approx([1.234e-3, 5.6e-2], rel=1e-12)


def test_crossing_out_of_reach_is_none_and_below_it_the_lowest():
    assert np.isnan(crossing(0.5 + 1e-14 * np.arange(25.0)[None], COUPLINGS)).all()
    assert np.isnan(crossing(np.full((1, 25), 0.5), COUPLINGS)).all()
    assert crossing(np.full((1, 25), 2.0), COUPLINGS) == pytest.approx([1e-6])


def test_limit_is_inverted_mass_by_mass():
    masses = np.array([0.1, 0.5, 1.0])
    found = coupling_limit(lambda p: (p["g_B"] / (1e-3 * p["m_zprime"])) ** 4, {}, masses, COUPLINGS)
    assert found == pytest.approx(1e-3 * masses, rel=1e-10)


def test_right_panel_has_the_published_limits_and_the_star_outside_of_them():
    drawing = figure6(Panel("B"), Z2HDM().benchmark(), n=40)
    table = drawing.table
    line = table[table["drawn"] == r"$Z\to\gamma Z'$"]
    at_star = np.exp(np.interp(np.log(0.8), np.log(line["m_zprime"]), np.log(line["g_B"])))
    assert at_star == pytest.approx(1.3e-3, rel=0.05)
    kaon = table[table["drawn"] == r"$K\to\pi Z'$"]
    assert kaon["m_zprime"].max() < 0.354
    assert drawing.figure.get_supxlabel() == "not drawn: NA64, BaBar"
    drawing.close()


def test_left_panel_draws_what_it_is_given_and_names_the_rest():
    point = Z2HDM().benchmark()
    mine = OscillationInteractions((-0.1, 0.1), source="mine")
    drawing = figure6(Panel("B-3Ltau"), point, "left", others={"my interval": mine}, n=12)
    line = drawing.table[drawing.table["drawn"] == "my interval"]
    # (g/m)^2 is what the interval limits, but for the small part linear in g of nu_mu
    ratio = (line["g_B"] / line["m_zprime"]).to_numpy()
    assert ratio[-1] == pytest.approx(3e-4 / 0.8 * np.sqrt(0.1 / 0.0525), rel=0.05)
    assert "1805.04530" in drawing.figure.get_supxlabel()
    assert "no numbers at hand" in drawing.figure.get_supxlabel()
    drawing.close()


def test_wrong_panel_is_refused():
    with pytest.raises(ValueError, match="unknown panel 'middle'"):
        figure6(Panel("B"), Z2HDM().benchmark(), "middle")
