"""The profile likelihood of two parameters against closed forms and brute force, and how it goes on after a stop."""

import json
from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.fit import fit
from zprimefit.fitting.minuit import descend, settle
from zprimefit.fitting.objective import Objective
from zprimefit.fitting.status import Status
from zprimefit.likelihoods import component
from zprimefit.scans import conditions
from zprimefit.scans.contour import Contour
from zprimefit.scans.profile import profile
from zprimefit.scans.route import Line, Mesh
from zprimefit.scans.scan import scan
from zprimefit.scans.sweep import ALONE

# MIGRAD stops at an estimated distance of 2e-5 to the minimum.
TOLERANCE = 4e-5


def crossing_minus2lnl(x, y, z):
    """Two valleys in y, at 3 + 0.3 x - 0.2 z and -3, whose depths cross in the plane of x and z."""
    upper = (y - 3 - 0.3 * x + 0.2 * z) ** 2 / 0.05 + 0.5 * (x - 2) ** 2 + 0.2 * z**2
    lower = (y + 3) ** 2 / 0.2 + 0.3 * (x + 1.5) ** 2 + 0.4 * (z - 1) ** 2 + 1.0
    return -2 * jnp.logaddexp(-0.5 * upper, -0.5 * lower)


@cache
def crossing():
    """The default lies in the lower valley, the deepest point in the upper one."""
    two = component(parameters=["x", "y", "z"], n_data=5, name="two-valleys")(crossing_minus2lnl)
    ranges = {"x": (-2.0, 5.0), "y": (-3.0, 8.0), "z": (1.0, 4.0)}
    parameters = tuple(toys.linear(name, at, -end, end) for name, (at, end) in ranges.items())
    return Analysis(toys.ToyModel(parameters), (two,), name="crossing")


@pytest.fixture(scope="module")
def gaussian_scan():
    return scan(toys.gaussian(), "a", "b", n=(17, 13), low=(-0.5, -2.5), high=(1.5, 0.5))


@pytest.fixture(scope="module")
def local_fit():
    found = fit(crossing(), starts=1, minos=False)
    assert found.values == pytest.approx([-1.5, -3.0, 1.0], abs=1e-4)
    return found


# -- numbers --------------------------------------------------------------------------------------------------------


def test_scan_of_a_gaussian_is_the_paraboloid_of_the_marginal_covariance(gaussian_scan):
    # Minimising over c leaves the Schur complement, the inverse of the covariance of a and b alone.
    inverse = np.linalg.inv(toys.COVARIANCE[:2, :2])
    x, y = gaussian_scan.x[:, None] - toys.CENTRE[0], gaussian_scan.y[None, :] - toys.CENTRE[1]
    expected = inverse[0, 0] * x**2 + 2 * inverse[0, 1] * x * y + inverse[1, 1] * y**2
    assert gaussian_scan.delta == pytest.approx(expected, abs=TOLERANCE)
    assert gaussian_scan.best == pytest.approx((0.5, -1.0), abs=1e-6)
    assert {s for row in gaussian_scan.status for s in row} == {Status.OK}


def test_values_have_the_parameters_of_the_grid_and_the_likelihood_there(gaussian_scan):
    analysis = toys.gaussian()
    assert (gaussian_scan.values[..., 0] == gaussian_scan.x[:, None]).all()
    assert (gaussian_scan.values[..., 1] == gaussian_scan.y[None, :]).all()
    flat = gaussian_scan.values.reshape(-1, 3)
    assert gaussian_scan.minus2lnl.ravel() == pytest.approx(analysis.minus2lnl_batch(flat), abs=1e-12)


def test_scan_of_crossing_valleys_is_the_brute_force_minimum_and_its_own_best_fit(local_fit):
    # A fit that knows the higher valley only: the scan has to find the other, and to refit there.
    contour = scan(crossing(), "x", "z", n=(15, 11), fit=local_fit)
    y = np.linspace(-8.0, 8.0, 32_001)
    brute = [[float(crossing_minus2lnl(x, y, z).min()) for z in contour.y] for x in contour.x]
    assert contour.minus2lnl == pytest.approx(np.array(brute), abs=TOLERANCE)
    assert contour.best_values == pytest.approx([2.0, 3.6, 0.0], abs=1e-5)
    assert contour.best_fval == pytest.approx(0.0, abs=1e-8)
    assert "a point of the scan lay below the best fit" in contour.messages[0]
    assert "at x = 2, z = " in contour.messages[0]
    assert set(np.sign(contour.values[..., 1]).ravel()) == {-1.0, 1.0}


