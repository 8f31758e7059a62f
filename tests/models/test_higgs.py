"""Two photons from the 125 GeV scalar: low-energy theorems and the width of the Standard Model."""

import pytest

from zprimefit.constants import HIGGS_VEV
from zprimefit.models.higgs import (
    HiggsDecays,
    photon_ratio,
    scalar_amplitude,
    standard_amplitude,
    standard_photon_width,
    vector_amplitude,
)


def test_heavy_particles_have_their_coefficients_of_the_beta_function():
    assert float(vector_amplitude(1e4)) == pytest.approx(-7.0, rel=1e-4)
    assert float(scalar_amplitude(1e4)) == pytest.approx(1 / 3, rel=1e-4)


def test_width_of_the_standard_model_is_9_3_kev():
    """BR 2.27e-3 of 4.1 MeV: 9.3 keV (LHC Higgs cross section working group, arXiv:1610.07922)."""
    assert float(standard_photon_width()) == pytest.approx(9.3e-6, rel=0.02)


def test_w_dominates_the_amplitude():
    """-8.32 at m_h = 125 GeV (A. Djouadi, Phys. Rept. 457 (2008) 1)."""
    real, imaginary = standard_amplitude()
    assert float(vector_amplitude(80.369)) == pytest.approx(-8.32, abs=0.02)
    assert abs(float(imaginary)) < 0.02 * abs(float(real))


def test_charged_scalar_that_owes_its_mass_to_the_vacuum_does_not_decouple():
    """lambda_3 = 2 m^2/v^2: A changes by 1/3 whatever the mass."""
    real, imaginary = (float(v) for v in standard_amplitude())
    expected = ((real + 1 / 3) ** 2 + imaginary**2) / (real**2 + imaginary**2)
    ratios = [float(photon_ratio(2 * m**2 / HIGGS_VEV**2, m)) for m in (300.0, 1000.0, 10000.0)]
    assert ratios == pytest.approx([expected] * 3, rel=5e-3)
    assert ratios[-1] == pytest.approx(expected, rel=1e-4)


def test_charged_scalar_of_fixed_coupling_decouples():
    assert float(photon_ratio(1.0, 1e5)) == pytest.approx(1.0, abs=1e-6)
    assert float(photon_ratio(0.0, 110.0)) == 1.0


def test_repulsive_coupling_suppresses_and_attractive_enhances():
    assert float(photon_ratio(1.0, 200.0)) < 1 < float(photon_ratio(-1.0, 200.0))


def test_total_of_no_decays_is_zero():
    assert float(HiggsDecays({}, 0.0, 1.0).total) == 0.0
