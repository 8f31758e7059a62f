"""The schedule of a warm-up, and the metric of its windows."""

import numpy as np
import pytest

from zprimefit.fitting.warmup import MIN_WARMUP, metric_of, windows


@pytest.mark.parametrize("warmup", [MIN_WARMUP, 151, 200, 333, 500, 1000, 2500])
def test_parts_sum_to_the_warm_up_and_the_last_one_leaves_the_metric(warmup):
    parts = list(windows(warmup))
    assert sum(length for length, _ in parts) == warmup
    assert [renew for _, renew in parts] == [False, *[True] * (len(parts) - 2), False]


def test_windows_double_and_the_last_one_takes_the_rest():
    assert [length for length, renew in windows(1000) if renew] == [25, 50, 100, 200, 500]


def test_metric_is_the_covariance_of_many_draws():
    covariance = np.array([[4.0, 1.8], [1.8, 1.0]])
    draws = np.random.default_rng(1).multivariate_normal([1.0, 2.0], covariance, size=100_000)
    np.testing.assert_allclose(metric_of(draws, np.eye(2)), covariance, rtol=0.02)


def test_metric_of_few_draws_leans_on_their_variances():
    draws = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    np.testing.assert_allclose(metric_of(draws, np.eye(2)), [[1.0, 3 / 8], [3 / 8, 1.0]])


def test_metric_stays_where_nothing_moved():
    draws, before = np.zeros((10, 2)), np.diag([3.0, 4.0])
    np.testing.assert_array_equal(metric_of(draws, before), before)
