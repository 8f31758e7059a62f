"""zprimefit verdict: analyses of one's own, and what it refuses."""

import pytest
from commands import SMALL, done, refused


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("components:", "data: papers\ncomponents:").replace("{reference: Rb_2023}", "{}"))
    return path


def test_quick_verdict_of_an_analysis_of_one_s_own(small):
    told = done("verdict", small, "--quick")
    assert told.startswith("small, data papers: 2 terms")
    assert "verdict: table1 explains Delta a_mu and Delta a_e and is allowed\n" in told


def test_verdict_takes_today_s_numbers(small):
    told = done("verdict", small, "--quick", "--data", "current")
    assert told.startswith("small, data current: 2 terms")
    assert "verdict: table1 explains nothing and is excluded by 2 terms\n" in told


def test_model_and_analyses_are_refused_together(small):
    assert refused("verdict", small, "--model", "blsm").startswith("--model blsm chooses blsm-global")
