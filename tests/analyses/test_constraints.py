"""Constraints: one-sided terms on parameters and derived quantities, in the likelihood, the file and the fit."""

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ruamel.yaml import YAML

import zprimefit
from zprimefit.analyses import Analysis, Constraint, resolved_yaml
from zprimefit.likelihoods import AnomalousMagneticMoment, component
from zprimefit.models import Z2HDM
from zprimefit.parameters import Parameter
from zprimefit.quantities import Quantity

MOMENTS = "name: mine\nmodel: {name: z2hdm}\ncomponents: {delta-a-mu: {}, delta-a-e: {reference: Rb_2023}}\n"


@dataclass(frozen=True)
class Toy:
    """A mass and two numbers, and what follows from them; `asked` counts the evaluations of the costly one."""

    asked: list

    @property
    def parameters(self):
        return (
            Parameter(name="m", unit="GeV", latex="m", default=2.0, bounds=(0.5, 10.0), scale="log"),
            Parameter(name="x", unit="1", latex="x", default=0.5, bounds=(-4.0, 4.0)),
            Parameter(name="z", unit="1", latex="z", default=0.0, bounds=(-1.0, 1.0), free=False),
        )

    @property
    def quantities(self):
        def costly(params):
            self.asked.append("costly")
            return params["x"]

        return (
            Quantity("m_sq", "GeV^2", "m^2", "the square", lambda p: p["m"] ** 2),
            Quantity("rate", "events", "N", "x e^m", lambda p: p["x"] * jnp.exp(p["m"])),
            Quantity("log_x", "1", r"\ln x", "no number below zero", lambda p: jnp.log(p["x"])),
            Quantity("tau_s", "s", r"\tau", "for ever at x = 0", lambda p: 1e-12 / p["x"] ** 2),
            Quantity("costly", "1", "c", "takes long", costly),
        )


@component(parameters=["m", "x"], n_data=2)
def pulls(m, x):
    return ((m - 2.0) / 0.5) ** 2 + (x - 0.5) ** 2


def toy(*constraints, components=(pulls,)):
    return Analysis(Toy([]), components, name="toy", constraints=constraints)


def penalty(analysis, *values):
    """What all constraints add at (m, x)."""
    parts = analysis.breakdown(np.array(values))
    return sum(v for name, v in parts.items() if name.startswith("constraint: "))


# -- the penalty ----------------------------------------------------------------------------------------------------


def test_penalty_is_zero_inside_and_quadratic_in_the_excess_beyond():
    analysis = toy(Constraint("m > 3 GeV", width=0.2))
    assert penalty(analysis, 3.0, 0.0) == 0.0
    assert penalty(analysis, 9.0, 0.0) == 0.0
    assert penalty(analysis, 2.6, 0.0) == pytest.approx((0.4 / 0.2) ** 2, rel=1e-12)
    assert penalty(analysis, 2.8, 0.0) == pytest.approx(1.0, rel=1e-12)


def test_penalty_and_its_slope_are_continuous_at_the_bound():
    analysis = toy(Constraint("m > 3 GeV", width=0.1))
    term = analysis.term("constraint: m > 3 GeV")
    slope = jax.grad(lambda m: term({"m": m}))
    assert float(slope(3.0 - 1e-9)) == pytest.approx(-2e-7, rel=1e-6)
    assert float(slope(3.0 + 1e-9)) == 0.0


@pytest.mark.parametrize(
    ("text", "m", "expected"),
    [
        ("m < 3 GeV", 3.3, 100.0),
        ("3 GeV > m", 3.3, 100.0),
        ("m <= 3000 MeV", 3.3, 100.0),
        ("m >= 4 GeV", 3.0, 625.0),
        ("1 GeV < m < 4 GeV", 5.0, 625.0),
        ("1 GeV < m < 4 GeV", 0.9, 100.0),
        ("1 GeV < m < 4 GeV", 2.0, 0.0),
        ("4 GeV > m > 1 GeV", 0.9, 100.0),
        ("m_sq < (2 GeV)^2", 2.1, (0.41 / 0.04) ** 2),
        ("-m > -2 GeV", 2.1, 25.0),
    ],
)
def test_default_width_is_a_hundredth_of_the_bound(text, m, expected):
    assert penalty(toy(text), m, 0.0) == pytest.approx(expected, rel=1e-9)


