"""Quantities against one parameter, with the band of a measurement and marked points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing
from zprimefit.plots.style import BLUE, GREEN, GREY, ORANGE, PAGE, PURPLE, VERMILION, styled

Array = NDArray[np.float64]
Scale = Literal["linear", "log"]
STYLES = ((GREEN, "-"), (BLUE, "--"), (VERMILION, ":"), (PURPLE, "-."), (ORANGE, "-"), (GREY, "--"))

FILLS = (*STYLES[3:5], *STYLES[:3])


@dataclass(frozen=True)
class Band:
    """A measurement: centre, standard error and what it is."""

    centre: float
    sigma: float
    label: str


@styled
def lines(
    x: Array,
    curves: Mapping[str, Array],
    *,
    xlabel: str,
    ylabel: str,
    title: str,
    band: Band | None = None,
    regions: Mapping[str, tuple[Array, Array]] | None = None,
    levels: Mapping[str, float] | None = None,
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
    regions : label -> lower and upper edge (n,) each, filled between, below the curves.
    levels : label -> height of a horizontal line, e.g. a confidence level with its degrees of freedom.
    stars : label -> point.
    scales : of the axes x and y.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(PAGE, 4.8), layout="constrained")
    table: dict[str, object] = {"x": x, **curves}
    if band is not None:
        label = f"{band.label} (68.27 % CL, 1 dof)"
        axes.axhspan(band.centre - band.sigma, band.centre + band.sigma, color="#f2e3a6", label=label)
        axes.axhline(band.centre, color="#c9a227", lw=0.8)
        table |= {"band_low": band.centre - band.sigma, "band_high": band.centre + band.sigma}
    for (label, (low, high)), (colour, _) in zip((regions or {}).items(), FILLS, strict=False):
        axes.fill_between(x, low, high, color=colour, alpha=0.35, lw=1.2, label=label)
        table |= {f"{label}, low": low, f"{label}, high": high}
    for (label, curve), (colour, style) in zip(curves.items(), STYLES, strict=False):
        axes.plot(x, curve, color=colour, ls=style, lw=2, label=label)
    for (label, height), style in zip((levels or {}).items(), ("--", "-.", ":"), strict=False):
        axes.axhline(height, color=VERMILION, lw=1, ls=style, label=label)
        table[label] = height
    for label, (at, value) in (stars or {}).items():
        axes.plot([at], [value], "*", color="black", ms=13, ls="none", label=f"{label}: {value:.3g}", zorder=5)
        table |= {f"{label} x": at, f"{label} y": value}
    if scales[1] == "linear":
        axes.axhline(0, color="0.6", lw=0.6)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title, xscale=scales[0], yscale=scales[1])
    axes.title.set_fontsize(10)
    axes.margins(x=0)
    axes.legend(fontsize=9, framealpha=0.8, edgecolor="none")
    return Drawing(figure, pd.DataFrame(table))
