"""Dimensions of quantities: powers of GeV, second and metre, so that no mass is compared with a pure number."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple, Self

from zprimefit.units import ENERGY_UNITS

BASE: Final = ("GeV", "s", "m")
"""The units inside the program, in the order of a dimension's powers."""


class Dimension(NamedTuple):
    """Powers of GeV, s and m."""

    energy: Fraction = Fraction(0)
    time: Fraction = Fraction(0)
    length: Fraction = Fraction(0)

    def times(self, other: Self) -> "Dimension":
        """Dimension of a product."""
        return Dimension(*(a + b for a, b in zip(self, other, strict=True)))

    def power(self, exponent: Fraction) -> "Dimension":
        """Dimension of a power."""
        return Dimension(*(a * exponent for a in self))

    @property
    def unit(self) -> str:
        """Name of the unit, ``"1"`` for a pure number.

        >>> Dimension(Fraction(2), Fraction(-1)).unit
        'GeV^2 s^-1'
        """
        parts = [name if p == 1 else f"{name}^{p}" for name, p in zip(BASE, self, strict=True) if p]
        return " ".join(parts) or "1"

    def __str__(self) -> str:
        return "a pure number" if self == PURE else self.unit


PURE: Final = Dimension()
_BY_NAME: Final = {name: Dimension(*(Fraction(int(name == b)) for b in BASE)) for name in BASE}
_PURE_NAMES: Final = {"1", "events"}
_POWER: Final = re.compile(r"(?P<name>[A-Za-z]+)\^?(?P<power>-?\d+)?")

UNITS: Final[Mapping[str, tuple[float, Dimension]]] = {
    **{name: (factor, _BY_NAME["GeV"]) for name, factor in ENERGY_UNITS.items()},
    **{name: (factor, _BY_NAME["s"]) for name, factor in (("s", 1.0), ("ns", 1e-9), ("ps", 1e-12), ("fs", 1e-15))},
    **{name: (factor, _BY_NAME["m"]) for name, factor in (("km", 1e3), ("m", 1.0), ("cm", 1e-2), ("mm", 1e-3))},
}
"""Unit that a number can carry -> (factor to GeV, s or m; dimension)."""


def dimension_of(unit: str) -> Dimension:
    """Dimension of a parameter's or a derived quantity's unit.

    Raises
    ------
    ValueError
        For a unit that is no product of powers of GeV, s and m.

    Examples
    --------
    >>> dimension_of("GeV^2").unit, dimension_of("events").unit
    ('GeV^2', '1')
    """
    found = PURE
    for part in unit.split():
        match = _POWER.fullmatch(part)
        if part in _PURE_NAMES:
            continue
        if match is None or match["name"] not in _BY_NAME:
            msg = f"unit {unit!r}: expected powers of {', '.join(BASE)}, '1' or 'events'"
            raise ValueError(msg)
        found = found.times(_BY_NAME[match["name"]].power(Fraction(match["power"] or 1)))
    return found
