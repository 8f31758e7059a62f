"""Charged Higgs, oblique parameters, decays of h, stability and perturbativity as likelihood terms."""

import math
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.analyses import Analysis
from zprimefit.datasets import charged_higgs_limits, higgs_numbers, oblique_fits
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.scalars import ChargedHiggs, HiggsToLight, HiggsToPhotons, Oblique
from zprimefit.likelihoods.theory import Perturbativity, VacuumStability
from zprimefit.models import Z2HDM
from zprimefit.models.higgs import HiggsDecays
from zprimefit.models.oblique import ScalarDoublet
from zprimefit.models.z2hdm.scalar_sector import doublet, higgs_decays

PLAIN = Z2HDM()
TABLE1 = PLAIN.benchmark()
MODEL = SimpleNamespace(
    scalar_doublet=doublet,
    higgs_decays=lambda params: higgs_decays(params, PLAIN.scalars(params)),
    quantities=PLAIN.quantities,
)
TERMS = [ChargedHiggs(), Oblique(), HiggsToLight(), HiggsToPhotons(), VacuumStability(), Perturbativity()]


def at(term, **changes):
    return float(term.minus2lnl(MODEL, {**TABLE1, **changes}))


@pytest.mark.parametrize("term", TERMS, ids=[term.name for term in TERMS])
def test_terms_are_components_with_finite_values_and_derivatives(term):
    assert isinstance(term, Component)
    point = {name: jnp.asarray(value) for name, value in TABLE1.items()}
    value, slopes = jax.jit(jax.value_and_grad(lambda p: term.minus2lnl(MODEL, p)))(point)
    assert math.isfinite(float(value))
    assert all(math.isfinite(float(slope)) for slope in slopes.values())


# -- charged Higgs ---------------------------------------------------------------------------------


def test_limit_lies_at_3_84_and_falls_by_e_in_five_percent():
    limit = charged_higgs_limits()[0].mass
    assert limit == 110.0
    assert at(ChargedHiggs(), m_Hpm=limit) == pytest.approx(3.841, abs=1e-3)
    assert at(ChargedHiggs(), m_Hpm=1.05 * limit) == pytest.approx(3.841 * math.exp(-2), rel=1e-3)
    assert at(ChargedHiggs(), m_Hpm=200.0) < 1e-10
    assert at(ChargedHiggs("LEP"), m_Hpm=limit) < 1e-2


def test_branching_of_the_model_lifts_the_limit():
    """H+- -> W H dominates above 81 GeV: the search for l nu sees BR^2 ~ 1e-8 of the pairs."""
    assumed, own = ChargedHiggs(), ChargedHiggs(branching="model")
    assert at(assumed, m_Hpm=100.0) > 20
    assert at(own, m_Hpm=100.0) < 1e-3
    # below the threshold the two agree
    assert at(own, m_Hpm=79.0) == pytest.approx(at(assumed, m_Hpm=79.0), rel=1e-12)


# -- oblique parameters ----------------------------------------------------------------------------


@pytest.mark.parametrize("fit", ["U-free", "U-zero"])
def test_oblique_chi_square_is_that_of_the_covariance(fit):
    term = Oblique(fit)
    (row,) = [r for r in oblique_fits() if r.name == fit]
    cross = row.correlation * row.s_sigma * row.t_sigma
    covariance = np.array([[row.s_sigma**2, cross], [cross, row.t_sigma**2]])
    for masses in ((200.0, 200.0), (200.0, 180.0), (150.0, 300.0)):
        params = {**TABLE1, "m_Hpm": masses[0], "m_A": masses[1]}
        delta = np.array([float(v) for v in term.predict(MODEL, params)]) - [row.s, row.t]
        expected = delta @ np.linalg.solve(covariance, delta)
        assert float(term.minus2lnl(MODEL, params)) == pytest.approx(expected, rel=1e-9)


def test_charged_and_odd_masses_must_be_close():
    """arXiv:2006.01948, section V B: m_A ~ m_H+-, whatever their distance to the light scalars."""
    assert at(Oblique()) < 1
    assert at(Oblique(), m_A=460.0, m_Hpm=460.0) < 1
    assert at(Oblique(), m_A=300.0) > 9
    assert at(Oblique(), m_A=110.0) > 9


def test_heavy_degenerate_doublet_is_the_standard_model():
    far = SimpleNamespace(scalar_doublet=lambda params: ScalarDoublet(1e4, 1e4, ((1e4, 1.0),)))
    assert [float(v) for v in Oblique().predict(far, {})] == pytest.approx([0.0, 0.0], abs=1e-6)


# -- decays of h -----------------------------------------------------------------------------------


def test_coupling_to_light_scalars_stays_below_a_hundredth():
    """BR = 0.12 (0.107) is reached where lambda_345 is 1.1e-2."""
    for coupling, allowed in ((0.0, True), (9e-3, True), (1.3e-2, False)):
        assert (float(HiggsToLight().mu(MODEL, {**TABLE1, "lambda_345": coupling})) < 1) is allowed
    strong = float(HiggsToLight().mu(MODEL, {**TABLE1, "lambda_345": 10.0}))
    assert strong == pytest.approx(1 / higgs_numbers()["undetected"].value, rel=1e-3)


def test_decays_to_electrons_are_not_invisible():
    point = {**TABLE1, "lambda_345": 0.05}
    assert float(HiggsToLight().mu(MODEL, point)) > 5
    assert float(HiggsToLight("invisible").mu(MODEL, point)) == 0.0


