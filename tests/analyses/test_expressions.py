"""The language of constraints: values as Python's own arithmetic gives them, dimensions, and what is refused where."""

import math
import re

import jax
import jax.numpy as jnp
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from zprimefit.analyses.dimensions import dimension_of
from zprimefit.analyses.expressions import ExpressionError, constant
from zprimefit.analyses.parsing import LONGEST, read_comparison, read_constant

VALUES = {"x": 0.7, "y": -1.3, "m_Hpm": 200.0, "lambda_5": -0.66}
UNITS = {"x": "1", "y": "1", "m_Hpm": "GeV", "m_A": "GeV", "tau_s": "s", "ctau_m": "m", "n": "events", "M2": "GeV^2"}
DIMENSIONS = {name: dimension_of(unit) for name, unit in UNITS.items()}


def left(text):
    """Left side of `text > 0`."""
    return read_comparison(f"{text} > 0").sides[0]


def value(text):
    return float(left(text).value(VALUES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x**2", -(0.7**2)),
        ("2^3^2", 512.0),
        ("2**-1", 0.5),
        ("-2**2", -4.0),
        ("10 - 4 - 3", 3.0),
        ("16 / 4 / 2", 2.0),
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("--x", 0.7),
        ("+x - -y", 0.7 - 1.3),
        ("abs(lambda_5)", 0.66),
        ("sqrt(4 * pi)", math.sqrt(4 * math.pi)),
        ("log(exp(x))", 0.7),
        ("log10(1e3)", 3.0),
        ("min(x, y, 0.1)", -1.3),
        ("max(x, y)", 0.7),
        (".5e1", 5.0),
        ("2.", 2.0),
        ("110 GeV", 110.0),
        ("110GeV", 110.0),
        ("30 MeV", 0.03),
        ("3 ps", 3e-12),
        ("2 cm", 0.02),
        ("(3 GeV)**2", 9.0),
    ],
)
def test_value_is_that_of_the_usual_rules(text, expected):
    assert value(text) == pytest.approx(expected, rel=1e-15)


NUMBERS = st.floats(0.1, 10.0).map(lambda v: f"{v:.3g}")
LEAVES = NUMBERS | st.sampled_from(["x", "y", "pi"])


def branches(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(" ".join),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map("".join),
        inner.map(lambda e: f"({e})"),
        inner.map(lambda e: f"-{e}"),
        inner.map(lambda e: f"abs({e})"),
        st.tuples(inner, inner).map(lambda p: f"max({p[0]}, {p[1]})"),
        inner.map(lambda e: f"({e})**2"),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(LEAVES, branches, max_leaves=8))
def test_value_agrees_with_python(text):
    try:
        expected = eval(text, {"pi": math.pi}, {**VALUES, "abs": abs, "max": max})
    except ZeroDivisionError:
        reject()
    assert value(text) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def attempt(text):
    """Comparison of a text, or the reason why it is none."""
    try:
        return read_comparison(text), ""
    except ExpressionError as error:
        return None, str(error)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="xy13.e()+-*/^<>=, GeVMsqrtabpi$\n", max_size=30))
def test_any_text_is_read_or_refused_with_its_position(text):
    comparison, problem = attempt(text)
    if comparison is None:
        assert 1 <= int(re.search(r"position (\d+): ", problem)[1]) <= len(text) + 1
        assert "\n" not in problem
    else:
        assert len(comparison.operators) == len(comparison.sides) - 1 >= 1


def test_expressions_are_traceable_with_finite_derivatives():
    node = left("sqrt(abs(x)) * y**2 - min(x, 2) / (1 + y^2) + x**0")
    slopes = jax.jit(jax.jacfwd(lambda v: node.value({"x": v[0], "y": v[1]})))(jnp.array([0.7, 0.0]))
    assert jnp.isfinite(slopes).all()
    assert float(slopes[0]) == pytest.approx(-1.0, rel=1e-12)


def test_whole_powers_have_derivatives_below_zero():
    assert float(jax.grad(lambda x: left("x**3").value({"x": x}))(-2.0)) == 12.0


def test_names_are_those_of_the_text_each_once():
    assert read_comparison("x + y < max(x, m_Hpm) * pi < 2 * lambda_5").names() == ("x", "y", "m_Hpm", "lambda_5")


