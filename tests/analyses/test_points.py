"""A point as YAML: what is written is what is read, bit by bit."""

import pytest

from zprimefit.analyses import Analysis
from zprimefit.analyses.loading import from_text
from zprimefit.analyses.points import point_yaml, read_point
from zprimefit.analyses.reading import read_yaml
from zprimefit.analyses.schema import AnalysisError
from zprimefit.likelihoods import AnomalousMagneticMoment
from zprimefit.models import Z2HDM

TEXT = "name: moments\nmodel: {name: z2hdm}\ncomponents: {delta-a-mu: {}, delta-a-e: {}}\n"
ANALYSIS = Analysis(Z2HDM(), (AnomalousMagneticMoment("mu"), AnomalousMagneticMoment("e")))
VALUES = [p.default * (1 + 1e-13) for p in ANALYSIS.free]


def written(folder, text):
    path = folder / "point.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_point_that_was_written_is_read_again(tmp_path):
    found = read_point(ANALYSIS, written(tmp_path, point_yaml(ANALYSIS, VALUES, "somewhere")))
    assert [found[name] for name in ANALYSIS.free_parameters] == VALUES
    assert set(found) == {p.name for p in ANALYSIS.parameters}


def test_point_is_what_an_analysis_file_takes():
    changes = read_yaml(point_yaml(ANALYSIS, VALUES), "point")
    assert from_text(TEXT, where="moments", **changes).defaults().tolist() == VALUES


def test_values_may_have_units_and_stand_alone(tmp_path):
    found = read_point(ANALYSIS, written(tmp_path, "parameters:\n  m_hprime: 20 MeV\n  y_mu: {bounds: [1e-5, 1e-2]}\n"))
    assert found["m_hprime"] == pytest.approx(0.020)
    assert found["y_mu"] == ANALYSIS.parameter("y_mu").default


@pytest.mark.parametrize("text", ["m_hprime: 20 MeV\n", "parameters: {}\n", "- 3\n", "parameters: [1, 2]\n"])
def test_file_without_parameters_is_refused(tmp_path, text):
    with pytest.raises(AnalysisError, match=r"point.yaml: expected parameters: \{NAME: VALUE\}"):
        read_point(ANALYSIS, written(tmp_path, text))


def test_unknown_parameter_names_the_nearest(tmp_path):
    with pytest.raises(KeyError, match="y_mu"):
        read_point(ANALYSIS, written(tmp_path, "parameters: {y_muu: 1e-4}\n"))
