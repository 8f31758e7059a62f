"""Progress: a line a minute where there is no terminal, a bar where there is one."""

import io
import re
import sys
from types import SimpleNamespace

import pytest

from zprimefit.cli import progress as module
from zprimefit.cli.progress import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    time = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: time.now)
    return time


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_without_a_terminal_the_title_is_a_line(capsys):
    with progress("fitting"):
        pass
    assert tuple(capsys.readouterr()) == ("", "fitting\n")


def test_without_a_terminal_one_line_a_minute(capsys, clock):
    with progress("fitting") as report:
        for done in range(1, 301):
            clock.now += 1.0
            report(done, 1000, "start")
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "fitting",
        "start (61/1000, 1/s, 16 min left)",
        "start (122/1000, 1/s, 15 min left)",
        "start (183/1000, 1/s, 14 min left)",
        "start (244/1000, 1/s, 13 min left)",
    ]


def test_rate_is_that_of_the_last_minute_so_that_what_is_read_back_does_not_count(capsys, clock):
    with progress("scanning") as report:
        report(500, 1000, "read back")
        clock.now += 61.0
        report(501, 1000, "point")
        clock.now += 61.0
        report(503, 1000, "point")
    assert capsys.readouterr().err.splitlines()[2] == "point (503/1000, 30.5 s each, 4.2 h left)"


def test_the_end_is_always_said(capsys, clock):
    with progress("fitting") as report:
        report(6, 7, "start")
        report(7, 7, "start")
    assert capsys.readouterr().err == "fitting\nstart (7/7)\n"


def test_lines_of_text_are_no_more_than_one_a_minute(capsys, clock):
    with progress("preparing") as report:
        report.line("first")
        clock.now += 61.0
        report.line("second")
    assert capsys.readouterr().err == "preparing\nsecond\n"


def test_state_of_a_sampler_gives_steps_and_what_it_says_of_them(capsys, clock):
    class State:
        steps, max_steps = 200, 200

        def __str__(self):
            return "step 200: N/tau 12"

    with progress("sampling") as report:
        report.steps(State())
    assert capsys.readouterr().err == "sampling\nN/tau 12 (200/200)\n"


def test_on_a_terminal_a_bar_shows_title_and_counts(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress("fitting") as report:
        report.line("getting ready")
        report(3, 7, "start 3")
    assert "fitting" in terminal.getvalue()
    assert "3/7" in terminal.getvalue()
    assert "start 3" in terminal.getvalue()


def test_bar_shows_rate_and_time_left(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress("scanning") as report:
        for done in range(1, 5):
            report(done, 7, "point, 2 failed")
            module.time.sleep(0.1)
    assert re.search(r"4/7 \d+(\.\d+)?/s 0:00:0\d 0:00:0\d point, 2 failed", plain(terminal.getvalue()))


def plain(text):
    """Text without the escape sequences of a terminal."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_nothing_goes_to_the_output(capsys):
    with progress("fitting") as report:
        report(1, 1, "done")
    assert capsys.readouterr().out == ""
