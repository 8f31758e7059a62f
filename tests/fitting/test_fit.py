import json
import math

import jax.numpy as jnp
import numpy as np
import pytest

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.fit import fit
from zprimefit.fitting.result import Fit
from zprimefit.fitting.status import Side, Status
from zprimefit.likelihoods import component


@pytest.fixture(scope="module")
def gaussian():
    return fit(toys.gaussian(), starts=4)


def test_gaussian_best_fit_covariance_and_errors_are_the_closed_form(gaussian):
    assert gaussian.status is Status.OK
    assert gaussian.values == pytest.approx(toys.CENTRE, abs=1e-9)
    assert gaussian.fval == pytest.approx(7.0, abs=1e-12)
    assert gaussian.covariance == pytest.approx(toys.COVARIANCE, rel=1e-7, abs=1e-9)
    assert gaussian.errors == pytest.approx([0.2, 0.3, 0.5], rel=1e-7)


def test_gaussian_minos_interval_is_one_standard_deviation(gaussian):
    for name, centre, error in zip("abc", toys.CENTRE, (0.2, 0.3, 0.5), strict=True):
        interval = gaussian.interval(name)
        assert (interval.low, interval.high) == pytest.approx((centre - error, centre + error), abs=2e-5 * error)
        assert (interval.low_status, interval.high_status) == (Side.OK, Side.OK)
        assert (interval.cl, interval.dof, interval.delta_chi2) == (0.6827, 1, 1.0)


def test_goodness_of_fit_counts_data_minus_free_parameters(gaussian):
    assert (gaussian.n_data, gaussian.n_free, gaussian.ndof) == (12, 3, 9)
    assert gaussian.p_value == pytest.approx(0.6371, abs=1e-4)  # chi^2 = 7 with 9 degrees of freedom


def test_log_scale_errors_are_in_the_users_unit():
    result = fit(toys.rate(), starts=4)
    m = result.parameters.index("m")
    assert result.values[m] == pytest.approx(0.8, abs=1e-9)
    assert result.errors[m] == pytest.approx(0.1, rel=1e-6)
    interval = result.interval("m")
    assert (interval.low, interval.high) == pytest.approx((0.7, 0.9), abs=2e-6)
    assert interval.unit == "GeV"


def test_flat_coordinates_are_named_and_cost_no_degree_of_freedom():
    result = fit(toys.rate(), starts=8)
    assert result.status is Status.OK
    assert result.unconstrained == ("U", "d")
    assert result.n_free == 2
    best = result.best
    assert best["g"] ** 2 * best["U"] * best["d"] == pytest.approx(toys.RATE, rel=1e-9)
    for name in ("g", "U", "d"):
        assert result.interval(name).low_status is Side.UNCONSTRAINED
        assert math.isnan(result.interval(name).low)
        assert math.isnan(result.errors[result.parameters.index(name)])
    assert any("does not depend on U, d" in m for m in result.messages)


def test_flat_coordinates_move_where_the_pivot_would_leave_its_bounds():
    # At the default U the rate asks for g = 6.3, beyond its bound of 1: U must grow.
    analysis = toys.rate().with_parameters({"U": {"default": 1e-9}})
    result = fit(analysis, starts=2)
    assert result.status is Status.OK
    assert result.fval < 1e-9
    assert result.best["g"] < 1.0
    assert result.best["U"] > 1e-9
    assert result.unconstrained == ("U", "d")


def test_degenerate_directions_along_no_axis_make_the_covariance_approximate():
    result = fit(toys.rate(shear=False), starts=8)
    assert result.status is Status.APPROXIMATE
    assert result.unconstrained == ()
    assert (result.n_null, result.n_free) == (2, 2)
    assert result.fval < 1e-9
    assert np.isfinite(result.covariance).all()


