"""Event spectra: data, stacked backgrounds, prediction and its band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing

Array = NDArray[np.float64]
COLOURS = ("#dfe7ef", "#b9cbe0", "#8fb0cf", "#e8d9b5", "#d9b98a", "#c6c6c6", "#a5c8a5", "#cfb6d6")


@dataclass(frozen=True, eq=False)
class Panel:
    """One spectrum, counts per bin.

    Parameters
    ----------
    title : of the panel.
    edges : (n + 1,) bin edges.
    data : (n,) observed counts.
    backgrounds : label -> (n,) counts, drawn from below in this order.
    signal : (n,) counts on top of them.
    error : (n,) systematic error of the total.
    """

    title: str
    edges: Array
    data: Array
    backgrounds: Mapping[str, Array]
    signal: Array
    error: Array

    @property
    def background(self) -> Array:
        """Sum of the backgrounds (n,)."""
        return np.asarray(sum(self.backgrounds.values()))

    def table(self) -> pd.DataFrame:
        """Everything drawn, counts per bin."""
        columns = {f"background: {label}": counts for label, counts in self.backgrounds.items()}
        total = self.background + self.signal
        return pd.DataFrame({
            "panel": self.title, "low": self.edges[:-1], "high": self.edges[1:], "data": self.data, **columns,
            "background": self.background, "signal": self.signal, "total": total, "systematic_error": self.error,
            "pull": (self.data - total) / np.sqrt(self.error**2 + np.maximum(total, 1e-9)),
        })  # fmt: skip


def spectra(panels: Sequence[Panel], *, xlabel: str, unit: str, title: str, signal_label: str, last: float) -> Drawing:
    """Panels side by side, each with its pulls below.

    Parameters
    ----------
    panels : one or more.
    xlabel, unit : of the horizontal axis; the vertical axis is events per this unit / 1000.
    title, signal_label : texts.
    last : upper end of the horizontal axis; a last bin beyond it is drawn up to here and said so.
    """
    import matplotlib.pyplot as plt

    size = (6.2 * len(panels), 6.4)
    figure, rows = plt.subplots(
        2, len(panels), figsize=size, layout="constrained", height_ratios=(3.4, 1), squeeze=False, sharex="col"
    )
    for column, panel in enumerate(panels):
        _stack(rows[0, column], panel, unit, signal_label, last)
        _pulls(rows[1, column], panel, last)
        rows[1, column].set_xlabel(f"{xlabel} [{unit}]")
    figure.suptitle(title, fontsize=11)
    return Drawing(figure, pd.concat([p.table() for p in panels], ignore_index=True))


def _drawn_edges(panel: Panel, last: float) -> Array:
    return np.minimum(panel.edges, last)


def _stack(axes: Any, panel: Panel, unit: str, signal_label: str, last: float) -> None:
    edges, per = _drawn_edges(panel, last), 1000 * np.diff(panel.edges)
    heights = [counts / per for counts in panel.backgrounds.values()]
    bottom = np.zeros_like(per)
    for colour, label, height in zip(COLOURS, panel.backgrounds, heights, strict=False):
        axes.stairs(bottom + height, edges, baseline=bottom, fill=True, color=colour, label=label)
        bottom = bottom + height
    total, error = bottom + panel.signal / per, panel.error / per
    axes.stairs(
        total + error, edges, baseline=total - error, fill=True, color="#2b6fd6", alpha=0.25, label="systematic error"
    )
    axes.stairs(bottom, edges, color="0.35", lw=1.0, baseline=None)
    axes.stairs(total, edges, color="#1b4f8a", lw=2.0, baseline=None, label=signal_label)
    centres = (edges[:-1] + edges[1:]) / 2
    error_bars = np.sqrt(panel.data) / per
    axes.errorbar(centres, panel.data / per, error_bars, fmt="ko", ms=3.5, lw=1.2, label="data, statistical error")
    milli = {"GeV": "MeV"}.get(unit, f"{unit} / 1000")
    note = f"; last bin up to {panel.edges[-1]:g} {unit}" if panel.edges[-1] > last else ""
    axes.set(ylabel=f"events / {milli}", title=f"{panel.title}{note}", ylim=(0, None))
    axes.title.set_fontsize(9.5)
    axes.legend(fontsize=7.5, frameon=False)


def _pulls(axes: Any, panel: Panel, last: float) -> None:
    edges, table = _drawn_edges(panel, last), panel.table()
    centres = (edges[:-1] + edges[1:]) / 2
    axes.axhspan(-1, 1, color="0.92")
    axes.axhline(0, color="0.5", lw=0.8)
    axes.plot(centres, table["pull"], "o", color="black", ms=3.5)
    reach = max(3.0, 1.1 * float(np.abs(table["pull"]).max()))
    axes.set(ylabel="pull (stat. + syst.)", ylim=(-reach, reach))
    axes.yaxis.label.set_fontsize(8)
