"""What an analysis says of one point: verdicts of limits and measurements, mu, pulls, inputs not confirmed."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest

import zprimefit as zf
from zprimefit.analyses import Analysis
from zprimefit.analyses.evaluation import evaluate, numbers_at, told_of
from zprimefit.analyses.sharing import Sharing
from zprimefit.likelihoods import AnomalousMagneticMoment
from zprimefit.likelihoods.limits import background_limited
from zprimefit.likelihoods.scalars import HiggsToLight, HiggsToPhotons, Oblique
from zprimefit.likelihoods.theory import VacuumStability
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


# -- scalars, which zero couplings do not remove


def judged(component, **changes):
    analysis = Analysis(MODEL, (component,))
    return evaluate(analysis, TABLE1 | changes)["components"][component.name]


def test_higgs_that_decays_to_light_scalars_is_excluded():
    found = judged(HiggsToLight(), lambda_345=1.0)
    assert found["mu"] > 5
    assert found["verdict"] == "excluded at 99 % CL"
    assert judged(HiggsToLight())["verdict"] == "allowed"


def test_unstable_vacuum_is_excluded():
    assert judged(VacuumStability(), lambda_2=0.0, lambda_345=-2.0)["verdict"] == "excluded at 99 % CL"
    assert judged(VacuumStability())["verdict"] == "allowed"


def test_signal_strength_of_photons_is_judged_against_one():
    """ATLAS 1.04 +- 0.095 and CMS 1.12 +- 0.09: chi^2 of the Standard Model is 0.177 + 1.778."""
    component = HiggsToPhotons()
    assert component.standard_model == pytest.approx((0.04 / 0.095) ** 2 + (0.12 / 0.09) ** 2)
    found = judged(component)
    assert (found["minus2lnl"] - component.standard_model) ** 0.5 == pytest.approx(2.55, abs=0.05)
    assert found["verdict"] == "tension (90 % CL)"


def test_oblique_parameters_are_judged_against_zero():
    component = Oblique()
    a, b, rho = 0.04 / 0.10, -0.01 / 0.12, 0.93
    assert component.standard_model == pytest.approx((a**2 - 2 * rho * a * b + b**2) / (1 - rho**2))
    assert judged(component)["verdict"] == "allowed"
    assert judged(component, m_Hpm=460.0, m_A=110.0)["verdict"] == "excluded at 99 % CL"


@dataclass(frozen=True)
class Penalty(Limit):
    """A bare term that is 5 at every point."""

    name: str = "penalty"

    def minus2lnl(self, model, params):
        return 5.0 + 0.0 * params["g_B"]


def test_bare_limit_is_judged_by_itself():
    assert judged(Penalty())["verdict"] == "tension (90 % CL)"


@dataclass(frozen=True)
class Counted(Limit):
    """Remembers its calls."""

    def minus2lnl(self, model, params):
        COUNTS.append(self.n_data)
        return super().minus2lnl(model, params)


COUNTS = []


def test_limit_is_evaluated_once_and_a_measurement_twice():
    for n_data, times in ((0, 1), (1, 2)):
        analysis = Analysis(MODEL, (Counted(n_data=n_data),))
        COUNTS.clear()
        evaluate(analysis, TABLE1)
        assert [n_data] * times == COUNTS


def test_inputs_that_are_not_confirmed_go_with_the_component():
    assert judged(Oblique())["notes"] == ["scalar-sector/oblique (unconfirmed)"]
    assert judged(Limit())["notes"] == []


def test_point_can_be_judged_while_it_is_traced():
    analysis = Analysis(MODEL, (Oblique(), HiggsToPhotons(), Limit()))
    traced = jax.jit(lambda point: numbers_at(analysis, point))(TABLE1)
    expected = evaluate(analysis, TABLE1)["components"]
    for name, told in told_of(analysis, jax.device_get(traced)).items():
        assert told == pytest.approx({key: expected[name][key] for key in told})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["z2hdm-global", "blsm-global"])
def test_every_term_of_a_global_analysis_can_be_judged_while_it_is_traced(name):
    analysis = zf.load(name, engine="direct")
    model = Sharing(analysis.model)
    traced = jax.eval_shape(
        lambda values: numbers_at(analysis, analysis.observed(analysis.params(values)), model),
        np.asarray(analysis.defaults()),
    )
    assert set(traced) == {c.name for c in analysis.components}
    assert all(("reference" in traced[c.name]) == bool(c.n_data) for c in analysis.components)
