"""zprimefit evidence: nested sampling, and Bayes factors of two run folders."""

from pathlib import Path
from typing import Annotated, Any

import typer

from zprimefit.cli.progress import progress
from zprimefit.cli.runs import prepared
from zprimefit.cli.workers import RunArgument

MOST_LIVE = 100_000


def evidence(
    run_folder: RunArgument,
    live: Annotated[
        int, typer.Option(min=2, max=MOST_LIVE, help="live points: the error goes as the inverse root")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, help="seed of the run")] = 7,
    against: Annotated[
        Path | None, typer.Option(help="run folder of another model whose evidence is there: the Bayes factor too")
    ] = None,
) -> None:
    """Integrate the likelihood over the priors by nested sampling (zprimefit[nested]), for Bayes factors.

    An evidence of as many live points and the same seed that is there is not computed again.
    """
    from zprimefit.fitting.bayes_factor import bayes_factor, check_comparable, over_no_new_physics
    from zprimefit.fitting.evidence import null_of
    from zprimefit.scans.runs import Run

    other = None if against is None else _evidence_of(against)
    run = Run.open(run_folder)
    prepared(run)
    if other is not None:
        check_comparable(run.analysis.name, null_of(run.analysis), other)
    with progress("integrating over the priors") as report:
        found = run.evidence(live=live, seed=seed, progress=report.line)
    typer.echo(str(found))
    if found.says_null:
        typer.echo(str(over_no_new_physics(found)))
    if other is not None:
        typer.echo(str(bayes_factor(found, other)))


def _evidence_of(path: Path) -> Any:
    """Return the evidence of another folder, refused before the long work begins where there is none."""
    from zprimefit.scans.run_folder import RunFolderError
    from zprimefit.scans.runs import Run

    found = Run.open(path).read_evidence()
    if found is None:
        msg = f"--against {path}: holds no evidence yet; run `zprimefit evidence {path}` first"
        raise RunFolderError(msg)
    return found
