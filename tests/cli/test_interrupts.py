"""Ctrl-C in real processes: the first finishes the block and says how to go on, the second stops at once."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from commands import SMALL, done

from zprimefit.cli.interrupts import ASKED, how_to_go_on, interruptible

# A shell that puts work into the background makes it ignore Ctrl-C, and its children inherit that.
CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["zprimefit", *sys.argv[1:]]
from zprimefit.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A run folder with a fit."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "small.yaml").write_text(SMALL)
    done("fit", folder / "small.yaml", "-o", folder / "run", "--starts", 2)
    return folder / "run"


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"JAX_PLATFORMS": "cpu"} | environment,
    )  # fmt: skip


def wait_until(true, child, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def lines_of(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.slow
def test_ctrl_c_finishes_the_block_and_names_the_command_that_goes_on(fitted):
    arguments = ["toys", fitted, "y_mu=6e-4", "--n", "100000"]
    child = start(*arguments)
    wait_until(lambda: any(lines_of(p) > 3 for p in fitted.glob("toys/*.toys.jsonl")), child)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=120)
    assert (child.returncode, out) == (130, "")
    said = err.splitlines()
    assert said[:2] == ["preparing", "drawing and fitting toys"]
    assert ASKED in said
    command = f"zprimefit toys {fitted} y_mu=6e-4 --n 100000"
    assert said[-1] == f"interrupted; every finished block is kept. Go on with: {command}"
    (points,) = fitted.glob("toys/*.toys.jsonl")
    finished = points.read_bytes()
    assert finished.endswith(b"\n")
    assert (fitted / "run.log").read_text().splitlines()[-1].endswith("toys of y_mu: interrupted")
    done("toys", fitted, "y_mu=6e-4", "--n", finished.count(b"\n"))
    assert points.read_bytes().startswith(finished)


@pytest.mark.slow
def test_second_ctrl_c_stops_within_the_block(fitted):
    child = start("sample", fitted, "--walkers", 64, "--until", "steps", "--steps", 1_000_000)
    wait_until(lambda: list(fitted.glob("chain/segment_*.h5")), child)
    child.send_signal(signal.SIGINT)
    time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err.splitlines()[-1].startswith("interrupted; every finished block is kept. Go on with: zprimefit sample ")
    assert err.splitlines()[-1].endswith(" --steps 1000000 --resume")
    assert not list(fitted.glob("chain/.*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "begun", "on"),
    [
        ("profile {} y_mu --range 4e-4:9e-4 --n 60", "profiles/*.jsonl", ""),
        ("sample {} --until steps --steps 1000000", "chain/segment_*.h5", " --resume"),
        ("evidence {} --live 100000", "run.log", None),
    ],
    ids=["profile", "sample", "evidence"],
)
def test_ctrl_c_held_down_until_the_end_changes_nothing_of_what_is_said(fitted, tmp_path, arguments, begun, on):
    run = shutil.copytree(fitted, tmp_path / "run", ignore=shutil.ignore_patterns("chain", "profiles", "run.log"))
    child = start(*arguments.format(run).split())
    wait_until(lambda: list(run.glob(begun)), child)
    while child.poll() is None:
        child.send_signal(signal.SIGINT)
        time.sleep(0.01)
    out, err = child.communicate()
    assert (child.returncode, out) == (130, "")
    assert "Traceback" not in err
    kept = "begin again with: " if on is None else "every finished block is kept. Go on with: "
    assert err.splitlines()[-1] == f"interrupted; {kept}zprimefit {arguments.format(run)}{on or ''}"
    assert not list(run.rglob(".*"))


# -- in this process --------------------------------------------------------------------------------------------------


@pytest.fixture
def ctrl_c():
    """Ctrl-C as on a terminal; this process would otherwise ignore it when it runs in the background."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


def blocks(reached, *, press, times=1, n=2):
    """A step of so many blocks, with Ctrl-C in the block `press`."""
    with interruptible() as interrupts:
        for k in range(n):
            for _ in range(times if k == press else 0):
                press_ctrl_c()
            reached.append(k)
            if k < n - 1:
                interrupts.check()


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("press", "times", "finished"),
    [(0, 1, [0]), (0, 2, []), (1, 1, [0, 1]), (1, 2, [0])],
    ids=["first block", "first block twice", "last block, before a next step", "last block twice"],
)
def test_first_ctrl_c_waits_for_the_end_of_the_block_and_the_second_does_not(ctrl_c, capsys, press, times, finished):
    reached = []
    with pytest.raises(KeyboardInterrupt):
        blocks(reached, press=press, times=times)
    assert reached == finished
    assert capsys.readouterr().err == f"\n{ASKED}\n"


def block_that_drops(make, finished):
    """A block with Ctrl-C, then an object that goes, then ten seconds."""
    press_ctrl_c()
    dropped = make()
    del dropped
    for _ in range(1000):
        time.sleep(0.01)
    finished.append(True)


def test_interrupt_that_compiled_code_swallows_is_raised_again(ctrl_c, capsys):
    class Swallowing:
        def __del__(self):  # what it raises goes the way of what C functions raise that cannot
            press_ctrl_c()

    finished = []
    with pytest.raises(KeyboardInterrupt), interruptible():
        block_that_drops(Swallowing, finished)
    assert not finished
    assert capsys.readouterr().err == f"\n{ASKED}\n"


def test_ctrl_c_while_a_swallowed_exception_is_told_is_raised_when_that_is_done(ctrl_c, capsys, monkeypatch):
    class Failing:
        def __del__(self):
            raise OSError

    told, finished = [], []

    def tell(swallowed):
        press_ctrl_c()
        told.append(swallowed.exc_type)

    monkeypatch.setattr(sys, "unraisablehook", tell)
    with pytest.raises(KeyboardInterrupt), interruptible():
        block_that_drops(Failing, finished)
    assert (told, finished) == ([OSError], [])
    assert capsys.readouterr().err == f"\n{ASKED}\n"


def test_afterwards_ctrl_c_is_what_it_was(ctrl_c):
    with interruptible():
        pass
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c()


def test_ctrl_c_that_is_ignored_stays_so(ctrl_c):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible() as interrupts:
        press_ctrl_c()
    assert not interrupts.asked


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("profile runs/a m_zprime", "every finished block is kept. Go on with: zprimefit profile runs/a m_zprime"),
        ("sample runs/a", "every finished block is kept. Go on with: zprimefit sample runs/a --resume"),
        ("sample runs/a --resume", "every finished block is kept. Go on with: zprimefit sample runs/a --resume"),
        ("sample runs/a --method hmc", "begin again with: zprimefit sample runs/a --method hmc"),
        ("fit a.yaml -o runs/a", "begin again with: zprimefit fit a.yaml -o runs/a"),
    ],
)
def test_command_that_goes_on(arguments, said):
    assert how_to_go_on(arguments.split()) == f"interrupted; {said}"


def test_command_that_goes_on_can_be_pasted():
    said = how_to_go_on(["toys", "my run", "m_zprime=30 MeV"])
    assert said.endswith("Go on with: zprimefit toys 'my run' 'm_zprime=30 MeV'")
