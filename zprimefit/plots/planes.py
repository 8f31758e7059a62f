"""Regions of two parameters for several values of a third, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing
from zprimefit.plots.style import PAGE, VERMILION, styled

Array = NDArray[np.float64]
NOWHERE = "#d9d9d9"


@dataclass(frozen=True, eq=False)
class Plane:
    """One panel.

    Parameters
    ----------
    title : of the panel.
    x, y : axes, (n,) and (m,), ascending and positive.
    tables : label -> values (n, m); allowed where they are below a threshold.
    dots : (x, y, text), drawn in red.
    """

    title: str
    x: Array
    y: Array
    tables: Mapping[str, Array]
    dots: Sequence[tuple[float, float, str]] = ()


@styled
def planes(panels: Sequence[Plane], *, threshold: float, dots: str, xlabel: str, ylabel: str, title: str) -> Drawing:
    """Edges of the regions of every label on logarithmic axes; grey where none of them is allowed.

    Parameters
    ----------
    panels : side by side, with the same labels.
    threshold : values below are allowed.
    dots : what the dots are.
    xlabel, ylabel, title : of the figure.

    Notes
    -----
    The table has a row for each point of the grids, and for each dot its text in ``drawn``, without a value.
    """
    import matplotlib.pyplot as plt

    figure, row = plt.subplots(1, len(panels), figsize=(PAGE, 4.0), sharey=True, layout="constrained", squeeze=False)
    rows, colours = [], plt.get_cmap("viridis")(np.linspace(0, 0.9, len(panels[0].tables)))
    for axes, panel in zip(row[0], panels, strict=True):
        least = np.min(list(panel.tables.values()), axis=0)
        axes.contourf(
            panel.x, panel.y, np.where(least < threshold, 0.0, 1.0).T, levels=(0.5, 1.5), colors=[NOWHERE], zorder=0
        )
        for (label, table), colour in zip(panel.tables.items(), colours, strict=True):
            if (table < threshold).any() and (table > threshold).any():
                axes.contour(panel.x, panel.y, table.T, levels=[threshold], colors=[colour], linewidths=1.5)
            x, y = np.meshgrid(panel.x, panel.y, indexing="ij")
            rows.append(_rows(panel.title, label, x.ravel(), y.ravel(), table.ravel()))
        for at, height, text in panel.dots:
            axes.plot(at, height, "o", color=VERMILION, ms=5)
            axes.annotate(text, (at, height), textcoords="offset points", xytext=(4, 4), fontsize=8, color=VERMILION)
            rows.append(_rows(panel.title, text, [at], [height], [np.nan]))
        axes.set(xscale="log", yscale="log", xlabel=xlabel, title=panel.title)
        axes.set(xlim=(panel.x[0], panel.x[-1]), ylim=(panel.y[0], panel.y[-1]))
    row[0][0].set_ylabel(ylabel)
    for label, colour in zip(panels[0].tables, colours, strict=True):
        inside = any((panel.tables[label] < threshold).any() for panel in panels)
        row[0][0].plot([], [], color=colour, label=label if inside else f"{label}: nowhere")
    row[0][0].fill_between([], [], [], color=NOWHERE, label="allowed for none")
    row[0][0].plot([], [], "o", color=VERMILION, ms=5, label=dots)
    figure.legend(fontsize=8, loc="outside right center")
    figure.suptitle(title, fontsize=10)
    return Drawing(figure, pd.concat(rows, ignore_index=True))


def _rows(
    panel: str, drawn: str, x: Array | list[float], y: Array | list[float], value: Array | list[float]
) -> pd.DataFrame:
    return pd.DataFrame({"panel": panel, "drawn": drawn, "x": x, "y": y, "value": value})
