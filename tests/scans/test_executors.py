"""Work that is shared: the same bits whoever does it, and what happens when somebody is lost."""

import gc
import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children

import pytest

from tests import toys as closed
from tests.cli.commands import SMALL
from zprimefit.analyses import load
from zprimefit.fitting.fit import fit
from zprimefit.scans.executors import Cluster, Processes, Threads, source_of
from zprimefit.scans.profile import profile
from zprimefit.scans.scan import scan
from zprimefit.scans.toys import toys

# distributed leaves sockets and loops to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected():
    """What distributed leaves to the garbage collector is collected here, not in some other test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("small") / "small.yaml"
    path.write_text(SMALL)
    return load(path)


@pytest.fixture(scope="module")
def fitted(small):
    return fit(small, starts=2, minos=False)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """Scheduler with two workers, each a process of its own."""
    folder = tmp_path_factory.mktemp("cluster")
    with Running(folder) as address:
        yield address


class Running:
    """Context of a scheduler and its workers, real processes as on a cluster."""

    def __init__(self, folder, workers=2):
        self.file, self.folder, self.n = folder / "scheduler.json", folder, workers

    def _start(self, program, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(self.file), *arguments]
        environment = os.environ | {"DASK_DISTRIBUTED__WORKER__DAEMON": "True"}
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.folder)

    def __enter__(self):
        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        deadline = time.monotonic() + 60
        while not self.file.exists():
            assert time.monotonic() < deadline, (self.folder / "dask_scheduler.log").read_text()
            time.sleep(0.1)
        # without a nanny, so that the process that is killed is the worker
        options = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")
        self.workers = [self._start("dask_worker", *options) for _ in range(self.n)]
        return self

    def __exit__(self, *_):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def at_step(number, action):
    """Progress that acts once, at a step."""

    def report(done, total, text):
        if done == number:
            action()

    return report


# -- the same bits --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_profile_scan_and_toys_are_the_same_bits_whoever_does_them(small, fitted, scheduler):
    def everything(executor):
        options = {"fit": fitted, "executor": executor}
        return (
            profile(small, "y_mu", n=9, **options).to_json(),
            scan(small, "y_mu", "y_etau_taue", n=(4, 3), refine=1, **options).to_json(),
            toys(small, {"y_mu": 1e-3}, n=60, decide=0.6827, **options).to_json(),
        )

    alone = everything(Threads(1))
    assert everything(Threads(3)) == alone
    for workers, chunk in ((1, 1), (2, 4)):
        with Processes(workers, chunk=chunk) as processes:
            assert everything(processes) == alone
    with Cluster(str(scheduler.file), chunk=3) as cluster:
        assert everything(cluster) == alone


@pytest.mark.slow
def test_profile_of_a_quantity_is_the_same_bits_in_another_process(small, fitted):
    options = {"low": 1e-10, "high": 4e-9, "n": 4, "fit": fitted}
    alone = profile(small, "delta_a_mu", **options)
    with Processes(1) as processes:
        assert profile(small, "delta_a_mu", **options, executor=processes).to_json() == alone.to_json()


# -- losses ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_killed_process_stops_the_scan_which_goes_on_from_what_is_kept(tmp_path, small, fitted):
    path = tmp_path / "points.jsonl"

    def kill():
        os.kill(active_children()[0].pid, signal.SIGKILL)

    message = "(?s)one of 2 worker processes ended .*; what was finished is kept: repeat the command to go on"
    with Processes(2) as processes, pytest.raises(RuntimeError, match=message):
        profile(small, "y_mu", n=9, fit=fitted, checkpoint=path, progress=at_step(3, kill), executor=processes)
    kept = path.read_bytes()
    assert kept.count(b"\n") >= 1 + 3
    resumed = profile(small, "y_mu", n=9, fit=fitted, checkpoint=path)
    assert path.read_bytes().startswith(kept)
    assert resumed.to_json() == profile(small, "y_mu", n=9, fit=fitted).to_json()


@pytest.mark.slow
def test_killed_worker_of_a_cluster_loses_nothing(tmp_path, small, fitted):
    with Running(tmp_path) as running, Cluster(str(running.file)) as cluster:
        found = profile(
            small, "y_mu", n=9, fit=fitted, progress=at_step(3, running.workers[0].kill), executor=cluster
        )  # fmt: skip
        assert running.workers[0].wait() == -signal.SIGKILL
    assert found.to_json() == profile(small, "y_mu", n=9, fit=fitted).to_json()


@pytest.mark.slow
def test_lost_scheduler_stops_the_run_which_goes_on_from_what_is_kept(tmp_path, small, fitted):
    path = tmp_path / "points.jsonl"
    lost = pytest.raises(RuntimeError, match=r"scheduler '.*scheduler\.json': was lost; what was finished is kept")
    with Running(tmp_path) as running, Cluster(str(running.file)) as cluster, lost:
        kill = running.scheduler.kill
        profile(small, "y_mu", n=9, fit=fitted, checkpoint=path, progress=at_step(3, kill), executor=cluster)
    assert path.read_bytes().count(b"\n") >= 1 + 3
    resumed = profile(small, "y_mu", n=9, fit=fitted, checkpoint=path)
    assert resumed.to_json() == profile(small, "y_mu", n=9, fit=fitted).to_json()


# -- what cannot be shared ------------------------------------------------------------------------------------------


def test_analysis_made_in_python_cannot_be_sent():
    with pytest.raises(ValueError, match="'gaussian': was made in Python or has data of its own"):
        source_of(closed.gaussian())


def test_no_workers_are_refused():
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        Processes(0)
    with pytest.raises(ValueError, match="chunk must be at least 1 task, got 0"):
        Processes(1, chunk=0)


def test_scheduler_that_does_not_answer_is_named():
    with pytest.raises(RuntimeError, match=r"scheduler 'nonsense://': does not answer .*; start it with `dask sched"):
        Cluster("nonsense://")
