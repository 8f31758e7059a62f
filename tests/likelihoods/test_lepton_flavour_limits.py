"""Limits on lepton flavour violation, and what they leave of the mechanism for a negative Delta a_e."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.constants import HBAR_GEV_S
from zprimefit.datasets import flavour_limits, lepton_decays
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.flavour import RadiativeDecay, TauToScalar, TauWidth, tau_decay_length
from zprimefit.models import Z2HDM
from zprimefit.models.lepton_flavour import FlavourScalar
from zprimefit.models.particles import LightScalar
from zprimefit.models.z2hdm.scalar_sector import flavour_scalars

PLAIN = Z2HDM()
TABLE1 = PLAIN.benchmark()
MODEL = SimpleNamespace(flavour_scalars=lambda params: flavour_scalars(params, PLAIN.scalars(params)))
PROMPT = TauToScalar(displaced=False)


def model_of(widths, mass=0.023, y=1e-7):
    """One scalar with y_etau = y_taue = y."""
    particle = LightScalar(mass, widths, {"e": 1e-4})
    found = {"phi": FlavourScalar(particle, {("e", "tau"): y, ("tau", "e"): y})}
    return SimpleNamespace(flavour_scalars=lambda params: found)


@pytest.mark.parametrize("term", [RadiativeDecay("tau", "e"), RadiativeDecay("mu", "e"), TauToScalar(), TauWidth()])
def test_terms_are_components_with_samples(term):
    assert isinstance(term, Component)
    assert term.n_data == 0
    assert term.samples
    assert term.cite
    assert 0.9 <= term.cl < 1


def test_names_are_those_of_the_analyses():
    pairs = (("tau", "e"), ("tau", "mu"), ("mu", "e"))
    assert [RadiativeDecay(*pair).name for pair in pairs] == ["tau-e-gamma", "tau-mu-gamma", "mu-e-gamma"]


def test_leptonic_widths_follow_from_fermis_constant():
    """G_F^2 m^5/(192 pi^3) with phase space, within the 0.5 % of radiative corrections: lifetimes are consistent."""
    fermi, masses = 1.1663788e-5, {"mu": 0.1056583755, "tau": 1.77693}
    for lepton, share in (("mu", 1.0), ("tau", lepton_decays("tau")["e nu nu"][0])):
        width = share * HBAR_GEV_S / lepton_decays(lepton)["lifetime"][0]
        x = (0.51099895e-3 / masses[lepton]) ** 2
        assert width == pytest.approx(fermi**2 * masses[lepton] ** 5 / (192 * np.pi**3) * (1 - 8 * x), rel=6e-3)


def test_paper_compares_with_a_limit_that_its_reference_does_not_have():
    """1.1e-7 is attributed to arXiv:0908.2381, which has 3.3e-8: mu is 3.3 times larger."""
    strict, paper = RadiativeDecay("tau", "e"), RadiativeDecay("tau", "e", "paperA")
    ratio = float(strict.mu(MODEL, TABLE1)) / float(paper.mu(MODEL, TABLE1))
    assert ratio == pytest.approx(1.1e-7 / 3.3e-8, rel=1e-12)
    assert float(strict.mu(MODEL, TABLE1)) == pytest.approx(4.2e-10 / 3.3e-8, rel=0.05)


def test_benchmark_is_excluded_by_tau_to_e_scalar():
    """8.7e3 widths of the tau, h' -> ee prompt: some 1e10 times the limit on tau -> 3 e."""
    mus = {mode: float(mu) for mode, mu in PROMPT.mus(MODEL, TABLE1).items()}
    assert mus["e e e"] == pytest.approx(2.5e10, rel=0.02)
    assert float(PROMPT.minus2lnl(MODEL, TABLE1)) > 1000
    assert float(TauWidth().mu(MODEL, TABLE1)) > 1e4


def limit_on_product(term, model=MODEL):
    """|y_etau y_taue| at the limit; the rate is proportional to it."""
    return 5.6e-7 / float(term.mu(model, TABLE1))


def test_limit_on_the_product_of_couplings():
    """2.2e-17 from h' alone, as H -> h' h' is the main decay; 1.7e-18 if H decayed to e+e- only."""
    assert limit_on_product(PROMPT) == pytest.approx(2.2e-17, rel=0.02)
    printed = Z2HDM(variant="as_printed")
    only_ee = SimpleNamespace(flavour_scalars=lambda params: flavour_scalars(params, printed.scalars(params)))
    assert limit_on_product(PROMPT, only_ee) == pytest.approx(1.7e-18, rel=0.03)


@pytest.mark.parametrize("reference", [-8.8e-13, -10.2e-13])
def test_negative_electron_moment_is_dead_by_ten_orders_in_the_product(reference):
    """What caesium asks for (arXiv:1812.04130 with the moments of 2008 and 2023) against tau -> e h'."""
    bare = float(PLAIN.delta_a("e", {**TABLE1, "y_etau_taue": 0.0}))
    per_unit = (float(PLAIN.delta_a("e", {**TABLE1, "y_etau_taue": -1e-7})) - bare) / 1e-7
    needed = (reference - bare) / per_unit
    assert needed > 5e-7
    assert needed / limit_on_product(TauToScalar()) > 1e10
    # what is left of the tau's loop at the limit is nothing beside the electron's
    assert abs(per_unit * limit_on_product(TauToScalar())) < 1e-8 * bare


