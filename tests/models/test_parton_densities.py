"""Parton densities against the sum rules that their authors imposed by evolution, not by a formula."""

import numpy as np
import pytest

from zprimefit.models.parton_densities import parton_densities

LOG_X = np.linspace(np.log(1e-8), -1e-9, 20001)


@pytest.fixture(params=[0.5, 2.0, 20.0, 1e3, 1e5], ids=lambda q2: f"Q2={q2:g}")
def densities(request):
    return {name: np.asarray(f) for name, f in parton_densities(np.exp(LOG_X), request.param).items()}


@pytest.mark.parametrize(("quark", "number"), [("u", 2), ("d", 1)])
def test_proton_has_two_up_and_one_down_valence_quark(densities, quark, number):
    assert np.trapezoid(densities[quark] - densities[f"{quark}bar"], LOG_X) == pytest.approx(number, rel=0.01)


def test_partons_carry_the_proton_s_momentum(densities):
    total = sum(densities[name] for name in ("u", "d", "ubar", "dbar", "gluon")) + 2 * densities["s"]
    assert np.trapezoid(np.exp(LOG_X) * total, LOG_X) == pytest.approx(1, abs=0.01)


def test_sea_has_more_down_than_up(densities):
    """NA51 and the Gottfried sum rule; the fit has it."""
    middle = np.abs(np.exp(LOG_X) - 0.15) < 0.1
    assert (densities["dbar"] > densities["ubar"])[middle].all()


def test_densities_are_positive(densities):
    for name in ("u", "d", "dbar", "s", "gluon"):
        assert (densities[name][:-1] > 0).all(), name


def test_small_momentum_transfers_see_what_the_lowest_sees():
    low, lowest = (parton_densities(0.1, q2)["u"] for q2 in (0.1, 0.4))
    assert low == lowest
