"""Points of an analysis by their names: the defaults, published points of its model, no new physics."""

import math
from collections.abc import Mapping
from typing import Any

from zprimefit.names import unknown_name
from zprimefit.units import format_quantity, read_quantity

NULL = "null"


def named_point(analysis: Any, label: str) -> dict[str, float]:
    """Values of all parameters at ``"defaults"``, at a benchmark of the model, or at ``"null"``, without new physics.

    Raises
    ------
    ValueError
        For another name.
    """
    defaults = {p.name: p.default for p in analysis.parameters}
    if label == "defaults":
        return defaults
    if label == NULL:
        return {**defaults, **analysis.model.no_new_physics}
    if label not in analysis.benchmarks:
        raise ValueError(unknown_name("point", label, ["defaults", NULL, *analysis.benchmarks]))
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
