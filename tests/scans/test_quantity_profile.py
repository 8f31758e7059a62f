"""Profiles of derived quantities against closed forms, and against the profile of the parameter that they follow."""

from dataclasses import dataclass, replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from tests import toys
from zprimefit.fitting.fit import fit
from zprimefit.fitting.objective import Objective
from zprimefit.fitting.status import Side, Status
from zprimefit.quantities import Quantity
from zprimefit.scans.curve import Curve
from zprimefit.scans.derived import ON_TARGET
from zprimefit.scans.profile import profile
from zprimefit.scans.target import Target

# Largest error seen is 2e-5, that of the parameters' own profiles.
TOLERANCE = 4e-5


@dataclass(frozen=True)
class Derived(toys.ToyModel):
    """A model with derived quantities."""

    quantities: tuple[Quantity, ...] = ()


def with_quantities(make, unit="1", **functions):
    analysis = make()
    quantities = tuple(Quantity(name, unit, name, f"{name} of a test", f) for name, f in functions.items())
    return replace(analysis, model=Derived(analysis.model.parameters, analysis.model.shears, quantities))


WEIGHTS = np.array([1.0, 2.0, -1.0])
MEAN = float(WEIGHTS @ toys.CENTRE)
VARIANCE = float(WEIGHTS @ toys.COVARIANCE @ WEIGHTS)


def combination(p):
    return p["a"] + 2 * p["b"] - p["c"]


@cache
def gaussian():
    return with_quantities(
        toys.gaussian,
        line=combination,
        power=lambda p: jnp.exp(combination(p)),
        square=lambda p: p["a"] ** 2 + p["b"] ** 2 + p["c"] ** 2,
        deviation=lambda p: (p["a"] - toys.CENTRE[0]) ** 2 / toys.COVARIANCE[0, 0],
    )


@pytest.fixture(scope="module")
def found():
    return fit(gaussian(), starts=2, minos=False)


@pytest.fixture(scope="module")
def line(found):
    return profile(gaussian(), "line", low=MEAN - 3, high=MEAN + 3, n=9, fit=found, starts=0)


# -- numbers --------------------------------------------------------------------------------------------------------


def test_linear_quantity_of_a_gaussian_has_its_propagated_variance(line):
    assert line.delta == pytest.approx((line.grid - MEAN) ** 2 / VARIANCE, abs=TOLERANCE)
    assert set(line.status) == {Status.OK}
    assert line.best == pytest.approx(MEAN, abs=1e-6)
    interval = line.interval()
    error = np.sqrt(VARIANCE * interval.delta_chi2)
    assert (interval.low, interval.high) == pytest.approx((MEAN - error, MEAN + error), abs=2e-4)
    assert (interval.low_status, interval.high_status) == (Side.OK, Side.OK)


def test_values_of_a_point_have_the_quantity_and_minimise_the_likelihood_there(line):
    # The Gaussian's minimum on a hyperplane: centre + covariance w (q - mean) / variance.
    expected = toys.CENTRE + np.outer((line.grid - MEAN) / VARIANCE, toys.COVARIANCE @ WEIGHTS)
    assert line.values == pytest.approx(expected, abs=5e-3)
    reached = line.values @ WEIGHTS
    assert reached == pytest.approx(line.grid, abs=ON_TARGET * (line.grid[-1] - line.grid[0]))


def test_nonlinear_quantity_over_decades_is_profiled_in_its_logarithm(found):
    curve = profile(gaussian(), "power", low=np.exp(MEAN) / 40, high=np.exp(MEAN) * 40, n=8, fit=found, starts=1)
    assert curve.scale == "log"
    assert curve.delta == pytest.approx((np.log(curve.grid) - MEAN) ** 2 / VARIANCE, abs=TOLERANCE)
    assert np.diff(np.log(curve.grid)) == pytest.approx(np.log(1600) / 7, rel=1e-9)


def nearest_on_a_sphere(square):
    """Least (x - c)^T C^-1 (x - c) on |x|^2 = square, by the root of its Lagrange multiplier."""
    inverse = np.linalg.inv(toys.COVARIANCE)
    values, vectors = np.linalg.eigh(inverse)
    pull = vectors.T @ inverse @ toys.CENTRE
    multiplier = brentq(lambda m: np.sum((pull / (values + m)) ** 2) - square, -values[0] + 1e-9, 1e6, xtol=1e-12)
    r = vectors @ (pull / (values + multiplier)) - toys.CENTRE
    return float(r @ inverse @ r)