@pytest.mark.parametrize("starts", [8, 16])
def test_curved_valley_is_fitted_and_its_ends_are_found(starts):
    result = fit(toys.valley(), starts=starts)
    assert result.status is Status.APPROXIMATE
    assert result.fval < 1e-10
    # |s| <= 1 stops y where y = 0.3 - 0.01, |y| <= 2 stops s at 0.145; the branch may be either sign.
    y, s = result.interval("y"), result.interval("s")
    assert min(abs(y.low), abs(y.high)) == pytest.approx(0.29, abs=1e-6)
    assert max(abs(y.low), abs(y.high)) == 2.0
    assert min(abs(s.low), abs(s.high)) == pytest.approx(0.145, abs=1e-6)
    assert {y.low_status, y.high_status} == {Side.OK, Side.AT_LIMIT}


def test_parameter_at_its_bound_is_at_limit_with_one_sided_interval():
    result = fit(toys.at_limit(), starts=4)
    assert result.status is Status.AT_LIMIT
    assert result.at_limit == {"a": "lower"}
    assert result.values == pytest.approx([0.0, 1.0], abs=1e-8)
    assert result.fval == pytest.approx(1.0, abs=1e-12)
    a, b = result.interval("a"), result.interval("b")
    assert (a.low, a.low_status, a.high_status) == (0.0, Side.AT_LIMIT, Side.OK)
    assert a.high == pytest.approx(math.sqrt(2) - 1, abs=1e-5)
    # Below 1 a stays at 0; above, b profiles over a > 0: (b + 1)^2 / 4.25 = 2.
    assert (b.low, b.high) == pytest.approx((0.5, math.sqrt(8.5) - 1), abs=2e-5)


def test_sheared_pivot_at_its_bound_is_held_there_and_the_penalty_never_shows():
    analysis = toys.pivot_at_limit()
    result = fit(analysis, starts=4)
    least = math.log(4) ** 2 / 0.02
    assert result.status is Status.AT_LIMIT
    assert result.at_limit == {"g": "upper"}
    assert result.values == pytest.approx([1.0, 2e-3], rel=1e-8)
    assert result.fval == pytest.approx(least, abs=1e-9)
    assert result.fval == pytest.approx(analysis.minus2lnl(result.values), abs=1e-12)
    g, u = result.interval("g"), result.interval("U")
    assert g.low == pytest.approx(math.exp(0.5 * (math.log(4) - math.sqrt(0.02 * (least + 1)))), rel=1e-6)
    assert (g.high, g.high_status) == (1.0, Side.AT_LIMIT)
    assert (u.low, u.high) == pytest.approx(
        (2e-3 * math.exp(-math.sqrt(0.005)), 2e-3 * math.exp(math.sqrt(0.005))), rel=1e-5
    )


def test_all_distinct_minima_are_listed():
    result = fit(toys.bimodal(), starts=16)
    assert [m.fval for m in result.minima] == pytest.approx([0.0, 1.0], abs=1e-6)
    assert result.minima[0].values == pytest.approx([2.0, 3.6], abs=1e-9)
    assert result.minima[1].values == pytest.approx([-1.5, -3.0], abs=1e-3)
    assert sum(m.n_starts for m in result.minima) == 16


def test_interval_goes_on_in_another_minimum_that_is_below_the_threshold_where_the_first_crosses_it():
    @component(parameters=["x", "y"])
    def two_valleys(x, y):
        # x^2 at y = -1, (x - 1.5)^2 + 0.3 at y = 1
        return 400 * (y**2 - 1) ** 2 + (x - 0.75 * (1 + y)) ** 2 + 0.15 * (1 + y)

    parameters = (toys.linear("x", 1.0, -10.0, 10.0), toys.linear("y", 0.5, -2.0, 2.0))
    found = fit(Analysis(toys.ToyModel(parameters), (two_valleys,), name="two valleys"), starts=16)
    interval = found.interval("x")
    y = np.linspace(-1.2, 1.2, 24001)

    def delta(x):
        term = 400 * (y**2 - 1) ** 2 + (x - 0.75 * (1 + y)) ** 2 + 0.15 * (1 + y)
        return float(term.min()) - found.fval

    assert found.best["x"] == pytest.approx(0.0, abs=0.01)
    assert interval.high > 2.3
    assert [delta(interval.low), delta(interval.high)] == pytest.approx([1.0, 1.0], abs=1e-4)


