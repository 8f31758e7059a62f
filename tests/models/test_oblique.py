"""Oblique parameters against other closed forms in the literature and limits."""

import math

import jax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.constants import HIGGS_VEV, SIN2_THETA_W, W_MASS, Z_MASS
from zprimefit.models.oblique import ScalarDoublet, loop_difference, mass_splitting, s_parameter, t_parameter

MASS = st.floats(0.01, 2000.0)


def inert(charged, odd, even):
    return ScalarDoublet(charged, odd, ((even, 1.0),))


@settings(deadline=None, max_examples=25)
@given(MASS, MASS)
def test_splitting_is_symmetric_and_positive(one, other):
    value = float(mass_splitting(one, other))
    assert value >= 0
    assert value == pytest.approx(float(mass_splitting(other, one)), rel=1e-9, abs=1e-12)


def test_splitting_has_its_limits():
    """(x - y)^2 / (3 (x + y)) of nearly equal squared masses x and y; half of the larger where the other vanishes."""
    assert float(mass_splitting(100.0, 100.0)) == 0.0
    x, y = 101.0**2, 100.0**2
    assert float(mass_splitting(100.0, 101.0)) == pytest.approx((x - y) ** 2 / (3 * (x + y)), rel=1e-4)
    assert float(mass_splitting(200.0, 1e-3)) == pytest.approx(200.0**2 / 2, rel=1e-6)


def test_series_joins_the_closed_form():
    """Relative difference of the squares of 0.1 is where one takes over from the other."""
    x = 100.0**2

    def closed(y):
        return (x + y) / 2 - x * y / (x - y) * math.log(x / y)

    for ratio in (0.0999, 0.1001):
        y = x * (1 - ratio) / (1 + ratio)
        assert float(mass_splitting(100.0, math.sqrt(y))) == pytest.approx(closed(y), rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.floats(110, 460), st.floats(0.005, 1.0), st.floats(0.005, 0.1), st.floats(0, 1))
def test_t_vanishes_for_equal_charged_and_odd_masses(mass, heavy, light, share):
    doublet = ScalarDoublet(mass, mass, ((heavy, 1 - share), (light, share)))
    assert float(t_parameter(doublet)) == pytest.approx(0.0, abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.floats(110, 460), st.floats(0.005, 1.0))
def test_t_vanishes_for_equal_charged_and_even_masses(mass, odd):
    """Custodial symmetry with the CP-even scalar in the triplet."""
    assert float(t_parameter(inert(mass, odd, mass))) == pytest.approx(0.0, abs=1e-12)


def test_t_is_that_of_a_light_scalar():
    """For m_H -> 0: (m_+^2 - m_A^2)/2 + F(m_+, m_A), over 16 pi s_W^2 m_W^2; also alpha T = .../(16 pi^2 v^2)."""
    charged, odd = 200.0, 150.0
    x, y = charged**2, odd**2
    splitting = (x - y) / 2 + (x + y) / 2 - x * y / (x - y) * math.log(x / y)
    expected = splitting / (16 * math.pi * SIN2_THETA_W * W_MASS**2)
    assert float(t_parameter(inert(charged, odd, 1e-3))) == pytest.approx(expected, rel=1e-6)
    # alpha from the tree relation e^2 = 4 s_W^2 m_W^2 / v^2
    alpha = SIN2_THETA_W * W_MASS**2 / (math.pi * HIGGS_VEV**2)
    assert alpha * expected == pytest.approx(splitting / (16 * math.pi**2 * HIGGS_VEV**2), rel=1e-12)


@pytest.mark.parametrize(("even", "odd"), [(3000.0, 4000.0), (2500.0, 2500.0)])
def test_s_of_heavy_scalars_is_the_one_of_the_inert_doublet(even, odd):
    """S = (1/2 pi) Int dx x (1-x) ln[(x m_H^2 + (1-x) m_A^2)/m_+^2] (hep-ph/0603188), for q^2 -> 0."""
    n = 20000
    x = [(k + 0.5) / n for k in range(n)]
    expected = sum(t * (1 - t) * math.log((t * even**2 + (1 - t) * odd**2) / 3500.0**2) for t in x) / (2 * math.pi * n)
    assert float(s_parameter(inert(3500.0, odd, even))) == pytest.approx(expected, rel=2e-3)


def grimus(m1, m2):
    """G of arXiv:0802.4353 for masses above the threshold at m_Z."""
    x, y, q = m1**2, m2**2, Z_MASS**2
    t, r = x + y - q, q**2 - 2 * q * (x + y) + (x - y) ** 2
    if r > 0:
        f = math.sqrt(r) * math.log(abs((t - math.sqrt(r)) / (t + math.sqrt(r))))
    else:
        f = 2 * math.sqrt(-r) * math.atan(math.sqrt(-r) / t)
    rational = -16 / 3 + 5 * (x + y) / q - 2 * (x - y) ** 2 / q**2
    logarithm = (x**2 + y**2) / (x - y) - (x**2 - y**2) / q + (x - y) ** 3 / (3 * q**2)
    return rational + 3 / q * logarithm * math.log(x / y) + r / q**3 * f


@pytest.mark.parametrize(
    ("one", "other"),
    [((200.0, 0.106), (200.0, 300.0)), ((110.0, 0.023), (150.0, 90.0)), ((460.0, 1.0), (120.0, 121.0))],
)
def test_loop_difference_is_the_closed_form_of_the_literature(one, other):
    """Up to what is common to all pairs: (1/24 pi) [G(1, 2) + ln m_1^2 m_2^2] (arXiv:0802.4353)."""

    def ours(pair):
        return float(loop_difference(*pair)) / (math.pi * Z_MASS**2)

    def theirs(pair):
        return (grimus(*pair) + math.log(pair[0] ** 2 * pair[1] ** 2)) / (24 * math.pi)

    assert ours(one) - ours(other) == pytest.approx(theirs(one) - theirs(other), rel=1e-5, abs=1e-7)


def test_s_of_a_light_scalar_is_minus_0_02():
    """-5/(72 pi) = -0.0221 for m_A = m_+ far above m_Z and m_H = 0: Int x (1-x) ln x = -5/36."""
    assert float(s_parameter(inert(5000.0, 5000.0, 0.1))) == pytest.approx(-5 / (72 * math.pi), rel=1e-3)


def test_derivatives_are_finite_at_equal_masses():
    slope = jax.jit(jax.grad(lambda m: t_parameter(inert(m, 200.0, 0.1)) + s_parameter(inert(m, 200.0, 0.1))))
    assert math.isfinite(float(slope(200.0)))


def test_leptonic_branching_of_a_doublet_without_widths_is_zero():
    assert float(inert(200.0, 200.0, 0.1).leptonic_branching) == 0.0
