"""Pseudo-experiments of a profile likelihood ratio: against closed forms, interrupted, and refused."""

import json
from functools import cache
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binomtest, chi2, kstest, norm

import zprimefit as zf
from tests.toys import Measured, ToyModel, gaussian, linear, measurement
from zprimefit.analyses import Analysis
from zprimefit.likelihoods.counts import CountObservation
from zprimefit.scans.toy_record import Cls, Toys, binomial_interval

N = 250


@cache
def fitted(*args):
    analysis = measurement(*args)
    return analysis, zf.fit(analysis, starts=2, minos=False)


@cache
def at_zero(low, side="two", truth="hypothesis"):
    analysis, fit = fitted(1.0, 1.0, low, 10.0)
    return zf.toys(analysis, {"a": 0.0}, n=N, fit=fit, side=side, truth=truth)


@pytest.mark.slow
def test_ratio_of_a_gaussian_measurement_is_a_chi2():
    found = at_zero(-10.0)
    assert found.observed == pytest.approx(1.0, abs=1e-6)
    assert (found.n, found.n_failed) == (N, 0)
    assert kstest(found.good, chi2(1).cdf).pvalue > 0.01
    assert found.wilks == pytest.approx(chi2.sf(1.0, 1), rel=1e-5)
    low, high = found.p_interval(0.99)
    assert low < found.wilks < high


@pytest.mark.slow
def test_parameter_at_its_bound_has_the_thresholds_of_feldman_and_cousins():
    """For x = N(0, 1) and a >= 0, t(0) = x^2 where x > 0 and 0 elsewhere: P(t > c) = 1 - Phi(sqrt c)."""
    found = at_zero(0.0)
    assert binomtest(int((found.good < 1e-3).sum()), N, 0.5).pvalue > 0.01
    for cl in (0.6827, 0.90, 0.95):
        _, low, high = found.critical(cl)
        spread = high - low
        assert low - spread < norm.ppf(cl) ** 2 < high + spread
    low, high = found.p_interval(0.99)
    assert low < norm.sf(1.0) < high
    assert not low < found.wilks < high


@pytest.mark.slow
def test_upper_limit_ignores_experiments_that_like_more():
    """t = (x - 0)^2 where x < 0: half of them, and none in these data, whose best value is 1."""
    found = at_zero(-10.0, side="upper")
    assert found.observed == 0.0
    assert binomtest(int((found.good < 1e-3).sum()), N, 0.5).pvalue > 0.01
    assert found.p_value == found.wilks == 1.0


def coupling(value):
    """A measurement of a coupling with error 1 in a model that knows no new physics at 0."""

    class Model(ToyModel):
        no_new_physics: ClassVar = {"a": 0.0}

    analysis = measurement(value, 1.0)
    return Analysis(Model(analysis.parameters), analysis.components, name="coupling")


@pytest.mark.slow
def test_cls_is_the_ratio_of_two_gaussian_tails():
    """x measured, a tested: CL_s = Phi(x - a) / Phi(x) for an upper limit."""
    analysis = coupling(0.4)
    fit = zf.fit(analysis, starts=2, minos=False)
    tested, null = (
        zf.toys(analysis, {"a": 2.0}, n=N, fit=fit, side="upper", truth=truth)
        for truth in ("hypothesis", "no new physics")
    )
    found = zf.cls_of(tested, null)
    assert null.truth == {"a": 0.0}
    assert abs(found.value - norm.cdf(0.4 - 2.0) / norm.cdf(0.4)) < 3 * found.error
    assert "CL_s" in str(found)
    with pytest.raises(ValueError, match="expected toys of one hypothesis where it is true"):
        zf.cls_of(tested, tested)


