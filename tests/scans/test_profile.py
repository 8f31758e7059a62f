import json

import numpy as np
import pytest

from tests import toys
from zprimefit.fitting.fit import fit
from zprimefit.fitting.objective import Objective
from zprimefit.fitting.status import Side, Status
from zprimefit.scans.curve import Curve
from zprimefit.scans.profile import profile

# MIGRAD stops at an estimated distance of 2e-5 to the minimum.
TOLERANCE = 4e-5


def test_gaussian_profile_is_its_parabola():
    curve = profile(toys.gaussian(), "b", low=-2.0, high=0.5, n=11)
    assert curve.delta == pytest.approx(((curve.grid + 1.0) / 0.3) ** 2, abs=TOLERANCE)
    interval = curve.interval(0.9545)
    assert (interval.low, interval.high) == pytest.approx((-1.6, -0.4), abs=1e-4)
    assert (interval.cl, interval.dof) == (0.9545, 1)
    assert interval.delta_chi2 == pytest.approx(4.0, abs=1e-3)


def test_profile_of_two_crossing_minima_is_the_brute_force_minimum():
    curve = profile(toys.bimodal(), "x", n=41)
    y = np.linspace(-8.0, 8.0, 160_001)
    brute = np.array([np.asarray(toys.bimodal_minus2lnl(x, y)).min() for x in curve.grid])
    assert curve.minus2lnl == pytest.approx(brute, abs=TOLERANCE)
    signs = np.sign(curve.values[:, 1])
    assert {-1.0, 1.0} == set(signs)
    upper, lower = curve.intervals(0.9)[-1], curve.intervals(0.9)[0]
    assert len(curve.intervals()) == 2
    assert lower.low_status is Side.OK
    assert upper.high == pytest.approx(2 + np.sqrt(2 * 2.7055), abs=1e-3)


def test_minimum_that_is_met_where_it_is_not_the_deepest_is_followed_to_where_it_is():
    analysis = toys.narrowing()
    fitted = fit(analysis, starts=1, minos=False)
    assert [minimum.values[1] for minimum in fitted.minima] == pytest.approx([4.0], abs=1e-3)
    curve = profile(analysis, "x", n=25, fit=fitted)
    y = np.concatenate([np.linspace(-6.5, -5.5, 100_001), np.linspace(-10.0, 10.0, 20_001)])
    brute = np.array([np.asarray(toys.narrowing_minus2lnl(x, y)).min() for x in curve.grid])
    assert curve.minus2lnl == pytest.approx(brute, abs=TOLERANCE)
    apart = np.abs(curve.grid) > 0.1
    assert (curve.values[apart, 1] < 0).tolist() == (curve.grid[apart] < 0).tolist()


def test_no_point_lies_above_no_new_physics():
    analysis = toys.needle(-1.0)
    fitted = fit(analysis, starts=4, minos=False)
    assert fitted.best == pytest.approx({"m": 1.0, "g": 5.0}, abs=1e-4)
    curve = profile(analysis, "m", low=-1.0, high=3.0, n=9, fit=fitted)
    valley = -1 + 4 * (1 - np.exp(-2 * (curve.grid - 1) ** 2))
    assert curve.minus2lnl == pytest.approx(np.minimum(valley, 0.0), abs=1e-4)
    assert (valley > 1).any()


def test_point_below_the_best_fit_becomes_the_best_fit_and_is_announced():
    analysis = toys.bimodal()
    local = fit(analysis, starts=1, minos=False)
    assert local.fval == pytest.approx(1.0, abs=1e-9)
    curve = profile(analysis, "x", n=21, fit=local)
    assert curve.best_fval == pytest.approx(0.0, abs=1e-9)
    assert curve.best_values == pytest.approx([2.0, 3.6], abs=1e-6)
    assert curve.delta.min() >= -1e-9
    assert "a point of the scan lay below the best fit" in curve.messages[0]
    reference = profile(analysis, "x", n=21)
    assert curve.minus2lnl == pytest.approx(reference.minus2lnl, abs=TOLERANCE)


def test_global_minimum_is_subtracted_not_the_grids():
    curve = profile(toys.gaussian(), "a", values=[0.7, 0.9, 1.1])
    assert curve.delta == pytest.approx([1.0, 4.0, 9.0], abs=TOLERANCE)


