"""Appendix B of arXiv:2006.01948: margins against the full potential at large fields, and against each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm import potential, stability
from zprimefit.models.z2hdm.potential import Quartics

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
MARGINS = jax.jit(stability.margins_of)


def couplings(**changes):
    plain = {"l1": 0.26, "l2": 0.3, "l3": 0.5, "l4": -0.3, "l5": -0.3, "l7": 0.0, "l2p": 0.01, "l4p": 0.0, "l5p": -0.02}
    return Quartics(**{name: jnp.asarray(value) for name, value in (plain | changes).items()})


def quartic(k, fields):
    """V4 of Eq. 8 at ten real fields, r = 1."""
    f = fields / np.linalg.norm(fields) * np.sqrt(2)
    first = np.array([f[0] + 1j * f[1], f[2] + 1j * f[3]]) / np.sqrt(2)
    second = np.array([f[4] + 1j * f[5], f[6] + 1j * f[7]]) / np.sqrt(2)
    hh, pp, hp = np.vdot(first, first).real, np.vdot(second, second).real, np.vdot(first, second)
    singlet = (f[8] ** 2 + f[9] ** 2) / 2
    linear = (k.l5 / 2 * hp + k.l7 * pp + k.l5p * singlet) * hp
    own = k.l1 / 2 * hh**2 + k.l2 / 2 * pp**2 + k.l2p * singlet**2
    return float(own + k.l3 * hh * pp + k.l4 * abs(hp) ** 2 + 2 * linear.real + k.l4p * pp * singlet)


def least_by_descent(k, starts=12):
    plain = Quartics(*(float(x) for x in k))
    rng = np.random.default_rng(3)
    return min(minimize(lambda f: quartic(plain, f), rng.normal(size=10), tol=1e-12).fun for _ in range(starts))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"l5": 0.3, "l5p": 0.04},
        {"l4": 0.4, "l5": 0.2, "l7": 0.1, "l4p": -0.05},
        {"l3": -0.6, "l7": -0.2},
        {"l4p": -0.2, "l2p": 0.02},
        {"l4": 0.3, "l5": -0.5, "l3": 0.1, "l7": 0.15, "l4p": 0.03},
        # two valleys of nearly one depth, which a coarse grid tells wrong
        Quartics(1.49, -1.45, 1.24, -0.03, -0.05, -0.06, -0.19, -1.45, 0.16)._asdict(),
        Quartics(1.28, 2.13, -1.56, -2.23, 0.01, -0.1, 0.47, 0.03, 1.78)._asdict(),
    ],
)
def test_vacuum_margin_is_the_least_of_v4_over_ten_fields(changes):
    k = couplings(**changes)
    assert float(stability.margin_of(k)) == pytest.approx(least_by_descent(k), rel=1e-4, abs=1e-7)


def test_margin_is_the_potential_at_large_fields():
    """V(t f) / t^4 of the full potential of the benchmark does not fall below the margin, in any direction."""
    margin = float(stability.vacuum_margin(TABLE1))
    value = jax.jit(lambda f: potential.potential(f, TABLE1))
    for direction in np.random.default_rng(5).normal(size=(200, 10)):
        unit = direction / np.linalg.norm(direction) * np.sqrt(2)
        assert float(value(jnp.asarray(1e8 * unit))) / 1e32 > margin
    singlet = np.zeros(10)
    singlet[8] = np.sqrt(2)
    assert float(value(jnp.asarray(1e8 * singlet))) / 1e32 == pytest.approx(float(potential.quartics(TABLE1).l2p))


def test_benchmark_is_stable_and_perturbative():
    """Section V B; lambda_3 = 1.32 is the largest coupling."""
    margins = {name: float(value) for name, value in stability.appendix_b_margins(TABLE1).items()}
    assert margins["b6"] == pytest.approx(8.68e-3, rel=0.002)
    assert margins["b7"] == pytest.approx(0.2586, rel=0.001)
    assert margins["b10"] == pytest.approx(2.245e-3, rel=0.002)
    assert float(stability.vacuum_margin(TABLE1)) == pytest.approx(7.65e-3, rel=0.002)
    assert float(stability.perturbativity_margin(TABLE1)) == pytest.approx(4 * np.pi - 1.3196, rel=1e-4)


sizes = st.floats(0.02, 2.0)
signed = st.floats(-1.5, 1.5)


@given(l1=sizes, l2=sizes, l3=signed, l5=st.floats(-1.5, -0.01), share=st.floats(-2.0, 1.0), l2p=sizes, l5p=signed)
@settings(max_examples=80, deadline=None)
def test_b6_b7_b10_are_exact_for_negative_lambda_5(l1, l2, l3, l5, share, l2p, l5p):
    """lambda_4 + lambda_5 <= 0, as the masses of this model have it."""
    k = couplings(l1=l1, l2=l2, l3=l3, l4=-share * l5, l5=l5, l2p=l2p, l5p=l5p)
    found = min(float(x) for x in MARGINS(k).values())
    if abs(found) > 1e-4:
        assert (found > 0) == (float(stability.margin_of(k)) > 0)


@given(l1=sizes, l2=sizes, l3=signed, l4=st.floats(-1.5, 0.0), l5=signed, l2p=sizes, l5p=signed)
@settings(max_examples=80, deadline=None)
def test_b6_b7_b10_are_sufficient_for_negative_lambda_4(l1, l2, l3, l4, l5, l2p, l5p):
    k = couplings(l1=l1, l2=l2, l3=l3, l4=l4, l5=l5, l2p=l2p, l5p=l5p)
    if min(float(x) for x in MARGINS(k).values()) > 1e-6:
        assert float(stability.margin_of(k)) > 0


def test_b10_is_not_necessary_for_positive_lambda_5():
    """The phase that makes lambda_5 lower the potential takes away the term with lambda_5' (Eq. B4 is not attained)."""
    k = couplings(l1=0.3, l2=0.3, l3=0.2, l4=0.0, l5=0.4, l2p=0.1, l5p=0.15)
    margins = {name: float(value) for name, value in MARGINS(k).items()}
    assert margins["b6"] > 0
    assert margins["b7"] > 0
    assert margins["b10"] < 0
    assert float(stability.margin_of(k)) > 0
    assert least_by_descent(k) > 0


