"""zprimefit verdict: does a model explain the anomalies, and what do other data leave of it?"""

from enum import StrEnum
from typing import Annotated

import typer

from zprimefit.cli.memory import forget_compiled
from zprimefit.cli.progress import progress
from zprimefit.cli.runs import MOST_STARTS, NOT_CONVERGED
from zprimefit.cli.vintage import DataOption, asked


class Model(StrEnum):
    """Models with an analysis of all data."""

    z2hdm = "z2hdm"
    blsm = "blsm"


def verdict(
    analyses: Annotated[
        list[str] | None,
        typer.Argument(help="analysis files or packaged names; z2hdm-global and blsm-global by default"),
    ] = None,
    model: Annotated[Model | None, typer.Option(help="only this model, with all data")] = None,
    data: DataOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="benchmarks only, without a fit")] = False,
    starts: Annotated[
        int, typer.Option(min=1, max=MOST_STARTS, help="seeded starts of the fit, beside benchmarks and no new physics")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, help="seed of the starts")] = 1,
) -> None:
    """Say which anomalies a model explains: at its paper's benchmarks, and at the best fit to all data."""
    import zprimefit
    from zprimefit.report.verdict import verdict as judge

    if analyses and model is not None:
        msg = f"--model {model} chooses {model}-global; name analyses, or a model, not both"
        raise ValueError(msg)
    names = analyses or [f"{m}-global" for m in ([model] if model else Model)]
    converged = True
    for name in names:
        with progress(f"judging {name}") as report:
            loaded = zprimefit.load(name, **({"engine": "direct"} if quick else {}), **asked(data))
            loaded.prepare(report.line)
            forget_compiled()
            found = judge(loaded, quick=quick, starts=starts, seed=seed, progress=report)
            forget_compiled()
        typer.echo(f"{found}\n")
        converged &= found.fit is None or found.fit.status.usable
    if not converged:
        raise typer.Exit(NOT_CONVERGED)
