"""Regions of two parameters: thresholds, ellipses of known area, edges, holes, scales."""

from dataclasses import replace

import numpy as np
import pytest

from tests import toys
from zprimefit.fitting.status import Status
from zprimefit.scans.contour import Contour
from zprimefit.scans.scan import scan

INVERSE = np.linalg.inv(toys.COVARIANCE[:2, :2])


def made(x, y, delta, *, scales=("linear", "linear"), bounds=((-10.0, 10.0), (-10.0, 10.0)), best=(0.0, 0.0)):
    """A contour of two parameters alone with given Delta chi^2 (nx, ny)."""
    shape = delta.shape
    values = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    return Contour(
        analysis="made", names=("a", "b"), units=("GeV", "1"), latex=("a", "b"), scales=scales, asinh_scales=(1.0, 1.0),
        bounds=bounds, parameters=("a", "b"), x=x, y=y, minus2lnl=delta + 5.0, values=values,
        status=tuple((Status.OK,) * shape[1] for _ in range(shape[0])), best_values=np.array(best), best_fval=5.0,
        messages=(),
    )  # fmt: skip


def circle(n=41, reach=4.0, scale=1.0):
    x = np.linspace(-reach, reach, n)
    return made(x, x, (x[:, None] ** 2 + x[None, :] ** 2) / scale**2)


def area(line):
    """Signed, positive anticlockwise (the shoelace formula)."""
    x, y = line.T
    return 0.5 * float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def test_levels_are_those_of_two_degrees_of_freedom():
    # Delta chi^2 = -2 ln(1 - CL) for 2 dof.
    cl = np.array([0.6827, 0.9, 0.9545])
    assert circle().levels(cl) == pytest.approx(-2 * np.log(1 - cl), rel=1e-12)
    assert circle().levels() == pytest.approx((2.30, 6.18), abs=5e-3)


@pytest.mark.parametrize("cl", [0.0, 1.0, -1.0, 68.27])
def test_impossible_level_is_refused(cl):
    with pytest.raises(ValueError, match="contour of a and b: the CL must lie between 0 and 1, got"):
        circle().contours(cl)


@pytest.fixture(scope="module")
def gaussian_scan():
    # A point every quarter of a standard deviation.
    return scan(toys.gaussian(), "a", "b", n=(22, 22), low=(-0.025, -1.7875), high=(1.025, -0.2125), starts=0)


@pytest.mark.parametrize("cl", [0.6827, 0.9545])
def test_contour_of_a_gaussian_is_its_ellipse(gaussian_scan, cl):
    (line,) = gaussian_scan.contours(cl)
    (level,) = gaussian_scan.levels([cl])
    assert (line[0] == line[-1]).all()
    expected = np.pi * level * np.sqrt(np.linalg.det(toys.COVARIANCE[:2, :2]))
    assert abs(area(line)) == pytest.approx(expected, rel=0.01)
    r = line - toys.CENTRE[:2]
    assert np.einsum("ni,ij,nj->n", r, INVERSE, r) == pytest.approx(level, rel=0.02)


def test_region_beyond_the_grid_follows_its_edge():
    contour = circle(reach=1.0)
    (line,) = contour.contours(0.6827)
    assert abs(area(line)) == pytest.approx(4.0, rel=1e-12)
    assert np.abs(line).max() == 1.0


def test_hole_has_a_polyline_of_its_own_that_runs_the_other_way_round():
    x = np.linspace(-3.0, 3.0, 121)
    ring = ((np.hypot(x[:, None], x[None, :]) - 1.5) / 0.3) ** 2
    lines = made(x, x, ring).contours(0.6827)
    width = 0.3 * np.sqrt(-2 * np.log(1 - 0.6827))
    areas = sorted(map(area, lines))
    assert len(areas) == 2
    assert areas[1] == pytest.approx(np.pi * (1.5 + width) ** 2, rel=0.01)
    assert areas[0] == pytest.approx(-np.pi * (1.5 - width) ** 2, rel=0.01)


def test_separate_regions_have_separate_polylines():
    x = np.linspace(-4.0, 4.0, 161)
    two = np.minimum((x[:, None] - 2) ** 2, (x[:, None] + 2) ** 2) / 0.2 + x[None, :] ** 2
    lines = made(x, x, two).contours(0.6827)
    assert sorted(float(np.sign(line[:, 0].mean())) for line in lines) == [-1.0, 1.0]


def test_region_that_is_nowhere_has_no_polyline():
    contour = circle()
    assert replace(contour, best_fval=-100.0).contours() == []


def test_contours_are_interpolated_on_the_parameters_scales():
    # An ellipse in (ln a, asinh b) comes out as well as in (a, b).
    u = np.linspace(-4.0, 4.0, 61)
    contour = made(
        np.exp(u), np.sinh(u), u[:, None] ** 2 + u[None, :] ** 2,
        scales=("log", "asinh"), bounds=((1e-3, 1e3), (-100.0, 100.0)), best=(1.0, 0.0),
    )  # fmt: skip
    (line,) = contour.contours(0.9545)
    radius = np.hypot(np.log(line[:, 0]), np.arcsinh(line[:, 1]))
    assert radius == pytest.approx(np.sqrt(-2 * np.log(1 - 0.9545)), rel=5e-3)


def test_cells_with_a_failed_point_are_left_out():
    contour = circle(n=9, reach=1.0)
    holed = contour.minus2lnl.copy()
    holed[4, 4] = np.nan
    lines = replace(contour, minus2lnl=holed).contours(0.6827)
    # Half of each of the four cells around the point: a diamond of two cells.
    assert sum(map(area, lines)) == pytest.approx(4.0 - 2 * 0.25**2, rel=1e-9)


def test_plot_draws_a_region_for_every_level():
    drawing = circle().plot(marks={"point": (1.0, 2.0)}, ndof=3)
    (axes,) = drawing.figure.axes
    labels = [t.get_text() for t in axes.get_legend().get_texts()]
    assert labels[:2] == [
        r"95.45 % CL, 2 dof, $\Delta\chi^2$ = 6.18",
        r"68.27 % CL, 2 dof, $\Delta\chi^2$ = 2.30",
    ]
    assert axes.get_title() == "made: profiled over nothing else"
    assert axes.get_xlabel() == "$a$ [GeV]"
    drawing.close()
