"""Quantities against one parameter, with the band of a measurement and marked points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing

Array = NDArray[np.float64]
Scale = Literal["linear", "log"]
STYLES = (("#2c7a3f", "-"), ("#1b4f8a", "--"), ("#b3282d", ":"), ("#7a4fb3", "-."), ("#c77a00", "-"), ("#5b5b5b", "--"))


@dataclass(frozen=True)
class Band:
    """A measurement: centre, standard error and what it is."""

    centre: float
    sigma: float
    label: str


def lines(
    x: Array,
    curves: Mapping[str, Array],
    *,
    xlabel: str,
    ylabel: str,
    title: str,
    band: Band | None = None,
    stars: Mapping[str, tuple[float, float]] | None = None,
    scales: tuple[Scale, Scale] = ("linear", "linear"),
) -> Drawing:
    """Curves over x.

    Parameters
    ----------
    x : (n,).
    curves : label -> (n,), drawn in this order.
    xlabel, ylabel : with units.
    title : of the figure.
    band : horizontal, drawn from centre - sigma to centre + sigma (68.27 % CL, 1 dof).
    stars : label -> point.
    scales : of the axes x and y.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.0, 4.8), layout="constrained")
    table: dict[str, object] = {"x": x, **curves}
    if band is not None:
        label = f"{band.label} (68.27 % CL, 1 dof)"
        axes.axhspan(band.centre - band.sigma, band.centre + band.sigma, color="#f2e3a6", label=label)
        axes.axhline(band.centre, color="#c9a227", lw=0.8)
        table |= {"band_low": band.centre - band.sigma, "band_high": band.centre + band.sigma}
    for (label, curve), (colour, style) in zip(curves.items(), STYLES, strict=False):
        axes.plot(x, curve, color=colour, ls=style, lw=2, label=label)
    for label, (at, value) in (stars or {}).items():
        axes.plot([at], [value], "*", color="black", ms=13, ls="none", label=f"{label}: {value:.3g}", zorder=5)
        table |= {f"{label} x": at, f"{label} y": value}
    if scales[1] == "linear":
        axes.axhline(0, color="0.6", lw=0.6)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title, xscale=scales[0], yscale=scales[1])
    axes.margins(x=0)
    axes.legend(fontsize=9, frameon=False)
    return Drawing(figure, pd.DataFrame(table))
