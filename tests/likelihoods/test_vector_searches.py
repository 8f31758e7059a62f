"""Searches for light vectors and scalars: numbers of abstracts, recasts to other models, overlaps, smoothness."""

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.analyses import Analysis
from zprimefit.constants import AVOGADRO, HBARC_SQUARED_CM2_GEV2
from zprimefit.datasets import vector_limit
from zprimefit.likelihoods.babar import BabarFourMuons, BabarInvisible, BabarTauTau, BabarVisible
from zprimefit.likelihoods.beam_dumps.yields import Dump, electron_paths
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.fixed_target import A1, Apex, Hps2015
from zprimefit.likelihoods.kloe import Kloe
from zprimefit.likelihoods.lep import DelphiInvisible
from zprimefit.likelihoods.limits import term
from zprimefit.likelihoods.na48 import Na48, Na62Invisible
from zprimefit.likelihoods.na64 import Na64Invisible
from zprimefit.models import Z2HDM
from zprimefit.models.particles import LightScalar, LightVector
from zprimefit.models.reference import ELEMENTARY_CHARGE, BaryonicVector, BMinusL, DarkPhoton, LMuMinusLTau

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
PAPER = Z2HDM(variant="as_printed")
COMPONENTS = (
    BabarInvisible(), BabarVisible(), BabarFourMuons(), BabarTauTau(), Kloe(), Kloe("separate"), A1(), Apex(),
    Hps2015(), Na48(), Na62Invisible(), Na64Invisible(), DelphiInvisible(),
)  # fmt: skip
IDS = [f"{c.name}-{i}" for i, c in enumerate(COMPONENTS)]


class Particles:
    """A model that is nothing but its light particles."""

    def __init__(self, vector=None, scalars=None):
        self.found = vector or LightVector(0.5, {"ee": 0.0}), scalars or {}

    def vector(self, params):
        return self.found[0]

    def scalars(self, params):
        return self.found[1]


def limit(component, model, coupling, mass):
    """Coupling at mu = 1, for rates that grow with its square."""
    return 1e-4 / np.sqrt(float(component.mu(model, {"m_zprime": mass, coupling: 1e-4})))


# -- tables against the texts of the publications


def test_four_muon_limit_reaches_the_coupling_of_the_abstract():
    """arXiv:1606.03501: g' down to 7e-4 (of L_mu - L_tau)."""
    assert vector_limit("babar_4mu").coupling.min() == pytest.approx(7e-4, rel=0.05)


@pytest.mark.parametrize(("low", "high", "squared"), [(0.034, 0.399, 1.7e-5), (0.050, 0.210, 8e-6)])
def test_kloe_limits_from_phi_decays_are_those_of_the_abstract(low, high, squared):
    """arXiv:1210.3927: epsilon^2 below 1.7e-5 for 30-400 MeV, 8e-6 for 50-210 MeV; the curve is steep at 30 MeV."""
    published = vector_limit("kloe_phi_eta")
    inside = (published.mass > low) & (published.mass < high)
    assert published.coupling[inside].max() ** 2 == pytest.approx(squared, rel=0.06)


@pytest.mark.parametrize(("later", "earlier", "electrons"), [("2017", "2016", 43 / 2.75), ("2019", "2017", 284 / 43)])
def test_na64_without_background_improves_with_the_root_of_the_electrons(later, earlier, electrons):
    """2.75e9, 4.3e10, 2.84e11 electrons on target (abstracts of arXiv:1610.02988, 1710.00971, 1906.00176)."""
    gain = limit(Na64Invisible(earlier), BMinusL(), "g_BL", 0.02) / limit(Na64Invisible(later), BMinusL(), "g_BL", 0.02)
    assert gain == pytest.approx(np.sqrt(electrons), rel=0.2)


def test_confidence_levels_are_those_of_the_tables():
    assert (Hps2015().cl, A1("2014").cl, Na64Invisible().cl) == pytest.approx((0.95, 0.95, 0.90))


# -- recasts


