"""check and eval name inputs that are not confirmed: a mark beside the term, a footer, notes in JSON."""

import json

import pytest
from commands import SMALL, done

FOOTER = "* unconfirmed inputs:"


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.replace("parameters:\n", "  oblique: {}\n  higgs-invisible: {}\nparameters:\n"))
    return path


@pytest.mark.parametrize("verb", [("check",), ("eval", "--at", "table1")])
def test_terms_with_unconfirmed_inputs_are_marked_and_listed(small, verb):
    lines = done(verb[0], small, *verb[1:]).splitlines()
    assert {line.split(" *")[0] for line in lines if " * " in line} == {"oblique", "higgs-invisible"}
    start = lines.index(FOOTER)
    assert lines[start - 1] == ""
    assert lines[start + 1 : start + 4] == [
        "  oblique          scalar-sector/oblique",
        "  higgs-invisible  scalar-sector/higgs: undetected, width",
        "",
    ]


def test_confirmed_inputs_need_no_footer(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    shown = done("check", path)
    assert FOOTER not in shown
    assert " * " not in shown


def test_json_has_the_notes_of_every_component(small):
    found = json.loads(done("eval", small, "--json"))["components"]
    assert {name: told["notes"] for name, told in found.items()} == {
        "delta-a-mu": [],
        "delta-a-e": [],
        "oblique": ["scalar-sector/oblique (unconfirmed)"],
        "higgs-invisible": ["scalar-sector/higgs: undetected, width (unconfirmed)"],
    }


def test_check_shows_mu_and_verdict_of_a_limit(small):
    (line,) = (row for row in done("check", small).splitlines() if row.startswith("higgs-invisible *"))
    number, value, mu, *verdict = line.removeprefix("higgs-invisible *").split()[:4]
    assert (number, verdict) == ("0", ["allowed"])
    assert 0 <= float(value) < 1
    assert 0 <= float(mu) < 1
