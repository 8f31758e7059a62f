"""Constraints on parameters and derived quantities: smooth one-sided terms of the likelihood."""

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

import jax.numpy as jnp

from zprimefit.analyses.dimensions import PURE, Dimension, dimension_of
from zprimefit.analyses.expressions import Comparison, Node, constant, constants
from zprimefit.analyses.parsing import read_comparison, read_constant
from zprimefit.likelihoods.component import Params
from zprimefit.names import shown

Width = float | str
Function = Callable[[Params], Any]

RELATIVE_WIDTH: Final = 0.01
"""Width of a constraint that gives none, relative to its bound."""

_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True)
class Constraint:
    """A bound that the likelihood respects softly: -2 ln L = (excess / width)^2 beyond it and 0 inside.

    Parameters
    ----------
    require : comparison of parameters and derived quantities, e.g. ``"m_Hpm > 110 GeV"`` or
        ``"300 < miniboone_events_fhc < 900"``; a chain is several one-sided terms.
    width : excess at which -2 ln L is 1: a number in GeV, s, m or pure as the comparison, a text such as ``"1 MeV"``,
        or one for each comparison of a chain. 1 % of the bound by default, which must be a number other than zero.

    Raises
    ------
    ExpressionError
        If `require` is no comparison; :meth:`resolved` refuses unknown names, mixed dimensions and wrong widths.
    """

    require: str
    width: Width | tuple[Width, ...] | None = None

    def __post_init__(self) -> None:
        given: Any = self.require
        if not isinstance(given, str):
            msg = f"constraint: expected a text such as 'm_Hpm > 110 GeV', got {shown(given)}"
            raise ValueError(msg)  # noqa: TRY004  (one kind of error for everything a file can hold)
        object.__setattr__(self, "require", " ".join(given.split()))
        widths: Any = self.width
        if isinstance(widths, list):
            object.__setattr__(self, "width", tuple(widths))
        # Read now, so that what is wrong is found at the door.
        self.bounds  # noqa: B018

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"constraint: {self.require}"

    @cached_property
    def comparison(self) -> Comparison:
        """What was read."""
        return read_comparison(self.require)

    @cached_property
    def bounds(self) -> tuple["Bound", ...]:
        """The one-sided bounds, numbers on their right."""
        sides = self.comparison.sides
        both = zip(sides[:-1], self.comparison.operators, sides[1:], strict=True)
        return tuple(_bound(self.name, left, operator, right) for left, operator, right in both)

    def resolved(self, units: Mapping[str, str]) -> Self:
        """Return the same with its widths as numbers.

        Parameters
        ----------
        units : unit of every parameter and derived quantity that may be named.

        Raises
        ------
        ExpressionError, ValueError
            For an unknown name, dimensions that do not fit, or a width that is missing or wrong.
        """
        dimension = self.comparison.dimension({name: dimension_of(unit) for name, unit in units.items()})
        given = self.width if isinstance(self.width, tuple) else (self.width,) * len(self.bounds)
        if len(given) != len(self.bounds):
            msg = f"{self.name}: expected one width or {len(self.bounds)}, got {len(given)}"
            raise ValueError(msg)
        widths = tuple(self._width(w, b, dimension) for w, b in zip(given, self.bounds, strict=True))
        return replace(self, width=widths)

    def _width(self, given: object, bound: "Bound", dimension: Dimension) -> float:
        if given is None:
            return self._default_width(bound)
        width, own = read_constant(given) if isinstance(given, str) else (given, PURE)
        if own not in {PURE, dimension}:
            msg = f"{self.name}: width {given!r} is in {own.unit}, but what it limits is {dimension}"
            raise ValueError(msg)
        # Not isfinite: an integer may be too large for a float.
        if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width <= sys.float_info.max:
            msg = f"{self.name}: expected a finite width > 0, got {shown(given)}"
            raise ValueError(msg)
        return float(width)

    def _default_width(self, bound: "Bound") -> float:
        size = math.nan if bound.limit.names() else abs(constant(bound.limit))
        if size > 0:
            return RELATIVE_WIDTH * size
        reason = "a bound of zero" if size == 0 else "a bound that varies"
        msg = f"{self.name}: {reason} needs a width; write {{require: {self.require}, width: ...}}"
        raise ValueError(msg)

    def bind(self, units: Mapping[str, str], functions: Mapping[str, Function]) -> "BoundConstraint":
        """Tie to the units and functions of the named parameters and derived quantities."""
        resolved = self.resolved(units)
        named = {name: functions[name] for name in self.comparison.names()}
        unit = self.comparison.dimension({name: dimension_of(units[name]) for name in named}).unit
        widths: Any = resolved.width
        return BoundConstraint(resolved, named, tuple(widths), unit)


