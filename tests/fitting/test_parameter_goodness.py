"""Tension between groups of data, in cases that are solved by hand."""

import numpy as np
import pytest

from tests import toys
from zprimefit.analyses import Analysis, Constraint
from zprimefit.fitting.fit import fit
from zprimefit.fitting.parameter_goodness import ParameterGoodness, parameter_goodness
from zprimefit.likelihoods.component import UserComponent


def gauss(parameter, centre, sigma, name, extra=0.0):
    def term(**values):
        return ((values[parameter] - centre) / sigma) ** 2 + extra

    return UserComponent(term, (parameter,), name, n_data=3)


@pytest.fixture(scope="module")
def two_means():
    """A mean measured as 0 +- 1 and as 3 +- 2, each with a poor fit of its own; another number besides."""
    parameters = (toys.linear("x", 0.5, -10.0, 10.0), toys.linear("y", 0.5, -10.0, 10.0))
    terms = (gauss("x", 0.0, 1.0, "first", 20.0), gauss("x", 3.0, 2.0, "second", 30.0), gauss("y", 1.0, 1.0, "other"))
    return Analysis(toys.ToyModel(parameters), terms, name="two-means")


def test_two_means_of_one_number_are_their_distance_over_its_error(two_means):
    found = parameter_goodness(two_means, {"a": ["first"], "b": ["second"]}, starts=2)
    assert found.chi2 == pytest.approx(9 / 5, abs=1e-9)
    assert found.ndof == 1
    assert found.p_value == pytest.approx(0.179712, abs=1e-6)
    assert found.significance == pytest.approx(3 / np.sqrt(5), abs=1e-9)


def test_numbers_that_one_group_alone_depends_on_drop_out(two_means):
    found = parameter_goodness(two_means, {"a": ["first", "other"], "b": ["second"]}, starts=2)
    assert found.chi2 == pytest.approx(9 / 5, abs=1e-9)
    assert [g.n_parameters for g in found.groups] == [2, 1]
    assert (found.n_parameters, found.ndof) == (2, 1)


def test_groups_that_share_nothing_have_no_degree_of_freedom(two_means):
    found = parameter_goodness(two_means, {"a": ["first"], "b": ["other"]}, starts=2)
    assert found.chi2 == pytest.approx(0.0, abs=1e-9)
    assert found.ndof == 0
    assert np.isnan(found.p_value)


def test_costs_of_the_groups_add_up_to_the_whole(two_means):
    frame = parameter_goodness(two_means, {"a": ["first"], "b": ["second"]}, starts=2).to_frame()
    assert frame["minimum"].tolist() == pytest.approx([20.0, 30.0], abs=1e-9)
    # the weighted mean is 3/5
    assert frame["cost"].tolist() == pytest.approx([9 / 25, 36 / 25], abs=1e-6)
    assert frame["n_data"].tolist() == [3, 3]


def test_couplings_that_enter_as_one_product_count_once():
    rate = toys.rate()
    again = rate + gauss("m", 1.0, 0.1, "other-mass")
    found = parameter_goodness(again, {"rate": ["counts", "mass"], "mass": ["other-mass"]}, starts=2)
    assert [g.n_parameters for g in found.groups] == [2, 1]
    assert found.ndof == 1
    assert found.chi2 == pytest.approx(0.2**2 / (2 * 0.1**2), rel=1e-6)


def test_bounds_hold_in_the_groups_that_depend_on_what_they_bound(two_means):
    bounded = two_means + Constraint("x > 1")
    found = parameter_goodness(bounded, {"a": ["first"], "b": ["second"]}, starts=2)
    # the first alone is held at 1, and so is the whole
    assert [g.fval for g in found.groups] == pytest.approx([21.0, 30.0], abs=2e-2)
    assert found.chi2 == pytest.approx(1.0, abs=2e-2)


def test_a_fit_at_hand_is_used(two_means):
    whole = fit(Analysis(two_means.model, two_means.components[:2], name="two-means"), starts=2, minos=False)
    groups = {"a": ["first"], "b": ["second"]}
    assert parameter_goodness(two_means, groups, fit_of_all=whole, starts=2).fval == whole.fval


def test_record_reads_back_exactly(two_means):
    found = parameter_goodness(two_means, {"a": ["first"], "b": ["second"]}, starts=2)
    again = ParameterGoodness.from_json(found.to_json())
    assert again == found
    assert str(again) == str(found)
    assert str(found).splitlines()[0] == (
        "two-means: parameter goodness of fit, chi^2_PG = 1.8, 1 dof, p = 0.18 (1.34 sigma, two-sided)"
    )


def test_groups_that_make_no_sense_are_refused(two_means):
    with pytest.raises(ValueError, match="at least two groups"):
        parameter_goodness(two_means, {"a": ["first"]})
    with pytest.raises(ValueError, match="component 'first' is in group 'a' and again in 'b'"):
        parameter_goodness(two_means, {"a": ["first"], "b": ["first", "second"]})
    with pytest.raises(ValueError, match="group 'b' must list names of components"):
        parameter_goodness(two_means, {"a": ["first"], "b": "second"})
    with pytest.raises(KeyError, match="second"):
        parameter_goodness(two_means, {"a": ["first"], "b": ["secnd"]})
