"""Whoever installs this package under its licence can keep to those of all that it imports."""

import re
import tomllib
from importlib.metadata import files, metadata
from pathlib import Path

import pytest

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAMES = {group: [re.split(r"[\[<>=!~ ]", entry)[0] for entry in entries]
         for group, entries in {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}.items()}  # fmt: skip
PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|HPND|ISC|Unlicense|0BSD|Zlib)\b", re.IGNORECASE
)
COPYLEFT = {"getdist": "LGPL"}
"""Optional, imported as it is and not shipped: a lesser copyleft that reaches no further than the library itself."""


def licence(name):
    """What a distribution says of its licence: the expression, the trove classifiers, or the first line of its text."""
    about = metadata(name)
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    # Not by index: where importlib_metadata is installed and imported, a key that is missing is an error.
    return about.get("License-Expression") or "; ".join(classifiers) or about.get("License") or text_of_licence(name)


def text_of_licence(name):
    (path,) = [path for path in files(name) or [] if path.name.startswith("LICENSE")]
    return path.read_text(encoding="utf-8").lstrip().splitlines()[0]


@pytest.mark.parametrize("name", NAMES[""])
def test_licence_of_a_dependency_is_permissive(name):
    assert PERMISSIVE.search(licence(name)), licence(name)


@pytest.mark.parametrize(
    "name", [n for group in ("hmc", "nested", "export", "events", "explore", "cluster") for n in NAMES[group]]
)
def test_licence_of_an_optional_dependency_is_known(name):
    assert PERMISSIVE.search(licence(name)) or COPYLEFT[name] in licence(name), licence(name)
