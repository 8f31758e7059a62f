"""Results in words: what a figure shows for those who do not see it, and numbers as people read them."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from zprimefit.analyses import Analysis
from zprimefit.fitting.bayes_factor import BayesFactor
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.fitting.intervals import Interval
from zprimefit.fitting.probabilities import significance
from zprimefit.fitting.status import Side, Status
from zprimefit.scans.calibration import Calibration
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.toy_record import Toys
from zprimefit.units import format_quantity

LEVELS: Final = (0.6827, 0.9545)
STATUS: Final = {
    Status.OK: "converged inside the domain",
    Status.AT_LIMIT: "converged with a parameter held by its bound; its interval is one-sided",
    Status.APPROXIMATE: "converged, but the covariance is singular or had to be forced positive: errors are rough",
    Status.NOT_CONVERGED: "not converged: the estimated distance to the minimum stayed too large, or calls ran out",
    Status.NAN: "-2 ln L or its gradient is not finite there",
    Status.INTERPOLATED: "not minimised: between points of a refined scan",
}
SIDE: Final = {
    Side.AT_LIMIT: "Δχ² stays below the threshold up to the {side} bound",
    Side.UNCONSTRAINED: "no {side} end: the likelihood does not depend on the parameter alone",
    Side.NEW_MINIMUM: "a deeper minimum was met on the way to the {side} end",
    Side.OPEN: "the curve ends before the {side} end",
    Side.FAILED: "no finite profile likelihood on the way to the {side} end",
}


def number(value: float, digits: int = 4) -> str:
    """A number of a table; empty where it is none.

    >>> number(20.40999), number(float("nan"))
    ('20.41', '')
    """
    return "" if math.isnan(value) else f"{value:.{digits}g}"


def depth(value: float) -> str:
    """-2 ln L, or a difference of two, to 1e-4: a minimiser knows no better. Empty where it is none.

    >>> depth(20.409991), depth(2.6e-15), depth(-3e-16)
    ('20.41', '0', '0')
    """
    return "" if math.isnan(value) else f"{round(value, 4) + 0.0:.6g}"


def percent(cl: float) -> str:
    """A confidence level.

    >>> percent(0.6827)
    '68.27 %'
    """
    return f"{100 * cl:.2f} %"


def probability(p: float) -> str:
    """A p-value with its standard deviations."""
    return f"p = {p:.3g} ({significance(p):.2f} sigma, two-sided)"


def level(cl: float, dof: int, threshold: float) -> str:
    """What a region is of, never a bare sigma.

    >>> level(0.6827, 2, 2.2958)
    '68.27 % CL, 2 dof, Δχ² = 2.30'
    """
    return f"{percent(cl)} CL, {dof} dof, Δχ² = {threshold:.2f}"


def regions(found: Sequence[Interval]) -> str:
    """Regions of a parameter; brackets are round where no threshold was crossed."""
    return " and ".join(map(str, found)) or "nowhere on the curve"


def counted(n: int, one: str) -> str:
    """A number of things.

    >>> counted(1, "start"), counted(2, "start")
    ('1 start', '2 starts')
    """
    return f"{n} {one}" if n == 1 else f"{n} {one}s"


def bayes_in_words(factor: BayesFactor) -> str:
    """Bayes factor with its error, its grade and for whom."""
    return f"ln B = {factor.log:.2f} ± {factor.error:.2f}: {factor.verdict}"


def curve_in_words(curve: Curve) -> str:
    """What is seen on the figure of a profile."""
    low, high = (format_quantity(float(end), curve.unit) for end in (curve.grid[0], curve.grid[-1]))
    others = [name for name in curve.parameters if name != curve.name]
    head = (
        f"Curve of Δχ² against {curve.name} from {low} to {high}, {counted(len(curve.grid), 'point')}, profiled over "
        f"{', '.join(others) or 'nothing else'}; least at {format_quantity(curve.best, curve.unit)}, where "
        f"-2 ln L = {depth(curve.best_fval)}."
    )
    told = [head]
    for cl in LEVELS:
        found = curve.intervals(cl)
        threshold = f"{level(cl, 1, found[0].delta_chi2)}" if found else f"{percent(cl)} CL, 1 dof"
        told.append(f"{threshold}: {regions(found)}.")
    delta = curve.delta[np.isfinite(curve.delta)]
    if delta.size:
        told.append(f"Δχ² reaches {delta.max():.4g}.")
    return " ".join(told)


def contour_in_words(contour: Contour) -> str:
    """What is seen on the figure of a scan."""
    x, y = contour.names
    best = " and ".join(
        f"{name} = {format_quantity(value, unit)}"
        for name, value, unit in zip(contour.names, contour.best, contour.units, strict=True)
    )
    told = [
        f"Regions of {x} (horizontal) and {y} (vertical); best fit at {best}, -2 ln L = {depth(contour.best_fval)}."
    ]
    for cl, threshold in zip(LEVELS, contour.levels(LEVELS), strict=True):
        told.append(f"{level(cl, 2, threshold)}: {_extent(contour, cl)}.")
    return " ".join(told)


def _extent(contour: Contour, cl: float) -> str:
    lines = contour.contours(cl)
    if not lines:
        return "nowhere on the grid"
    points = np.concatenate(lines)
    spans = [
        f"{name} from {format_quantity(float(column.min()), unit)} to {format_quantity(float(column.max()), unit)}"
        for name, unit, column in zip(contour.names, contour.units, points.T, strict=True)
    ]
    return f"{' and '.join(spans)}, in {counted(len(lines), 'closed line')}"


def corner_in_words(chain: Chain, summary: pd.DataFrame) -> str:
    """What is seen on a corner plot."""
    told = (
        f"Corner plot: marginal distributions of {counted(len(chain.names), 'parameter')} and of every pair of them, "
        f"with regions of {percent(LEVELS[0])} and {percent(LEVELS[1])} probability; convergence: {chain.verdict}. "
        f"Medians with central intervals of {percent(LEVELS[0])}:"
    )
    each = []
    for name, row in summary.iterrows():
        median, low, high = (format_quantity(float(row[q]), str(row["unit"])) for q in ("median", "low68", "high68"))
        each.append(f"{name} {median} [{low}, {high}]")
    return f"{told} {'; '.join(each)}."


def nested_in_words(found: Evidence) -> str:
    """What is seen on a corner plot of nested sampling."""
    return (
        f"Corner plot by nested sampling: marginal distributions of {counted(len(found.parameters), 'parameter')} and "
        f"of every pair of them, with regions of {percent(LEVELS[0])} and {percent(LEVELS[1])} probability, from "
        f"{found.ess:.0f} effective samples. The medians with their central intervals are in the table."
    )


def spectrum_in_words(table: pd.DataFrame, prediction: str) -> str:
    """What is seen on event spectra: their twin's numbers, panel by panel."""
    told = []
    for panel, rows in table.groupby("panel", sort=False):
        worst = rows.iloc[int(rows["pull"].abs().to_numpy().argmax())]
        told.append(
            f"{plain(str(panel))}: {counted(len(rows), 'bin')} with {rows['data'].sum():.0f} events observed, "
            f"{rows['background'].sum():.1f} of background and {rows['signal'].sum():.1f} of signal predicted; pulls "
            f"from {rows['pull'].min():.1f} to {rows['pull'].max():.1f}, the largest between "
            f"{worst['low']:g} and {worst['high']:g}."
        )
    head = f"Event spectra, each with its pulls below: data with statistical errors, stacked backgrounds, {prediction}."
    return f"{head} {' '.join(told)}"


