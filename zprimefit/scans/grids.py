"""What a scan is asked for, read at the door: the parameter, its grid, and the fit that it starts from."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from zprimefit.fitting.encoding import number, numbers
from zprimefit.fitting.fit import fit as run_fit
from zprimefit.fitting.objective import Array, FitProblem
from zprimefit.fitting.result import Fit
from zprimefit.names import unknown_name
from zprimefit.parameters import Parameter
from zprimefit.units import format_quantity, read_quantity

MINIMA: Final = 8
"""Known minima that every point starts from, deepest first."""

End = float | str | None
"""One end of a grid: a number in the parameter's unit, a text such as ``"30 MeV"``, or the parameter's own bound."""


def index_of(analysis: FitProblem, name: str, *, what: str) -> int:
    """Index of a free parameter.

    Raises
    ------
    KeyError
        For a name that there is not.
    ValueError
        For a fixed parameter; the message begins with `what`.
    """
    names = list(analysis.free_parameters)
    if name in names:
        return names.index(name)
    if name in {p.name for p in analysis.parameters}:
        msg = f"{what}: the parameter is fixed; free parameters: {', '.join(names) or 'none'}"
        raise ValueError(msg)
    raise KeyError(unknown_name("parameter", name, names))


def grid_of(p: Parameter, low: End, high: End, n: int, values: ArrayLike | None = None, *, what: str) -> Array:
    """Grid of a parameter (n,): even on its scale from low to high, or the values themselves.

    Raises
    ------
    ValueError
        For ends out of order or outside the parameter's bounds, or fewer than two points.
    """
    if values is not None:
        grid = np.unique(np.array(values, dtype=np.float64))
        if not (grid.size >= 1 and np.isfinite(grid).all()):
            msg = f"{what}: expected at least one finite value, got {values!r}"
            raise ValueError(msg)
    else:
        given = (p.bounds[0] if low is None else low, p.bounds[1] if high is None else high)
        a, b = (read_quantity(end, p.unit, what=what) for end in given)
        check_ends(a, b, n, what=what)
        grid = np.array(p.to_value(np.linspace(float(p.to_internal(a)), float(p.to_internal(b)), n)))
        grid[[0, -1]] = a, b
    if grid[0] < p.bounds[0] or grid[-1] > p.bounds[1]:
        bounds = f"[{format_quantity(p.bounds[0], p.unit)}, {format_quantity(p.bounds[1], p.unit)}]"
        msg = f"{what}: {float(grid[0])!r} to {float(grid[-1])!r} leaves the parameter's bounds {bounds}"
        raise ValueError(msg)
    grid.flags.writeable = False
    return grid


def check_ends(low: float, high: float, n: int, *, what: str) -> None:
    """Refuse ends out of order, and grids of less than two points.

    Raises
    ------
    ValueError
        With what was given.
    """
    if not (low < high and n >= 2):
        msg = f"{what}: expected low < high and n >= 2, got {low!r}, {high!r} and n = {n!r}"
        raise ValueError(msg)


def check_starts(starts: int, seed: int, *, what: str) -> None:
    """Refuse negative numbers of starts and seeds.

    Raises
    ------
    ValueError
        With what was given.
    """
    if starts < 0 or seed < 0:
        msg = f"{what}: starts and seed must be >= 0, got {starts!r} and {seed!r}"
        raise ValueError(msg)


def fit_for(analysis: FitProblem, fit: Fit | None, seed: int) -> Fit:
    """Return the fit that was given, checked against the analysis, or a new one.

    Raises
    ------
    ValueError
        For a fit of another analysis, or one without a minimum.
    """
    fitted = run_fit(analysis, seed=seed, minos=False) if fit is None else fit
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
    return fitted


def about(
    analysis: FitProblem,
    scanned: Mapping[str, Any],
    *,
    identity: Mapping[str, Any] | None,
    starts: int,
    seed: int,
    fitted: Fit,
) -> dict[str, Any]:
    """What a checkpoint stands for: analysis, grid, seeds, and the minima that every point starts from."""
    return {
        "identity": dict(identity or getattr(analysis, "identity", {})),
        "analysis": analysis.name,
        **scanned,
        "starts": starts,
        "seed": seed,
        "minima": [[number(m.fval), numbers(m.values)] for m in fitted.minima[:MINIMA]],
    }
