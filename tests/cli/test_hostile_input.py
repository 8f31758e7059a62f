"""What nobody types by mistake: one line, exit code 2, no traceback, nothing written."""

import json

import pytest
from commands import SMALL, cli, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zprimefit.analyses import loading
from zprimefit.cli.main import main

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12))


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, but for a small analysis."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "expected at most 20000 values, those behind aliases counted where they are used; write"),
        ("[" * 10_000, "hostile.yaml: line 1: expected at most 16 mappings and lists inside each other; write"),
        (SMALL + f"constraints: [{{require: m_A > 0, width: 1{'0' * 400}}}]\n", "> 0, got an integer of 1329 bits"),
        (SMALL.replace("small", '"\\e]0;owned\\a"'), r"name of the analysis '\x1b]0;owned\x07': expected one line"),
        (SMALL + "  y_mu:\n    default: 1\n" + "\x00", "hostile.yaml: not valid YAML: "),
    ],
    ids=["bomb", "deep", "integer", "escape", "zero"],
)  # fmt: skip
def test_hostile_file_is_refused_in_one_line(here, text, message):
    (here / "hostile.yaml").write_text(text)
    for command in ("check", "eval"):
        told = refused(command, "hostile.yaml")
        assert message in told
        assert told.isprintable()
    assert sorted(path.name for path in here.iterdir()) == ["hostile.yaml", "small.yaml"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "x" * 5000 + ".yaml"), ("check", "a\x1b[2Jb.yaml"), ("check", "/dev/zero"), ("check", ""),
        ("eval", "small.yaml", "--set", "y_mu=" + "1" * 100_000 + "!"), ("eval", "small.yaml", "--set", "y_mu=1e999"),
        ("eval", "small.yaml", "--set", "=1"), ("eval", "small.yaml", "--at", "../../x"),
        ("data", "show", "../../../etc/passwd"), ("data", "show", "x" * 100_000), ("init", "../../etc/passwd"),
        ("profile", "small.yaml", "y_mu"), ("plot", "/dev/null"), ("sample", "nowhere"),
        ("scan", "nowhere", "a", "b", "--n", "100000x100000"), ("toys", "nowhere", "m"),
        ("reproduce", "../fig4"), ("fit", "small.yaml", "-o", "small.yaml"),
    ],
    ids=lambda a: " ".join(a)[:40],
)  # fmt: skip
def test_hostile_argument_is_refused_in_one_line(here, arguments):
    result = cli(*arguments)
    message = result.err.splitlines()[-1]
    assert (result.code, result.out) == (2, "")
    assert message.startswith("zprimefit: ")
    assert message.isprintable()
    assert len(message) < 5000
    assert [path.name for path in here.iterdir()] == ["small.yaml"]


@settings(max_examples=40, deadline=10_000, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40))
def test_any_setting_is_refused_in_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "small.yaml"
    path.write_text(SMALL)
    result = cli("eval", path, "--set", f"y_mu={text}x")
    assert (result.code, len(result.err.splitlines())) == (2, 1)


def test_damaged_result_in_a_run_folder_is_named(here):
    from zprimefit.scans.runs import Run

    run = Run.create("run", "small.yaml")
    run.folder.write_text("profiles/y_mu.json", json.dumps({"kind": "curve", "schema": 1, "grid": [1.0]}))
    told = refused("calibrate", "run", "y_mu")
    assert told == (
        "run/profiles/y_mu.json: cannot be read (stored curve: is damaged, it lacks 'parameters'); "
        "remove it and run the step that writes it again"
    )


def test_mistake_of_the_program_is_told_in_one_line(here, monkeypatch):
    def broken(*_):
        raise AttributeError("'Fit' object\nhas no attribute 'x'")

    monkeypatch.setattr(loading, "read_spec", broken)
    assert refused("check", "small.yaml") == (
        r"AttributeError: 'Fit' object\nhas no attribute 'x'; this is a mistake of the program: please report it; "
        "ZPRIMEFIT_TRACEBACK=1 shows where"
    )


def test_traceback_is_a_variable_away(here, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_TRACEBACK", "1")
    monkeypatch.setattr("sys.argv", ["zprimefit", "check", "nosuch.yaml"])
    with pytest.raises(ValueError, match="no such file"):
        main()
