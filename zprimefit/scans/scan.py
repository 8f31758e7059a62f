"""Profile likelihood of two parameters on a grid.

The work goes outwards from the best fit. Every point starts from its neighbours' solutions, from the deepest known
minima and from seeded Sobol points; up to three minima of a point, with walls between them, are then handed on to
whatever they reach. A start from which -2 ln L falls all the way to the point's solution is not minimised. A point
below the best fit is refitted freely, becomes the best fit, and every point is tried again from there. An interrupted
scan, and one that many processes work on, ends with the same numbers.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chi2

from zprimefit.fitting.encoding import numbers
from zprimefit.fitting.objective import Array, FitProblem, Objective
from zprimefit.fitting.result import Fit
from zprimefit.fitting.status import Status
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.conditions import FixedAt, Point
from zprimefit.scans.contour import DOF, Contour
from zprimefit.scans.executors import Executor, Threads
from zprimefit.scans.grids import MINIMA, End, about, check_starts, fit_for, grid_of, index_of
from zprimefit.scans.refinement import Refinement, filled
from zprimefit.scans.route import Mesh
from zprimefit.scans.sweep import SCHEME, Progress, Scan, collected
from zprimefit.scans.writers import only_writer

Ends = Sequence[End]
"""One end on the axis of x, one on that of y."""


def scan(
    analysis: FitProblem,
    x: str,
    y: str,
    *,
    n: tuple[int, int] = (40, 40),
    refine: int = 0,
    cl: Sequence[float] = (0.6827, 0.9545),
    low: Ends = (None, None),
    high: Ends = (None, None),
    fit: Fit | None = None,
    starts: int = 1,
    seed: int = 1,
    checkpoint: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Contour:
    """Minimise -2 ln L over the other parameters at each pair of values of two.

    Parameters
    ----------
    analysis : what to scan.
    x, y : the two free parameters.
    n : numbers of points, evenly spaced on the parameters' scales.
    refine : how often the cells of this mesh are halved along the contours of `cl`, 2 dof; see
        :mod:`zprimefit.scans.refinement`. Other points of the finer mesh are interpolated.
    cl : confidence levels of these contours.
    low, high : ends of the grid, each a pair for x and y of numbers in the parameter's unit, texts such as
        ``"30 MeV"``, or None for its bound.
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
        For a parameter that there is not.
    ValueError
        For the same parameter twice, a fixed one, a grid outside the bounds, a negative `refine`, a CL outside (0, 1),
        a fit of another analysis, or another scan's checkpoint.
    SecondWriterError
        If somebody else writes to the checkpoint.
    """
    what = f"scan of {x} and {y}"
    if x == y:
        msg = f"{what}: two different parameters are needed; for one, use profile"
        raise ValueError(msg)
    indices = tuple(index_of(analysis, name, what=f"scan of {name}") for name in (x, y))
    check_pairs(n, low, high, what=what)
    check_refinement(refine, cl, what=what)
    step = 2**refine
    grids = [
        grid_of(analysis.free[k], low[i], high[i], (n[i] - 1) * step + 1, what=f"scan of {analysis.free[k].name}")
        for i, k in enumerate(indices)
    ]
    check_starts(starts, seed, what=what)
    fitted = fit_for(analysis, fit, seed)
    objective = Objective.of(analysis)
    places = np.stack(np.meshgrid(*grids, indexing="ij"), axis=-1).reshape(-1, 2)
    scanned = {
        "scan": [x, y],
        "scheme": SCHEME,
        "parameters": list(analysis.free_parameters),
        "grid": [numbers(grid) for grid in grids],
        **({"refine": [refine, list(cl)]} if refine else {}),
    }
    centre = _nearest(objective, indices, grids, fitted.values)
    coarse = Mesh(*n, (round(centre[0] / step), round(centre[1] / step)))
    with only_writer(checkpoint):
        work = Scan(
            objective=objective,
            places=FixedAt(indices, places),
            route=coarse.every(step),
            starts=starts,
            seed=seed,
            checkpoint=Checkpoint(
                checkpoint, about(analysis, scanned, identity=identity, starts=starts, seed=seed, fitted=fitted)
            ),
            progress=progress,
            minima=[Point(m.values, m.fval, m.status) for m in fitted.minima[:MINIMA]],
            executor=executor or Threads(),
        )
        work.run()
        if refine:
            nx, ny = map(len, grids)
            thresholds = tuple(float(chi2.ppf(level, DOF)) for level in cl)
            Refinement(nx, ny, refine, thresholds, _place(objective, indices, grids, work.best.values)).run(work)
            done = len(work.points)
            work.messages.append(f"{done} of {nx * ny} points were minimised, the others are far from the contours")
    return _contour(analysis, indices, grids, work)


def check_pairs(n: object, low: object, high: object, *, what: str) -> None:
    """Refuse what is no pair, one for x and one for y.

    Raises
    ------
    ValueError
        With what was given.
    """
    for name, given in (("n", n), ("low", low), ("high", high)):
        if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
            msg = f"{what}: expected a pair {name}=(of x, of y), got {given!r}"
            raise ValueError(msg)


def check_refinement(refine: int, cl: Sequence[float], *, what: str) -> None:
    """Refuse a refinement that is none.

    Raises
    ------
    ValueError
        With what was given.
    """
    if refine < 0:
        msg = f"{what}: refine must be >= 0, got {refine!r}"
        raise ValueError(msg)
    for level in cl:
        if not 0 < level < 1:
            msg = f"{what}: the CL must lie between 0 and 1, got {level!r}"
            raise ValueError(msg)


def _place(objective: Objective, indices: Sequence[int], grids: Sequence[Array], values: Array) -> tuple[float, float]:
    """Place of some values on the grid, in its cells."""
    axes = [objective.coordinates.parameters[k] for k in indices]
    x, y = (
        float(np.interp(float(p.to_internal(values[k])), np.asarray(p.to_internal(grid)), np.arange(len(grid))))
        for p, k, grid in zip(axes, indices, grids, strict=True)
    )
    return x, y


def _nearest(objective: Objective, indices: Sequence[int], grids: Sequence[Array], values: Array) -> tuple[int, int]:
    """Grid point nearest to some values, on the parameters' scales."""
    x, y = _place(objective, indices, grids, values)
    return round(x), round(y)


