"""Slopes by forward mode where reverse mode is asked for."""

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.numerics.slopes import largest, with_forward_slopes


def newton_root(x):
    """The root of y^3 + y = x[0], by a loop of open length, which reverse mode cannot pass; times x[1]."""

    def step(y):
        return y - (y**3 + y - x[0]) / (3 * y**2 + 1)

    # two steps after convergence the derivative has followed
    _, root = jax.lax.while_loop(
        lambda s: jnp.abs(s[0] - s[1]) > 1e-13, lambda s: (s[1], step(s[1])), (x[0] + 1.0, x[0])
    )
    return step(step(root)) * x[1]


def test_loops_of_open_length_have_a_gradient():
    x = jnp.array([2.0, 3.0])
    value, slopes = jax.value_and_grad(with_forward_slopes(newton_root))(x)
    assert np.isclose(value, 3.0, rtol=1e-12)
    np.testing.assert_allclose(slopes, [3.0 / 4.0, 1.0], rtol=1e-12)


def test_gradients_of_many_points_at_once_are_those_of_each():
    points = jnp.array([[2.0, 3.0], [0.5, 1.0], [10.0, -1.0]])
    gradient = jax.grad(with_forward_slopes(newton_root))
    np.testing.assert_allclose(jax.vmap(gradient)(points), [gradient(p) for p in points], rtol=1e-12)


def test_largest_of_equal_values_has_the_derivatives_of_the_first():
    """``jnp.max`` halves them."""
    values = jax.jacobian(lambda x: largest(jnp.stack([x[:1], 2 * x[1:], x[:1] ** 2])))(jnp.array([2.0, 2.0]))
    np.testing.assert_array_equal(values, [[0.0, 2.0]])


def test_slopes_that_are_no_number_are_zero():
    slopes = jax.grad(with_forward_slopes(lambda x: jnp.sqrt(x[0])))(jnp.array([0.0]))
    np.testing.assert_array_equal(slopes, [0.0])


def test_slopes_where_the_function_is_not_finite_are_zero():
    slopes = jax.grad(with_forward_slopes(lambda x: jnp.where(x[0] > 0, x[1], -jnp.inf) + x[1]))(jnp.array([-1.0, 1.0]))
    np.testing.assert_array_equal(slopes, [0.0, 0.0])
