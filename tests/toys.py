"""Small analyses whose answers are known in closed form or by brute force."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np

from zprimefit.analyses import Analysis
from zprimefit.likelihoods import component
from zprimefit.likelihoods.observation import GaussianObservation
from zprimefit.parameters import Parameter, Shear


def fresh(make: Any) -> Analysis:
    """Another analysis like `make()`, with nothing compiled; the toys themselves are built once and shared."""
    return make.__wrapped__()


@dataclass(frozen=True)
class ToyModel:
    """A model that is nothing but its parameters and shears."""

    parameters: tuple[Parameter, ...]
    shears: Mapping[str, Shear] = field(default_factory=dict)


def linear(name: str, default: float, low: float, high: float, **more: Any) -> Parameter:
    return Parameter(name=name, unit="1", latex=name, default=default, bounds=(low, high), **more)


COVARIANCE = np.array([[0.04, 0.03, 0.0], [0.03, 0.09, -0.02], [0.0, -0.02, 0.25]])
CENTRE = np.array([0.5, -1.0, 2.0])


@dataclass(frozen=True)
class WithNothing(ToyModel):
    """A model that knows what no new physics is."""

    no_new_physics: Mapping[str, float] = field(default_factory=lambda: {"g": 0.0})


@cache
def needle(low: float) -> Analysis:
    """A valley at g = 5, `low` at m = 1 and up to 4 above that; 0 at g = 0 in a hole to which no slope leads."""

    @component(parameters=["m", "g"], n_data=2)
    def hole(m, g):
        valley = low + 4 * (1 - jnp.exp(-2 * (m - 1) ** 2)) + 0.01 * (g - 5) ** 2
        return valley * (1 - jnp.exp(-((g / 0.01) ** 2)))

    return Analysis(WithNothing((linear("m", 0.5, -3.0, 3.0), linear("g", 2.0, -10.0, 10.0))), (hole,), name="needle")


def narrowing_minus2lnl(x: Any, y: Any) -> Any:
    """A valley at y = 4 and, x above it, a gorge at y = -6 that is wide at x = 3 and hard to meet below x = 1."""
    width = 0.003 + 1 / (1 + jnp.exp(-8 * (x - 2.5)))
    valley = 10 * (1 - jnp.exp(-(((y - 4) / 4) ** 2))) + 0.02 * (y - 4) ** 2
    return 2 * (x - 2) ** 2 + valley - (12 - x) * jnp.exp(-(((y + 6) / width) ** 2))


@cache
def narrowing() -> Analysis:
    """:func:`narrowing_minus2lnl`."""
    parameters = (linear("x", 1.0, -3.0, 3.0), linear("y", 2.0, -10.0, 10.0))
    return Analysis(
        ToyModel(parameters), (component(parameters=["x", "y"], n_data=2)(narrowing_minus2lnl),), name="gorge"
    )


@cache
def gaussian() -> Analysis:
    """chi^2 with covariance COVARIANCE about CENTRE, plus 7."""
    inverse = np.linalg.inv(COVARIANCE)

    @component(parameters=["a", "b", "c"], n_data=12)
    def correlated(a, b, c):
        r = jnp.stack([a, b, c]) - CENTRE
        return r @ inverse @ r + 7.0

    return Analysis(ToyModel(tuple(linear(n, 0.0, -10.0, 10.0) for n in "abc")), (correlated,), name="gaussian")


RATE, RATE_ERROR = 4e-8, 0.05


@cache
def rate(u_low: float = 1e-9, shear: bool = True) -> Analysis:
    """ln(g^2 U d) = ln RATE +- RATE_ERROR, and a mass of 0.8 +- 0.1 GeV; g is the pivot, ln U and ln d are flat."""

    @component(parameters=["g", "U", "d"], n_data=1)
    def counts(g, U, d):
        return ((2 * jnp.log(g) + jnp.log(U) + jnp.log(d) - np.log(RATE)) / RATE_ERROR) ** 2

    @component(parameters=["m"], n_data=3)
    def mass(m):
        return ((m - 0.8) / 0.1) ** 2

    parameters = (
        Parameter(name="m", unit="GeV", latex="m", default=0.5, bounds=(0.03, 2.0), scale="log"),
        linear("g", 1e-2, 1e-5, 1.0, scale="log"),
        linear("U", 1e-6, u_low, 1e-2, scale="log"),
        linear("d", 1.0, 0.1, 10.0, scale="log"),
    )
    shears = {"g": Shear("log", lambda p: 0.5 * (jnp.log(p["U"]) + jnp.log(p["d"])))} if shear else {}
    return Analysis(ToyModel(parameters, shears), (counts, mass), name="rate")


def bimodal_minus2lnl(x, y):
    """Two valleys in y, at 3 + 0.3 x and -3, whose depths cross along x; the deepest point is in the upper valley."""
    upper = (y - 3 - 0.3 * x) ** 2 / 0.05 + 0.5 * (x - 2) ** 2
    lower = (y + 3) ** 2 / 0.2 + 0.3 * (x + 1.5) ** 2 + 1.0
    return -2 * jnp.logaddexp(-0.5 * upper, -0.5 * lower)


@cache
def bimodal() -> Analysis:
    two = component(parameters=["x", "y"], n_data=5, name="two-valleys")(bimodal_minus2lnl)
    return Analysis(ToyModel((linear("x", -2.0, -5.0, 5.0), linear("y", -3.0, -8.0, 8.0))), (two,), name="bimodal")


@cache
def at_limit() -> Analysis:
    """Pulls a >= 0 to -1 with error 1, and b = 2 a + 1 with error 0.5: the best fit is a = 0, b = 1, chi^2 = 1."""

    @component(parameters=["a", "b"], n_data=2)
    def pull(a, b):
        return (a + 1) ** 2 + ((b - 2 * a - 1) / 0.5) ** 2

    return Analysis(ToyModel((linear("a", 3.0, 0.0, 10.0), linear("b", 0.0, -30.0, 30.0))), (pull,), name="at-limit")


@cache
def pivot_at_limit() -> Analysis:
    """ln(g^2 U) = ln 4e-3 +- 0.1 and ln U = ln 1e-3 +- 0.1 pull g to 2, against its upper bound of 1."""

    @component(parameters=["g", "U"], n_data=2)
    def counts(g, U):
        return ((2 * jnp.log(g) + jnp.log(U) - np.log(4e-3)) / 0.1) ** 2 + ((jnp.log(U) - np.log(1e-3)) / 0.1) ** 2

    parameters = (linear("g", 0.1, 1e-4, 1.0, scale="log"), linear("U", 1e-4, 1e-9, 1e-1, scale="log"))
    return Analysis(
        ToyModel(parameters, {"g": Shear("log", lambda p: 0.5 * jnp.log(p["U"]))}), (counts,), name="pivot-at-limit"
    )


@cache
def nan_region() -> Analysis:
    """A Gaussian about (1.5, 0) that has no value where x + y < 1: its default and most of its box."""

    @component(parameters=["x", "y"], n_data=2)
    def holes(x, y):
        return jnp.where(x + y < 1, jnp.nan, ((x - 1.5) / 0.2) ** 2 + (y / 0.1) ** 2)

    return Analysis(ToyModel((linear("x", -1.0, -5.0, 5.0), linear("y", 0.0, -5.0, 5.0))), (holes,), name="nan-region")


@cache
def valley() -> Analysis:
    """Only the product of signed y and sine s is measured: a curved valley along no axis."""

    @component(parameters=["y", "s", "z"], n_data=4)
    def product(y, s, z):
        return ((y * s - 0.3) / 0.01) ** 2 + ((z - 1) / 0.5) ** 2

    parameters = (
        linear("y", 1.0, -2.0, 2.0, scale="asinh", asinh_scale=0.1),
        linear("s", 0.5, -1.0, 1.0),
        linear("z", 0.0, -5.0, 5.0),
    )
    return Analysis(ToyModel(parameters), (product,), name="valley")


@cache
def double_well() -> Analysis:
    """Two minima near +-1 with a barrier of 0.5 between them; the default leads to the higher one, near +1."""

    @component(parameters=["a"], n_data=2)
    def wells(a):
        return 0.5 * (a**2 - 1) ** 2 + 0.1 * a

    return Analysis(ToyModel((linear("a", 1.2, -4.0, 4.0),)), (wells,), name="double-well")


@cache
def window() -> Analysis:
    """A wide bowl with its minimum of 1 at 0, and one of 0.2 in a narrow window at 3."""

    @component(parameters=["a", "b"], n_data=2)
    def bowl_with_a_window(a, b):
        bowl = 0.01 * a**2 + (b - 0.1 * a) ** 2 + 1
        return bowl - 0.89 * jnp.exp(-(((a - 3) / 0.1) ** 2))

    parameters = (linear("a", 0.5, -10.0, 10.0), linear("b", 0.0, -5.0, 5.0))
    return Analysis(ToyModel(parameters), (bowl_with_a_window,), name="window")


@cache
def never() -> Analysis:
    """No value anywhere."""

    @component(parameters=["a"])
    def nothing(a):
        return jnp.nan * a

    return Analysis(ToyModel((linear("a", 1.0, 0.0, 2.0),)), (nothing,), name="never")


@dataclass(frozen=True)
class Measured:
    """A Gaussian measurement of a parameter, or counts over a known background, whose data can be replaced."""

    parameter: str
    observation: Any
    name: str = "measured"
    cite: tuple[str, ...] = ()
    observables: tuple[str, ...] = ()

    @property
    def n_data(self) -> int:
        return 1

    def forecast(self, model: Any, params: Mapping[str, Any]) -> Any:
        return jnp.reshape(params[self.parameter], 1)

    def minus2lnl(self, model: Any, params: Mapping[str, Any]) -> Any:
        return self.observation.minus2lnl(self.forecast(model, params))


def measurement(value: float, sigma: float, low: float = -10.0, high: float = 10.0) -> Analysis:
    """One parameter `a` between bounds, measured with a Gaussian error."""
    measured = Measured("a", GaussianObservation.of((value, sigma)))
    return Analysis(ToyModel((linear("a", 0.5 * (low + high) + 0.1, low, high),)), (measured,), name="measurement")