def test_profile_of_a_pivot_drops_its_shear():
    # Within U <= 1e-2 and d <= 10 any g above sqrt(RATE / 0.1) gives the rate; below, U d is at its largest.
    curve = profile(toys.rate(), "g", n=25)
    ridge = np.maximum(np.log(toys.RATE) - np.log(0.1) - 2 * np.log(curve.grid), 0.0) / toys.RATE_ERROR
    assert curve.delta == pytest.approx(ridge**2, abs=TOLERANCE)
    at_limit = [s for s, r in zip(curve.status, ridge, strict=True) if r > 1]
    assert set(at_limit) == {Status.AT_LIMIT}


def test_profile_of_a_flat_coordinate_lets_the_pivot_follow_to_its_bound():
    curve = profile(toys.rate(), "U", n=25)
    # g <= 1 and d <= 10: U >= RATE / 10.
    ridge = np.maximum(np.log(toys.RATE / 10.0) - np.log(curve.grid), 0.0) / toys.RATE_ERROR
    assert curve.delta == pytest.approx(ridge**2, abs=TOLERANCE)


def test_profile_against_a_bound_is_exact():
    curve = profile(toys.at_limit(), "b", low=-1.0, high=4.0, n=21)
    held = 1.0 + ((curve.grid - 1.0) / 0.5) ** 2
    free = (curve.grid + 1.0) ** 2 / 4.25
    expected = np.where(curve.grid < 1.125, held, free) - 1.0  # where the free a = 4 (2 b - ...) reaches 0
    assert curve.delta == pytest.approx(expected, abs=TOLERANCE)
    assert curve.interval().low == pytest.approx(0.5, abs=2e-2)


def test_profile_up_to_the_parameters_bound_is_one_sided():
    interval = profile(toys.at_limit(), "a", low=0.0, high=2.0, n=21).interval()
    assert (interval.low, interval.low_status) == (0.0, Side.AT_LIMIT)
    assert interval.high == pytest.approx(np.sqrt(2) - 1, abs=1e-3)


def test_curve_that_ends_below_the_threshold_is_open():
    interval = profile(toys.gaussian(), "a", low=0.4, high=2.0, n=9).interval()
    assert (interval.low, interval.low_status) == (pytest.approx(0.4), Side.OPEN)
    assert interval.high == pytest.approx(0.7, abs=1e-3)


def test_points_without_a_value_are_nan_with_a_status():
    curve = profile(toys.nan_region(), "x", n=11)
    failed = np.isnan(curve.minus2lnl)
    assert failed[0]  # x = -5 leaves no y <= 5 with x + y >= 1
    assert curve.status[0] in {Status.NAN, Status.NOT_CONVERGED}
    assert len(curve.status) == len(curve.grid) == 11
    assert any("points have no value" in m for m in curve.messages)
    good = curve.grid >= 1.0
    assert curve.delta[good] == pytest.approx(((curve.grid[good] - 1.5) / 0.2) ** 2, abs=TOLERANCE)


def test_known_minima_are_tried_beside_points_without_a_value():
    curve = profile(toys.nan_region(), "x", n=11, starts=0)
    assert np.isnan(curve.minus2lnl[0])
    good = curve.grid >= 1.0
    assert curve.delta[good] == pytest.approx(((curve.grid[good] - 1.5) / 0.2) ** 2, abs=TOLERANCE)


def test_profile_of_the_only_parameter_is_the_likelihood():
    analysis = toys.double_well()
    curve = profile(analysis, "a", n=17)
    assert curve.minus2lnl == pytest.approx([analysis.minus2lnl([a]) for a in curve.grid], abs=1e-12)


def test_log_scale_grid_is_even_in_the_logarithm_and_reads_units():
    curve = profile(toys.rate(), "m", low="100 MeV", high="1 GeV", n=3, fit=None)
    assert curve.grid == pytest.approx([0.1, np.sqrt(0.1), 1.0], rel=1e-12)
    assert (curve.grid[0], curve.grid[-1]) == (0.1, 1.0)


def test_json_round_trip_and_frame():
    curve = profile(toys.nan_region(), "x", n=5)
    text = curve.to_json()
    assert Curve.from_json(text).to_json() == text
    frame = curve.to_frame()
    assert list(frame.columns) == ["x", "minus2lnl", "delta_chi2", "status", "y"]
    assert len(frame) == 5


# -- checkpoints ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def local_fit():
    return fit(toys.bimodal(), starts=1, minos=False)


def interrupted(path, local_fit, after):
    """Run a scan that is stopped after some steps."""

    def stop(done, total, text):
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        profile(toys.bimodal(), "x", n=9, fit=local_fit, checkpoint=path, progress=stop)


