"""zprimefit quickstart, fit, profile, scan, sample, plot, report: run folders."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from zprimefit.cli.formats import Format, FormatOption
from zprimefit.cli.memory import forget_compiled
from zprimefit.cli.progress import progress
from zprimefit.cli.vintage import DataOption, asked
from zprimefit.cli.workers import ChunkOption, RunArgument, SchedulerOption, WorkersOption, executing

NOT_CONVERGED = 3
LEVELS = (0.6827, 0.9545)
MOST_POINTS = 1_000_000
MOST_STARTS = 100_000
"""More is a slip of the finger that would fill the memory."""


class Until(StrEnum):
    """When sampling stops."""

    converged = "converged"
    steps = "steps"


class Method(StrEnum):
    """How the posterior is sampled."""

    emcee = "emcee"
    hmc = "hmc"


class Spacing(StrEnum):
    """How the values of a derived quantity are spaced."""

    linear = "linear"
    log = "log"


def fit(
    analysis: Annotated[str, typer.Argument(help="analysis file or packaged name")],
    output: Annotated[Path, typer.Option("--output", "-o", help="run folder")],
    starts: Annotated[int, typer.Option(min=1, max=MOST_STARTS, help="minimisations from seeded starts")] = 32,
    seed: Annotated[int, typer.Option(min=0, help="seed of the starts")] = 1,
    data: DataOption = None,
) -> None:
    """Fit an analysis: minima, errors and intervals, goodness of fit, in a run folder."""
    from zprimefit.scans.runs import Run

    run = Run.create(output, analysis, **asked(data))
    run.refuse_second_fit()
    found = _fit(run, starts, seed)
    typer.echo(str(found))
    typer.echo(str(run.goodness()))
    if not found.status.usable:
        raise typer.Exit(NOT_CONVERGED)


def goodness(
    run_folder: RunArgument,
    group: Annotated[
        list[str] | None,
        typer.Option(help="LABEL=COMPONENT,COMPONENT,... once for each group; the rest of them as LABEL=rest"),
    ] = None,
    starts: Annotated[int, typer.Option(min=1, max=MOST_STARTS, help="minimisations of every group's fit")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="seed of the starts")] = 1,
) -> None:
    """Goodness of fit by component and against no new physics; with --group, whether groups of data agree."""
    from zprimefit.scans.runs import Run

    run = Run.open(run_folder)
    if not group:
        typer.echo(str(run.goodness()))
        return
    groups = _groups(group, [component.name for component in run.analysis.components])
    prepared(run)
    with progress("fitting groups") as report:
        found = run.parameter_goodness(groups, starts=starts, seed=seed, progress=report)
    typer.echo(str(found))


REST = "rest"


def _groups(given: list[str], components: list[str]) -> dict[str, list[str]]:
    """LABEL=COMPONENT,... -> components by label; ``rest`` are those in no other group."""
    found: dict[str, list[str]] = {}
    for text in given:
        label, equals, members = text.partition("=")
        if not (label and equals and members):
            msg = f"--group {text!r}: expected LABEL=COMPONENT,COMPONENT,..., e.g. appearance=miniboone or others=rest"
            raise ValueError(msg)
        if label in found:
            msg = f"--group {text!r}: there is a group {label!r} already"
            raise ValueError(msg)
        found[label] = members.split(",")
    named = {name for members in found.values() for name in members}
    rest = [name for name in components if name not in named]
    return {label: rest if members == [REST] else members for label, members in found.items()}


def prepared(run: Any) -> None:
    """Build what the analysis of a run needs, and show it."""
    with progress("preparing") as report:
        run.prepare(report.line)
        forget_compiled()


def _fit(run: Any, starts: int, seed: int) -> Any:
    prepared(run)
    with progress("fitting") as report:
        return run.fit(starts=starts, seed=seed, progress=report)


def profile(
    run_folder: RunArgument,
    name: Annotated[str, typer.Argument(help="free parameter or derived quantity to profile")],
    range_: Annotated[
        str | None,
        typer.Option("--range", help="LOW:HIGH, e.g. '30 MeV:2 GeV'; a parameter's bounds by default"),
    ] = None,
    n: Annotated[int, typer.Option(min=2, max=MOST_POINTS, help="number of points")] = 60,
    scale: Annotated[
        Spacing | None, typer.Option(help="of a derived quantity; log by default for positive ends far apart")
    ] = None,
    starts: Annotated[int, typer.Option(min=0, max=MOST_STARTS, help="extra seeded starts per point")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="seed of those")] = 1,
    workers: WorkersOption = 1,
    scheduler: SchedulerOption = None,
    chunk: ChunkOption = 1,
) -> None:
    """Profile -2 ln L of one parameter or derived quantity over all others. Repeat the command to go on with it."""
    from zprimefit.scans.runs import Run
    from zprimefit.units import format_quantity

    low, high = _range(range_)
    run = Run.open(run_folder)
    spacing = None if scale is None else scale.value
    with executing(workers, scheduler, chunk) as executor:
        curve = _profile(run, name, low=low, high=high, n=n, scale=spacing, starts=starts, seed=seed, executor=executor)
    best = format_quantity(curve.best, curve.unit)
    typer.echo(f"{name}: best {best}, -2 ln L = {curve.best_fval:.6g}")
    for cl in LEVELS:
        typer.echo(f"  {100 * cl:.2f} % CL, 1 dof: {' and '.join(map(str, curve.intervals(cl)))}")
    for message in curve.messages:
        typer.echo(f"  {message}")


def _range(text: str | None, option: str = "--range") -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    low, colon, high = text.partition(":")
    if not colon:
        msg = f"{option} {text!r}: expected LOW:HIGH, e.g. '30 MeV:2 GeV'"
        raise ValueError(msg)
    return low or None, high or None


def _profile(run: Any, name: str, **options: Any) -> Any:
    prepared(run)
    with progress(f"profiling {name}") as report:
        return run.profile(name, progress=report, **options)


def scan(
    run_folder: RunArgument,
    x: Annotated[str, typer.Argument(help="free parameter on the horizontal axis")],
    y: Annotated[str, typer.Argument(help="free parameter on the vertical axis")],
    range_x: Annotated[
        str | None, typer.Option(help="LOW:HIGH of X, e.g. '30 MeV:2 GeV'; its bounds by default")
    ] = None,
    range_y: Annotated[str | None, typer.Option(help="LOW:HIGH of Y; its bounds by default")] = None,
    n: Annotated[str, typer.Option(help="numbers of points, of X x of Y")] = "40x40",
    refine: Annotated[int, typer.Option(min=0, help="how often cells are halved along the contours")] = 0,
    starts: Annotated[int, typer.Option(min=0, max=MOST_STARTS, help="extra seeded starts per point")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="seed of those")] = 1,
    workers: WorkersOption = 1,
    scheduler: SchedulerOption = None,
    chunk: ChunkOption = 1,
) -> None:
    """Profile -2 ln L of two parameters over all others. Repeat the command to go on with it."""
    from zprimefit.scans.runs import Run
    from zprimefit.units import format_quantity

    low, high = zip(_range(range_x, "--range-x"), _range(range_y, "--range-y"), strict=True)
    points = _points(n)
    run = Run.open(run_folder)
    for name in (x, y):
        run.analysis.parameter(name)
    prepared(run)
    with executing(workers, scheduler, chunk) as executor, progress(f"scanning {x} and {y}") as report:
        contour = run.scan(
            x, y, low=low, high=high, n=points, refine=refine, starts=starts, seed=seed, progress=report,
            executor=executor,
        )  # fmt: skip
    best = ", ".join(
        f"{name} {format_quantity(value, unit)}"
        for name, value, unit in zip(contour.names, contour.best, contour.units, strict=True)
    )
    typer.echo(f"best {best}, -2 ln L = {contour.best_fval:.6g}")
    for cl, level in zip(LEVELS, contour.levels(LEVELS), strict=True):
        share = float((contour.delta <= level).mean())
        typer.echo(f"  {100 * cl:.2f} % CL, 2 dof, Delta chi^2 <= {level:.2f}: {100 * share:.1f} % of the points")
    for message in contour.messages:
        typer.echo(f"  {message}")


def _points(text: str) -> tuple[int, int]:
    nx, cross, ny = text.partition("x")
    if not (cross and nx.strip().isdecimal() and ny.strip().isdecimal()):
        msg = f"--n {text!r}: expected two numbers, e.g. 40x40"
        raise ValueError(msg)
    points = int(nx), int(ny)
    if points[0] * points[1] > MOST_POINTS:
        msg = f"--n {text!r}: expected at most {MOST_POINTS} points in all; --refine has more where they matter"
        raise ValueError(msg)
    return points


def sample(
    run_folder: RunArgument,
    method: Annotated[Method, typer.Option(help="emcee, or hmc along the gradient (zprimefit[hmc])")] = Method.emcee,
    walkers: Annotated[int | None, typer.Option(min=2, max=MOST_STARTS, help="emcee: walkers per ensemble, 64")] = None,
    ensembles: Annotated[
        int | None, typer.Option(min=1, max=MOST_STARTS, help="emcee: independent ensembles, 2")
    ] = None,
    until: Annotated[Until | None, typer.Option(help="emcee: when to stop, converged")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="emcee: number of steps for --until steps")] = None,
    max_steps: Annotated[
        int | None, typer.Option(min=1, help="emcee: at most so many for --until converged, 20000")
    ] = None,
    chains: Annotated[int | None, typer.Option(min=1, max=MOST_STARTS, help="hmc: independent chains, 4")] = None,
    warmup: Annotated[int | None, typer.Option(min=1, help="hmc: steps of adaptation per chain, 500")] = None,
    draws: Annotated[int | None, typer.Option(min=1, help="hmc: steps that are kept per chain, 1000")] = None,
    target: Annotated[
        float | None, typer.Option(help="hmc: acceptance aimed at, 0.9; more against divergences")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of the run")] = 7,
    resume: Annotated[bool, typer.Option("--resume", help="emcee: go on with the chain in the folder")] = False,
) -> None:
    """Sample the posterior into the run folder, with emcee or along the gradient."""
    from zprimefit.scans.runs import Run

    run = Run.open(run_folder)
    given = {
        "walkers": walkers,
        "ensembles": ensembles,
        "until": None if until is None else until.value,
        "steps": steps,
        "max_steps": max_steps,
        "chains": chains,
        "warmup": warmup,
        "draws": draws,
        "target": target,
        "resume": resume or None,
    }
    # What is not given is the sampler's own default; what belongs to the other one is refused there.
    options = {name: value for name, value in given.items() if value is not None}
    chain = _sample(run, method=method.value, seed=seed, **options)
    typer.echo(str(chain))
    if until is not Until.steps and chain.verdict != "converged":
        raise typer.Exit(NOT_CONVERGED)


def _sample(run: Any, **options: Any) -> Any:
    prepared(run)
    with progress("sampling") as report:
        return run.sample(progress=report.steps, **options)


def plot(run_folder: RunArgument, format_: FormatOption = Format.png) -> None:
    """Draw the figures of a run folder, each with its CSV twin."""
    from zprimefit.scans.runs import Run

    run = Run.open(run_folder)
    prepared(run)
    _draw(run, format_.value)


def _draw(run: Any, kind: str = "png") -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from zprimefit.report.figures import draw

    for path in draw(run, kind):
        typer.echo(f"  {path}")


def report(
    run_folder: RunArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write; report.html in the run folder by default")
    ] = None,
) -> None:
    """Write what a run folder holds as one HTML page: results, figures, what must be known, where it comes from."""
    import matplotlib as mpl

    mpl.use("Agg")
    from zprimefit.report.page import report as write_report
    from zprimefit.scans.runs import Run

    run = Run.open(run_folder)
    prepared(run)
    typer.echo(f"wrote {write_report(run, output)}")


def quickstart(
    output: Annotated[Path, typer.Option("--output", "-o", help="run folder")] = Path("zprimefit-quickstart"),
) -> None:
    """Do the main job once, on real data: fit, chi^2 versus m_Z' curve, posterior, spectra.

    A second call goes on where the first one ended.
    """
    from zprimefit.scans.runs import Run

    run = Run.create(output, "z2hdm-miniboone")
    found = run.read_fit() if run.folder.fit.is_file() else _fit(run, QUICK_STARTS, 1)
    typer.echo(str(found))
    typer.echo(f"{run.goodness()}\n")
    curve = _profile(run, "m_zprime", n=QUICK_POINTS)
    for cl in LEVELS:
        typer.echo(f"m_zprime, {100 * cl:.2f} % CL, 1 dof: {' and '.join(map(str, curve.intervals(cl)))}")
    chain = _sample(run, max_steps=QUICK_STEPS, resume=True)
    typer.echo(str(chain))
    typer.echo("figures:")
    _draw(run)


QUICK_STARTS = 16
QUICK_POINTS = 40
QUICK_STEPS = 8000
