"""Nuisance parameters that are left to whoever fits: their minimum is the profiled value."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import zprimefit as zf
from zprimefit.analyses import Analysis
from zprimefit.likelihoods.coherent import CoherentCsI2021, CoherentLAr
from zprimefit.likelihoods.nucleon_elastic.component import MiniBooNENucleonElastic
from zprimefit.models import Z2HDM
from zprimefit.models.reference import BaryonicVector

MODEL = BaryonicVector()
POINT = {"m_zprime": 0.05, "g_B": 1e-5}


def test_axial_mass_is_a_parameter_whose_minimum_is_the_profiled_value():
    exposed = Analysis(MODEL, (MiniBooNENucleonElastic(pulls="exposed"),))
    assert exposed.parameter("M_A").bounds == (1.0, 1.4)
    at = {p.name: p.default for p in exposed.parameters} | POINT

    def value(mass):
        return exposed.minus2lnl([{**at, "M_A": mass}[n] for n in exposed.free_parameters])

    found = minimize_scalar(value, bounds=(1.0, 1.4), method="bounded", options={"xatol": 1e-6})
    profiled = float(MiniBooNENucleonElastic().minus2lnl(MODEL, POINT))
    assert found.fun == pytest.approx(profiled, abs=1e-4)


@pytest.mark.parametrize("kind", [CoherentCsI2021, CoherentLAr])
def test_exposed_pulls_at_the_fitted_ones_give_the_profiled_value(kind):
    exposed, profiled = kind(pulls="exposed"), kind()
    pulls = np.asarray(profiled.statistic.fitted_pulls(profiled.signal(MODEL, POINT)))
    names = [p.name for p in exposed.nuisances]
    assert len(names) == len(pulls) == len(set(names))
    at = POINT | dict(zip(names, map(float, pulls), strict=True))
    assert float(exposed.minus2lnl(MODEL, at)) == pytest.approx(float(profiled.minus2lnl(MODEL, POINT)), rel=1e-9)
    assert float(exposed.minus2lnl(MODEL, at | {names[0]: at[names[0]] + 1})) > float(exposed.minus2lnl(MODEL, at))
    assert profiled.nuisances == ()


def test_analysis_file_can_expose_and_fix_one():
    analysis = zf.load(
        "z2hdm-seed",
        components={"miniboone-ncel": {"pulls": "exposed"}},
        parameters={"M_A": {"free": False, "default": 1.03}},
    )
    assert "M_A" not in analysis.free_parameters
    assert analysis.parameter("M_A").default == 1.03
    assert "M_A" in analysis.touched_by["miniboone-ncel"]
    assert isinstance(analysis.model, Z2HDM)


def test_unknown_treatment_is_refused():
    with pytest.raises(ValueError, match="unknown pulls of miniboone-ncel 'free'"):
        MiniBooNENucleonElastic(pulls="free")


def test_fixed_axial_mass_is_not_exposed():
    fixed = MiniBooNENucleonElastic(axial_mass=(1.1, 1.1), pulls="exposed")
    assert fixed.nuisances == ()
    plain = MiniBooNENucleonElastic(axial_mass=(1.1, 1.1))
    assert float(fixed.minus2lnl(MODEL, POINT)) == pytest.approx(float(plain.minus2lnl(MODEL, POINT)), rel=1e-12)
