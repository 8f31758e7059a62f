"""Chebyshev interpolation in several dimensions: polynomials exactly, analytic functions geometrically."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.numerics.chebyshev import Box, evaluate, interpolate, magnitudes, nodes

BOX = Box(np.array([-1.0, 0.5, 2.0]), np.array([3.0, 0.75, 10.0]), (4, 3, 2))


def _polynomial(coefficients, points):
    x, y, z = np.asarray(points).T
    return np.polynomial.polynomial.polyval3d(x, y, z, np.reshape(coefficients, (4, 3, 2)))


@settings(deadline=None, max_examples=30)
@given(
    coefficients=st.lists(st.floats(-5, 5), min_size=24, max_size=24),
    where=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_polynomials_below_the_orders_are_reproduced(coefficients, where):
    point = BOX.low + np.array(where) * (BOX.high - BOX.low)
    values = _polynomial(coefficients, BOX.points())[:, None]
    found = float(evaluate(BOX, interpolate(BOX, values), point)[0])
    size = 1 + _polynomial(np.abs(coefficients), np.array([[3.0, 0.75, 10.0]]))[0]
    assert found == pytest.approx(float(_polynomial(coefficients, [point])[0]), abs=1e-12 * size)


def test_interpolant_passes_through_its_nodes():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(24, 5))
    coefficients = interpolate(BOX, values)
    for point, value in zip(BOX.points(), values, strict=True):
        assert np.asarray(evaluate(BOX, coefficients, point)) == pytest.approx(value, abs=1e-12)


def test_nodes_are_the_zeros_of_the_chebyshev_polynomial_in_rising_order():
    for n in (1, 2, 5, 13):
        x = nodes(n)
        assert np.all(np.diff(x) > 0)
        assert np.polynomial.chebyshev.chebval(x, [0.0] * n + [1.0]) == pytest.approx(np.zeros(n), abs=1e-13)


@pytest.mark.parametrize("order", [6, 10, 14])
def test_error_on_a_pole_outside_falls_geometrically(order):
    """1/(x - 2) on [-1, 1]: error 2 rho^(1-n)/(rho - 1) or less, rho = 2 + sqrt(3), times its bound on the ellipse."""
    box = Box(np.array([-1.0]), np.array([1.0]), (order,))
    coefficients = interpolate(box, 1 / (box.points() - 2))
    x = np.linspace(-1, 1, 201)
    found = np.array([float(evaluate(box, coefficients, np.array([v]))[0]) for v in x])
    rho = 2 + np.sqrt(3)
    assert np.abs(found - 1 / (x - 2)).max() < 10 * rho**-order
    assert np.abs(found - 1 / (x - 2)).max() > 0.01 * rho**-order


def test_derivative_of_the_interpolant_is_that_of_the_function():
    box = Box(np.array([0.0, 1.0]), np.array([1.0, 2.0]), (14, 14))
    points = box.points()
    coefficients = interpolate(box, (np.exp(points[:, 0]) * np.sin(points[:, 1]))[:, None])
    gradient = jax.grad(lambda p: evaluate(box, coefficients, p)[0])(np.array([0.3, 1.4]))
    expected = [np.exp(0.3) * np.sin(1.4), np.exp(0.3) * np.cos(1.4)]
    assert np.asarray(gradient) == pytest.approx(expected, rel=1e-10)


def test_outside_the_box_the_nearest_point_inside_counts():
    values = np.arange(24.0)[:, None] ** 1.5
    coefficients = interpolate(BOX, values)
    inside, outside = (float(evaluate(BOX, coefficients, np.array(p))[0]) for p in ([3.0, 0.6, 2.0], [7.0, 0.6, -1.0]))
    assert outside == inside


def test_box_without_axes_is_a_constant():
    box = Box(np.zeros(0), np.zeros(0), ())
    coefficients = interpolate(box, np.array([[1.5, 2.5]]))
    assert np.asarray(evaluate(box, coefficients, np.zeros(0))) == pytest.approx([1.5, 2.5])


def test_points_run_over_the_last_axis_fastest():
    points = BOX.points()
    assert points.shape == (24, 3)
    assert np.all(points[0, :2] == points[1, :2])
    assert points[0, 2] < points[1, 2]
    assert np.all((points > BOX.low) & (points < BOX.high))


def test_magnitudes_are_the_largest_coefficients_of_every_degree():
    coefficients = np.zeros((4, 3, 2, 2))
    coefficients[0, 0, 0] = 5.0
    coefficients[3, 1, 0, 1] = -2.0
    found = magnitudes(coefficients)
    assert [size.tolist() for size in found] == [[5, 0, 0, 2], [5, 2, 0], [5, 0]]
