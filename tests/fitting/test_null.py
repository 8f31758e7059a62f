"""No new physics as a point of an analysis."""

import pytest

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.null import start_without_new_physics, values_without_new_physics, without_new_physics
from zprimefit.likelihoods import AnomalousMagneticMoment
from zprimefit.models import Z2HDM


def test_start_has_couplings_at_zero_or_at_their_lower_bound_and_the_rest_at_defaults():
    analysis = Analysis(Z2HDM(), (AnomalousMagneticMoment("mu"),))
    found = dict(zip(analysis.free_parameters, start_without_new_physics(analysis), strict=True))
    y_mu = analysis.parameter("y_mu")
    assert found["y_mu"] == y_mu.bounds[0] > 0
    assert (found["m_hprime"], found["sin_delta"]) == (0.023, 0.28)


def test_model_that_does_not_say_what_it_is_has_none():
    assert start_without_new_physics(toys.gaussian()) is None
    with pytest.raises(ValueError, match="no new physics is not defined by its model"):
        values_without_new_physics(toys.gaussian())


def test_terms_are_those_at_the_values():
    analysis = toys.needle(0.5)
    values = values_without_new_physics(analysis)
    assert values.tolist() == [0.5, 0.0]
    assert without_new_physics(analysis) == analysis.breakdown(values) == {"hole": 0.0}