@pytest.mark.parametrize(("name", "value"), [("lambda_7", 0.5), ("lambda_7", -0.5), ("lambda_4_prime", -0.2)])
def test_optional_couplings_can_make_the_vacuum_unstable(name, value):
    assert float(stability.vacuum_margin(TABLE1 | {name: value})) < 0


def test_tiny_optional_couplings_leave_it_stable():
    """As lambda_7 = 2e-4, which cancels H -> h' h'."""
    assert float(stability.vacuum_margin(TABLE1 | {"lambda_7": 2e-4})) == pytest.approx(7.65e-3, rel=0.01)


@pytest.mark.parametrize("name", ["l1", "l2", "l3", "l5", "l2p", "l5p", "l7"])
def test_margin_has_the_derivative_of_finite_differences(name):
    k = couplings(l3=-0.2, l5p=-0.04, l7=0.02)

    def at(value):
        return stability.margin_of(k._replace(**{name: value}))

    centre, step = float(getattr(k, name)), 1e-4
    slope = (float(at(centre + step)) - float(at(centre - step))) / (2 * step)
    assert float(jax.jacfwd(at)(centre)) == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_margin_takes_batches():
    batch = jax.vmap(lambda l3: stability.margin_of(couplings(l3=l3)))(jnp.array([0.5, -0.6]))
    assert np.asarray(batch) == pytest.approx([float(stability.margin_of(couplings(l3=x))) for x in (0.5, -0.6)])


def test_b7_keeps_finite_derivatives_at_zero_lambda_2():
    def b7(value):
        return stability.appendix_b_margins(TABLE1 | {"lambda_2": value})["b7"]

    assert np.isfinite(float(jax.jacfwd(b7)(0.0)))
