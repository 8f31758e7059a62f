"""Regions of two parameters: what is written and drawn, and the table beside it."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

from zprimefit.plots.contours import FILLS, contour_map

X, Y = np.geomspace(0.1, 2.0, 5), np.linspace(-1.0, 1.0, 4)
SQUARE = np.array([[0.2, -0.5], [1.5, -0.5], [1.5, 0.5], [0.2, 0.5], [0.2, -0.5]])
HOLE = np.array([[0.4, -0.2], [0.4, 0.2], [1.0, 0.2], [1.0, -0.2], [0.4, -0.2]])
THRESHOLDS = {0.6827: 2.2957, 0.9545: 6.1801}


def drawn(**options):
    x, y = np.meshgrid(X, Y, indexing="ij")
    frame = pd.DataFrame({"m": x.ravel(), "s": y.ravel(), "delta_chi2": 1.0, "status": "OK", "g": 1.0})
    given = {
        "regions": {0.6827: [HOLE[::-1]], 0.9545: [SQUARE, HOLE]}, "thresholds": THRESHOLDS, "names": ("m", "s"),
        "latex": ("m_{Z'}", "s"), "units": ("GeV", "1"), "log": (True, False), "best": (0.7, 0.1),
        "best_value": 31.8249, "ndof": 36, "title": "a title",
    }  # fmt: skip
    frame = options.pop("frame", frame)
    return contour_map(frame, **{**given, **options})


@pytest.fixture
def drawing():
    made = drawn(marks={"table1": (0.8, 0.28), "other": (0.3, -0.9)})
    yield made
    made.close()


def legend(drawing):
    (axes,) = drawing.figure.axes
    return [t.get_text() for t in axes.get_legend().get_texts()]


def test_legend_has_levels_with_their_thresholds_best_fit_and_marks(drawing):
    assert legend(drawing) == [
        r"95.45 % CL, 2 dof, $\Delta\chi^2$ = 6.18",
        r"68.27 % CL, 2 dof, $\Delta\chi^2$ = 2.30",
        r"best fit, $-2\ln L_{\min}$ = 31.82 / 36 dof",
        "table1",
        "other",
    ]


def test_axes_have_symbols_units_scales_and_the_range_of_the_grid(drawing):
    (axes,) = drawing.figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$m_{Z'}$ [GeV]", "$s$")
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")
    assert axes.get_xlim() == pytest.approx((0.1, 2.0))
    assert axes.get_ylim() == pytest.approx((-1.0, 1.0))
    assert axes.get_title() == "a title"


def test_marks_are_stars_and_the_best_fit_is_a_dot(drawing):
    (axes,) = drawing.figure.axes
    found = {line.get_label(): (line.get_marker(), *line.get_xydata()[0]) for line in axes.lines}
    assert found["table1"] == ("*", 0.8, 0.28)
    assert found["other"] == ("*", 0.3, -0.9)
    assert found[r"best fit, $-2\ln L_{\min}$ = 31.82 / 36 dof"] == ("o", 0.7, 0.1)


def pixels(drawing, places):
    """Colours of the canvas at some places (m, s)."""
    figure = drawing.figure
    figure.canvas.draw()
    image = np.asarray(figure.canvas.buffer_rgba())
    at = figure.axes[0].transData.transform(places).round().astype(int)
    return [to_hex(image[image.shape[0] - 1 - j, i] / 255) for i, j in at]


def test_regions_are_filled_and_holes_are_not():
    made = drawn(regions={0.6827: [], 0.9545: [SQUARE, HOLE]}, best=(0.12, -0.9))
    inside, hole, outside = pixels(made, [(0.3, 0.4), (0.6, 0.0), (0.15, 0.8)])
    made.close()
    assert (inside, hole, outside) == (FILLS[0][0], "#ffffff", "#ffffff")


def test_inner_region_lies_on_the_outer_one():
    made = drawn(regions={0.6827: [HOLE], 0.9545: [SQUARE]}, best=(0.12, -0.9))
    (axes,) = made.figure.axes
    assert len([p for p in axes.patches if isinstance(p, PathPatch)]) == 2
    assert pixels(made, [(0.3, 0.4), (0.6, 0.0)]) == [FILLS[0][0], FILLS[1][0]]
    made.close()


def test_region_that_is_nowhere_is_said():
    made = drawn(regions={0.6827: [], 0.9545: [SQUARE]})
    assert r"68.27 % CL, 2 dof, $\Delta\chi^2$ = 2.30: nowhere on the grid" in legend(made)
    made.close()


def test_failed_points_are_crosses():
    x, y = np.meshgrid(X, Y, indexing="ij")
    delta = np.where(x > 1.5, np.nan, 1.0)
    frame = pd.DataFrame({"m": x.ravel(), "s": y.ravel(), "delta_chi2": delta.ravel(), "status": "NAN"})
    made = drawn(frame=frame, ndof=None)
    assert "no convergence" in legend(made)
    assert r"best fit, $-2\ln L_{\min}$ = 31.82" in legend(made)
    (axes,) = made.figure.axes
    (crosses,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert len(crosses.get_xdata()) == 4
    made.close()


def test_table_has_the_grid_the_boundaries_the_best_fit_and_the_marks(drawing, tmp_path):
    _, twin = drawing.save(tmp_path / "scan.png")
    table = pd.read_csv(twin)
    assert list(table.columns) == ["drawn", "part", "m", "s", "delta_chi2"]
    counts = table["drawn"].value_counts()
    expected = {"grid": 20, "68.27 % CL": 5, "95.45 % CL": 10, "best fit": 1, "table1": 1, "other": 1}
    assert counts.to_dict() == expected
    hole = table[(table["drawn"] == "95.45 % CL") & (table["part"] == 1)]
    assert hole[["m", "s"]].to_numpy() == pytest.approx(HOLE)
    assert set(hole["delta_chi2"]) == {6.1801}
    assert table[table["drawn"] == "best fit"][["m", "s", "delta_chi2"]].to_numpy().tolist() == [[0.7, 0.1, 0.0]]


def test_table_without_marks_ends_on_the_best_fit():
    made = drawn()
    assert made.table["drawn"].iloc[-1] == "best fit"
    made.close()
