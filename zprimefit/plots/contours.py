"""Regions of two parameters, profiled over the others."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing, axis_label, minimum_label
from zprimefit.plots.style import BLUE, GREEN, ORANGE, PAGE, PURPLE, VERMILION, styled

Array = NDArray[np.float64]
MARK_COLOURS = (ORANGE, GREEN, PURPLE)
FILLS = (("#cce3f0", "#66aad1"), ("#80b9d9", BLUE), ("#3389bd", "#004a73"))
"""Fill and edge, from the outermost region inwards."""


@styled
def contour_map(
    frame: pd.DataFrame,
    *,
    regions: Mapping[float, Sequence[Array]],
    thresholds: Mapping[float, float],
    names: tuple[str, str],
    latex: tuple[str, str],
    units: tuple[str, str],
    log: tuple[bool, bool],
    best: tuple[float, float],
    best_value: float,
    ndof: int | None = None,
    marks: Mapping[str, tuple[float, float]] | None = None,
    title: str = "",
) -> Drawing:
    """Regions of confidence in the plane of two parameters.

    Parameters
    ----------
    frame : the grid: columns called as the two `names`, ``delta_chi2``; rows whose delta_chi2 is NaN get a cross.
    regions : CL -> closed polylines (n, 2) that bound the region, those of holes among them.
    thresholds : CL -> Delta chi^2 of the boundary, 2 dof.
    names, latex, units, log : of x and y.
    best, best_value : the two parameters and -2 ln L at the global minimum.
    ndof : degrees of freedom of the best fit, for the legend.
    marks : label -> (x, y), drawn as stars.
    title : of the figure.

    Notes
    -----
    The table is the grid, followed by the points of all polylines, the best fit and the marks; its column ``drawn``
    says which is which, and ``part`` counts the polylines of a region.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(PAGE, 5.6), layout="constrained")
    x, y = (frame[name].to_numpy(dtype=float) for name in names)
    for flag, scale, limits, grid in (
        (log[0], axes.set_xscale, axes.set_xlim, x),
        (log[1], axes.set_yscale, axes.set_ylim, y),
    ):
        scale("log" if flag else "linear")
        limits(grid.min(), grid.max())
    handles = [_region(axes, regions[cl], cl, thresholds[cl], k) for k, cl in enumerate(sorted(regions, reverse=True))]
    failed = ~np.isfinite(frame["delta_chi2"].to_numpy(dtype=float))
    if failed.any():
        handles += axes.plot(x[failed], y[failed], "x", color=VERMILION, ms=4, label="no convergence")
    handles += axes.plot(
        *best, marker="o", ms=7, color="black", ls="none", label=f"best fit, {minimum_label(best_value, ndof)}"
    )
    for k, (label, place) in enumerate((marks or {}).items()):
        colour = MARK_COLOURS[k % len(MARK_COLOURS)]
        handles += axes.plot(*place, marker="*", ms=14, color=colour, mec="white", ls="none", label=label)
    axes.set(xlabel=axis_label(latex[0], units[0]), ylabel=axis_label(latex[1], units[1]), title=title)
    axes.title.set_fontsize(10)
    axes.legend(handles=handles, fontsize=8.5, frameon=True, framealpha=0.8, loc="best")
    return Drawing(figure, _table(frame, regions, thresholds, names, best, marks or {}))


def _region(axes: Any, polylines: Sequence[Array], cl: float, threshold: float, depth: int) -> Any:
    """Fill one region, holes left open, and return its legend entry; an empty one is still named."""
    from matplotlib.patches import Patch, PathPatch
    from matplotlib.path import Path

    fill, edge = FILLS[min(depth, len(FILLS) - 1)]
    label = f"{100 * cl:.2f} % CL, 2 dof, $\\Delta\\chi^2$ = {threshold:.2f}"
    if polylines:
        # Holes run the other way round than what they are cut from, which the fill rule heeds.
        path = Path.make_compound_path(*(Path(line, closed=True) for line in polylines))
        axes.add_patch(PathPatch(path, fc=fill, ec=edge, lw=1.4))
    return Patch(fc=fill, ec=edge, lw=1.4, label=label if polylines else f"{label}: nowhere on the grid")


def _table(
    frame: pd.DataFrame,
    regions: Mapping[float, Sequence[Array]],
    thresholds: Mapping[float, float],
    names: tuple[str, str],
    best: tuple[float, float],
    marks: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    columns = [*names, "delta_chi2"]
    parts = [frame[columns].assign(drawn="grid", part=0)]
    for cl, polylines in regions.items():
        for part, line in enumerate(polylines):
            rows = pd.DataFrame({names[0]: line[:, 0], names[1]: line[:, 1], "delta_chi2": thresholds[cl]})
            parts.append(rows.assign(drawn=f"{100 * cl:.2f} % CL", part=part))
    places = np.array([best, *marks.values()])
    named = {"drawn": ["best fit", *marks], "part": 0, names[0]: places[:, 0], names[1]: places[:, 1]}
    parts.append(pd.DataFrame({**named, "delta_chi2": [0.0, *[np.nan] * len(marks)]}))
    return pd.concat(parts, ignore_index=True)[["drawn", "part", *columns]]
