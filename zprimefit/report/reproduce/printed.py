"""A number that a paper prints, beside the same number computed again."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

import pandas as pd

from zprimefit.datasets import read_table

CLOSE: Final = 0.05
"""Relative difference up to which a number outside its interval is called close."""

Pair = tuple[float, float]
"""By the paper's own formula or reading, and as the model has it."""
NOT_TESTABLE: Final[Pair] = (math.nan, math.nan)
P = TypeVar("P")
Parts = Mapping[str, Callable[[P], dict[str, Pair]]]
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Number:
    """One printed number beside ours.

    `interval` is what the printed digits or words stand for: infinite `high` for a claim without an upper end, NaN
    where what it takes to test the claim is not at hand.
    """

    name: str
    printed: str
    interval: Pair
    as_printed: float
    corrected: float
    unit: str
    location: str
    claim: str
    reason: str

    @property
    def relative_difference(self) -> float:
        """(ours - printed) / |printed|; NaN where the paper prints words, a range or zero."""
        try:
            printed = float(self.printed)
        except ValueError:
            return math.nan
        return (self.corrected - printed) / abs(printed) if printed else math.nan

    @property
    def verdict(self) -> str:
        """``reproduced`` within what is printed, ``close`` within 5 % of it, ``differs``, or ``not testable``."""
        low, high = self.interval
        if math.isnan(low):
            return "not testable"
        if low <= self.corrected <= high:
            return "reproduced"
        nearer = low if self.corrected < low else high
        return "close" if abs(self.corrected - nearer) <= CLOSE * abs(nearer) else "differs"


def beside_printed(table: str, found: dict[str, Pair]) -> tuple[Number, ...]:
    """Rows of a table of printed numbers beside what was found for each, in the order of the table."""
    return tuple(
        Number(
            name=row["name"],
            printed=row["printed"],
            interval=(float(row["low"]), float(row["high"])) if row["testable"] == "yes" else NOT_TESTABLE,
            as_printed=found[row["name"]][0],
            corrected=found[row["name"]][1],
            unit=row["unit"],
            location=row["location"],
            claim=row["claim"],
            reason=row["reason"],
        )
        for row in read_table(table).frame.to_dict("records")
    )


def compute(table: str, parts: Parts[P], point: P, tell: Tell | None = None) -> tuple[Number, ...]:
    """Numbers of a table, part by part.

    Parameters
    ----------
    table : of printed numbers.
    parts : label -> what is found at a point, for some of the names.
    point : given to every part.
    tell : called before each part with its number, how many there are, and its label.
    """
    found: dict[str, Pair] = {}
    for i, (label, part) in enumerate(parts.items()):
        if tell is not None:
            tell(i, len(parts), label)
        found |= part(point)
    return beside_printed(table, found)


def number_table(numbers: tuple[Number, ...]) -> pd.DataFrame:
    """One row a number."""
    rows = [{**asdict(n), "relative_difference": n.relative_difference, "verdict": n.verdict} for n in numbers]
    frame = pd.DataFrame(rows)
    frame["low"], frame["high"] = zip(*frame.pop("interval"), strict=True)
    return frame


def number_json(numbers: tuple[Number, ...]) -> str:
    """Printed numbers as JSON: name, printed, as_printed, corrected, unit, difference, verdict, reason, place."""
    keys = (
        "name",
        "printed",
        "as_printed",
        "corrected",
        "unit",
        "relative_difference",
        "verdict",
        "reason",
        "location",
    )
    rows = [{key: _or_none(getattr(n, key)) for key in keys} for n in numbers]
    return json.dumps(rows, indent=2, allow_nan=False)


def _or_none(value: str | float) -> str | float | None:
    return value if isinstance(value, str) or math.isfinite(value) else None


def _percent(difference: float) -> str:
    """Relative difference; beyond a factor of ten its order of magnitude."""
    if math.isnan(difference):
        return ""
    return f"{100 * difference:+.2f} %" if abs(difference) < 9 else f"x {1 + difference:.1e}"


def number_text(numbers: tuple[Number, ...]) -> str:
    """Printed numbers as a table for people: by the paper's own formula and by the corrected one."""
    head = f"{'number':<28}{'printed':>15}{'as-printed':>13}{'corrected':>13} {'unit':<7}{'rel. diff.':>11}  verdict"
    lines = [head, "    where: claim. reason"]
    for n in numbers:
        difference = _percent(n.relative_difference)
        values = f"{n.printed:>15}{n.as_printed:>13.4g}{n.corrected:>13.4g}"
        lines.append(f"{n.name:<28}{values} {n.unit:<7}{difference:>11}  {n.verdict}")
        lines.append(f"    {n.location}: {n.claim}. {n.reason}")
    return "\n".join(lines)