def _contour(analysis: FitProblem, indices: Sequence[int], grids: Sequence[Array], work: Scan) -> Contour:
    done, done_values, done_status = collected(work)
    nx, ny = (len(grid) for grid in grids)
    places = sorted(work.points)
    minus2lnl = filled(nx, ny, places, done - work.best.fval) + work.best.fval
    minus2lnl.ravel()[places] = done
    values = np.full((nx * ny, done_values.shape[1]), np.nan)
    values[places] = done_values
    status = [Status.INTERPOLATED] * (nx * ny)
    for i, one in zip(places, done_status, strict=True):
        status[i] = one
    for array in (minus2lnl, values):
        array.flags.writeable = False
    best = np.array(work.best.values)
    best.flags.writeable = False
    a, b = (analysis.free[k] for k in indices)
    return Contour(
        analysis=analysis.name,
        names=(a.name, b.name),
        units=(a.unit, b.unit),
        latex=(a.latex, b.latex),
        scales=(a.scale, b.scale),
        asinh_scales=(a.asinh_scale, b.asinh_scale),
        bounds=(a.bounds, b.bounds),
        parameters=tuple(analysis.free_parameters),
        x=grids[0],
        y=grids[1],
        minus2lnl=minus2lnl,
        values=values.reshape(nx, ny, -1),
        status=tuple(tuple(status[i * ny : (i + 1) * ny]) for i in range(nx)),
        best_values=best,
        best_fval=work.best.fval,
        messages=tuple(work.messages),
    )
