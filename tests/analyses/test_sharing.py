"""What several components ask of a model at one point."""

from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
import pytest

from zprimefit import Analysis
from zprimefit.analyses.sharing import Point, Sharing, observed
from zprimefit.likelihoods.component import UserComponent
from zprimefit.models import Z2HDM

MODEL = Z2HDM(gauge_group="B")
POINT = MODEL.benchmark("table1")


@dataclass(frozen=True)
class Counting:
    """A model that counts how often it is asked for its vector."""

    model: Any = MODEL
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def vector(self, params: Any) -> Any:
        """The model's."""
        self.asked.append("vector")
        return self.model.vector(params)


@dataclass(frozen=True)
class WidthOf(UserComponent):
    """The total width in keV, squared."""

    def minus2lnl(self, model: Any, params: Any) -> Any:
        """-2 ln L."""
        return (1e6 * model.vector(params).total_width) ** 2


def width(name: str) -> WidthOf:
    return WidthOf(lambda: 0.0, (), name, observables=("vector",))


def test_vector_is_worked_out_once_for_all_components():
    model = Counting()
    analysis = Analysis(model, (width("one"), width("two"), width("three")))
    values = analysis.defaults()
    model.asked.clear()
    found = analysis.breakdown(values)
    assert model.asked == ["vector"]
    alone = (1e6 * float(MODEL.vector(analysis.params(values)).total_width)) ** 2
    assert list(found.values()) == pytest.approx([alone] * 3, rel=1e-12)


def test_changed_point_is_asked_anew():
    model = Counting()
    point = observed(model, ["vector"], POINT)
    sharing = Sharing(model)
    assert sharing.vector(point) is point.observables["vector"]
    moved = sharing.vector({**point, "m_zprime": 0.1})
    assert float(moved.mass) == 0.1
    assert model.asked == ["vector", "vector"]


def test_only_what_components_declare_is_worked_out():
    assert set(observed(MODEL, ["vector", "delta_a"], POINT).observables) == {"vector"}
    assert dict(observed(MODEL, [], POINT)) == POINT


def test_everything_else_is_the_model_itself():
    sharing = Sharing(MODEL)
    assert repr(sharing) == repr(MODEL)
    assert float(sharing.delta_a("mu", POINT)) == float(MODEL.delta_a("mu", POINT))
    with pytest.raises(AttributeError, match="no_such_observable"):
        _ = sharing.no_such_observable


def test_derivatives_go_through_what_is_shared():
    analysis = Analysis(MODEL, (width("one"), width("two")))
    values = analysis.defaults()
    direct = jax.jacfwd(lambda x: 2 * (1e6 * MODEL.vector(analysis.params(x)).total_width) ** 2)(values)
    assert analysis.gradient(values) == pytest.approx(np.asarray(direct), rel=1e-10)
    assert isinstance(analysis.observed(analysis.params(values)), Point)


def test_methods_of_a_shared_model_look_up_what_the_point_knows():
    point = observed(MODEL, ("scalars", "flavour_scalars"), POINT)
    assert set(point.observables) == {"scalars", "flavour_scalars"}
    for name, scalar in point.observables["flavour_scalars"].items():
        assert scalar.particle is point.observables["scalars"][name]
    source = Sharing(MODEL).pair_sources()[0]
    share = point.observables["scalars"][source.name].branching("ee")
    assert float(source.branching(point)) == float(share)
