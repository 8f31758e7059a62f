"""How runs scale: throughput of workers, what a piece of work costs besides itself, the store, and many more workers.

    python benchmarks/scaling.py --toys 400 --tasks 2000 --pieces 1000000 --json scaling.json

Toys are those of a small analysis of real measurements. Idle tasks do nothing and carry what a grid point carries, so
their time is what executors cost. The store is written, read and merged piece by piece as scans do it. What this
machine has no workers for is simulated, from the numbers measured here.
"""

import argparse
import heapq
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from soak import ANALYSIS

import zprimefit as zf
from zprimefit.fitting.status import Status
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.conditions import Point
from zprimefit.scans.executors import Cluster, Executor, Processes, Threads
from zprimefit.scans.merging import merge
from zprimefit.scans.runs import Run
from zprimefit.scans.search import Task

FREE = 9
"""Parameters of a grid point, as many as `z2hdm-global` has."""
OVERHEAD = 0.05
"""Share of the workers' time that may be lost."""


@dataclass(frozen=True)
class Idle:
    """Work that gives back a solution as a grid point's does, and takes no time."""

    def on(self, analysis: Any) -> Callable[[Task], Point]:  # noqa: ARG002
        """Task -> a point."""
        return lambda task: Point(task.starts[0], float(task.i), Status.OK)


@contextmanager
def cluster(workers: int, chunk: int = 1) -> Iterator[Executor]:
    """A Dask scheduler and its workers, each a process of this machine."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "scheduler.json"
        where = ("--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1")
        jobs = [_dask("scheduler", name, *where, "--port", "0")]
        try:
            while not file.exists():
                time.sleep(0.05)
            jobs += [_dask("worker", name, *where, "--nthreads", "1", "--no-nanny") for _ in range(workers)]
            with Cluster(str(file), chunk=chunk) as executor:
                yield executor
        finally:
            for job in jobs:
                job.kill()
                job.wait()


def _dask(program: str, folder: str, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments]
    with (Path(folder) / "log.txt").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)


def executors(chunk: int = 1) -> dict[str, Any]:
    """Contexts of those that are compared."""
    return {
        "1 process": Processes(1, chunk=chunk),
        "2 processes": Processes(2, chunk=chunk),
        "Dask, 1 worker": cluster(1, chunk),
        "Dask, 2 workers": cluster(2, chunk),
    }


def throughput(analysis: Any, n: int) -> dict[str, float]:
    """Seconds a toy, after all workers have compiled."""
    fit = zf.fit(analysis, starts=2, minos=False)

    def run(executor: Executor, seed: int, n: int) -> float:
        begin = time.perf_counter()
        zf.toys(analysis, {"y_mu": 6e-4}, n=n, fit=fit, seed=seed, executor=executor)
        return (time.perf_counter() - begin) / n

    run(Threads(1), 1, 8)
    found = {"this process": run(Threads(1), 2, n), "this process, 2 threads": run(Threads(2), 2, n)}
    for name, context in executors().items():
        with context as executor:
            run(executor, 1, 16)
            found[name] = run(executor, 2, n)
    return found


def overhead(analysis: Any, n: int) -> dict[str, float]:
    """Seconds that a task takes which does nothing."""
    tasks = [Task(k, None, (np.zeros(FREE), np.ones(FREE), np.full(FREE, 0.5))) for k in range(n)]

    def run(executor: Executor) -> float:
        do = executor.start(analysis, Idle())
        list(do(tasks[:20]))
        begin = time.perf_counter()
        list(do(tasks))
        return (time.perf_counter() - begin) / n

    found = {"this process": run(Threads(1))}
    for chunk in (1, 50):
        for name, context in executors(chunk).items():
            with context as executor:
                found[f"{name}, {chunk} a chunk"] = run(executor)
    return found


def store(source: Path, n: int) -> dict[str, float]:
    """Seconds and bytes of a checkpoint of n grid points: written one by one, read, and two halves merged."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(dir=".") as name:
        paths = [Path(name) / half / "scan" / "points.jsonl" for half in ("a", "b")]
        folders = [Run.create(Path(name) / half, source).folder for half in ("a", "b")]
        begin = time.perf_counter()
        for half, path in enumerate(paths):
            checkpoint = Checkpoint(path, {"analysis": source.stem})
            for k in range(half, n, 2):
                checkpoint.add(f"first0:{k}", Point(rng.random(FREE), float(rng.random()), Status.OK).store())
        written, size = time.perf_counter() - begin, sum(path.stat().st_size for path in paths)
        begin = time.perf_counter()
        merge(folders[0], [folders[1]])
        merged = time.perf_counter() - begin
        begin = time.perf_counter()
        found = len(Checkpoint(paths[0], {"analysis": source.stem}).done)
        read = time.perf_counter() - begin
    if found != n:
        msg = f"{n} pieces were written, {found} read"
        raise RuntimeError(msg)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"pieces": n, "bytes": size, "write_s": written, "merge_s": merged, "read_s": read, "peak_gib": peak}


