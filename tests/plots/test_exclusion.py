"""Excluded regions: what is filled, dashed and labelled, and the table beside them."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from zprimefit.plots.exclusion import Limit, exclusion

X = np.geomspace(0.01, 1.0, 50)


def drawn(limits, **options):
    given = {
        "names": ("m", "g"), "latex": ("m_{Z'}", "g_B"), "units": ("GeV", "1"), "xlim": (0.01, 1.0),
        "ylim": (1e-6, 1.0), "marks": {"table1": (0.8, 3e-4)}, "title": "a title",
    }  # fmt: skip
    return exclusion(limits, **{**given, **options})


@pytest.fixture
def drawing():
    gap = np.where(X < 0.1, 1e-3, 1e30)
    made = drawn(
        [
            Limit("open above", X, 1e-2 * X),
            Limit("island", X, np.full(50, 1e-5), np.full(50, 1e-4)),
            Limit("hope", X, np.full(50, 1e-6), kind="projection"),
            Limit("gap", X, gap),
        ],
        not_drawn=("DUNE", "T2HK"),
    )
    yield made
    made.close()


def test_excluded_regions_are_filled_and_projections_dashed(drawing):
    axes = drawing.figure.axes[0]
    assert len(axes.collections) == 3  # one filled region each, none for the projection
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert len(dashed) == 1
    assert np.all(dashed[0].get_ydata() == 1e-6)


def test_open_region_is_filled_to_the_top_and_island_to_its_edge(drawing):
    tops = [c.get_paths()[0].vertices[:, 1].max() for c in drawing.figure.axes[0].collections]
    assert tops == pytest.approx([1.0, 1e-4, 1.0])


def test_labels_are_on_the_curves(drawing):
    labels = {t.get_text(): t.xy for t in drawing.figure.axes[0].texts}
    assert set(labels) == {"open above", "island", "hope", "gap", "table1"}
    assert labels["table1"] == (0.8, 3e-4)
    assert labels["open above"][1] == pytest.approx(1e-2 * labels["open above"][0])
    assert labels["gap"][0] < 0.1


def test_nothing_is_drawn_where_there_is_no_limit(drawing):
    table = drawing.table
    assert table[table["drawn"] == "gap"]["m"].max() < 0.1
    assert (table["g"] < 1e29).all()


def test_table_holds_every_curve_and_star(drawing):
    table = drawing.table
    assert list(table.columns) == ["drawn", "kind", "m", "g", "upper"]
    assert table.groupby("drawn").size().to_dict() == {
        "gap": int((X < 0.1).sum()), "hope": 50, "island": 50, "open above": 50, "table1": 1,
    }  # fmt: skip
    assert np.isinf(table[table["drawn"] == "open above"]["upper"]).all()
    star = table[table["kind"] == "mark"].iloc[0]
    assert (star["m"], star["g"]) == (0.8, 3e-4)


def test_what_is_not_drawn_is_named(drawing):
    assert drawing.figure.get_supxlabel() == "not drawn: DUNE, T2HK"


def test_axes_are_logarithmic_with_units(drawing):
    axes = drawing.figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$m_{Z'}$ [GeV]", "$g_B$")


def test_empty_figure_has_a_table():
    made = drawn([], marks={})
    assert made.table.empty
    made.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lower": X[:-1]}, "arrays of one length"),
        ({"lower": X, "upper": X[:3]}, "arrays of one length"),
        ({"lower": X, "kind": "dotted"}, "kind must be 'excluded' or 'projection'"),
    ],
)
def test_wrong_curves_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Limit("mine", X, **options)


def test_region_between_two_edges_is_outlined_all_round():
    made = drawn([Limit("island", X, np.full(50, 1e-5), np.full(50, 1e-4))], marks={})
    (line,) = made.figure.axes[0].lines
    x, y = line.get_data()
    assert (x[0], y[0]) == (x[-1], y[-1])
    assert {x.min(), x.max()} == {X[0], X[-1]}
    assert {y.min(), y.max()} == {1e-5, 1e-4}
    made.close()
