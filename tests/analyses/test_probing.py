"""Which parameters change which component: found by moving them, and refused where they change nothing."""

from dataclasses import dataclass, field

import jax.numpy as jnp
import pytest

from tests.toys import ToyModel, at_limit, gaussian, linear, nan_region, never, valley
from zprimefit.analyses import Analysis, Constraint
from zprimefit.likelihoods import AnomalousMagneticMoment, component
from zprimefit.models import Z2HDM

X, Y, Z = (linear(name, 0.5, -1.0, 1.0) for name in "xyz")


def analysis(*components, parameters=(X, Y, Z), **options):
    return Analysis(ToyModel(parameters), components, name="toy", **options)


@component(parameters=["x", "y"])
def closed(x, y):
    """Reads y, but y opens nothing inside the box."""
    return x**2 + jnp.where(y > 2.0, y, 0.0)


@component(parameters=["z"])
def far(z):
    return z**2 + 1e3


def test_parameter_that_is_read_but_changes_nothing_is_not_found():
    found = analysis(closed, far)
    assert found.touched_by == {"closed": {"x", "y"}, "far": {"z"}}
    assert found.probed == {"closed": {"x"}, "far": {"z"}}


@pytest.mark.parametrize("make", [gaussian, at_limit, valley])
def test_all_parameters_of_the_toys_are_found(make):
    assert set().union(*make().probed.values()) == set(make().free_parameters)


def test_effect_that_shows_only_away_from_the_defaults_is_found():
    # at the defaults x = 0.5 switches y off
    corner = component(parameters=["x", "y"])(lambda x, y: jnp.where(x > 0.7, y, 0.0))
    assert analysis(corner).probed == {"<lambda>": {"x", "y"}}


def test_effect_below_rounding_does_not_count():
    tiny = component(parameters=["x", "y"], name="tiny")(lambda x, y: 1e3 + x**2 + 1e-9 * y)
    small = component(parameters=["x", "y"], name="small")(lambda x, y: 1e3 + x**2 + 1e-5 * y)
    assert analysis(tiny, small).probed == {"tiny": {"x"}, "small": {"x", "y"}}


def test_edge_of_a_region_without_numbers_is_an_effect():
    assert nan_region().probed == {"holes": {"x", "y"}}
    edge = component(parameters=["x"], name="edge")(lambda x: jnp.where(x < 0, jnp.nan, 1.0))
    assert analysis(edge).probed == {"edge": {"x"}}


def test_component_without_any_number_keeps_what_it_reads():
    assert never().probed == {"nothing": {"a"}}


def test_constraint_counts_also_where_it_is_satisfied():
    found = analysis(closed, constraints=(Constraint("z < 2", 0.1),))
    assert found.probed["constraint: z < 2"] == {"z"}


def test_idle_parameter_is_refused_with_what_to_do():
    message = (
        r"analysis 'toy': free parameters \['y'\] change no component's -2 ln L anywhere it was looked at in the "
        r"domain; fix them \(parameters: {y: {free: false}}\), or add a component that depends on them"
    )
    with pytest.raises(ValueError, match=message):
        analysis(closed).refuse_idle()


def test_analysis_without_idle_parameters_passes():
    analysis(closed).with_parameters({"y": {"free": False}}).refuse_idle()
    analysis(closed, constraints=(Constraint("y < 2", 0.1),)).refuse_idle()


def test_muon_coupling_changes_its_moment_and_not_the_electrons():
    moments = Analysis(Z2HDM(), (AnomalousMagneticMoment("mu"), AnomalousMagneticMoment("e")))
    assert {name for name, seen in moments.probed.items() if "y_mu" in seen} == {"delta-a-mu"}
    assert {name for name, seen in moments.probed.items() if "y_etau_taue" in seen} == {"delta-a-e"}


def test_direct_engine_is_looked_at_with_few_points():
    calls = []

    def count(x, y):
        calls.append(x)
        return x**2 + 0.0 * y

    one = component(parameters=["x", "y"], name="one")(count)
    found = analysis(one, engine="direct")
    traced = len(calls)
    assert found.probed == {"one": {"x"}}
    # once for the compilation of one shape
    assert len(calls) == traced + 1


# -- data that would count twice ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    name: str
    samples: tuple = ()
    cite: tuple = ()
    n_data: int = 1
    observables: tuple = field(default=())

    def minus2lnl(self, model, params):
        return params["x"] ** 2


def test_two_components_of_the_same_data_are_refused():
    message = (
        r"analysis 'toy': components 'energy' and 'angle' both use 'miniboone 2020 fhc', which would count twice; "
        r"remove one of them"
    )
    with pytest.raises(ValueError, match=message):
        analysis(Sample("energy", ("other", "miniboone 2020 fhc")), Sample("angle", ("miniboone 2020 fhc",)))


def test_components_of_different_data_go_together():
    parts = (Sample("fhc", ("miniboone 2020 fhc",)), Sample("rhc", ("miniboone 2020 rhc",)), Sample("none"), closed)
    assert [c.name for c in analysis(*parts).components] == ["fhc", "rhc", "none", "closed"]


def test_adding_a_component_of_the_same_data_is_refused():
    with pytest.raises(ValueError, match="'energy' and 'angle' both use 'data'"):
        analysis(Sample("energy", ("data",))) + Sample("angle", ("data",))