@pytest.mark.parametrize("component", [Na64Invisible(), BabarInvisible()], ids=["na64", "babar"])
@pytest.mark.parametrize("mass", [0.02, 0.03])
def test_b_minus_l_is_seen_by_three_fifths_of_its_decays(component, mass):
    """Three left-handed neutrinos have half a Dirac pair's width each: 3/2 against 1 of e+e-, with one coupling.

    The published limits, e epsilon = 1.9e-5 and 2.8e-5 of NA64 at 20 and 30 MeV, 2.9e-4 of BaBar, take all decays as
    invisible: they are no limits on g_BL, which are weaker by the root of 5/3.
    """
    unseen = Particles(LightVector(mass, {"invisible": 1.0}, {"e": 1e-4}))
    of_all_invisible = 1e-4 / np.sqrt(float(component.mu(unseen, {})))
    found = limit(component, BMinusL(), "g_BL", mass)
    assert found == pytest.approx(np.sqrt(5 / 3) * of_all_invisible, rel=1e-3)


NA64_EFFICIENCY = (0.35, 1.0)
"""Share of events with 50 GeV missing that pass all cuts: not more than all, and not less than a third."""


@pytest.mark.parametrize(("year", "electrons"), [("2016", 2.75e9), ("2017", 4.3e10), ("2019", 2.84e11)])
@pytest.mark.parametrize("mass", [0.005, 0.01, 0.02, 0.03])
def test_na64_limit_on_b_minus_l_is_where_a_calorimeter_of_lead_makes_some_two_events(year, electrons, mass):
    """Bremsstrahlung in 40 radiation lengths, 3/5 to neutrinos, 2.3 events, an efficiency: no number of the table."""
    losses, paths = electron_paths(40.0, np.log(2.0))
    lead = Dump(
        energies=100.0 * np.exp(-losses), paths=paths,
        luminosity=electrons * 6.37 * AVOGADRO / 207.2 * HBARC_SQUARED_CM2_GEV2, atomic_number=82, atomic_weight=207.2,
        shield=0.0, decay_volume=1.0, threshold=50.0, angle=0.0, events=2.3,
    )  # fmt: skip
    made = float(jnp.sum(lead.production("vector", mass)[0]))
    coupling = limit(Na64Invisible(year), BMinusL(), "g_BL", mass)
    low, high = NA64_EFFICIENCY
    assert low < 2.3 / (3 / 5 * made * coupling**2) < high


@pytest.mark.parametrize(
    ("mass", "scattering"), [(0.02, (2.6e-5, 4.5e-5, 6.5e-5)), (0.03, (3.9e-5, 6.9e-5, 6.7e-5))], ids=["20", "30"]
)
def test_na64_limits_b_minus_l_more_than_neutrinos_on_electrons_do(mass, scattering):
    """As abstract of arXiv:2207.09979 has it from 0.3 to 100 MeV; `scattering`: g_BL of TEXONO, Borexino, CHARM-II."""
    found = limit(Na64Invisible(), BMinusL(), "g_BL", mass)
    assert min(scattering) / 1.5 < found < min(scattering)


@pytest.mark.parametrize(("mass", "expected"), [(0.023, 5.2e-4), (0.106, 2.1e-4)])
def test_visible_limit_on_the_electron_coupling_is_the_known_one(mass, expected):
    found = ELEMENTARY_CHARGE * limit(BabarVisible(), DarkPhoton(), "epsilon", mass)
    assert found == pytest.approx(expected, rel=0.02)


def test_scalars_of_table_1_are_allowed_by_visible_decays_and_the_heavy_one_is_near():
    """2/3 (y_e / e eps)^2 with all decays to e+e-; the decay H -> h'h' that the paper leaves out weakens it by 1e5."""
    rates = BabarVisible().rates(PAPER, TABLE1)
    assert float(rates["babar_visible:hprime"]) == pytest.approx(0.675 * (0.45e-4 / 5.2e-4) ** 2, rel=0.05)
    assert float(rates["babar_visible:H"]) == pytest.approx(0.675 * (1.54e-4 / 2.1e-4) ** 2, rel=0.05)
    assert float(BabarVisible().rates(MODEL, TABLE1)["babar_visible:H"]) < 1e-4
    assert float(BabarVisible().minus2lnl(PAPER, TABLE1)) < 0.6


def test_baryonic_vector_is_bounded_by_single_photons_at_half_its_perturbative_size():
    """An invisible vector of 800 MeV with the coupling e^2 g_B/(16 pi^2) to electrons: g_B < 0.50."""
    charge = ELEMENTARY_CHARGE**2 / (16 * np.pi**2)
    invisible = Particles(LightVector(0.8, {"invisible": 1e-3}, {"e": charge}))
    assert 1 / np.sqrt(float(BabarInvisible().mu(invisible, {}))) == pytest.approx(0.50, abs=0.01)
    # with the logarithms of Eq. 4 the mixing is larger, and so is the rate
    larger = float(MODEL.derived(TABLE1)["epsilon_loop"]) / float(MODEL.derived(TABLE1)["epsilon_naive"])
    bound = TABLE1["g_B"] / np.sqrt(float(BabarInvisible().mu(MODEL, TABLE1)))
    assert bound * abs(larger) == pytest.approx(0.50, abs=0.01)


