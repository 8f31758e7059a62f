"""Expressions of named quantities: their values, pure and traceable by JAX, and their dimensions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, Final, Protocol

import jax
import jax.numpy as jnp

import zprimefit.numerics  # noqa: F401  (double precision)
from zprimefit.analyses.dimensions import PURE, Dimension
from zprimefit.names import shown, unknown_name

Values = Mapping[str, Any]
Dimensions = Mapping[str, Dimension]
Known = Dimension | None
"""Dimension of a part of an expression; None for a zero, which fits any."""

FUNCTIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "abs": jnp.abs,
    "sqrt": jnp.sqrt,
    "log": jnp.log,
    "log10": jnp.log10,
    "exp": jnp.exp,
}
EXTREMES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {"min": jnp.minimum, "max": jnp.maximum}
POWERS: Final = ("**", "^")
LARGEST_WHOLE_POWER: Final = 64


class ExpressionError(ValueError):
    """A text is no comparison of known quantities: one line with the text, the position, and what was expected."""

    def __init__(self, text: str, position: int, problem: str) -> None:
        super().__init__(f"{shown(text)}, position {position + 1}: {problem}")


class Node(Protocol):
    """A part of an expression."""

    @property
    def position(self) -> int:
        """Where it begins in the text, from 0."""
        ...

    def names(self) -> tuple[str, ...]:
        """Names of parameters and quantities in it, in the order of the text."""
        ...

    def value(self, values: Values) -> Any:
        """Value at values of the names, traceable."""
        ...

    def dimension(self, known: Dimensions, text: str) -> Known:
        """Dimension; refuses names that are not known and sums of different dimensions."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number in the units inside the program; `unit_follows` where its unit stands right behind it."""

    number: float
    own: Dimension
    unit_follows: bool
    position: int

    def names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def value(self, values: Values) -> Any:  # noqa: ARG002  (a number depends on nothing)
        """The number."""
        return self.number

    def dimension(self, known: Dimensions, text: str) -> Known:  # noqa: ARG002
        """Its own; a zero without unit fits any."""
        return None if self.number == 0 and not self.unit_follows else self.own


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter or a derived quantity."""

    name: str
    position: int

    def names(self) -> tuple[str, ...]:
        """Itself."""
        return (self.name,)

    def value(self, values: Values) -> Any:
        """Its value."""
        return values[self.name]

    def dimension(self, known: Dimensions, text: str) -> Known:
        """Dimension of the parameter or quantity."""
        if self.name not in known:
            problem = unknown_name("parameter or derived quantity", self.name, list(known))
            raise ExpressionError(text, self.position, problem)
        return known[self.name]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one argument, or the extreme of several; ``-`` is the function that changes the sign."""

    function: str
    arguments: tuple[Node, ...]
    position: int

    def names(self) -> tuple[str, ...]:
        """Names in the arguments."""
        return tuple(name for a in self.arguments for name in a.names())

    def value(self, values: Values) -> Any:
        """The function at the arguments' values."""
        given = [a.value(values) for a in self.arguments]
        if self.function == "-":
            return -given[0]
        if self.function in EXTREMES:
            return reduce(EXTREMES[self.function], given)
        return FUNCTIONS[self.function](given[0])

    def dimension(self, known: Dimensions, text: str) -> Known:
        """Dimension of the result; logarithms and exponentials take pure numbers only."""
        found = [a.dimension(known, text) for a in self.arguments]
        if self.function in EXTREMES:
            return reduce(lambda a, b: _same(a, b, text, self.position, f"{self.function} of"), found)
        own = found[0]
        if self.function in {"-", "abs"} or own is None:
            return own if self.function in {"-", "abs", "sqrt"} else PURE
        if self.function == "sqrt":
            return own.power(Fraction(1, 2))
        if own != PURE:
            raise ExpressionError(text, self.position, f"{self.function} needs a pure number, got {own}")
        return PURE


@dataclass(frozen=True, slots=True)
class Binary:
    """A sum, difference, product, quotient or power."""

    symbol: str
    left: Node
    right: Node
    position: int

    def names(self) -> tuple[str, ...]:
        """Names on both sides."""
        return self.left.names() + self.right.names()

    def value(self, values: Values) -> Any:
        """The operation on both values."""
        left, right = self.left.value(values), self.right.value(values)
        if self.symbol == "+":
            return left + right
        if self.symbol == "-":
            return left - right
        if self.symbol == "*":
            return left * right
        if self.symbol == "/":
            return jnp.divide(left, right)
        # Whole powers keep their derivatives at zero and below.
        whole = isinstance(right, float) and right.is_integer() and abs(right) <= LARGEST_WHOLE_POWER
        return jnp.power(jnp.asarray(left), int(right) if whole else right)

    def dimension(self, known: Dimensions, text: str) -> Known:
        """Dimension of the result."""
        left, right = self.left.dimension(known, text), self.right.dimension(known, text)
        if self.symbol in {"+", "-"}:
            return _same(left, right, text, self.position, "adds" if self.symbol == "+" else "subtracts")
        if self.symbol in POWERS:
            return self._power(left, right, text)
        if left is None:
            return None
        inverse = Fraction(1 if self.symbol == "*" else -1)
        return None if right is None and self.symbol == "*" else left.times((right or PURE).power(inverse))

    def _power(self, base: Known, exponent: Known, text: str) -> Known:
        if exponent not in {None, PURE}:
            raise ExpressionError(text, self.right.position, f"an exponent must be a pure number, got {exponent}")
        if base is None or base == PURE:
            return PURE
        if self.right.names():
            problem = f"{base} to the power of something that varies; the exponent of a quantity with unit is a number"
            raise ExpressionError(text, self.right.position, problem)
        number = constant(self.right)
        if not abs(number) <= LARGEST_WHOLE_POWER:
            problem = f"expected an exponent of {base} between -64 and 64, got {number}"
            raise ExpressionError(text, self.right.position, problem)
        return base.power(Fraction(number).limit_denominator(1000))


def constant(node: Node) -> float:
    """Value of an expression without names; a number even where something else is being traced."""
    with jax.ensure_compile_time_eval():
        return float(node.value({}))


def constants(node: Node) -> Iterator[Node]:
    """The largest parts of an expression that hold no name."""
    if not node.names():
        yield node
    else:
        parts = {Binary: ("left", "right"), Call: ("arguments",)}.get(type(node), ())
        for part in parts:
            found = getattr(node, part)
            for inner in found if isinstance(found, tuple) else (found,):
                yield from constants(inner)


def _same(left: Known, right: Known, text: str, position: int, verb: str) -> Known:
    if left is not None and right is not None and left != right:
        hint = "; give the number its unit, e.g. '110 GeV'" if PURE in {left, right} else ""
        raise ExpressionError(text, position, f"{verb} {left} and {right}{hint}")
    return right if left is None else left


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chain of comparisons in one direction: ``len(operators)`` of them between ``len(operators) + 1`` sides."""

    text: str
    sides: tuple[Node, ...]
    operators: tuple[str, ...]
    positions: tuple[int, ...]

    def names(self) -> tuple[str, ...]:
        """Names of parameters and quantities in it, each once."""
        return tuple(dict.fromkeys(name for side in self.sides for name in side.names()))

    def dimension(self, known: Dimensions) -> Dimension:
        """Dimension of all sides.

        Raises
        ------
        ExpressionError
            For unknown names, and where different dimensions are added or compared.
        """
        found = self.sides[0].dimension(known, self.text)
        for side, position in zip(self.sides[1:], self.positions, strict=True):
            found = _same(found, side.dimension(known, self.text), self.text, position, "compares")
        return PURE if found is None else found
