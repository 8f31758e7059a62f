"""Quantities with units, read at the door: inside, everything is in GeV or dimensionless."""

import math
import re
from typing import Final

from zprimefit.names import shown

ENERGY_UNITS: Final = {"eV": 1e-9, "keV": 1e-6, "MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}
"""Unit -> GeV."""

# Without a way back (++, *+): refusing takes a time that does not grow with the square of the text's length.
_QUANTITY = re.compile(r"\s*+([-+]?(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?)\s*+([A-Za-z]*+)\s*+", re.ASCII)


def read_quantity(value: object, unit: str, *, what: str) -> float:
    """Read a number or a string such as ``"30 MeV"`` into GeV or a pure number.

    Parameters
    ----------
    value : a number (taken to be in `unit` already) or a string with an optional unit.
    unit : ``"GeV"`` or ``"1"``, the unit inside the program.
    what : the name of the quantity, for messages.

    Raises
    ------
    ValueError
        If the text is no number, the number is not finite, or the unit does not fit.

    Examples
    --------
    >>> read_quantity("30 MeV", "GeV", what="m_zprime")
    0.03
    >>> read_quantity(3e-4, "1", what="g_B")
    0.0003
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        msg = f"{what}: expected a number in {_name(unit)} or a text such as '30 MeV', got {shown(value)}"
        raise ValueError(msg)  # noqa: TRY004  (one kind of error for everything a file can hold)
    if isinstance(value, str):
        match = _QUANTITY.fullmatch(value)
        if match is None:
            msg = f"{what}: cannot read {shown(value)} as a number in {_name(unit)}"
            raise ValueError(msg)
        number = float(match[1]) * _factor(match[2], unit, what=what, text=value)
    else:
        number = _float(value)
    if not math.isfinite(number):
        msg = f"{what}: expected a finite number, got {shown(value)}"
        raise ValueError(msg)
    return number


def _float(value: float) -> float:
    """An integer may be too large for a float."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _factor(given: str, unit: str, *, what: str, text: str) -> float:
    if not given:
        return 1.0
    if unit == "1":
        msg = f"{what}: is dimensionless, but {shown(text)} carries the unit {shown(given)}; drop the unit"
        raise ValueError(msg)
    if given not in ENERGY_UNITS:
        msg = f"{what}: unknown unit {shown(given)} in {shown(text)}; known: {', '.join(ENERGY_UNITS)}"
        raise ValueError(msg)
    return ENERGY_UNITS[given]


def _name(unit: str) -> str:
    return "pure numbers" if unit == "1" else unit


def format_quantity(value: float, unit: str, *, digits: int = 4) -> str:
    """Write a value for people: GeV quantities below 1 GeV in MeV, below 1 MeV in keV.

    >>> format_quantity(0.0234567, "GeV")
    '23.46 MeV'
    """
    if unit != "GeV":
        return f"{value:.{digits}g}"
    for name, factor in (("GeV", 1.0), ("MeV", 1e-3), ("keV", 1e-6)):
        if abs(value) >= factor:
            return f"{value / factor:.{digits}g} {name}"
    return f"{value:.{digits}g} GeV"
