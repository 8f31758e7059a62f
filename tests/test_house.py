"""Rules of the house, read off the sources."""

import ast
import io
import re
import tokenize
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "zprimefit"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}

STACK = (
    "cli", "report", "scans", "fitting", "analyses", "likelihoods", "models", "datasets", "plots", "numerics",
)  # fmt: skip
GROUND = {"parameters", "priors", "quantities", "units", "constants", "files", "markup", "names", "sources"}
"""Modules below all rooms."""
DOORS = {"__init__", "__main__"}
"""Modules above them: `import zprimefit` and `python -m zprimefit`."""
PHYSICS = {"analyses", "likelihoods", "models", "datasets"}
BENCHMARKS = {"z2hdm_table1", "blsm_benchmark", "oscillation_parameters"}
"""What a model may read: published points of its own parameters."""
PICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def label(path):
    return path.relative_to(ROOT).as_posix()


def imports(tree):
    """(module, names) of every import in a file, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), tuple(alias.name for alias in node.names)


def rooms_of(module, names):
    """Rooms that an import reaches into: 'zprimefit' stands for the front door."""
    parts = module.split(".")
    if parts[0] != "zprimefit":
        return set()
    if len(parts) > 1:
        return {parts[1]}
    return {name if name in {*STACK, *GROUND} else "zprimefit" for name in names} or {"zprimefit"}


def room(path):
    inside = path.relative_to(PACKAGE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def reached(path):
    return {r for module, names in imports(TREES[path]) for r in rooms_of(module, names)}


def test_every_module_has_a_known_place():
    assert {room(path) for path in SOURCES} == {*STACK, *GROUND, *DOORS}


@pytest.mark.parametrize("name", STACK)
def test_room_imports_only_from_rooms_below(name):
    allowed = {*STACK[STACK.index(name) :], *GROUND} | ({"zprimefit"} if name == "cli" else set())
    wrong = {label(p): sorted(reached(p) - allowed) for p in SOURCES if room(p) == name and reached(p) - allowed}
    assert wrong == {}


def test_main_module_is_the_command_line():
    assert reached(PACKAGE / "__main__.py") == {"cli"}


def test_ground_imports_only_ground():
    wrong = {label(p): sorted(reached(p) - GROUND) for p in SOURCES if room(p) in GROUND and reached(p) - GROUND}
    assert wrong == {}


def test_fitting_knows_no_physics():
    wrong = {label(p): sorted(reached(p) & PHYSICS) for p in SOURCES if room(p) == "fitting" and reached(p) & PHYSICS}
    assert wrong == {}


def test_plots_know_no_physics():
    found = {r for p in SOURCES if room(p) == "plots" for r in reached(p)}
    assert found <= {"plots", "files", "names", "units"}


def test_numerics_are_mathematics_only():
    assert {r for p in SOURCES if room(p) == "numerics" for r in reached(p)} <= {"numerics"}


def test_models_read_no_data_but_their_published_points():
    found = {
        (label(path), name)
        for path in SOURCES
        if room(path) == "models"
        for module, names in imports(TREES[path])
        if "datasets" in rooms_of(module, names)
        for name in names or (module,)
    }
    assert {name for _, name in found} <= BENCHMARKS
    assert all(path.startswith(("zprimefit/models/z2hdm/", "zprimefit/models/blsm/")) for path, _ in found)


def test_imports_are_absolute_and_name_what_they_import():
    wrong = [
        f"{label(path)}: from {module} import {', '.join(names)}"
        for path, tree in TREES.items()
        for module, names in imports(tree)
        if module.startswith(".") or "*" in names
    ]
    assert wrong == []


def test_nothing_is_pickled():
    imported = [
        f"{label(path)}: {module}"
        for path, tree in TREES.items()
        for module, _ in imports(tree)
        if module.split(".")[0] in PICKLERS
    ]
    called = [
        f"{label(path)}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"to_pickle", "read_pickle"})
        or (isinstance(node, ast.keyword) and node.arg == "allow_pickle" and getattr(node.value, "value", True))
    ]
    assert imported + called == []


def test_nothing_global_is_rebound():
    wrong = [
        f"{label(path)}:{node.lineno}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Global)
    ]
    assert wrong == []


def significant_digits(literal):
    mantissa = re.split("[ej]", literal.lower().replace("_", ""))[0]
    return len(mantissa.replace(".", "").strip("0"))


def test_physical_numbers_live_in_constants_and_datasets():
    wrong = [
        f"{label(path)}:{token.start[0]}: {token.string}"
        for path in SOURCES
        if room(path) in {"models", "likelihoods"}
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        if token.type == tokenize.NUMBER and significant_digits(token.string) > 4
    ]
    assert wrong == []


def public(body, prefix=""):
    """Public functions and classes of a module, and the public methods of those classes."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield f"{prefix}{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, f"{prefix}{node.name}.")


def test_everything_public_has_a_docstring():
    without = [
        f"{label(path)}: {name}"
        for path, tree in TREES.items()
        for name, node in public(tree.body)
        if not ast.get_docstring(node)
    ]
    without += [label(path) for path, tree in TREES.items() if not ast.get_docstring(tree)]
    assert without == []


def test_no_file_is_longer_than_400_lines():
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py")]
    lengths = {label(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: n for name, n in lengths.items() if n > 400} == {}


def test_top_entry_of_the_changelog_is_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    entries = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert entries[0] == version


def test_version_of_the_citation_is_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    cited = re.findall(r"^version: *\"?([^\"\s]+)", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited in ([], [version])
