"""scan, and profile of a derived quantity: what they print and write, how they are drawn, what they refuse."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from commands import SMALL, done, refused

import zprimefit
from zprimefit.scans.contour import Contour
from zprimefit.scans.runs import Run

RANGES = ("--range-x", "4e-4:9e-4", "--range-y", "-1e-6:1e-6")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A run folder with a fit of the two moments."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "small.yaml").write_text(SMALL)
    done("fit", folder / "small.yaml", "-o", folder / "run", "--starts", 4)
    return folder / "run"


@pytest.fixture
def run(fitted, tmp_path):
    """A copy of it."""
    return shutil.copytree(fitted, tmp_path / "run")


# -- scan -----------------------------------------------------------------------------------------------------------


def test_scan_writes_the_grid_and_prints_shares(run):
    printed = done("scan", run, "y_mu", "y_etau_taue", *RANGES, "--n", "6x5").splitlines()
    table = pd.read_csv(run / "scans" / "y_mu-y_etau_taue.csv")
    assert list(table.columns) == ["y_mu", "y_etau_taue", "minus2lnl", "delta_chi2", "status"]
    assert len(table) == 30
    # both parameters are on the grid: nothing is left to minimise
    analysis = zprimefit.load(run)
    expected = analysis.minus2lnl_batch(table[["y_mu", "y_etau_taue"]].to_numpy())
    assert table["minus2lnl"].to_numpy() == pytest.approx(expected, rel=1e-12)
    assert printed[0].startswith("best y_mu 0.000636")
    for line, cl, level in ((printed[1], 68.27, 2.30), (printed[2], 95.45, 6.18)):
        share = 100 * (table["delta_chi2"] <= level).mean()
        assert line == f"  {cl:.2f} % CL, 2 dof, Delta chi^2 <= {level:.2f}: {share:.1f} % of the points"
    stored = Contour.from_json((run / "scans" / "y_mu-y_etau_taue.json").read_text())
    pd.testing.assert_frame_equal(stored.to_frame(), table)
    log = (run / "run.log").read_text().splitlines()[-1]
    assert log.endswith("scan of y_mu and y_etau_taue: 6 x 5 points, seed 1")


def test_scan_again_gives_the_same_bytes_without_new_points(run):
    arguments = ("scan", run, "y_etau_taue", "y_mu", "--n", "4x3", "--range-y", "4e-4:9e-4")
    done(*arguments)
    first = {path.name: path.read_bytes() for path in (run / "scans").iterdir()}
    assert len(first) == 3
    done(*arguments)
    assert {path.name: path.read_bytes() for path in (run / "scans").iterdir()} == first
    shutil.rmtree(run / "scans")
    done(*arguments)
    assert {path.name: path.read_bytes() for path in (run / "scans").iterdir()} == first


def test_scan_is_drawn_with_its_table(run):
    done("scan", run, "y_mu", "y_etau_taue", *RANGES, "--n", "12x10", "--starts", 0)
    figure = run / "figures" / "scan-y_mu-y_etau_taue.png"
    assert done("plot", run).splitlines() == [f"  {figure}"]
    assert figure.read_bytes().startswith(b"\x89PNG")
    drawn = pd.read_csv(figure.with_suffix(".csv"))
    assert {"grid", "68.27 % CL", "95.45 % CL", "best fit", "table1"} == set(drawn["drawn"])
    star = drawn[drawn["drawn"] == "table1"][["y_mu", "y_etau_taue"]].to_numpy()[0]
    benchmark = zprimefit.load(run).benchmarks["table1"]
    assert star == pytest.approx([benchmark["y_mu"], benchmark["y_etau_taue"]], rel=1e-12)


def test_scan_finds_a_deeper_minimum_and_fits_again(run):
    # As if the fit had stopped at a higher place: it is the values' own likelihood, so it belongs to the analysis.
    stored = json.loads((run / "fit.json").read_text())
    here = Run.open(run)
    moved = [1.3 * stored["values"][0], stored["values"][1]]
    fval = here.analysis.minus2lnl(moved)
    stored |= {"values": moved, "fval": fval}
    stored["minima"][0] |= {"values": moved, "fval": fval}
    (run / "fit.json").write_text(json.dumps(stored))
    printed = done("scan", run, "y_mu", "y_etau_taue", *RANGES, "--n", "5x5", "--starts", 0)
    assert "a point of the scan lay below the best fit" in printed
    assert Run.open(run).read_fit().fval == pytest.approx(0.0, abs=1e-9)
    assert "fitted again from there" in (run / "run.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["y_muu", "y_etau_taue"], "unknown parameter 'y_muu'; did you mean 'y_mu'?"),
        (["y_mu", "g_B"], "scan of g_B: the parameter is fixed; free parameters: y_mu, y_etau_taue"),
        (["y_mu", "y_mu"], "scan of y_mu and y_mu: two different parameters are needed; for one, use profile"),
        (["y_mu", "y_etau_taue", "--n", "40"], "--n '40': expected two numbers, e.g. 40x40"),
        (["y_mu", "y_etau_taue", "--n", "1x5"], "scan of y_mu: expected low < high and n >= 2"),
        (["y_mu", "y_etau_taue", "--range-y", "1"], "--range-y '1': expected LOW:HIGH"),
        (["y_mu", "y_etau_taue", "--range-x", "1e-4:1"], "scan of y_mu: 0.0001 to 1.0 leaves the parameter's bounds"),
    ],
    ids=["name", "fixed", "twice", "n", "points", "range", "bounds"],
)
def test_scan_refuses_what_makes_no_sense(run, arguments, message):
    assert refused("scan", run, *arguments).startswith(message)
    assert not (run / "scans").exists()


def test_scan_of_a_folder_without_a_fit_is_refused(run):
    (run / "fit.json").unlink()
    assert refused("scan", run, "y_mu", "y_etau_taue").startswith(f"{run}: holds no fit yet; run `zprimefit fit ")


# -- a derived quantity ---------------------------------------------------------------------------------------------


def test_profile_of_a_moment_is_its_measurement(run):
    printed = done("profile", run, "delta_a_mu", "--range", "1e-9:5e-9", "--n", 9, "--starts", 0)
    measured = next(c for c in zprimefit.load(run).components if c.name == "delta-a-mu").measured
    table = pd.read_csv(run / "profiles" / "delta_a_mu.csv")
    expected = ((table["delta_a_mu"] - measured.value) / measured.sigma) ** 2
    assert table["delta_chi2"].to_numpy() == pytest.approx(expected.to_numpy(), abs=4e-5)
    assert list(table.columns)[-2:] == ["y_mu", "y_etau_taue"]
    assert printed.startswith(f"delta_a_mu: best {measured.value:.4g}, -2 ln L = ")
    assert (run / "profiles" / "delta_a_mu.json").is_file()
    done("plot", run)
    assert (run / "figures" / "profile-delta_a_mu.csv").read_bytes() == (
        run / "profiles" / "delta_a_mu.csv"
    ).read_bytes()


def test_scale_of_a_quantity_is_a_choice(run):
    for scale, middle in (("linear", 2.5e-9), ("log", 2e-9)):
        done("profile", run, "delta_a_mu", "--range", "1e-9:4e-9", "--n", 3, "--starts", 0, "--scale", scale)
        table = pd.read_csv(run / "profiles" / "delta_a_mu.csv")
        assert table["delta_a_mu"][1] == pytest.approx(middle, rel=1e-12)
    assert len(list((run / "profiles").glob("delta_a_mu-*.points.jsonl"))) == 2
    assert np.isfinite(table["delta_chi2"]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["delta_a_muu"], "unknown parameter 'delta_a_muu'; did you mean 'delta_a_mu'?"),
        (["delta_a_mu"], "profile of delta_a_mu: a derived quantity has no bounds of its own; give low and high"),
        (["delta_a_mu", "--range", "4e-9:"], "profile of delta_a_mu: a derived quantity has no bounds of its own"),
        (["delta_a_mu", "--range", "-1:1", "--scale", "log"], "profile of delta_a_mu: scale 'log' needs low > 0"),
        (["y_mu", "--scale", "log"], "profile of y_mu: the parameter has its own scale, log"),
    ],
    ids=["name", "range", "half", "log", "parameter"],
)
def test_profile_of_a_quantity_refuses_what_makes_no_sense(run, arguments, message):
    assert refused("profile", run, *arguments).startswith(message)
    assert not (run / "profiles").exists()
