"""What an analysis says of one point: verdicts against no new physics, mu of limits, pulls of measurements."""

from dataclasses import dataclass

import pytest

from zprimefit.analyses import Analysis
from zprimefit.analyses.evaluation import evaluate
from zprimefit.likelihoods import AnomalousMagneticMoment
from zprimefit.likelihoods.limits import background_limited
from zprimefit.models import Z2HDM

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()


@dataclass(frozen=True)
class Limit:
    """g_B below 1e-4 at 90 % CL."""

    name: str = "limit"
    cite: tuple[str, ...] = ("nobody",)
    n_data: int = 0
    observables: tuple[str, ...] = ()

    def mu(self, model, params):
        return (params["g_B"] / 1e-4) ** 2

    def minus2lnl(self, model, params):
        return background_limited(self.mu(model, params), 0.9)


ANALYSIS = Analysis(MODEL, (AnomalousMagneticMoment("mu"), Limit()))


def test_limit_has_its_mu_and_a_verdict():
    found = evaluate(ANALYSIS, TABLE1)["components"]["limit"]
    assert found["mu"] == pytest.approx(9.0)
    assert found["minus2lnl"] == pytest.approx(2.7055 * 81, rel=1e-4)
    assert found["verdict"] == "excluded at 99 % CL"
    assert evaluate(ANALYSIS, TABLE1 | {"g_B": 1e-5})["components"]["limit"]["verdict"] == "allowed"


def test_measurement_is_judged_against_no_new_physics():
    """Without new physics Delta a_mu is 3.7 standard deviations off: a point that is 2 off is better, not excluded."""
    half = evaluate(ANALYSIS, TABLE1 | {"y_mu": 4e-4})["components"]["delta-a-mu"]
    assert 4 < half["minus2lnl"] < 13.477
    assert half["verdict"] == "allowed"
    assert half["pull"] ** 2 == pytest.approx(half["minus2lnl"])
    far = evaluate(ANALYSIS, TABLE1 | {"y_mu": 1.2e-3})["components"]["delta-a-mu"]
    assert far["verdict"] == "excluded at 99 % CL"


def test_sum_is_that_of_the_terms():
    found = evaluate(ANALYSIS, TABLE1)
    assert found["minus2lnl"] == pytest.approx(sum(c["minus2lnl"] for c in found["components"].values()))
    assert found["minus2lnl"] == pytest.approx(
        sum(ANALYSIS.breakdown([TABLE1[p] for p in ANALYSIS.free_parameters]).values())
    )
