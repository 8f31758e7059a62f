"""zprimefit toys, calibrate: pseudo-experiments in a run folder."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from zprimefit.cli.progress import progress
from zprimefit.cli.runs import prepared
from zprimefit.cli.workers import ChunkOption, RunArgument, SchedulerOption, WorkersOption, executing


class Nuisances(StrEnum):
    """How nuisance parameters go into an experiment."""

    fitted = "fitted"
    prior = "prior"


NuisanceOption = Annotated[
    Nuisances, typer.Option(help="fitted, with fluctuating auxiliary measurements, or drawn from their prior")
]
StartsOption = Annotated[int, typer.Option(min=0, help="seeded starts of every free fit, beside the known minima")]
SeedOption = Annotated[int, typer.Option(min=0, help="experiment k has the seed (SEED, k)")]


def toys(
    run_folder: RunArgument,
    hypothesis: Annotated[list[str], typer.Argument(help="NAME=VALUE of free parameters, e.g. m_zprime='30 MeV'")],
    n: Annotated[int, typer.Option(min=1, help="number of experiments, at most")] = 1000,
    decide: Annotated[
        float | None, typer.Option(help="end once the hypothesis is excluded at this CL, or not, e.g. 0.95")
    ] = None,
    upper: Annotated[bool, typer.Option("--upper", help="as an upper limit on the one parameter")] = False,
    cls: Annotated[
        bool, typer.Option("--cls", help="CL_s: also where no new physics is true; implies --upper")
    ] = False,
    nuisances: NuisanceOption = Nuisances.fitted,
    starts: StartsOption = 1,
    seed: SeedOption = 1,
    part: Annotated[str, typer.Option(help="I/M: the I-th of M parts only, to be merged with the others")] = "1/1",
    workers: WorkersOption = 1,
    scheduler: SchedulerOption = None,
    chunk: ChunkOption = 1,
) -> None:
    """Draw and fit experiments where a hypothesis is true: its p-value without Wilks. Repeat the command to go on."""
    from zprimefit.fitting.null import values_without_new_physics
    from zprimefit.scans.runs import Run
    from zprimefit.scans.toy_record import cls_of

    at = _hypothesis(hypothesis)
    run = Run.open(run_folder)
    if cls:
        values_without_new_physics(run.analysis)  # refuses before any work
    side = "upper" if upper or cls else "two"
    options = {
        "n": n, "decide": decide, "side": side, "nuisances": nuisances.value, "starts": starts, "seed": seed,
        "part": _part(part),
    }  # fmt: skip
    prepared(run)
    with executing(workers, scheduler, chunk) as executor:
        tested = _toys(run, at, truth="hypothesis", executor=executor, **options)
        typer.echo(str(tested))
        if cls:
            null = _toys(run, at, truth="no new physics", executor=executor, **options | {"decide": None})
            typer.echo(f"{null}\n{cls_of(tested, null)}")


def _toys(run: Any, at: dict[str, str], **options: Any) -> Any:
    with progress("drawing and fitting toys") as report:
        return run.toys(at, progress=report, **options)


def _part(text: str) -> tuple[int, int]:
    i, slash, m = text.partition("/")
    if not (slash and i.isdecimal() and m.isdecimal()):
        msg = f"--part {text!r}: expected I/M, e.g. 2/4 for the second of four parts"
        raise ValueError(msg)
    return int(i), int(m)


def _hypothesis(given: list[str]) -> dict[str, str]:
    """NAME=VALUE -> values by name."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            msg = f"hypothesis {text!r}: expected NAME=VALUE, e.g. m_zprime='30 MeV'"
            raise ValueError(msg)
        if name in found:
            msg = f"hypothesis {text!r}: {name} has a value already, {found[name]!r}"
            raise ValueError(msg)
        found[name] = value
    return found


def calibrate(
    run_folder: RunArgument,
    name: Annotated[str, typer.Argument(help="profile of a free parameter in the folder, or X-Y of a scan")],
    cl: Annotated[float, typer.Option(help="confidence level of the region")] = 0.6827,
    points: Annotated[int, typer.Option(min=1, help="number of places")] = 8,
    near: Annotated[
        bool | None, typer.Option("--near/--spread", help="nearest to the threshold, or evenly over the grid")
    ] = None,
    n: Annotated[int, typer.Option(min=1, help="experiments at each place, at most")] = 200,
    early: Annotated[
        bool, typer.Option("--early", help="end at a place once it is decided whether it is excluded")
    ] = False,
    nuisances: NuisanceOption = Nuisances.fitted,
    starts: StartsOption = 1,
    seed: SeedOption = 1,
    workers: WorkersOption = 1,
    scheduler: SchedulerOption = None,
    chunk: ChunkOption = 1,
) -> None:
    """Thresholds of Delta chi^2 by toys along a profile or near the border of a scan. Repeat the command to go on."""
    from zprimefit.scans.runs import Run
    from zprimefit.units import format_quantity

    run = Run.open(run_folder)
    prepared(run)
    with executing(workers, scheduler, chunk) as executor, progress(f"thresholds of {name}") as report:
        found = run.calibrate(
            name, cl=cl, points=points, near=near, n=n, early=early, nuisances=nuisances.value, starts=starts,
            seed=seed, progress=report, executor=executor,
        )  # fmt: skip
    typer.echo(f"{name}: {100 * cl:.2f} % CL, Delta chi^2 <= {found.wilks:.3f} by Wilks, {found.ndof} dof; by toys")
    typer.echo(found.to_frame().to_string(index=False, float_format="{:.4g}".format))
    if found.ndof == 1:
        unit = run.analysis.parameter(name).unit
        ends = " and ".join(
            f"{format_quantity(low, unit)} to {format_quantity(high, unit)}" for low, high in found.intervals()
        )
        typer.echo(f"{name} by toys, {100 * cl:.2f} % CL: {ends or 'nothing'}")
