"""Thresholds by toys along a curve and near the border of a scan, against closed forms."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2, norm

import zprimefit as zf
from tests.toys import Measured, ToyModel, linear, measurement
from zprimefit.analyses import Analysis
from zprimefit.likelihoods.observation import GaussianObservation

CL = 0.90


@cache
def bounded():
    """a >= 0 measured as 0.5 +- 1, its profile, and thresholds by toys."""
    analysis = measurement(0.5, 1.0, 0.0, 6.0)
    fit = zf.fit(analysis, starts=2, minos=False)
    curve = zf.profile(analysis, "a", n=25, fit=fit)
    return curve, zf.calibrate(analysis, curve, cl=CL, points=4, n=150, fit=fit)


def threshold(a):
    """c with P[t(a) > c] = 1 - CL for x = N(a, 1), t = (x - a)^2 - (x - max(x, 0))^2."""
    x = a + norm.ppf((np.arange(20000) + 0.5) / 20000)
    t = (x - a) ** 2 - np.minimum(x, 0.0) ** 2
    return np.quantile(t, CL)


@pytest.mark.slow
def test_thresholds_near_a_bound_are_those_of_feldman_and_cousins():
    curve, found = bounded()
    frame = found.to_frame()
    assert len(frame) == 4
    # the toys' own look at the published data finds what the curve knows
    assert frame["delta_chi2"].to_numpy() == pytest.approx(curve.delta[sorted(found.places)], abs=1e-4)
    assert frame["a"].iloc[0] == 0.0
    for row in frame.itertuples():
        spread = row.critical_high - row.critical_low
        assert row.critical_low - spread < threshold(row.a) < row.critical_high + spread
    assert frame["critical"].iloc[0] < found.wilks == pytest.approx(chi2.ppf(CL, 1))


def test_place_without_toys_has_no_threshold_and_moves_no_interval():
    _, found = bounded()
    first = replace(found.toys[0], values=np.full_like(found.toys[0].values, np.nan))
    holed = replace(found, toys=(first, *found.toys[1:]))
    assert holed.to_frame()["critical"].isna().sum() == 1
    # beyond the places that are left the nearest threshold holds
    assert holed.intervals()[0][1] == pytest.approx(found.intervals()[0][1])
    none = replace(found, toys=tuple(replace(t, values=np.array([np.nan])) for t in found.toys))
    with pytest.raises(ValueError, match="no toy of any place has a value"):
        none.intervals()


@pytest.mark.slow
def test_interval_by_toys_ends_where_the_curve_crosses_the_threshold():
    """Feldman and Cousins, Table X: for x0 = 0.5 the interval at 90 % CL is [0, 2.14]."""
    _, found = bounded()
    ((low, high),) = found.intervals()
    assert low == 0.0
    assert high == pytest.approx(2.14, abs=0.25)


@pytest.mark.slow
def test_calibrated_curve_is_drawn_with_its_csv_twin(tmp_path):
    _, found = bounded()
    png, csv = found.plot().save(tmp_path / "calibrated.png")
    assert png.is_file()
    assert "critical_low" in csv.read_text().splitlines()[0]


@pytest.mark.slow
def test_places_of_a_scan_are_near_its_border():
    parameters = (linear("a", 0.1, -5.0, 5.0), linear("b", 0.2, -5.0, 5.0))
    measured = tuple(Measured(name, GaussianObservation.of((0.0, 1.0)), f"measured-{name}") for name in "ab")
    analysis = Analysis(ToyModel(parameters), measured, name="two")
    fit = zf.fit(analysis, starts=2, minos=False)
    contour = zf.scan(analysis, "a", "b", n=(11, 11), fit=fit)
    found = zf.calibrate(analysis, contour, points=3, n=120, early=True, fit=fit)
    frame = found.to_frame()
    assert found.wilks == pytest.approx(2.30, abs=0.01)
    assert (np.abs(np.sqrt(frame["delta_chi2"]) - np.sqrt(2.30)) < 0.5).all()
    assert (np.abs(frame["p_toys"] - frame["p_wilks"]) < 0.25).all()
    with pytest.raises(TypeError, match="it has no intervals, only places"):
        found.intervals()


def test_curve_of_a_derived_quantity_is_refused():
    curve, _ = bounded()
    other = Analysis(ToyModel((linear("b", 0.1, 0.0, 1.0),)), (Measured("b", GaussianObservation.of((0.0, 1.0))),))
    with pytest.raises(ValueError, match="a is no free parameter of 'analysis'; toys hold parameters only"):
        zf.calibrate(other, curve)