def test_curved_quantity_has_the_minimum_on_its_surface(found):
    curve = profile(gaussian(), "square", low=0.5, high=14.0, n=8, fit=found, starts=0)
    assert curve.scale == "linear"
    assert curve.delta == pytest.approx([nearest_on_a_sphere(q) for q in curve.grid], abs=TOLERANCE)


def test_quantity_that_is_a_function_of_one_parameter_has_that_parameters_profile():
    analysis = with_quantities(toys.bimodal, shifted=lambda p: 2 * p["x"] + 1)
    curve = profile(analysis, "shifted", low=-5.0, high=9.0, n=15)
    reference = profile(analysis, "x", low=-3.0, high=4.0, n=15)
    assert curve.delta == pytest.approx(reference.delta, abs=TOLERANCE)
    assert np.sign(curve.values[:, 1]).tolist() == np.sign(reference.values[:, 1]).tolist()


def test_quantity_of_a_pivot_is_held_by_the_bounds_as_the_pivot_is():
    # Within U <= 1e-2 and d <= 10 any g above sqrt(RATE / 0.1) gives the rate; below, U d is at its largest.
    analysis = with_quantities(toys.rate, area=lambda p: 1e3 * p["g"] ** 2)
    curve = profile(analysis, "area", low=2e-7, high=900.0, n=9, starts=0)
    ridge = np.maximum(np.log(toys.RATE) - np.log(0.1) - np.log(curve.grid / 1e3), 0.0) / toys.RATE_ERROR
    assert curve.delta == pytest.approx(ridge**2, abs=TOLERANCE)
    assert {s for s, r in zip(curve.status, ridge, strict=True) if r > 1} == {Status.AT_LIMIT}


def test_quantity_along_a_sheared_ridge_is_the_likelihood_of_the_rate():
    analysis = with_quantities(toys.rate, product=lambda p: p["g"] ** 2 * p["U"] * p["d"])
    curve = profile(analysis, "product", low=0.8 * toys.RATE, high=1.3 * toys.RATE, n=6, starts=1)
    assert curve.delta == pytest.approx((np.log(curve.grid / toys.RATE) / toys.RATE_ERROR) ** 2, abs=TOLERANCE)


def test_values_that_a_quantity_cannot_have_are_nan(found):
    curve = profile(gaussian(), "deviation", low=-1.0, high=4.0, n=6, fit=found, starts=0)
    assert np.isnan(curve.minus2lnl).tolist() == [True, False, False, False, False, False]
    assert curve.delta[1:] == pytest.approx(curve.grid[1:], abs=TOLERANCE)
    assert curve.status[0] is Status.NOT_CONVERGED
    assert curve.messages == ("1 of 6 points have no value; see their status",)


def test_point_below_the_best_fit_becomes_the_best_fit():
    analysis = with_quantities(toys.bimodal, height=lambda p: p["y"] + 1)
    local = fit(analysis, starts=1, minos=False)
    assert local.fval == pytest.approx(1.0, abs=1e-9)
    curve = profile(analysis, "height", low=-4.0, high=6.0, n=11, fit=local)
    assert curve.best_fval == pytest.approx(0.0, abs=1e-9)
    assert curve.best == pytest.approx(4.6, abs=1e-5)
    assert "at height = 4.6" in curve.messages[0]
    assert curve.delta.min() >= -1e-9


def test_curve_ends_open_where_a_quantity_has_no_bound(found):
    curve = profile(gaussian(), "line", low=MEAN - 0.5, high=MEAN + 3, n=6, fit=found, starts=0)
    interval = curve.interval()
    assert (interval.low, interval.low_status) == (curve.grid[0], Side.OPEN)
    assert curve.bounds is None


# -- the axis -------------------------------------------------------------------------------------------------------

ENDS = [
    (1e-9, 4e-9, "linear"),
    (1e-12, 1e-3, "log"),
    (-2.0, 5.0, "linear"),
    (-8e-13, -1e-13, "linear"),
    (0.0, 3.0, "linear"),
]


@pytest.mark.parametrize(("low", "high", "scale"), ENDS)
@settings(deadline=None)  # the first call compiles
@given(place=st.floats(0.0, 1.0))
def test_distance_is_zero_on_its_place_with_the_slope_of_the_axis(low, high, scale, place):
    target = Target(low, high, scale)
    value = float(target.value(place))
    assert float(target.distance(value, place)) == pytest.approx(0.0, abs=1e-12)
    slope = jax.grad(lambda t: target.distance(target.value(t), place))(place)
    assert float(slope) == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(("low", "high", "scale"), ENDS)
