"""Predictions elsewhere: integrals, thresholds and scalings with a model of closed form, and lengths at Table I."""

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from zprimefit.constants import AVOGADRO, CH2_MOLAR_MASS, MUON_MASS, NUCLEON_MASS, PI_PLUS_MASS
from zprimefit.datasets import nd280_flux, published_inputs
from zprimefit.likelihoods import elsewhere
from zprimefit.likelihoods.elsewhere import lsnd, nd280, off_target
from zprimefit.likelihoods.elsewhere.prediction import model_quantity, muon_sources, pairs_per_target, threshold
from zprimefit.models import Z2HDM
from zprimefit.quantities import Quantity

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
HPRIME = muon_sources(MODEL)[0]


@dataclass(frozen=True)
class ToySource:
    name: str = "hprime"
    pair_mass: str = "m_hprime"
    flavour: str = "mu"


@dataclass(frozen=True)
class Toy:
    """sigma = scale g_B^2 (E - E_th)^2 per nucleon above threshold, ten times that per nucleus; BR = 1/4."""

    scale: float = 1e-38
    power: int = 2
    name: str = "Toy"

    @property
    def quantities(self):
        return (
            Quantity("br_hprime_ee", "1", "B", "branching", lambda p: 0.25),
            Quantity("ctau_hprime_m", "m", "c", "length", lambda p: p["ctau"]),
        )

    def pair_sources(self):
        return (ToySource(), ToySource(flavour="e"))

    def cross_section(self, params, e_nu, scalar, channel):
        above = e_nu - threshold(params, ToySource(), NUCLEON_MASS)
        per_target = 10.0 if channel == "coherent" else 1.0
        sigma = self.scale * params["g_B"] ** 2 * jnp.where(above > 0, above, 1.0) ** self.power
        return per_target * jnp.where(above >= 0, sigma, 0.0)


TOY = Toy()
LIGHT = {"g_B": 1.0, "m_nu4": 0.004, "m_hprime": 0.011, "ctau": 1e-4}
"""Light enough for neutrinos of decay at rest."""


def _toy(e_nu):
    """What the toy predicts for pairs, in plain numbers."""
    above = e_nu - (0.015 + 0.015**2 / (2 * NUCLEON_MASS))
    return 0.25e-38 * above**2 if above > 0 else 0.0


# -- thresholds and counts ---------------------------------------------------------------------------------


@given(st.floats(0.001, 0.15), st.floats(0.005, 0.1))
def test_invariant_mass_at_threshold_is_the_sum_of_masses(m_nu4, m_hprime):
    e_nu = threshold({"m_nu4": m_nu4, "m_hprime": m_hprime}, ToySource(), NUCLEON_MASS)
    s = NUCLEON_MASS**2 + 2 * NUCLEON_MASS * e_nu
    assert s == pytest.approx((NUCLEON_MASS + m_nu4 + m_hprime) ** 2, rel=1e-12)


def test_decay_at_rest_is_below_threshold_at_table_1():
    """So LSND's events are of decay in flight only, as arXiv:2006.01948, section IV A, has it."""
    assert threshold(TABLE1, HPRIME, NUCLEON_MASS) == pytest.approx(0.0758, abs=1e-4)
    assert threshold(TABLE1, HPRIME, NUCLEON_MASS) > MUON_MASS / 2


def test_each_particle_counts_once_however_many_neutrinos_make_it():
    assert [source.name for source in muon_sources(MODEL)] == ["hprime", "H"]
    assert len(muon_sources(TOY)) == 1


def test_neutrons_of_lsnd_are_those_of_less_than_the_whole_tank():
    tank = 167e6 / CH2_MOLAR_MASS * AVOGADRO
    assert lsnd.neutrons_in_carbon() == pytest.approx(6 * 3.34e30)
    assert 0.4 < lsnd.neutrons_in_carbon() / (6 * tank) < 0.6


def test_least_fluence_makes_the_measured_events_with_full_efficiency():
    """56.8 events at 6.6e-41 cm^2 (nucl-ex/9705002, abstract)."""
    assert lsnd.least_fluence() * 6.6e-41 * 3.34e30 == pytest.approx(56.8)


def test_argon_of_16_kg_is_401_mol():
    assert nd280.argon_nuclei() == pytest.approx(400.5 * 6.022e23, rel=1e-3)


