"""Points of an analysis: by name (defaults, published points of its model, no new physics), or as YAML.

The YAML is that of an analysis file's ``parameters``.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zprimefit.analyses.reading import read_file, read_yaml
from zprimefit.analyses.schema import AnalysisError
from zprimefit.names import shown, unknown_name
from zprimefit.units import format_quantity, read_quantity

NULL = "null"


def named_point(analysis: Any, label: str) -> dict[str, float]:
    """Values of all parameters at ``"defaults"``, at a benchmark of the model, or at ``"null"``, without new physics.

    The name of a YAML file stands for the point in it, see :func:`read_point`.

    Raises
    ------
    ValueError
        For another name.
    """
    if Path(label).suffix in {".yaml", ".yml"}:
        return read_point(analysis, Path(label))
    defaults = {p.name: float(p.default) for p in analysis.parameters}
    if label == "defaults":
        return defaults
    # a model of the user's own need not say what no new physics is
    nothing = getattr(analysis.model, "no_new_physics", None)
    if label == NULL and nothing is not None:
        return {**defaults, **nothing}
    if label not in analysis.benchmarks:
        known = ["defaults", *([] if nothing is None else [NULL]), *analysis.benchmarks]
        raise ValueError(unknown_name("point", label, known))
    return {**defaults, **analysis.benchmarks[label]}


def point_of(analysis: Any, at: str | Mapping[str, Any]) -> dict[str, float]:
    """Values of all parameters, from the name of a point or from some values by name, such as ``"30 MeV"``.

    Raises
    ------
    ValueError
        For another name of a point, or a value that cannot be read.
    KeyError
        For another parameter.
    """
    if isinstance(at, str):
        return named_point(analysis, at)
    given = {name: read_quantity(value, analysis.parameter(name).unit, what=name) for name, value in at.items()}
    return {**named_point(analysis, "defaults"), **given}


def check_bounds(analysis: Any, point: Mapping[str, float], *, except_for: Mapping[str, float]) -> None:
    """Refuse values outside the domain; couplings that are zero without new physics lie outside a logarithmic one.

    Raises
    ------
    ValueError
        For the first value that does.
    """
    for p in analysis.parameters:
        if point[p.name] == except_for.get(p.name, math.nan):
            continue
        if not p.bounds[0] <= point[p.name] <= p.bounds[1]:
            low, high = (format_quantity(b, p.unit) for b in p.bounds)
            given = format_quantity(point[p.name], p.unit)
            msg = f"{p.name}: {given} lies outside its bounds [{low}, {high}]; change it, or the bounds in the file"
            raise ValueError(msg)


def point_yaml(analysis: Any, values: Sequence[float], comment: str = "") -> str:
    """YAML of the free parameters' values (n_free,) [GeV or dimensionless], every digit of them.

    Parameters
    ----------
    comment : one line that stands above.
    """
    lines = [f"# {comment}"] if comment else []
    lines.append("parameters:")
    pairs = zip(analysis.free_parameters, values, strict=True)
    lines += [f"  {name}: {{default: {float(value)!r}}}" for name, value in pairs]
    return "\n".join(lines) + "\n"


def read_point(analysis: Any, path: Path) -> dict[str, float]:
    """Values of all parameters by name, those that a file does not name at their defaults.

    Parameters
    ----------
    path : YAML with ``parameters``, each a value or a mapping with ``default``, such as :func:`point_yaml` writes.

    Raises
    ------
    AnalysisError
        If the file holds something else.
    KeyError
        For an unknown parameter; the message names the nearest.
    ValueError
        For what is no number, or has a wrong unit.
    """
    raw = read_yaml(read_file(path), str(path))
    given = raw.get("parameters") if isinstance(raw, Mapping) else None
    if not isinstance(given, Mapping) or not given:
        msg = f"{path}: expected parameters: {{NAME: VALUE}}, or {{NAME: {{default: VALUE}}}}, got {shown(raw)}"
        raise AnalysisError(msg)
    point = named_point(analysis, "defaults")
    for name, value in given.items():
        parameter = analysis.parameter(str(name))
        if isinstance(value, Mapping):
            # an analysis file may change the bounds of a parameter alone
            value = value.get("default", parameter.default)  # noqa: PLW2901
        point[parameter.name] = read_quantity(value, parameter.unit, what=f"{path}: {parameter.name}")
    return point
