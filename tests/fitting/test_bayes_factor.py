"""Bayes factors of models that meet different terms."""

import math
from dataclasses import replace

import jax.numpy as jnp
import pytest
from chain_toys import parameter

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.bayes_factor import BayesFactor, bayes_factor, over_no_new_physics
from zprimefit.fitting.evidence import evidence, evidence_without_new_physics, null_of
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.likelihoods.component import UserComponent
from zprimefit.likelihoods.scalars import HiggsToPhotons, Oblique
from zprimefit.models import Z2HDM


def measured(name, of, value, error):
    def minus2lnl(**given):
        return ((given[of] - value) / error) ** 2

    return UserComponent(minus2lnl, (of,), name, n_data=1)


def without(name, value, error):
    """A term that the model has no parameter for."""
    return UserComponent(lambda y: (value / error) ** 2 + 0 * y, ("y",), name, n_data=1)


ONE = toys.WithNothing((parameter("x", -5.0, 5.0),), no_new_physics={"x": 0.0})
TWO = toys.WithNothing((parameter("y", -2.0, 2.0),), no_new_physics={"y": 0.0})


def one():
    return Analysis(ONE, (measured("shared", "x", 1.0, 0.2), measured("own", "x", 1.2, 0.5)), name="one")


def two():
    return Analysis(TWO, (measured("shared", "y", 1.0, 0.2),), name="two")


def log_z(values, errors, width):
    """ln of Int exp(-chi^2 / 2) over a flat prior of some width, wide enough."""
    weights = [1 / error**2 for error in errors]
    mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    least = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True))
    return 0.5 * math.log(2 * math.pi / sum(weights)) - math.log(width) - least / 2


@pytest.fixture(scope="module")
def found():
    return evidence(one(), live=300), evidence(two(), live=300)


def test_term_that_one_model_lacks_is_there_without_new_physics(found):
    both = bayes_factor(*found)
    whole = Analysis(TWO, (*two().components, without("own", 1.2, 0.5)), name="whole")
    of_all, error = found[0].against(evidence(whole, live=300))
    assert both.log == pytest.approx(of_all, abs=4 * math.hypot(both.error, error))
    exact = log_z((1.0, 1.2), (0.2, 0.5), 10) - (log_z((1.0,), (0.2,), 4) - (1.2 / 0.5) ** 2 / 2)
    assert both.log == pytest.approx(exact, abs=4 * both.error)
    assert (both.only_first, both.only_second) == (("own",), ())


def test_bayes_factor_the_other_way_round_is_the_inverse(found):
    there, back = bayes_factor(*found), bayes_factor(*reversed(found))
    assert (there.log, there.error) == (-back.log, back.error)
    assert (there.only_first, there.only_second) == (back.only_second, back.only_first)


def test_bayes_factor_over_no_new_physics_is_that_over_the_bare_likelihood(found):
    log, error = found[0].against(evidence_without_new_physics(one()))
    over = over_no_new_physics(found[0])
    assert (over.log, over.error) == (pytest.approx(log, rel=1e-12), error)
    assert over.second == "no new physics"


def test_other_data_of_the_same_name_are_refused(found):
    moved = Analysis(TWO, (measured("shared", "y", 1.1, 0.2),), name="moved")
    with pytest.raises(ValueError, match=r"'shared' has -2 ln L = 25 without new physics in one, 30.25 in the other"):
        bayes_factor(found[0], evidence(moved, live=100))


def test_models_without_a_term_in_common_are_refused(found):
    other = Analysis(TWO, (measured("else", "y", 1.0, 0.2),), name="other")
    with pytest.raises(ValueError, match="they have no term in common"):
        bayes_factor(found[0], evidence(other, live=100))


def test_evidence_that_does_not_say_what_no_new_physics_is_is_refused(found):
    with pytest.raises(ValueError, match="it was stored before that was kept, compute it again"):
        over_no_new_physics(replace(found[0], null={}))
    with pytest.raises(ValueError, match="its model does not say which couplings are zero then"):
        bayes_factor(replace(found[0], null={"shared": math.nan, "own": math.nan}), found[1])
    with pytest.raises(ValueError, match="-2 ln L is not finite there for own"):
        bayes_factor(found[1], replace(found[0], null={"shared": 25.0, "own": math.nan}))


def test_term_that_is_infinite_without_new_physics_does_not_lose_the_evidence():
    analysis = Analysis(ONE, (UserComponent(lambda x: jnp.log(jnp.abs(x)) ** 2, ("x",), "far", n_data=1),), name="far")
    found = evidence(analysis, live=50)
    assert not found.says_null
    assert math.isnan(Evidence.from_json(found.to_json()).null["far"])


def test_constraints_are_no_data_of_no_new_physics():
    constrained = replace(one(), constraints=("x > 0.5",))
    assert null_of(constrained) == null_of(one())


def test_no_new_physics_is_the_standard_model_whatever_the_heavy_scalars_weigh():
    def with_mass(mass):
        analysis = Analysis(Z2HDM(), (Oblique(), HiggsToPhotons()))
        return null_of(analysis.with_parameters({"m_Hpm": {"default": mass}}))

    assert with_mass(0.2e3) == with_mass(0.4e3)
    assert with_mass(0.2e3) == {"oblique": Oblique().standard_model, "higgs-photons": HiggsToPhotons().standard_model}


@pytest.mark.parametrize(
    ("log10", "grade"),
    [
        (0.0, "barely worth mentioning"),
        (0.49, "barely worth mentioning"),
        (0.51, "substantial"),
        (-1.01, "strong"),
        (1.51, "very strong"),
        (-2.01, "decisive"),
        (30.0, "decisive"),
    ],
)
def test_grades_are_those_of_jeffreys(log10, grade):
    assert BayesFactor("a", "b", log10 * math.log(10), 0.1).grade == grade


def test_text_says_who_is_favoured_and_what_is_taken_for_granted():
    found = BayesFactor("a", "b", -7.0, 0.25, only_first=("dump", "higgs"), only_second=("mixing",))
    assert str(found) == (
        "ln of the Bayes factor of a over b: -7.00 +- 0.25, decisive for b\n"
        "  as without new physics for b: dump, higgs\n"
        "  as without new physics for a: mixing"
    )
