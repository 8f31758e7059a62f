"""A file is written whole or not at all."""

import os
import stat

import pytest

from zprimefit.files import write_atomic


@pytest.mark.parametrize("content", ["text: m_Z′ = 30 MeV\n", b"\x00\xff", ""])
def test_content_is_written(tmp_path, content):
    path = tmp_path / "a.txt"
    write_atomic(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_older_file_is_replaced(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old and longer")
    write_atomic(path, "new")
    assert path.read_text() == "new"


def test_others_may_read_the_file(tmp_path):
    write_atomic(tmp_path / "a.txt", "x")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failure_keeps_the_older_file_and_leaves_nothing_behind(tmp_path, monkeypatch, step):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "nowhere" / "a.txt", "x")
