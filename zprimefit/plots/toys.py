"""Distributions of a test statistic by toys, and thresholds along a curve."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from zprimefit.plots.figure import Drawing, axis_label
from zprimefit.plots.style import BLUE, PAGE, VERMILION, styled

Array = NDArray[np.float64]


@styled
def statistic_distribution(
    frame: pd.DataFrame, *, observed: float, p_value: float, dof: int, one_sided: bool, title: str = ""
) -> Drawing:
    """Share of toys whose statistic is larger, beside that of a chi^2.

    Parameters
    ----------
    frame : column ``t``, one row a toy; NaN where it has none.
    observed, p_value : statistic of the data, and the share of toys that are not below it.
    dof : degrees of freedom of the chi^2.
    one_sided : half of the toys have t = 0 if Wilks is right.
    title : of the figure.
    """
    import matplotlib.pyplot as plt

    values = np.sort(frame["t"].dropna().to_numpy(dtype=float))
    figure, axes = plt.subplots(figsize=(PAGE, 4.8), layout="constrained")
    n = len(values)
    top = 1.2 * float(max(values.max(initial=0.0), chi2.ppf(0.99, dof)))
    inside = observed < 3 * top
    top = max(top, 1.05 * observed) if inside else top
    x = np.linspace(0.0, top, 400)
    above = 1 - np.arange(n) / max(n, 1)
    axes.step(values, above, where="post", color=BLUE, lw=1.8, label=f"{n} toys")
    error = np.sqrt(above * (1 - above) / max(n, 1))
    axes.fill_between(
        values, np.maximum(above - error, 1e-4), above + error, step="post", color=BLUE, alpha=0.2, lw=0,
        label="68 % CL of the toys' number",
    )  # fmt: skip
    share = 0.5 if one_sided else 1.0
    axes.plot(x, share * chi2.sf(x, dof), color="0.4", ls="--", label=f"Wilks, $\\chi^2$ with {dof} dof")
    label = f"data, t = {observed:.3g}: p = {p_value:.3g} by toys"
    if inside:
        axes.axvline(observed, color=VERMILION, lw=1.4, label=label)
    else:
        axes.plot(
            [0.98], [0.5], ">", color=VERMILION, ms=9, transform=axes.transAxes, label=f"{label}, far to the right"
        )
    axes.set(
        xlabel="t = difference of $-2\\,\\ln L$, held less free", ylabel="share of experiments with a larger t",
        yscale="log", ylim=(max(0.3 / max(n, 1), 1e-4), 1.2), xlim=(0, top), title=title,
    )  # fmt: skip
    axes.legend(fontsize=9, frameon=False, loc="upper right")
    return Drawing(figure, frame)


@styled
def calibrated_curve(
    curve: pd.DataFrame, toys: pd.DataFrame, *, name: str, latex: str, unit: str, log: bool, cl: float, title: str = ""
) -> Drawing:
    """Delta chi^2 against one parameter with the threshold by Wilks and those by toys.

    Parameters
    ----------
    curve : columns `name` and ``delta_chi2``.
    toys : columns `name`, ``critical``, ``critical_low``, ``critical_high``: thresholds with intervals at 68.27 % CL.
    name, latex, unit, log : of the parameter.
    cl : confidence level of the thresholds.
    title : of the figure.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(PAGE, 4.8), layout="constrained")
    axes.plot(curve[name], curve["delta_chi2"], color=BLUE, lw=2, marker=".", ms=5, label="profile of the data")
    wilks = float(chi2.ppf(cl, 1))
    axes.axhline(wilks, color="0.4", ls="--", lw=1, label=f"{100 * cl:.2f} % CL by Wilks, 1 dof: {wilks:.2f}")
    middle = toys["critical"].to_numpy(dtype=float)
    ends = toys[["critical_low", "critical_high"]].to_numpy(dtype=float)
    largest = np.nanmax(np.where(np.isfinite(ends), ends, np.nan), initial=wilks)
    errors = np.abs(np.where(np.isfinite(ends), ends, largest).T - middle)
    axes.errorbar(
        toys[name], middle, yerr=errors, fmt="s", ms=5, color=VERMILION, capsize=3,
        label=f"{100 * cl:.2f} % CL by toys, errors at 68 % CL",
    )  # fmt: skip
    delta = curve["delta_chi2"].to_numpy(dtype=float)
    axes.set(
        xlabel=axis_label(latex, unit), ylabel=r"$\Delta\chi^2 = -2\,\Delta\ln L$, profiled", title=title,
        ylim=(0, min(1.15 * max(float(np.nanmax(delta, initial=0.0)), float(largest)), 5 * float(largest))),
    )  # fmt: skip
    if log:
        axes.set_xscale("log")
    axes.legend(fontsize=9, frameon=False, loc="best")
    return Drawing(figure, toys)
