"""Options that say who works, and job scripts that start workers on a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

RunArgument = Annotated[Path, typer.Argument(help="run folder")]
WorkersOption = Annotated[int, typer.Option(min=1, help="processes of this machine that share the work")]
SchedulerOption = Annotated[
    str | None, typer.Option(help="Dask scheduler whose workers share the work: its address or scheduler file")
]
ChunkOption = Annotated[
    int, typer.Option(min=1, help="pieces of work that a worker is sent at a time; more for thousands of workers")
]
JobsOption = Annotated[int, typer.Option(min=1, help="number of workers, each with one core")]
HoursOption = Annotated[float, typer.Option(min=0.01, help="time limit of a worker in hours")]
MemoryOption = Annotated[int, typer.Option(min=1, help="memory of a worker in GiB; a global analysis compiles in 3")]


@contextmanager
def executing(workers: int, scheduler: str | None, chunk: int) -> Iterator[Any]:
    """Context of whoever does the work.

    Raises
    ------
    ValueError
        For workers and a scheduler at once.
    """
    from zprimefit.scans.executors import Cluster, Processes, Threads

    if scheduler is not None and workers > 1:
        msg = f"--workers {workers} are of this machine, and --scheduler has its own: give one of them"
        raise ValueError(msg)
    if scheduler is not None:
        with Cluster(scheduler, chunk=chunk) as cluster:
            yield cluster
    elif workers > 1:
        with Processes(workers, chunk=chunk) as processes:
            yield processes
    else:
        yield Threads()


def slurm(
    run_folder: RunArgument, workers: JobsOption = 10, hours: HoursOption = 12.0, memory: MemoryOption = 4
) -> None:
    """Write a job script that starts workers on a Slurm cluster, and say how to use them."""
    from zprimefit.scans.job_scripts import slurm_script

    _write(run_folder, "workers.slurm", "sbatch", lambda path: slurm_script(path, workers, hours, memory))


def condor(
    run_folder: RunArgument, workers: JobsOption = 10, hours: HoursOption = 12.0, memory: MemoryOption = 4
) -> None:
    """Write a submit file that starts workers on an HTCondor cluster, and say how to use them."""
    from zprimefit.scans.job_scripts import condor_submit

    _write(run_folder, "workers.sub", "condor_submit", lambda path: condor_submit(path, workers, hours, memory))


def merge(
    run_folder: RunArgument,
    others: Annotated[list[Path], typer.Argument(help="run folders of the same analysis and fit")],
) -> None:
    """Bring what other folders finished of profiles, scans and toys into one, whose commands go on from there."""
    from zprimefit.scans.merging import merge as united
    from zprimefit.scans.run_folder import RunFolder

    for merged in united(RunFolder.open(run_folder), [RunFolder.open(other) for other in others]):
        typer.echo(str(merged))


def _write(run_folder: Any, name: str, submit: str, text: Any) -> None:
    from zprimefit.scans.run_folder import RunFolder

    folder = RunFolder.open(run_folder)
    scheduler = (folder.path / "cluster" / "scheduler.json").resolve()
    path = folder.write_text(f"cluster/{name}", text(scheduler))
    typer.echo(
        f"{path} starts the workers. On a shared file system, and with zprimefit[cluster] installed there:\n"
        f"  dask scheduler --scheduler-file {scheduler} &\n"
        f"  {submit} {path}\n"
        f"  zprimefit profile {run_folder} PARAMETER --scheduler {scheduler}"
    )