# -- integrals ---------------------------------------------------------------------------------------------


def test_pairs_are_cross_section_times_branching_ratio():
    energies = np.array([0.01, 0.05, 0.5])
    found = pairs_per_target(TOY, LIGHT, energies, "incoherent")
    assert found == pytest.approx([_toy(e) for e in energies], rel=1e-12)
    assert pairs_per_target(TOY, LIGHT, energies, "coherent") == pytest.approx(10 * np.asarray(found))


def test_decay_at_rest_is_the_michel_spectrum_and_the_line_of_pion_decay():
    """Against adaptive quadrature of dN/dE = 16 E^2/m^3 (3 - 4 E/m), and a line at 29.8 MeV."""
    line = (PI_PLUS_MASS**2 - MUON_MASS**2) / (2 * PI_PLUS_MASS)
    assert line == pytest.approx(0.0298, abs=5e-5)
    michel, _ = quad(
        lambda e: 16 * e**2 / MUON_MASS**3 * (3 - 4 * e / MUON_MASS) * _toy(e), 0, MUON_MASS / 2, points=[0.0151]
    )
    found = lsnd.decay_at_rest_cross_section(TOY, LIGHT)
    assert found == pytest.approx(michel + _toy(line), rel=1e-8)


def test_spectra_of_decay_at_rest_are_normalised_to_one_each():
    flat, massless = Toy(power=0), LIGHT | {"m_nu4": 0.0, "m_hprime": 0.0}
    assert lsnd.decay_at_rest_cross_section(flat, massless) == pytest.approx(2 * 0.25e-38, rel=1e-12)


def test_decay_at_rest_makes_exactly_none_above_its_end_point():
    heavy = LIGHT | {"m_nu4": 0.03, "m_hprime": 0.03}
    assert lsnd.karmen_events(TOY, heavy) == 0
    assert lsnd.lsnd_decay_at_rest_events(TOY, heavy) == 0
    assert lsnd.karmen_events(TOY, LIGHT) > 0


def test_derivative_of_decay_at_rest_stays_finite_where_it_closes():
    slope = jax.grad(lambda m: lsnd.karmen_events(TOY, LIGHT | {"m_nu4": m}))
    for mass in (0.004, 0.0405, 0.2):
        assert np.isfinite(slope(mass))
    step = 1e-6
    numeric = (
        lsnd.karmen_events(TOY, LIGHT | {"m_nu4": 0.004 + step})
        - lsnd.karmen_events(TOY, LIGHT | {"m_nu4": 0.004 - step})
    ) / (2 * step)
    assert slope(0.004) == pytest.approx(float(numeric), rel=1e-6)


def test_karmen_and_lsnd_see_decay_at_rest_in_proportion_to_their_neutrons():
    ratio = lsnd.karmen_events(TOY, LIGHT) * 0.42 / lsnd.lsnd_decay_at_rest_events(TOY, LIGHT)
    assert ratio == pytest.approx(56e6 / CH2_MOLAR_MASS * AVOGADRO / 3.34e30, rel=1e-10)


def test_decay_in_flight_events_are_fluence_neutrons_efficiency_and_cross_section():
    found = lsnd.decay_in_flight_events(TOY, LIGHT, 0.2)
    assert found == pytest.approx(1e12 * 6 * 3.34e30 * 0.42 * _toy(0.2), rel=1e-12)


def test_pairs_in_the_gas_are_the_integral_over_the_flux():
    """Midpoints of the flux bins against adaptive quadrature bin by bin: 2e-4."""
    flux = nd280_flux()
    total = sum(
        f * quad(_toy, low, high)[0]
        for f, low, high in zip(flux.numu + flux.numubar, flux.edges[:-1], flux.edges[1:], strict=True)
    )
    per_nucleon, whole = nd280.nd280_parts(TOY, LIGHT)
    expected = 40 * nd280.argon_nuclei() * 3.6e21 * total
    assert per_nucleon == pytest.approx(expected, rel=2e-4)
    assert whole == pytest.approx(expected / 40 * 10 * (40 / 12) ** 2, rel=2e-4)


@pytest.mark.parametrize("quantity", elsewhere.quantities(TOY)[:3], ids=lambda q: q.name)
def test_events_go_with_the_square_of_the_coupling_and_vanish_with_it(quantity):
    once, twice, none = (float(quantity(LIGHT | {"g_B": g})) for g in (1.0, 2.0, 0.0))
    assert once > 0
    assert twice == pytest.approx(4 * once, rel=1e-12)
    assert none == 0


