"""--data: what the papers quote or today's numbers, wherever an analysis is read."""

import json

import pytest
from commands import SMALL, done, refused

DATED = SMALL.replace("components:", "data: papers\ncomponents:").replace("{reference: Rb_2023}", "{}")


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(DATED)
    return path


def test_check_says_which_data_every_dated_term_goes_by(small):
    assert "data papers, what the paper quotes: delta-a-mu paperA, delta-a-e paperA" in done("check", small)
    told = done("check", small, "--data", "current").splitlines()
    assert told[1] == "data current, today's: delta-a-mu 2025_WP25, delta-a-e Rb_2023"


def test_eval_takes_today_s_numbers_and_says_so(small):
    """2.79(76)e-9 and 0.38(63)e-9."""
    before, after = (
        json.loads(done("eval", small, "--at", "null", "--json", *more)) for more in ((), ("--data", "current"))
    )
    assert (before["data"], after["data"]) == ("papers", "current")
    assert before["components"]["delta-a-mu"]["pull"] == pytest.approx(-2.79 / 0.76)
    assert after["components"]["delta-a-mu"]["pull"] == pytest.approx(-0.38 / 0.63)


def test_fit_keeps_its_data_in_the_provenance_of_the_run(small, tmp_path):
    done("fit", small, "-o", tmp_path / "run", "--starts", "1", "--data", "current")
    identity = json.loads((tmp_path / "run" / "provenance.json").read_text())["identity"]
    assert identity["analysis"]["data"] == "current"
    assert "data current, today's: delta-a-mu 2025_WP25" in done("check", tmp_path / "run")
    assert refused("check", tmp_path / "run", "--data", "papers").endswith(
        "component delta-a-mu has reference '2025_WP25', and would have 'paperA'; remove that, or leave data"
    )


def test_init_writes_the_data_that_were_asked_for(tmp_path):
    path = tmp_path / "a.yaml"
    done("init", "z2hdm-miniboone", "-o", path, "--data", "current")
    text = path.read_text()
    assert "\ndata: current\n" in text
    assert "# or gaussian-logdet" in text


def test_option_of_the_file_and_the_switch_may_not_contradict(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    assert "delta-a-e has reference 'Rb_2023', and would have 'paperA'" in refused("eval", path, "--data", "papers")
