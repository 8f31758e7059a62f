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


def test_batches_of_any_length_are_traced_once(traced):
    traces, analysis = traced
    points = analysis.defaults() * np.linspace(0.9, 1.1, 600)[:, None]
    analysis.minus2lnl_batch(points)
    before = len(traces)
    for some in (points[::-1], points[:33], points[5:6], points[:0]):
        analysis.minus2lnl_batch(some)
    assert len(traces) == before


def test_longer_chain_is_not_traced_more_often(traced):
    traces, analysis = traced
    zf.sample(analysis, walkers=16, until="steps", steps=2)
    before = len(traces)
    zf.sample(analysis, walkers=16, until="steps", steps=60, seed=8)
    assert len(traces) == before


def test_value_breakdown_and_points_are_traced_once_each(traced):
    traces, analysis = traced
    before = len(traces)
    for scale in (0.9, 1.0, 1.1):
        analysis.minus2lnl(scale * analysis.defaults())
        analysis.breakdown(scale * analysis.defaults())
        analysis.gradient(scale * analysis.defaults())
    assert len(traces) - before == 2


def test_fits_profiles_scans_and_chains_share_three_functions(traced):
    traces, analysis = traced
    before = len(traces)
    fit = zf.fit(analysis, starts=3)
    for name in NAMES:
        zf.profile(analysis, name, n=5, fit=fit)
    zf.scan(analysis, *NAMES, n=(3, 3), fit=fit)
    zf.sample(analysis, fit=fit, walkers=16, until="steps", steps=5)
    # terms, slopes, and many points
    assert len(traces) - before == 3
