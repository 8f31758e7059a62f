"""Light particles as experiments ask for them: branching ratios, lifetimes, and those of arXiv:2006.01948."""

import numpy as np
import pytest

from zprimefit.constants import HBAR_GEV_S
from zprimefit.models import Z2HDM
from zprimefit.models.particles import LightVector

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()


def test_branching_ratios_are_shares_of_the_total_width():
    vector = LightVector(0.1, {"ee": 1e-10, "invisible": 3e-10})
    assert float(vector.branching("ee")) == pytest.approx(0.25)
    assert float(vector.branching("ee", "invisible", "mumu")) == pytest.approx(1.0)
    assert float(vector.lifetime) == pytest.approx(HBAR_GEV_S / 4e-10)


def test_particle_without_widths_is_stable():
    vector = LightVector(0.1, {"ee": 0.0})
    assert float(vector.branching("ee")) == 0.0
    assert float(vector.lifetime) == np.inf


def test_strength_adds_vector_and_axial_couplings():
    vector = LightVector(0.1, {"ee": 1.0}, {"e": 3e-4}, {"e": 4e-4})
    assert float(vector.strength("e")) == pytest.approx(25e-8)
    assert float(vector.strength("mu")) == 0.0


def test_zprime_couples_to_baryon_number_and_is_invisible():
    vector = MODEL.vector(TABLE1)
    assert vector.coupling("neutron") == (3e-4, 0.0)
    assert float(vector.coupling("proton")[0]) == pytest.approx(3e-4, rel=0.01)  # kinetic mixing adds 1e-6
    assert float(sum(vector.coupling(q)[0] for q in "uud")) == pytest.approx(float(vector.coupling("proton")[0]))
    assert float(vector.branching("invisible")) == pytest.approx(1.0, abs=1e-6)
    assert float(vector.total_width) == pytest.approx(MODEL.derived(TABLE1)["gamma_zprime_GeV"])


def test_tau_and_its_neutrino_have_charge_minus_three_in_the_other_group():
    vector = Z2HDM(gauge_group="B-3Ltau").vector(TABLE1)
    assert float(vector.coupling("nu_tau")[0]) == pytest.approx(-9e-4)
    assert float(vector.coupling("tau")[0]) == pytest.approx(-9e-4, rel=0.02)


def test_active_neutrinos_couple_through_their_dark_share():
    vector = MODEL.vector(TABLE1)
    assert float(vector.coupling("nu_mu")[0]) == pytest.approx(2.85 * 2.6e-5)
    assert float(vector.coupling("nu_e")[0]) == 0.0


def test_scalars_have_the_couplings_of_table_1():
    found = MODEL.scalars(TABLE1)
    assert float(found["hprime"].coupling("e")) == pytest.approx(0.45e-4)
    assert float(found["H"].coupling("mu")) == pytest.approx(6.0e-4, rel=0.01)
    assert float(found["hprime"].branching("ee")) == pytest.approx(1.0, abs=1e-5)
    assert float(found["H"].branching("hprime_hprime")) == pytest.approx(1.0, abs=1e-4)


def test_scalar_that_decays_to_the_zprime_is_invisible():
    """Z' pairs are as many as h' pairs: both are pairs of the dark singlet where masses are small (equivalence)."""
    light = TABLE1 | {"m_zprime": 0.03, "m_H": 0.2}
    assert float(MODEL.scalars(light)["H"].branching("invisible")) == pytest.approx(0.5, abs=0.01)


def test_upscattering_strength_is_the_coupling_squared():
    found = MODEL.heavy_neutrinos(TABLE1 | {"U_e4_sq": 1e-6})[0]
    dark = 2.85**2 * (1 - 2.7e-5)
    assert float(found.strengths["mu"]) == pytest.approx(dark * 2.6e-5)
    assert float(found.strengths["e"]) == pytest.approx(dark * 1e-6)
    assert float(found.visible) == pytest.approx(1.1e-3, rel=0.2)