@dataclass(frozen=True)
class Costs:
    """What a chunk costs the scheduler, and what a piece costs the store [s]; both do one thing at a time."""

    chunk_s: float
    piece_s: float


@dataclass(frozen=True)
class Simulated:
    """What came of a simulated run: shares of its time."""

    workers: int
    seconds: float
    chunk: int
    efficiency: float
    scheduler: float
    store: float


def simulate(workers: int, seconds: float, chunk: int, costs: Costs, *, chunks: int = 12, seed: int = 1) -> Simulated:
    """Simulate tasks of so many seconds on average (scattered by 30 %), in chunks, until every worker had its share.

    A worker that is done gets its next chunk from the scheduler, which serves one after the other; what it found goes
    to the store, whose line holds up nobody before the end. Efficiency is the share of the workers' time that goes into
    tasks, from when the last one has begun until the last chunk is handed out and all that was found by then is kept.
    """
    rng = np.random.default_rng(seed)
    spread = 0.3 / np.sqrt(chunk)

    def lengths(n: int) -> Any:
        return chunk * seconds * np.maximum(1 + spread * rng.standard_normal(n), 0.1)

    starts = costs.chunk_s * np.arange(1, workers + 1)
    working = list(zip(starts + lengths(workers), starts, strict=True))
    heapq.heapify(working)
    begin = scheduler = store = float(starts[-1])
    spells: list[tuple[float, float]] = []
    for length in lengths(workers * (chunks - 1)):
        done, started = heapq.heappop(working)
        spells.append((started, done))
        scheduler = max(scheduler, done) + costs.chunk_s
        store = max(store, done) + chunk * costs.piece_s
        heapq.heappush(working, (scheduler + length, scheduler))
    end = max(scheduler, store)
    spells += [(started, done) for done, started in working]
    # the workers are done with what was handed out while the store still writes
    within = sum(max(min(done, scheduler) - max(started, begin), 0.0) for started, done in spells)
    n, whole = workers * (chunks - 1), end - begin
    shares = within / (workers * whole), n * costs.chunk_s / whole, n * chunk * costs.piece_s / whole
    return Simulated(workers, seconds, chunk, *(min(share, 1.0) for share in shares))


def least_chunk(workers: int, seconds: float, costs: Costs) -> list[Simulated]:
    """Chunks of 1, 2, 5, 10, ... tasks until less than :data:`OVERHEAD` is lost; one where the store is behind."""
    found = []
    for chunk in (m * 10**e for e in range(4) for m in (1, 2, 5)):
        found.append(simulate(workers, seconds, chunk, costs))
        if found[-1].efficiency > 1 - OVERHEAD or workers * costs.piece_s > seconds:
            break
    return found


def main() -> None:
    """Measure, simulate, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toys", type=int, default=400)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--pieces", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "small.yaml"
        path.write_text(ANALYSIS)
        analysis = zf.load(path)
        toys = throughput(analysis, options.toys)
        idle = overhead(analysis, options.tasks)
        kept = store(path, options.pieces)
    print(f"{os.cpu_count()} cores\n\n| who | ms a toy | times this process |\n|---|---|---|")
    for who, seconds in toys.items():
        print(f"| {who} | {1e3 * seconds:.1f} | {toys['this process'] / seconds:.2f} |")
    print("\n| who | ms a task that does nothing |\n|---|---|")
    for who, seconds in idle.items():
        print(f"| {who} | {1e3 * seconds:.3f} |")
    print("\n| store | |\n|---|---|")
    for what, value in kept.items():
        print(f"| {what} | {value:.4g} |")
    costs = Costs(idle["Dask, 2 workers, 1 a chunk"], kept["write_s"] / kept["pieces"])
    print(f"\nsimulated, {1e3 * costs.chunk_s:.2f} ms a chunk, {1e3 * costs.piece_s:.3f} ms a piece in the store\n")
    heads = "workers", "s a task", "tasks a chunk", "time in tasks", "scheduler busy", "store busy"
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    simulated = [
        row for workers in (1000, 100_000) for seconds in (1.0, 10.0) for row in least_chunk(workers, seconds, costs)
    ]
    for row in simulated:
        shares = f"{row.efficiency:.3f} | {row.scheduler:.2f} | {row.store:.2f}"
        print(f"| {row.workers} | {row.seconds:g} | {row.chunk} | {shares} |")
    if options.json is not None:
        rows = [vars(row) for row in simulated]
        options.json.write_text(json.dumps({"toys": toys, "idle": idle, "store": kept, "simulated": rows}, indent=1))


if __name__ == "__main__":
    main()
