"""Meshes refined along contours: the contours of the whole mesh, from fewer points."""

from functools import cache

import numpy as np
import pytest

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.fit import fit
from zprimefit.fitting.status import Status
from zprimefit.likelihoods import component
from zprimefit.scans.contour import Contour
from zprimefit.scans.refinement import filled
from zprimefit.scans.route import Coarse, Mesh, Patch
from zprimefit.scans.scan import scan

BOX = {"low": (-0.8, -3.0), "high": (1.8, 1.0)}


@cache
def both(make):
    """One scan in full, and one that is refined to the same mesh."""
    analysis, box = make()
    found = fit(analysis, starts=8, minos=False)
    names = analysis.free_parameters[:2]
    whole = scan(analysis, *names, n=(17, 13), fit=found, **box)
    return whole, scan(analysis, *names, n=(5, 4), refine=2, fit=found, **box)


def ellipse():
    return toys.gaussian(), BOX


def banana():
    """A curved valley, whose contours leave the grid."""

    @component(parameters=["x", "y"], n_data=2)
    def valley(x, y):
        return ((y - x**2) / 0.3) ** 2 + (x / 1.5) ** 2

    parameters = (toys.linear("x", 0.5, -3.0, 3.0), toys.linear("y", 0.5, -2.0, 6.0))
    return Analysis(toys.ToyModel(parameters), (valley,), name="banana"), {}


def minimised(contour):
    return np.array([[s is not Status.INTERPOLATED for s in row] for row in contour.status])


@pytest.mark.slow
@pytest.mark.parametrize("make", [ellipse, banana])
def test_contours_are_those_of_the_whole_mesh_from_fewer_points(make):
    whole, refined = both(make)
    assert refined.minus2lnl.shape == whole.minus2lnl.shape
    done = minimised(refined)
    assert refined.minus2lnl[done] == pytest.approx(whole.minus2lnl[done], abs=1e-4)
    for cl in (0.6827, 0.9545):
        expected, found = whole.contours(cl), refined.contours(cl)
        assert len(found) == len(expected)
        for a, b in zip(expected, found, strict=True):
            assert b == pytest.approx(a, abs=1e-4)
    assert 0.2 < done.mean() < 0.85
    assert f"{done.sum()} of {17 * 13} points were minimised" in refined.messages[-1]


@pytest.mark.slow
def test_points_that_were_not_minimised_are_interpolated_on_the_right_side():
    whole, refined = both(ellipse)
    done = minimised(refined)
    assert np.isnan(refined.values[~done]).all()
    for threshold in refined.levels((0.6827, 0.9545)):
        assert ((refined.delta <= threshold) == (whole.delta <= threshold))[~done].all()
    assert Contour.from_json(refined.to_json()).status == refined.status


@pytest.mark.slow
def test_region_between_the_coarse_points_is_found_around_the_best_fit():
    @component(parameters=["x", "y"], n_data=2)
    def spot(x, y):
        return ((x - 0.13) / 0.02) ** 2 + ((y + 0.37) / 0.02) ** 2

    parameters = (toys.linear("x", 0.1, -1.0, 1.0), toys.linear("y", 0.0, -1.0, 1.0))
    analysis = Analysis(toys.ToyModel(parameters), (spot,), name="spot")
    contour = scan(analysis, "x", "y", n=(5, 5), refine=5)
    (line,) = contour.contours(0.9545)
    radius = np.hypot(line[:, 0] - 0.13, line[:, 1] + 0.37)
    assert radius == pytest.approx(0.02 * np.sqrt(6.18), rel=0.1)
    assert minimised(contour).sum() < 0.05 * contour.minus2lnl.size


@pytest.mark.slow
def test_interrupted_refinement_ends_with_the_same_numbers(tmp_path):
    analysis, box = ellipse()
    found = fit(analysis, starts=4, minos=False)
    options = {"n": (5, 4), "refine": 2, "fit": found, **box}
    path = tmp_path / "points.jsonl"
    whole = scan(analysis, "a", "b", checkpoint=path, **options)
    lines = path.read_bytes().splitlines(keepends=True)
    patch = next(k for k, line in enumerate(lines) if b'"patch2-' in line)
    for kept in (3, patch - 2, patch + 1):
        path.write_bytes(b"".join(lines[:kept]) + lines[kept][:9])
        again = scan(analysis, "a", "b", checkpoint=path, **options)
        assert again.to_json() == whole.to_json()
        assert path.read_bytes() == b"".join(lines)


def test_coarse_mesh_has_the_numbers_of_the_finer_one():
    coarse = Mesh(2, 3, (0, 0)).every(2)
    assert isinstance(coarse, Coarse)
    assert [[i for i, _ in points] for points in coarse.rounds] == [[0], [2, 10], [4, 12], [14]]
    assert set(coarse.neighbours(12)) == {2, 10, 14}


def test_patch_starts_from_what_is_around_and_has_neighbours_along_the_axes():
    # 3 x 3 points, corners known
    patch = Patch(3, (1, 3, 4, 5, 7), frozenset({0, 2, 6, 8}), 1)
    (first,) = patch.rounds
    assert dict(first)[4] == (0, 2, 6, 8)
    assert dict(first)[1] == (0, 2)
    assert [i for i, _ in first] == [1, 3, 4, 5, 7]
    assert set(patch.neighbours(4)) == {1, 3, 5, 7}
    assert set(patch.neighbours(1)) == {0, 2, 4}
    # those that were done are looked at again from added ones only
    assert set(patch.neighbours(0)) == {1, 3}


def test_root_is_linear_between_points_that_were_done():
    delta = np.array([[0.0, np.nan, 4.0], [np.nan] * 3, [0.0, np.nan, 4.0]])
    found = filled(3, 3, [0, 2, 6, 8], delta[::2, ::2].ravel())
    assert found == pytest.approx(np.tile([0.0, 1.0, 4.0], (3, 1)))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"refine": -1}, "refine must be >= 0, got -1"), ({"cl": (0.9, 1.2)}, "the CL must lie between 0 and 1, got 1.2")],
)
def test_refinement_that_is_none_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        scan(toys.gaussian(), "a", "b", **options)
