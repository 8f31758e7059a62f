"""fit, profile, sample and plot: what they print, what they write, what they refuse and with which exit code."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from commands import SMALL, cli, done, refused

import zprimefit
from zprimefit.fitting.chain import Chain

ONE_MASS = """
name: one-mass
model: {name: z2hdm}
components: {miniboone: {scalars: [hprime]}}
parameters:
  m_zprime: {bounds: [0.4, 1.2 GeV]}
  m_hprime: {free: false}
  m_nu4: {free: false}
  g_d: {free: false}
  U_mu4_sq: {free: false}
  sin_delta: {free: false}
  y_mu: {free: false}
  y_etau_taue: {free: false}
"""


def contents(path):
    return {p.relative_to(path): p.read_bytes() for p in path.rglob("*") if p.is_file()}


@pytest.fixture
def small(tmp_path):
    """An analysis file of the two moments."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A run folder with a fit, and what the command printed."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "small.yaml").write_text(SMALL)
    return folder / "run", done("fit", folder / "small.yaml", "-o", folder / "run", "--starts", 4)


@pytest.fixture
def run(fitted, tmp_path):
    """A copy of it."""
    return shutil.copytree(fitted[0], tmp_path / "run")


# -- goodness -------------------------------------------------------------------------------------------------------


def test_goodness_prints_what_the_fit_wrote(run):
    assert done("goodness", run) == (run / "goodness.txt").read_text()


def test_goodness_of_groups_is_printed_and_written(run):
    printed = done("goodness", run, "--group", "muon=delta-a-mu", "--group", "others=rest", "--starts", 2)
    assert printed == (run / "parameter-goodness-muon-others.txt").read_text()
    # each moment has a coupling of its own: nothing is shared
    assert ", 0 dof" in printed.splitlines()[0]
    assert "- others: delta-a-e" in printed


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (["muon"], "--group 'muon': expected LABEL=COMPONENT"),
        (["a=delta-a-mu", "a=rest"], "there is a group 'a' already"),
        (["a=delta-a-mu", "b=delta-a-m"], "delta-a-m"),
        (["a=delta-a-mu"], "at least two groups"),
    ],
)
def test_groups_that_make_no_sense_are_refused_in_a_line(run, groups, said):
    assert said in refused("goodness", run, *(text for group in groups for text in ("--group", group)))


# -- fit ------------------------------------------------------------------------------------------------------------


def test_fit_prints_what_it_writes(fitted):
    folder, printed = fitted
    assert (folder / "fit.txt").read_text() + (folder / "goodness.txt").read_text() == printed
    assert "2 data - 2 free = 0 dof\nstatus OK" in printed
    names = [
        *("analysis.given.yaml", "analysis.yaml", "fit.csv", "fit.json", "fit.txt"),
        *("goodness.csv", "goodness.json", "goodness.txt", "provenance.json", "run.log"),
    ]
    assert sorted(p.name for p in folder.iterdir()) == names
    assert (folder / "analysis.given.yaml").read_text() == SMALL


def test_fit_reaches_both_measured_values(fitted):
    analysis = zprimefit.load(fitted[0])
    table = pd.read_csv(fitted[0] / "fit.csv", index_col=0)
    assert tuple(table.index) == analysis.free_parameters
    assert analysis.minus2lnl(table["value"]) == pytest.approx(0.0, abs=1e-9)


def test_fit_into_the_folder_of_another_analysis_is_refused_with_what_differs(run, small):
    small.write_text(SMALL.replace("[1e-5, 1e-2]", "[1e-4, 1e-2]").replace("Rb_2023", "Cs_2023"))
    before = contents(run)
    result = cli("fit", small, "-o", run, "--starts", 1)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        f"zprimefit: run folder {run}: belongs to another analysis or other data; choose another folder. What differs:",
        "  analysis.components.delta-a-e.reference: stored Rb_2023, given Cs_2023",
        "  analysis.parameters.y_mu.bounds: stored [1e-05, 0.01], given [0.0001, 0.01]",
    ]
    assert contents(run) == before