def test_limit_is_a_published_branching_ratio():
    """At mu = 1 the width is 2.7e-8 widths of the tau (arXiv:1001.3221): 0.21 events expected, none seen."""
    model = model_of({"ee": 1.0})
    at_limit = float(PROMPT.branchings(model, {})["e e e"]) / float(PROMPT.mu(model, {}))
    assert at_limit == pytest.approx(2.7e-8, rel=1e-12)
    assert flavour_limits("tau e e e")[0].zero_background
    assert not flavour_limits("tau e gamma")[0].zero_background


def test_scalar_that_decays_invisibly_meets_the_weaker_limit():
    seen, unseen = model_of({"ee": 1.0}), model_of({"invisible": 1.0})
    ratio = float(PROMPT.mu(seen, {})) / float(PROMPT.mu(unseen, {}))
    assert ratio == pytest.approx(1.4e-3 / 2.7e-8, rel=1e-12)


def test_limit_on_unseen_scalars_ends_at_1_6_gev():
    assert float(PROMPT.mu(model_of({"invisible": 1.0}, mass=1.59), {})) > 0
    assert float(PROMPT.mu(model_of({"invisible": 1.0}, mass=1.62), {})) == 0


def test_muon_pairs_count_as_e_mu_mu():
    found = PROMPT.branchings(model_of({"mumu": 1.0, "ee": 3.0}, mass=0.5), {})
    assert float(found["e e e"]) == pytest.approx(3 * float(found["e mu mu"]), rel=1e-12)


def test_four_electrons_are_in_no_search():
    assert float(PROMPT.mu(model_of({"hprime_hprime": 1.0}), {})) == 0.0


def decayed(term, model, mode):
    (scalar,) = model.flavour_scalars({}).values()
    return float(term.shares(scalar)[mode])


def test_displaced_pairs_follow_from_a_simulation():
    """Isotropic tau -> e phi at 5.29 GeV, exponential lifetimes: decays within 1.5 cm, to 0.1 by the mean boost."""
    width = 1.8e-12
    rng = np.random.default_rng(7)
    mass, m_tau, gamma = 0.023, 1.77693, 5.29 / 1.77693
    e_star = (m_tau**2 + mass**2) / (2 * m_tau)
    p_star = np.sqrt(e_star**2 - mass**2)
    energy = gamma * (e_star + np.sqrt(1 - 1 / gamma**2) * p_star * rng.uniform(-1, 1, 200_000))
    length = np.sqrt(energy**2 - mass**2) / mass * 299792458 * HBAR_GEV_S / width
    within = np.mean(rng.exponential(length) < 0.015)
    assert decayed(TauToScalar(), model_of({"ee": width}), "e e e") == pytest.approx(within, abs=0.1)


def test_stable_scalar_is_invisible_and_short_lived_one_prompt():
    long_lived, short = model_of({"ee": 1e-25}), model_of({"ee": 1e-3})
    term = TauToScalar()
    assert decayed(term, long_lived, "e invisible") == pytest.approx(1.0, abs=1e-6)
    assert decayed(term, long_lived, "e e e") == pytest.approx(0.0, abs=1e-6)
    assert decayed(term, short, "e e e") == pytest.approx(1.0, abs=1e-12)
    assert decayed(term, short, "e invisible") == 0.0


def test_scalar_without_any_width_is_invisible():
    assert decayed(TauToScalar(), model_of({"ee": 0.0}), "e invisible") == 1.0


def test_decay_length_is_inverse_to_the_width_and_to_the_squared_mass():
    """beta gamma c tau with E ~ m_tau/2 gamma: p/m at given energy, c tau at given width."""
    lengths = [float(tau_decay_length(LightScalar(m, {"ee": w}, {}))) for m, w in ((0.02, 1e-12), (0.02, 2e-12))]
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=1e-12)
    assert lengths[0] == pytest.approx(1.98e-4 * 5.29 / 2 / 0.02, rel=0.01)


def test_efficiency_scales_three_leptons_only():
    half = TauToScalar(displaced=False, efficiency=0.5)
    one, both = PROMPT.mus(MODEL, TABLE1), half.mus(MODEL, TABLE1)
    assert float(both["e e e"]) == pytest.approx(float(one["e e e"]) / 2, rel=1e-12)
    assert float(both["e invisible"]) == float(one["e invisible"])


def test_likelihood_is_smooth_and_maps_over_points():
    term = TauToScalar()
    points = jnp.array([0.0, -1e-17, 1e-12, -5.6e-7])

    def at(product):
        params = {**TABLE1, "y_etau_taue": product}
        return term.minus2lnl(MODEL, params) + RadiativeDecay("tau", "e").minus2lnl(MODEL, params)

    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(at)))(points)
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()
    assert float(values[0]) == 0.0
    assert np.all(np.diff(values) > 0)


def test_unknown_limit_is_refused():
    with pytest.raises(ValueError, match="unknown limit on tau -> e gamma 'Belle-2020'; did you mean 'Belle-2021'"):
        RadiativeDecay("tau", "e", "Belle-2020")


@pytest.mark.parametrize("efficiency", [0.0, 1.5, -1.0])
def test_efficiency_is_a_share(efficiency):
    with pytest.raises(ValueError, match="expected an efficiency above 0 and up to 1"):
        TauToScalar(efficiency=efficiency)
