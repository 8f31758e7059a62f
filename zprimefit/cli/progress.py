"""Progress of long work: a bar on a terminal, one line a minute otherwise."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LINE_EVERY_S = 60.0


class Reporter:
    """Tells people where a run stands; call it with (done, total, text) or with anything that prints as a line."""

    def __init__(self, task: Any, bar: Any) -> None:
        self._task, self._bar, self._last = task, bar, time.monotonic()

    def __call__(self, done: int, total: int, text: str) -> None:
        """Show `done` of `total`."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=text)
        else:
            self._line(f"{text} ({done}/{total})", force=done == total)

    def line(self, text: Any) -> None:
        """Show a line of text."""
        if self._bar is not None:
            self._bar.update(self._task, description=str(text))
        else:
            self._line(str(text), force=False)

    def steps(self, state: Any) -> None:
        """Show a sampler's state, which knows its steps and how many there may be."""
        self(state.steps, state.max_steps, str(state).partition(": ")[2] or "sampling")

    def _line(self, text: str, *, force: bool) -> None:
        now = time.monotonic()
        if force or now - self._last > LINE_EVERY_S:
            self._last = now
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()


@contextmanager
def progress(title: str) -> Iterator[Reporter]:
    """Context of one long step."""
    if not sys.stderr.isatty():
        sys.stderr.write(f"{title}\n")
        yield Reporter(None, None)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(
        TextColumn(title), *columns, TextColumn("{task.description}"), console=Console(stderr=True), transient=True
    ) as bar:
        yield Reporter(bar.add_task("", total=None), bar)