def test_baryonic_vector_decays_to_hadrons_and_escapes_the_leptons():
    visible = limit(BabarVisible(), BaryonicVector(), "g_B", 0.6)
    photon = limit(BabarVisible(), DarkPhoton(), "epsilon", 0.6)
    assert visible * ELEMENTARY_CHARGE / (16 * np.pi**2) > 10 * photon


def test_four_muons_bound_the_muon_coupling_by_the_share_of_muons():
    """L_mu - L_tau has half its decays in neutrinos: a vector with muons only is bounded more."""
    mass = 1.0
    own = limit(BabarFourMuons(), LMuMinusLTau(), "g_prime", mass)
    muons = Particles(LightVector(mass, {"mumu": 1.0}, {"mu": own}))
    assert float(BabarFourMuons().mu(muons, {})) == pytest.approx(2.0, abs=0.01)


def test_four_muons_say_nothing_below_their_threshold():
    assert float(BabarFourMuons().minus2lnl(PAPER, TABLE1)) < 1e-30
    heavy = Particles(scalars={"H": LightScalar(0.5, {"mumu": 1.0}, {"mu": 3e-3})})
    assert float(BabarFourMuons().mu(heavy, {})) > 0.05


def test_pion_decays_ignore_scalars_and_electrons_alone():
    electron = LightVector(0.05, {"ee": 1.0}, {"e": 1e-2})
    assert float(Na48().minus2lnl(Particles(electron, {"h": LightScalar(0.05, {"ee": 1.0}, {"e": 1.0})}), {})) == 0.0
    assert Na48().observables == ("vector",)


def test_light_baryonic_vector_that_is_invisible_is_excluded_by_pion_decays():
    """At zero mass pi0 -> gamma Z' has the amplitude of a dark photon with e epsilon = g_B."""
    published = vector_limit("na62_pi0")
    k = len(published.mass) // 2
    coupling = ELEMENTARY_CHARGE * published.coupling[k]
    vector = LightVector(published.mass[k], {"invisible": 1.0}, dict.fromkeys("uds", coupling / 3))
    assert float(Na62Invisible().mu(Particles(vector), {})) == pytest.approx(1.0, abs=0.05)


def test_tau_pairs_bound_the_coupling_that_the_paper_states():
    point = TABLE1 | {"m_H": 0.12, "y_tau": 3.5e-3 / np.sqrt(1 - TABLE1["sin_delta"] ** 2)}
    assert float(BabarTauTau().mu(PAPER, point)) == pytest.approx(1.0, rel=1e-6)
    assert float(BabarTauTau().mu(PAPER, point | {"m_H": 0.2})) == 0.0
    assert float(BabarTauTau().minus2lnl(DarkPhoton(), {"m_zprime": 0.1, "epsilon": 1e-3})) == 0.0


def test_particle_that_flies_is_not_prompt_at_kloe():
    quick = Particles(scalars={"h": LightScalar(0.02, {"ee": 1e-9}, {"e": 1e-3})})
    slow = Particles(scalars={"h": LightScalar(0.02, {"ee": 1e-18}, {"e": 1e-3})})
    assert float(Kloe("ee").mu(slow, {})) < 0.1 * float(Kloe("ee").mu(quick, {}))
    # table 1: h' flies millimetres, 22 times 0.1 mm
    with_flight = float(Kloe("ee").searches[0].seen(MODEL.scalars(TABLE1)["hprime"]))
    assert with_flight == pytest.approx(1.0, abs=1e-6)


def test_every_particle_is_a_resonance_of_its_own():
    one = {"h": LightScalar(0.05, {"ee": 1.0}, {"e": 4e-4})}
    two = one | {"H": LightScalar(0.1, {"ee": 1.0}, {"e": 3e-4})}
    single, both = (BabarVisible().minus2lnl(Particles(scalars=s), {}) for s in (one, two))
    other = BabarVisible().minus2lnl(Particles(scalars={"H": two["H"]}), {})
    assert float(both) == pytest.approx(float(single) + float(other))


