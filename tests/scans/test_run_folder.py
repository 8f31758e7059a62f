"""Run folders: one analysis each, written whole, refused with a reason."""

import json
import os
import re

import numpy as np
import pytest

from zprimefit.files import UnwritableError
from zprimefit.scans.provenance import command_line
from zprimefit.scans.run_folder import RunFolder, RunFolderError

IDENTITY = {"analysis": "1a2b", "data": {"miniboone-2020": "3c4d"}}


def make(path, identity=IDENTITY, given="name: mine\n"):
    return RunFolder.create(
        path,
        name="z2hdm",
        resolved="name: mine\nengine: surrogate\n",
        given=given,
        identity=identity,
        provenance={"zprimefit": "0.1.0", "command": ["zprimefit", "fit"]},
    )


def contents(path):
    return {p.relative_to(path): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_new_folder_holds_the_analysis_and_its_provenance(tmp_path):
    folder = make(tmp_path / "a")
    assert folder.analysis.read_text() == "name: mine\nengine: surrogate\n"
    assert folder.given.read_text() == "name: mine\n"
    stored = json.loads((tmp_path / "a" / "provenance.json").read_text())
    assert stored["schema_version"] == 1
    assert stored["identity"] == IDENTITY
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_folder_without_a_given_file_has_none(tmp_path):
    assert not make(tmp_path / "a", given=None).given.exists()


def test_empty_folder_is_used(tmp_path):
    (tmp_path / "a").mkdir()
    assert make(tmp_path / "a").name == "z2hdm"


def test_opened_folder_is_the_created_one(tmp_path):
    created = make(tmp_path / "b")
    assert RunFolder.open(str(tmp_path / "b")) == created
    assert created.provenance["command"] == ["zprimefit", "fit"]


def test_create_on_the_same_analysis_opens_and_changes_nothing(tmp_path):
    first = make(tmp_path / "a")
    first.write_json("fit.json", {"x": 1})
    before = contents(tmp_path)
    assert make(tmp_path / "a") == first
    assert contents(tmp_path) == before


def test_another_analysis_is_refused_with_what_differs(tmp_path):
    make(tmp_path / "a")
    before = contents(tmp_path)
    with pytest.raises(RunFolderError) as error:
        make(tmp_path / "a", identity={"analysis": "ffff", "data": {"miniboone-2020": "3c4d", "gm2": "5e"}})
    assert str(error.value).splitlines()[1:] == [
        "  analysis: stored 1a2b, given ffff",
        "  data.gm2: stored (absent), given 5e",
    ]
    assert contents(tmp_path) == before


def test_check_identity_accepts_tuples_for_lists(tmp_path):
    folder = make(tmp_path / "a", identity={"modes": ("fhc", "rhc")})
    folder.check_identity({"modes": ("fhc", "rhc")})
    with pytest.raises(RunFolderError, match="modes: stored"):
        folder.check_identity({"modes": ("fhc",)})


def test_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(RunFolderError, match="is not empty and is no run folder"):
        make(tmp_path)
    assert contents(tmp_path).popitem()[1] == b"mine"


def test_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(RunFolderError, match="is a file"):
        make(tmp_path / "a")


def test_missing_parents_are_made(tmp_path):
    assert make(tmp_path / "c" / "b" / "a").path.is_dir()
    assert [p.name for p in (tmp_path / "c" / "b").iterdir()] == ["a"]


def test_failure_while_writing_leaves_nothing(tmp_path, monkeypatch):
    def refuse(path, content):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("zprimefit.scans.run_folder.write_atomic", refuse)
    with pytest.raises(RunFolderError, match=r"a: cannot be written \(Permission denied\)"):
        make(tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_newer_schema_is_refused(tmp_path):
    make(tmp_path / "a")
    path = tmp_path / "a" / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 2}))
    with pytest.raises(RunFolderError, match=r"newer version .*schema 2.*update zprimefit"):
        RunFolder.open(tmp_path / "a")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"schema_version": 1}'])
def test_damaged_provenance_is_refused(tmp_path, content):
    make(tmp_path / "a")
    (tmp_path / "a" / "provenance.json").write_text(content)
    for attempt in (lambda: RunFolder.open(tmp_path / "a"), lambda: make(tmp_path / "a")):
        with pytest.raises(RunFolderError, match=r"provenance\.json: cannot be read"):
            attempt()


def test_folder_that_is_none_cannot_be_opened(tmp_path):
    with pytest.raises(RunFolderError, match=r"it has no provenance\.json"):
        RunFolder.open(tmp_path)
    with pytest.raises(RunFolderError, match="it does not exist"):
        RunFolder.open(tmp_path / "nowhere")


def test_json_round_trip_keeps_every_bit(tmp_path):
    folder = make(tmp_path / "a")
    values = np.random.default_rng(0).normal(size=(3, 2))
    folder.write_json("profiles/m.json", {"values": values, "n": np.int64(3), "edm": np.float64("nan"), "up": np.inf})
    back = folder.read_json("profiles/m.json")
    assert np.array_equal(np.array(back["values"]), values)
    assert np.isnan(back["edm"])
    assert (back["n"], back["up"]) == (3, np.inf)