def test_interval_that_goes_on_in_a_flat_valley_ends_at_the_bounds():
    @component(parameters=["x", "y"])
    def flat_valley(x, y):
        # x^2 at y = -1, 0.3 everywhere at y = 1
        return 400 * (y**2 - 1) ** 2 + x**2 * (1 - y) ** 2 / 4 + 0.15 * (1 + y)

    parameters = (toys.linear("x", 1.0, -10.0, 10.0), toys.linear("y", 0.5, -2.0, 2.0))
    found = fit(Analysis(toys.ToyModel(parameters), (flat_valley,), name="flat valley"), starts=16)
    interval = found.interval("x")
    assert found.best["x"] == pytest.approx(0.0, abs=0.01)
    assert (interval.low, interval.high) == (-10.0, 10.0)
    assert (interval.low_status, interval.high_status) == (Side.AT_LIMIT, Side.AT_LIMIT)


def test_fit_where_no_start_converges_tries_no_new_physics():
    @component(parameters=["g"], n_data=1)
    def nowhere_else(g):
        return jnp.where(jnp.abs(g) < 0.01, g**2, jnp.nan)

    analysis = Analysis(toys.WithNothing((toys.linear("g", 2.0, -10.0, 10.0),)), (nowhere_else,), name="nowhere else")
    found = fit(analysis, starts=3, minos=False)
    assert all(not start.status.usable for start in found.starts)
    assert (found.fval, found.best["g"]) == (0.0, 0.0)
    assert "no start converged: the best fit is where no new physics leads" in found.messages


def test_fit_does_not_end_above_no_new_physics():
    found = fit(toys.needle(0.5), starts=4, minos=False)
    assert found.best["g"] == pytest.approx(0.0, abs=1e-6)
    assert found.fval == pytest.approx(0.0, abs=1e-6)
    assert any(m.startswith("beside no new physics lies a deeper minimum") for m in found.messages)
    assert found.minima[1].fval == pytest.approx(0.5, abs=1e-6)


def test_fit_starts_from_given_places_inside_the_domain_and_repeats_none():
    """The default of 1.2 leads to the higher minimum."""
    found = fit(toys.double_well(), starts=1, places=[{"a": -0.9}, {"a": 99.0}, {"a": 1.2}], minos=False)
    assert [float(start.start[0]) for start in found.starts] == [1.2, -0.9, 4.0]
    assert found.best["a"] < 0
    assert len(found.minima) == 2


def test_narrow_window_that_all_starts_miss_is_seen_along_a_coordinate():
    found = fit(toys.window(), starts=2, minos=False)
    assert all(abs(start.values[0]) < 0.1 for start in found.starts)
    assert found.best == pytest.approx({"a": 3.0, "b": 0.3}, rel=1e-2)
    assert any("beyond a wall lies a deeper minimum" in m for m in found.messages)
    assert [minimum.n_starts for minimum in found.minima] == [0, 2]
    assert fit(toys.window(), starts=1, minos=False).best["a"] == pytest.approx(0, abs=1e-6)


def test_minos_that_meets_a_deeper_minimum_makes_it_the_best_fit_and_says_so():
    result = fit(toys.double_well(), starts=1)
    roots = np.roots([2, 0, -2, 0.1])
    assert result.values[0] == pytest.approx(roots.min(), abs=1e-7)
    assert result.starts[0].values[0] == pytest.approx(roots.max(), abs=1e-3)
    assert any("deeper minimum" in m for m in result.messages)
    assert result.status is Status.OK


def test_points_without_a_value_are_counted_and_do_not_stop_the_fit():
    result = fit(toys.nan_region(), starts=8)
    assert result.status is Status.OK
    assert result.starts[0].status is Status.NAN
    assert result.values == pytest.approx([1.5, 0.0], abs=1e-6)
    assert result.n_bad > 0
    assert any(f"not finite at {result.n_bad} points" in m for m in result.messages)


def test_a_fit_without_any_value_is_nan_not_an_exception():
    result = fit(toys.never(), starts=3)
    assert result.status is Status.NAN
    assert math.isnan(result.fval)
    assert result.minima == ()
    assert "not finite at any start" in result.messages[0]
    assert Fit.from_json(result.to_json()).to_json() == result.to_json()
    assert "NAN" in str(result)


