"""Delta chi^2 of one parameter, profiled over the others."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from zprimefit.plots.figure import Drawing, axis_label, minimum_label
from zprimefit.plots.style import BLUE, GREY, ORANGE, PAGE, VERMILION, styled

Array = NDArray[np.float64]


@styled
def profile_curve(
    frame: pd.DataFrame,
    *,
    name: str,
    latex: str,
    unit: str,
    log: bool,
    best: float,
    best_value: float,
    ndof: int | None = None,
    cl: Sequence[float] = (0.6827, 0.9545),
    marks: Mapping[str, float] | None = None,
    title: str = "",
    dof: int = 1,
) -> Drawing:
    """Delta chi^2 against one parameter.

    Parameters
    ----------
    frame : a column called `name`, ``delta_chi2``, ``status``; rows whose delta_chi2 is NaN are shown as crosses.
    name, latex, unit, log : of the parameter.
    best, best_value : the parameter and -2 ln L at the global minimum.
    ndof : degrees of freedom of the best fit, for the legend.
    cl : confidence levels of the horizontal lines, for `dof` degrees of freedom.
    marks : label -> value of the parameter, drawn as vertical lines.
    title : of the figure.
    dof : number of parameters of interest.
    """
    import matplotlib.pyplot as plt

    x, y = frame[name].to_numpy(dtype=float), frame["delta_chi2"].to_numpy(dtype=float)
    figure, axes = plt.subplots(figsize=(PAGE, 4.8), layout="constrained")
    good, shown = np.isfinite(y), "" if unit == "1" else f" {unit}"
    axes.plot(x[good], y[good], color=BLUE, lw=2, marker=".", ms=5, label=f"profile, {minimum_label(best_value, ndof)}")
    if (~good).any():
        axes.plot(x[~good], np.zeros((~good).sum()), "x", color=VERMILION, label="no convergence")
    top = float(max(np.nanmax(y[good], initial=0.0) * 1.1, chi2.ppf(max(cl), dof) * 1.3))
    for level in cl:
        height = float(chi2.ppf(level, dof))
        axes.axhline(height, color=GREY, lw=0.9, ls="--")
        text = f"{100 * level:.2f} % CL\n{dof} dof, $\\Delta\\chi^2$ = {height:.2f}"
        axes.annotate(
            text, (1.01, height), xycoords=("axes fraction", "data"), ha="left", va="center", fontsize=8, color="0.3"
        )
    label = f"best fit {best:.4g}{shown}"
    axes.plot([best], [0.0], marker="v", ms=9, color=BLUE, ls="none", clip_on=False, label=label)
    for label, value in (marks or {}).items():
        axes.axvline(value, color=ORANGE, lw=1.2, ls=":", label=f"{label} {value:.4g}{shown}")
    axes.set(xlabel=axis_label(latex, unit), ylabel=r"$\Delta\chi^2 = -2\,\Delta\ln L$, profiled", ylim=(0, top))
    axes.set_title(fill(title, 90), fontsize=10)
    if log:
        axes.set_xscale("log")
    axes.margins(x=0.01)
    axes.legend(fontsize=9, frameon=False, loc="best")
    return Drawing(figure, frame)
