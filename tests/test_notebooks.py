"""What notebooks show of a fit, a curve and an analysis: the numbers, and every text as text."""

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests import toys
from zprimefit.fitting.result import Fit
from zprimefit.scans.curve import Curve

STORED = Path(__file__).parent / "stored"
EVIL = "<script>alert('1')</script>"


def stored(kind, name):
    return kind.from_json((STORED / f"{name}.json").read_text(encoding="utf-8"))


class Reader(HTMLParser):
    """Names of tags, and the text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = set(), []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert {name for name, _ in attrs} <= {"scope"}

    def handle_data(self, data):
        self.text.append(data)


def shown(thing):
    read = Reader(thing._repr_html_())
    assert read.tags <= {"p", "table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    return " ".join(read.text)


def test_fit_shows_what_it_prints():
    fit = replace(stored(Fit, "fit"), messages=(EVIL,))
    text = shown(fit)
    for line in str(fit).splitlines():
        for word in line.removeprefix("- ").split():
            assert word in text
    assert "interval (68.27 % CL, 1 dof, Delta chi^2 = 1.00)" in text


def test_curve_shows_its_regions_with_their_levels():
    text = shown(replace(stored(Curve, "curve"), messages=(EVIL,), analysis="<b>"))
    assert "<b>: a profiled over nothing else; 7 of 7 points; best 1, -2 ln L = 0" in text
    assert "68.27 % CL, 1 dof, Delta chi^2 = 1.00 [0.5, 1.5]" in text
    assert f"95.45 % CL, 1 dof, Delta chi^2 = 4.00 {stored(Curve, 'curve').interval(0.9545)}" in text
    assert EVIL in text


def test_analysis_shows_components_and_free_parameters():
    analysis = toys.gaussian()
    text = shown(replace(analysis, name="<i>"))
    assert text.startswith("<i>: ToyModel, engine surrogate, 12 data points, 3 free parameters, 0 fixed")
    assert all(name in text for name in (*analysis.free_parameters, *(c.name for c in analysis.components)))


@pytest.mark.parametrize("library", ["jinja2", "matplotlib", "PIL", "IPython"])
def test_what_notebooks_show_needs_no(library):
    code = f"import zprimefit.analyses, zprimefit.scans.curve, sys; print('{library}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
