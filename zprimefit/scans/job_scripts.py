"""Files that start workers on a cluster: they find the scheduler by a file on a shared file system."""

import shlex
import sys
from pathlib import Path


def worker_command(scheduler: Path) -> list[str]:
    """Command of one worker with one thread, by the Python that runs here."""
    return [
        sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(scheduler),
        "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--death-timeout", "600",
    ]  # fmt: skip


def slurm_script(scheduler: Path, workers: int, hours: float, memory: int) -> str:
    """Text of a Slurm job array, one worker a job.

    Parameters
    ----------
    scheduler : its file.
    workers : number of jobs.
    hours : time limit of each.
    memory : of each, in GiB.
    """
    minutes = max(1, round(60 * hours))
    return "\n".join([
        "#!/bin/bash",
        "#SBATCH --job-name=zprimefit-worker",
        f"#SBATCH --array=1-{workers}",
        "#SBATCH --ntasks=1",
        "#SBATCH --cpus-per-task=1",
        f"#SBATCH --mem={memory}G",
        f"#SBATCH --time={minutes}",
        f"#SBATCH --output={shlex.quote(str(scheduler.parent / 'worker-%A-%a.log'))}",
        "",
        f"exec {shlex.join(worker_command(scheduler))}",
        "",
    ])  # fmt: skip


def condor_submit(scheduler: Path, workers: int, hours: float, memory: int) -> str:
    """Text of an HTCondor submit file, one worker a job; parameters as for :func:`slurm_script`."""
    executable, *arguments = worker_command(scheduler)
    # the "new" syntax of arguments: the whole in double quotes, single ones around what has blanks
    quoted = " ".join("'" + a.replace("'", "''") + "'" if set(a) & set(" '") else a for a in arguments)
    log = scheduler.parent / "worker-$(Cluster)-$(Process)"
    return "\n".join([
        f"executable = {executable}",
        f'arguments = "{quoted}"',
        "universe = vanilla",
        "request_cpus = 1",
        f"request_memory = {memory}GB",
        f"+MaxRuntime = {max(1, round(3600 * hours))}",
        f"output = {log}.out",
        f"error = {log}.err",
        f"log = {scheduler.parent / 'workers.log'}",
        f"queue {workers}",
        "",
    ])  # fmt: skip
