"""Who does the independent pieces of a scan: threads of this process, or processes that were started for it.

A piece of work is the same wherever it is done: it depends on its task alone, so results do not depend on who did it,
nor on how many there are. Other processes load the analysis once each, from what its file says, and use one thread.
"""

import os
import signal
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import uuid4

from zprimefit.analyses.loading import from_text, resolved_yaml
from zprimefit.fitting.extras import imported
from zprimefit.fitting.objective import Objective
from zprimefit.fitting.posterior import BadPoint, MetBadPoints
from zprimefit.fitting.side_by_side import Stop

Answers = Generator[tuple[int, Any], None, None]
Run = Callable[[Sequence[Any]], Answers]
"""Tasks -> (number of the task, its result), in any order, as they become ready; what is left is dropped on closing."""


class Work(Protocol):
    """What is to be done with tasks; where that is done elsewhere, work, tasks and results are sent there and back."""

    def on(self, analysis: Any) -> Callable[[Any], Any]:
        """Task -> result, with an analysis at hand."""
        ...


class Executor(Protocol):
    """Does work."""

    def start(self, analysis: Any, work: Work) -> Run:
        """Prepare for tasks of some work."""
        ...


@dataclass(frozen=True)
class Threads:
    """Some tasks at a time in this process, results in their order.

    Parameters
    ----------
    threads : at most; by default as many as there are cores, and one where a value takes no time.
    """

    threads: int | None = None

    def start(self, analysis: Any, work: Work) -> Run:
        """Prepare for tasks."""
        objective, stop = Objective.of(analysis), Stop()
        do = work.on(stop.heeded_by(objective).analysis)

        def run(tasks: Sequence[Any]) -> Answers:
            with closing(stop.side_by_side(objective, do, tasks, self.threads)) as results:
                yield from enumerate(results)

        return run


class Processes:
    """Processes of this machine; a context, at whose end they end.

    They import the script that starts them: it must do its work under ``if __name__ == "__main__":``.

    Parameters
    ----------
    workers : number of processes.
    chunk : tasks that one of them is sent at a time.

    Raises
    ------
    ValueError
        For less than one.
    """

    def __init__(self, workers: int, *, chunk: int = 1) -> None:
        if workers < 1:
            msg = f"workers must be at least 1, got {workers!r}"
            raise ValueError(msg)
        self.workers, self.chunk = workers, _positive(chunk)
        self._pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)

    def start(self, analysis: Any, work: Work) -> Run:
        """Prepare for tasks.

        Raises
        ------
        ValueError
            For an analysis that was made in Python: only what a file says can be loaded elsewhere.
        """
        order, met = _Order(source_of(analysis), work), Objective.of(analysis).bad_points
        return lambda tasks: self._results(order, tasks, met)

    def _results(self, order: "_Order", tasks: Sequence[Any], met: MetBadPoints) -> Answers:
        futures: list[Any] = []
        try:
            futures += [self._pool.submit(done_here, order, some) for some in _chunks(tasks, self.chunk)]
            yield from _numbered(futures, as_completed(futures), self.chunk, met)
        except BrokenProcessPool as error:
            msg = (
                f"one of {self.workers} worker processes ended (killed, or out of memory; a script must work "
                "under `if __name__ == '__main__'`); what was finished is kept: repeat the command to go on, with "
                "fewer workers if memory is short"
            )
            raise RuntimeError(msg) from error
        finally:
            for future in futures:
                future.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


