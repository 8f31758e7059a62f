"""Figures: what is written in them, that odd numbers do not break them, and that the table beside them is the input."""

import os
import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from zprimefit.plots.corner import corner_plot
from zprimefit.plots.curves import profile_curve
from zprimefit.plots.figure import Drawing, axis_label, drawn_from
from zprimefit.plots.spectra import Axis, Panel, spectra

GRID = np.geomspace(0.1, 2.0, 9)


def assert_written(drawing, path):
    """Both files are there, the table is the drawing's, and the figure is closed."""
    import matplotlib.pyplot as plt

    number = drawing.figure.number
    png, twin = drawing.save(path)
    assert (png, twin) == (path, path.with_suffix(".csv"))
    assert png.read_bytes().startswith(b"\x89PNG")
    assert twin.read_text() == drawing.table.to_csv(index=False)
    assert not plt.fignum_exists(number)
    # the table itself, as its text is that of the file to the last digit
    return drawing.table.reset_index(drop=True)


# -- profiles -------------------------------------------------------------------------------------------------------


def curve(delta, **options):
    frame = pd.DataFrame({"m": GRID, "delta_chi2": delta, "status": "OK", "g": 1.0})
    given = {
        "name": "m", "latex": "m_{Z'}", "unit": "GeV", "log": True, "best": 0.5, "best_value": 61.2345, "ndof": 30,
    }  # fmt: skip
    return frame, profile_curve(frame, **{**given, **options})


def texts(axes):
    return [t.get_text() for t in axes.texts]


def heights(axes):
    """Heights of the horizontal lines across the axes."""
    lines = (np.asarray(line.get_ydata(), dtype=float) for line in axes.lines if line.get_linestyle() == "--")
    return sorted(float(y[0]) for y in lines if len(y) == 2 and y[0] == y[1])


def legend(axes):
    return [t.get_text() for t in axes.get_legend().get_texts()]


def figure_legend(drawing):
    (shown,) = drawing.figure.legends
    return [t.get_text() for t in shown.get_texts()]


@pytest.fixture
def parabola():
    return (np.log(GRID / 0.5) / 0.3) ** 2


def test_profile_has_lines_at_the_levels_of_one_degree_of_freedom(parabola):
    _, drawing = curve(parabola)
    (axes,) = drawing.figure.axes
    assert heights(axes) == pytest.approx([1.00, 4.00], abs=2e-3)
    assert texts(axes) == [
        "68.27 % CL\n1 dof, $\\Delta\\chi^2$ = 1.00",
        "95.45 % CL\n1 dof, $\\Delta\\chi^2$ = 4.00",
    ]
    drawing.close()


def test_profile_has_lines_at_the_levels_of_two_degrees_of_freedom(parabola):
    _, drawing = curve(parabola, dof=2)
    (axes,) = drawing.figure.axes
    assert heights(axes) == pytest.approx([2.30, 6.18], abs=5e-3)
    assert [t.rpartition("= ")[2] for t in texts(axes)] == ["2.30", "6.18"]
    drawing.close()


def test_profile_says_axes_units_best_fit_and_marks(parabola):
    _, drawing = curve(parabola, marks={"table1": 0.8}, title="z2hdm")
    (axes,) = drawing.figure.axes
    assert axes.get_xlabel() == "$m_{Z'}$ [GeV]"
    assert axes.get_ylabel() == r"$\Delta\chi^2 = -2\,\Delta\ln L$, profiled"
    assert (axes.get_title(), axes.get_xscale()) == ("z2hdm", "log")
    assert legend(axes) == [r"profile, $-2\ln L_{\min}$ = 61.23 / 30 dof", "best fit 0.5 GeV", "table1 0.8 GeV"]
    drawing.close()


def test_profile_of_a_number_has_no_unit_and_may_be_linear(parabola):
    _, drawing = curve(parabola, unit="1", latex="g_B", log=False, ndof=None)
    (axes,) = drawing.figure.axes
    assert (axes.get_xlabel(), axes.get_xscale()) == ("$g_B$", "linear")
    assert legend(axes)[0] == r"profile, $-2\ln L_{\min}$ = 61.23"
    drawing.close()


def test_all_levels_lie_inside_a_flat_profile():
    _, drawing = curve(np.full(9, 0.1))
    (axes,) = drawing.figure.axes
    assert axes.get_ylim()[1] > 4.0
    drawing.close()


