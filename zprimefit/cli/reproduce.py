"""zprimefit reproduce: the papers' figures and printed numbers."""

from pathlib import Path
from typing import Annotated

import typer

from zprimefit.cli.progress import progress


def reproduce(
    target: Annotated[
        str, typer.Argument(help="fig2, fig4 to fig8, numbers, options, acceptance, elsewhere, or all")
    ] = "all",
    output: Annotated[Path, typer.Option("--output", "-o", help="folder for figures and tables")] = Path(
        "zprimefit-reproduced"
    ),
    json_: Annotated[bool, typer.Option("--json", help="print the numbers as JSON (target numbers)")] = False,
) -> None:
    """Compute figures and printed numbers of arXiv:2006.01948 again, beside what the paper prints."""
    import matplotlib as mpl

    mpl.use("Agg")
    from zprimefit.report.reproduce.numbers import printed_numbers
    from zprimefit.report.reproduce.targets import TARGETS, number_json, reproduce

    if json_ and target != "numbers":
        msg = f"--json belongs to the target numbers, not to {target!r}; the others write CSV"
        raise ValueError(msg)
    with progress(f"reproducing {target}") as report:
        if json_:
            typer.echo(number_json(printed_numbers(report)))
            return
        for name in TARGETS if target == "all" else (target,):
            paths, text = reproduce(name, output, report)
            if text:
                typer.echo(f"{text}\n")
            for path in paths:
                typer.echo(f"  {path}")