def toys_in_words(toys: Toys) -> str:
    """What is seen on the distribution of a statistic."""
    held = ", ".join(f"{name} = {value:.4g}" for name, value in toys.hypothesis.items())
    good = toys.good
    reach = f"between {good.min():.3g} and {good.max():.3g}" if good.size else "nowhere"
    return (
        f"Distribution of t, Δχ² of {held}, in {counted(toys.n, 'experiment')} where {toys.true} is true: {reach}; "
        f"in the data t = {toys.observed:.4g}, p = {toys.p_value:.3g} by toys and {toys.wilks:.3g} by Wilks with "
        f"{len(toys.hypothesis)} dof."
    )


def thresholds_in_words(calibration: Calibration) -> str:
    """What is seen on a curve with its thresholds by toys."""
    curve: Any = calibration.result
    each = "; ".join(
        f"{row['critical']:.3g} at {format_quantity(float(row[curve.name]), curve.unit)}"
        for _, row in calibration.to_frame().iterrows()
    )
    return (
        f"Δχ² against {curve.name}, with the threshold of {percent(calibration.cl)} CL, 1 dof, by Wilks "
        f"({calibration.wilks:.2f}) and by toys: {each}."
    )


def plain(text: str) -> str:
    r"""Text of a figure without its mathematics.

    >>> plain(r"neutrino mode; $200 < E_\nu^{QE} < 1250$ MeV")
    'neutrino mode; 200 < E_nu^QE < 1250 MeV'
    """
    return text.replace("$", "").replace("\\", "").replace("{", "").replace("}", "")


def bounds_of(analysis: Analysis, name: str) -> str:
    """Domain of a parameter."""
    parameter = analysis.parameter(name)
    low, high = (format_quantity(end, parameter.unit) for end in parameter.bounds)
    return f"{low} to {high}"
