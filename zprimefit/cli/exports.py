"""zprimefit bib, export: what a run rests on, and its results as other programs take them."""

from pathlib import Path
from typing import Annotated

import typer

from zprimefit.cli.workers import RunArgument


def bib(
    source: Annotated[str, typer.Argument(help="run folder, analysis file or packaged name")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="file to write instead of printing")] = None,
) -> None:
    """Print what a run or analysis used as BibTeX, with a sentence that says what is cited for what."""
    import zprimefit
    from zprimefit.files import write_atomic
    from zprimefit.report.citations import citations
    from zprimefit.scans.run_folder import PROVENANCE
    from zprimefit.scans.runs import Run

    if (Path(source) / PROVENANCE).exists():
        run = Run.open(source)
        found = citations(run.analysis, run)
    else:
        found = citations(zprimefit.load(source))
    if output is None:
        typer.echo(str(found), nl=False)
    else:
        write_atomic(output, str(found))
        typer.echo(f"wrote {output}: {len(found.entries)} entries, {len(found.unconfirmed)} unconfirmed")


def export(
    run_folder: RunArgument,
    to: Annotated[str, typer.Option(help="csv, hepdata, arviz, getdist, card: one or several, separated by commas")],
    at: Annotated[
        str | None, typer.Option(help="point of the card: 'defaults', a benchmark or a YAML file; best fit if none")
    ] = None,
) -> None:
    """Write results as other programs take them into the run folder's export/."""
    from zprimefit.report.export import chosen, export_run
    from zprimefit.scans.runs import Run

    formats = chosen(to)
    for path in export_run(Run.open(run_folder), formats, at=at):
        typer.echo(f"  {path}")
