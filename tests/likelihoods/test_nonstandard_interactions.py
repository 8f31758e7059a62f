"""Non-standard interactions: closed forms, what neutral matter hides, and an interval that the user brings."""

import jax
import numpy as np
import pytest

from zprimefit.constants import FERMI_CONSTANT
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.nonstandard_interactions import (
    OscillationInteractions,
    difference,
    in_matter,
    interaction,
    interaction_quantities,
)
from zprimefit.models import Z2HDM
from zprimefit.models.particles import LightVector

MODEL = Z2HDM(gauge_group="B-3Ltau")
TABLE1 = MODEL.benchmark()
EARTH = 1.051


def charged(leptons, g=3e-4, mass=0.8, mixing=0.0):
    """Vector of B + sum of charges times L, with kinetic mixing of the proton's charge."""
    couplings = {"u": g / 3 + 2 * mixing / 3, "d": g / 3 - mixing / 3, "proton": g + mixing, "neutron": g}
    for flavour, charge in leptons.items():
        couplings |= {flavour: g * charge - mixing, f"nu_{flavour}": g * charge}
    return LightVector(mass, {"invisible": 1.0}, couplings)


B_MINUS_3_TAU = {"e": 0, "mu": 0, "tau": -3}


def test_benchmark_interaction_on_a_quark_is_the_closed_form():
    expected = -((3e-4) ** 2) / (np.sqrt(2) * FERMI_CONSTANT * 0.8**2)
    found = [float(interaction(charged(B_MINUS_3_TAU), "tau", quark)) for quark in ("u", "d")]
    assert found == pytest.approx([expected] * 2)
    assert expected == pytest.approx(-8.5e-3, abs=0.03e-3)


def test_nucleon_is_three_quarks():
    vector = charged(B_MINUS_3_TAU, mixing=1e-5)
    u, d, p, n = (float(interaction(vector, "tau", f)) for f in ("u", "d", "proton", "neutron"))
    assert (2 * u + d, u + 2 * d) == pytest.approx((p, n))


def test_earth_sees_two_nucleons_per_electron():
    assert float(difference(charged(B_MINUS_3_TAU), "tau", "mu", EARTH)) == pytest.approx(-0.0525, abs=2e-4)


def test_kinetic_mixing_drops_out_of_neutral_matter():
    plain, mixed = (charged(B_MINUS_3_TAU, mixing=mixing) for mixing in (0.0, 1e-3))
    assert float(in_matter(mixed, "tau", EARTH)) == pytest.approx(float(in_matter(plain, "tau", EARTH)), rel=1e-12)


def test_universal_charges_leave_oscillations_alone():
    vector = charged({"e": -1, "mu": -1, "tau": -1})
    assert float(in_matter(vector, "e", EARTH)) < 0
    for flavour in ("e", "tau"):
        assert float(difference(vector, flavour, "mu", EARTH)) == 0


def test_weak_interaction_has_its_own_strength():
    # L = (g/c_W) Z [nubar gamma P_L nu / 2 - nbar gamma n / 4 + axial], G_F/sqrt 2 = (g/c_W)^2 / (8 m_Z^2): neutrons
    # have the potential -sqrt 2 G_F n / 2, so that eps^n = -1/2 where charged currents on electrons are 1.
    coupling = np.sqrt(4 * np.sqrt(2) * FERMI_CONSTANT) * 91.188
    vector = LightVector(91.188, {}, {"nu_mu": coupling / 2, "neutron": -coupling / 4})
    assert float(interaction(vector, "mu", "neutron")) == pytest.approx(-0.5, rel=1e-9)


def test_model_of_the_paper_has_both_parts():
    found = {q.name: float(q(TABLE1)) for q in interaction_quantities(MODEL)}
    # -3 on nu_tau gives -0.0525; nu_mu, through |U_mu4|^2 g_d, the other sign and 8 % of it
    active = TABLE1["g_d"] * TABLE1["U_mu4_sq"] * TABLE1["g_B"] * (1 + EARTH) / (np.sqrt(2) * FERMI_CONSTANT * 0.8**2)
    assert active == pytest.approx(0.0043, abs=1e-4)
    assert found["nsi_tautau_less_mumu"] == pytest.approx(-0.0525 - active, abs=2e-4)
    assert found["nsi_ee_less_mumu"] == pytest.approx(-active, rel=1e-6)


def test_interval_limits_each_sign_by_its_end():
    component = OscillationInteractions((-0.1, 0.02), source="mine", cl=0.95)
    assert isinstance(component, Component)
    mu = float(component.mu(MODEL, TABLE1))
    assert mu == pytest.approx(0.0568 / 0.1, rel=0.01)
    assert float(component.minus2lnl(MODEL, TABLE1)) == pytest.approx(3.84 * mu**2, rel=1e-2)
    flipped = OscillationInteractions((-0.02, 0.1), source="mine", cl=0.95)
    assert float(flipped.mu(MODEL, TABLE1)) == pytest.approx(5 * mu)


def test_interaction_goes_with_coupling_over_mass_squared():
    component = OscillationInteractions((-0.1, 0.1), source="mine")
    doubled = {**TABLE1, "g_B": 2 * TABLE1["g_B"], "m_zprime": 2 * TABLE1["m_zprime"], "U_mu4_sq": 0.0}
    plain = {**TABLE1, "U_mu4_sq": 0.0}
    assert float(component.mu(MODEL, doubled)) == pytest.approx(float(component.mu(MODEL, plain)))


def test_term_is_smooth_where_it_vanishes():
    component = OscillationInteractions((-0.1, 0.02), source="mine")
    slope = jax.grad(lambda g: component.minus2lnl(MODEL, {**TABLE1, "g_B": g}))
    assert float(slope(0.0)) == 0
    assert np.isfinite(float(slope(3e-4)))


def test_bound_component_offers_its_quantities():
    bound = OscillationInteractions((-0.1, 0.02), source="mine").bind(MODEL, {}, engine="direct")
    assert [q.name for q in bound.quantities] == ["nsi_tautau_d", "nsi_tautau_less_mumu", "nsi_ee_less_mumu"]
    assert all("unconfirmed" in q.meaning for q in bound.quantities[1:])
    assert float(bound(TABLE1)) > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no interval .* none is shipped"),
        ({"interval": (0.01, 0.02), "source": "x"}, "low < 0 < high"),
        ({"interval": (-0.01,), "source": "x"}, "low < 0 < high"),
        ({"interval": (-0.1, 0.1)}, "say where the interval comes from"),
        ({"interval": (-0.1, 0.1), "source": "x", "cl": 1.0}, "cl must be between 0 and 1"),
        ({"interval": (-0.1, 0.1), "source": "x", "flavour": "mu"}, "unknown nsi-oscillation: flavour 'mu'"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        OscillationInteractions(**options)
