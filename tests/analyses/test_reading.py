"""Analysis files that nobody writes by mistake: refused in one line, at once, and with nothing run or written."""

import dataclasses
import math
import time
from contextlib import suppress
from typing import Literal, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zprimefit.analyses import AnalysisError, catalogue, load, packaged, resolved_yaml
from zprimefit.analyses.loading import _component, _options, read_text
from zprimefit.analyses.reading import DEEPEST, LARGEST, MOST, read_yaml

MOMENT = "name: mine\nmodel: {name: z2hdm}\ncomponents: {delta-a-mu: {}}\n"
NAMES = (
    "expected one line of at most 100 characters, without '/', '\\' and '$' and with no dot in front, as files and "
    "figures are named by it; choose another name"
)
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{k}: &a{k}\n  <<: [*a{k - 1}, *a{k - 1}]\n" for k in range(1, 40))


def refusal(name, **options):
    """What an analysis is refused with, nothing if it is read."""
    try:
        load(name, **options)
    except AnalysisError as error:
        return str(error)
    return ""


@pytest.fixture
def refused(tmp_path):
    """Message that refuses a text, within the time and the length that people have."""

    def _refused(text):
        path = tmp_path / "a.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        begin = time.monotonic()
        with pytest.raises(AnalysisError) as error:
            load(path)
        assert time.monotonic() - begin < 10
        message = str(error.value)
        assert message.isprintable()
        assert message.startswith(f"{path}: ")
        return message.removeprefix(f"{path}: ")

    return _refused


@pytest.mark.parametrize("name", packaged())
def test_packaged_analyses_written_out_are_far_from_the_limits(name):
    text = resolved_yaml(load(name))
    assert len(text) < LARGEST / 10
    assert sum(map(len, map(str.split, text.splitlines()))) < MOST / 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "line 5: expected at most 20000 values, those behind aliases counted where they are used; write the"),
        (MERGES, "expected at most 20000 values, those behind aliases counted where they are used; write the analysis"),
        ("a: &a [*a]\n", "line 1: alias *a stands inside what it names, or names nothing; write"),
        ("a: *b\n", "line 1: alias *b stands inside what it names, or names nothing; write the analysis out plainly"),
        ("[" * 100_000, "line 1: expected at most 16 mappings and lists inside each other; write the analysis out"),
        ("{a: " * 1000, "line 1: expected at most 16 mappings and lists inside each other; write the"),
        ("- x\n" * 25_000, "line 20000: expected at most 20000 values"),
        ("x" * (LARGEST + 1), "is larger than 256 KiB, which no analysis is; give the path of an analysis file"),
        ('name: "\\ud800"\n', "line 1: a text holds half a character, which cannot be written again; write the"),
        ("name: 2001-99-99\n", "not valid YAML: ValueError: month must be in 1..12"),
        (f"name: {'9' * 5000}\n", "not valid YAML: ValueError: Exceeds the limit (4300 digits) for integer string"),
        ("name: !!python/object/apply:os.system [id]\n", "not valid YAML: could not determine a constructor"),
        ("name: !!float abc\n", "not valid YAML: ValueError: could not convert string to float: 'abc'"),
        (MOMENT.replace("mine", '"../../mine"'), "name of the analysis '../../mine': expected one line of at most 100"),
        (MOMENT.replace("mine", '"\\e[2J"'), r"name of the analysis '\x1b[2J': expected one line of at most 100"),
        (MOMENT.replace("mine", "$x$"), "name of the analysis '$x$': expected one line of at most 100"),
        (MOMENT.replace("delta-a-mu: {}", '"../../up": {kind: miniboone}'), f"name of component '../../up': {NAMES}"),
        (MOMENT.replace("{}", "{kind: [x]}"), "unknown component ['x'];"),
        (MOMENT.replace("{name: z2hdm}", "{name: {}}"), "unknown model {}; Available: blsm, z2hdm"),
        (MOMENT + f"parameters: {{y_mu: {{default: 1{'0' * 400}}}}}\n", "parameters.y_mu.default: expected a finite"),
        (MOMENT + f"parameters: {{y_mu: {{default: 0x{'f' * 9000}}}}}\n", "finite number, got an integer of 36000"),
        (MOMENT + f"parameters: {{y_mu: {{default: {'1' * 50_000}!}}}}\n", "cannot read '1111"),
        (MOMENT + "parameters: {parameters: {x: 1}}\n", "unknown key 'x'; Available: free, default, bounds, scale,"),
        (MOMENT + "parameters: {prior: {x: 1}}\n", "unknown key 'x'; Available: free, default, bounds, scale, asinh"),
        (MOMENT + "constraints: [m_A ** 1e300 > 1 GeV]\n", "exponent of GeV between -64 and 64, got 1e+300"),
        (MOMENT + "constraints: [m_A * (0 / 0) > 1 GeV]\n", "expected a finite number at position 10, got nan"),
        (MOMENT + f"constraints: [{{require: m_A > 0, width: 1{'0' * 400}}}]\n", "expected a finite width > 0, got"),
        (MOMENT + f"constraints: ['{'(' * 5000}m_A > 0']\n", "expected at most 200 numbers, names and signs"),
        (MOMENT + "constraints: [__import__(m_A) > 1]\n", "unknown function '__import__'"),
        (MOMENT.replace("{}", f"{{use: {'x' * 9000}.py:T}}"), "does not name a file; expected path/to/mine.py:Thing"),
        (MOMENT.replace("{}", "{reference: [1]}"), "option reference of component delta-a-mu: input should"),
        (
            MOMENT.replace("delta-a-mu: {}", "miniboone: {signal_systematic: .inf}"),
            "option signal_systematic of component miniboone: input should be a finite number, got inf",
        ),
        ("\x00\xff".encode("latin1"), "cannot be read as text"),
    ],
    ids=[
        "laughs", "merges", "alias in itself", "alias of nothing", "deep lists", "deep mappings", "long", "large",
        "half a character", "no date", "long integer", "object", "no float", "path as name", "escape as name",
        "formula as name", "path as component", "list as kind", "mapping as model", "integer beyond floats",
        "huge integer", "slow number", "parameter named like a key", "parameter named prior", "infinite exponent",
        "no number inside", "integer as width", "parentheses", "code", "long path", "list as text", "infinite option",
        "bytes",
    ],
)  # fmt: skip
def test_hostile_file_is_refused_in_one_line(refused, text, message):
    assert message in refused(text)