def test_neighbours_carry_a_deeper_valley_to_where_no_other_start_finds_it(local_fit):
    # Without Sobol starts only the other corner's solutions, which its free neighbours hand on, lead to the upper one.
    both = fit(crossing(), starts=8, minos=False)
    assert len(both.minima) == 2
    few = scan(crossing(), "x", "z", n=(9, 7), fit=both, starts=0)
    many = scan(crossing(), "x", "z", n=(9, 7), fit=both, starts=4)
    assert few.minus2lnl == pytest.approx(many.minus2lnl, abs=TOLERANCE)


def test_scan_of_a_pivot_and_a_flat_coordinate_is_the_ridge_between_bounds():
    # d in [0.1, 10]: g^2 U d = RATE can be met where RATE / 10 <= g^2 U <= RATE / 0.1.
    contour = scan(toys.rate(), "g", "U", n=(9, 8), starts=0)
    product = 2 * np.log(contour.x[:, None]) + np.log(contour.y[None, :])
    ridge = np.maximum(np.log(toys.RATE / 10) - product, product - np.log(toys.RATE / 0.1)).clip(0) / toys.RATE_ERROR
    assert contour.delta == pytest.approx(ridge**2, abs=TOLERANCE)


def test_scan_of_a_mass_and_a_flat_coordinate_lets_the_pivot_follow_to_its_bound():
    contour = scan(toys.rate(), "m", "U", n=(7, 7), low=("300 MeV", None), high=("1.5 GeV", None), starts=0)
    short = np.maximum(np.log(toys.RATE / 10) - np.log(contour.y), 0) / toys.RATE_ERROR
    expected = ((contour.x[:, None] - 0.8) / 0.1) ** 2 + short[None, :] ** 2
    assert contour.delta == pytest.approx(expected, abs=TOLERANCE)
    assert (contour.x[0], contour.x[-1]) == (0.3, 1.5)
    assert np.diff(np.log(contour.x)) == pytest.approx(np.log(5.0) / 6, rel=1e-12)


def test_scan_of_all_parameters_is_the_likelihood():
    analysis = toys.bimodal()
    contour = scan(analysis, "y", "x", n=(5, 4))
    expected = [[analysis.minus2lnl([x, y]) for x in contour.y] for y in contour.x]
    assert contour.minus2lnl == pytest.approx(np.array(expected), abs=1e-12)


def test_points_without_a_value_are_nan_with_a_status():
    contour = scan(toys.nan_region(), "x", "y", n=(11, 11))
    x, y = contour.x[:, None], contour.y[None, :]
    failed = x + y < 1
    assert (np.isnan(contour.minus2lnl) == failed).all()
    assert contour.status[0][0] is Status.NAN
    assert contour.messages == (f"{failed.sum()} of 121 points have no value; see their status",)


def test_lowest_row_of_a_scan_is_the_profile_of_one_parameter():
    contour = scan(crossing(), "x", "z", n=(5, 31), low=(None, -1), high=(None, 2))
    curve = profile(crossing(), "x", n=5)
    # The minimum over z is at most 0.05 away from a point of the grid, and the curvature at most 2 x 0.4.
    assert contour.delta.min(axis=1) == pytest.approx(curve.delta, abs=0.4 * 0.05**2 + TOLERANCE)
    assert (contour.delta.min(axis=1) >= curve.delta - TOLERANCE).all()