@settings(deadline=None)  # the first call compiles
@given(place=st.floats(0.0, 1.0))
def test_distance_is_finite_and_rises_with_the_quantity_over_decades_of_either_sign(low, high, scale, place):
    target = Target(low, high, scale)
    reach = np.geomspace(1e-6, 1e6, 40) * max(abs(low), abs(high))
    distances = np.asarray(target.distance(np.concatenate([-reach[::-1], [0.0], reach]), place))
    assert np.isfinite(distances).all()
    assert (np.diff(distances) > 0).all()


# -- the record -----------------------------------------------------------------------------------------------------


def test_json_round_trip_and_frame(line):
    text = line.to_json()
    back = Curve.from_json(text)
    assert back.to_json() == text
    assert (back.best, back.bounds, back.scale) == (line.best, None, "linear")
    assert list(line.to_frame().columns) == ["line", "minus2lnl", "delta_chi2", "status", "a", "b", "c"]


def test_curve_of_a_parameter_is_stored_as_before(found):
    stored = profile(gaussian(), "a", low=0.0, high=1.0, n=3, fit=found, starts=0).to_json()
    assert "quantity_at_best" not in stored
    assert Curve.from_json(stored).quantity_at_best is None


def test_plot_marks_the_quantity_at_the_best_fit(line):
    drawing = line.plot(marks={"point": -3.0})
    (axes,) = drawing.figure.axes
    assert f"best fit {MEAN:.4g}" in [t.get_text() for t in axes.get_legend().get_texts()]
    assert axes.get_title() == "gaussian: profiled over a, b, c"
    drawing.close()


def test_interrupted_profile_ends_with_the_same_bits(tmp_path, line, found):
    path = tmp_path / "points.jsonl"
    options = {"low": MEAN - 3, "high": MEAN + 3, "n": 9, "fit": found, "starts": 0, "checkpoint": path}

    def stop(done, total, text):
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        profile(gaussian(), "line", **options, progress=stop)
    assert profile(gaussian(), "line", **options).to_json() == line.to_json()
    before = path.read_bytes()
    fresh = replace(gaussian())
    assert profile(fresh, "line", **options).to_json() == line.to_json()
    assert Objective.of(fresh).counts.calls == 0
    with pytest.raises(ValueError, match='belongs to other work: profile is "line" there, "power" here'):
        profile(gaussian(), "power", **{**options, "low": 1e-3, "high": 1e-2})
    assert path.read_bytes() == before


# -- messages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("lines", {}, KeyError, "unknown parameter 'lines'; did you mean 'line'"),
        ("line", {}, ValueError, "profile of line: a derived quantity has no bounds of its own; give low and high"),
        ("line", {"low": 1.0}, ValueError, "profile of line: a derived quantity has no bounds of its own"),
        ("line", {"low": 2, "high": 1}, ValueError, "profile of line: expected low < high and n >= 2"),
        ("line", {"low": 1, "high": 2, "n": 1}, ValueError, "n = 1"),
        ("line", {"low": -1, "high": 2, "scale": "log"}, ValueError, r"scale 'log' needs low > 0, got -1.0"),
        (
            "line",
            {"low": 1, "high": 2, "scale": "lin"},
            ValueError,
            r"unknown scale \(profile of line\) 'lin'; did you",
        ),
        ("line", {"low": "1 MeV", "high": 2}, ValueError, "profile of line: is dimensionless"),
        (
            "line",
            {"values": [1.0, 2.0]},
            ValueError,
            "profile of line: values are for parameters; give low, high and n",
        ),
        ("a", {"scale": "log"}, ValueError, "profile of a: the parameter has its own scale, linear"),
    ],
    ids=["name", "range", "high", "order", "points", "positive", "scale", "unit", "values", "parameter"],
)
def test_bad_requests_are_named(name, options, error, message):
    with pytest.raises(error, match=message):
        profile(gaussian(), name, **options)


@pytest.mark.parametrize(
    ("unit", "low", "expected"),
    [
        ("s", "1e-9 s", 1e-9),
        ("s", 1e-9, 1e-9),
        ("GeV", "30 MeV", 0.03),
        ("m", "2 m", 2.0),
        ("events", "100 events", 100.0),
    ],
)
def test_ends_may_carry_the_unit_of_the_quantity(unit, low, expected):
    quantity = Quantity("q", unit, "q", "of a test", combination)
    assert Target.read(quantity, low, 1e4, None, n=3, what="profile of q").low == expected


def test_unit_that_does_not_fit_is_refused():
    quantity = Quantity("q", "s", "q", "of a test", combination)
    with pytest.raises(ValueError, match=r"profile of q: .*'30 MeV'"):
        Target.read(quantity, "30 MeV", 1e4, None, n=3, what="profile of q")
