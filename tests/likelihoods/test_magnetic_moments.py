"""Gaussian terms of the anomalous magnetic moments."""

from types import SimpleNamespace

import pytest

from zprimefit.datasets import moment_references
from zprimefit.likelihoods import AnomalousMagneticMoment, Component
from zprimefit.models import Z2HDM

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
ALL = [(lepton, reference.name) for lepton in ("mu", "e") for reference in moment_references(lepton)]


@pytest.mark.parametrize(("lepton", "reference"), ALL, ids=["-".join(pair) for pair in ALL])
def test_chi_square_is_the_squared_pull(lepton, reference):
    term = AnomalousMagneticMoment(lepton, reference)
    (row,) = [r for r in moment_references(lepton) if r.name == reference]
    for pull in (0.0, 1.0, -2.5):
        model = SimpleNamespace(delta_a=lambda of, _, p=pull: row.value + p * row.sigma if of == lepton else None)
        assert float(term.minus2lnl(model, {})) == pytest.approx(pull**2, abs=1e-12)


def test_benchmark_is_within_a_tenth_of_a_sigma_of_the_papers_muon_value():
    """arXiv:2006.01948: 2.74e-9 against 2.79(76)e-9, and -8.7e-13 against -8.7(3.6)e-13."""
    assert float(AnomalousMagneticMoment("mu").minus2lnl(MODEL, TABLE1)) < 0.1**2
    assert float(AnomalousMagneticMoment("e").minus2lnl(MODEL, TABLE1)) < 0.1**2


def test_standard_model_alone_is_off_by_the_printed_significances():
    """3.7 and 2.4 standard deviations (arXiv:2006.01948, below Eqs. 1 and 2)."""
    nothing = SimpleNamespace(delta_a=lambda lepton, params: 0.0)
    assert AnomalousMagneticMoment("mu").minus2lnl(nothing, {}) ** 0.5 == pytest.approx(3.7, abs=0.05)
    assert AnomalousMagneticMoment("e").minus2lnl(nothing, {}) ** 0.5 == pytest.approx(2.4, abs=0.05)


@pytest.mark.parametrize("spelling", ["Cs_2008", "cs2008", "CS-2008", "cs 2008", "Cs2008"])
def test_spelling_of_a_reference_does_not_matter(spelling):
    assert AnomalousMagneticMoment("e", spelling).measured == AnomalousMagneticMoment("e", "Cs_2008").measured


def test_aliases_lead_to_their_rows():
    assert AnomalousMagneticMoment("mu", "2025").measured.name == "2025_WP25"
    assert AnomalousMagneticMoment("mu", "seedB").measured.name == "paperB"


def test_term_is_a_component_with_one_datum():
    term = AnomalousMagneticMoment("mu", "2025_WP25")
    assert isinstance(term, Component)
    assert (term.name, term.n_data, term.cite, term.observables) == ("delta-a-mu", 1, ("2505.21476",), ("delta_a",))


def test_unknown_reference_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"delta-a-mu: unknown reference '2025_WP52'; did you mean '2025_WP25'\?"):
        AnomalousMagneticMoment("mu", "2025_WP52")


def test_references_of_the_other_lepton_are_refused():
    with pytest.raises(ValueError, match="delta-a-mu: unknown reference 'Rb_2023'"):
        AnomalousMagneticMoment("mu", "Rb_2023")


def test_tau_is_refused():
    with pytest.raises(ValueError, match="lepton must be 'mu' or 'e', got 'tau'"):
        AnomalousMagneticMoment("tau")


def test_a_difference_cites_what_it_is_the_difference_of():
    assert AnomalousMagneticMoment("mu", "2023_WP20").cite == ("2308.06230", "2006.04822")
    assert AnomalousMagneticMoment("e", "Rb_2023").cite == ("2209.13084", "Nature 588 (2020) 61")
    assert AnomalousMagneticMoment("e", "Cs_2008").cite == ("1812.04130", "0801.1134")
