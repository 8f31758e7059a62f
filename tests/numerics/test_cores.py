"""How many cores a process takes."""

import pytest
import scipy.linalg  # noqa: F401  (its BLAS is one of those that are looked at)
from threadpoolctl import threadpool_info, threadpool_limits

import zprimefit as zf
from zprimefit.numerics.cores import cores, one_blas_thread


def blas_threads():
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}


@pytest.fixture
def several_blas_threads():
    with threadpool_limits(limits=2, user_api="blas"):
        if blas_threads() != {2}:
            pytest.skip("no BLAS here whose threads can be set")
        yield


@pytest.mark.usefixtures("several_blas_threads")
def test_blas_is_told_to_use_one_thread():
    one_blas_thread()
    assert blas_threads() == {1}


@pytest.mark.usefixtures("several_blas_threads")
def test_what_evaluates_a_likelihood_leaves_blas_one_thread():
    analysis = zf.load("z2hdm-miniboone", engine="direct")
    analysis.minus2lnl_batch(analysis.defaults()[None])
    assert blas_threads() == {1}


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
