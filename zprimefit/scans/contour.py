"""The profile likelihood of two parameters: the frozen record that is read, drawn and stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import contourpy
import numpy as np
import pandas as pd
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
from zprimefit.fitting.objective import Array
from zprimefit.fitting.status import Status
from zprimefit.parameters import Parameter, Scale

if TYPE_CHECKING:
    from zprimefit.plots.figure import Drawing

SCHEMA: Final = 1
DOF: Final = 2


@dataclass(frozen=True, eq=False)
class Contour:
    """-2 ln L of two parameters, minimised over the others.

    Parameters
    ----------
    analysis : what was scanned.
    names, units, latex : of the two parameters, x and y.
    scales, asinh_scales, bounds : of the two.
    parameters : names of the free parameters (n_free).
    x, y : values of the two (nx,) and (ny,), in their units, ascending.
    minus2lnl : (nx, ny); NaN where the minimisation failed.
    values : (nx, ny, n_free) where it is reached.
    status : of every point, nx rows of ny.
    best_values, best_fval : the global minimum, (n_free,) and -2 ln L, which need not lie on the grid.
    messages : what a reader must know, one sentence each.
    """

    analysis: str
    names: tuple[str, str]
    units: tuple[str, str]
    latex: tuple[str, str]
    scales: tuple[Scale, Scale]
    asinh_scales: tuple[float, float]
    bounds: tuple[tuple[float, float], tuple[float, float]]
    parameters: tuple[str, ...]
    x: Array
    y: Array
    minus2lnl: Array
    values: Array
    status: tuple[tuple[Status, ...], ...]
    best_values: Array
    best_fval: float
    messages: tuple[str, ...]

    @property
    def delta(self) -> Array:
        """Delta chi^2 (nx, ny): -2 ln L minus that of the global minimum."""
        return np.asarray(self.minus2lnl - self.best_fval)

    @property
    def best(self) -> tuple[float, float]:
        """The two parameters at the global minimum."""
        x, y = (float(self.best_values[self.parameters.index(name)]) for name in self.names)
        return x, y

    def levels(self, cl: Sequence[float] = (0.6827, 0.9545)) -> tuple[float, ...]:
        """Delta chi^2 of confidence levels for 2 degrees of freedom: 2.30, 6.18 for those of one and two sigma.

        Raises
        ------
        ValueError
            For a CL outside (0, 1).
        """
        for level in cl:
            if not 0 < level < 1:
                msg = f"contour of {self.names[0]} and {self.names[1]}: the CL must lie between 0 and 1, got {level!r}"
                raise ValueError(msg)
        return tuple(float(chi2.ppf(level, DOF)) for level in cl)

    def contours(self, cl: float = 0.6827) -> list[Array]:
        """Boundaries of the region where Delta chi^2 is below the threshold of a CL, 2 degrees of freedom.

        Closed polylines (n, 2) in the parameters' units; where the region leaves the grid they follow its edge, and a
        hole has a polyline of its own. Linear in the square root of Delta chi^2 between neighbouring points on the
        parameters' scales; cells with a failed point are left out.

        Raises
        ------
        ValueError
            For a CL outside (0, 1).
        """
        (threshold,) = self.levels([cl])
        axes = self._axes
        u, v = (np.asarray(axis.to_internal(grid)) for axis, grid in zip(axes, (self.x, self.y), strict=True))
        # The root is linear along a ray for a parabola.
        root = np.ma.masked_invalid(np.sqrt(np.maximum(self.delta, 0.0)).T)
        generator = contourpy.contour_generator(u, v, root, fill_type="OuterOffset")
        found: list[Array] = []
        for points, offsets in zip(*generator.filled(-1.0, np.sqrt(threshold)), strict=True):
            lines = np.split(points, offsets[1:-1])
            found += [np.stack([axes[k].to_value(line[:, k]) for k in (0, 1)], axis=-1) for line in lines]
        return found

    @property
    def _axes(self) -> tuple[Parameter, ...]:
        """The scales of the axes, as parameters'."""
        fields = zip(self.names, self.latex, self.bounds, self.scales, self.asinh_scales, strict=True)
        return tuple(
            Parameter(name=n, unit="1", latex=s, default=b[0], bounds=b, scale=scale, asinh_scale=width)
            for n, s, b, scale, width in fields
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a point: the two values, -2 ln L, Delta chi^2, status, and the other parameters there."""
        x, y = np.meshgrid(self.x, self.y, indexing="ij")
        columns: dict[str, Any] = {
            self.names[0]: x.ravel(),
            self.names[1]: y.ravel(),
            "minus2lnl": self.minus2lnl.ravel(),
            "delta_chi2": self.delta.ravel(),
            "status": [str(s) for row in self.status for s in row],
        }
        others = {p: self.values[..., i].ravel() for i, p in enumerate(self.parameters) if p not in self.names}
        return pd.DataFrame({**columns, **others})

    def plot(
        self,
        cl: Sequence[float] = (0.6827, 0.9545),
        *,
        marks: Mapping[str, tuple[float, float]] | None = None,
        ndof: int | None = None,
        title: str | None = None,
    ) -> "Drawing":
        """Draw the regions of some confidence levels; ``.figure`` and ``.save(path)`` of what is returned.

        Parameters
        ----------
        cl : confidence levels, 2 dof.
        marks : label -> values of the two parameters, drawn as stars.
        ndof : degrees of freedom of the best fit, for the legend.
        title : of the figure; the analysis and what it was profiled over by default.
        """
        from zprimefit.plots.contours import contour_map  # noqa: PLC0415  (slow to import)

        others = ", ".join(name for name in self.parameters if name not in self.names)
        return contour_map(
            self.to_frame(),
            regions={level: self.contours(level) for level in cl},
            thresholds=dict(zip(cl, self.levels(cl), strict=True)),
            names=self.names,
            latex=self.latex,
            units=self.units,
            log=(self.scales[0] == "log", self.scales[1] == "log"),
            best=self.best,
            best_value=self.best_fval,
            ndof=ndof,
            marks=marks,
            title=title if title is not None else f"{self.analysis}: profiled over {others or 'nothing else'}",
        )

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        arrays = {key: numbers(getattr(self, key)) for key in ("x", "y", "minus2lnl", "values", "best_values")}
        plain = {key: getattr(self, key) for key in (*_PLAIN, "status")}
        return write_document("contour", SCHEMA, {**plain, **arrays, "best_fval": number(self.best_fval)})

    @classmethod
    @reading("contour")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d = read_document(text, "contour", SCHEMA)
        nx, ny, n_free = len(d["x"]), len(d["y"]), len(d["parameters"])
        plain = read_fields(cls, d, (*_PLAIN, "status"))
        if [len(row) for row in plain["status"]] != [ny] * nx:
            msg = f"expected a status for each of {nx} x {ny} points"
            raise ValueError(msg)
        return cls(
            **plain,
            x=read_numbers(d["x"], (nx,)),
            y=read_numbers(d["y"], (ny,)),
            minus2lnl=read_numbers(d["minus2lnl"], (nx, ny)),
            values=read_numbers(d["values"], (nx, ny, n_free)),
            best_values=read_numbers(d["best_values"], (n_free,)),
            best_fval=read_number(d["best_fval"]),
        )


_PLAIN: Final = (
    "analysis", "names", "units", "latex", "scales", "asinh_scales", "bounds", "parameters", "messages",
)  # fmt: skip
