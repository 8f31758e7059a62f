"""Terms with rates interpolated in the masses: agreement with direct integration, and what they say of themselves."""

import numpy as np
import pytest

from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.electron_scattering.charm_ii import CharmII
from zprimefit.likelihoods.minerva import Minerva
from zprimefit.likelihoods.miniboone.sources import closing
from zprimefit.likelihoods.nomad import NomadPhoton
from zprimefit.models import BLSM, Z2HDM

MODEL = Z2HDM()
POINT = {**MODEL.benchmark(), "g_B": 3e-3, "y_etau_taue": 0.0}
TERMS = pytest.mark.parametrize("component", [CharmII(), Minerva(), NomadPhoton()], ids=lambda c: c.name)
LOW, HIGH = 0.4, 1.2


def box():
    """All of the model's parameters; of the masses only m_Z' is free [GeV]."""
    changes = {"m_zprime": {"bounds": (LOW, HIGH)}, "m_hprime": {"free": False}, "m_nu4": {"free": False}}
    return {p.name: p.with_(**changes.get(p.name, {})) for p in MODEL.parameters}


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.mark.slow
@TERMS
def test_term_agrees_with_direct_integration(component):
    """-2 ln L within 0.02, where the pairs of the point move it by more than a hundred times that."""
    bound = component.bind(MODEL, box(), engine="surrogate")
    assert 0 < bound.error < 1e-3
    nothing = float(component.minus2lnl(MODEL, {**POINT, **MODEL.no_new_physics}))
    moved = 0.0
    for mass in (0.41, 0.63, 1.17):
        at = {**POINT, "m_zprime": mass}
        exact = float(component.minus2lnl(MODEL, at))
        assert float(bound(at)) == pytest.approx(exact, abs=max(0.02, 3e-3 * abs(exact - nothing)))
        moved = max(moved, abs(exact - nothing))
    assert moved > 2


@TERMS
def test_direct_engine_integrates(component):
    bound = component.bind(MODEL, box(), engine="direct")
    assert bound.error is None


@pytest.mark.slow
def test_another_value_of_a_fixed_mass_is_integrated():
    component = Minerva()
    bound = component.bind(MODEL, box(), engine="surrogate")
    at = {**POINT, "m_nu4": 0.1}
    assert float(bound(at)) == pytest.approx(float(component.minus2lnl(MODEL, at)), rel=1e-12)


@pytest.mark.slow
def test_rays_with_fixed_masses_are_looked_up():
    model = BLSM()
    parameters = {p.name: p.with_(free=p.free and not p.name.startswith("m_")) for p in model.parameters}
    point = model.benchmark() | {"g_BL": 1e-3, "g_tilde": 1e-3}
    component = Minerva()
    bound = component.bind(model, parameters, engine="surrogate")
    assert bound.error < 1e-12
    assert np.isfinite(float(bound(point)))
    assert float(bound(point)) == pytest.approx(float(component.minus2lnl(model, point)), rel=1e-9)


def light(model):
    """Parameters of the B - L model with only the Z' of the masses free, from 20 to 80 MeV."""
    changes = {
        "m_zprime": {"bounds": (0.02, 0.08), "default": 0.03},
        "m_nu4": {"free": False},
        "m_nu5": {"free": False},
    }
    return {p.name: p.with_(**changes.get(p.name, {})) for p in model.parameters}


def test_thresholds_of_chains_are_known_where_the_masses_behind_them_are_fixed():
    model = BLSM()
    parameters = light(model)
    found = {source.name: closing(source, parameters) for source in model.pair_sources()}
    expected = {"nu5_to_nu4": 0.05, "nu5_to_nu": 0.11, "nu4_to_nu": 0.06}
    assert found == {name: {"m_zprime": pytest.approx(mass)} for name, mass in expected.items()}
    freed = parameters | {"m_nu4": parameters["m_nu4"].with_(free=True)}
    assert closing(model.pair_sources(("nu5_to_nu4",))[0], freed) == {}
    assert closing(Z2HDM().pair_sources()[0], box()) == {}


@pytest.mark.slow
def test_chains_are_looked_up_on_both_sides_of_their_threshold():
    """nu_5 -> nu_4 Z' closes at 50 MeV, within the bounds.

    The error is that of a sum over rays with the edge of an acceptance in it, which more nodes in the mass do not heal.
    """
    model = BLSM()
    component = MiniBooNE(scalars=("nu5_to_nu4",), acceptance="opening13")
    bound = component.bind(model, light(model), engine="surrogate")
    assert 0 < bound.error < 0.01
    point = model.benchmark() | {"g_BL": 1e-3, "g_tilde": 1e-3}
    for mass in (0.0213, 0.0371, 0.0465):
        exact = component.predict(model, {**point, "m_zprime": mass})["fhc"]
        assert exact.sum() > 0
        assert bound.predict({**point, "m_zprime": mass})["fhc"] == pytest.approx(exact, rel=2 * bound.error)
    for mass in (0.0502, 0.07):
        assert component.predict(model, {**point, "m_zprime": mass})["fhc"].sum() == 0
        assert bound.predict({**point, "m_zprime": mass})["fhc"].sum() == 0