def test_fit_where_no_folder_can_be_is_refused(small, tmp_path):
    (tmp_path / "file").write_text("mine")
    assert str(tmp_path / "file") in refused("fit", small, "-o", tmp_path / "file" / "run")
    assert (
        refused("fit", small, "-o", tmp_path / "file") == f"{tmp_path / 'file'}: is a file; choose a folder for the run"
    )
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("change", ["y_mu: {default: .nan}", "y_mu: {default: 1 parsec}", "y_muu: {}"])
def test_fit_of_a_wrong_analysis_makes_no_folder(small, tmp_path, change):
    small.write_text(SMALL.replace("y_mu: {bounds: [1e-5, 1e-2]}", change))
    assert str(small) in refused("fit", small, "-o", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_fit_without_a_minimum_exits_with_3(small, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import jax.numpy as jnp, zprimefit\n"
        "@zprimefit.component(parameters=['y_mu'])\n"
        "def nothing(y_mu):\n"
        "    return jnp.nan * y_mu\n"
    )
    own = SMALL.replace("parameters:\n", "  own: {use: 'mine.py:nothing'}\nparameters:\n")
    small.write_text(own)
    result = cli("fit", small, "-o", tmp_path / "run", "--starts", 2)
    assert result.code == 3
    assert "status NAN" in result.out


# -- profile, sample, plot ------------------------------------------------------------------------------------------


def test_profile_of_a_folder_without_a_fit_is_refused(run):
    (run / "fit.json").unlink()
    message = f"{run}: holds no fit yet; run `zprimefit fit {run / 'analysis.yaml'} -o {run}`"
    assert refused("profile", run, "y_mu") == message
    assert refused("plot", run) == message


def test_profile_again_gives_the_same_bytes(run):
    arguments = ("profile", run, "y_mu", "--range", "4e-4:9e-4", "--n", 5, "--starts", 1)
    printed = done(*arguments)
    first = (run / "profiles" / "y_mu.csv").read_bytes()
    assert done(*arguments) == printed
    assert (run / "profiles" / "y_mu.csv").read_bytes() == first
    shutil.rmtree(run / "profiles")
    done(*arguments)
    assert (run / "profiles" / "y_mu.csv").read_bytes() == first
    assert printed.splitlines()[0].startswith("y_mu: best 0.000636")
    assert [line.split(":")[0] for line in printed.splitlines()[1:3]] == ["  68.27 % CL, 1 dof", "  95.45 % CL, 1 dof"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["y_muu"], "unknown parameter 'y_muu'; did you mean 'y_mu'?"),
        (["g_B"], "profile of g_B: the parameter is fixed; free parameters: y_mu, y_etau_taue"),
        (["y_mu", "--range", "1e-4"], "--range '1e-4': expected LOW:HIGH, e.g. '30 MeV:2 GeV'"),
        (["y_mu", "--range", "1e-4 MeV:1e-3"], "profile of y_mu: is dimensionless"),
        (["y_mu", "--range", "1e-4:1"], "profile of y_mu: 0.0001 to 1.0 leaves the parameter's bounds"),
    ],
    ids=["name", "fixed", "range", "unit", "bounds"],
)
def test_profile_refuses_what_makes_no_sense(run, arguments, message):
    assert refused("profile", run, *arguments).startswith(message)
    assert not (run / "profiles" / "y_mu.csv").exists()


def test_sample_resumes(run):
    steps = ("--walkers", 8, "--until", "steps", "--steps")
    done("sample", run, *steps, 20)
    first = Chain.read(run / "chain").samples
    before = contents(run / "chain")
    assert "already holds a chain; resume it (resume=True, --resume)" in refused("sample", run, *steps, 30)
    assert contents(run / "chain") == before
    done("sample", run, *steps, 30, "--resume")
    both = Chain.read(run / "chain").samples
    assert (first.shape, both.shape) == ((2, 20, 8, 2), (2, 30, 8, 2))
    assert (both[:, :20] == first).all()


