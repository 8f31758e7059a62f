"""An analysis with other data: what changes, what is shared, and what is refused."""

from functools import cache

import numpy as np
import pytest

import zprimefit as zf
from tests.toys import gaussian, measurement
from zprimefit.analyses import Analysis
from zprimefit.likelihoods import AnomalousMagneticMoment
from zprimefit.likelihoods.component import UserComponent
from zprimefit.models import Z2HDM

VALUES = {"y_mu": 2.0e-3, "y_e": 1e-4}


@cache
def moments():
    free = {p.name: p.with_(free=p.name in {"y_mu", "y_e"}) for p in Z2HDM().parameters}
    own = UserComponent(lambda y_mu: (y_mu / 1e-2) ** 2, ("y_mu",), "own")
    parts = (AnomalousMagneticMoment("mu"), AnomalousMagneticMoment("e"), own)
    return Analysis(Z2HDM(), parts, tuple(free.values()))


def at(analysis):
    return [VALUES[name] for name in analysis.free_parameters]


def test_value_gradient_batch_breakdown_and_term_all_take_the_data():
    analysis = moments()
    data = {"delta-a-mu": analysis.experiments.published["delta-a-mu"] + 1e-9}
    given = analysis.given(data)
    measured = AnomalousMagneticMoment("mu").measured
    point = analysis.params(at(analysis))
    predicted = float(analysis.model.delta_a("mu", point))
    expected = ((predicted - measured.value - 1e-9) / measured.sigma) ** 2
    found = given.breakdown(at(analysis))
    assert found["delta-a-mu"] == pytest.approx(expected)
    assert {n: v for n, v in found.items() if n != "delta-a-mu"} == pytest.approx(
        {n: v for n, v in analysis.breakdown(at(analysis)).items() if n != "delta-a-mu"}
    )
    total = sum(found.values())
    assert given.minus2lnl(at(analysis)) == pytest.approx(total)
    assert given.minus2lnl_batch([at(analysis), at(analysis)]) == pytest.approx([total, total])
    assert given.value_and_gradient(at(analysis))[0] == pytest.approx(total)
    assert float(given.term("delta-a-mu")(point)) == pytest.approx(expected)
    assert not np.allclose(given.gradient(at(analysis)), analysis.gradient(at(analysis)))


def test_published_data_change_nothing():
    analysis = moments()
    given = analysis.given(analysis.experiments.published)
    assert given.minus2lnl(at(analysis)) == pytest.approx(analysis.minus2lnl(at(analysis)))
    assert given.gradient(at(analysis)) == pytest.approx(analysis.gradient(at(analysis)))


def test_components_without_data_are_named():
    assert moments().experiments.kept == ("own",)
    assert gaussian().experiments.kept == ("correlated",)


def test_asimov_data_of_a_point_put_the_best_fit_there():
    analysis = measurement(1.0, 0.5)
    asimov = analysis.given(analysis.experiments.at([0.2]).expected())
    fit = zf.fit(asimov, starts=2, minos=False)
    assert fit.values == pytest.approx([0.2], abs=1e-6)
    assert fit.fval == pytest.approx(0.0, abs=1e-9)
    assert fit.errors == pytest.approx([0.5], rel=1e-6)


def test_data_belong_to_the_identity_and_to_copies():
    analysis = moments()
    given = analysis.given({"delta-a-mu": [1e-9]})
    other = analysis.given({"delta-a-mu": [2e-9]})
    assert "given_data" not in analysis.identity
    assert len({str(a.identity) for a in (analysis, given, other)}) == 3
    fixed = given.with_parameters({"y_e": {"free": False}})
    assert fixed.breakdown(at(fixed))["delta-a-mu"] == pytest.approx(given.breakdown(at(given))["delta-a-mu"])
    assert fixed.data["delta-a-mu"] == pytest.approx([1e-9])


def test_toys_are_evaluated_without_another_trace():
    traces = []

    class Counting(AnomalousMagneticMoment):
        def forecast(self, model, params):
            traces.append(1)
            return super().forecast(model, params)

    free = {p.name: p.with_(free=p.name == "y_mu") for p in Z2HDM().parameters}
    analysis = Analysis(Z2HDM(), (Counting("mu"),), tuple(free.values()))
    ensemble = analysis.experiments.at(at(analysis))
    first = analysis.given(ensemble.drawn(0))
    zf.fit(first, starts=2, minos=False)
    before = len(traces)
    for k in range(1, 4):
        zf.fit(analysis.given(ensemble.drawn(k)), starts=2, minos=False)
    assert len(traces) == before


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"own": [1.0]}, "unknown analysis 'analysis': component with other data 'own'"),
        ({"delta-a-mu": [1.0, 2.0]}, r"data of delta-a-mu: expected an array of \(1,\), got \(2,\)"),
        ({"delta-a-mu": [float("nan")]}, r"data of delta-a-mu: expected finite numbers, got \[nan\]"),
    ],
)
def test_data_that_do_not_fit_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        moments().given(data)
