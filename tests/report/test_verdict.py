"""The verdict on a model: what is explained, where, and what excludes it."""

from dataclasses import replace

import pytest

from tests import toys
from zprimefit.analyses import Analysis, load
from zprimefit.likelihoods import component
from zprimefit.report.verdict import NULL, Row, Verdict, verdict

OWN = """
from dataclasses import dataclass
from zprimefit.likelihoods.limits import background_limited

@dataclass(frozen=True)
class Limit:
    name: str = "limit"
    cite: tuple = ()
    n_data: int = 0
    observables: tuple = ()
    cl: float = 0.9

    def mu(self, model, params):
        return (params["y_mu"] / 5e-4) ** 2

    def minus2lnl(self, model, params):
        return background_limited(self.mu(model, params), self.cl)
"""
SMALL = """
name: small
model: {name: z2hdm}
data: papers
components:
  delta-a-mu: {}
  delta-a-e: {}
  limit: {use: 'mine.py:Limit'}
parameters:
  m_hprime: {free: false}
  sin_delta: {free: false}
  y_mu: {bounds: [1e-5, 1e-2]}
  y_etau_taue: {free: false, default: 0}
"""
GOLDEN = """
small, data papers: 3 terms, 2 data points of anomalies
                       measured              no new physics              table1                      best fit
Delta a_mu             2.79e-09 +- 7.6e-10   0                           2.7e-09                     1.8e-09
Delta a_mu is          chi^2, 1 dof          anomaly (p = 0.00024)       explained (p = 0.94)        explained (p = 0.2)
Delta a_e              -8.70e-13 +- 3.6e-13  0                           -8.7e-13                    1.5e-13
Delta a_e is           chi^2, 1 dof          anomaly (p = 0.016)         explained (p = 1)           not explained (p = 0.0047)
table1 is excluded by limit (99 % CL, 1.6 times the limit)
best fit: OK, -2 ln L = 12.66, Delta chi^2 = 6.66 over no new physics for 1 dof, p = 0.0099 (2.6 sigma, two-sided, by Wilks)
verdict: table1 explains Delta a_mu and Delta a_e and is excluded by 1 term; the best fit to all terms explains Delta a_mu
"""  # noqa: E501


def written(folder, **options):
    (folder / "mine.py").write_text(OWN)
    (folder / "small.yaml").write_text(SMALL)
    return load(folder / "small.yaml", **options)


def test_verdict_is_about_ten_lines(tmp_path):
    """y_mu < 5e-4 (90 % CL) leaves a part of Delta a_mu; without the tau coupling Delta a_e has the wrong sign."""
    told = []
    found = verdict(written(tmp_path), progress=lambda *step: told.append(step))
    assert f"\n{found}\n" == GOLDEN
    assert told[-1][0] == told[-1][1]
    assert len(found.fit.starts) == 3


def test_quick_verdict_has_benchmarks_only(tmp_path):
    found = verdict(written(tmp_path, data="current"), quick=True)
    assert found.places == (NULL, "table1")
    assert (found.fit, found.goodness) == (None, None)
    assert found.word("delta-a-mu", NULL) == "no anomaly"
    assert found.word("delta-a-mu", "table1") == "spoiled"
    assert str(found).splitlines()[-1] == "verdict: table1 explains nothing and is excluded by 3 terms"


def test_analysis_without_anomalies_is_refused():
    with pytest.raises(ValueError, match="verdict on 'gaussian': none of its terms is one of miniboone, delta-a-mu"):
        verdict(toys.gaussian())


def test_model_that_does_not_say_what_no_new_physics_is_is_refused():
    term = component(parameters=["a"], n_data=1, name="delta-a-mu")(lambda a: a**2)
    analysis = Analysis(toys.ToyModel((toys.linear("a", 0.0, -1.0, 1.0),)), (term,), name="mine")
    with pytest.raises(ValueError, match="verdict on 'mine': its model has no `no_new_physics`"):
        verdict(analysis)


@pytest.mark.parametrize(
    ("null", "there", "word"),
    [(13.5, 0.1, "explained"), (13.5, 5.0, "not explained"), (0.4, 0.1, "no anomaly"), (0.4, 9.0, "spoiled")],
)
def test_words_go_by_two_standard_deviations(null, there, word):
    chi2 = {"delta-a-mu": {NULL: null, "point": there}}
    found = Verdict("a", "", 1, {"delta-a-mu": 1}, chi2, (), {"point": ()})
    assert found.word("delta-a-mu", "point") == word
    assert found.explained("point") == (("delta-a-mu",) if word == "explained" else ())


def test_worst_terms_are_named_and_the_others_counted():
    terms = tuple(f"term{i} (99 % CL)" for i in range(5))
    found = Verdict("a", "", 5, {}, {}, (), {"point": terms})
    assert "point is excluded by term0 (99 % CL); term1 (99 % CL); term2 (99 % CL), and 2 more" in str(found)


def test_events_that_are_left_are_of_the_modes_that_take_part(tmp_path):
    found = verdict(written(tmp_path))
    places = dict.fromkeys(found.places, 40.0)
    fhc, rhc = (Row(f"MiniBooNE events {mode}", "miniboone", (560.0, 97.0), places) for mode in ("fhc", "rhc"))
    found = replace(found, chi2={"miniboone": dict.fromkeys(places, 1e4)}, n_data={"miniboone": 38})
    lines = str(replace(found, rows=(fhc,))).splitlines()
    assert lines[2].split() == ["MiniBooNE", "events", "fhc", "560", "+-", "97", "40", "40", "40"]
    assert "best fit: 40 of 560 excess events of MiniBooNE are left" in lines
    both = str(replace(found, rows=(fhc, rhc))).splitlines()
    assert "best fit: 80 of 1120 excess events of MiniBooNE, both modes, are left" in both