def test_sample_that_has_not_converged_exits_with_3(run):
    result = cli("sample", run, "--walkers", 8, "--max-steps", 10)
    assert result.code == 3
    assert "not yet: " in result.out


def test_sample_refuses_what_makes_no_sense(run):
    message = "sample: steps is for until='steps' and needed there; got until='steps', steps=None"
    assert refused("sample", run, "--until", "steps") == message
    assert not (run / "chain").exists()


def test_sample_along_the_gradient_writes_the_files_of_any_chain(run):
    result = cli("sample", run, "--method", "hmc", "--chains", 2, "--warmup", 150, "--draws", 50)
    assert result.code in {0, 3}
    assert "Hamiltonian: " in result.out
    chain = Chain.read(run / "chain")
    assert chain.samples.shape == (2, 50, 1, 2)
    assert (run / "chain.txt").read_text() == f"{chain}\n"
    assert list(pd.read_csv(run / "chain.csv")["parameter"]) == list(chain.names)
    assert (run / "divergences.csv").exists() == (chain.transitions.n_divergent > 0)
    assert "sample: hmc, 2 chains, seed 7" in (run / "run.log").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "hmc", "--walkers", 8], "sample: walkers is no option of method 'hmc', which takes "),
        (["--draws", 50], "sample: draws is no option of method 'emcee', which takes "),
        (["--method", "hmc", "--resume"], "sample: runs with method 'hmc' are not resumed"),
    ],
)
def test_sample_refuses_options_of_the_other_method(run, arguments, message):
    assert refused("sample", run, *arguments).startswith(message)
    assert not (run / "chain").exists()


def test_folder_that_is_no_run_is_refused(tmp_path):
    for verb in (["profile", tmp_path, "y_mu"], ["sample", tmp_path], ["plot", tmp_path], ["report", tmp_path]):
        assert refused(*verb).startswith(f"{tmp_path}: is no run folder, it has no provenance.json")


def test_plot_makes_figures_with_tables(run):
    done("profile", run, "y_mu", "--n", 5, "--starts", 0)
    done("sample", run, "--walkers", 8, "--until", "steps", "--steps", 20)
    printed = done("plot", run)
    figures = [run / "figures" / "profile-y_mu.png", run / "figures" / "corner.png"]
    assert printed.splitlines() == [f"  {path}" for path in figures]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in figures)
    assert (run / "figures" / "profile-y_mu.csv").read_bytes() == (run / "profiles" / "y_mu.csv").read_bytes()
    samples = np.loadtxt(run / "figures" / "corner.csv", delimiter=",", skiprows=1)
    assert (samples == Chain.read(run / "chain").flat()).all()


def test_report_is_one_page_with_the_commands_that_make_it_again(fitted, run):
    assert done("report", run) == f"wrote {run / 'report.html'}\n"
    page = (run / "report.html").read_text(encoding="utf-8")
    made, first = fitted[0].parent / "small.yaml", fitted[0]
    assert f"zprimefit fit {made} -o {first} --starts 4\nzprimefit report {run}</pre>" in page
    assert f"<code>zprimefit profile {run} y_mu</code>" in page
    elsewhere = run.parent / "other folder" / "page.html"
    assert done("report", run, "-o", elsewhere) == f"wrote {elsewhere}\n"
    assert elsewhere.read_text(encoding="utf-8") == page