def test_points_without_a_value_are_crosses(parabola, tmp_path):
    parabola[[2, 5]] = np.nan
    frame, drawing = curve(parabola)
    (axes,) = drawing.figure.axes
    (crosses,) = [line for line in axes.lines if line.get_marker() == "x"]
    assert list(crosses.get_xdata()) == list(GRID[[2, 5]])
    assert "no convergence" in legend(axes)
    (line,) = [line for line in axes.lines if line.get_marker() == "."]
    assert len(line.get_xdata()) == 7
    table = assert_written(drawing, tmp_path / "profile.png")
    pd.testing.assert_frame_equal(table, frame)


def test_profile_without_any_value_is_still_drawn(tmp_path):
    frame, drawing = curve(np.full(9, np.nan))
    pd.testing.assert_frame_equal(assert_written(drawing, tmp_path / "profile.png"), frame)


# -- corner ---------------------------------------------------------------------------------------------------------


def corner(samples, log=None, **options):
    n = samples.shape[1]
    return corner_plot(
        samples,
        names=[f"p{i}" for i in range(n)],
        latex=[f"p_{i}" for i in range(n)],
        units=["GeV", *["1"] * (n - 1)],
        log=log or [False] * n,
        **options,
    )


@pytest.fixture
def samples():
    """A logarithmic, a signed, a constant and a zero column."""
    rng = np.random.default_rng(3)
    return np.column_stack([
        np.exp(rng.normal(-3, 1.5, 400)), rng.normal(0, 1e-6, 400), np.full(400, 2.5e-4), np.zeros(400),
    ])  # fmt: skip


def test_corner_keeps_columns_that_do_not_vary(samples, tmp_path):
    drawing = corner(samples, log=[True, False, True, False])
    assert len(drawing.figure.axes) == 16
    table = assert_written(drawing, tmp_path / "figures" / "corner.png")
    assert list(table) == ["p0", "p1", "p2", "p3"]
    assert table.to_numpy() == pytest.approx(samples, rel=1e-15)


@pytest.mark.parametrize("log", [True, False])
def test_corner_of_one_constant_column_is_drawn(log, tmp_path):
    table = assert_written(corner(np.full((50, 1), 0.3), log=[log]), tmp_path / "corner.png")
    assert (table["p0"] == 0.3).all()


def test_corner_has_logarithmic_axes_and_units(samples):
    drawing = corner(samples[:, :2], log=[True, False])
    axes = np.reshape(drawing.figure.axes, (2, 2))
    assert (axes[1, 0].get_xscale(), axes[1, 0].get_yscale()) == ("log", "linear")
    assert axes[1, 0].get_xlabel() == "$p_0$ [GeV]"
    assert (axes[1, 0].get_ylabel(), axes[1, 1].get_xlabel()) == ("$p_1$", "$p_1$")
    drawing.close()


def test_corner_says_how_it_was_made(samples):
    drawing = corner(samples[:, :2], log=[True, False], title="posterior")
    said = "posterior 400 samples, not smoothed; 2D regions of 68.27 % and 95.45 % probability"
    assert " ".join(drawing.figure.get_suptitle().split()) == said
    drawing.close()


def test_corner_shows_marks_in_a_legend(samples):
    marks = {"table1": {"p0": 0.05, "p1": 0.0}, "best fit": {"p0": 0.06}}
    drawing = corner(samples[:, :2], log=[True, False], marks=marks)
    (shown,) = drawing.figure.legends
    assert [t.get_text() for t in shown.get_texts()] == ["table1", "best fit"]
    drawing.close()


def test_corner_of_one_parameter_has_a_line_where_the_mark_is(samples):
    drawing = corner(samples[:, :1], log=[True], marks={"best fit": {"p0": 0.05}})
    (axes,) = drawing.figure.axes
    assert any(np.allclose(line.get_xdata(), 0.05) for line in axes.lines)
    assert [text.get_text() for text in drawing.figure.legends[0].get_texts()] == ["best fit"]
    drawing.close()


def test_corner_is_drawn_on_the_day_when_another_library_announces_its_future(tmp_path):
    """ArviZ, which corner imports, warns once a day and keeps the date in the user's cache."""
    code = (
        "import numpy as np; from zprimefit.plots.corner import corner_plot; "
        "corner_plot(np.random.default_rng(1).random((90, 1)), names=['a'], latex=['a'], units=['1'], log=[False])"
    )
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "MPLBACKEND": "Agg"}
    command = [sys.executable, "-W", "error::FutureWarning", "-c", code]
    subprocess.run(command, check=True, env=environment, timeout=120)


def test_corner_does_not_change_the_samples(samples):
    before = samples.copy()
    corner(samples, log=[True, False, True, False]).close()
    assert (samples == before).all()


# -- spectra --------------------------------------------------------------------------------------------------------

