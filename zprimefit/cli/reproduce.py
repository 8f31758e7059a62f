"""zprimefit reproduce: the papers' figures and printed numbers."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zprimefit.cli.formats import Format, FormatOption
from zprimefit.cli.progress import progress


class Paper(StrEnum):
    """A: arXiv:2006.01948. B: Hammad, Rashed, Moretti 2022."""

    A = "A"
    B = "B"


def reproduce(
    target: Annotated[
        str,
        typer.Argument(
            help="of A: fig2, fig4 to fig9, numbers, options, acceptance, elsewhere; "
            "of B: fig1, fig3, fig5, fig6, numbers; or all"
        ),
    ] = "all",
    paper: Annotated[
        Paper, typer.Option(case_sensitive=False, help="A: arXiv:2006.01948; B: Hammad, Rashed, Moretti 2022")
    ] = Paper.A,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="folder; figures and tables go into a folder for each paper in it")
    ] = Path("zprimefit-reproduced"),
    format_: FormatOption = Format.png,
    json_: Annotated[bool, typer.Option("--json", help="print the numbers as JSON (target numbers)")] = False,
) -> None:
    """Compute figures and printed numbers of a paper beside what it prints."""
    import matplotlib as mpl

    mpl.use("Agg")
    from zprimefit.report.reproduce.printed import number_json
    from zprimefit.report.reproduce.targets import NUMBERS, TARGETS, check_target, reproduce

    if target != "all":
        check_target(target, paper)
    if json_ and target != "numbers":
        msg = f"--json belongs to the target numbers, not to {target!r}; the others write CSV"
        raise ValueError(msg)
    with progress(f"reproducing {target} of paper {paper}") as report:
        if json_:
            typer.echo(number_json(NUMBERS[paper](report)))
            return
        for name in TARGETS[paper] if target == "all" else (target,):
            paths, text = reproduce(name, output / paper, report, paper=paper, kind=format_)
            if text:
                typer.echo(f"{text}\n")
            for path in paths:
                typer.echo(f"  {path}")
