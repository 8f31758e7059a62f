"""Ctrl-C: the first lets the block at hand finish, the second stops at once; and the command that goes on."""

import _thread
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import FrameType, TracebackType

ASKED = "interrupt: the block at hand is finished first; Ctrl-C again stops at once"
RESUMED = ("profile", "scan", "toys", "calibrate", "sample", "quickstart")
"""Verbs that go on where they stopped."""


class Interrupts:
    """What Ctrl-C does while a long step runs; see :func:`interruptible`."""

    def __init__(self) -> None:
        self.asked = False

    def handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  (signal's signature)
        """Take note of the first Ctrl-C, and raise on the second."""
        if self.asked and not _in_hook(frame):
            raise KeyboardInterrupt
        if self.asked:
            _interrupt_soon()
            return
        self.asked = True
        sys.stderr.write(f"\n{ASKED}\n")
        sys.stderr.flush()

    def check(self) -> None:
        """Stop here, where a block is finished, if that was asked for."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interrupts]:
    """Context in which Ctrl-C waits for the next :meth:`Interrupts.check`; its end is one."""
    interrupts = Interrupts()
    # Who runs this in the background or in a thread of their own has decided about Ctrl-C already.
    on_terminal = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    ours = on_terminal and threading.current_thread() is threading.main_thread()
    with _handling(interrupts) if ours else nullcontext():
        yield interrupts
    interrupts.check()


@contextmanager
def _handling(interrupts: Interrupts) -> Iterator[None]:
    """Context in which Ctrl-C is handled, by compiled code of libraries too."""
    handler, swallow, tell = signal.getsignal(signal.SIGINT), sys.unraisablehook, sys.excepthook

    def raise_again(swallowed: "sys.UnraisableHookArgs") -> None:
        # what swallowed it went on, and its result is not to be trusted
        if isinstance(swallowed.exc_value, KeyboardInterrupt):
            _interrupt_soon()
        else:
            swallow(swallowed)

    def tell_other(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        # such code tells what it swallows
        if not isinstance(error, KeyboardInterrupt):
            tell(kind, error, trace)

    signal.signal(signal.SIGINT, interrupts.handle)
    sys.unraisablehook, sys.excepthook = raise_again, tell_other
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        sys.unraisablehook, sys.excepthook = swallow, tell


def _in_hook(frame: FrameType | None) -> bool:
    """Whether a frame belongs to what tells of exceptions that go nowhere: one raised there would be printed itself."""
    hooks = [getattr(hook, "__code__", None) for hook in (sys.unraisablehook, sys.excepthook)]
    while frame is not None and frame.f_code not in hooks:
        frame = frame.f_back
    return frame is not None


def _interrupt_soon() -> None:
    threading.Timer(0.01, _thread.interrupt_main).start()


def how_to_go_on(arguments: Sequence[str]) -> str:
    """Tell the command that goes on after an interruption.

    >>> how_to_go_on(["sample", "runs/a", "--seed", "7"])
    'interrupted; every finished block is kept. Go on with: zprimefit sample runs/a --seed 7 --resume'
    >>> how_to_go_on(["fit", "my file.yaml", "-o", "runs/a"])
    "interrupted; begin again with: zprimefit fit 'my file.yaml' -o runs/a"
    """
    verb = next((a for a in arguments if not a.startswith("-")), "")
    along_gradient = "--method=hmc" in arguments or "hmc" in arguments
    command = ["zprimefit", *arguments]
    if verb not in RESUMED or (verb == "sample" and along_gradient):
        return f"interrupted; begin again with: {shlex.join(command)}"
    if verb == "sample" and "--resume" not in arguments:
        command.append("--resume")
    return f"interrupted; every finished block is kept. Go on with: {shlex.join(command)}"
