"""Minimisations in threads: the same results in their order, each counted by itself, and none that outlives its use."""

import threading
import time

import numpy as np
import pytest

from tests import toys
from zprimefit.fitting.fit import fit
from zprimefit.fitting.minuit import minimise
from zprimefit.fitting.objective import Objective
from zprimefit.fitting.side_by_side import Stop, StoppedError


@pytest.fixture(scope="module")
def objective():
    return Objective.of(toys.rate())


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_their_tasks(objective, threads):
    def slow_first(k):
        time.sleep(0.05 if k == 0 else 0.0)
        return k**2

    assert list(Stop().side_by_side(objective, slow_first, range(6), threads)) == [0, 1, 4, 9, 16, 25]


def test_a_fit_is_the_same_with_any_number_of_cores(monkeypatch):
    found = []
    monkeypatch.setattr("zprimefit.fitting.side_by_side.LEAST", 0.0)
    for n in ("1", "3"):
        monkeypatch.setenv("NPROC", n)
        monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(3)), raising=False)
        found.append(fit(toys.rate(), starts=6).to_json())
    assert found[0] == found[1]


def test_a_value_that_takes_no_time_is_not_worth_a_thread(objective, monkeypatch):
    for least, shared in ((1e9, False), (0.0, True)):
        monkeypatch.setattr("zprimefit.fitting.side_by_side.LEAST", least)
        monkeypatch.setattr("zprimefit.fitting.side_by_side.cores", lambda: 3)
        used = set(Stop().side_by_side(objective, lambda _: threading.get_ident(), range(6)))
        assert (threading.get_ident() not in used) == shared


def test_minimisations_count_for_themselves(objective):
    before = objective.counts.calls
    own = Stop().heeded_by(objective)
    outcome = minimise(own, own.to_internal(objective.analysis.defaults()))
    assert own.counts.calls == outcome.n_calls > 0
    assert objective.counts.calls == before


def test_what_is_left_ends_at_its_next_evaluation_when_nobody_waits(objective):
    stop, ended = Stop(), []
    own = stop.heeded_by(objective)
    values, begun = objective.analysis.defaults(), threading.Barrier(3, timeout=60)

    def endless(k):
        if k == 0:
            return k
        begun.wait()
        try:
            while True:
                own.minus2lnl(values)
        except StoppedError:
            ended.append(threading.get_ident())
            raise

    results = stop.side_by_side(objective, endless, range(3), 3)
    assert next(results) == 0
    begun.wait()  # what has not begun is dropped
    results.close()
    assert len(ended) == 2
    assert threading.get_ident() not in ended


def test_a_task_that_fails_ends_the_others(objective):
    stop = Stop()
    own = stop.heeded_by(objective)

    def one(k):
        if k == 0:
            raise ZeroDivisionError
        while True:
            own.minus2lnl(objective.analysis.defaults())

    with pytest.raises(ZeroDivisionError):
        list(stop.side_by_side(objective, one, range(2), 2))


def test_tasks_can_be_done_again_after_a_stop(objective):
    stop = Stop()
    own = stop.heeded_by(objective)
    values = np.asarray(objective.analysis.defaults())
    for threads in (2, 1):
        assert len(list(stop.side_by_side(objective, lambda _: own.minus2lnl(values), range(3), threads))) == 3


def test_the_objective_of_a_watched_analysis_is_the_watched_one(objective):
    own = Stop().heeded_by(objective)
    assert Objective.of(own.analysis) is own
