"""The command line as a user sees it: help, init, check, data, eval, and what it refuses with which exit code."""

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, cli, done, refused

import zprimefit
from zprimefit.analyses import AnalysisError
from zprimefit.cli.main import app, main
from zprimefit.datasets import list_tables


@pytest.fixture
def small(tmp_path):
    """An analysis file of the two moments."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


# -- help -----------------------------------------------------------------------------------------------------------


def test_help_names_every_verb():
    shown = done("--help")
    verbs = "quickstart init check eval fit goodness profile scan toys calibrate sample plot events reproduce data"
    for verb in verbs.split():
        assert re.search(rf"\b{verb}\b", shown)


def test_help_says_what_the_program_is_for():
    assert "Global fits of light Z' models" in done("--help")
    assert app.info.help.startswith("Global fits of light Z' models")


def test_version_is_the_one_that_is_installed():
    assert done("--version").split() == ["zprimefit", zprimefit.__version__]


def test_help_loads_no_heavy_library():
    code = (
        "import sys; sys.argv = ['zprimefit', '--help']\n"
        "from zprimefit.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage" in shown.stdout
    loaded = ("jax", "numpy", "scipy", "pandas", "matplotlib", "iminuit", "emcee", "pydantic", "ruamel")
    assert [name for name in loaded if f"'{name}'" in shown.stderr] == []


def test_installed_script_is_the_entry_point():
    import importlib.metadata

    (script,) = importlib.metadata.entry_points(group="console_scripts", name="zprimefit")
    assert script.load() is main


def test_unknown_verb_is_refused():
    assert cli("fti").code == 2


def test_interruption_says_how_to_go_on(monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("zprimefit.datasets.list_tables", interrupt)
    result = cli("data", "list")
    assert result.code == 130
    assert result.err.splitlines()[-1] == "interrupted; begin again with: zprimefit data list"


def test_help_and_readme_tell_the_exit_codes():
    shown, readme = " ".join(done("--help").split()), (Path(__file__).parents[2] / "README.md").read_text()
    codes = "Exit codes: 0 done; 2 bad input, or a disk that refuses; 3 not converged; 130 interrupted."
    assert codes in shown
    assert codes in " ".join(readme.split())


def test_traceback_is_a_variable_away(monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_TRACEBACK", "1")
    monkeypatch.setattr(sys, "argv", ["zprimefit", "check", "nowhere.yaml"])
    with pytest.raises(AnalysisError):
        main()


# -- init, check, data ----------------------------------------------------------------------------------------------


def test_init_writes_the_packaged_file(tmp_path):
    path = tmp_path / "mine.yaml"
    assert done("init", "-o", path) == f"wrote {path}; next: zprimefit check {path}\n"
    assert path.read_bytes() == (files("zprimefit.analyses") / "packaged" / "z2hdm-miniboone.yaml").read_bytes()


def test_init_does_not_overwrite(tmp_path):
    path = tmp_path / "analysis.yaml"
    path.write_text("mine")
    assert (
        refused("init", "-o", path) == f"{path}: exists already; nothing was overwritten, choose another name with -o"
    )
    assert path.read_text() == "mine"


def test_init_of_an_unknown_analysis_writes_nothing(tmp_path):
    message = refused("init", "z2hdm-minibone", "-o", tmp_path / "a.yaml")
    assert message.startswith("unknown packaged analysis 'z2hdm-minibone'; did you mean 'z2hdm-miniboone'?")
    assert list(tmp_path.iterdir()) == []


def test_init_where_nothing_can_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    assert str(tmp_path / "file") in refused("init", "-o", tmp_path / "file" / "a.yaml")


def test_check_lists_components_and_parameters(small):
    lines = done("check", small).splitlines()
    assert lines[0] == "small: Z2HDM(B), engine surrogate, 2 data points"
    assert lines[2:5] == [
        "component        N     -2 ln L at table1         mu  verdict              sources",
        "delta-a-mu       1                0.0063             allowed              2006.01948",
        "delta-a-e        1               56.9200             excluded at 99 % CL  2209.13084, Nature 588 (2020) 61",
    ]
    assert lines[6] == (
        "parameter       free       default  bounds                    scale   prior        "
        "touches (free: probed, fixed: read)"
    )  # fmt: skip
    rows = {line.split()[0]: line for line in lines[7:]}
    assert list(rows) == [p.name for p in zprimefit.load(small).parameters]
    assert rows["y_mu"] == (
        "y_mu            free       0.00063  1e-05 … 0.01              log     log-uniform  delta-a-mu"
    )  # fmt: skip
    assert rows["m_hprime"].split()[1:4] == ["fixed", "23", "MeV"]
    assert rows["m_hprime"].endswith("delta-a-mu, delta-a-e")
    assert rows["g_B"].endswith("nothing")


def test_data_list_names_every_table():
    assert [line.split()[0] for line in done("data", "list").splitlines()] == list(list_tables())


def test_data_show_gives_provenance_columns_and_rows():
    shown = done("data", "show", "anomalous-moments/differences")
    assert shown.startswith("anomalous-moments/differences: ")
    for key in ("quantity", "obtained", "sha256", "publication"):
        assert re.search(rf"^  {key} ", shown, flags=re.MULTILINE)
    assert re.search(r"^  \d+ rows$", shown, flags=re.MULTILINE)


def test_data_show_of_a_publication_shows_its_tables():
    shown = done("data", "show", "anomalous-moments")
    assert re.findall(r"^(\S+): ", shown, flags=re.MULTILINE) == [
        "anomalous-moments/differences", "anomalous-moments/measurements",
    ]  # fmt: skip


def test_data_show_of_an_unknown_table_is_refused():
    message = refused("data", "show", "miniboone-2021")
    assert message.startswith("unknown table 'miniboone-2021'; did you mean 'miniboone-2020'? Available: ")


# -- eval -----------------------------------------------------------------------------------------------------------


def test_eval_prints_components_predictions_and_derived_quantities(small):
    lines = done("eval", small, "--at", "table1").splitlines()
    assert lines[:10] == [
        "small: -2 ln L = 56.9263 for 2 data points",
        "",
        "component            -2 ln L    N    pull         mu  verdict",
        "delta-a-mu            0.0063    1   -0.08             allowed",
        "delta-a-e            56.9200    1   -7.54             excluded at 99 % CL",
        "",
        "predictions",
        "  delta-a-mu    2.72983e-09",
        "  delta-a-e     -8.68126e-13",
        "",
    ]
    assert lines[10] == "derived quantities of Z2HDM(B)"
    analysis = zprimefit.load(small)
    expected = analysis.derived(analysis.defaults())
    rows = [line.split() for line in lines[11:]]
    for (name, value, *unit), quantity in zip(rows, analysis.quantities.values(), strict=True):
        assert (name, unit) == (quantity.name, [] if quantity.unit == "1" else [quantity.unit])
        assert float(value) == pytest.approx(expected[name], rel=1e-5)


def test_eval_json_is_what_python_gives(small):
    found = json.loads(done("eval", small, "--json", "--set", "y_mu=7e-4", "--set", "y_etau_taue=-1e-7"))
    analysis = zprimefit.load(small, engine="direct")
    values = np.array([7e-4, -1e-7])
    assert analysis.free_parameters == ("y_mu", "y_etau_taue")
    assert list(found) == [
        "analysis", "data", "minus2lnl", "n_data", "components", "constraints", "parameters", "predictions", "derived",
    ]  # fmt: skip
    assert found["data"] is None
    assert found["minus2lnl"] == pytest.approx(analysis.minus2lnl(values), rel=1e-12)
    parts = {name: part["minus2lnl"] for name, part in found["components"].items()}
    assert parts == pytest.approx(analysis.breakdown(values), rel=1e-12)
    assert {name: part["pull"] ** 2 for name, part in found["components"].items()} == pytest.approx(parts, rel=1e-12)
    params = analysis.params(values)
    predicted = {c.name: float(c.predict(analysis.model, params)) for c in analysis.components}
    assert found["predictions"] == pytest.approx(predicted, rel=1e-12)
    assert found["derived"] == pytest.approx(analysis.derived(values), rel=1e-12)
    assert found["parameters"] == pytest.approx({k: float(v) for k, v in params.items()}, rel=1e-12)


def test_eval_reads_units(small):
    found = json.loads(done("eval", small, "--json", "--set", "m_hprime = 30 MeV"))
    assert found["parameters"]["m_hprime"] == pytest.approx(0.03, rel=1e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "y_muu=1e-3"], "unknown parameter 'y_muu'; did you mean 'y_mu'?"),
        (["--set", "y_mu"], "--set 'y_mu': expected NAME=VALUE, e.g. --set m_zprime='750 MeV'"),
        (["--set", "m_hprime=30 MEV"], "m_hprime: unknown unit 'MEV' in '30 MEV'; known: eV, keV, MeV, GeV, TeV"),
        (["--set", "y_mu=1e-3 MeV"], "y_mu: is dimensionless, but '1e-3 MeV' carries the unit 'MeV'; drop the unit"),
        (["--set", "y_mu=nan"], "y_mu: cannot read 'nan' as a number in pure numbers"),
        (["--set", "m_hprime=1 GeV"], "m_hprime: 1 GeV lies outside its bounds [5 MeV, 100 MeV]; change it, or the"),
        (["--at", "table2"], "unknown point 'table2'; did you mean 'table1'? Available: defaults, null, table1"),
    ],
    ids=["name", "no value", "unit", "unit of a number", "nan", "bounds", "point"],
)
def test_eval_refuses_a_wrong_point(small, arguments, message):
    assert refused("eval", small, *arguments).startswith(message)


@pytest.mark.parametrize("verb", ["check", "eval"])
def test_missing_analysis_is_refused(verb):
    known = "blsm-global, blsm-seed, z2hdm-global, z2hdm-miniboone, z2hdm-seed"
    assert refused(verb, "nowhere.yaml") == f"nowhere.yaml: no such file; packaged analyses: {known}"