class Cluster:
    """Workers of a Dask scheduler, on this machine or on many; a context.

    A worker that is lost has its tasks done by others. If the scheduler is lost, the run stops.

    Parameters
    ----------
    scheduler : address, e.g. ``"tcp://10.0.0.1:8786"``, or path of a scheduler file.
    chunk : tasks that a worker is sent at a time. The scheduler has some milliseconds of work with each chunk, whatever
        is in it; what is lost with a worker is a chunk.

    Raises
    ------
    ModuleNotFoundError
        Without the extra ``cluster``.
    ValueError
        For chunks of less than one.
    RuntimeError
        If nobody answers.
    """

    def __init__(self, scheduler: str, *, chunk: int = 1) -> None:
        self.chunk = _positive(chunk)
        distributed = imported("distributed", what="a cluster of workers", extra="cluster")
        where = {"scheduler_file": scheduler} if os.path.exists(scheduler) else {"address": scheduler}  # noqa: PTH110
        try:
            self._client = distributed.Client(**where, timeout="20s", set_as_default=False)
        except (OSError, ValueError) as error:
            msg = (
                f"scheduler {scheduler!r}: does not answer ({error}); start it with `dask scheduler`, and give its "
                "address (tcp://...) or its scheduler file"
            )
            raise RuntimeError(msg) from error
        self.scheduler = scheduler
        self._as_completed = distributed.as_completed

    def start(self, analysis: Any, work: Work) -> Run:
        """Prepare for tasks.

        Raises
        ------
        ValueError
            For an analysis that was made in Python: only what a file says can be loaded elsewhere.
        """
        order, met = _Order(source_of(analysis), work), Objective.of(analysis).bad_points
        return lambda tasks: self._results(
            [self._client.submit(done_here, order, some, pure=False) for some in _chunks(tasks, self.chunk)], met
        )

    def _results(self, futures: list[Any], met: MetBadPoints) -> Answers:
        ready = self._as_completed(futures, loop=self._client.loop)
        try:
            for number, result in _numbered(futures, ready, self.chunk, met):
                yield number, result
                futures[number // self.chunk].release()
        except Exception as error:
            if self._client.status == "running":
                raise
            msg = (
                f"scheduler {self.scheduler!r}: was lost; what was finished is kept: start a scheduler and workers "
                "again and repeat the command to go on"
            )
            raise RuntimeError(msg) from error
        finally:
            if self._client.status == "running":
                self._client.cancel(futures)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._client.close()


def _numbered(futures: Sequence[Any], ready: Iterable[Any], chunk: int, met: MetBadPoints) -> Answers:
    """Results of chunks of tasks with the tasks' numbers, in the order in which chunks become ready."""
    first = {id(future): k * chunk for k, future in enumerate(futures)}
    for future in ready:
        done: Done = future.result()
        met.hear(done.bad_points, done.n_bad)
        yield from enumerate(done.results, start=first[id(future)])


def _chunks(tasks: Sequence[Any], chunk: int) -> list[Sequence[Any]]:
    return [tasks[k : k + chunk] for k in range(0, len(tasks), chunk)]


def _positive(chunk: int) -> int:
    if chunk < 1:
        msg = f"chunk must be at least 1 task, got {chunk!r}"
        raise ValueError(msg)
    return chunk


def source_of(analysis: Any) -> str:
    """Text of a file that an analysis can be loaded from elsewhere.

    Raises
    ------
    ValueError
        If it was made in Python.
    """
    if getattr(analysis, "source", None) is None or analysis.data is not None:
        msg = (
            f"analysis {analysis.name!r}: was made in Python or has data of its own, and other processes can only load "
            "what a file says; write it as a file, or use one worker"
        )
        raise ValueError(msg)
    return resolved_yaml(analysis)


# -- in a worker ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Order:
    """Work as it is sent to a worker, which knows it again by its number."""

    source: str
    work: Work = field(compare=False)
    number: str = field(default_factory=lambda: uuid4().hex)


def _begin() -> None:
    """Begin a worker of this machine: it leaves Ctrl-C to its parent, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for a parent that is killed: nobody else would end this process."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@dataclass(frozen=True)
class Done:
    """What a worker sends back: results of a chunk, and what they met of points where -2 ln L is no number."""

    results: list[Any]
    bad_points: tuple[BadPoint, ...]
    n_bad: int


def done_here(order: _Order, tasks: Sequence[Any]) -> Done:
    """Do some tasks in this process, which keeps what it needs for the next ones."""
    points: list[BadPoint] = []
    met = Objective.of(_loaded(order.source)).bad_points
    met.begin(points.append)
    return Done(list(map(_prepared(order), tasks)), tuple(points), met.count)


@lru_cache(maxsize=1)
def _loaded(source: str) -> Any:
    # XLA asks once, before its first computation: workers share the machine
    os.environ["NPROC"] = "1"
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    return from_text(source, where="analysis of a worker").prepare()


@lru_cache(maxsize=2)
def _prepared(order: _Order) -> Callable[[Any], Any]:
    return order.work.on(_loaded(order.source))
