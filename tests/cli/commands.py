"""The command line run in this process, as its entry point does, and a small analysis for it."""

import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO

import pytest

from zprimefit.cli.main import main

FIXED = ("m_zprime", "m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta")
SMALL = (
    "name: small\nmodel: {name: z2hdm}\ncomponents:\n  delta-a-mu: {}\n  delta-a-e: {reference: Rb_2023}\nparameters:\n"
    + "".join(f"  {name}: {{free: false}}\n" for name in FIXED)
    + "  y_mu: {bounds: [1e-5, 1e-2]}\n"
)


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


def cli(*arguments):
    """Run the command in this process, as its entry point does."""
    out, err, on_ctrl_c = StringIO(), StringIO(), signal.getsignal(signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["zprimefit", *map(str, arguments)])
        patch.setenv("JAX_PLATFORMS", "cpu")
        patch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as exit_:
            main()
    signal.signal(signal.SIGINT, on_ctrl_c)
    return Result(exit_.value.code or 0, out.getvalue(), err.getvalue())


def done(*arguments):
    result = cli(*arguments)
    assert result.code == 0, result.err
    return result.out


def refused(*arguments):
    """Message of a command that is refused: one line and exit code 2."""
    result = cli(*arguments)
    assert (result.code, result.out) == (2, "")
    message = result.err.splitlines()[-1]
    assert message.startswith("zprimefit: ")
    return message.removeprefix("zprimefit: ")