def test_width_is_read_with_its_unit():
    assert toy(Constraint("m > 0", "1 MeV")).constraints[0].width == (1e-3,)
    assert toy(Constraint("m > 0", "0.1 * 10 GeV")).constraints[0].width == (1.0,)
    assert toy(Constraint("1 GeV < m < 2 GeV", (0.1, "20 MeV"))).constraints[0].width == (0.1, 0.02)
    assert toy(Constraint("1 GeV < m < 2 GeV", 0.1)).constraints[0].width == (0.1, 0.1)


def test_bound_may_be_another_quantity():
    analysis = toy(Constraint("rate < costly + 1", width=0.5))
    expected = ((0.5 * math.e - 1.5) / 0.5) ** 2 if 0.5 * math.e > 1.5 else 0.0
    assert penalty(analysis, 1.0, 0.5) == pytest.approx(expected, abs=1e-15)
    assert penalty(analysis, 2.0, 0.5) == pytest.approx(((0.5 * math.e**2 - 1.5) / 0.5) ** 2, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "x"), [("log_x < 1", -1.0), ("tau_s < 1e-12 s", 0.0), ("tau_s > 1e-12 s", 0.0), ("log_x < 1", 0.0)]
)
def test_quantity_without_a_finite_value_makes_a_bad_point(text, x):
    analysis = toy(text)
    assert math.isnan(penalty(analysis, 2.0, x))
    assert math.isnan(analysis.minus2lnl([2.0, x]))
    (found,) = analysis.bound_constraints[0].at({"m": 2.0, "x": x, "z": 0.0})
    assert not found.satisfied


def test_derivatives_of_a_satisfied_constraint_are_finite_where_those_of_its_expression_are_not():
    term = toy("sqrt(abs(x)) < 2").term("constraint: sqrt(abs(x)) < 2")
    _, slope = jax.jvp(lambda x: term({"x": x}), (0.0,), (1.0,))
    assert float(slope) == 0.0


# -- a term like others -----------------------------------------------------------------------------------------------


def test_constraints_are_terms_after_the_components_without_data():
    analysis = toy("m > 3 GeV", "x < 1")
    assert list(analysis.breakdown([2.0, 0.5])) == ["pulls", "constraint: m > 3 GeV", "constraint: x < 1"]
    assert analysis.n_data == 2
    assert analysis.minus2lnl([2.9, 2.0]) == pytest.approx(
        (0.9 / 0.5) ** 2 + 1.5**2 + (0.1 / 0.03) ** 2 + (1.0 / 0.01) ** 2, rel=1e-12
    )
    points = np.array([[2.9, 2.0], [4.0, 0.0]])
    assert analysis.minus2lnl_batch(points) == pytest.approx([analysis.minus2lnl(p) for p in points], rel=1e-12)


def test_only_named_quantities_are_evaluated():
    model = Toy([])
    Analysis(model, (pulls,), constraints=("rate < 30",)).breakdown([2.0, 0.5])
    assert model.asked == []
    Analysis(model, (pulls,), constraints=("costly < 30",)).breakdown([2.0, 0.5])
    assert model.asked


def test_constraint_on_what_a_component_predicts():
    @dataclass(frozen=True)
    class Counting:
        name: str = "counting"
        cite: tuple = ()
        n_data: int = 1
        observables: tuple = ()

        def minus2lnl(self, model, params):
            return (params["x"] - 1) ** 2

        def bind(self, model, parameters, *, engine, progress):
            return Bound(engine)

    @dataclass(frozen=True)
    class Bound:
        engine: str

        @property
        def quantities(self):
            return (Quantity("counted", "events", "N", self.engine, lambda p: 100 * p["x"]),)

        def __call__(self, params):
            return (params["x"] - 1) ** 2

    analysis = toy("counted < 300", components=(Counting(),))
    assert analysis.touched_by["constraint: counted < 300"] == {"x"}
    assert analysis.quantity("counted").meaning == "surrogate"
    assert analysis.breakdown([4.0])["constraint: counted < 300"] == pytest.approx((100 / 3) ** 2, rel=1e-12)


