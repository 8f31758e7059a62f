"""Figures of a run folder: drawn from what is stored there, each with the table of its numbers."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")

from zprimefit.report.figures import corner_figure, curve_figure, draw
from zprimefit.scans.run_folder import RunFolderError
from zprimefit.scans.runs import Run

FIXED = ("m_zprime", "m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta")
SMALL = (
    "name: small\nmodel: {name: z2hdm}\ncomponents:\n  delta-a-mu: {}\n  delta-a-e: {reference: Rb_2023}\nparameters:\n"
    + "".join(f"  {name}: {{free: false}}\n" for name in FIXED)
    + "  y_mu: {bounds: [1e-5, 1e-2]}\n"
)


def create(folder):
    (folder / "small.yaml").write_text(SMALL)
    return Run.create(folder / "run", folder / "small.yaml")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with fit, profile and chain."""
    run = create(tmp_path_factory.mktemp("run"))
    run.fit(starts=2)
    run.profile("y_mu", low=4e-4, high=9e-4, n=5, starts=0)
    run.sample(walkers=8, until="steps", steps=20)
    return run


def test_figures_of_a_run_without_a_fit_are_refused(tmp_path):
    with pytest.raises(RunFolderError, match="holds no fit yet"):
        draw(create(tmp_path))


def test_run_with_nothing_but_a_fit_has_no_figures(tmp_path):
    run = create(tmp_path)
    run.fit(starts=1)
    assert draw(run) == []


def test_every_result_is_drawn_with_its_table(run):
    paths = draw(run)
    assert paths == [run.folder.figures / "profile-y_mu.png", run.folder.figures / "corner.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    assert sorted(p.name for p in run.folder.figures.glob("*.csv")) == ["corner.csv", "profile-y_mu.csv"]
    stored = pd.read_csv(run.folder.profiles / "y_mu.csv")
    pd.testing.assert_frame_equal(pd.read_csv(run.folder.figures / "profile-y_mu.csv"), stored)
    samples = np.loadtxt(run.folder.figures / "corner.csv", delimiter=",", skiprows=1)
    assert (samples == run.read_chain().flat()).all()


def test_figures_may_be_pdf(run):
    paths = draw(run, "pdf")
    assert [path.suffix for path in paths] == [".pdf", ".pdf"]
    assert all(path.read_bytes().startswith(b"%PDF") and path.with_suffix(".csv").is_file() for path in paths)


def test_profile_says_over_what_it_is_profiled_and_marks_the_benchmark(run):
    drawing = curve_figure(run, run.read_profiles()["y_mu"], run.read_fit())
    (axes,) = drawing.figure.axes
    assert axes.get_title() == r"small: profiled over $y^{e\tau}y^{\tau e}$"
    labels = [t.get_text() for t in axes.get_legend().get_texts()]
    assert labels[0].endswith("/ 0 dof")
    assert "table1 0.00063" in labels
    drawing.close()


def test_corner_has_the_axes_of_the_free_parameters_and_marks_best_fit_and_benchmark(run):
    drawing = corner_figure(run, run.read_chain(), run.read_fit())
    axes = np.reshape(drawing.figure.axes, (2, 2))
    assert (axes[1, 0].get_xlabel(), axes[1, 0].get_ylabel()) == (r"$y^\mu$", r"$y^{e\tau}y^{\tau e}$")
    assert (axes[1, 0].get_xscale(), axes[1, 0].get_yscale()) == ("log", "linear")
    shown = {t.get_text() for legend in drawing.figure.legends for t in legend.get_texts()}
    assert {"table1", "best fit"} <= shown
    drawing.close()
