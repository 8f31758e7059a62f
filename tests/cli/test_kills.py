"""Steps of a run survive SIGKILL: the same bytes in the end, and no finished block lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


def soaked(tmp_path, *options) -> dict:
    """Tally of one step that is killed twice."""
    table = tmp_path / "soak.json"
    command = [sys.executable, SOAK, "--kills", "2", "--seed", "3", "--json", table, *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (tally,) = json.loads(table.read_text())
    return tally


@pytest.mark.slow
@pytest.mark.parametrize("step", ["profile", "scan", "toys", "chain"])
def test_killed_twice_and_resumed_a_step_ends_with_the_bytes_of_one_that_was_left_alone(tmp_path, step):
    tally = soaked(tmp_path, "--steps", step)
    assert tally["kills"] >= 2
    assert tally["runs"] >= 1
    assert (tally["lost"], tally["differing"]) == (0, 0)


@pytest.mark.slow
def test_workers_end_with_a_parent_that_is_killed_and_what_they_finished_is_what_one_process_finds(tmp_path):
    tally = soaked(tmp_path, "--steps", "toys", "--workers", "2")
    assert tally["kills"] >= 2
    assert tally["children"] >= 2
    assert (tally["lost"], tally["differing"], tally["living_on"]) == (0, 0, 0)