# -- dimensions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("m_Hpm > 110 GeV", "GeV"),
        ("0 < m_Hpm", "GeV"),
        ("m_Hpm - m_A > -0", "GeV"),
        ("m_Hpm / m_A < 2", "1"),
        ("m_Hpm**2 < M2 + (3 GeV)^2", "GeV^2"),
        ("sqrt(M2) < m_A", "GeV"),
        ("abs(-M2)**(1/2) < m_A", "GeV"),
        ("log(m_A / 1 GeV) < x", "1"),
        ("tau_s < 1e-12 s", "s"),
        ("ctau_m / tau_s > 0", "s^-1 m"),
        ("300 < n < 900", "1"),
        ("max(m_A, m_Hpm, 0) < 460 GeV", "GeV"),
        ("x**y < exp(-x)", "1"),
    ],
)
def test_dimension_of_a_comparison(text, unit):
    assert read_comparison(text).dimension(DIMENSIONS).unit == unit


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("m_Hpm > 110", "position 7: compares GeV and a pure number; give the number its unit, e.g. '110 GeV'"),
        ("m_Hpm + 1 > 0", "position 7: adds GeV and a pure number"),
        ("m_Hpm - tau_s > 0", "position 7: subtracts GeV and s"),
        ("M2 > m_A", "position 4: compares GeV^2 and GeV"),
        ("log(m_A) > 0", "position 1: log needs a pure number, got GeV"),
        ("x**m_A > 0", "position 4: an exponent must be a pure number, got GeV"),
        ("m_A**x > 0", "position 6: GeV to the power of something that varies"),
        ("min(m_A, 3) > 0", "position 1: min of GeV and a pure number"),
        ("1 < x < m_A", "position 7: compares a pure number and GeV"),
        ("m_Hp > 0", "position 1: unknown parameter or derived quantity 'm_Hp'; did you mean 'm_Hpm'?"),
        ("x > 2 * z", "position 9: unknown parameter or derived quantity 'z'"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_position(text, problem):
    with pytest.raises(ExpressionError, match=re.escape(f"{text!r}, {problem}")):
        read_comparison(text).dimension(DIMENSIONS)


def test_unit_that_is_no_power_of_the_base_is_refused():
    with pytest.raises(ValueError, match="unit 'parsec': expected powers of GeV, s, m, '1' or 'events'"):
        dimension_of("parsec")


# -- what is no comparison ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "position 2: expected one of < > <= >=, found the end"),
        ("", "position 1: expected a number, a name or '(', found the end"),
        ("x >> 3", "position 4: expected a number, a name or '(', found '>'"),
        ("x == 3", "position 3: expected a number, a name, an operator or a parenthesis, found '='"),
        ("x > 3)", "position 6: expected an operator or the end, found ')'"),
        ("x y > 3", "position 3: expected one of < > <= >=, found 'y'"),
        ("(x > 3", "position 4: expected ')', found '>'"),
        ("abs x > 3", "position 5: expected '(', found 'x'"),
        ("sqrtt(x) > 3", "position 1: unknown function 'sqrtt'; did you mean 'sqrt'?"),
        ("min(x) > 3", "position 1: min takes at least two arguments, got 1"),
        ("abs(x, y) > 3", "position 1: abs takes one argument, got 2"),
        ("m_A > 3 MEV", "position 9: expected a unit (eV, keV, MeV, GeV, TeV, "),
        ("2 x > 3", "position 3: expected a unit"),
        ("3 GeV**2 < M2", "position 6: a power of a number with unit can be read in two ways"),
        ("0 < x > 3", "position 7: a chain of comparisons runs in one direction, expected <"),
        ("x > __import__('os')", 'found "\'"'),
        ("x.real > 1", "found '.'"),
        ("x > " + "(" * 150 + "1" + ")" * 150, "expected at most 200 numbers, names and signs"),
        ("x > " + "-" * 150 + "(" * 40 + "1" + ")" * 4, "expected"),
    ],
)
def test_text_that_is_no_comparison_is_refused_at_its_position(text, problem):
    with pytest.raises(ExpressionError, match=re.escape(problem)):
        read_comparison(text)


@pytest.mark.parametrize("text", ["x > " + "(" * 90 + "1" + ")" * 90, "x > " + "-" * 190 + "1"])
def test_deep_nesting_is_read_or_refused_but_does_not_crash(text):
    comparison, problem = attempt(text)
    assert "fewer parentheses" in problem if comparison is None else abs(constant(comparison.sides[1])) == 1.0


def test_longest_text_that_is_allowed_has_a_value():
    terms = (LONGEST - 2) // 2
    assert value("+".join(["x"] * terms)) == pytest.approx(0.7 * terms, rel=1e-12)


def test_constant_has_a_value_and_a_dimension():
    number, dimension = read_constant("2 * 5 MeV")
    assert (number, dimension.unit) == (pytest.approx(0.01, rel=1e-15), "GeV")
    with pytest.raises(ExpressionError, match="position 5: unknown parameter or derived quantity 'x'"):
        read_constant("2 * x")