class Bound(NamedTuple):
    """One comparison: value, relation, limit."""

    value: Node
    relation: str
    limit: Node

    def margin(self, values: Mapping[str, Any]) -> Any:
        """By how much it is satisfied; negative beyond the bound."""
        distance = jnp.asarray(self.value.value(values)) - self.limit.value(values)
        return distance if self.relation[0] == ">" else -distance


def _bound(name: str, left: Node, operator: str, right: Node) -> Bound:
    if not (left.names() or right.names()):
        msg = f"{name}: compares two numbers; name a parameter or a derived quantity"
        raise ValueError(msg)
    for side in (left, right):
        for part in constants(side):
            if not math.isfinite(constant(part)):
                what = "bound" if part is side else f"number at position {part.position + 1}"
                msg = f"{name}: expected a finite {what}, got {constant(part)}"
                raise ValueError(msg)
    return Bound(left, operator, right) if left.names() else Bound(right, _FLIPPED[operator], left)


class Found(NamedTuple):
    """One bound at a point: value, relation, limit and width in `unit`, its part of -2 ln L, and whether it holds."""

    require: str
    value: float
    relation: str
    limit: float
    unit: str
    width: float
    penalty: float
    satisfied: bool


@dataclass(frozen=True, eq=False)
class BoundConstraint:
    """A constraint tied to the functions it names: params -> -2 ln L, pure and traceable by JAX.

    Only what the expression names is computed.
    """

    constraint: Constraint
    functions: Mapping[str, Function]
    widths: tuple[float, ...]
    unit: str

    def _values(self, params: Params) -> dict[str, Any]:
        return {name: function(params) for name, function in self.functions.items()}

    def margins(self, params: Params) -> Any:
        """By how much each bound is satisfied (n_bounds,), in the unit of the expression; negative beyond it."""
        values = self._values(params)
        return jnp.stack([bound.margin(values) for bound in self.constraint.bounds])

    def _penalties(self, margins: Any) -> Any:
        # What is no number or infinite is no satisfied bound: the point counts as bad.
        beyond = jnp.where(margins < 0, (margins / jnp.asarray(self.widths)) ** 2, 0.0)
        return jnp.where(jnp.isfinite(margins), beyond, jnp.nan)

    def __call__(self, params: Params) -> Any:
        """-2 ln L."""
        return jnp.sum(self._penalties(self.margins(params)))

    def at(self, params: Params) -> list[Found]:
        """What each bound says at a point."""
        # Arrays: Python's own numbers refuse to divide by zero.
        point = {name: jnp.asarray(value) for name, value in params.items()}
        values, margins = self._values(point), self.margins(point)
        rows = zip(self.constraint.bounds, self.widths, margins, self._penalties(margins), strict=True)
        return [
            Found(
                self.constraint.require,
                float(bound.value.value(values)),
                bound.relation,
                float(bound.limit.value(values)),
                self.unit,
                width,
                float(penalty),
                math.isfinite(margin) and bool(margin >= 0 if bound.relation.endswith("=") else margin > 0),
            )
            for bound, width, margin, penalty in rows
        ]
