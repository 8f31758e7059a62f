"""Progress of long work: a bar on a terminal, one line a minute otherwise, both with rate and time left.

Every report is a place where Ctrl-C may stop the work: what was done until then is finished, and kept where it is.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zprimefit.cli.interrupts import Interrupts, interruptible

LINE_EVERY_S = 60.0


class Reporter:
    """Tells people where a run stands; call it with (done, total, text) or with anything that prints as a line."""

    def __init__(self, task: Any, bar: Any, interrupts: Interrupts) -> None:
        self._task, self._bar, self._interrupts = task, bar, interrupts
        self._last, self._done = time.monotonic(), 0

    def __call__(self, done: int, total: int, text: str) -> None:
        """Show `done` of `total`."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=text)
        elif done == total or self._is_due():
            told = f"{done}/{total}"
            if done < total:
                told += pace(done - self._done, time.monotonic() - self._last, total - done)
            self._done = done
            self._write(f"{text} ({told})")
        self._interrupts.check()

    def line(self, text: Any) -> None:
        """Show a line of text."""
        if self._bar is not None:
            self._bar.update(self._task, description=str(text))
        elif self._is_due():
            self._write(str(text))
        self._interrupts.check()

    def steps(self, state: Any) -> None:
        """Show a sampler's state, which knows its steps and how many there may be."""
        self(state.steps, state.max_steps, str(state).partition(": ")[2] or "sampling")

    def _is_due(self) -> bool:
        return time.monotonic() - self._last > LINE_EVERY_S

    def _write(self, text: str) -> None:
        self._last = time.monotonic()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def pace(steps: int, seconds: float, left: int) -> str:
    """Rate of so many steps in some seconds, and how long the rest takes; nothing without steps.

    >>> pace(120, 60.0, 600), pace(3, 60.0, 600), pace(0, 60.0, 600)
    (', 2/s, 5 min left', ', 20 s each, 3.3 h left', '')
    """
    if steps <= 0 or seconds <= 0:
        return ""
    each = seconds / steps
    rest = each * left
    duration = f"{rest:.0f} s" if rest < 100 else f"{rest / 60:.0f} min" if rest < 6000 else f"{rest / 3600:.1f} h"
    return f", {_rate(each)}, {duration} left"


def _rate(each: float) -> str:
    """Rate of steps that take so many seconds each."""
    return f"{1 / each:.3g}/s" if each <= 1 else f"{each:.3g} s each"


@contextmanager
def progress(title: str) -> Iterator[Reporter]:
    """Context of one long step."""
    if not sys.stderr.isatty():
        sys.stderr.write(f"{title}\n")
        with interruptible() as interrupts:
            yield Reporter(None, None, interrupts)
        return
    with _bar(title) as bar, interruptible() as interrupts:
        yield Reporter(bar.add_task("", total=None), bar, interrupts)


def _bar(title: str) -> Any:
    """Bar with count, rate, time so far and time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(_rate(1 / task.speed) if task.speed else "")

    return Progress(
        TextColumn(title), BarColumn(bar_width=24), MofNCompleteColumn(), Rate(), TimeElapsedColumn(),
        TimeRemainingColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True,
    )  # fmt: skip