@pytest.mark.slow
def test_intervals_of_the_fit_cover_the_truth_as_often_as_they_say():
    """Of 250 experiments where a is 0.3 +- 0.5, MINOS' interval holds 0.3 in 68.27 %."""
    analysis, truth = measurement(0.0, 0.5), 0.3
    ensemble = analysis.experiments.at([truth])
    covered = 0
    for k in range(N):
        fit = zf.fit(analysis.given(ensemble.drawn(k)), starts=1)
        covered += fit.intervals["a"].low <= truth <= fit.intervals["a"].high
    assert binomtest(covered, N, 0.6827).pvalue > 0.01


def test_counts_are_drawn_as_they_are_named():
    """Poisson counts over a background known to 10 %; its auxiliary measurement moves, or the background does."""
    observation = CountObservation(np.array([120.0]), np.array([100.0]), np.array([10.0]))
    parameters = (linear("a", 5.0, 0.0, 200.0),)
    analysis = Analysis(ToyModel(parameters), (Measured("a", observation),), name="counts")
    ensemble = analysis.experiments.at([20.0])
    fitted_, prior = (
        np.array([ensemble.drawn(k, how)["measured"] for k in range(2000)]) for how in ("fitted", "prior")
    )
    assert fitted_[:, 0].mean() == pytest.approx(120, abs=1.0)
    assert fitted_[:, 0].var() == pytest.approx(120, rel=0.1)
    assert fitted_[:, 1].std() == pytest.approx(10, rel=0.06)
    assert prior[:, 0].var() == pytest.approx(220, rel=0.1)
    assert not prior[:, 1].any()


