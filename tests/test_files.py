"""A file is written whole or not at all."""

import errno
import os
import stat
from contextlib import nullcontext
from pathlib import Path

import pytest

from zprimefit.files import UnwritableError, append_line, mend_end, sync_folder, whole_lines, write_atomic


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
    path = tmp_path / "nowhere" / "a.txt"
    with pytest.raises(UnwritableError) as error:
        write_atomic(path, "x")
    assert str(error.value) == (
        f"{path}: cannot be written (No such file or directory); check the path. What was finished before is kept"
    )


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "(No space left on device); make room on that disk."),
        (errno.EDQUOT, "(Disk quota exceeded); make room within the quota."),
        (errno.EROFS, "(Read-only file system); choose a folder on a disk that can be written."),
        (errno.EACCES, "(Permission denied); mend its permissions, or choose another folder."),
        (errno.EFBIG, "(File too large); raise the limit on the size of files (ulimit -f)."),
        (errno.EIO, "(Input/output error); check that disk, or choose another folder."),
    ],
)
@pytest.mark.parametrize("write", [write_atomic, append_line])
def test_refusal_of_a_disk_says_what_where_and_what_to_do(tmp_path, monkeypatch, write, number, said):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    path = tmp_path / "a.txt"
    path.write_bytes(b"old\n")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(UnwritableError) as error:
        write(path, b"new")
    assert str(error.value) == f"{path}: cannot be written {said} What was finished before is kept"
    assert path.read_bytes() == b"old\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


# -- what survives a loss of power ------------------------------------------------------------------------------------


@pytest.fixture
def synced(monkeypatch):
    """What was brought onto the disk, in order: names of files and folders."""
    found, fsync = [], os.fsync

    def watch(descriptor):
        found.append(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    return found


def test_folder_is_synced_after_the_rename(tmp_path, synced):
    write_atomic(tmp_path / "a.txt", "x")
    assert [str(Path(synced[0]).parent), synced[1]] == [str(tmp_path), str(tmp_path)]


def test_folder_of_a_file_that_grows_is_synced_once(tmp_path, synced):
    path = tmp_path / "new" / "a.jsonl"
    append_line(path, b"one")
    append_line(path, b"two")
    assert synced == [str(path), str(path.parent), str(path)]
    assert path.read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize(("number", "told"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_folder_that_cannot_be_synced_is_no_error_but_one_that_fails_is(tmp_path, monkeypatch, number, told):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output") if told else nullcontext():
        sync_folder(tmp_path)


# -- lines ------------------------------------------------------------------------------------------------------------


def test_line_that_does_not_fit_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path, write = tmp_path / "a.jsonl", os.write
    append_line(path, b"one")

    def half(descriptor, data):
        if len(data) < 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(UnwritableError, match="No space left"):
        append_line(path, b"twenty-two")
    assert path.read_bytes() == b"one\n"


@pytest.mark.parametrize(
    ("content", "lines", "left"),
    [
        (b"", [], b""),
        (b"a\nb\n", [b"a", b"b"], b"a\nb\n"),
        (b"a\nb", [b"a"], b"a\n"),
        (b"a", [], b""),
        (b"a\n" + b"b" * 200_000, [b"a"], b"a\n"),
        (b"b" * 200_000, [], b""),
    ],
)
def test_line_that_was_cut_short_is_cut_off(tmp_path, content, lines, left):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    assert list(whole_lines(path)) == lines
    assert mend_end(path) == (content != left)
    assert path.read_bytes() == left


def test_file_that_is_not_there_has_no_lines(tmp_path):
    assert not mend_end(tmp_path / "a.jsonl")
    assert list(whole_lines(tmp_path / "a.jsonl")) == []
    assert not list(tmp_path.iterdir())
