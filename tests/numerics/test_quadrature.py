"""Quadrature rules: exact where they must be, convergent on the integrands that their maps are for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.numerics.quadrature import asinh_map, lagrange, log_map, moment_shares, panels, unit_rule

coefficients = st.lists(st.floats(-10, 10), min_size=1, max_size=8)


@given(coefficients=coefficients)
def test_unit_rule_of_n_nodes_is_exact_for_degree_2n_minus_1(coefficients):
    x, w = unit_rule((len(coefficients) + 1) // 2)
    found = float(np.sum(w * np.polynomial.polynomial.polyval(x, coefficients)))
    exact = sum(c / (k + 1) for k, c in enumerate(coefficients))
    assert found == pytest.approx(exact, rel=1e-13, abs=1e-12)


def test_unit_rule_of_n_nodes_is_not_exact_for_degree_2n():
    x, w = unit_rule(3)
    assert abs(float(np.sum(w * x**6)) - 1 / 7) > 1e-4


def test_unit_rule_cannot_be_changed_by_its_users():
    x, _ = unit_rule(4)
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 0.0


@given(
    coefficients=coefficients,
    edges=st.lists(st.integers(-50, 50), min_size=2, max_size=6, unique=True).map(lambda e: np.array(sorted(e)) / 10),
)
def test_panels_are_exact_for_polynomials_over_any_edges(coefficients, edges):
    x, w = panels(edges, (len(coefficients) + 1) // 2)
    integral = np.polynomial.polynomial.polyint(coefficients)
    exact = np.diff(np.polynomial.polynomial.polyval(edges[[0, -1]], integral))[0]
    size = np.sum(w * np.polynomial.polynomial.polyval(np.abs(x), np.abs(coefficients)))
    found = np.sum(w * np.polynomial.polynomial.polyval(x, coefficients))
    assert float(found) == pytest.approx(float(exact), abs=1e-12 * (1 + float(size)))
    assert np.all((x > edges[0]) & (x < edges[-1]))


def test_panels_follow_a_kink_at_an_edge():
    x, w = panels(np.array([-1.0, 0.25, 2.0]), 2)
    assert float(np.sum(w * np.abs(x - 0.25))) == pytest.approx((1.25**2 + 1.75**2) / 2, rel=1e-14)


bounded = {"low": st.floats(-2, 2), "length": st.floats(1e-3, 1e3), "ratio": st.floats(1e-6, 1e3)}


@settings(deadline=None)
@given(**bounded)
def test_log_map_integrates_inverse_powers_of_its_shift(low, length, ratio):
    """1/(x - low + s) is constant in the mapped variable, so one node is enough."""
    scale = ratio * length
    x, w = log_map(low, low + length, scale, 1)
    length = (low + length) - low  # as rounded
    exact = np.log1p(length / scale)
    assert float(jnp.sum(w / (x - low + scale))) == pytest.approx(exact, rel=1e-9)


@settings(deadline=None)
@given(low=st.floats(-2, 2), length=st.floats(1e-3, 1e3), ratio=st.floats(1e-3, 1e3))
def test_log_map_conserves_length_and_first_moment(low, length, ratio):
    x, w = log_map(low, low + length, ratio * length, 24)
    assert float(jnp.sum(w)) == pytest.approx(length, rel=1e-10)
    assert float(jnp.sum(w * (x - low))) == pytest.approx(length**2 / 2, rel=1e-10)
    assert np.all((np.asarray(x) >= low) & (np.asarray(x) <= low + length))


def test_log_map_puts_nodes_at_a_propagator():
    """1/(x + s)^2 over six decades, 24 nodes."""
    x, w = log_map(0.0, 1.0, 1e-6, 24)
    assert float(jnp.sum(w / (x + 1e-6) ** 2)) == pytest.approx(1e6 - 1 / (1 + 1e-6), rel=1e-7)


@settings(deadline=None)
@given(length=st.floats(1e-3, 1e3), ratio=st.floats(1e-4, 1e3))
def test_asinh_map_integrates_its_own_weight_exactly(length, ratio):
    """1/sqrt(x^2 + s^2) is constant in the mapped variable."""
    scale = ratio * length
    x, w = asinh_map(length, scale, 1)
    assert float(jnp.sum(w / jnp.sqrt(x**2 + scale**2))) == pytest.approx(np.arcsinh(length / scale), rel=1e-12)


def test_asinh_map_resolves_a_narrow_peak_at_zero():
    """(x^2 + s^2)^(-3/2), s = 1e-5: the azimuthal average of a squared propagator."""
    x, w = asinh_map(1.0, 1e-5, 24)
    exact = 1 / (1e-10 * np.sqrt(1 + 1e-10))
    assert float(jnp.sum(w * (x**2 + 1e-10) ** -1.5)) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(
    "rule", [lambda b: log_map(1.0, b, 0.3, 5), lambda b: asinh_map(b - 1.0, 0.3, 5)], ids=["log", "asinh"]
)
def test_closed_intervals_have_no_weight_and_finite_derivatives(rule):
    for high in (1.0, 0.5, -3.0):
        assert np.all(np.asarray(rule(high)[1]) == 0)
        assert np.all(np.isfinite(np.asarray(jax.jacfwd(lambda b: rule(b)[0])(high))))
        assert np.all(np.isfinite(np.asarray(jax.jacfwd(lambda b: rule(b)[1])(high))))


def test_maps_work_on_arrays_of_intervals():
    low, high = np.array([[0.0, 1.0], [2.0, 5.0]]), np.array([[1.0, 3.0], [1.0, 9.0]])
    x, w = log_map(low, high, np.full((2, 2), 0.5), 6)
    assert x.shape == w.shape == (2, 2, 6)
    assert np.asarray(jnp.sum(w, axis=-1)) == pytest.approx(np.array([[1.0, 2.0], [0.0, 4.0]]), rel=1e-7)


@pytest.mark.parametrize(("n", "m"), [(3, 80), (4, 80), (24, 48)])
def test_moment_shares_integrate_a_step_times_polynomials_as_the_finer_rule_does(n, m):
    (nodes, weights), (finer, fine_weights) = unit_rule(n), unit_rule(m)
    step = (finer > 0.37).astype(float)
    taken = moment_shares(n, m) @ step
    for degree in range(n):
        assert weights @ (taken * nodes**degree) == pytest.approx(fine_weights @ (step * finer**degree), rel=1e-10)


def test_moment_shares_leave_what_the_nodes_resolve_alone():
    nodes, finer = unit_rule(6)[0], unit_rule(50)[0]
    assert moment_shares(6, 50) @ np.ones(50) == pytest.approx(np.ones(6), rel=1e-12)
    assert moment_shares(6, 50) @ finer**3 == pytest.approx(nodes**3, abs=1e-12)


def test_lagranges_polynomials_are_one_at_their_node_and_give_polynomials_back():
    nodes, _ = unit_rule(32)
    assert lagrange(32, nodes) == pytest.approx(np.eye(32), abs=1e-12)
    places = np.linspace(0, 1, 12).reshape(3, 4)
    assert lagrange(5, places) @ unit_rule(5)[0] ** 4 == pytest.approx(places**4, abs=1e-13)
