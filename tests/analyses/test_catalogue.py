"""Names that analysis files use: what they make, and the packaged analyses that use them."""

import dataclasses

import numpy as np
import pytest

from zprimefit.analyses import load, packaged
from zprimefit.analyses.catalogue import COMPONENTS
from zprimefit.likelihoods import Component

NEEDS_A_CHOICE = {"nsi-oscillation"}
"""No published interval is at hand: the user gives one."""


@pytest.mark.parametrize("name", [name for name in COMPONENTS if name not in NEEDS_A_CHOICE])
def test_component_is_made_by_its_name_and_has_it(name):
    factory, given = COMPONENTS[name]
    component = factory(**given)
    assert isinstance(component, Component)
    assert component.name == name
    assert component.cite
    assert component.n_data >= 0
    assert dataclasses.is_dataclass(component)
    hash(component)


def test_interval_of_oscillations_must_be_given():
    factory, given = COMPONENTS["nsi-oscillation"]
    with pytest.raises(ValueError, match="interval"):
        factory(**given)


def test_packaged_analyses_are_these():
    assert packaged() == ("blsm-global", "blsm-seed", "z2hdm-global", "z2hdm-miniboone", "z2hdm-seed")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["z2hdm-global", "z2hdm-seed"])
def test_every_term_of_a_packaged_analysis_is_finite_at_table_1_and_without_new_physics(name):
    analysis = load(name, engine="direct")
    point = {p.name: p.default for p in analysis.parameters} | analysis.benchmarks["table1"]
    for at in (point, point | analysis.model.no_new_physics):
        found = {c.name: float(analysis.term(c.name)(at)) for c in analysis.components}
        assert [n for n, value in found.items() if not np.isfinite(value)] == []
