"""Runs: an analysis in a folder; every step writes its results there and is read back as it was."""

import json

import numpy as np
import pandas as pd
import pytest

from tests import toys
from zprimefit.analyses import AnalysisError, load
from zprimefit.datasets import data_hash
from zprimefit.files import write_atomic
from zprimefit.fitting.goodness import Goodness
from zprimefit.fitting.null import without_new_physics
from zprimefit.fitting.parameter_goodness import ParameterGoodness
from zprimefit.scans.executors import Processes, Threads
from zprimefit.scans.provenance import provenance
from zprimefit.scans.run_folder import RunFolderError
from zprimefit.scans.runs import Run

COMPONENTS = "components:\n  delta-a-mu: {}\n  delta-a-e: {reference: Rb_2023}\n"
HEAD = f"name: small\nmodel: {{name: z2hdm}}\n{COMPONENTS}parameters:\n"
FIXED = ("m_zprime", "m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta")
SMALL = HEAD + "".join(f"  {name}: {{free: false}}\n" for name in FIXED) + "  y_mu: {bounds: [1e-5, 1e-2]}\n"


def contents(path):
    return {p.relative_to(path): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def create(folder, text=SMALL):
    (folder / "small.yaml").write_text(text)
    return Run.create(folder / "run", folder / "small.yaml")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with fit, profile and chain, and what these returned."""
    run = create(tmp_path_factory.mktemp("run"))
    found = run.fit(starts=4)
    curve = run.profile("y_mu", low=4e-4, high=9e-4, n=5, starts=0)
    chain = run.sample(walkers=8, until="steps", steps=20)
    return run, found, curve, chain


# -- making and opening ---------------------------------------------------------------------------------------------


def test_identity_is_the_resolved_analysis_and_the_data(tmp_path):
    analysis = create(tmp_path).analysis
    assert analysis.identity == {"analysis": dict(analysis.source), "data": data_hash(), "own_files": {}}
    assert analysis.identity == json.loads(json.dumps(analysis.identity))


def test_identity_of_an_analysis_made_in_Python_names_what_it_is_made_of():
    about = toys.gaussian().identity["analysis"]
    assert list(about) == ["model", "components", "parameters", "engine"]
    assert about == toys.gaussian().identity["analysis"]
    assert about != toys.bimodal().identity["analysis"]


def test_provenance_has_versions_and_command():
    about = provenance()
    assert {"zprimefit", "numpy", "jax", "iminuit", "emcee"} <= set(about["versions"])
    assert about["command"]


def test_opened_run_has_the_analysis_it_was_made_with(tmp_path):
    made = create(tmp_path)
    opened = Run.open(tmp_path / "run")
    assert opened.analysis.source == made.analysis.source
    assert opened.analysis.parameters == made.analysis.parameters
    assert opened.analysis.components == made.analysis.components


def test_run_of_an_analysis_that_leaves_parameters_idle_can_be_opened_again(tmp_path):
    made = create(tmp_path, HEAD + "  y_mu: {bounds: [1e-5, 1e-2]}\n")
    assert made.analysis.free_parameters == ("m_hprime", "sin_delta", "y_mu", "y_etau_taue")
    assert Run.open(tmp_path / "run").analysis.free_parameters == made.analysis.free_parameters


def test_run_does_not_need_the_users_file_any_more(tmp_path):
    create(tmp_path)
    (tmp_path / "small.yaml").unlink()
    assert Run.open(tmp_path / "run").analysis.name == "small"


def test_the_same_analysis_reopens_its_folder(tmp_path):
    create(tmp_path)
    before = contents(tmp_path)
    create(tmp_path)
    assert contents(tmp_path) == before


def test_comments_make_no_other_analysis(tmp_path):
    create(tmp_path)
    create(tmp_path, f"# mine\n{SMALL}")
    assert (tmp_path / "run" / "analysis.given.yaml").read_text() == SMALL


def test_another_analysis_is_refused_and_nothing_changes(tmp_path):
    create(tmp_path)
    before = contents(tmp_path / "run")
    with pytest.raises(
        RunFolderError, match=r"analysis\.components\.delta-a-e\.reference: stored Rb_2023, given paperA"
    ):
        create(tmp_path, SMALL.replace("Rb_2023", "paperA"))
    assert contents(tmp_path / "run") == before


def test_option_makes_another_analysis(tmp_path):
    create(tmp_path)
    with pytest.raises(RunFolderError, match=r"analysis\.engine: stored surrogate, given direct"):
        Run.create(tmp_path / "run", tmp_path / "small.yaml", engine="direct")


def test_other_data_are_refused(tmp_path):
    create(tmp_path)
    path = tmp_path / "run" / "provenance.json"
    path.write_text(path.read_text().replace(data_hash(), "0" * len(data_hash())))
    with pytest.raises(RunFolderError, match=f"data: stored 0+, given {data_hash()}"):
        Run.open(tmp_path / "run")


def test_changed_analysis_in_the_folder_is_refused(tmp_path):
    path = create(tmp_path).folder.analysis
    path.write_text(path.read_text().replace("Rb_2023", "Cs_2023"))
    with pytest.raises(RunFolderError, match="stored Rb_2023, given Cs_2023"):
        Run.open(tmp_path / "run")


def test_wrong_analysis_makes_no_folder(tmp_path):
    with pytest.raises(AnalysisError, match="did you mean 'y_mu'"):
        create(tmp_path, SMALL.replace("y_mu", "y_muu"))
    assert not (tmp_path / "run").exists()


# -- results --------------------------------------------------------------------------------------------------------


def test_fit_is_read_back_as_it_was(run):
    run, found, *_ = run
    assert run.read_fit().to_json() == found.to_json()
    assert (run.folder.path / "fit.txt").read_text() == f"{found}\n"
    assert run.analysis.minus2lnl(run.read_fit().values) == pytest.approx(found.fval, abs=1e-12)


def test_fit_that_was_cut_short_before_its_last_file_can_be_made_again(tmp_path, monkeypatch):
    def cut(path, content):
        if path.name == "fit.json":
            raise KeyboardInterrupt
        write_atomic(path, content)

    run = create(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("zprimefit.scans.run_folder.write_atomic", cut)
        with pytest.raises(KeyboardInterrupt):
            run.fit(starts=2)
    assert {"goodness.json", "fit.csv", "fit.txt"} <= {p.name for p in run.folder.path.iterdir()}
    found = run.fit(starts=2)
    assert Run.open(run.folder.path).read_fit().to_json() == found.to_json()


def test_profile_is_read_back_as_it_was(run):
    run, _, curve, _ = run
    (name, stored), = run.read_profiles().items()  # fmt: skip
    assert (name, stored.to_json()) == ("y_mu", curve.to_json())
    pd.testing.assert_frame_equal(pd.read_csv(run.folder.profiles / "y_mu.csv"), curve.to_frame())


def test_profile_is_the_likelihood_of_one_moment(run):
    run, _, curve, _ = run
    # the electron's moment is fitted exactly at every point: what is left is the muon's pull
    alone = [
        run.analysis.breakdown(values)["delta-a-mu"] for values in zip(curve.grid, curve.values[:, 1], strict=True)
    ]
    assert curve.delta == pytest.approx(alone, abs=1e-6)


def test_chain_is_read_back_as_it_was(run):
    run, _, _, chain = run
    stored = run.read_chain()
    assert (stored.samples == chain.samples).all()
    assert (run.folder.path / "chain.txt").read_text() == f"{chain}\n"
    assert list(pd.read_csv(run.folder.path / "chain.csv")["parameter"]) == ["y_mu", "y_etau_taue"]


def logged(run):
    return [line.partition(" ")[2] for line in run.folder.run_log.read_text().splitlines()]


def test_log_says_of_every_step_when_it_begins_and_what_came_of_it(run):
    lines, steps = logged(run[0]), ["fit", "profile of y_mu", "sample"]
    assert lines[::2] == [f"{step}: begins" for step in steps]
    assert [line.split(":")[0] for line in lines[1::2]] == steps


def test_log_says_why_a_step_ended_early(tmp_path):
    def stop(*told):
        raise KeyboardInterrupt

    run = create(tmp_path)
    run.fit(starts=2)
    with pytest.raises(KeyboardInterrupt):
        run.profile("y_mu", n=3, progress=stop)
    with pytest.raises(ValueError, match="walkers are too few"):
        run.sample(walkers=2)
    assert logged(run)[2:] == [
        "profile of y_mu: begins",
        "profile of y_mu: interrupted",
        "sample: begins",
        "sample: stopped: sample: 2 walkers are too few for 2 free parameters; use at least 4",
    ]


def test_run_without_results_says_what_to_do(tmp_path):
    run = create(tmp_path)
    with pytest.raises(RunFolderError, match=r"holds no fit yet; run `zprimefit fit .*analysis\.yaml -o .*run`"):
        run.read_fit()
    with pytest.raises(RunFolderError, match="holds no fit yet"):
        run.profile("y_mu")
    assert run.read_profiles() == {}
    assert run.read_chain() is None


def test_chain_needs_no_fit(tmp_path):
    chain = create(tmp_path).sample(walkers=8, until="steps", steps=2, ensembles=1)
    assert chain.samples.shape == (1, 2, 8, 2)


def test_no_new_physics_leaves_the_measured_moments(run):
    analysis = run[0].analysis
    expected = {c.name: (c.measured.value / c.measured.sigma) ** 2 for c in analysis.components}
    assert without_new_physics(analysis) == pytest.approx(expected, rel=1e-9)


def test_goodness_is_written_with_the_fit(run):
    folder, found = run[0].folder.path, run[0].goodness()
    assert Goodness.from_json((folder / "goodness.json").read_text()) == found
    assert (folder / "goodness.txt").read_text() == f"{found}\n"
    # both moments are fitted exactly
    table = pd.read_csv(folder / "goodness.csv", index_col=0)
    assert table.loc["total", "delta_chi2"] == pytest.approx(sum(without_new_physics(run[0].analysis).values()))
    assert table["pull"].dropna().abs().max() < 1e-3


def test_groups_of_components_are_tested_in_a_run(run, tmp_path):
    run = create(tmp_path)
    run.fit(starts=2)
    found = run.parameter_goodness({"muon": ["delta-a-mu"], "electron": ["delta-a-e"]}, starts=2)
    assert found.fval == run.read_fit().fval
    stored = (run.folder.path / "parameter-goodness-muon-electron.json").read_text()
    assert ParameterGoodness.from_json(stored) == found
    with pytest.raises(ValueError, match=r"group '\.\./x': expected letters"):
        run.parameter_goodness({"../x": ["delta-a-mu"], "electron": ["delta-a-e"]}, starts=1)


def test_bad_points_are_written_beside_the_chain(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import jax.numpy as jnp, zprimefit\n"
        "@zprimefit.component(parameters=['y_etau_taue'])\n"
        "def hole(y_etau_taue):\n"
        "    return jnp.where(abs(y_etau_taue - 3e-7) < 2e-9, jnp.nan, 0.0)\n"
    )
    run = create(tmp_path, SMALL.replace("parameters:\n", "  own: {use: 'mine.py:hole'}\nparameters:\n"))
    run.fit(starts=2)
    chain = run.sample(walkers=16, until="steps", steps=100, ensembles=1)
    assert chain.n_bad > 0
    table = pd.read_csv(run.folder.path / "bad_points.csv")
    assert np.abs(table["y_etau_taue"] - 3e-7).max() < 2e-9
    assert (table["step"] == "sample").sum() == len({p.values for p in chain.bad_points})


def with_a_hole(tmp_path):
    """Run of an analysis without a likelihood beyond y_mu = 5e-3."""
    (tmp_path / "mine.py").write_text(
        "import jax.numpy as jnp, zprimefit\n"
        "@zprimefit.component(parameters=['y_mu'])\n"
        "def hole(y_mu):\n"
        "    return jnp.where(y_mu > 5e-3, jnp.nan, 0.0)\n"
    )
    return create(tmp_path, SMALL.replace("parameters:\n", "  own: {use: 'mine.py:hole'}\nparameters:\n"))


def test_bad_points_that_a_scan_meets_are_written_once_with_the_component_at_fault(tmp_path):
    run = with_a_hole(tmp_path)
    run.fit(starts=4)
    told = []
    run.profile("y_mu", n=4, starts=1, progress=lambda *state: told.append(state[2]))
    assert told[-1].endswith(", 1 failed")
    table = pd.read_csv(run.folder.path / "bad_points.csv")
    assert list(table) == ["step", "y_mu", "y_etau_taue", "minus2lnl", "components"]
    assert set(table["components"]) == {"hole"}
    assert table["minus2lnl"].isna().all()
    assert (table["y_mu"] > 5e-3).all()
    profiled = table[table["step"] == "profile of y_mu"]
    assert len(profiled) > 0
    assert list(profiled["y_mu"]) == pytest.approx([1e-2] * len(profiled), rel=1e-9)
    assert any(line.startswith("profile of y_mu: -2 ln L was no number at ") for line in logged(run))
    for path in run.folder.profiles.iterdir():
        path.unlink()
    run.profile("y_mu", n=4, starts=1)
    pd.testing.assert_frame_equal(pd.read_csv(run.folder.path / "bad_points.csv"), table)


def test_bad_points_that_workers_meet_are_those_that_one_process_meets(tmp_path):
    run = with_a_hole(tmp_path)
    run.fit(starts=2)
    path = run.folder.path / "bad_points.csv"
    tables = []
    with Processes(2) as workers:
        for executor in (workers, Threads(1)):
            path.unlink(missing_ok=True)
            for file in run.folder.profiles.glob("*"):
                file.unlink()
            run.profile("y_mu", n=4, starts=1, executor=executor)
            tables.append(sorted(path.read_text().splitlines()))
    assert tables[0] == tables[1]
    assert sum("profile of y_mu" in row for row in tables[0]) > 0


def test_folder_stands_for_its_analysis(run):
    assert load(run[0].folder.path).source == run[0].analysis.source


def test_a_changed_file_of_the_user_is_another_identity(tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from zprimefit.likelihoods import component\n\n\n"
        "@component(parameters=['y_mu'])\ndef my_limit(y_mu):\n    return (y_mu / 1e-3) ** 2\n"
    )
    text = SMALL.replace("components:\n", "components:\n  my-limit: {use: 'mine.py:my_limit'}\n")
    run = create(tmp_path, text)
    mine.write_text(mine.read_text().replace("1e-3", "2e-3"))
    with pytest.raises(RunFolderError, match="own_files"):
        Run.open(run.folder.path)


# -- idle parameters, constraints, derived quantities ----------------------------------------------------------------

OWN = """
import jax.numpy as jnp
from zprimefit import component

@component(parameters=["y_tau"])
def silent(y_tau):
    return 0.0 * y_tau
"""


def test_free_parameter_that_changes_nothing_is_refused_by_fit_and_sample(tmp_path):
    (tmp_path / "mine.py").write_text(OWN)
    text = SMALL.replace("components:\n", "components:\n  silent: {use: 'mine.py:silent'}\n")
    made = create(tmp_path, text + "  y_tau: {free: true}\n")
    for step in (lambda: made.fit(starts=1), lambda: made.sample(walkers=8, until="steps", steps=2)):
        with pytest.raises(ValueError, match=r"free parameters \['y_tau'\] change no component's -2 ln L"):
            step()
    assert not made.folder.fit.exists()


def test_chain_leaves_a_table_of_derived_quantities(run):
    made, *_ = run
    table = pd.read_csv(made.folder.path / "chain_derived.csv", index_col=0)
    assert {"delta_a_mu", "br_H_ee", "vacuum_margin"} <= set(table.index)
    assert table.loc["delta_a_mu", "low68"] < table.loc["delta_a_mu", "median"] < table.loc["delta_a_mu", "high68"]


def test_constraint_takes_part_in_the_fit_and_in_the_comparison_with_nothing(tmp_path):
    """Delta a_mu = 2.79(76)e-9 against Delta a_mu < 1e-9 of width 0.1e-9: the combination lies just above 1e-9."""
    made = create(tmp_path, SMALL + "constraints:\n  - {require: delta_a_mu < 1e-9, width: 1e-10}\n")
    found = made.fit(starts=2)
    name = "constraint: delta_a_mu < 1e-9"
    moment = float(made.analysis.quantity("delta_a_mu")(made.analysis.params(found.values)))
    weights = np.array([1 / 0.76**2, 1 / 0.1**2])
    assert moment == pytest.approx(float(weights @ [2.79, 1.0]) / weights.sum() * 1e-9, rel=1e-3)
    assert found.breakdown[name] == pytest.approx(((moment - 1e-9) / 1e-10) ** 2, rel=1e-6)
    assert f"{name} {found.breakdown[name]:.6g}" in str(found)
    assert without_new_physics(made.analysis)[name] == 0.0
