"""The documentation says what there is: its examples run, its commands exist, no component is left out."""

import re
from pathlib import Path

import numpy as np
import pytest

import zprimefit
from zprimefit.analyses.catalogue import COMPONENTS
from zprimefit.cli.main import app

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("*/*.md"), DOCS / "gallery" / "commands.txt"])
EXAMPLES = sorted((DOCS / "examples").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_can_be_loaded(path):
    assert zprimefit.load(path).free_parameters


def test_limit_of_the_example_is_its_formula():
    analysis = zprimefit.load(DOCS / "examples" / "limit.yaml")
    params = {p.name: p.default for p in analysis.parameters} | {"m_zprime": 0.4, "g_B": 1e-3}
    assert float(analysis.term("my-limit")(params)) == pytest.approx(2.7055 * 2**4, rel=1e-3)


def test_measurement_of_the_example_is_zero_at_its_centre():
    analysis = zprimefit.load(DOCS / "examples" / "measurement.yaml")
    (component,) = analysis.components
    observation = component.observation
    assert float(observation.minus2lnl(observation.values)) == pytest.approx(0, abs=1e-12)
    assert observation.values[0] == pytest.approx(2.6e-10)
    assert observation.lower[0, 0] == pytest.approx(np.hypot(2.2e-10, 6.2e-10))


def test_model_of_the_example_has_the_moment_of_a_dark_photon():
    model = zprimefit.load(DOCS / "examples" / "model.yaml").model
    light = float(model.delta_a("mu", {"m_zprime": 1e-3, "epsilon": 1e-3}))
    # alpha epsilon^2 / 2 pi for a photon without mass
    assert light == pytest.approx(1e-6 / 137.036 / (2 * np.pi), rel=0.05)


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_component_is_described(name):
    assert f"`{name}`" in (DOCS / "physics" / "likelihood.md").read_text(encoding="utf-8")


def test_commands_of_the_pages_exist():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    used = {
        word
        for page in PAGES
        for word in re.findall(r"(?:^|`)zprimefit ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert used
    assert used - known == set()
