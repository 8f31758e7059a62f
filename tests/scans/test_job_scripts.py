"""Files that start workers on a cluster, as the batch systems read them."""

import shlex
import subprocess
import sys
from pathlib import Path

from zprimefit.scans.job_scripts import condor_submit, slurm_script, worker_command

SCHEDULER = Path("/data/my runs/a/cluster/scheduler.json")


def test_slurm_script_is_bash_that_starts_one_worker_a_job(tmp_path):
    text = slurm_script(SCHEDULER, workers=100, hours=1.5, memory=4)
    assert text.splitlines()[:8] == [
        "#!/bin/bash",
        "#SBATCH --job-name=zprimefit-worker",
        "#SBATCH --array=1-100",
        "#SBATCH --ntasks=1",
        "#SBATCH --cpus-per-task=1",
        "#SBATCH --mem=4G",
        "#SBATCH --time=90",
        "#SBATCH --output='/data/my runs/a/cluster/worker-%A-%a.log'",
    ]
    path = tmp_path / "workers.slurm"
    path.write_text(text)
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    assert shlex.split(text.splitlines()[-1].removeprefix("exec ")) == worker_command(SCHEDULER)


def test_condor_file_quotes_arguments_with_blanks():
    lines = condor_submit(SCHEDULER, workers=3, hours=2.0, memory=8).splitlines()
    assert lines[0] == f"executable = {sys.executable}"
    assert lines[1].startswith('arguments = "-m distributed.cli.dask_worker --scheduler-file ')
    assert f" '{SCHEDULER}' " in lines[1]
    assert {"request_memory = 8GB", "+MaxRuntime = 7200", "queue 3", "request_cpus = 1"} <= set(lines)


def test_worker_takes_the_options_that_it_is_given():
    command = worker_command(SCHEDULER)
    told = subprocess.run([*command[:3], "--help"], capture_output=True, text=True, check=True).stdout
    assert all(option in told for option in command if option.startswith("--"))