AXIS = Axis("reconstructed E", "GeV", 1e-3, "MeV", last=1.5)
PANEL = Panel(
    title="neutrino mode",
    axis=AXIS,
    edges=np.array([0.2, 0.3, 0.5, 3.0]),
    data=np.array([120.0, 80.0, 30.0]),
    backgrounds={"NC": np.array([60.0, 40.0, 10.0]), "other": np.array([20.0, 20.0, 15.0])},
    signal=np.array([20.0, 11.0, 0.0]),
    error=np.array([15.0, 9.0, 0.0]),
)


def test_spectrum_table_holds_totals_and_pulls():
    table = PANEL.table()
    assert list(table["total"]) == [100.0, 71.0, 25.0]
    assert list(table["background"]) == [80.0, 60.0, 25.0]
    assert list(table["background: NC"]) == [60.0, 40.0, 10.0]
    # (data - total) / sqrt(error^2 + total)
    assert list(table["pull"]) == pytest.approx([20 / np.sqrt(325), 9 / np.sqrt(152), 1.0], rel=1e-14)


def test_bin_without_expectation_has_a_finite_pull():
    empty = Panel("empty", AXIS, np.array([0.0, 1.0]), np.zeros(1), {"NC": np.zeros(1)}, np.zeros(1), np.zeros(1))
    assert list(empty.table()["pull"]) == [0.0]


def drawn(panels, **options):
    return spectra(panels, title="chi2", signal_label="model", **options)


def test_spectra_have_panels_with_pulls_units_and_one_table(tmp_path):
    other = replace(PANEL, title="antineutrino mode")
    drawing = drawn([PANEL, other])
    upper, lower = drawing.figure.axes[::2], drawing.figure.axes[1::2]
    assert [a.get_title() for a in upper] == [
        "neutrino mode\nlast bin up to 3 GeV", "antineutrino mode\nlast bin up to 3 GeV",
    ]  # fmt: skip
    assert [a.get_ylabel() for a in upper] == ["events / MeV"] * 2
    assert [a.get_xlabel() for a in lower] == ["reconstructed E [GeV]"] * 2
    assert [a.get_ylabel() for a in lower] == ["pull (stat. + syst.)"] * 2
    assert {"NC", "other", "model", "systematic error", "data, statistical error"} <= set(figure_legend(drawing))
    table = assert_written(drawing, tmp_path / "spectrum.png")
    pd.testing.assert_frame_equal(table, pd.concat([PANEL.table(), other.table()], ignore_index=True))


def test_last_bin_that_is_drawn_whole_needs_no_note():
    drawing = drawn([replace(PANEL, axis=replace(AXIS, last=None))])
    assert drawing.figure.axes[0].get_title() == "neutrino mode"
    drawing.close()


def test_lines_and_a_band_of_its_own_are_drawn_and_tabulated():
    panel = replace(PANEL, band=np.array([3.0, 2.0, 1.0]), band_label="15 %", lines={"other model": np.ones(3)})
    drawing = drawn([panel] * 4, columns=2)
    assert len(drawing.figure.axes) == 8
    assert {"15 %", "other model"} <= set(figure_legend(drawing))
    assert list(panel.table()["band"]) == [3.0, 2.0, 1.0]
    assert list(panel.table()["line: other model"]) == [1.0, 1.0, 1.0]
    # pulls follow the whole systematic error, not the band
    assert list(panel.table()["pull"]) == list(PANEL.table()["pull"])
    drawing.close()


# -- files ----------------------------------------------------------------------------------------------------------


def test_axis_label_carries_the_unit():
    assert axis_label("m_{Z'}", "GeV") == "$m_{Z'}$ [GeV]"
    assert axis_label("g_B", "1") == "$g_B$"


def test_numbers_of_the_table_are_those_given_to_the_last_digit(tmp_path):
    import matplotlib.pyplot as plt

    numbers = np.random.default_rng(1).lognormal(0, 20, 50)
    drawing = Drawing(plt.figure(), pd.DataFrame({"x": numbers}))
    _, twin = drawing.save(tmp_path / "a" / "b.png")
    assert (np.loadtxt(twin, skiprows=1) == numbers).all()


def test_figure_says_what_it_was_drawn_from(parabola, tmp_path):
    said, silent = tmp_path / "said.png", tmp_path / "silent.png"
    curve(parabola)[1].save(said, drawn_from="a checksum")
    curve(parabola)[1].save(silent)
    (tmp_path / "none.png").write_bytes(b"\x89PNG")
    names = ("said", "silent", "none", "missing")
    assert [drawn_from(tmp_path / f"{name}.png") for name in names] == ["a checksum", None, None, None]


def test_notebooks_show_the_figure(parabola):
    _, drawing = curve(parabola)
    assert drawing._repr_png_().startswith(b"\x89PNG")
    drawing.close()
