"""Fig. 9 of arXiv:2006.01948: what is excluded for a scalar, against published numbers and the benchmark."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from zprimefit.datasets.vector_limits import vector_limit, vector_projection
from zprimefit.likelihoods.recast import Annihilation, Bremsstrahlung
from zprimefit.models.reference import ELEMENTARY_CHARGE
from zprimefit.report.coupling_limits import upper_crossing
from zprimefit.report.scalar_limits import figure9, reach

COUPLINGS = np.geomspace(1e-6, 1.0, 25)


def curve(table, label):
    found = table[table["drawn"] == label]
    return (found[key].to_numpy(dtype=float) for key in ("m_scalar", found.columns[3], "upper"))


@pytest.fixture(scope="module")
def left():
    drawing = figure9("left", n=60)
    yield drawing
    drawing.close()


def test_upper_crossing_of_an_island_is_exact_and_infinite_without_one():
    mu = np.stack([np.minimum((COUPLINGS / 1e-4) ** 2, (3e-2 / COUPLINGS) ** 2), COUPLINGS / 1e-3, 0 * COUPLINGS + 0.1])
    assert upper_crossing(mu, COUPLINGS) == pytest.approx([3e-2, np.inf, np.nan], nan_ok=True)


@pytest.mark.slow
def test_benchmark_scalars_lie_outside_of_every_region(left):
    """arXiv:2006.01948, section V B: both are below the limits, h' above what beam dumps exclude."""
    table = left.table
    stars = table[table["kind"] == "mark"]
    assert list(stars["drawn"]) == ["h'", "H"]
    assert stars["y_e"].to_numpy() == pytest.approx([4.5e-5, 1.543e-4], rel=1e-3)
    for label in set(table[table["kind"] == "excluded"]["drawn"]):
        m, low, high = curve(table, label)
        for mass, y in zip(stars["m_scalar"], stars["y_e"], strict=True):
            if m[0] <= mass <= m[-1]:
                edges = (np.exp(np.interp(np.log(mass), np.log(m), np.log(e))) for e in (low, high))
                below, above = edges
                assert y < below or y > above, label


@pytest.mark.slow
def test_dumps_are_islands_and_colliders_are_open_above(left):
    for label in ("E137", "E141", "Orsay", "NA64"):
        _, low, high = curve(left.table, label)
        assert np.isfinite(high).all()
        assert (high > low).all()
        assert np.diff(np.log(high)).mean() < 0  # what lives too short is not seen, the sooner the heavier
    for label in ("BaBar", "KLOE"):
        assert np.isinf(list(curve(left.table, label))[2]).all()


@pytest.mark.slow
def test_projections_are_dashed_and_what_has_no_numbers_is_named(left):
    kinds = left.table.groupby("drawn")["kind"].first()
    assert set(kinds[kinds == "projection"].index) == {
        "Belle II, vector reach scaled", "HPS prompt, vector reach scaled"
    }  # fmt: skip
    assert "displaced decays in HPS" in left.figure.get_supxlabel()


def test_four_muons_start_where_muon_pairs_open():
    drawing = figure9("right", n=40)
    m, low, _ = curve(drawing.table, "BaBar, four muons")
    assert m[0] > 0.2113
    published = vector_limit("babar_4mu")
    vector = np.exp(np.interp(np.log(m), np.log(published.mass), np.log(published.coupling)))
    # slow muons radiate a scalar less often than a vector; near threshold neutrinos take most of the vector's decays
    light = m < 1
    assert ((low / vector)[light] > 1).all()
    assert ((low / vector)[light] < 4).all()
    drawing.close()


def test_reach_of_bremsstrahlung_is_that_of_a_vector_by_root_2():
    """At x = 1 a scalar is made half as often; below 2 m_mu both decay to e+e- alone."""
    mass, epsilon = vector_projection("hps_prompt")
    found = reach("hps_prompt", Bremsstrahlung(1.0), ("ee",), mass[3:6])
    assert found == pytest.approx(np.sqrt(2) * ELEMENTARY_CHARGE * epsilon[3:6], rel=1e-6)


def test_reach_ends_with_its_curve():
    found = reach("belle2_visible", Annihilation(10.58, 0.95), ("ee", "mumu"), np.array([0.01, 0.1]))
    assert np.isnan(found[0])
    assert found[1] > 0


def test_wrong_panel_is_refused():
    with pytest.raises(ValueError, match="unknown panel 'middle'"):
        figure9("middle")
