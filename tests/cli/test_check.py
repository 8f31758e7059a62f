"""check and eval of analyses with constraints, own components and parameters that change nothing."""

import json
import re

import pytest
from commands import SMALL, cli, done

import zprimefit

CONSTRAINTS = """constraints:
  - m_Hpm > 110 GeV
  - {require: v_prime_GeV > 300 MeV, width: 10 MeV}
  - require: 1e-4 < y_mu < 7e-4
    width: [1e-6, 1e-5]
"""
OWN = """
import jax.numpy as jnp
import numpy as np
from dataclasses import dataclass, field
import zprimefit
from zprimefit.quantities import Quantity

@zprimefit.component(parameters=["y_mu", "g_d"])
def closed(y_mu, g_d):
    return y_mu + jnp.where(g_d > 100, g_d, 0.0)

@dataclass(frozen=True)
class Table:
    name: str = "table"
    cite: tuple = ()
    n_data: int = 6
    observables: tuple = ()

    def predict(self, model, params):
        return {"one": np.array([1.0, 2.5]), "two": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "three": 7.0}

    def minus2lnl(self, model, params):
        return params["y_mu"] ** 2

    def bind(self, model, parameters, *, engine, progress):
        return Bound()

@dataclass(frozen=True)
class Bound:
    quantities: tuple = (
        Quantity("events_fhc", "events", "N", "how many", lambda p: 361.5 * jnp.ones(())),
        Quantity("nothing_GeV", "GeV", "0", "one over zero", lambda p: 0.0 * p["y_mu"] / (p["y_mu"] - p["y_mu"])),
        Quantity("endless_s", "s", "t", "one over zero", lambda p: 1 / (p["y_mu"] - p["y_mu"])),
    )

    def __call__(self, params):
        return params["y_mu"] ** 2
"""


@pytest.fixture
def small(tmp_path):
    """Write the analysis of the two moments, with an addition, and give its path."""
    (tmp_path / "mine.py").write_text(OWN)

    def _write(addition="", *, components=""):
        path = tmp_path / "small.yaml"
        path.write_text(SMALL.replace("parameters:\n", f"{components}parameters:\n") + addition)
        return path

    return _write


def test_check_lists_constraints_with_their_value_and_whether_they_hold(small):
    lines = done("check", small(CONSTRAINTS)).splitlines()
    start = lines.index("constraints at table1")
    assert lines[start + 1 : start + 6] == [
        "  require                       value  limit                width     -2 ln L",
        "  m_Hpm > 110 GeV             200 GeV  > 110 GeV          1.1 GeV           0  satisfied",
        "  v_prime_GeV > 300 MeV     280.7 MeV  > 300 MeV           10 MeV       3.724  violated",
        "  1e-4 < y_mu < 7e-4          0.00063  > 0.0001             1e-06           0  satisfied",
        "  1e-4 < y_mu < 7e-4          0.00063  < 0.0007             1e-05           0  satisfied",
    ]


def test_check_without_constraints_does_not_speak_of_them(small):
    assert "constraint" not in done("check", small())


def test_check_says_what_moves_what(small):
    path = small(components="  own: {use: 'mine.py:closed'}\n")
    path.write_text(path.read_text().replace("  g_d: {free: false}\n", ""))
    result = cli("check", path)
    rows = {line.split()[0]: line for line in result.out.splitlines() if line}
    assert rows["y_mu"].endswith("delta-a-mu, closed")
    assert rows["y_etau_taue"].endswith("delta-a-e")
    # fixed parameters: what reads them
    assert rows["m_hprime"].endswith("delta-a-mu, delta-a-e")
    # read by `closed`, where it changes nothing
    assert rows["g_d"].endswith("nothing")
    assert result.code == 2
    assert result.err.splitlines()[-1] == (
        "zprimefit: analysis 'small': free parameters ['g_d'] change no component's -2 ln L anywhere it was looked at "
        "in the domain; fix them (parameters: {g_d: {free: false}}), or add a component that depends on them"
    )


def test_eval_prints_constraints_and_adds_their_penalties(small):
    shown = done("eval", small(CONSTRAINTS), "--at", "table1", "--set", "y_mu=7.2e-4")
    assert re.search(r"^constraint: 1e-4 < y_mu < 7e-4 +4\.0000    0 +tension \(90 % CL\)$", shown, flags=re.MULTILINE)
    assert "  1e-4 < y_mu < 7e-4          0.00072  < 0.0007             1e-05           4  violated" in shown


def test_eval_json_holds_every_bound(small):
    path = small(CONSTRAINTS)
    found = json.loads(done("eval", path, "--json"))
    analysis = zprimefit.load(path)
    assert {k: v["minus2lnl"] for k, v in found["components"].items()} == pytest.approx(
        analysis.breakdown(analysis.defaults()), rel=1e-12
    )
    assert found["minus2lnl"] == pytest.approx(analysis.minus2lnl(analysis.defaults()), rel=1e-12)
    assert found["components"]["constraint: m_Hpm > 110 GeV"] == {
        "minus2lnl": 0.0, "n_data": 0, "delta": 0.0, "verdict": "allowed",
    }  # fmt: skip
    assert [bound["require"] for bound in found["constraints"]] == [
        "m_Hpm > 110 GeV", "v_prime_GeV > 300 MeV", "1e-4 < y_mu < 7e-4", "1e-4 < y_mu < 7e-4",
    ]  # fmt: skip
    assert found["constraints"][1] == {
        "require": "v_prime_GeV > 300 MeV",
        "value": pytest.approx(0.8 / 2.85, rel=1e-12),
        "relation": ">",
        "limit": 0.3,
        "unit": "GeV",
        "width": 0.01,
        "penalty": pytest.approx(((0.3 - 0.8 / 2.85) / 0.01) ** 2, rel=1e-9),
        "satisfied": False,
    }


def test_eval_shows_tables_and_quantities_of_components(small):
    lines = done("eval", small(components="  own: {use: 'mine.py:Table'}\n")).splitlines()
    start = lines.index("  table         one: 1.00 2.50")
    assert lines[start + 1 : start + 5] == [
        "  table         two: 2 x 3",
        "    1.00 2.00 3.00",
        "    4.00 5.00 6.00",
        "  table         three: 7",
    ]
    start = lines.index("derived quantities of table")
    assert [line.split() for line in lines[start + 1 :]] == [
        ["events_fhc", "361.5", "events"], ["nothing_GeV", "nan", "GeV"], ["endless_s", "inf", "s"],
    ]  # fmt: skip


def test_eval_json_has_null_where_there_is_no_number(small):
    found = json.loads(done("eval", small(components="  own: {use: 'mine.py:Table'}\n"), "--json"))
    assert found["predictions"]["table"] == {"one": [1.0, 2.5], "two": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "three": 7.0}
    derived = found["derived"]
    assert (derived["events_fhc"], derived["nothing_GeV"], derived["endless_s"]) == (361.5, None, None)


def test_wrong_constraint_is_refused_in_one_line(small):
    path = small("constraints: [m_Hpm > 110]\n")
    for verb in ("check", "eval"):
        result = cli(verb, path)
        assert (result.code, result.out) == (2, "")
        assert result.err == (
            f"zprimefit: {path}: 'm_Hpm > 110', position 7: compares GeV and a pure number; "
            f"give the number its unit, e.g. '110 GeV'\n"
        )
