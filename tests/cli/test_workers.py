"""Shared work from the command line."""

import pytest

from tests.cli.commands import SMALL, done, refused


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers")
    (folder / "small.yaml").write_text(SMALL)
    done("fit", folder / "small.yaml", "-o", folder / "run", "--starts", "2")
    return folder / "run"


@pytest.mark.slow
def test_two_workers_write_the_same_profile_as_one(run):
    done("profile", run, "y_mu", "--n", "6", "--workers", "2")
    shared = (run / "profiles" / "y_mu.json").read_bytes()
    for path in run.glob("profiles/*"):
        path.unlink()
    done("profile", run, "y_mu", "--n", "6")
    assert (run / "profiles" / "y_mu.json").read_bytes() == shared


def test_workers_and_a_scheduler_are_not_given_at_once(run):
    message = refused("profile", run, "y_mu", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1")
    assert message == "--workers 2 are of this machine, and --scheduler has its own: give one of them"


@pytest.mark.parametrize(
    ("verb", "name", "submit"), [("slurm", "workers.slurm", "sbatch"), ("condor", "workers.sub", "condor_submit")]
)
def test_job_script_is_written_into_the_run_folder_and_explained(run, verb, name, submit):
    told = done(verb, run, "--workers", "7")
    scheduler, path = run / "cluster" / "scheduler.json", run / "cluster" / name
    assert told == (
        f"{path} starts the workers. On a shared file system, and with zprimefit[cluster] installed there:\n"
        f"  dask scheduler --scheduler-file {scheduler} &\n"
        f"  {submit} {path}\n"
        f"  zprimefit profile {run} PARAMETER --scheduler {scheduler}\n"
    )
    assert "7" in path.read_text()


def test_folder_that_is_no_run_gets_no_job_script(tmp_path):
    assert "is no run folder" in refused("slurm", tmp_path)
    assert list(tmp_path.iterdir()) == []