def test_one_minimisation_a_point_is_enough_where_there_is_one_valley_but_for_the_search_of_the_first(monkeypatch):
    analysis, calls = toys.gaussian(), []
    found = fit(analysis, starts=2, minos=False)
    for step in (descend, settle):

        def counted(*arguments, step=step, **options):
            calls.append(step)
            return step(*arguments, **options)

        monkeypatch.setattr(conditions, step.__name__, counted)
    scan(analysis, "a", "b", n=(8, 8), fit=found, starts=1)
    # the first point's other starts are seen to lead to the same minimum once they are in its valley
    assert (calls.count(descend), calls.count(settle)) == (63 + ALONE, 64)


# -- the way through the grid ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("centre", [(0, 0), (2, 1), (3, 4)])
def test_mesh_is_done_outwards_and_every_point_has_a_neighbour_before_it(centre):
    mesh = Mesh(4, 5, centre)
    assert [i for i, _ in mesh.rounds[0]] == [centre[0] * 5 + centre[1]]
    done = set()
    for number, points in enumerate(mesh.rounds):
        for i, neighbours in points:
            assert set(neighbours) <= done & set(mesh.neighbours(i))
            assert (len(neighbours) > 0) == (number > 0)
        done |= {i for i, _ in points}
    assert done == set(range(20))
    assert sum(map(len, mesh.rounds)) == 20