# -- MiniBooNE ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_miniboone_is_fitted_profiled_and_drawn(tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "a.yaml").write_text(ONE_MASS)
    folder = tmp_path / "run"
    assert "38 data - 2 free = 36 dof" in done("fit", tmp_path / "a.yaml", "-o", folder, "--starts", 2)
    done("profile", folder, "m_zprime", "--n", 5, "--starts", 0)
    curve = pd.read_csv(folder / "profiles" / "m_zprime.csv")
    assert list(curve["m_zprime"][[0, 4]]) == [0.4, 1.2]
    assert curve["delta_chi2"].min() > -1e-6
    done("plot", folder)
    assert sorted(p.name for p in (folder / "figures").iterdir()) == [
        "profile-m_zprime.csv", "profile-m_zprime.png", "spectrum-miniboone.csv", "spectrum-miniboone.png",
    ]  # fmt: skip
    done("report", folder)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "MiniBooNE spectra</h2>" in page
    assert "neutrino mode, 18.75e20 POT: 11 bins with " in page
    table = pd.read_csv(folder / "figures" / "spectrum-miniboone.csv")
    parts = [c for c in table if c.startswith("background: ")]
    assert len(table) == 2 * 11
    assert len(parts) == 7
    assert table[parts].sum(axis=1).to_numpy() == pytest.approx(table["background"].to_numpy(), rel=1e-12)
    assert (table["background"] + table["signal"]).to_numpy() == pytest.approx(table["total"].to_numpy(), rel=1e-12)
    assert (table["signal"] > 0).all()
    # the same spectrum by direct integration, at the best fit
    best = pd.read_csv(folder / "fit.csv", index_col=0)["value"]
    point = [text for name in ("m_zprime", "g_B") for text in ("--set", f"{name}={float(best[name])!r}")]
    found = json.loads(done("eval", folder, "--json", *point))
    for mode, title in (("fhc", "neutrino mode"), ("rhc", "antineutrino mode")):
        panel = table[table["panel"].str.startswith(title)]
        assert found["predictions"]["miniboone"][mode] == pytest.approx(panel["signal"].to_numpy(), rel=3e-3)


# -- toys -----------------------------------------------------------------------------------------------------------


def test_toys_print_what_they_write_and_go_on_where_they_ended(run):
    printed = done("toys", run, "y_mu=6e-4", "--n", 4)
    assert printed == (run / "toys" / "y_mu-0.0006.txt").read_text()
    assert "small: y_mu = 0.0006; toys where hypothesis is true, two-sided, nuisances fitted" in printed
    (points,) = (run / "toys").glob("*.toys.jsonl")
    first = points.read_bytes()
    done("toys", run, "y_mu=6e-4", "--n", 6)
    assert points.read_bytes().startswith(first)
    assert len(pd.read_csv(run / "toys" / "y_mu-0.0006.csv")) == 6


def test_thresholds_by_toys_need_a_profile_and_are_drawn(run):
    assert "holds no profile or scan 'y_mu' yet" in refused("calibrate", run, "y_mu")
    done("profile", run, "y_mu", "--range", "3e-4:9e-4", "--n", 8)
    printed = done("calibrate", run, "y_mu", "--points", 2, "--n", 12)
    assert printed.splitlines()[0] == "y_mu: 68.27 % CL, Delta chi^2 <= 1.000 by Wilks, 1 dof; by toys"
    assert re.fullmatch(r"y_mu by toys, 68.27 % CL: \d\S+ to \d\S+", printed.splitlines()[-1])
    assert len(pd.read_csv(run / "toys" / "y_mu-thresholds.csv")) == 2
    figures = done("plot", run)
    assert "thresholds-y_mu.png" in figures


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["y_mu"], "hypothesis 'y_mu': expected NAME=VALUE"),
        (["y_mu=1e-4", "y_mu=2e-4"], "y_mu has a value already, '1e-4'"),
        (["y_m=1e-4"], "unknown parameter 'y_m'"),
        (["y_mu=1e-4", "--cls"], "no new physics needs"),
    ],
)
def test_hypotheses_that_make_no_sense_are_refused_in_a_line(run, arguments, said):
    assert said in refused("toys", run, *arguments)
