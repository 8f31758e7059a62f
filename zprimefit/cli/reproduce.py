"""zprimefit reproduce: the papers' figures and printed numbers."""

from pathlib import Path
from typing import Annotated

import typer

from zprimefit.cli.progress import progress


def reproduce(
    target: Annotated[
        str,
        typer.Argument(
            help="fig2, fig4 to fig9, numbers, options, acceptance, elsewhere; "
            "b-fig1, b-fig3, b-fig5, b-fig6, b-numbers; or all"
        ),
    ] = "all",
    output: Annotated[Path, typer.Option("--output", "-o", help="folder for figures and tables")] = Path(
        "zprimefit-reproduced"
    ),
    json_: Annotated[
        bool, typer.Option("--json", help="print the numbers as JSON (targets numbers, b-numbers)")
    ] = False,
) -> None:
    """Compute figures and printed numbers of arXiv:2006.01948, or of paper B (b-...), beside what they print."""
    import matplotlib as mpl

    mpl.use("Agg")
    from zprimefit.report.reproduce.printed import number_json
    from zprimefit.report.reproduce.targets import NUMBERS, TARGETS, reproduce

    if json_ and target not in NUMBERS:
        msg = f"--json belongs to the targets {' and '.join(NUMBERS)}, not to {target!r}; the others write CSV"
        raise ValueError(msg)
    with progress(f"reproducing {target}") as report:
        if json_:
            typer.echo(number_json(NUMBERS[target](report)))
            return
        for name in TARGETS if target == "all" else (target,):
            paths, text = reproduce(name, output, report)
            if text:
                typer.echo(f"{text}\n")
            for path in paths:
                typer.echo(f"  {path}")
