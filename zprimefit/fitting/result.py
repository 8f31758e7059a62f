"""What a fit found: the frozen record that is printed, stored and handed to profiles and samplers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from zprimefit.fitting.encoding import (
    number,
    numbers,
    read_document,
    read_fields,
    read_number,
    read_numbers,
    reading,
    write_document,
)
from zprimefit.fitting.intervals import CL, DELTA_CHI2, Interval
from zprimefit.fitting.objective import Array
from zprimefit.fitting.probabilities import p_value
from zprimefit.fitting.status import Side, Status
from zprimefit.markup import paragraph, points
from zprimefit.markup import table as html_table
from zprimefit.names import shown, unknown_name
from zprimefit.units import format_quantity

SCHEMA: Final = 1


@dataclass(frozen=True, eq=False)
class Start:
    """One start of the minimiser: where it began and where it ended, values (n_free,)."""

    start: Array
    values: Array
    fval: float
    status: Status
    n_calls: int


@dataclass(frozen=True, eq=False)
class Minimum:
    """A minimum: values (n_free,), -2 ln L, status, and how many starts ended in it."""

    values: Array
    fval: float
    status: Status
    n_starts: int


@dataclass(frozen=True, eq=False)
class Fit:
    """Best fit of an analysis.

    Parameters
    ----------
    name : of the analysis.
    parameters, units : names of the free parameters and their units (``"GeV"`` or ``"1"``).
    values : best fit (n_free,), inside the domain.
    fval : -2 ln L there, of the analysis itself.
    breakdown : component -> -2 ln L.
    status : see :class:`Status`.
    edm : estimated distance of fval to the minimum.
    messages : what a reader must know, one sentence each.
    minima : distinct minima, deepest first; the first is the best fit.
    starts : every start's outcome; the first start is the defaults.
    covariance : (n_free, n_free) in the internal coordinates of `Coordinates.of(analysis)`, from HESSE; zero rows and
        columns for coordinates that cannot move: flat ones, and those held by a bound.
    errors : symmetric errors (n_free,) in the user's units, from HESSE; NaN where there is none.
    intervals : name -> interval of 68.27 % CL (1 dof); empty without MINOS.
    at_limit : name -> ``"lower"`` or ``"upper"`` for parameters that a bound holds.
    unconstrained : names of the flat coordinates, which are held at their defaults or moved only for a pivot's sake.
    null_directions : (n_null, n_free) further directions that change nothing, normalised, in internal coordinates in
        units of their boxes.
    n_data : data points.
    n_calls, n_bad : evaluations, and those without a finite answer.
    seed : of the starts.
    chi2 : at the best fit: fval, less what is no chi^2 in it. NaN in fits that were stored before it was known.
    """

    name: str
    parameters: tuple[str, ...]
    units: tuple[str, ...]
    values: Array
    fval: float
    breakdown: Mapping[str, float]
    status: Status
    edm: float
    messages: tuple[str, ...]
    minima: tuple[Minimum, ...]
    starts: tuple[Start, ...]
    covariance: Array
    errors: Array
    intervals: Mapping[str, Interval]
    at_limit: Mapping[str, str]
    unconstrained: tuple[str, ...]
    null_directions: Array
    n_data: int
    n_calls: int
    n_bad: int
    seed: int
    chi2: float = float("nan")

    @property
    def n_null(self) -> int:
        """Number of null directions."""
        return len(self.null_directions)

    @property
    def n_free(self) -> int:
        """Number of directions that the likelihood constrains or a bound stops."""
        return len(self.parameters) - len(self.unconstrained) - self.n_null

    @property
    def ndof(self) -> int:
        """Degrees of freedom: data points minus constrained directions."""
        return self.n_data - self.n_free

    @property
    def p_value(self) -> float:
        """Probability of a larger chi^2; NaN without degrees of freedom, or where the chi^2 is not known."""
        return p_value(self.chi2, self.ndof)

    @property
    def best(self) -> dict[str, float]:
        """Best fit by name, in GeV or dimensionless."""
        return dict(zip(self.parameters, map(float, self.values), strict=True))

    def interval(self, name: str) -> Interval:
        """Return the interval of one parameter.

        Raises
        ------
        KeyError
            If there is none.
        """
        if name not in self.intervals:
            raise KeyError(unknown_name("interval of parameter", name, list(self.intervals)))
        return self.intervals[name]

    def to_frame(self) -> pd.DataFrame:
        """One row a parameter: unit, value, error, interval with its statuses, CL and degrees of freedom."""
        rows = []
        for name, unit, value, error in zip(self.parameters, self.units, self.values, self.errors, strict=True):
            interval = self.intervals.get(name)
            ends = (interval.low, interval.high) if interval else (np.nan, np.nan)
            sides = (str(interval.low_status), str(interval.high_status)) if interval else ("", "")
            rows.append((name, unit, value, error, *ends, *sides, CL, 1))
        columns = ["parameter", "unit", "value", "error", "low", "high", "low_status", "high_status", "cl", "dof"]
        return pd.DataFrame(rows, columns=pd.Index(columns)).set_index("parameter")

    def __str__(self) -> str:
        """Compact table."""
        table = [self._heads(), *(self._row(i) for i in range(len(self.parameters)))]
        widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
        lines = ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in table]
        return "\n".join([*self._said(), *lines, *(f"- {message}" for message in self.messages)])

    def _repr_html_(self) -> str:
        """Show the same in notebooks."""
        rows = [self._row(i) for i in range(len(self.parameters))]
        said = "".join(map(paragraph, self._said()))
        return said + html_table("best fit", self._heads(), rows) + points(self.messages)

    def _said(self) -> list[str]:
        """Lines above the table."""
        p = "" if np.isnan(self.p_value) else f", p = {self.p_value:.3g}"
        more = self.chi2 != self.fval and np.isfinite(self.chi2)
        chi2 = f", chi^2 = {self.chi2:.6g}" if more else ""
        converged = sum(s.status.usable for s in self.starts)
        depths = f"{len(self.minima)} at " + (
            ", ".join(dict.fromkeys(f"{m.fval:.6g}" for m in self.minima[:8])) or "none"
        )
        counted = f"{self.n_data} data - {self.n_free} free = {self.ndof} dof"
        head = [
            f"{self.name}: -2 ln L = {self.fval:.6g}{chi2}, {counted}{p}",
            f"status {self.status}, edm {self.edm:.1e}, {self.n_calls} evaluations ({self.n_bad} not finite)",
            f"{len(self.starts)} starts ({converged} converged; seed {self.seed}), minima: {depths}",
        ]
        parts = ", ".join(f"{name} {value:.6g}" for name, value in self.breakdown.items())
        if parts:
            head.append(f"-2 ln L by component: {parts}")
        return head

    @staticmethod
    def _heads() -> tuple[str, ...]:
        title = f"interval ({100 * CL:.2f} % CL, 1 dof, Delta chi^2 = {DELTA_CHI2:.2f})"
        return "parameter", "best fit", "HESSE error", title, "lower/upper"

    def _row(self, i: int) -> tuple[str, ...]:
        name, unit, error = self.parameters[i], self.units[i], float(self.errors[i])
        interval = self.intervals.get(name)
        return (
            name,
            format_quantity(float(self.values[i]), unit),
            "none" if np.isnan(error) else format_quantity(error, unit, digits=3),
            "not computed" if interval is None else str(interval),
            "" if interval is None else f"{interval.low_status}/{interval.high_status}",
        )

    # -- storage --------------------------------------------------------------------------------------------------

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        content: dict[str, Any] = {
            **{key: getattr(self, key) for key in _PLAIN},
            "breakdown": {k: number(v) for k, v in self.breakdown.items()},
            "fval": number(self.fval),
            "chi2": number(self.chi2),
            "edm": number(self.edm),
            **{key: numbers(getattr(self, key)) for key in ("values", "covariance", "errors", "null_directions")},
            "minima": [_store(m) for m in self.minima],
            "starts": [_store(s) for s in self.starts],
            "intervals": {name: store_interval(i) for name, i in self.intervals.items()},
            "at_limit": dict(self.at_limit),
        }
        return write_document("fit", SCHEMA, content)

    @classmethod
    @reading("fit")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d = read_document(text, "fit", SCHEMA)
        n = len(d["parameters"])
        plain = read_fields(cls, d, (*_PLAIN, "at_limit"))
        if not len(plain["parameters"]) == len(plain["units"]) == len(set(plain["parameters"])):
            msg = f"expected a unit for each of the parameters, got {shown(d['units'])} for {shown(d['parameters'])}"
            raise ValueError(msg)
        return cls(
            **plain,
            fval=read_number(d["fval"]),
            chi2=read_number(d.get("chi2")),
            edm=read_number(d["edm"]),
            values=read_numbers(d["values"], (n,)),
            covariance=read_numbers(d["covariance"], (n, n)),
            null_directions=read_numbers(d["null_directions"], (len(d["null_directions"]), n)),
            errors=read_numbers(d["errors"], (n,)),
            breakdown={k: read_number(v) for k, v in d["breakdown"].items()},
            minima=tuple(Minimum(**_restore(m)) for m in d["minima"]),
            starts=tuple(Start(**_restore(s)) for s in d["starts"]),
            intervals={name: read_interval(i) for name, i in d["intervals"].items()},
        )


_PLAIN: Final = (
    *("name", "parameters", "units", "status", "messages", "unconstrained"),
    *("n_data", "n_calls", "n_bad", "seed"),
)


def _store(record: Start | Minimum) -> dict[str, Any]:
    arrays = {k: numbers(v) for k, v in vars(record).items() if isinstance(v, np.ndarray)}
    return {**vars(record), **arrays, "fval": number(record.fval)}


def _restore(stored: dict[str, Any]) -> dict[str, Any]:
    keys = [key for key in ("start", "values") if key in stored]
    arrays: dict[str, Any] = {key: read_numbers(stored[key], (len(stored[key]),)) for key in keys}
    return {**stored, **arrays, "fval": read_number(stored["fval"]), "status": Status(stored["status"])}


def store_interval(interval: Interval) -> dict[str, Any]:
    """Interval -> JSON."""
    stored = {key: getattr(interval, key) for key in Interval.__dataclass_fields__}
    return {**stored, "low": number(interval.low), "high": number(interval.high)}


def read_interval(stored: Mapping[str, Any]) -> Interval:
    """JSON -> interval."""
    ends = {"low": read_number(stored["low"]), "high": read_number(stored["high"])}
    sides = {"low_status": Side(stored["low_status"]), "high_status": Side(stored["high_status"])}
    return Interval(**{**stored, **ends, **sides})
