"""Minimisations side by side in threads, which share what is compiled: compiled code lets go of the interpreter.

Each depends on its start alone, so that no result depends on how many there are.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import perf_counter
from typing import Final, TypeVar

from zprimefit.fitting.objective import Array, Objective
from zprimefit.numerics.cores import cores

LEAST: Final = 6e-5
"""Seconds of a value from which threads gain: of shorter ones most is Python's, which one of them has at a time."""

T = TypeVar("T")
R = TypeVar("R")


class StoppedError(Exception):
    """Ends a minimisation whose result nobody waits for."""


class Stop:
    """Whether minimisations are to end at their next evaluation."""

    def __init__(self) -> None:
        self._event = Event()

    def heeded_by(self, objective: Objective) -> Objective:
        """Objective whose minimisations end when told; it counts for itself."""

        def look(_values: Array, _found: float) -> None:
            if self._event.is_set():
                raise StoppedError

        return objective.watched(look)

    def side_by_side(
        self, objective: Objective, do: Callable[[T], R], tasks: Sequence[T], threads: int | None = None
    ) -> Generator[R]:
        """Results of tasks in their order, each as soon as those before it are there.

        What is left is dropped on closing, or where a task fails.

        Parameters
        ----------
        objective : that `do` asks, in one way or another; it is compiled before the threads begin.
        do : task -> result, of an objective that heeds.
        threads : at most; by default as many as there are cores, and one where a value takes no time.
        """
        self._event.clear()
        n = min(cores() if threads is None else threads, len(tasks))
        # compiled once, not in every thread
        if n < 2 or (_seconds(objective) < LEAST and threads is None):
            yield from map(do, tasks)
            return
        objective.flat()
        pool = ThreadPoolExecutor(n)
        try:
            yield from pool.map(do, tasks)
        finally:
            self._event.set()
            pool.shutdown(cancel_futures=True)


def _seconds(objective: Objective) -> float:
    """What a value takes, the least of some."""
    values, found = objective.analysis.defaults(), []
    for _ in range(6):
        begin = perf_counter()
        objective.analysis.minus2lnl(values)
        found.append(perf_counter() - begin)
    return min(found)
