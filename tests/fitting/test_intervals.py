import math

import pytest

from zprimefit.fitting.intervals import Interval, find_crossing
from zprimefit.fitting.status import Side


@pytest.mark.parametrize("step", [1e-3, 0.3, 2.0, 50.0])
def test_crossing_of_a_parabola_is_found_from_any_first_step(step):
    calls = []

    def parabola(u):
        calls.append(u)
        return ((u - 2) / 0.3) ** 2

    assert find_crossing(parabola, 2.0, 100.0, step)[0] == pytest.approx(2.3, abs=1e-5)
    assert len(calls) < 20


def test_crossing_of_a_quartic_downwards():
    u, side = find_crossing(lambda u: (u / 0.7) ** 4, 0.0, -10.0, -0.1)
    assert (u, side) == (pytest.approx(-0.7, abs=1e-5), Side.OK)


def test_no_crossing_before_the_bound_is_at_limit_at_the_bound():
    assert find_crossing(lambda u: 0.5 * u, 0.0, 1.5, 0.2) == (1.5, Side.AT_LIMIT)


def test_nan_at_the_very_bound_is_at_limit_if_there_is_a_value_just_before():
    assert find_crossing(lambda u: 0.1 * u if u < 1 else math.nan, 0.0, 1.0, 0.2) == (1.0, Side.AT_LIMIT)


def test_crossing_with_nan_beyond_it_is_found():
    u, side = find_crossing(lambda u: u**2 if u < 1.2 else math.nan, 0.0, 10.0, 3.0)
    assert (u, side) == (pytest.approx(1.0, abs=1e-5), Side.OK)


def test_nan_before_the_crossing_fails():
    u, side = find_crossing(lambda u: u**2 if u < 0.8 else math.nan, 0.0, 10.0, 0.1)
    assert math.isnan(u)
    assert side is Side.FAILED


def test_jump_over_the_threshold_is_located():
    u, side = find_crossing(lambda u: 0.1 if u < 0.6 else 5.0, 0.0, 10.0, 0.1)
    assert (u, side) == (pytest.approx(0.6, abs=1e-6), Side.OK)


def test_text_opens_the_bracket_where_no_threshold_is_crossed():
    assert str(Interval(0.0, 0.03, Side.AT_LIMIT, Side.OK, "GeV")) == "(0 GeV, 30 MeV]"
    assert str(Interval(math.nan, math.nan, Side.UNCONSTRAINED, Side.UNCONSTRAINED)) == "unconstrained"


def test_steps_through_a_flat_valley_stop_at_a_narrow_wall():
    u, side = find_crossing(lambda u: 4.0 if 0.55 < u < 0.7 else 0.0, 0.0, 1.0, 0.02)
    assert (u, side) == (pytest.approx(0.55, abs=1e-5), Side.OK)
