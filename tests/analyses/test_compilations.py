"""How often a run compiles the likelihood: once for every purpose, however long it runs."""

import numpy as np
import pytest

import zprimefit as zf
from zprimefit.analyses import Analysis
from zprimefit.likelihoods import AnomalousMagneticMoment
from zprimefit.likelihoods.component import UserComponent
from zprimefit.models import Z2HDM

NAMES = ("y_mu", "y_e")


@pytest.fixture
def traced():
    """A list that grows by one with every trace of the analysis that comes with it."""
    traces = []

    def bowl(y_mu, y_e):
        traces.append(1)
        return ((y_mu - 2e-3) / 1e-4) ** 2 + ((y_e - 1e-4) / 1e-5) ** 2

    free = {p.name: p.with_(free=p.name in NAMES) for p in Z2HDM().parameters}
    counting = UserComponent(bowl, NAMES, "bowl", n_data=2)
    return traces, Analysis(Z2HDM(), (counting, AnomalousMagneticMoment("mu")), tuple(free.values()))


def test_batches_of_one_length_are_traced_once(traced):
    traces, analysis = traced
    points = analysis.defaults() * np.linspace(0.9, 1.1, 40)[:, None]
    analysis.minus2lnl_batch(points)
    before = len(traces)
    # a rest is filled up: 33 to 40 points are one length
    for some in (points[::-1], points[:33], points[5:]):
        analysis.minus2lnl_batch(some)
    assert len(traces) == before
    analysis.minus2lnl_batch(points[:16])
    assert len(traces) == before + 1


def test_longer_chain_is_not_traced_more_often(traced):
    traces, analysis = traced
    zf.sample(analysis, walkers=16, until="steps", steps=2)
    before = len(traces)
    zf.sample(analysis, walkers=16, until="steps", steps=60, seed=8)
    assert len(traces) == before


def test_fit_and_profiles_of_all_parameters_trace_three_functions(traced):
    traces, analysis = traced
    before = len(traces)
    fit = zf.fit(analysis, starts=3)
    for name in NAMES:
        zf.profile(analysis, name, n=5, fit=fit)
    # value, value with slopes (JAX traces the value inside of it), and batch
    assert len(traces) - before <= 3