def test_missing_and_damaged_results_are_said(tmp_path):
    folder = make(tmp_path / "a")
    with pytest.raises(RunFolderError, match=r"fit\.json: is not there yet"):
        folder.read_json("fit.json")
    folder.write_text("fit.json", "{")
    with pytest.raises(RunFolderError, match=r"fit\.json: cannot be read"):
        folder.read_json("fit.json")


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "", "figures/../../x"])
def test_nothing_is_written_outside_the_folder(tmp_path, name):
    with pytest.raises(RunFolderError, match="is no file inside it"):
        make(tmp_path / "a").write_text(name, "x")


def test_objects_that_json_cannot_hold_are_refused(tmp_path):
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        make(tmp_path / "a").write_json("fit.json", {"f": object()})
    assert not (tmp_path / "a" / "fit.json").exists()


def test_leftovers_of_killed_runs_are_removed_once_nobody_can_be_writing_them(tmp_path):
    folder = make(tmp_path / "a")
    folder.write_text("profiles/m.json", "{}")
    old, new = tmp_path / "a" / "profiles" / ".m.json.ab12_xyz", tmp_path / "a" / ".fit.json.cd34_xyz"
    beside = tmp_path / ".b.0123abcd"
    mine = [tmp_path / ".b.notours1", tmp_path / "a" / ".notes.markdown"]
    beside.mkdir()
    for path in (old, new, *mine):
        path.write_text("half")
    for path in (old, beside, *mine):
        os.utime(path, (0, 0))
    with folder.step("profile"):
        pass
    make(tmp_path / "b")
    assert (old.exists(), new.exists(), beside.exists()) == (False, True, False)
    assert all(path.exists() for path in mine)
    assert (tmp_path / "a" / "profiles" / "m.json").read_text() == "{}"


def test_full_disk_while_a_step_fails_does_not_hide_why_it_failed(tmp_path, monkeypatch):
    def full(path, line):
        raise UnwritableError(28, "No space left on device", str(path))

    def fail(folder):
        with folder.step("fit"):
            monkeypatch.setattr("zprimefit.scans.run_folder.append_line", full)
            raise ValueError("the reason")

    folder = make(tmp_path / "a")
    with pytest.raises(ValueError, match="the reason"):
        fail(folder)


def test_log_has_one_stamped_line_per_event(tmp_path):
    folder = make(tmp_path / "a")
    folder.log("fit begins")
    folder.log("two\nlines")
    lines = folder.run_log.read_text().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["fit begins", "two", "lines"]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 ", line) for line in lines)


def test_step_is_logged_with_the_command_that_does_it(tmp_path):
    folder = make(tmp_path / "a")
    with folder.step("fit", "zprimefit fit 'a b.yaml' -o run"), folder.step("profile of g_B"):
        pass
    lines = [line.split(" ", 1)[1] for line in folder.run_log.read_text().splitlines()]
    assert lines == ["fit: begins: zprimefit fit 'a b.yaml' -o run", "profile of g_B: begins"]


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["/usr/bin/zprimefit", "fit", "a b.yaml"], "zprimefit fit 'a b.yaml'"),
        (["C:/Scripts/zprimefit.exe", "data", "list"], "zprimefit data list"),
        (["/lib/zprimefit/__main__.py", "fit", "$x"], "zprimefit fit '$x'"),
        (["zprimefit", "fit", "two\nlines"], "zprimefit fit 'two\\nlines'"),
        (["/usr/bin/pytest", "tests"], None),
        (["/lib/pytest/__main__.py"], None),
        ([""], None),
    ],
)
def test_command_line_is_ours_or_none(monkeypatch, argv, command):
    monkeypatch.setattr("sys.argv", argv)
    assert command_line() == command


def test_folders_of_results_lie_inside(tmp_path):
    folder = make(tmp_path / "a")
    parts = (folder.fit, folder.chain, folder.profiles, folder.figures, folder.run_log)
    assert [p.name for p in parts] == ["fit.json", "chain", "profiles", "figures", "run.log"]
    assert all(p.parent == folder.path for p in parts)


def test_a_folder_of_files_takes_the_place_of_the_one_that_is_there(tmp_path):
    folder = make(tmp_path / "a")
    folder.write_folder("export/csv", {"old.csv": b"1", "fit/old.csv": b"2"})
    written = folder.write_folder("export/csv", {"fit/new.csv": b"3"})
    assert [p.read_bytes() for p in written] == [b"3"]
    assert contents(tmp_path / "a" / "export") == {(written[0]).relative_to(tmp_path / "a" / "export"): b"3"}
    assert [p.name for p in (tmp_path / "a" / "export").iterdir()] == ["csv"]


def test_a_folder_that_cannot_be_written_leaves_the_one_that_is_there(tmp_path, monkeypatch):
    folder = make(tmp_path / "a")
    (former,) = folder.write_folder("export/csv", {"a.csv": b"1"})
    os.utime(former.parent, (0, 0))  # of long ago, when a killed run's would be removed

    def full(path, content):
        raise UnwritableError(28, "No space left on device", str(path))

    monkeypatch.setattr("zprimefit.scans.run_folder.write_atomic", full)
    with pytest.raises(RunFolderError, match="make room on that disk"):
        folder.write_folder("export/csv", {"b.csv": b"2"})
    assert contents(tmp_path / "a" / "export") == {former.relative_to(tmp_path / "a" / "export"): b"1"}


def test_a_folder_outside_is_refused(tmp_path):
    folder = make(tmp_path / "a")
    for name, file in (("../b", "x"), ("export", "../../x")):
        with pytest.raises(RunFolderError, match="is no file inside it"):
            folder.write_folder(name, {file: b"1"})
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