def test_neighbours_in_a_mesh_are_one_step_away_and_mutual():
    mesh = Mesh(4, 5, (0, 0))
    pairs = {(i, j) for i in range(20) for j in mesh.neighbours(i)}
    assert len(pairs) == 2 * (3 * 5 + 4 * 4)
    assert {(j, i) for i, j in pairs} == pairs
    assert all(abs(i // 5 - j // 5) + abs(i % 5 - j % 5) == 1 for i, j in pairs)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 60, 64, 65])
def test_line_is_done_from_the_coarse_to_the_fine(n):
    line, done = Line(n), set()
    for number, points in enumerate(line.rounds):
        for _, near in points:
            assert set(near) <= done
            assert bool(near) == (number > 0)
        done |= {i for i, _ in points}
    assert done == set(range(n))
    assert sum(map(len, line.rounds)) == n
    assert len(line.rounds[0]) >= min(n, 4)


def test_points_of_a_line_start_from_both_sides():
    assert dict(Line(9).rounds[1]) == {1: (0, 2), 3: (2, 4), 5: (4, 6), 7: (6, 8)}
    assert dict(Line(8).rounds[1])[7] == (6,)
    assert [Line(3).neighbours(i) for i in range(3)] == [(1,), (0, 2), (1,)]


# -- checkpoints ----------------------------------------------------------------------------------------------------

OPTIONS = {"n": (6, 5), "starts": 1}


def interrupted(path, local_fit, after):
    """Run a scan that is stopped after some steps."""

    def stop(done, total, text):
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(crossing(), "x", "z", fit=local_fit, checkpoint=path, progress=stop, **OPTIONS)


@pytest.mark.parametrize("after", [7, 35, 60])
def test_interrupted_scan_ends_with_the_same_bits(tmp_path, local_fit, after):
    # The local fit makes the scan find a new best fit on the way, which must be the same too.
    whole = scan(crossing(), "x", "z", fit=local_fit, **OPTIONS)
    path = tmp_path / "points.jsonl"
    interrupted(path, local_fit, after)
    with path.open("ab") as handle:
        handle.write(b'{"key": "neighbours.0:7", "resu')  # a line that a crash cut short
    resumed = scan(toys.fresh(crossing), "x", "z", fit=local_fit, checkpoint=path, **OPTIONS)
    assert resumed.to_json() == whole.to_json()
    keys = [json.loads(line)["key"] for line in path.read_bytes().splitlines()[1:]]
    assert len(keys) == len(set(keys)) > after


def test_finished_scan_is_read_back_without_minimising(tmp_path, local_fit):
    path, about = tmp_path / "points.jsonl", {"identity": {"data": "abc"}}
    first = scan(crossing(), "x", "z", fit=local_fit, checkpoint=path, **about, **OPTIONS)
    before = path.read_bytes()
    analysis = toys.fresh(crossing)
    again = scan(analysis, "x", "z", fit=local_fit, checkpoint=path, **about, **OPTIONS)
    assert again.to_json() == first.to_json()
    assert Objective.of(analysis).counts.calls == 0
    assert path.read_bytes() == before


def test_checkpoint_of_other_work_is_refused_and_left_alone(tmp_path, local_fit):
    path = tmp_path / "points.jsonl"
    options = {"n": (2, 2), "fit": local_fit, "checkpoint": path, "starts": 0}
    scan(crossing(), "x", "z", **options, identity={"data": "abc"})
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r'identity is {"data": "abc"} there, {"data": "xyz"} here'):
        scan(crossing(), "x", "z", **options, identity={"data": "xyz"})
    with pytest.raises(ValueError, match=r'scan is \["x", "z"\] there, \["z", "x"\] here'):
        scan(crossing(), "z", "x", **options, identity={"data": "abc"})
    with pytest.raises(ValueError, match="belongs to other work: profile is null there"):
        profile(crossing(), "x", n=2, fit=local_fit, checkpoint=path, identity={"data": "abc"})
    assert path.read_bytes() == before


# -- the record -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [toys.nan_region, toys.bimodal])
def test_json_round_trip_and_frame(make):
    contour = scan(make(), "x", "y", n=(5, 4), starts=0)
    text = contour.to_json()
    back = Contour.from_json(text)
    assert back.to_json() == text
    assert (back.names, back.bounds, back.status) == (contour.names, contour.bounds, contour.status)
    frame = contour.to_frame()
    assert list(frame.columns) == ["x", "y", "minus2lnl", "delta_chi2", "status"]
    assert len(frame) == 20
    row = frame.iloc[1 * 4 + 2]
    assert (row["x"], row["y"]) == (contour.x[1], contour.y[2])
    assert np.array_equal(row["minus2lnl"], contour.minus2lnl[1, 2], equal_nan=True)


def test_frame_has_the_other_parameters(gaussian_scan):
    frame = gaussian_scan.to_frame()
    assert list(frame.columns) == ["a", "b", "minus2lnl", "delta_chi2", "status", "c"]
    assert (frame["c"].to_numpy() == gaussian_scan.values[..., 2].ravel()).all()


def test_stored_curve_is_no_contour(gaussian_scan):
    curve = profile(toys.double_well(), "a", n=3)
    with pytest.raises(ValueError, match="expected a stored 'contour', got 'curve'"):
        Contour.from_json(curve.to_json())


# -- messages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "options", "error", "message"),
    [
        (("a", "a"), {}, ValueError, "scan of a and a: two different parameters are needed; for one, use profile"),
        (("a", "bb"), {}, KeyError, "unknown parameter 'bb'; did you mean 'b'"),
        (("a", "b"), {"n": 40}, ValueError, r"scan of a and b: expected a pair n=\(of x, of y\), got 40"),
        (("a", "b"), {"low": "30 MeV"}, ValueError, r"expected a pair low=\(of x, of y\), got '30 MeV'"),
        (("a", "b"), {"n": (5, 1)}, ValueError, "scan of b: expected low < high and n >= 2"),
        (("a", "b"), {"low": (None, -50)}, ValueError, r"scan of b: -50.0 to 10.0 leaves the parameter's bounds"),
        (("a", "b"), {"high": ("3 MeV", None)}, ValueError, "scan of a: is dimensionless"),
        (("a", "b"), {"starts": -1}, ValueError, "scan of a and b: starts and seed must be >= 0"),
    ],
    ids=["twice", "name", "n", "low", "points", "bounds", "unit", "starts"],
)
def test_bad_requests_are_named(names, options, error, message):
    with pytest.raises(error, match=message):
        scan(toys.gaussian(), *names, **options)


def test_fixed_parameter_is_refused():
    analysis = toys.gaussian().with_parameters({"b": {"free": False}})
    with pytest.raises(ValueError, match="scan of b: the parameter is fixed; free parameters: a, c"):
        scan(analysis, "a", "b")


def test_fit_of_another_analysis_is_refused(local_fit):
    with pytest.raises(ValueError, match="'crossing' has the parameters"):
        scan(toys.gaussian(), "a", "b", fit=local_fit)
