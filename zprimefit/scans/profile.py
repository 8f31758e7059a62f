"""Profile likelihood of one parameter, or of one derived quantity, on a grid.

Some points come first, from the deepest known minima and from seeded Sobol points; then those halfway between, and so
on, from the solutions of those around them and from fewer Sobol points. A point keeps up to three minima that walls
part from each other, and its neighbours start from all of them, as the deepest at one end of the grid may be hard to
find there and plain to see at the other; that goes on until nothing changes. Of a parameter's profile (a derived
quantity's starts from the known minima at every point, and keeps the deepest of each), starts are left out from which
-2 ln L falls all the way to a solution that is known, and descents left that come to such a place, parameters that a
solution has at their bounds begin there where it is handed on, and no new physics is added where that lies below. A
point below the best fit is refitted freely, becomes the best fit, and every point is tried again from there. What a
point finds depends on its own seed and on earlier rounds only, so that an interrupted scan, and one that many processes
work on, ends with the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zprimefit.fitting.encoding import numbers
from zprimefit.fitting.objective import Array, FitProblem, Objective
from zprimefit.fitting.result import Fit
from zprimefit.names import unknown_name
from zprimefit.quantities import Quantity
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.conditions import FixedAt, Point
from zprimefit.scans.curve import Curve
from zprimefit.scans.derived import AtQuantity
from zprimefit.scans.executors import Executor, Threads
from zprimefit.scans.grids import MINIMA, End, about, check_starts, fit_for, grid_of, index_of
from zprimefit.scans.route import Line
from zprimefit.scans.search import Places
from zprimefit.scans.sweep import SCHEME, Progress, Scan, collected
from zprimefit.scans.target import Target
from zprimefit.scans.writers import only_writer

_Grid = tuple[End, End, int, ArrayLike | None]
"""low, high, n, values."""


def profile(
    analysis: FitProblem,
    name: str,
    *,
    low: End = None,
    high: End = None,
    n: int = 60,
    values: ArrayLike | None = None,
    scale: str | None = None,
    fit: Fit | None = None,
    starts: int = 2,
    seed: int = 1,
    checkpoint: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Curve:
    """Minimise -2 ln L over the other parameters at each value of one, or over all at each value of a quantity.

    Parameters
    ----------
    analysis : what to profile.
    name : the free parameter, or a derived quantity of the analysis (`analysis.quantities`).
    low, high : ends of the grid, numbers in the unit of `name` or text such as ``"30 MeV"``; a parameter's bounds by
        default, needed for a quantity.
    n : number of points, evenly spaced on the scale.
    values : the grid itself (n,), in the parameter's unit, instead of low, high and n; not for a quantity.
    scale : ``"linear"`` or ``"log"``, of a quantity; by default logarithmic where both ends are positive and more
        than a factor of 30 apart. A parameter has its own.
    fit : a fit of the same analysis; made with the same seed if absent.
    starts : Sobol starts at every point, six times as many where nothing is known of a neighbour.
    seed : of those; a point's own seed is (seed, its number from 1).
    checkpoint : file of finished points, read back if it exists; see :class:`Checkpoint`.
    identity : what the caller wants the checkpoint to stand for, e.g. a hash of the analysis file.
    progress : called with (done, total, text).
    executor : who minimises, see :mod:`zprimefit.scans.executors`; this process by default.

    Raises
    ------
    KeyError
        For a name that is neither.
    ValueError
        For a fixed parameter, a grid outside the bounds, a quantity without low and high, a scale where there is
        none to choose, a fit of another analysis, or another scan's checkpoint.
    SecondWriterError
        If somebody else writes to the checkpoint.
    """
    what = f"profile of {name}"
    quantity = _quantity(analysis, name)
    if quantity is None:
        axis = _parameter_axis(analysis, name, grid=(low, high, n, values), scale=scale, what=what)
    else:
        axis = _quantity_axis(analysis, quantity, grid=(low, high, n, values), scale=scale, what=what)
    check_starts(starts, seed, what=what)
    fitted = fit_for(analysis, fit, seed)
    header = about(analysis, axis.scanned, identity=identity, starts=starts, seed=seed, fitted=fitted)
    with only_writer(checkpoint):
        scan = Scan(
            objective=Objective.of(analysis),
            places=axis.places,
            route=Line(len(axis.grid), minima_everywhere=axis.quantity is not None),
            starts=starts,
            seed=seed,
            checkpoint=Checkpoint(checkpoint, header),
            progress=progress,
            minima=[Point(m.values, m.fval, m.status) for m in fitted.minima[:MINIMA]],
            executor=executor or Threads(),
        )
        scan.run()
    return _curve(analysis, axis, scan)


@dataclass(frozen=True)
class _Axis:
    """What is profiled: its fields in a curve, the grid, what holds there, and its part of a checkpoint's header."""

    fields: Mapping[str, Any]
    grid: Array
    places: Places
    scanned: Mapping[str, Any]
    quantity: Quantity | None = None


def _quantity(analysis: FitProblem, name: str) -> Quantity | None:
    """Return the derived quantity of this name, None for a parameter's name."""
    if name in {p.name for p in analysis.parameters}:
        return None
    quantities: Mapping[str, Quantity] = getattr(analysis, "quantities", {})
    if name not in quantities:
        raise KeyError(unknown_name("parameter", name, [*analysis.free_parameters, *quantities]))
    return quantities[name]


def _parameter_axis(analysis: FitProblem, name: str, *, grid: _Grid, scale: str | None, what: str) -> _Axis:
    index = index_of(analysis, name, what=what)
    parameter = analysis.free[index]
    if scale is not None:
        msg = f"{what}: the parameter has its own scale, {parameter.scale}; scale is for derived quantities"
        raise ValueError(msg)
    places = grid_of(parameter, *grid, what=what)
    fields = {key: getattr(parameter, key) for key in ("name", "latex", "unit", "scale", "asinh_scale", "bounds")}
    scanned = {"profile": name, "scheme": SCHEME, "parameters": list(analysis.free_parameters), "grid": numbers(places)}
    return _Axis(fields, places, FixedAt((index,), places[:, None]), scanned)


def _quantity_axis(analysis: FitProblem, quantity: Quantity, *, grid: _Grid, scale: str | None, what: str) -> _Axis:
    low, high, n, values = grid
    if values is not None:
        msg = f"{what}: values are for parameters; give low, high and n for a derived quantity"
        raise ValueError(msg)
    target = Target.read(quantity, low, high, scale, n=n, what=what)
    places, values = target.grid(n)
    fields = {
        "name": quantity.name,
        "latex": quantity.latex,
        "unit": quantity.unit,
        "scale": target.scale,
        "asinh_scale": 1.0,
        "bounds": None,
    }
    scanned = {
        "profile": quantity.name,
        "scheme": SCHEME,
        "scale": target.scale,
        "parameters": list(analysis.free_parameters),
        "grid": numbers(values),
    }
    return _Axis(fields, values, AtQuantity(quantity.name, target, places), scanned, quantity)


def _curve(analysis: Any, axis: _Axis, scan: Scan) -> Curve:
    minus2lnl, points_values, status = collected(scan)
    best = np.array(scan.best.values)
    best.flags.writeable = False
    at_best = None if axis.quantity is None else float(axis.quantity(analysis.params(best)))
    return Curve(
        analysis=analysis.name,
        parameters=tuple(analysis.free_parameters),
        grid=axis.grid,
        minus2lnl=minus2lnl,
        values=points_values,
        status=status,
        best_values=best,
        best_fval=scan.best.fval,
        messages=tuple(scan.messages),
        quantity_at_best=at_best,
        **axis.fields,
    )