@pytest.mark.parametrize("after", [5, 12, 20])
def test_interrupted_scan_ends_with_the_same_bits(tmp_path, local_fit, after):
    # The local fit makes the scan find a new best fit on the way, which must be the same too.
    whole = profile(toys.bimodal(), "x", n=9, fit=local_fit)
    path = tmp_path / "points.jsonl"
    interrupted(path, local_fit, after)
    analysis = toys.fresh(toys.bimodal)
    with path.open("ab") as handle:
        handle.write(b'{"key": "first1:7", "resu')  # a line that a crash cut short
    resumed = profile(analysis, "x", n=9, fit=local_fit, checkpoint=path)
    assert resumed.to_json() == whole.to_json()
    keys = [json.loads(line)["key"] for line in path.read_bytes().splitlines()[1:]]
    assert len(keys) == len(set(keys))


def test_finished_scan_is_read_back_without_minimising(tmp_path, local_fit):
    path = tmp_path / "points.jsonl"
    first = profile(toys.bimodal(), "x", n=9, fit=local_fit, checkpoint=path)
    before = path.read_bytes()
    analysis = toys.fresh(toys.bimodal)
    again = profile(analysis, "x", n=9, fit=local_fit, checkpoint=path)
    assert again.to_json() == first.to_json()
    assert Objective.of(analysis).counts.calls == 0
    assert path.read_bytes() == before


def test_checkpoint_of_other_work_is_refused_and_left_alone(tmp_path, local_fit):
    path = tmp_path / "points.jsonl"
    options = {"n": 3, "fit": local_fit, "checkpoint": path}
    profile(toys.bimodal(), "x", **options, identity={"data": "abc"})
    before = path.read_bytes()
    with pytest.raises(
        ValueError, match=r'belongs to other work: identity is {"data": "abc"} there, {"data": "xyz"} here'
    ):
        profile(toys.bimodal(), "x", **options, identity={"data": "xyz"})
    with pytest.raises(ValueError, match=r'profile is "x" there, "y" here'):
        profile(toys.bimodal(), "y", **options, identity={"data": "abc"})
    with pytest.raises(ValueError, match="seed is 1 there, 2 here"):
        profile(toys.bimodal(), "x", **options, identity={"data": "abc"}, seed=2)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"some notes of mine\n", b"some notes of mine", b'{"schema": 1}\nnot json\n'])
def test_foreign_file_is_refused_and_left_alone(tmp_path, local_fit, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint .*notes\.txt"):
        profile(toys.bimodal(), "x", n=3, fit=local_fit, checkpoint=path)
    assert path.read_bytes() == content


# -- messages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        ("aa", {}, KeyError, "unknown parameter 'aa'; did you mean 'a'"),
        ("a", {"low": 3, "high": 1}, ValueError, "profile of a: expected low < high and n >= 2"),
        ("a", {"n": 1}, ValueError, "n = 1"),
        ("a", {"low": -50}, ValueError, r"profile of a: -50.0 to 10.0 leaves the parameter's bounds \[-10, 10\]"),
        ("a", {"low": "3 MeV"}, ValueError, "profile of a: is dimensionless"),
        ("a", {"values": [0.0, np.nan]}, ValueError, "at least one finite value"),
        ("a", {"starts": -1}, ValueError, "starts and seed must be >= 0"),
    ],
)
def test_bad_requests_are_named(name, options, error, message):
    with pytest.raises(error, match=message):
        profile(toys.gaussian(), name, **options)


def test_fixed_parameter_is_refused():
    analysis = toys.gaussian().with_parameters({"a": {"free": False}})
    with pytest.raises(ValueError, match="profile of a: the parameter is fixed; free parameters: b, c"):
        profile(analysis, "a")


def test_fit_of_another_analysis_is_refused(local_fit):
    with pytest.raises(ValueError, match="'bimodal' has the parameters"):
        profile(toys.gaussian(), "a", fit=local_fit)
    moved = toys.gaussian()
    found = fit(moved, starts=1, minos=False)
    from zprimefit.likelihoods import component

    extra = component(parameters=["a"], name="extra")(lambda a: 1.0 + 0 * a)
    with pytest.raises(ValueError, match="gave -2 ln L = 7, but the analysis 'gaussian' gives 8"):
        profile(moved + extra, "a", fit=found)


def test_fit_without_a_minimum_is_refused():
    with pytest.raises(ValueError, match=r"found no minimum \(status NAN\)"):
        profile(toys.never(), "a")
