"""Coordinates without edges: they come back, and carry the prior with its Jacobian."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from chain_toys import gaussian, parameter, rate, without_data
from scipy.integrate import quad

from zprimefit.analyses import Analysis
from zprimefit.fitting.coordinates import Coordinates
from zprimefit.fitting.unbounded import Unbounded
from zprimefit.parameters import Scale
from zprimefit.priors import Prior


def unbounded(analysis: Analysis) -> Unbounded:
    return Unbounded(Coordinates.of(analysis))


def one(scale: Scale, prior: Prior | None, **more: float) -> Unbounded:
    low = 0.01 if scale == "log" else -1.0
    return unbounded(without_data((parameter("x", low, 3.0, scale, prior, **more),)))


@pytest.mark.parametrize("make", [gaussian, rate])
def test_values_come_back(make):
    there = unbounded(make())
    values = there.coordinates.draw_prior(200, np.random.default_rng(3))
    z = jax.vmap(there.from_values)(values)
    np.testing.assert_allclose(jax.vmap(there.values_and_log_prior)(z)[0], values, rtol=1e-7)


@pytest.mark.parametrize(
    ("scale", "prior"),
    [
        ("linear", None),
        ("log", None),
        ("log", Prior("uniform", 0.1, 2.0)),
        ("asinh", None),
        ("linear", Prior("normal", 0.2, 2.0, 0.0, 0.5)),
    ],
)
def test_density_in_unbounded_coordinates_is_normalised(scale, prior):
    there = one(scale, prior)
    centre = float(there.from_values(jnp.array([0.5]))[0])
    density = jax.jit(lambda z: jnp.exp(there.values_and_log_prior(jnp.array([z]))[1]))
    assert quad(density, centre - 60, centre + 60, points=[centre], limit=400)[0] == pytest.approx(1.0, rel=1e-6)


def test_density_is_the_prior_times_the_slope_of_the_map():
    there = one("asinh", Prior("normal", -0.5, 2.0, 0.3, 0.6), asinh_scale=0.1)
    for z in (-1.0, 0.7, 3.0):
        value = lambda x: there.values_and_log_prior(jnp.array([x]))[0][0]
        expected = float(there.coordinates.log_prior(jnp.array([value(z)]))) + np.log(float(jax.grad(value)(z)))
        assert float(there.values_and_log_prior(jnp.array([z]))[1]) == pytest.approx(expected, rel=1e-10)


def test_far_beyond_every_edge_values_stay_in_the_support_with_a_finite_density_and_slopes():
    there = one("log", Prior("log-uniform", 0.1, 2.0))
    for z in (-300.0, 300.0):
        values, log_prior = there.values_and_log_prior(jnp.array([z]))
        assert 0.1 <= float(values[0]) <= 2.0
        slope = jax.jacfwd(lambda x: there.values_and_log_prior(x)[1])(jnp.array([z]))
        assert np.isfinite(float(log_prior))
        assert np.isfinite(slope).all()


def test_sheared_pivot_keeps_its_shear_and_its_hard_edge():
    there = unbounded(rate())
    values = np.array([1e-3, 1e-3, 0.5])
    z = np.array(there.from_values(values))
    assert z[0] == pytest.approx(np.log(1e-3) + 0.5 * np.log(1e-3) + np.log(0.5), rel=1e-12)
    to_edge = np.log(1e-2 / 1e-3)
    inside, outside = (
        there.values_and_log_prior(jnp.asarray(z + np.array([d * to_edge, 0, 0]))) for d in (0.999, 1.001)
    )
    assert np.isfinite(float(inside[1]))
    assert float(outside[1]) == -np.inf
    assert float(outside[0][0]) == 1e-2


def test_a_point_on_an_edge_is_mapped_to_a_finite_place():
    there = unbounded(without_data((parameter("x", 0.0, 1.0), parameter("y", 0.0, 1.0))))
    assert np.isfinite(there.from_values(jnp.array([0.0, 1.0]))).all()