def test_constraint_frees_what_it_reads():
    assert toy(components=(component(parameters=["x"])(lambda x: x**2),)).free_parameters == ("x",)
    small = toy("m_sq > 1 GeV * 1 GeV", components=(component(parameters=["x"])(lambda x: x**2),))
    assert small.free_parameters == ("m", "x")


def test_adding_a_constraint_makes_a_new_analysis():
    before = toy("m > 3 GeV")
    after = before + Constraint("x < 1")
    assert [c.require for c in before.constraints] == ["m > 3 GeV"]
    assert [c.require for c in after.constraints] == ["m > 3 GeV", "x < 1"]
    assert [c.name for c in after.components] == ["pulls"]


def test_constraints_are_part_of_the_identity():
    identities = [
        toy().identity,
        toy("m > 3 GeV").identity,
        toy(Constraint("m > 3 GeV", 0.5)).identity,
        toy("m > 4 GeV").identity,
    ]
    assert all(one != other for i, one in enumerate(identities) for other in identities[:i])
    assert toy("m  >  3 GeV").identity == toy(Constraint("m > 3 GeV", "30 MeV")).identity


def test_fit_stays_at_a_constraint_where_the_data_pull_beyond_it():
    # minimum of ((m - 2)/0.5)^2 + ((3 - m)/0.1)^2
    fit = zprimefit.fit(toy(Constraint("m > 3 GeV", 0.1)), starts=2, seed=1)
    m = (2.0 / 0.25 + 3.0 / 0.01) / (1 / 0.25 + 1 / 0.01)
    assert fit.values[0] == pytest.approx(m, rel=1e-5)
    assert fit.breakdown["constraint: m > 3 GeV"] == pytest.approx(((3 - m) / 0.1) ** 2, rel=1e-3)
    assert fit.ndof == 2 - 2


def test_at_tells_every_bound_of_a_chain():
    analysis = toy("1 GeV < m < 1.9 GeV")
    low, high = analysis.bound_constraints[0].at(analysis.params(analysis.defaults()))
    assert (low.value, low.relation, low.limit, low.unit, low.satisfied) == (2.0, ">", 1.0, "GeV", True)
    assert (high.value, high.relation, high.limit, high.width, high.satisfied) == (2.0, "<", 1.9, 0.019, False)
    assert (low.penalty, high.penalty) == (0.0, pytest.approx((0.1 / 0.019) ** 2, rel=1e-9))


def test_strict_comparison_is_not_satisfied_at_its_bound():
    both = toy("m > 2 GeV", "m >= 2 GeV")
    found = [row.satisfied for b in both.bound_constraints for row in b.at({"m": 2.0, "x": 0.0, "z": 0.0})]
    assert found == [False, True]


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        ("m > 110", r"position 3: compares GeV and a pure number; give the number its unit, e\.g\. '110 GeV'"),
        ("rat > 3", r"unknown parameter or derived quantity 'rat'; did you mean 'rate'\?"),
        ("m > 0", r"constraint: m > 0: a bound of zero needs a width; write {require: m > 0, width: \.\.\.}"),
        ("rate > x", r"constraint: rate > x: a bound that varies needs a width"),
        ("1 < 2", r"constraint: 1 < 2: compares two numbers; name a parameter or a derived quantity"),
        ("x < 1 / 0", r"constraint: x < 1 / 0: expected a finite bound, got inf"),
        (Constraint("m > 0", -1.0), r"constraint: m > 0: expected a finite width > 0, got -1\.0"),
        (Constraint("m > 0", "0 GeV"), r"constraint: m > 0: expected a finite width > 0, got '0 GeV'"),
        (Constraint("m > 0", True), r"expected a finite width > 0, got True"),
        (Constraint("m > 0", "1 s"), r"constraint: m > 0: width '1 s' is in s, but what it limits is GeV"),
        (Constraint("m > 0", "1 MEV"), r"'1 MEV', position 3: expected a unit"),
        (Constraint("1 < x < 2", (1.0, 2.0, 3.0)), r"expected one width or 2, got 3"),
    ],
)
def test_wrong_constraint_is_refused_when_the_analysis_is_built(constraint, message):
    with pytest.raises(ValueError, match=message):
        toy(constraint)


def test_thing_that_is_no_text_is_refused():
    with pytest.raises(ValueError, match="constraint: expected a text such as 'm_Hpm > 110 GeV', got 3"):
        toy(3)


