"""How many cores a process takes."""

import pytest

from zprimefit.numerics.cores import cores


def test_a_process_takes_no_more_cores_than_xla_is_told_of(monkeypatch):
    monkeypatch.delenv("NPROC", raising=False)
    there = cores()
    assert there >= 1
    monkeypatch.setenv("NPROC", "1")
    assert cores() == 1
    monkeypatch.setenv("NPROC", "1000000")
    assert cores() == there


@pytest.mark.parametrize("told", ["", "many", "-1"])
def test_what_is_no_number_of_cores_counts_for_nothing(monkeypatch, told):
    monkeypatch.delenv("NPROC", raising=False)
    there = cores()
    monkeypatch.setenv("NPROC", told)
    assert cores() == there


def test_no_core_is_one(monkeypatch):
    monkeypatch.setenv("NPROC", "0")
    assert cores() == 1
