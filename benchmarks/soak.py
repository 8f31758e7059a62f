"""Runs that are killed at random moments and resumed until they are done, beside runs that were left alone.

    python benchmarks/soak.py --kills 20 --seed 1 --steps profile,scan,toys,chain --json soak.json
    python benchmarks/soak.py --kills 20 --seed 1 --steps profile,scan,toys --workers 2

Every step is a real process of the command line. It gets SIGKILL at seeded moments, most of them after its work has
begun, is started again with the same command, and in the end every file of its run folder but the log is compared byte
by byte with that of a run that nobody killed. A block that was finished when the process died must be there in the end
as it was. With ``--workers`` the runs that are killed share their work among so many processes, the one that is left
alone does not; lines of a checkpoint may then come in any order, and processes that outlive the one that started them
are counted. Exit code 1 if anything differs, is lost or lives on.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil

FIXED = ("m_zprime", "m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta")
ANALYSIS = (
    "name: soak\nmodel: {name: z2hdm}\ncomponents:\n  delta-a-mu: {}\n  delta-a-e: {reference: Rb_2023}\nparameters:\n"
    + "".join(f"  {name}: {{free: false}}\n" for name in FIXED)
    + "  y_mu: {bounds: [1e-5, 1e-2]}\n"
)
STEPS = {
    "profile": ("profile", "{run}", "y_mu", "--n", "{amount}"),
    "scan": ("scan", "{run}", "y_mu", "y_etau_taue", "--n", "{amount}", "--starts", "0"),
    "toys": ("toys", "{run}", "y_mu=6e-4", "--n", "{amount}"),
    "chain": ("sample", "{run}", "--walkers", "8", "--until", "steps", "--steps", "{amount}", "--resume"),
}
AMOUNTS = {"profile": "120", "scan": "9x9", "toys": "80", "chain": "1000"}
SHARED = {"profile": "1200", "scan": "27x27", "toys": "500"}
"""What workers share: they take longer to start than the other amounts take to do."""
EARLY = 0.2
"""Share of the kills at any moment since the start of the process; the others come after its work has begun."""
LIMIT_S = 300.0
"""A process that takes longer hangs."""
GRACE_S = 90.0
"""Within this a worker notices that its parent is dead; one that has just begun has its libraries to load first."""
COLUMNS = ("kills", "with blocks", "runs", "blocks kept", "lost", "differing", "children", "living on")
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}")


@dataclass
class Tally:
    """What came of one step: kills, runs that were compared, and what was wrong with them."""

    step: str
    kills: int = 0
    within: int = 0
    runs: int = 0
    blocks: int = 0
    lost: int = 0
    differing: int = 0
    children: int = 0
    living_on: int = 0

    @property
    def sound(self) -> bool:
        return not (self.lost or self.differing or self.living_on)


@dataclass(frozen=True)
class Workshop:
    """The folder where all of it happens."""

    path: Path
    workers: int = 0

    def start(self, step: str, run: Path, *, alone: bool = False) -> subprocess.Popen:
        amount = (SHARED if self.workers else AMOUNTS)[step]
        arguments = [part.format(run=run, amount=amount) for part in STEPS[step]]
        workers = ["--workers", str(self.workers)] if self.workers and not alone else []
        return self.zprimefit(*arguments, *workers)

    def zprimefit(self, *arguments: str) -> subprocess.Popen:
        environment = os.environ | {"ZPRIMEFIT_CACHE": str(self.path / "cache"), "JAX_PLATFORMS": "cpu"}
        # A killed process may leave half an entry in the cache of compiled code: in nobody else's.
        environment.pop("JAX_COMPILATION_CACHE_DIR", None)
        command = [sys.executable, "-m", "zprimefit", *arguments]
        with (self.path / "err.txt").open("wb") as err:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err, env=environment
            )

    def finish(self, child: subprocess.Popen) -> None:
        code = child.wait(LIMIT_S)
        if code:
            told = (self.path / "err.txt").read_text()
            msg = f"{' '.join(child.args)} ended with exit code {code}:\n{told}"
            raise RuntimeError(msg)

    def contents(self, run: Path) -> dict[str, bytes]:
        """All files of a run but its log and what a killed process was just writing.

        The lines of checkpoints are sorted where workers share the work: they finish their pieces in any order.
        """
        files = (p for p in run.rglob("*") if p.is_file() and p.name != "run.log" and not TEMPORARY.fullmatch(p.name))
        found = {str(p.relative_to(run)): p.read_bytes() for p in files}
        if self.workers:
            found |= {n: b"".join(sorted(data.splitlines(True))) for n, data in found.items() if n.endswith(".jsonl")}
        return found


def blocks(run: Path) -> dict[tuple[str, int], tuple]:
    """Finished blocks of a run: lines of its checkpoints, and segments of its chain with the time of their making."""
    found: dict[tuple[str, int], tuple] = {}
    for path in run.rglob("*.jsonl"):
        data = path.read_bytes()
        for k, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines()):
            found[str(path.relative_to(run)), k] = (line,)
    for path in run.rglob("segment_*.h5"):
        found[str(path.relative_to(run)), 0] = (path.read_bytes(), path.stat().st_mtime_ns)
    return found


def different(found: dict[str, bytes], expected: dict[str, bytes]) -> int:
    """Number of files that differ or are in one of two runs only."""
    return sum(found.get(name) != expected.get(name) for name in {*found, *expected})


def wait_for_work(child: subprocess.Popen, log: Path) -> None:
    """Wait until the step has begun: its first line is in the log."""
    size, deadline = log.stat().st_size, time.monotonic() + LIMIT_S
    while child.poll() is None and log.stat().st_size == size:
        if time.monotonic() > deadline:
            msg = f"{' '.join(child.args)} did not begin within {LIMIT_S:g} s"
            raise RuntimeError(msg)
        time.sleep(0.005)


def ended(process: psutil.Process) -> bool:
    """Whether a process has ended, be it that nobody has asked for its exit code yet."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def killed(child: subprocess.Popen, seconds: float, tally: Tally) -> bool:
    """Kill it after some seconds, unless it has ended by then, and see whether what it started ends too."""
    children: list[psutil.Process] = []
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(signal.SIGKILL)
        child.wait()
    deadline = time.monotonic() + GRACE_S
    while (living := [c for c in children if not ended(c)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    tally.children += len(children)
    tally.living_on += len(living)
    for process in living:
        process.kill()
    return child.returncode == -signal.SIGKILL


def left_alone(work: Workshop, step: str, run: Path, *, alone: bool) -> tuple[float, float]:
    """Do a step without killing it: seconds until its work began, and of its work."""
    shutil.copytree(work.path / "fitted", run)
    begin = time.monotonic()
    child = work.start(step, run, alone=alone)
    wait_for_work(child, run / "run.log")
    loading = time.monotonic() - begin
    work.finish(child)
    return loading, time.monotonic() - begin - loading


def soak(work: Workshop, step: str, kills: int, rng: np.random.Generator) -> Tally:
    """Kill and resume one step until it was killed so often, and compare."""
    whole, run, tally = work.path / f"{step}-whole", work.path / f"{step}-killed", Tally(step)
    loading, working = left_alone(work, step, whole, alone=True)
    expected = work.contents(whole)
    if work.workers:
        shared = work.path / f"{step}-shared-whole"
        loading, working = left_alone(work, step, shared, alone=False)
        tally.runs += 1
        tally.differing += different(work.contents(shared), expected)
    while tally.kills < kills:
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(work.path / "fitted", run)
        at_kills: dict[tuple[str, int], tuple] = {}
        while True:
            child = work.start(step, run)
            within = bool(rng.random() > EARLY) or tally.kills >= kills
            if within:
                wait_for_work(child, run / "run.log")
            if tally.kills >= kills:
                break
            if not killed(child, rng.uniform(0.0, 0.6 * working if within else loading + working), tally):
                break
            tally.kills += 1
            at_kills |= blocks(run)
            tally.within += len(blocks(run)) > 0
        work.finish(child)
        found, finished = work.contents(run), blocks(run)
        tally.runs += 1
        tally.blocks += len(at_kills)
        tally.lost += sum(finished.get(key) != block for key, block in at_kills.items())
        tally.differing += different(found, expected)
    return tally


def row(step: str, *cells: str) -> str:
    """Line of the table."""
    return f"{step:8}" + "".join(f"{cell:>{len(title) + 2}}" for cell, title in zip(cells, COLUMNS, strict=True))


def main() -> int:
    """Soak every step, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="of every step, at least")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--steps", default=",".join(STEPS), help="which ones")
    parser.add_argument("--workers", type=int, default=0, help="processes that share the work of the runs killed")
    parser.add_argument("--json", type=Path, help="file for the table")
    options = parser.parse_args()
    steps = options.steps.split(",")
    if options.workers and not set(steps) <= set(SHARED):
        parser.error(f"--workers: only {', '.join(SHARED)} take them; name some by --steps")
    with tempfile.TemporaryDirectory(prefix="zprimefit-soak-") as name:
        work = Workshop(Path(name), options.workers)
        (work.path / "soak.yaml").write_text(ANALYSIS)
        work.finish(work.zprimefit("fit", str(work.path / "soak.yaml"), "-o", str(work.path / "fitted")))
        tallies = []
        print(row("step", *COLUMNS))
        for k, step in enumerate(steps):
            t = soak(work, step, options.kills, np.random.default_rng([options.seed, k]))
            kept = t.blocks - t.lost
            numbers = (t.kills, t.within, t.runs, kept, t.lost, t.differing, t.children, t.living_on)
            print(row(step, *map(str, numbers)), flush=True)
            tallies.append(t)
        outside = sorted(
            p.name for p in work.path.iterdir() if not p.name.endswith(("-whole", "-killed")) and not p.is_file()
        )
        if outside != ["cache", "fitted"]:
            print(f"written outside the run folders: {outside}")
            return 1
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(t) for t in tallies]) + "\n")
    return 0 if all(t.sound for t in tallies) else 1


if __name__ == "__main__":
    sys.exit(main())
