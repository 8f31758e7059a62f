"""The command line: one thin command per verb."""

import os
import sys

import typer

from zprimefit.cli import analysis, data, events, reproduce, runs, toys, workers
from zprimefit.cli.interrupts import how_to_go_on

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_CODES = "Exit codes: 0 done; 2 bad input, or a disk that refuses; 3 not converged; 130 interrupted."

app = typer.Typer(
    name="zprimefit",
    help="Global fits of light Z' models to the MiniBooNE excess, g-2 and the data that constrain them.",
    epilog=f"{EXIT_CODES} The first Ctrl-C lets the block at hand finish, the second stops at once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(runs.quickstart)
app.command()(analysis.init)
app.command()(analysis.check)
app.command("eval")(analysis.evaluate)
app.command()(runs.fit)
app.command()(runs.goodness)
app.command()(runs.profile)
app.command()(runs.scan)
app.command()(toys.toys)
app.command()(toys.calibrate)
app.command()(runs.sample)
app.command()(runs.plot)
app.command()(events.events)
app.command()(reproduce.reproduce)
app.command()(workers.merge)
app.command()(workers.slurm)
app.command()(workers.condor)
app.add_typer(data.app, name="data")


def main() -> None:
    """Run a command; it ends with one of `EXIT_CODES`."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    try:
        app()
    except SystemExit as exit_:
        # An interrupt arrives here as exit code 130.
        if exit_.code == EXIT_INTERRUPTED:
            sys.stderr.write(f"{how_to_go_on(sys.argv[1:])}\n")
        raise
    except Exception as error:
        # What a user can mend is told in one line; the traceback is a variable away.
        if os.environ.get("ZPRIMEFIT_TRACEBACK"):
            raise
        sys.stderr.write(f"zprimefit: {_told(error)}\n")
        raise SystemExit(EXIT_BAD_INPUT) from None


EXPECTED = (ValueError, TypeError, KeyError, OSError, RuntimeError, ModuleNotFoundError)
LIST = "\n  "
"""Before each line of what differs: the only messages of more than one line."""


def _told(error: Exception) -> str:
    """One line for people, without control characters; an error that no check foresaw says so."""
    from zprimefit.names import one_line

    reason = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    if not isinstance(error, EXPECTED) or isinstance(error, RecursionError):
        advice = "this is a mistake of the program: please report it; ZPRIMEFIT_TRACEBACK=1 shows where"
        reason = f"{type(error).__name__}: {reason}; {advice}"
    return LIST.join(map(one_line, reason.split(LIST)))
