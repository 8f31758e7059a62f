"""What is cited: everything that was used, nothing else, and the sentence names exactly the entries."""

import re
import warnings
from dataclasses import replace

import pytest
from pybtex.database import parse_string

from tests.toys import gaussian
from zprimefit.analyses.catalogue import COMPONENTS, MODELS
from zprimefit.datasets.bibliography import references_of
from zprimefit.likelihoods import component
from zprimefit.report.citations import TOOLS, Use, citations
from zprimefit.scans.results import Results
from zprimefit.scans.run_folder import RunFolder


def keys_of(sentence):
    return [key for group in re.findall(r"\\cite\{([^}]*)\}", sentence) for key in group.split(",")]


@component(parameters=["a"], cite=("1406.2980", "Mine:2026abc"), name="mine_50%")
def mine(a):
    return a**2


def whole(**more):
    return replace(citations(gaussian() + mine), **more)


# that of oscillations cites what its user gives
@pytest.mark.parametrize("name", [name for name in COMPONENTS if name != "nsi-oscillation"])
def test_every_cite_of_a_component_is_in_the_bibliography(name):
    factory, given = COMPONENTS[name]
    found = factory(**given)
    assert [cite for cite in found.cite if not references_of(cite)] == []


@pytest.mark.parametrize("name", MODELS)
def test_every_cite_of_a_model_is_in_the_bibliography(name):
    assert all(references_of(cite) for cite in MODELS[name]().cite)


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_is_in_the_bibliography(tool):
    assert all(references_of(cite) for cite in TOOLS[tool])


def test_sentence_cites_exactly_the_printed_entries():
    found = whole(methods=(Use("a test", ("hep-ph/0304176",)),))
    assert set(keys_of(found.sentence())) == set(found.entries)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        read = parse_string(str(found), "bibtex")
    assert list(read.entries) == list(found.entries)


def test_what_the_table_lacks_is_printed_and_counted():
    found = whole()
    assert "% Mine:2026abc: not in the bibliography of zprimefit" in found.bibtex()
    assert "Mine:2026abc" in found.unconfirmed
    assert "Lees:2014xha" not in found.unconfirmed
    assert r"mine\_50\%~\cite{Lees:2014xha,Mine:2026abc}" in found.sentence()


def test_an_entry_that_two_components_cite_stands_once():
    found = whole(components=(Use("a", ("1406.2980",)), Use("b", ("arXiv:1406.2980",))))
    assert found.bibtex().count("@article{Lees:2014xha,") == 1
    assert found.sentence().count(r"\cite{Lees:2014xha}") == 2


@pytest.fixture
def results(tmp_path):
    folder = RunFolder.create(
        tmp_path / "run", name="gaussian", resolved="", given=None, identity={}, provenance={}
    )  # fmt: skip
    return Results(folder, gaussian())


def tools_of(results):
    return {use.what for use in citations(results.analysis, results).tools} - {"JAX", "NumPy", "SciPy"}


def test_only_tools_with_results_are_cited(results):
    (own,) = tools_of(results)
    assert own.startswith("zprimefit ")
    results.folder.write_text("fit.json", "{}")
    assert tools_of(results) == {own, "Minuit"}
    results.folder.write_text("figures/profile.pdf", "")
    assert tools_of(results) == {own, "Minuit", "Matplotlib"}
    results.folder.write_text("figures/corner.png", "")
    results.folder.write_text("evidence.json", "{}")
    assert tools_of(results) == {own, "Minuit", "Matplotlib", "corner", "dynesty"}


def test_methods_are_cited_where_they_were_used(results):
    assert citations(results.analysis, results).methods == ()
    results.folder.write_text("parameter-goodness-a-b.json", "{}")
    results.folder.write_text("toys/a-thresholds.json", "{}")
    assert [use.cites for use in citations(results.analysis, results).methods] == [
        ("hep-ph/0304176",),
        ("physics/9711021",),
    ]
