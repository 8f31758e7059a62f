"""Goodness of fit by component, and beside no new physics."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import zprimefit as zf
from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.goodness import Goodness, goodness_of_fit
from zprimefit.fitting.probabilities import significance
from zprimefit.likelihoods import AnomalousMagneticMoment, MiniBooNE
from zprimefit.likelihoods.component import UserComponent
from zprimefit.likelihoods.observation import GaussianObservation
from zprimefit.models import Z2HDM


@dataclass(frozen=True)
class WithNothing(toys.ToyModel):
    """A toy whose coupling vanishes without new physics."""

    no_new_physics = {"x": 0.0}  # noqa: RUF012


def spectrum(x):
    return (x - 3.0) ** 2 + 12.0


@pytest.fixture(scope="module")
def analysis():
    data = UserComponent(spectrum, ("x",), "spectrum", n_data=11)
    limit = UserComponent(lambda x: 0.0 * x, ("x",), "limit")
    return Analysis(WithNothing((toys.linear("x", 1.0, -10.0, 10.0),)), (data, limit), name="toy")


@pytest.fixture(scope="module")
def found(analysis):
    return goodness_of_fit(analysis, zf.fit(analysis, starts=2))


def test_total_has_data_minus_free_directions(found):
    assert (found.fval, found.ndof) == (pytest.approx(12.0, abs=1e-9), 10)
    assert found.p_value == pytest.approx(0.285057, abs=1e-6)


def test_no_new_physics_is_worse_by_its_distance(found):
    assert found.delta_chi2 == pytest.approx(9.0, abs=1e-9)
    assert found.null_p_value == pytest.approx(0.0026998, abs=1e-7)
    assert found.significance == pytest.approx(3.0, abs=1e-9)


def test_component_has_its_data_as_degrees_of_freedom_and_a_limit_none(found):
    rows = found.to_frame()
    assert rows.loc["spectrum", "p_value"] == pytest.approx(0.363643, abs=1e-6)
    assert np.isnan(rows.loc["limit", "p_value"])
    assert rows.loc["total", "delta_chi2"] == pytest.approx(9.0, abs=1e-9)


def test_model_that_does_not_know_nothing_has_no_comparison(analysis):
    plain = replace(analysis, model=toys.ToyModel(analysis.model.parameters))
    found = goodness_of_fit(plain, zf.fit(plain, starts=1))
    assert np.isnan(found.delta_chi2)
    assert "no new physics" not in str(found).splitlines()[1]


def test_pull_of_a_measurement_squared_is_its_chi2():
    model = Z2HDM()
    free = tuple(p.with_(free=p.name == "y_mu") for p in model.parameters)
    analysis = Analysis(model, (AnomalousMagneticMoment("mu"),), free, name="g-2")
    moment = analysis.components[0]
    found = goodness_of_fit(analysis, zf.fit(analysis, starts=2)).components[0]
    assert found.name == moment.name
    assert found.pull**2 == pytest.approx(found.fval, abs=1e-12)


def test_significance_of_one_degree_of_freedom_is_the_root():
    assert significance(0.3173105) == pytest.approx(1.0, abs=1e-6)
    assert significance(0.0) == np.inf


def test_record_reads_back_exactly(found):
    again = Goodness.from_json(found.to_json())
    assert str(again) == str(found)
    assert "Delta chi^2 = 9, 1 dof, p = 0.0027 (3.00 sigma, two-sided, by Wilks)" in str(found)


def test_fit_of_another_analysis_is_refused(analysis):
    other = zf.fit(toys.gaussian(), starts=1)
    with pytest.raises(ValueError, match=r"goodness of fit of 'toy' with free parameters \['x'\]: the fit is"):
        goodness_of_fit(analysis, other)


def test_logarithm_of_a_determinant_is_no_part_of_chi2():
    model = Z2HDM()
    free = tuple(p.with_(free=p.name == "g_B") for p in model.parameters)
    found = {}
    for statistic in ("gaussian", "gaussian-logdet"):
        analysis = Analysis(model, (MiniBooNE(statistic=statistic, scalars=("hprime",)),), free, name=statistic)
        best = zf.fit(analysis, starts=1, minos=False)
        found[statistic] = goodness_of_fit(analysis, best)
    plain, more = found["gaussian"], found["gaussian-logdet"]
    assert plain.chi2 == pytest.approx(plain.fval, rel=1e-9)
    # ln det of counts of hundreds in 38 bins
    assert more.fval > more.chi2 + 100
    assert more.chi2 == pytest.approx(plain.chi2, abs=3.0)
    assert more.p_value > 0.05


def test_p_value_of_a_fit_goes_by_chi2_where_the_likelihood_has_more_in_it():
    class WithDeterminant(GaussianObservation):
        def minus2lnl(self, forecast, data=None):
            return super().minus2lnl(forecast, data) + 40.0

        def chi2(self, forecast, data=None):
            return super().minus2lnl(forecast, data)

    parts = (
        toys.Measured("a", WithDeterminant.of((0.0, 1.0)), "left"),
        toys.Measured("a", GaussianObservation.of((2.0, 1.0)), "right"),
    )
    analysis = Analysis(toys.ToyModel((toys.linear("a", 0.1, -5.0, 5.0),)), parts, name="two")
    fit = zf.fit(analysis, starts=2, minos=False)
    assert fit.fval == pytest.approx(42.0)
    assert fit.chi2 == pytest.approx(2.0)
    assert fit.p_value == pytest.approx(0.1573, abs=1e-4)  # chi^2 = 2 with one degree of freedom
    assert "-2 ln L = 42, chi^2 = 2, 2 data - 1 free = 1 dof, p = 0.157" in str(fit)
    assert zf.goodness_of_fit(analysis, fit).chi2 == pytest.approx(2.0)
    again = analysis.given({"left": [1.0]})
    assert again.chi2([2.0]) == pytest.approx({"left": 1.0, "right": 0.0})
