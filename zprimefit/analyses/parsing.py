"""The language of constraints, such as ``abs(lambda_5) < sqrt(4 * pi)``: a parser that runs no code.

Grammar, loosest first::

    comparison = sum , { ("<" | ">" | "<=" | ">=") , sum }
    sum        = product , { ("+" | "-") , product }
    product    = sign , { ("*" | "/") , sign }
    sign       = ("-" | "+") , sign | power
    power      = atom , [ ("**" | "^") , sign ]
    atom       = number , [ unit ] | name | function , "(" , sum , { "," , sum } , ")" | "(" , sum , ")"

Numbers without unit are pure; the constant is ``pi``.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NoReturn

from zprimefit.analyses.dimensions import PURE, UNITS, Dimension
from zprimefit.analyses.expressions import (
    EXTREMES,
    FUNCTIONS,
    POWERS,
    Binary,
    Call,
    Comparison,
    ExpressionError,
    Name,
    Node,
    Number,
    constant,
)
from zprimefit.names import unknown_name

CONSTANTS: Final = {"pi": math.pi}
COMPARISONS: Final = ("<", ">", "<=", ">=")
LONGEST: Final = 200
"""Tokens of a text: more is a mistake, and would nest deeper than Python calls."""
_TOKEN: Final = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<symbol>\*\*|<=|>=|[-+*/^(),<>])"
    r"|(?P<space>\s+)",
    re.ASCII,
)


def read_comparison(text: str) -> Comparison:
    """Read a comparison.

    Raises
    ------
    ExpressionError
        If it is none.
    """
    parser = _Parser(text)
    sides: list[Node] = [parser.sum()]
    operators: list[str] = []
    positions: list[int] = []
    while parser.next in COMPARISONS:
        positions.append(parser.position)
        operators.append(parser.take())
        sides.append(parser.sum())
        if operators[-1][0] != operators[0][0]:
            problem = f"a chain of comparisons runs in one direction, expected {operators[0][0]}"
            raise ExpressionError(text, positions[-1], problem)
    if not operators:
        parser.refuse(f"expected one of {' '.join(COMPARISONS)}")
    parser.end()
    return Comparison(text, tuple(sides), tuple(operators), tuple(positions))


def read_constant(text: str) -> tuple[float, Dimension]:
    """Value and dimension of an expression without names, such as ``"1 MeV"``.

    Raises
    ------
    ExpressionError
        If it is none.
    """
    parser = _Parser(text)
    node = parser.sum()
    parser.end()
    dimension = node.dimension({}, text)
    return constant(node), PURE if dimension is None else dimension


class _Parser:
    """Recursive descent over the tokens of a text: one method per rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = list(self._split())
        self._at = 0

    def _split(self) -> Sequence[tuple[str, str, int]]:
        tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(self.text):
            match = _TOKEN.match(self.text, at)
            if match is None:
                problem = f"expected a number, a name, an operator or a parenthesis, found {self.text[at]!r}"
                raise ExpressionError(self.text, at, problem)
            kind = str(match.lastgroup)
            if kind != "space":
                tokens.append((kind, match[0], at))
            at = match.end()
        if len(tokens) > LONGEST:
            raise ExpressionError(self.text, tokens[LONGEST][2], f"expected at most {LONGEST} numbers, names and signs")
        return [*tokens, ("end", "", len(self.text))]

    @property
    def _kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def next(self) -> str:
        """The next token."""
        return self._tokens[self._at][1]

    @property
    def position(self) -> int:
        """Where it begins."""
        return self._tokens[self._at][2]

    def take(self) -> str:
        """Return the next token and go on."""
        self._at += 1
        return self._tokens[self._at - 1][1]

    def refuse(self, expected: str) -> NoReturn:
        """Say what was expected at the next token."""
        found = repr(self.next) if self.next else "the end"
        raise ExpressionError(self.text, self.position, f"{expected}, found {found}")

    def end(self) -> None:
        """Refuse what is left."""
        if self._kind != "end":
            self.refuse("expected an operator or the end")

    def sum(self) -> Node:
        """Sum of products."""
        try:
            return self._chain(("+", "-"), self._product)
        except RecursionError:
            raise ExpressionError(self.text, self.position, "expected fewer parentheses inside each other") from None

    def _product(self) -> Node:
        return self._chain(("*", "/"), self._sign)

    def _chain(self, symbols: Sequence[str], part: Callable[[], Node]) -> Node:
        node = part()
        while self.next in symbols:
            position, symbol = self.position, self.take()
            node = Binary(symbol, node, part(), position)
        return node

    def _sign(self) -> Node:
        position = self.position
        if self.next == "-":
            self.take()
            return Call("-", (self._sign(),), position)
        if self.next == "+":
            self.take()
            return self._sign()
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if self.next not in POWERS:
            return base
        if isinstance(base, Number) and base.unit_follows:
            self.refuse("a power of a number with unit can be read in two ways; put the number in parentheses")
        position, symbol = self.position, self.take()
        return Binary(symbol, base, self._sign(), position)

    def _atom(self) -> Node:
        kind, position = self._kind, self.position
        if kind == "number":
            return self._number(position)
        if kind == "name":
            name = self.take()
            if name in FUNCTIONS or name in EXTREMES:
                return self._call(name, position)
            if self.next == "(":
                known = [*FUNCTIONS, *EXTREMES]
                raise ExpressionError(self.text, position, unknown_name("function", name, known))
            return Number(CONSTANTS[name], PURE, False, position) if name in CONSTANTS else Name(name, position)
        if self.next != "(":
            self.refuse("expected a number, a name or '('")
        self.take()
        node = self.sum()
        self._expect(")")
        return replace(node, unit_follows=False) if isinstance(node, Number) else node

    def _number(self, position: int) -> Node:
        number = float(self.take())
        if self._kind == "name" and self.next in UNITS:
            factor, dimension = UNITS[self.take()]
            return Number(number * factor, dimension, True, position)
        if self._kind == "name":
            self.refuse(f"expected a unit ({', '.join(UNITS)}) or an operator after the number")
        return Number(number, PURE, False, position)

    def _call(self, name: str, position: int) -> Node:
        self._expect("(")
        arguments = [self.sum()]
        while self.next == ",":
            self.take()
            arguments.append(self.sum())
        self._expect(")")
        if (name in EXTREMES) != (len(arguments) > 1):
            wanted = "at least two arguments" if name in EXTREMES else "one argument"
            raise ExpressionError(self.text, position, f"{name} takes {wanted}, got {len(arguments)}")
        return Call(name, tuple(arguments), position)

    def _expect(self, symbol: str) -> None:
        if self.next != symbol:
            self.refuse(f"expected {symbol!r}")
        self.take()
