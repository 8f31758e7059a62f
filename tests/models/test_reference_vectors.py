"""Vectors that limits are about: branching ratios that follow from charges, and measured heights of resonances."""

import jax
import numpy as np
import pytest

from zprimefit.constants import FINE_STRUCTURE, OMEGA_MASS, PI_PLUS_MASS, RHO_MASS
from zprimefit.models.reference import (
    ELEMENTARY_CHARGE,
    BaryonicVector,
    BMinusL,
    DarkPhoton,
    LMuMinusLTau,
    hadronic_widths,
    pion_form_factor_squared,
)

MODELS = [(DarkPhoton(), "epsilon"), (BMinusL(), "g_BL"), (BaryonicVector(), "g_B"), (LMuMinusLTau(), "g_prime")]
IDS = [type(model).__name__ for model, _ in MODELS]


def ratio_to_muons(mass, channels=("pipi", "hadrons")):
    """R of e+e- -> hadrons: widths of a dark photon over that to massless muons."""
    vector = DarkPhoton().vector({"m_zprime": mass, "epsilon": 1e-3})
    massless = (1e-3 * ELEMENTARY_CHARGE) ** 2 * mass / (12 * np.pi)
    return float(sum(vector.widths[c] for c in channels)) / massless


@pytest.mark.parametrize(("model", "coupling"), MODELS, ids=IDS)
def test_parameters_are_what_the_vector_needs(model, coupling):
    assert [p.name for p in model.parameters] == ["m_zprime", coupling]
    vector = model.vector({p.name: p.default for p in model.parameters})
    assert float(vector.total_width) > 0 or coupling == "g_B"
    assert model.scalars({}) == {}


@pytest.mark.parametrize(("model", "coupling"), MODELS, ids=IDS)
def test_widths_grow_with_the_square_of_the_coupling_and_have_derivatives(model, coupling):
    @jax.jit
    @jax.vmap
    def width_and_slopes(m, g):
        return jax.value_and_grad(lambda *x: model.vector({"m_zprime": x[0], coupling: x[1]}).total_width, (0, 1))(m, g)

    masses = np.tile([1e-3, 0.1, 0.5, 1.5, 10.0], 3)
    widths, slopes = width_and_slopes(masses, np.repeat([0.0, 1e-4, 2e-4], 5))
    none, one, two = np.asarray(widths).reshape(3, 5)
    assert none == pytest.approx(0.0, abs=0)
    assert two == pytest.approx(4 * one, rel=1e-12)
    assert np.isfinite(slopes).all()


def test_light_b_minus_l_boson_decays_to_neutrinos_in_three_of_five():
    """Three left-handed neutrinos count half a Dirac electron each."""
    vector = BMinusL().vector({"m_zprime": 0.02, "g_BL": 1e-5})
    assert float(vector.branching("invisible")) == pytest.approx(0.6, abs=1e-5)


def test_muonic_vector_is_invisible_below_its_threshold():
    below = LMuMinusLTau().vector({"m_zprime": 0.2, "g_prime": 1e-3})
    above = LMuMinusLTau().vector({"m_zprime": 2.0, "g_prime": 1e-3})
    assert float(below.branching("invisible")) == pytest.approx(1.0)
    assert float(above.branching("mumu")) == pytest.approx(0.5, abs=1e-4)


def test_rho_has_the_height_of_its_electronic_width():
    """R at the pole is 9 BR(rho -> e+e-)/alpha^2 and the form factor is 1 at zero momentum."""
    assert ratio_to_muons(RHO_MASS, ("pipi",)) == pytest.approx(9 * 4.72e-5 / FINE_STRUCTURE**2, rel=1e-6)
    assert float(pion_form_factor_squared(0.01)) == pytest.approx(1.0, abs=1e-3)


def test_pion_form_factor_has_the_measured_radius():
    """<r^2> = 0.434 fm^2 (PDG: r_pi = 0.659 fm) from the slope at zero: vector dominance is within a quarter."""
    step = 1e-2
    slope = (float(pion_form_factor_squared(step)) - 1) / step**2
    assert 3 * slope * 0.19733**2 == pytest.approx(0.659**2, rel=0.25)


def test_omega_that_comes_from_the_anomaly_has_its_measured_electronic_width():
    """R at the pole is 9 BR(omega -> e+e-)/alpha^2 with BR = 7.4e-5 (PDG); F_pi and 3 pi/pi0 gamma went in."""
    assert ratio_to_muons(OMEGA_MASS, ("hadrons",)) == pytest.approx(9 * 7.4e-5 / FINE_STRUCTURE**2, rel=0.15)


@pytest.mark.parametrize(("mass", "expected"), [(2.5, 2.0), (6.0, 10 / 3), (9.0, 10 / 3)])
def test_hadrons_at_high_mass_are_free_quarks_with_a_correction(mass, expected):
    assert ratio_to_muons(mass) == pytest.approx(1.1 * expected, rel=0.05)


def test_baryonic_vector_does_not_decay_to_two_pions_but_by_mixing():
    equal = hadronic_widths(0.7, {"u": 1e-3, "d": 1e-3, "s": 1e-3})
    assert float(equal["pipi"]) == 0.0
    assert float(equal["hadrons"]) > 0
    assert all(float(w) == 0.0 for w in hadronic_widths(PI_PLUS_MASS / 2, {"u": 1.0, "d": 0.0, "s": 0.0}).values())
    vector = BaryonicVector().vector({"m_zprime": 0.6, "g_B": 1e-3})
    assert float(vector.branching("hadrons")) > 0.99
    assert float(vector.coupling("e")[0]) == pytest.approx(-(ELEMENTARY_CHARGE**2) * 1e-3 / (16 * np.pi**2))