@pytest.mark.slow
def test_interrupted_toys_go_on_to_the_same_numbers(tmp_path):
    analysis, fit = fitted(1.0, 1.0, -10.0, 10.0)
    whole = zf.toys(analysis, {"a": 0.0}, n=12, fit=fit, checkpoint=tmp_path / "whole.jsonl")
    lines = (tmp_path / "whole.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_bytes(b"".join(lines[:5]) + lines[5][:7])
    told = []
    again = zf.toys(
        analysis, {"a": 0.0}, n=12, fit=fit, checkpoint=tmp_path / "cut.jsonl", progress=lambda *p: told.append(p)
    )
    assert np.array_equal(again.values, whole.values)
    assert (tmp_path / "cut.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert told[-1][:2] == (12, 12)
    with pytest.raises(ValueError, match="belongs to other work"):
        zf.toys(analysis, {"a": 1.0}, n=12, fit=fit, checkpoint=tmp_path / "cut.jsonl")


@pytest.mark.slow
def test_far_hypothesis_is_decided_early():
    analysis, fit = fitted(1.0, 1.0, -10.0, 10.0)
    found = zf.toys(analysis, {"a": -3.0}, n=N, fit=fit, decide=0.6827)
    assert len(found.values) == 30
    assert "68.27 % CL: decided after 30 experiments" in found.messages


@pytest.mark.slow
def test_failed_fits_are_counted_and_left_out():
    """-2 ln L is not a number where the measurement is below -0.5: those experiments have no value."""

    class Fussy(type(measurement(1.0, 1.0).components[0].observation)):
        def minus2lnl(self, forecast, data=None):
            found = super().minus2lnl(forecast, data)
            return found if data is None else jnp.where(data[0] > -0.5, found, jnp.nan)

    good = measurement(1.0, 1.0)
    observation = good.components[0].observation
    fussy = Measured("a", Fussy(observation.values, observation.lower))
    analysis = Analysis(good.model, (fussy,), name="fussy")
    found = zf.toys(analysis, {"a": 0.0}, n=40)
    assert 0 < found.n_failed < 25
    assert found.n + found.n_failed == 40
    assert f"{found.n_failed} of 40 experiments have no value: a fit did not converge" in found.messages
    assert f"{found.n_failed} failed" in str(found)


@pytest.mark.parametrize(
    ("at", "options", "message"),
    [
        ({}, {}, "no hypothesis; name at least one free parameter"),
        ({"a": 11.0}, {}, "a must lie within its bounds -10 to 10 1, got 11"),
        ({"a": 0.0}, {"n": 0}, "expected n >= 1"),
        ({"a": 0.0}, {"decide": 1.5}, "decide is a confidence level between 0 and 1, got 1.5"),
        ({"a": 0.0}, {"nuisances": "frozen"}, "unknown nuisances 'frozen'"),
        ({"a": 0.0}, {"side": "lower"}, "unknown side of toys 'lower'"),
        ({"a": 0.0}, {"truth": "no new physics"}, "no new physics is not defined by its model"),
    ],
)
def test_refusals_name_what_was_expected(at, options, message):
    analysis, fit = fitted(1.0, 1.0, -10.0, 10.0)
    with pytest.raises(ValueError, match=message):
        zf.toys(analysis, at, fit=fit, **options)


def test_unknown_parameter_is_refused_with_the_nearest():
    analysis, fit = fitted(1.0, 1.0, -10.0, 10.0)
    with pytest.raises(KeyError, match="unknown parameter 'b'"):
        zf.toys(analysis, {"b": 0.0}, fit=fit)


def test_analysis_without_data_to_draw_is_refused():
    with pytest.raises(ValueError, match="no component has data that could be drawn, only correlated"):
        zf.toys(gaussian(), {"a": 0.0})


def record(values, **changes):
    fields = {
        "analysis": "x", "hypothesis": {"a": 1.0}, "side": "two", "truth": {"a": 1.0}, "true": "hypothesis",
        "nuisances": "fitted", "seed": 1, "observed": 2.0, "values": np.array(values), "kept": ("theory",),
        "messages": ("one",),
    }  # fmt: skip
    return Toys(**{**fields, **changes})


def test_record_reads_back_exactly_and_refuses_another_kind():
    found = record([0.1, np.nan, 3.0, 1 / 3])
    again = Toys.from_json(found.to_json())
    assert np.array_equal(again.values, found.values, equal_nan=True)
    assert {**vars(again), "values": 0} == {**vars(found), "values": 0}
    with pytest.raises(ValueError, match="expected a stored 'toys', got 'fit'"):
        Toys.from_json(json.dumps({"kind": "fit"}))


def test_table_and_text_say_how_many_failed():
    found = record([0.1, np.nan, 3.0])
    assert found.to_frame()["ok"].tolist() == [True, False, True]
    assert str(found).splitlines() == [
        "x: a = 1; toys where hypothesis is true, two-sided, nuisances fitted",
        "t = 2 in the data; 1 of 2 toys not below, 1 failed",
        "p = 0.5 (0.08275 to 0.9173, 68.27 % CL) by toys; 0.1573 (1.41 sigma, two-sided) by Wilks, 1 dof",
        "kept as published: theory",
        "one",
    ]


def test_critical_value_is_a_quantile_whose_interval_needs_enough_toys():
    values = chi2.ppf((np.arange(1000) + 0.5) / 1000, 1)
    middle, low, high = record(values).critical(0.6827)
    assert middle == pytest.approx(1.0, abs=0.01)
    assert low < 1.0 < high
    assert record(values[:3]).critical(0.99)[2] == np.inf
    with pytest.raises(ValueError, match="the CL must lie between 0 and 1"):
        record(values).critical(1.0)
    np.testing.assert_array_equal(record([np.nan]).critical(0.9), [np.nan, 0.0, np.inf])


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (17, 400)])
def test_binomial_interval_is_that_of_clopper_and_pearson(k, n):
    exact = binomtest(k, n).proportion_ci(0.6827, "exact")
    assert binomial_interval(k, n) == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert binomial_interval(0, 0) == (0.0, 1.0)


def test_cls_without_any_toy_of_the_null_is_no_number():
    null = record([0.0], true="no new physics")
    assert np.isnan(Cls(record([3.0]), null).value)


def test_distribution_is_drawn_with_its_csv_twin(tmp_path):
    drawing = record([0.1, 0.5, 3.0]).plot()
    png, csv = drawing.save(tmp_path / "toys.png")
    assert png.is_file()
    assert csv.read_text().splitlines()[0] == "toy,t,ok"
