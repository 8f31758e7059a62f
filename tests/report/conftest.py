"""A run folder with something of everything in it, and with names and messages that would be markup if they could."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from evil import ANALYSIS, EVIL, EVIL_TEXT, OWN

from zprimefit.fitting.parameter_goodness import Group, ParameterGoodness
from zprimefit.fitting.status import Status
from zprimefit.report.page import report
from zprimefit.scans.calibration import Calibration
from zprimefit.scans.contour import Contour
from zprimefit.scans.runs import Run
from zprimefit.scans.toy_record import Toys


@pytest.fixture(scope="session")
def new_run(tmp_path_factory):
    """A run in which nothing was done yet."""
    folder = tmp_path_factory.mktemp("new")
    (folder / "own.py").write_text(OWN)
    (folder / "a.yaml").write_text(ANALYSIS)
    return Run.create(folder / "run", folder / "a.yaml")


@pytest.fixture(scope="session")
def full_run(tmp_path_factory):
    """A run with fit, profile and chain, and stored results of every other kind."""
    folder = tmp_path_factory.mktemp("full")
    (folder / "own.py").write_text(OWN)
    (folder / "a.yaml").write_text(ANALYSIS)
    run = Run.create(folder / "run", folder / "a.yaml")
    fit = run.fit(starts=2)
    curve = run.profile("y_mu", low=4e-4, high=9e-4, n=5, starts=0)
    run.sample(walkers=8, until="steps", steps=20)
    run.evidence(live=25)
    run.folder.write_text("scans/y_mu-y_etau_taue.json", _contour(fit).to_json())
    toys = _toys(run, fit)
    run.folder.write_text("toys/y_mu-0.0005.json", toys.to_json())
    run.folder.write_text("toys/y_mu-0.0005-no-new-physics.json", replace(toys, true="no new physics").to_json())
    thresholds = Calibration(curve, 0.6827, (0, 4), tuple(replace(toys, hypothesis={"y_mu": y}) for y in (4e-4, 9e-4)))
    run.folder.write_text("toys/y_mu-thresholds.json", thresholds.to_json())
    run.folder.write_text("parameter-goodness-one-others.json", _groups(fit).to_json())
    run.folder.write_text("bad_points.csv", f"step,y_mu,y_etau_taue,minus2lnl,components\nfit,0.001,0.0,nan,{EVIL}\n")
    return run


@pytest.fixture(scope="session")
def page(full_run):
    """The report of that run."""
    return report(full_run)


def _contour(fit):
    x, y = np.geomspace(1e-4, 5e-3, 6), np.linspace(-1e-6, 1e-6, 5)
    a, b = np.meshgrid(x, y, indexing="ij")
    minus2lnl = fit.fval + 4 * np.log(a / fit.best["y_mu"]) ** 2 + ((b - fit.best["y_etau_taue"]) / 4e-7) ** 2
    return Contour(
        fit.name, ("y_mu", "y_etau_taue"), ("1", "1"), ("y", "z"), ("log", "linear"), (1.0, 1.0),
        ((1e-5, 1e-2), (-1e-5, 1e-5)), fit.parameters, x, y, minus2lnl, np.stack([a, b], axis=-1),
        ((Status.APPROXIMATE, *[Status.OK] * 4), *[(Status.OK,) * 5] * 5), fit.values, fit.fval + 0.25, (EVIL_TEXT,),
    )  # fmt: skip


def _toys(run, fit):
    values = np.random.default_rng(1).chisquare(1, 20)
    values[3] = np.nan
    return Toys(
        run.analysis.name,
        {"y_mu": 5e-4},
        "two",
        fit.best,
        "hypothesis",
        "fitted",
        5,
        2.0,
        values,
        (EVIL,),
        (EVIL_TEXT,),
    )


def _groups(fit):
    groups = (
        Group("one", (EVIL,), 1, 1, 0.0, 0.5, {"y_mu": 6e-4}, Status.OK),
        Group("others", ("delta-a-mu", "delta-a-e"), 2, 2, 0.0, 0.25, fit.best, Status.AT_LIMIT),
    )
    return ParameterGoodness(fit.name, groups, 2, 0.75, fit.best, (EVIL_TEXT,))