@pytest.mark.parametrize("quantity", elsewhere.quantities(TOY), ids=lambda q: q.name)
def test_quantities_can_be_traced(quantity):
    assert quantity.name.endswith(("_events", "_GeV"))
    assert jax.jit(quantity.function)(LIGHT) == pytest.approx(float(quantity(LIGHT)), rel=1e-12)


def test_off_target_events_go_with_protons_and_flux():
    assert off_target.off_target_events(1875.0) == pytest.approx(186.0 / 27)


# -- decay lengths -----------------------------------------------------------------------------------------


@settings(deadline=None)  # the first example compiles
@given(st.floats(-2, 6))
def test_energy_and_mean_decay_length_are_inverse(exponent):
    length = 10**exponent
    energy = elsewhere.energy_for_length(MODEL, TABLE1, length)
    assert elsewhere.mean_decay_length(MODEL, TABLE1, energy) == pytest.approx(length, rel=1e-9)


def test_particle_at_rest_decays_where_it_is():
    mass = TABLE1["m_hprime"]
    assert elsewhere.mean_decay_length(MODEL, TABLE1, mass) == 0
    assert np.isfinite(jax.grad(lambda e: elsewhere.mean_decay_length(MODEL, TABLE1, e))(mass))


def test_double_bang_opens_above_2_tev_in_deepcore_and_65_tev_in_icecube():
    """arXiv:2006.01948, section V A, calls the length small at all energies: c tau ~ 1e-4 m times E/23 MeV is not."""
    found = elsewhere.double_bang_prediction(MODEL, TABLE1)
    assert found.value == pytest.approx(2154, abs=1)
    assert found.alternatives[0].value == pytest.approx(64_608, abs=10)
    assert found.alternatives[1].value == pytest.approx(1e-4, rel=0.1)
    assert elsewhere.mean_decay_length(MODEL, TABLE1, 1.0) < 5e-3


def test_double_bang_of_the_heavier_scalar_needs_more_energy():
    """It decays to two h' within 1e-11 m."""
    heavy = elsewhere.double_bang_prediction(MODEL, TABLE1, "H")
    assert heavy.value > 1e3 * elsewhere.double_bang_prediction(MODEL, TABLE1).value


# -- printing and errors -----------------------------------------------------------------------------------


def test_prediction_prints_the_number_the_claim_and_every_input_with_its_status():
    text = str(elsewhere.lsnd_prediction(TOY, LIGHT, e_nu=0.25))
    assert text.startswith("LSND, h' from decay in flight: ")
    assert "neutrinos of 0.25 GeV" in text
    assert "claimed: 1-2 events" in text
    assert "electron_efficiency = 0.42 1 (hep-ex/0104049, average total efficiency for electrons; unconfirmed)" in text


def test_status_of_a_prediction_is_that_of_its_least_certain_input():
    found = elsewhere.lsnd_prediction(TOY, LIGHT)
    rows = published_inputs("lsnd-2001/beam_and_detector")
    assert found.status == "unconfirmed"
    assert replace(found, inputs=(rows["baseline"],)).status == "checked"
    assert elsewhere.karmen_prediction(TOY, LIGHT).status == "checked"
    assert elsewhere.double_bang_prediction(MODEL, TABLE1).status == "derived"


def test_citations_are_the_publications_of_the_inputs():
    assert elsewhere.karmen_prediction(TOY, LIGHT).cite == ("hep-ex/9809007", "hep-ex/0203021", "hep-ex/0105068")


def test_fluence_for_one_event_is_infinite_without_a_signal():
    found = elsewhere.lsnd_prediction(TOY, LIGHT | {"g_B": 0.0})
    assert (found.value, found.alternatives[0].value) == (0.0, float("inf"))


def test_quantity_that_a_model_lacks_is_named():
    with pytest.raises(ValueError, match="Toy: no derived quantity 'br_H_ee'; it offers \\['br_hprime_ee'"):
        model_quantity(TOY, "br_H_ee", LIGHT)


def test_unknown_scalar_is_refused():
    with pytest.raises(ValueError, match="unknown scalar 'hprim'; did you mean 'hprime'"):
        elsewhere.double_bang_prediction(MODEL, TABLE1, "hprim")
