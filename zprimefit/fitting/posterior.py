"""The posterior density of an analysis in internal coordinates, evaluated in batches.

A point outside the prior's support has density zero and its likelihood is not looked at. A likelihood that is no
number there where the prior allows it (NaN, or -2 ln L = -inf) has density zero too, but is counted and kept with
the components at fault; -2 ln L = +inf is an ordinary hard cut.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.coordinates import Coordinates
from zprimefit.numerics.chunks import filled_chunks

MAX_BAD_POINTS_KEPT = 100
"""Bad points kept in full per block and ensemble; all are counted."""
ROUNDING: Final = 1e-12
"""Fraction of a parameter's range that rounding may put it beyond its bound."""


@dataclass(frozen=True)
class BadPoint:
    """A point inside the prior's support where the likelihood is no number.

    Parameters
    ----------
    values : free parameters, in GeV or dimensionless.
    minus2lnl : NaN or -inf.
    components : the components that are at fault.
    """

    values: tuple[float, ...]
    minus2lnl: float
    components: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """Evaluations inside the prior's support, how many of them were no number, and the first of those."""

    evaluations: int = 0
    bad: int = 0
    points: tuple[BadPoint, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        """Return the sum of both."""
        return Tally(self.evaluations + other.evaluations, self.bad + other.bad, self.points + other.points)


@dataclass
class MetBadPoints:
    """What minimisations meet of bad points: all are counted, the first are told with the components at fault.

    Points outside the domain do not count: a line search may look there, along a coordinate that straightens a ridge.

    Parameters
    ----------
    count : since :meth:`begin`.
    tell : who is told.
    """

    count: int = 0
    tell: Callable[[BadPoint], None] | None = None

    def begin(self, tell: Callable[[BadPoint], None]) -> None:
        """Count from zero again, and tell of the first."""
        self.count, self.tell = 0, tell

    def hear(self, points: Sequence["BadPoint"], count: int) -> None:
        """Take what another process met: its first points, of `count`."""
        if self.tell is None:
            return
        for k, point in enumerate(points, start=self.count + 1):
            if k <= MAX_BAD_POINTS_KEPT:
                self.tell(point)
        self.count += count

    def look(self, analysis: Any, values: NDArray[np.float64], minus2lnl: NDArray[np.float64] | float) -> None:
        """Look for them at values (n, n_free) or (n_free,) with -2 ln L (n,) or a number."""
        if self.tell is None or not np.any(bad := np.atleast_1d(is_bad(minus2lnl))):
            return
        totals, points = np.atleast_1d(minus2lnl), np.atleast_2d(values)
        low, high = np.array([p.bounds for p in analysis.free]).T
        slack = ROUNDING * (high - low)
        inside = ((points >= low - slack) & (points <= high + slack)).all(axis=1)
        for i in np.flatnonzero(bad & inside):
            self.count += 1
            if self.count <= MAX_BAD_POINTS_KEPT:
                at_fault = components_at_fault(analysis, points[i])
                self.tell(BadPoint(tuple(map(float, points[i])), float(totals[i]), at_fault))


def check_counts(analysis: Any, counts: Mapping[str, int]) -> None:
    """Refuse to sample an analysis without free parameters, or with settings by name that count nothing.

    Raises
    ------
    ValueError
        With the setting and its value.
    """
    for name, value in counts.items():
        if value < 1:
            msg = f"sample: {name} must be a positive whole number, got {value!r}"
            raise ValueError(msg)
    if not len(analysis.free):
        msg = "sample: the analysis has no free parameter; set free: true for at least one"
        raise ValueError(msg)


class Posterior:
    """ln posterior at internal coordinates, vectorised for emcee.

    Parameters
    ----------
    analysis : anything with free, parameters, shears, minus2lnl_batch and breakdown.
    batch : number of points whose coordinates are worked out at once; smaller sets are padded so that nothing is
        recompiled.
    """

    def __init__(self, analysis: Any, batch: int) -> None:
        self.analysis = analysis
        self.batch = batch
        self.coordinates = Coordinates.of(analysis)
        priors = [p.effective_prior for p in self.coordinates.parameters]
        self._low, self._high = np.array([p.low for p in priors]), np.array([p.high for p in priors])
        self._transform = jax.jit(self._values_and_priors)
        self._evaluations = self._bad = 0
        self._points: list[tuple[NDArray[np.float64], float]] = []

    def _values_and_priors(self, internal: Any) -> tuple[Any, Any, Any]:
        values = self.coordinates.to_values(internal)
        log_prior = self.coordinates.log_prior(values)
        # Points that do not count are told as the nearest ones of the support: they may be no numbers.
        safe = jnp.clip(jnp.nan_to_num(values), self._low, self._high)
        return safe, log_prior, self.coordinates.log_prior_internal(internal)

    def __call__(self, internal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate the density.

        Parameters
        ----------
        internal : (m, n_free) internal coordinates.

        Returns
        -------
        (m, n_free + 3): ln posterior per internal coordinate, values in user's units, ln L, ln prior per user's unit.
        """
        return np.concatenate([self._evaluate(chunk, m) for chunk, m in filled_chunks(internal, self.batch)])

    def _evaluate(self, padded: NDArray[np.float64], m: int) -> NDArray[np.float64]:
        """Rows of the first m of `batch` points."""
        values, log_prior, internal_prior = (np.asarray(a)[:m] for a in self._transform(padded))
        inside = np.isfinite(log_prior) & np.isfinite(internal_prior)
        minus2lnl = np.full(m, np.inf)
        minus2lnl[inside] = self.analysis.minus2lnl_batch(values[inside])
        bad = inside & is_bad(minus2lnl)
        self._count(inside, bad, values, minus2lnl)
        log_likelihood = np.where(inside & ~bad, -0.5 * minus2lnl, -np.inf)
        log_posterior = log_likelihood + np.where(inside, internal_prior, 0.0)
        return np.column_stack([log_posterior, values, log_likelihood, np.where(inside, log_prior, -np.inf)])

    def _count(
        self, inside: NDArray[Any], bad: NDArray[Any], values: NDArray[np.float64], minus2lnl: NDArray[np.float64]
    ) -> None:
        self._evaluations += int(inside.sum())
        self._bad += int(bad.sum())
        room = MAX_BAD_POINTS_KEPT - len(self._points)
        self._points += [(values[i].copy(), float(minus2lnl[i])) for i in np.flatnonzero(bad)[:room]]

    def examine(self, values: NDArray[np.float64]) -> None:
        """Evaluate the likelihood at values (m, n_free) inside the support, only to count where it is no number."""
        minus2lnl = self.analysis.minus2lnl_batch(values)
        self._count(np.ones(len(values), dtype=bool), is_bad(minus2lnl), values, minus2lnl)

    def take_tally(self) -> Tally:
        """Hand over what was counted since the last call, with the components at fault."""
        points = tuple(
            BadPoint(tuple(map(float, values)), total, components_at_fault(self.analysis, values))
            for values, total in self._points
        )
        tally = Tally(self._evaluations, self._bad, points)
        self._evaluations = self._bad = 0
        self._points = []
        return tally


def is_bad(minus2lnl: Any) -> Any:
    """Where -2 ln L is no number: +inf, a hard cut, is one."""
    return np.isnan(minus2lnl) | np.isneginf(minus2lnl)


def components_at_fault(analysis: Any, values: NDArray[np.float64]) -> tuple[str, ...]:
    """Names of the components that are no number at values (n_free,); ``sum`` if none is by itself."""
    parts = analysis.breakdown(values)
    at_fault = tuple(name for name, part in parts.items() if is_bad(part))
    return at_fault or ("sum",)


def bad_points_table(names: Sequence[str], entries: Sequence[tuple[int, int, BadPoint]]) -> str:
    """Write a CSV of bad points.

    Parameters
    ----------
    names : the free parameters.
    entries : (ensemble, step at which the block begins, point).
    """
    stream = StringIO()
    rows = csv.writer(stream, lineterminator="\n")  # names of constraints hold spaces and commas
    rows.writerow(["ensemble", "block_first_step", *names, "minus2lnl", "components"])
    for ensemble, step, point in entries:
        numbers = [repr(v) for v in (*point.values, point.minus2lnl)]
        rows.writerow([ensemble, step, *numbers, "; ".join(point.components)])
    return stream.getvalue()
