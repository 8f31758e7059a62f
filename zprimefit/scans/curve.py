"""The profile likelihood of one parameter or derived quantity: the frozen record that is read, drawn and stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq
from scipy.stats import chi2

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
from zprimefit.fitting.intervals import Interval
from zprimefit.fitting.objective import Array
from zprimefit.fitting.status import Side, Status
from zprimefit.markup import paragraph, points, table
from zprimefit.parameters import Parameter, Scale
from zprimefit.units import format_quantity

if TYPE_CHECKING:
    from zprimefit.plots.figure import Drawing

SCHEMA: Final = 1


@dataclass(frozen=True, eq=False)
class Curve:
    """-2 ln L of one parameter, minimised over the others, or of one derived quantity, minimised over all.

    Parameters
    ----------
    analysis, name, unit : what was profiled.
    scale, asinh_scale, bounds : of the parameter; a derived quantity has no bounds, None.
    parameters : names of the free parameters (n_free).
    grid : values of the parameter or quantity (n,), in `unit`, ascending.
    minus2lnl : (n,); NaN where the minimisation failed.
    values : (n, n_free) where it is reached; a derived quantity meets the grid within 1e-5 of its range there, and
        `minus2lnl` is carried the rest of the way by its slope.
    status : of every point (n).
    best_values, best_fval : the global minimum, (n_free,) and -2 ln L, which need not lie on the grid.
    messages : what a reader must know, one sentence each.
    latex : symbol, for figures.
    quantity_at_best : value of the derived quantity at the global minimum; None for a parameter.
    """

    analysis: str
    name: str
    unit: str
    scale: Scale
    asinh_scale: float
    bounds: tuple[float, float] | None
    parameters: tuple[str, ...]
    grid: Array
    minus2lnl: Array
    values: Array
    status: tuple[Status, ...]
    best_values: Array
    best_fval: float
    messages: tuple[str, ...]
    latex: str
    quantity_at_best: float | None = None

    @property
    def delta(self) -> Array:
        """Delta chi^2 (n,): -2 ln L minus that of the global minimum."""
        return np.asarray(self.minus2lnl - self.best_fval)

    @property
    def best(self) -> float:
        """Value of the parameter or quantity at the global minimum."""
        if self.quantity_at_best is not None:
            return self.quantity_at_best
        return float(self.best_values[self.parameters.index(self.name)])

    @property
    def axis(self) -> Parameter:
        """The scale of the curve, as a parameter's."""
        bounds = (float(self.grid[0]), float(self.grid[-1])) if self.bounds is None else self.bounds
        return Parameter(
            name=self.name,
            unit="1",
            latex=self.latex,
            default=bounds[0],
            bounds=bounds,
            scale=self.scale,
            asinh_scale=self.asinh_scale,
        )

    def nodes(self) -> tuple[Array, Array]:
        """Finite points and the best fit: values ascending, Delta chi^2."""
        finite = np.isfinite(self.delta)
        grid, delta = self.grid[finite], self.delta[finite]
        if grid.size and grid[0] < self.best < grid[-1] and not (grid == self.best).any():
            at = int(np.searchsorted(grid, self.best))
            grid, delta = np.insert(grid, at, self.best), np.insert(delta, at, 0.0)
        return grid, delta

    def intervals(self, cl: float = 0.6827) -> tuple[Interval, ...]:
        """Regions where Delta chi^2 is below the threshold of a confidence level, 1 degree of freedom.

        Ends are interpolated by a monotone cubic on the parameter's scale: in the square root of Delta chi^2, signed
        by the side of the best fit, or in Delta chi^2 itself where the best fit is no interior point of the curve.
        Failed points are left out. Where the curve ends below the threshold the side is AT_LIMIT at the parameter's
        bound, OPEN elsewhere.

        Raises
        ------
        ValueError
            For a CL outside (0, 1).
        """
        if not 0 < cl < 1:
            msg = f"interval of {self.name}: the CL must lie between 0 and 1, got {cl!r}"
            raise ValueError(msg)
        threshold = float(chi2.ppf(cl, 1))
        grid, delta = self.nodes()
        if grid.size < 2:
            return ()
        u = np.asarray(self.axis.to_internal(grid))
        # The root is linear for a parabola; at a bound the minimum has a slope, and Delta chi^2 itself is smooth.
        power = 0.5 if grid[0] < self.best < grid[-1] else 1.0
        smooth = PchipInterpolator(u, np.where(grid < self.best, -1.0, 1.0) * np.maximum(delta, 0.0) ** power)
        below = delta <= threshold
        ends: list[tuple[float, Side]] = [self._end(float(grid[0]))] if below[0] else []
        for k in np.flatnonzero(below[1:] != below[:-1]):
            place = brentq(lambda x: abs(float(smooth(x))) - threshold**power, u[k], u[k + 1], xtol=1e-12)
            ends.append((float(self.axis.to_value(place)), Side.OK))
        if below[-1]:
            ends.append(self._end(float(grid[-1])))
        pairs = zip(ends[::2], ends[1::2], strict=True)
        return tuple(Interval(a[0], b[0], a[1], b[1], self.unit, cl, 1, threshold) for a, b in pairs)

    def interval(self, cl: float = 0.6827) -> Interval:
        """Return the region of `intervals` that holds the best fit, or the one nearest to it.

        Raises
        ------
        ValueError
            If no part of the curve is below the threshold, or for a CL outside (0, 1).
        """
        regions = self.intervals(cl)
        if not regions:
            msg = f"interval of {self.name}: the curve nowhere lies below Delta chi^2 of {cl!r} CL; widen or refine it"
            raise ValueError(msg)
        return min(regions, key=lambda r: max(r.low - self.best, self.best - r.high, 0.0))

    def _end(self, value: float) -> tuple[float, Side]:
        at_bound = self.bounds is not None and np.isclose(value, self.bounds, rtol=1e-9, atol=0.0).any()
        return value, Side.AT_LIMIT if at_bound else Side.OPEN

    def to_frame(self) -> pd.DataFrame:
        """One row a point: the value, -2 ln L, Delta chi^2, status, and the other parameters there."""
        columns: dict[str, Any] = {
            self.name: self.grid,
            "minus2lnl": self.minus2lnl,
            "delta_chi2": self.delta,
            "status": [str(s) for s in self.status],
        }
        others = {p: self.values[:, i] for i, p in enumerate(self.parameters) if p != self.name}
        return pd.DataFrame({**columns, **others})

    def plot(
        self,
        cl: Sequence[float] = (0.6827, 0.9545),
        *,
        marks: Mapping[str, float] | None = None,
        ndof: int | None = None,
        title: str | None = None,
    ) -> "Drawing":
        """Draw Delta chi^2 against the parameter; ``.figure`` and ``.save(path)`` of what is returned.

        Parameters
        ----------
        cl : confidence levels to draw, 1 dof.
        marks : label -> value of the parameter to mark.
        ndof : degrees of freedom of the best fit, for the legend.
        title : of the figure; the analysis and what it was profiled over by default.
        """
        from zprimefit.plots.curves import profile_curve  # noqa: PLC0415  (slow to import)

        others = ", ".join(name for name in self.parameters if name != self.name)
        return profile_curve(
            self.to_frame(),
            name=self.name,
            latex=self.latex,
            unit=self.unit,
            log=self.scale == "log",
            best=self.best,
            best_value=self.best_fval,
            ndof=ndof,
            cl=cl,
            marks=marks,
            title=title if title is not None else f"{self.analysis}: profiled over {others}",
        )

    def _repr_html_(self) -> str:
        """Show regions and messages in notebooks."""
        others = ", ".join(name for name in self.parameters if name != self.name)
        good = int(np.isfinite(self.minus2lnl).sum())
        said = (
            f"{self.analysis}: {self.name} profiled over {others or 'nothing else'}; "
            f"{good} of {len(self.grid)} points; best {format_quantity(self.best, self.unit)}, "
            f"-2 ln L = {self.best_fval:.6g}"
        )
        rows = [
            (f"{100 * cl:.2f} % CL, 1 dof, Delta chi^2 = {chi2.ppf(cl, 1):.2f}", " and ".join(map(str, found)))
            for cl in (0.6827, 0.9545)
            for found in [self.intervals(cl)]
        ]
        return paragraph(said) + table("regions", ["level", self.name], rows) + points(self.messages)

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        arrays = {key: numbers(getattr(self, key)) for key in ("grid", "minus2lnl", "values", "best_values")}
        plain = {key: getattr(self, key) for key in (*_PLAIN, "status")}
        more = {} if self.quantity_at_best is None else {"quantity_at_best": number(self.quantity_at_best)}
        return write_document("curve", SCHEMA, {**plain, **arrays, "best_fval": number(self.best_fval), **more})

    @classmethod
    @reading("curve")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d = read_document(text, "curve", SCHEMA)
        n, n_free = len(d["grid"]), len(d["parameters"])
        plain = read_fields(cls, d, (*_PLAIN, "status"))
        if len(plain["status"]) != n:
            msg = f"expected a status for each of {n} points, got {len(plain['status'])}"
            raise ValueError(msg)
        return cls(
            **plain,
            grid=read_numbers(d["grid"], (n,)),
            minus2lnl=read_numbers(d["minus2lnl"], (n,)),
            values=read_numbers(d["values"], (n, n_free)),
            best_values=read_numbers(d["best_values"], (n_free,)),
            best_fval=read_number(d["best_fval"]),
            quantity_at_best=read_number(d["quantity_at_best"]) if "quantity_at_best" in d else None,
        )


_PLAIN: Final = ("analysis", "name", "unit", "scale", "asinh_scale", "bounds", "parameters", "messages", "latex")
