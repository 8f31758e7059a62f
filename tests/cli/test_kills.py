"""Steps of a run survive SIGKILL: the same bytes in the end, and no finished block lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


@pytest.mark.slow
@pytest.mark.parametrize("step", ["profile", "scan", "toys", "chain"])
def test_killed_twice_and_resumed_a_step_ends_with_the_bytes_of_one_that_was_left_alone(tmp_path, step):
    table = tmp_path / "soak.json"
    command = [sys.executable, SOAK, "--kills", "2", "--seed", "3", "--steps", step, "--json", table]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (tally,) = json.loads(table.read_text())
    assert tally["kills"] >= 2
    assert tally["runs"] >= 1
    assert (tally["lost"], tally["differing"]) == (0, 0)