def test_anchors_in_their_place_are_read():
    text = "a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n"
    assert read_yaml(text, "f") == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}


def test_deepest_file_is_read():
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert str(read_yaml(deep, "f")) == deep


def test_user_file_that_ends_the_program_is_told(tmp_path):
    (tmp_path / "mine.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "a.yaml").write_text(MOMENT.replace("{}", "{use: mine.py:T}"))
    with pytest.raises(AnalysisError, match=r"use: .*mine\.py cannot be run: SystemExit: 0"):
        load(tmp_path / "a.yaml")


FAILING = """class T:
    name, cite, observables = "mine", (), ()

    def minus2lnl(self, model, params):
        return 0.0

    @property
    def n_data(self):
        return 1 / 0
"""


def test_user_component_that_fails_is_told(tmp_path):
    (tmp_path / "mine.py").write_text(FAILING)
    (tmp_path / "a.yaml").write_text(MOMENT.replace("{}", "{use: mine.py:T}"))
    with pytest.raises(AnalysisError, match="cannot be built: ZeroDivisionError: division by zero"):
        load(tmp_path / "a.yaml")


def test_code_beside_an_analysis_is_not_run_unless_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "conftest", "sitecustomize", "zprimefit_plugins"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (tmp_path / "a.yaml").write_text(MOMENT)
    load("a.yaml")
    assert not (tmp_path / "ran").exists()


def test_every_option_that_is_one_of_a_few_names_refuses_others():
    few = [
        (name, field.name)
        for name, (factory, given_) in catalogue.COMPONENTS.items()
        for field in dataclasses.fields(factory)
        if get_origin(field.type) is Literal and field.name in _options(factory, frozenset(given_))
    ]
    assert len(few) > 20
    for name, option in few:
        with pytest.raises(ValueError, match="'no such thing'"):
            _component(name, {option: "no such thing"}, None)


@pytest.mark.parametrize("cl", [0.0, 1.0, -1.0, 1e300])
def test_limit_of_no_confidence_level_is_refused(refused, cl):
    text = MOMENT.replace("delta-a-mu: {}", f"z-mixing: {{cl: {cl!r}}}")
    assert "limit 'z-mixing': its confidence level must lie between 0 and 1, got" in refused(text)


OPTIONS = [
    (name, option)
    for name, (factory, given_) in catalogue.COMPONENTS.items()
    for option in _options(factory, frozenset(given_))
]


@pytest.mark.parametrize("value", ["no such thing", -1, math.nan, [], [[1]], {"a": 1}, True, 10**400])
def test_wrong_option_of_a_component_is_refused_when_it_is_made(value):
    for name, option in OPTIONS:
        with suppress(ValueError):
            _component(name, {option: value}, None)
            assert value == [] or not isinstance(value, dict | list), (name, option)


SEED = read_text("z2hdm-miniboone")[0]


@settings(max_examples=30, deadline=10_000, suppress_health_check=list(HealthCheck))
@given(
    at=st.integers(0, len(SEED)),
    length=st.integers(0, 40),
    text=st.text(max_size=20) | st.sampled_from(["{", "[", "&a", "*a", "!!int", "<<: ", "\t", "- ", ": ", "1e999"]),
)
def test_changed_file_is_an_analysis_or_refused_in_one_line(tmp_path_factory, at, length, text):
    path = tmp_path_factory.mktemp("changed") / "a.yaml"
    path.write_bytes((SEED[:at] + text + SEED[at + length :]).encode("utf-8", errors="replace"))
    assert refusal(path).isprintable()