# -- statistics


@pytest.mark.parametrize(
    ("component", "statistic"), [(BabarVisible(), "background"), (Na64Invisible(), "no-background")]
)
def test_digitisation_of_a_component_is_that_of_its_limit(component, statistic):
    vector = LightVector(0.05, {"ee": 1.0, "invisible": 1.0}, {"e": 4e-4})
    found, digitised = Particles(vector), replace(component, digitisation=0.1)
    mu = float(component.mu(found, {}))
    assert float(component.minus2lnl(found, {})) == pytest.approx(float(term(statistic, mu, 0.9)))
    assert float(digitised.minus2lnl(found, {})) == pytest.approx(float(term(statistic, mu, 0.9, 0.1)))


# -- as components


@pytest.mark.parametrize("component", COMPONENTS, ids=IDS)
def test_component_keeps_the_contract(component):
    assert isinstance(component, Component)
    assert component.n_data == 0
    assert component.samples
    assert component.cl in {0.9, 0.95}
    assert all(key.startswith("light-vector-limits/") for key in getattr(component, "notes", ()))


FERMIONS = ("e", "mu", "tau", "u", "d", "s")
STATES = ("ee", "mumu", "pipi", "invisible")


def particles_of(values):
    """A vector and a scalar from 20 numbers: masses, couplings, widths."""

    def named(names, low):
        return dict(zip(names, values[low : low + len(names)], strict=True))

    vector = LightVector(values[0], named(STATES, 2), named(FERMIONS, 6), named(("e",), 12))
    scalar = LightScalar(values[1], named(STATES, 13), named(("e", "mu", "tau"), 17))
    return Particles(vector, {"h": scalar})


@pytest.mark.slow
def test_terms_have_finite_derivatives_also_without_couplings_and_widths():
    def terms(values):
        found = particles_of(values)
        return jnp.stack([component.minus2lnl(found, {}) for component in COMPONENTS])

    slopes = jax.jit(jax.jacfwd(terms))
    rng = np.random.default_rng(2)
    for masses in ((0.8, 0.023), (0.05, 0.12), (1.5, 0.5), (12.0, 12.0)):
        for couplings in (np.zeros(18), 1e-4 * rng.random(18)):
            assert np.isfinite(slopes(np.array([*masses, *couplings]))).all()
    assert np.asarray(terms(np.array([0.05, 0.12, *np.zeros(18)]))) == pytest.approx(0.0, abs=0)


def test_derivative_through_the_model_is_that_of_finite_differences():
    def value(y_e):
        return BabarVisible().minus2lnl(PAPER, TABLE1 | {"y_e": y_e})

    value_and_slope = jax.jit(lambda y: (value(y), jax.jacfwd(value)(y)))
    y_e, step = TABLE1["y_e"], 1e-4 * TABLE1["y_e"]
    low, high = (float(value_and_slope(y)[0]) for y in (y_e - step, y_e + step))
    assert float(value_and_slope(y_e)[1]) == pytest.approx((high - low) / (2 * step), rel=1e-5)
    batch = jax.vmap(value)(np.array([y_e - step, y_e + step]))
    assert np.asarray(batch) == pytest.approx([low, high], rel=1e-10)


def test_data_that_overlap_are_refused():
    @dataclass(frozen=True)
    class Renamed(Na64Invisible):
        @property
        def name(self):
            return "na64-other"

    analysis = Analysis(MODEL, (Na64Invisible("2017"),), name="na64")
    with pytest.raises(ValueError, match="both use 'NA64 missing energy'"):
        analysis + Renamed("2019")
    assert set(Kloe("separate").samples) == set(Kloe("combined").samples)
    assert not set(A1("2011").samples) & set(A1("2014").samples)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Na64Invisible("2018"), "2018"),
        (lambda: Kloe("seperate"), "separate"),
        (lambda: A1("2015"), "2015"),
        (lambda: Apex(digitisation=0.5), "apex: digitisation must be between 0 and 0.3, got 0.5"),
    ],
    ids=["na64", "kloe", "a1", "apex"],
)
def test_unknown_options_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_unconfirmed_numbers_are_named():
    assert A1().notes == ("light-vector-limits/a1_2014 (unconfirmed)",)
    assert BabarVisible().notes == ("light-vector-limits/selections: babar_cos (unconfirmed)",)
    assert BabarFourMuons().notes == ()