def test_same_constraint_twice_is_refused():
    with pytest.raises(ValueError, match=r"analysis 'toy': constraints \['m > 3 GeV'\] appear more than once"):
        toy("m > 3 GeV", "m  > 3 GeV")


def test_quantity_that_cannot_be_traced_is_refused_by_name():
    @dataclass(frozen=True)
    class Branching(Toy):
        @property
        def quantities(self):
            return (Quantity("sign", "1", "s", "branches", lambda p: 1.0 if p["x"] > 0 else -1.0),)

    with pytest.raises(TypeError, match=r"constraint: sign > 0\.5: JAX cannot trace"):
        Analysis(Branching([]), (pulls,), constraints=("sign > 0.5",))


# -- the file -------------------------------------------------------------------------------------------------------

FILE = (
    MOMENTS
    + """
constraints:
  - m_Hpm > 110 GeV
  - require: v_prime_GeV > 0
    width: 1 MeV
  - require: abs(lambda_5) < sqrt(4 * pi)
    width: 0.05
  - {require: 1e-4 < y_mu < 1e-3, width: [1e-6, 1e-5]}
"""
)


def test_file_holds_constraints(read):
    analysis = read(FILE)
    assert [(c.require, c.width) for c in analysis.constraints] == [
        ("m_Hpm > 110 GeV", (pytest.approx(1.1, rel=1e-15),)),
        ("v_prime_GeV > 0", (1e-3,)),
        ("abs(lambda_5) < sqrt(4 * pi)", (0.05,)),
        ("1e-4 < y_mu < 1e-3", (1e-6, 1e-5)),
    ]
    point = analysis.params(analysis.defaults())
    assert all(found.satisfied for b in analysis.bound_constraints for found in b.at(point))


def test_resolved_yaml_gives_the_constraints_again(read):
    analysis = read(FILE)
    again = read(resolved_yaml(analysis))
    assert again.constraints == analysis.constraints
    assert again.identity == analysis.identity
    assert resolved_yaml(again) == resolved_yaml(analysis)
    assert again.breakdown(again.defaults()) == analysis.breakdown(analysis.defaults())


def test_resolved_file_writes_out_the_widths(read):
    resolved = YAML(typ="safe", pure=True).load(resolved_yaml(read(FILE)))
    assert resolved["constraints"][1] == {"require": "v_prime_GeV > 0", "width": 1e-3}
    assert resolved["constraints"][3] == {"require": "1e-4 < y_mu < 1e-3", "width": [1e-6, 1e-5]}


def test_file_without_constraints_has_the_identity_it_had(read):
    assert "constraints" not in read(MOMENTS).source


def test_option_replaces_the_constraints(read):
    assert [c.require for c in read(FILE, constraints=["m_A < 400 GeV"]).constraints] == ["m_A < 400 GeV"]


def test_free_parameter_that_only_a_constraint_reads_is_free(read):
    text = FILE + "parameters: {m_Hpm: {free: true}}\n"
    assert "m_Hpm" in read(text).free_parameters
    with pytest.raises(ValueError, match=r"parameters \['m_Hpm'\] are free but no component depends on them"):
        read(text, constraints=[])


def test_constraint_on_a_real_derived_quantity_pulls():
    analysis = Analysis(Z2HDM(), (AnomalousMagneticMoment("mu"),), constraints=("v_prime_GeV > 0.3 GeV",))
    at = Z2HDM().benchmark()
    found = float(analysis.term("constraint: v_prime_GeV > 0.3 GeV")(at))
    assert found == pytest.approx(((0.3 - at["m_zprime"] / at["g_d"]) / 0.003) ** 2, rel=1e-12)


def test_constraint_on_a_lifetime_of_the_dark_neutrino_reads_what_it_depends_on():
    """Its width is compiled: the parameters it takes must be seen all the same."""
    built = Analysis(Z2HDM(), (AnomalousMagneticMoment("mu"),), constraints=("tau_nu4_s < 1 s",))
    read = built.touched_by["constraint: tau_nu4_s < 1 s"]
    assert {"m_nu4", "m_zprime", "g_d", "U_mu4_sq"} <= read
    assert "y_mu" not in read
