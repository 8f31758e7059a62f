"""One writer at a time."""

import json
import os
import socket
import subprocess
import sys

import pytest

from zprimefit.scans.writers import SecondWriterError, mark_of, only_writer


def marked(path, **made):
    mark_of(path).write_text(json.dumps({"host": socket.gethostname(), "pid": os.getpid()} | made))


def test_second_writer_is_refused_and_the_first_goes_on(tmp_path):
    path = tmp_path / "points.jsonl"
    refused = pytest.raises(
        SecondWriterError, match=r"points\.jsonl: process \d+ on .* writes to it; wait for that, or"
    )
    with only_writer(path):
        with refused, only_writer(path):
            pytest.fail("two writers")
        assert mark_of(path).is_file()
    assert list(tmp_path.iterdir()) == []


def test_writer_that_fails_leaves_no_mark(tmp_path):
    with pytest.raises(KeyboardInterrupt), only_writer(tmp_path / "points.jsonl"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_mark_of_a_killed_process_is_taken_over(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    marked(tmp_path / "points.jsonl", pid=ended.pid)
    with only_writer(tmp_path / "points.jsonl"):
        assert json.loads(mark_of(tmp_path / "points.jsonl").read_bytes())["pid"] == os.getpid()


@pytest.mark.parametrize("content", [b'{"host": "elsewhere", "pid": 1}', b"", b"no mark", b"[1]"])
def test_mark_that_cannot_be_judged_is_respected(tmp_path, content):
    path = tmp_path / "points.jsonl"
    mark_of(path).write_bytes(content)
    with (
        pytest.raises(SecondWriterError, match=r"or remove .*points\.jsonl\.writer if it has ended"),
        only_writer(path),
    ):
        pytest.fail("two writers")
    assert mark_of(path).read_bytes() == content


def test_nothing_to_write_needs_no_mark():
    with only_writer(None):
        pass
