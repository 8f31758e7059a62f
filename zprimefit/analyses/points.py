"""A point of an analysis as YAML: the form that an analysis file's ``parameters`` has, and ``eval --at`` takes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zprimefit.analyses.reading import read_file, read_yaml
from zprimefit.analyses.schema import AnalysisError
from zprimefit.names import shown
from zprimefit.units import read_quantity


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
    point = {p.name: float(p.default) for p in analysis.parameters}
    for name, value in given.items():
        parameter = analysis.parameter(str(name))
        if isinstance(value, Mapping):
            # an analysis file may change the bounds of a parameter alone
            value = value.get("default", parameter.default)  # noqa: PLW2901
        point[parameter.name] = read_quantity(value, parameter.unit, what=f"{path}: {parameter.name}")
    return point
