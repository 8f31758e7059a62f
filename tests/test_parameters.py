import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.parameters import Parameter
from zprimefit.priors import Prior


def make(**changes):
    fields = {"name": "g_B", "unit": "1", "latex": "g_B", "default": 1e-3, "bounds": (1e-6, 1.0)}
    return Parameter(**{**fields, **changes})


@pytest.mark.parametrize("scale", ["linear", "log", "asinh"])
@settings(max_examples=25, deadline=None)
@given(value=st.floats(1e-6, 1.0))
def test_scales_round_trip(scale, value):
    parameter = make(scale=scale, asinh_scale=1e-2)
    assert float(parameter.to_value(parameter.to_internal(value))) == pytest.approx(value, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(value=st.floats(-5.0, 5.0))
def test_asinh_scale_is_odd_and_takes_either_sign(value):
    parameter = make(scale="asinh", asinh_scale=0.1, bounds=(-5.0, 5.0))
    assert float(parameter.to_internal(-value)) == -float(parameter.to_internal(value))
    # numbers below 1e-307 have no full precision, and XLA takes them for zero
    assert float(parameter.to_value(parameter.to_internal(value))) == pytest.approx(value, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("scale", ["linear", "log", "asinh"])
def test_log_jacobian_is_the_derivative(scale):
    parameter = make(scale=scale, asinh_scale=1e-2)
    internal = parameter.to_internal(0.03)
    slope = jax.grad(parameter.to_value)(internal)
    assert float(parameter.log_jacobian(internal)) == pytest.approx(float(np.log(slope)), abs=1e-12)


def test_default_prior_follows_scale_and_bounds():
    assert make(scale="log").effective_prior == Prior("log-uniform", 1e-6, 1.0)
    assert make(scale="asinh").with_(bounds=(0.0, 0.5)).effective_prior == Prior("uniform", 0.0, 0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "g B"}, "must be a Python identifier"),
        ({"unit": "MeV"}, "unit must be 'GeV' or '1', got 'MeV'"),
        ({"bounds": (1.0, 0.0)}, "finite bounds low < high"),
        ({"default": float("nan")}, "parameter g_B: the default must be finite, got nan"),
        ({"default": 2.0}, "the default 2.0 lies outside its bounds"),
        ({"scale": "log", "bounds": (0.0, 1.0)}, "scale 'log' needs a lower bound > 0"),
        ({"scale": "asinh", "asinh_scale": 0.0}, "asinh_scale must be > 0"),
        ({"prior": Prior("uniform", 0.0, 2.0)}, "prior's support .* leaves the bounds"),
    ],
)
def test_bad_parameters_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)
