"""The command line: one thin command per verb."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from zprimefit import __version__
from zprimefit.cli import analysis, data, events, evidence, explore, exports, reproduce, runs, toys, verdict, workers
from zprimefit.cli.interrupts import how_to_go_on

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_CODES = "Exit codes: 0 done; 2 bad input, or a disk that refuses; 3 not converged; 130 interrupted."

app = typer.Typer(
    name="zprimefit",
    help="Global fits of light Z' models to the MiniBooNE excess, g-2 and the data that constrain them.",
    epilog=f"{EXIT_CODES} The first Ctrl-C lets the block at hand finish, the second stops at once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
COMMANDS: tuple[tuple[str, Callable[..., None], str], ...] = (
    ("quickstart", runs.quickstart, "quickstart -o first-run"),
    ("init", analysis.init, "init z2hdm-miniboone -o analysis.yaml"),
    ("check", analysis.check, "check z2hdm-miniboone --data current"),
    ("eval", analysis.evaluate, "eval z2hdm-global --at table1 --set m_zprime='750 MeV'"),
    ("explore", explore.explore, "explore z2hdm-miniboone --port 5006"),
    ("fit", runs.fit, "fit analysis.yaml -o runs/a --starts 32 --seed 1"),
    ("goodness", runs.goodness, "goodness runs/a --group excess=miniboone --group others=rest"),
    ("profile", runs.profile, "profile runs/a m_zprime --range '30 MeV:2 GeV' --n 60"),
    ("scan", runs.scan, "scan runs/a m_zprime g_B --n 11x11 --refine 2"),
    ("toys", toys.toys, "toys runs/a m_zprime='30 MeV' --n 1000"),
    ("calibrate", toys.calibrate, "calibrate runs/a m_zprime --points 8 --n 200"),
    ("sample", runs.sample, "sample runs/a --until converged --max-steps 20000 --seed 7"),
    ("evidence", evidence.evidence, "evidence runs/a --against runs/b"),
    ("plot", runs.plot, "plot runs/a --format pdf"),
    ("report", runs.report, "report runs/a"),
    ("bib", exports.bib, "bib runs/a"),
    ("export", exports.export, "export runs/a --to csv,hepdata,arviz,getdist,card"),
    ("events", events.events, "events z2hdm-miniboone --at table1 -n 10000 --seed 1 -o table1.hepmc"),
    ("verdict", verdict.verdict, "verdict --model z2hdm --data current"),
    ("reproduce", reproduce.reproduce, "reproduce numbers --paper B --json"),
    ("merge", workers.merge, "merge runs/a runs/b"),
    ("slurm", workers.slurm, "slurm runs/a --workers 100"),
    ("condor", workers.condor, "condor runs/a --workers 100"),
)
"""Name, what it does, and an example for its help."""

for _name, _command, _example in COMMANDS:
    app.command(_name, epilog=f"Example: zprimefit {_example}")(_command)
app.add_typer(data.app, name="data")


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"zprimefit {__version__}")
        raise typer.Exit


@app.callback()
def _every_command(
    _: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options that need no command."""


def main() -> None:
    """Run a command; it ends with one of `EXIT_CODES`."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    try:
        app()
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as exit_:
        # An interrupt arrives here as exit code 130.
        if exit_.code == EXIT_INTERRUPTED:
            _interrupted()
        raise
    except Exception as error:
        # What a user can mend is told in one line; the traceback is a variable away.
        if os.environ.get("ZPRIMEFIT_TRACEBACK"):
            raise
        sys.stderr.write(f"zprimefit: {_told(error)}\n")
        raise SystemExit(EXIT_BAD_INPUT) from None


def _interrupted() -> NoReturn:
    """End; Ctrl-C can only disturb the tidying up from here on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write(f"{how_to_go_on(sys.argv[1:])}\n")
    raise SystemExit(EXIT_INTERRUPTED)


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