def test_wall_of_infinity_beside_the_minimum_does_not_stop_the_fit():
    @component(parameters=["a"], n_data=1)
    def wall(a):
        import jax.numpy as jnp

        return jnp.where(a < 0.9, jnp.inf, (a - 1.0) ** 2 / 0.04)

    result = fit(Analysis(toys.ToyModel((toys.linear("a", 5.0, -10, 10),)), (wall,)), starts=4)
    assert result.values[0] == pytest.approx(1.0, abs=1e-6)
    interval = result.interval("a")
    assert interval.high == pytest.approx(1.2, abs=1e-5)
    assert interval.low_status is Side.FAILED


def test_same_seed_gives_the_same_bits_and_another_seed_other_starts():
    first, second = (fit(toys.fresh(toys.bimodal), starts=6, seed=3).to_json() for _ in range(2))
    assert first == second
    other = json.loads(fit(toys.bimodal(), starts=6, seed=4, minos=False).to_json())
    assert json.loads(first)["starts"][0] == other["starts"][0]
    assert json.loads(first)["starts"][1:] != other["starts"][1:]


def test_second_fit_of_one_analysis_does_not_differ():
    analysis = toys.fresh(toys.rate)
    first = fit(analysis, starts=4)
    assert fit(analysis, starts=4).to_json() == first.to_json()


def test_json_round_trip_is_exact(gaussian):
    for result in (gaussian, fit(toys.rate(), starts=2), fit(toys.at_limit(), starts=2, minos=False)):
        text = result.to_json()
        back = Fit.from_json(text)
        assert back.to_json() == text
        assert (back.values == result.values).all()
        assert back.intervals == result.intervals or any(math.isnan(i.low) for i in result.intervals.values())
        assert str(back) == str(result)


def test_frame_has_one_row_a_parameter_with_cl_and_dof(gaussian):
    frame = gaussian.to_frame()
    assert list(frame.index) == ["a", "b", "c"]
    assert frame.loc["a", "error"] == pytest.approx(0.2)
    assert set(frame["cl"]) == {0.6827}
    assert set(frame["dof"]) == {1}
    assert frame.loc["a", "low_status"] == "OK"


def test_table_states_units_cl_and_status_but_no_bare_sigma():
    text = str(fit(toys.rate(), starts=4))
    assert "68.27 % CL, 1 dof, Delta chi^2 = 1.00" in text
    assert "800 MeV" in text
    assert "[700 MeV, 900 MeV]" in text
    assert "unconstrained" in text
    assert "status OK" in text
    assert "sigma" not in text.lower()


def test_results_are_read_only(gaussian):
    with pytest.raises(ValueError, match="read-only"):
        gaussian.values[0] = 1.0
    with pytest.raises(AttributeError):
        gaussian.fval = 0.0


def test_progress_counts_to_its_total():
    seen = []
    fit(toys.gaussian(), starts=3, progress=lambda done, total, text: seen.append((done, total, text)))
    assert [s[:2] for s in seen] == [(i + 1, 6) for i in range(6)]
    assert "start 1 of 3" in seen[0][2]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"starts": 0}, "starts must be >= 1, got 0"), ({"seed": -1}, "seed must be >= 0, got -1")],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        fit(toys.gaussian(), **options)


def test_an_analysis_without_free_parameters_is_refused():
    fixed = toys.double_well().with_parameters({"a": {"free": False}})
    with pytest.raises(ValueError, match="'double-well': no free parameters"):
        fit(fixed)


def test_unknown_interval_names_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'm'"):
        fit(toys.rate(), starts=1).interval("mm")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "fit: not a JSON document"),
        ('{"kind": "curve"}', "expected a stored 'fit', got 'curve'"),
        ('{"kind": "fit", "schema": 99}', "expected schema 1, got 99"),
        ("[]", "got 'list'"),
    ],
)
def test_stored_text_that_is_no_fit_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        Fit.from_json(text)
