"""Pieces from several run folders in one."""

import json
import shutil

import pytest

from tests.cli.commands import SMALL, cli, done, refused

TOYS = ("y_mu=1e-3", "--n", "12", "--starts", "0")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("merging")
    (folder / "small.yaml").write_text(SMALL)
    done("fit", folder / "small.yaml", "-o", folder / "run", "--starts", "2")
    return folder / "run"


@pytest.fixture
def folders(fitted, tmp_path):
    """Copies of one run folder."""
    return [shutil.copytree(fitted, tmp_path / name) for name in ("a", "b", "c")]


def toys_of(folder):
    (path,) = folder.glob("toys/*.jsonl")
    return path


@pytest.mark.slow
def test_parts_done_in_three_folders_are_the_whole(folders):
    for i, folder in enumerate(folders, start=1):
        told = done("toys", folder, *TOYS, "--part", f"{i}/3")
        assert f"part {i} of 3 of 12 experiments" in told
    told = done("merge", *folders)
    assert told == f"{toys_of(folders[0]).relative_to(folders[0])}: 4 pieces, 8 added\n"
    before = toys_of(folders[0]).read_bytes()
    merged = done("toys", folders[0], *TOYS)
    assert toys_of(folders[0]).read_bytes() == before
    toys_of(folders[1]).unlink()
    assert done("toys", folders[1], *TOYS) == merged
    assert "merge: " in (folders[0] / "run.log").read_text()


@pytest.mark.slow
def test_results_that_differ_and_other_work_are_refused_and_nothing_changes(folders):
    a, b = folders[:2]
    done("toys", a, *TOYS, "--part", "1/3")
    path = toys_of(a)
    other = b / path.relative_to(a)
    header, *lines = path.read_bytes().splitlines(keepends=True)
    piece = json.loads(lines[0]) | {"result": [1.0, 0.0, True, False]}
    other.parent.mkdir()
    other.write_bytes(header + json.dumps(piece).encode() + b"\n")
    before = path.read_bytes()
    assert "toy:1 has another result than in toys/" in refused("merge", a, b)
    other.write_bytes(json.dumps(json.loads(header) | {"seed": 99}).encode() + b"\n" + lines[0])
    assert "belongs to other work than toys/" in refused("merge", a, b)
    assert path.read_bytes() == before


def test_part_that_is_none_is_refused(folders):
    message = refused("toys", folders[0], *TOYS, "--part", "2")
    assert message == "--part '2': expected I/M, e.g. 2/4 for the second of four parts"
    assert (
        refused("toys", folders[0], *TOYS, "--part", "5/4") == "toys: part is (i, m), the i-th of m parts, got (5, 4)"
    )
    message = refused("toys", folders[0], *TOYS, "--part", "1/2", "--decide", "0.9")
    assert message == "toys: an early decision needs all experiments in their order, not part 1 of 2"


def test_folder_of_another_analysis_is_refused(folders, tmp_path):
    (tmp_path / "other.yaml").write_text(SMALL.replace("1e-2]", "2e-2]"))
    done("fit", tmp_path / "other.yaml", "-o", tmp_path / "other", "--starts", "1")
    result = cli("merge", folders[0], tmp_path / "other")
    assert result.code == 2
    assert "belongs to another analysis or other data; choose another folder. What differs:" in result.err
