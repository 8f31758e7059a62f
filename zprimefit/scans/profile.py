"""Profile likelihood of one parameter on a grid.

Every point is minimised from all known minima, from seeded Sobol points, and from both neighbours' solutions (a
sweep up the grid, a sweep down). A point below the best fit is refitted freely, becomes the best fit, and every
point is tried again from there. Every step depends on its own seed and on earlier steps only, so that an interrupted
scan ends with the same numbers.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from zprimefit.fitting.encoding import number, numbers
from zprimefit.fitting.fit import fit as run_fit
from zprimefit.fitting.objective import Array, FitProblem, Objective
from zprimefit.fitting.result import Fit
from zprimefit.names import unknown_name
from zprimefit.parameters import Parameter
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.curve import Curve
from zprimefit.scans.sweep import Point, Progress, Scan
from zprimefit.units import format_quantity, read_quantity

MINIMA: Final = 8
"""Known minima that every point starts from, deepest first."""


def profile(
    analysis: FitProblem,
    name: str,
    *,
    low: float | str | None = None,
    high: float | str | None = None,
    n: int = 60,
    values: ArrayLike | None = None,
    fit: Fit | None = None,
    starts: int = 2,
    seed: int = 1,
    checkpoint: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Curve:
    """Minimise -2 ln L over the other parameters at each value of one.

    Parameters
    ----------
    analysis : what to profile.
    name : the free parameter.
    low, high : ends of the grid, numbers in the parameter's unit or text such as ``"30 MeV"``; its bounds by default.
    n : number of points, evenly spaced on the parameter's scale.
    values : the grid itself (n,), in the parameter's unit, instead of low, high and n.
    fit : a fit of the same analysis; made with the same seed if absent.
    starts : Sobol starts at every point.
    seed : of those; a point's own seed is (seed, its number from 1).
    checkpoint : file of finished points, read back if it exists; see :class:`Checkpoint`.
    identity : what the caller wants the checkpoint to stand for, e.g. a hash of the analysis file.
    progress : called with (done, total, text).

    Raises
    ------
    KeyError
        For a parameter that there is not.
    ValueError
        For a fixed parameter, a grid outside the bounds, a fit of another analysis, or another scan's checkpoint.
    """
    index = _index(analysis, name)
    parameter = analysis.free[index]
    grid = _grid(parameter, low, high, n, values)
    if starts < 0 or seed < 0:
        msg = f"profile of {name}: starts and seed must be >= 0, got {starts!r} and {seed!r}"
        raise ValueError(msg)
    fitted = run_fit(analysis, seed=seed, minos=False) if fit is None else fit
    _check_fit(analysis, fitted)
    about = {
        "identity": dict(identity or getattr(analysis, "identity", {})),
        "analysis": analysis.name,
        "profile": name,
        "parameters": list(analysis.free_parameters),
        "grid": numbers(grid),
        "starts": starts,
        "seed": seed,
        "minima": [[number(m.fval), numbers(m.values)] for m in fitted.minima[:MINIMA]],
    }
    scan = Scan(Objective.of(analysis), index, grid, starts, seed, Checkpoint(checkpoint, about), progress)
    scan.minima = [Point(m.values, m.fval, m.status) for m in fitted.minima[:MINIMA]]
    scan.run()
    return _curve(analysis, parameter, scan)


def _index(analysis: FitProblem, name: str) -> int:
    names = list(analysis.free_parameters)
    if name in names:
        return names.index(name)
    if name in {p.name for p in analysis.parameters}:
        msg = f"profile of {name}: the parameter is fixed; free parameters: {', '.join(names) or 'none'}"
        raise ValueError(msg)
    raise KeyError(unknown_name("parameter", name, names))


def _grid(p: Parameter, low: float | str | None, high: float | str | None, n: int, values: ArrayLike | None) -> Array:
    bounds = f"[{format_quantity(p.bounds[0], p.unit)}, {format_quantity(p.bounds[1], p.unit)}]"
    if values is not None:
        grid = np.unique(np.array(values, dtype=np.float64))
        if not (grid.size >= 1 and np.isfinite(grid).all()):
            msg = f"profile of {p.name}: expected at least one finite value, got {values!r}"
            raise ValueError(msg)
        ends = float(grid[0]), float(grid[-1])
    else:
        given = (p.bounds[0] if low is None else low, p.bounds[1] if high is None else high)
        a, b = (read_quantity(end, p.unit, what=f"profile of {p.name}") for end in given)
        ends = a, b
        if not (a < b and n >= 2):
            msg = f"profile of {p.name}: expected low < high and n >= 2, got {a!r}, {b!r} and n = {n!r}"
            raise ValueError(msg)
        grid = np.array(p.to_value(np.linspace(float(p.to_internal(a)), float(p.to_internal(b)), n)))
        grid[[0, -1]] = ends
    if ends[0] < p.bounds[0] or ends[1] > p.bounds[1]:
        msg = f"profile of {p.name}: {ends[0]!r} to {ends[1]!r} leaves the parameter's bounds {bounds}"
        raise ValueError(msg)
    grid.flags.writeable = False
    return grid


def _check_fit(analysis: FitProblem, fitted: Fit) -> None:
    if fitted.parameters != tuple(analysis.free_parameters):
        msg = (
            f"the fit of {fitted.name!r} has the parameters {list(fitted.parameters)}, "
            f"but the analysis {analysis.name!r} has {list(analysis.free_parameters)}: fit this analysis first"
        )
        raise ValueError(msg)
    if not fitted.minima:
        msg = f"the fit of {fitted.name!r} found no minimum (status {fitted.status}): nothing to profile from"
        raise ValueError(msg)
    here = float(analysis.minus2lnl(fitted.values))
    if not np.isclose(here, fitted.fval, rtol=1e-9, atol=1e-6):
        msg = (
            f"the fit of {fitted.name!r} gave -2 ln L = {fitted.fval:.9g}, but the analysis {analysis.name!r} gives "
            f"{here:.9g} at the same values: fit this analysis first"
        )
        raise ValueError(msg)


def _curve(analysis: FitProblem, parameter: Parameter, scan: Scan) -> Curve:
    finite = [np.isfinite(p.depth) for p in scan.points]
    failed = len(finite) - sum(finite)
    if failed:
        scan.messages.append(f"{failed} of {len(finite)} points have no value; see their status")
    arrays = {
        "grid": scan.grid,
        "minus2lnl": np.array([p.fval if ok else np.nan for p, ok in zip(scan.points, finite, strict=True)]),
        "values": np.array([p.values for p in scan.points]),
        "best_values": np.array(scan.best.values),
    }
    for array in arrays.values():
        array.flags.writeable = False
    return Curve(
        analysis=analysis.name,
        name=parameter.name,
        latex=parameter.latex,
        unit=parameter.unit,
        scale=parameter.scale,
        asinh_scale=parameter.asinh_scale,
        bounds=parameter.bounds,
        parameters=tuple(analysis.free_parameters),
        status=tuple(p.status for p in scan.points),
        best_fval=scan.best.fval,
        messages=tuple(scan.messages),
        **arrays,
    )
