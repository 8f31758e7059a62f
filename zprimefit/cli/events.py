"""zprimefit events: unweighted events of a model at a point, as a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from zprimefit.cli.analysis import setting
from zprimefit.cli.progress import progress

BEST_FIT = "best-fit"
MOST_EVENTS = 10_000_000
"""More would not fit into the memory."""


class Mode(StrEnum):
    """Mode of the beam."""

    fhc = "fhc"
    rhc = "rhc"


def events(
    analysis: Annotated[str, typer.Argument(help="analysis file, packaged name, or run folder")],
    output: Annotated[Path, typer.Option("--output", "-o", help="file to write: .hepmc, .parquet or .csv")],
    at: Annotated[
        str,
        typer.Option(help="where: 'defaults', a benchmark of the model such as table1, or 'best-fit' of a run folder"),
    ] = "defaults",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE, e.g. m_zprime='750 MeV'; may be repeated")
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, max=MOST_EVENTS, help="number of events")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="seed: the first events are the same however many follow")] = 1,
    mode: Annotated[Mode, typer.Option(help="neutrinos (fhc) or antineutrinos (rhc)")] = Mode.fhc,
    force: Annotated[bool, typer.Option("--force", help="overwrite a file")] = False,
) -> None:
    """Draw unweighted events of e+e- pairs in MiniBooNE's beam, with all four-momenta, before any efficiency."""
    from zprimefit.analyses.events import events as drawn
    from zprimefit.analyses.points import check_bounds
    from zprimefit.report.event_files import check_target, write_events

    check_target(output, force=force)
    loaded, point = _place(analysis, at)
    point |= dict(setting(loaded, text) for text in set_ or [])
    check_bounds(loaded, point, except_for={})
    with progress("drawing events") as report:
        found = drawn(loaded, point, n=n, seed=seed, mode=mode.value, progress=report)
    write_events(found, output, force=force)
    typer.echo(f"{found}\n{output}")


def _place(analysis: str, at: str) -> tuple[Any, dict[str, float]]:
    """The analysis, and the point that is named."""
    import zprimefit
    from zprimefit.analyses.points import named_point

    if at != BEST_FIT:
        loaded = zprimefit.load(analysis, engine="direct")
        return loaded, named_point(loaded, at)
    from zprimefit.scans.runs import Run

    run = Run.open(analysis)
    best = run.analysis.params(run.read_fit().values)
    return run.analysis, {p.name: float(best[p.name]) for p in run.analysis.parameters}
