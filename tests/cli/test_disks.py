"""Disks that are full, read-only or limited, locked files, clocks that jump: a clear line, and nothing is harmed."""

import fcntl
import resource
import shutil
import subprocess
import time
from contextlib import ExitStack
from datetime import datetime

import jax
import pytest
from commands import SMALL, cli, done

from zprimefit.scans import run_folder

STEPS = {
    "profile": ("profile", "y_mu", "--range", "4e-4:9e-4", "--n", 40, "--starts", 0),
    "scan": ("scan", "y_mu", "y_etau_taue", "--n", "5x5", "--starts", 0),
    "toys": ("toys", "y_mu=6e-4", "--n", 40),
    "sample": ("sample", "--walkers", 8, "--until", "steps", "--steps", 200, "--resume"),
}
HALF = {"toys": ("--n", 20), "sample": ("--steps", 100)}


def command(step, run):
    verb, *rest = STEPS[step]
    return verb, run, *rest


def contents(run):
    return {p.relative_to(run): p.read_bytes() for p in run.rglob("*") if p.is_file() and p.name != "run.log"}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A run folder with a fit."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "small.yaml").write_text(SMALL)
    done("fit", folder / "small.yaml", "-o", folder / "run", "--starts", 2)
    return folder / "run"


@pytest.fixture(scope="module")
def undisturbed(fitted, tmp_path_factory):
    """What each step leaves on a good disk."""
    found = {}
    for step in STEPS:
        run = shutil.copytree(fitted, tmp_path_factory.mktemp(step) / "run")
        done(*command(step, run))
        found[step] = contents(run)
    return found


class Disk:
    """A disk of 2 MB of its own, in memory."""

    def __init__(self, path):
        self.path = path

    def fill(self, leave):
        """Fill it up to some bytes."""
        with (self.path / "ballast").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                ballast.truncate(ballast.tell() - leave)

    def make_room(self):
        (self.path / "ballast").unlink()

    def remount(self, mode):
        subprocess.run(["mount", "-o", f"remount,{mode}", self.path], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    yield Disk(path)
    subprocess.run(["umount", path], check=True)


@pytest.fixture
def limited():
    """A limit on the size of files, in bytes; compiled code, which would meet it too, is not kept meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    least = jax.config.jax_persistent_cache_min_compile_time_secs
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 1e9)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", least)


def refusal(result, path, said):
    """Check that a command was refused in one line about a file in `path`."""
    message = result.err.splitlines()[-1]
    assert (result.code, result.out) == (2, "")
    assert message.startswith(f"zprimefit: {path}/"), message
    assert f": cannot be written {said}" in message
    assert "What was finished before is kept" in message
    assert sum("zprimefit: " in line for line in result.err.splitlines()) == 1


FULL = "(No space left on device); make room on that disk."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "leave", "kept"),
    [
        ("profile", 8192, "profiles/*.jsonl"),
        ("scan", 0, None),
        ("toys", 8192, "toys/*.jsonl"),
        ("sample", 8192, None),
        ("sample", 65536, "chain/segment_*.h5"),
    ],
)
def test_full_disk_stops_with_a_line_and_once_there_is_room_the_command_goes_on(
    disk, fitted, undisturbed, step, leave, kept
):
    run = shutil.copytree(fitted, disk.path / "run")
    (run / "run.log").write_bytes(b"")  # what is left of its page would take a line more
    disk.fill(leave)
    refusal(cli(*command(step, run)), run, FULL.removesuffix("."))
    assert bool(kept and list(run.glob(kept))) == bool(kept)
    disk.make_room()
    done(*command(step, run))
    assert contents(run) == undisturbed[step]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["profile", "sample"])
def test_limit_on_the_size_of_files_is_told_and_nothing_is_harmed(fitted, undisturbed, tmp_path, limited, step):
    run = shutil.copytree(fitted, tmp_path / "run")
    limited(3000)
    result = cli(*command(step, run))
    limited(resource.RLIM_INFINITY)
    refusal(result, run, "(File too large); raise the limit on the size of files (ulimit -f)")
    done(*command(step, run))
    assert contents(run) == undisturbed[step]


def test_full_disk_at_a_fit_leaves_no_half_folder(disk, fitted, tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    disk.fill(4096)
    result = cli("fit", tmp_path / "small.yaml", "-o", disk.path / "new", "--starts", 1)
    assert result.code == 2
    assert result.err.splitlines()[-1] == (
        f"zprimefit: {disk.path / 'new'}: cannot be written {FULL} What was finished before is kept"
    )
    assert [p.name for p in disk.path.iterdir()] == ["ballast"]


def test_read_only_disk_is_told_before_any_work(disk, fitted):
    run = shutil.copytree(fitted, disk.path / "run")
    before = contents(disk.path)
    disk.remount("ro")
    for step in STEPS:
        said = "(Read-only file system); choose a folder on a disk that can be written"
        refusal(cli(*command(step, run)), run, said)
    assert done("goodness", run) == (run / "goodness.txt").read_text()
    disk.remount("rw")
    assert contents(disk.path) == before


def test_figures_on_a_full_disk_are_told(disk, fitted):
    run = shutil.copytree(fitted, disk.path / "run")
    done("profile", run, "y_mu", "--n", 5, "--starts", 0)
    disk.fill(0)
    refusal(cli("plot", run), run / "figures", FULL.removesuffix("."))
    disk.make_room()
    done("plot", run)


# -- locks and clocks -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("step", ["toys", "sample"])
def test_files_that_another_program_has_locked_and_a_clock_that_jumps_change_no_number(
    fitted, undisturbed, tmp_path, monkeypatch, step
):
    now, jumps = time.time(), iter(range(10**9))

    def jumping():
        k = next(jumps)
        return now + (-1) ** k * 40_000_000.0 * (k % 7)

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(jumping(), tz)

    run = shutil.copytree(fitted, tmp_path / "run")
    done(*command(step, run), *HALF[step])
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "TRUE")
    monkeypatch.setattr(time, "time", jumping)
    monkeypatch.setattr(run_folder, "datetime", Clock)
    with ExitStack() as locked:
        for path in run.rglob("*"):
            if path.is_file():
                fcntl.flock(locked.enter_context(path.open("rb")), fcntl.LOCK_EX)
        done(*command(step, run))
    assert next(jumps) > 2
    assert contents(run) == undisturbed[step]