def test_invisible_branching_is_the_published_one_at_its_limit():
    width = higgs_numbers()["width"].value
    model = SimpleNamespace(
        higgs_decays=lambda params: HiggsDecays({"HH": 0.107 / 0.893 * width}, 0.107 / 0.893 * width, 1.0)
    )
    term = HiggsToLight("invisible")
    assert float(term.branching(model, {})) == pytest.approx(0.107, rel=1e-12)
    assert float(term.minus2lnl(model, {})) == pytest.approx(3.841, abs=1e-3)


def standard(ratio=1.0, widths=()):
    found = HiggsDecays(dict(widths), 0.0, ratio)
    return SimpleNamespace(higgs_decays=lambda params: found)


def test_photon_pairs_of_the_standard_model_fit():
    """1.04 +- 0.095 and 1.12 +- 0.09: chi-square 2.0 for two numbers."""
    assert float(HiggsToPhotons().minus2lnl(standard(), {})) == pytest.approx(0.177 + 1.778, abs=1e-3)


def test_new_decays_dilute_photon_pairs():
    width = higgs_numbers()["width"].value
    assert float(HiggsToPhotons().predict(standard(1.0, {"HH": width}), {})) == pytest.approx(0.5, rel=1e-12)


def test_benchmark_is_2_6_sigma_worse_than_the_standard_model_in_photon_pairs():
    worse = at(HiggsToPhotons()) - float(HiggsToPhotons().minus2lnl(standard(), {}))
    assert math.sqrt(worse) == pytest.approx(2.6, abs=0.1)
    # lambda_345 cannot help: what it would take fills the width with light scalars
    assert at(HiggsToPhotons(), lambda_345=-1.3) > 100


def test_atlas_photons_are_not_counted_twice():
    both = (HiggsToLight(), HiggsToPhotons())
    shared = set(both[0].samples) & set(both[1].samples)
    assert shared == {"ATLAS h -> gamma gamma"}
    assert not set(HiggsToLight().samples) & set(HiggsToPhotons("CMS").samples)
    assert not set(HiggsToLight("invisible").samples) & set(both[1].samples)


# -- theory ----------------------------------------------------------------------------------------


def test_benchmark_is_stable_and_perturbative():
    assert at(VacuumStability()) == at(Perturbativity()) == at(Perturbativity("lambda_5")) == 0.0


def test_instability_costs_the_square_of_its_excess_over_the_width():
    """lambda_2' alone bounds the singlet's direction; a strongly negative lambda_345 makes the vacuum unstable."""
    margin = {q.name: q for q in PLAIN.quantities}["vacuum_margin"]
    point = {**TABLE1, "lambda_345": -0.3}
    excess = -float(margin(point))
    assert excess > 0
    width = 3 * excess
    assert float(VacuumStability(width).minus2lnl(MODEL, point)) == pytest.approx((excess / width) ** 2, rel=1e-9)
    assert 100 < float(VacuumStability(excess / 1e6).minus2lnl(MODEL, point)) < 3000


def test_paper_lets_masses_up_to_460_gev():
    """|lambda_5| < sqrt(4 pi) is m_A < 463 GeV (section III C)."""
    paper = Perturbativity("lambda_5")
    assert at(paper, m_A=460.0, m_Hpm=460.0) == 0.0
    assert at(paper, m_A=470.0, m_Hpm=470.0) > 1
    assert at(Perturbativity(), m_A=470.0, m_Hpm=470.0) == 0.0


def test_large_quartic_costs_by_its_excess_over_4_pi():
    value = at(Perturbativity(width=0.1), lambda_2=4 * math.pi + 0.05)
    assert value == pytest.approx(0.25, rel=1e-6)
    assert at(Perturbativity(), lambda_2=1e6) < 3000


# -- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ChargedHiggs("lep"), "unknown limit of charged-higgs 'lep'; did you mean 'sleptons'"),
        (lambda: ChargedHiggs(branching="own"), "unknown branching of charged-higgs 'own'"),
        (lambda: Oblique("U-fre"), "unknown fit of oblique 'U-fre'; did you mean 'U-free'"),
        (lambda: HiggsToLight("al"), "unknown counts of higgs-invisible 'al'; did you mean 'all'"),
        (lambda: HiggsToPhotons("LHCb"), "unknown experiments of higgs-photons 'LHCb'"),
        (lambda: Perturbativity("lambda5"), "unknown condition of perturbativity 'lambda5'; did you mean 'lambda_5'"),
        (lambda: Perturbativity(width=0.0), "perturbativity: expected a finite width > 0, got 0.0"),
        (lambda: VacuumStability(-1.0), "vacuum-stability: expected a finite width > 0, got -1.0"),
    ],
)
def test_wrong_options_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_model_without_the_quantity_is_refused():
    bare = SimpleNamespace(quantities=PLAIN.quantities[:2])
    with pytest.raises(ValueError, match="unknown derived quantity 'vacuum_margin'"):
        VacuumStability().minus2lnl(bare, TABLE1)


def test_theory_terms_enter_an_analysis():
    analysis = Analysis(PLAIN, (VacuumStability(), Perturbativity()))
    assert analysis.breakdown(analysis.defaults()) == {"vacuum-stability": 0.0, "perturbativity": 0.0}
