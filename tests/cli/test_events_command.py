"""zprimefit events: a file of events, and what is refused before any work."""

import pandas as pd
import pytest
from commands import SMALL, done, refused


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_events_are_written_and_told(small, tmp_path):
    path = tmp_path / "e.csv"
    told = done("events", small, "--at", "table1", "-n", 5, "--seed", 3, "--mode", "rhc", "-o", path)
    assert "5 events of Z2HDM(B), mode rhc, seed 3: they stand for" in told
    frame = pd.read_csv(path, comment="#")
    assert len(frame) == 5
    assert set(frame["seed"]) == {3}


def test_bad_requests_are_refused_before_any_work(small, tmp_path):
    assert "choose one of these suffixes" in refused("events", small, "-o", tmp_path / "e.root")
    (tmp_path / "e.csv").write_text("mine")
    assert "exists already" in refused("events", small, "-o", tmp_path / "e.csv")
    assert "check the path" in refused("events", small, "-o", tmp_path / "none" / "e.csv")
    assert "unknown point 'tabel1'" in refused("events", small, "--at", "tabel1", "-o", tmp_path / "f.csv")
    assert "is no run folder" in refused("events", tmp_path, "--at", "best-fit", "-o", tmp_path / "f.csv")
