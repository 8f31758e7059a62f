"""Slopes by forward mode where reverse mode is asked for."""

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.numerics.slopes import largest, with_forward_slopes, with_own_slopes


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


def shape(x, y, power=3.0):
    return jnp.stack([jnp.sin(x * y), x**power, jnp.exp(-y)])


def test_own_slopes_are_those_of_the_function_in_every_direction():
    own = with_own_slopes(shape)
    at, directions = jnp.array([0.7, 1.3]), np.random.default_rng(1).normal(size=(5, 2))
    expected = jax.jacobian(lambda z: shape(*z))(at) @ directions.T
    found = jax.vmap(lambda d: jax.jvp(lambda z: own(*z), (at,), (d,))[1])(jnp.asarray(directions))
    np.testing.assert_allclose(found.T, expected, rtol=1e-12)
    np.testing.assert_allclose(own(*at), shape(*at), rtol=1e-15)


def test_own_slopes_are_worked_out_once_for_all_directions():
    seen = []

    def counted(x):
        return jax.pure_callback(lambda z: seen.append(1) or z, jax.ShapeDtypeStruct((), float), x)

    def counting(x):
        # the callback has no derivative: it counts how often the function's values are asked for
        return x**2 + 0.0 * counted(jax.lax.stop_gradient(x))

    def along(direction):
        return jax.jvp(with_own_slopes(counting), (jnp.array(3.0),), (direction,))[1]

    np.testing.assert_allclose(jax.vmap(along)(jnp.arange(4.0)), 6.0 * np.arange(4.0))
    assert len(seen) == 1


def test_own_slopes_of_an_elementwise_function_are_elementwise():
    x = jnp.array([0.2, 0.5, 2.0])
    tangent = jax.jvp(with_own_slopes(jnp.tanh), (x,), (jnp.array([1.0, -2.0, 0.5]),))[1]
    np.testing.assert_allclose(tangent, np.array([1.0, -2.0, 0.5]) / np.cosh(x) ** 2, rtol=1e-12)
