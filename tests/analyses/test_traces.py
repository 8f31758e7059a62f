"""What is kept of an analysis is what would be found anew, and nothing is kept of what a text does not tell."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import zprimefit as zf
from zprimefit.analyses import traces
from zprimefit.analyses.evaluation import components_at
from zprimefit.analyses.traces import Traces
from zprimefit.likelihoods import AnomalousMagneticMoment

SMALL = """
name: small
model: {name: z2hdm}
components: {delta-a-mu: {}, babar-invisible: {}}
constraints: [{require: m_Hpm > 110 GeV, width: 1 GeV}]
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Empty cache folder of its own."""
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def kept(cache):
    return sorted(cache.glob("trace-*"))


class Counted:
    """A function that counts how often it is traced."""

    def __init__(self):
        self.times = 0

    def __call__(self, values, shift):
        self.times += 1
        return jnp.sum(values**2) + (0.0 if shift is None else shift["by"])


ONES = np.ones(3)


def test_program_is_traced_once_and_read_ever_after():
    first, again = Counted(), Counted()
    assert [float(Traces("a").compiled("sum", first)(ONES, None)) for _ in range(3)] == [3.0] * 3
    assert float(Traces("a").compiled("sum", again)(2 * ONES, None)) == 12.0
    assert (first.times, again.times) == (1, 0)


def test_arguments_of_another_shape_have_a_program_of_their_own(cache):
    function = Traces("a").compiled("sum", Counted())
    found = [function(ONES, None), function(np.ones(2), None), function(ONES, {"by": np.float64(2.0)})]
    assert [float(f) for f in found] == [3.0, 2.0, 5.0]
    assert len(kept(cache)) == 3


def test_other_function_or_analysis_has_a_program_of_its_own(cache):
    for text, name in (("a", "sum"), ("a", "other"), ("b", "sum")):
        function = Counted()
        Traces(text).compiled(name, function)(ONES, None)
        assert function.times == 1
    assert len(kept(cache)) == 3


@pytest.mark.parametrize("changed", ["data_hash", "SOURCES", "version"])
def test_program_is_not_used_after_data_sources_or_versions_have_changed(changed, monkeypatch):
    Traces("a").compiled("sum", Counted())(ONES, None)
    monkeypatch.setattr(traces, changed, "another" if changed == "SOURCES" else lambda *_: "another")
    function = Counted()
    Traces("a").compiled("sum", function)(ONES, None)
    assert function.times == 1


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_damaged_program_is_made_anew(cache, damage):
    Traces("a").compiled("sum", Counted())(ONES, None)
    (path,) = kept(cache)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + whole[-9:][::-1] if damage is None else damage)
    for times in (1, 0):
        function = Counted()
        assert float(Traces("a").compiled("sum", function)(ONES, None)) == 3.0
        assert function.times == times


def test_cache_that_cannot_be_written_costs_nothing_but_time(cache):
    cache.write_text("a file where the folder should be")
    function = Counted()
    assert float(Traces("a").compiled("sum", function)(ONES, None)) == 3.0
    assert Traces("a").names("reads", lambda: {"x": frozenset({"y"})}) == {"x": {"y"}}


def test_names_are_found_once():
    found = {"b": frozenset({"y", "x"}), "a": frozenset()}
    assert Traces("a").names("reads", lambda: found) == found
    again = Traces("a").names("reads", lambda: pytest.fail("they are known"))
    assert again == found
    assert list(again) == ["b", "a"]


def test_loaded_analysis_says_the_same_from_what_is_kept_of_it_as_without(read, cache, monkeypatch):
    first = read(SMALL)
    without = replace(first)
    point = first.benchmarks["table1"]
    values = np.array([point.get(p.name, p.default) for p in first.free])
    for _ in range(2):
        analysis = read(SMALL)
        assert analysis.minus2lnl(values) == pytest.approx(without.minus2lnl(values), rel=1e-13)
        assert analysis.minus2lnl_batch(values[None]) == pytest.approx(without.minus2lnl_batch(values[None]), rel=1e-13)
        assert analysis.gradient(values) == pytest.approx(without.gradient(values), rel=1e-12)
        assert (analysis.touched_by, analysis.probed) == (without.touched_by, without.probed)
        at = {p.name: p.default for p in analysis.parameters} | point
        found, expected = components_at(analysis, at), components_at(without, at)
        assert list(found) == list(expected)
        for name, told in found.items():
            numbers = {key: value for key, value in told.items() if isinstance(value, float)}
            assert numbers == pytest.approx({key: expected[name][key] for key in numbers}, rel=1e-12)
            assert told == expected[name] | numbers
        monkeypatch.setattr(traces.export, "export", lambda _: pytest.fail("traced again"))
    # names that are touched and probed; terms, many points, slopes and verdicts
    assert len(kept(cache)) == 6


def test_other_data_are_arguments_of_a_program_that_is_kept(read, cache):
    analysis = read(SMALL)
    point = analysis.defaults()
    before = len(kept(cache))
    found = []
    for measured in (2e-9, 3e-9):
        other = analysis.given({"delta-a-mu": np.array([measured])})
        found.append(other.minus2lnl(point))
        assert found[-1] == pytest.approx(replace(other).minus2lnl(point), rel=1e-13)
    assert found[0] != found[1]
    assert len(kept(cache)) == before + 1


def terms_at(analysis, point):
    return {name: told["minus2lnl"] for name, told in components_at(analysis, point).items()}


def test_verdicts_where_fixed_parameters_are_elsewhere_are_those_of_an_analysis_without(read):
    analysis = read(SMALL)
    at = {p.name: p.default for p in analysis.parameters} | analysis.benchmarks["table1"]
    heavy = at | {"m_H": 2 * at["m_H"]}
    assert not analysis.parameter("m_H").free
    assert terms_at(analysis, heavy)["delta-a-mu"] != terms_at(analysis, at)["delta-a-mu"]
    for point in (at, heavy, at):
        assert terms_at(analysis, point) == pytest.approx(terms_at(replace(analysis), point), rel=1e-12)


@pytest.mark.parametrize("other_first", [False, True])
def test_verdicts_on_other_data_are_not_those_on_the_published_ones(read, other_first):
    analysis = read(SMALL)
    other = analysis.given({"delta-a-mu": np.array([1e-8])})
    at = {p.name: p.default for p in analysis.parameters}
    found = {a: terms_at(a, at)["delta-a-mu"] for a in ((other, analysis) if other_first else (analysis, other))}
    assert found[other] == pytest.approx(other.breakdown(other.defaults())["delta-a-mu"], rel=1e-12)
    assert found[analysis] == pytest.approx(analysis.breakdown(analysis.defaults())["delta-a-mu"], rel=1e-12)
    assert found[other] > found[analysis] + 10


def test_threads_that_begin_together_trace_once():
    function = Counted()
    compiled = Traces("a").compiled("sum", function)
    with ThreadPoolExecutor(4) as pool:
        assert [float(f) for f in pool.map(lambda _: compiled(ONES, None), range(8))] == [3.0] * 8
    assert function.times == 1


def test_nothing_is_kept_of_an_analysis_with_parts_of_the_users_own(tmp_path, cache):
    mine = "import zprimefit as zf\n@zf.component(parameters=['g_B'], cite='Mine:2026abc')\n"
    (tmp_path / "mine.py").write_text(mine + "def my_limit(g_B):\n    return (g_B / 1e-3) ** 2\n")
    path = tmp_path / "own.yaml"
    path.write_text(SMALL.replace("delta-a-mu: {}", "mine: {use: 'mine.py:my_limit'}"))
    analysis = zf.load(path)
    analysis.minus2lnl(analysis.defaults())
    assert kept(cache) == []


def test_nothing_is_kept_of_an_analysis_that_was_changed_in_python(read, cache):
    loaded = read(SMALL)
    before = kept(cache)
    changes = [loaded + AnomalousMagneticMoment("e"), loaded.with_parameters({"g_B": {"free": False}}), replace(loaded)]
    for analysis in changes:
        analysis.minus2lnl(analysis.defaults())
    assert kept(cache) == before
