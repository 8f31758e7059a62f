"""Event spectra: data, stacked backgrounds, prediction and its band."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing
from zprimefit.plots.style import BLUE, PAGE, SKY, styled

Array = NDArray[np.float64]
COLOURS = ("#dfe7ef", "#b9cbe0", "#8fb0cf", "#e8d9b5", "#d9b98a", "#c6c6c6", "#a5c8a5", "#cfb6d6")


@dataclass(frozen=True, eq=False)
class Axis:
    """Horizontal axis of a spectrum.

    Parameters
    ----------
    label, unit : of the axis; unit ``"1"`` for none.
    per : width that heights are given for, in this unit; heights are counts x per / width of the bin.
    per_label : that width in words, e.g. ``"MeV"``.
    last : where the axis ends; a last bin beyond it is drawn up to here and said so. None for the last edge.
    """

    label: str
    unit: str
    per: float
    per_label: str
    last: float | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """One spectrum, counts per bin.

    Parameters
    ----------
    title : of the panel.
    axis : horizontal.
    edges : (n + 1,) bin edges.
    data : (n,) observed counts.
    backgrounds : label -> (n,) counts, drawn from below in this order.
    signal : (n,) counts on top of them.
    error : (n,) systematic error of the total, for the pulls.
    band : (n,) half height of the band around the total; `error` where it is None.
    band_label : what the band is.
    lines : label -> (n,) total counts of other predictions, drawn dashed.
    bands : label -> ends (n,), (n,) of total counts, drawn in this order instead of `band`.
    """

    title: str
    axis: Axis
    edges: Array
    data: Array
    backgrounds: Mapping[str, Array]
    signal: Array
    error: Array
    band: Array | None = None
    band_label: str = "systematic error"
    lines: Mapping[str, Array] = field(default_factory=dict)
    bands: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)

    @property
    def background(self) -> Array:
        """Sum of the backgrounds (n,)."""
        return np.asarray(sum(self.backgrounds.values()))

    @property
    def pull(self) -> Array:
        """Data minus prediction, in statistical and systematic standard errors (n,)."""
        total = self.background + self.signal
        return np.asarray((self.data - total) / np.sqrt(self.error**2 + np.maximum(total, 1e-9)))

    def table(self) -> pd.DataFrame:
        """Everything drawn, counts per bin."""
        columns = {f"background: {label}": counts for label, counts in self.backgrounds.items()}
        columns |= {f"line: {label}": counts for label, counts in self.lines.items()}
        for label, (low, high) in self.bands.items():
            columns |= {f"{label}, low": low, f"{label}, high": high}
        total = self.background + self.signal
        return pd.DataFrame({
            "panel": self.title, "low": self.edges[:-1], "high": self.edges[1:], "data": self.data, **columns,
            "background": self.background, "signal": self.signal, "total": total, "systematic_error": self.error,
            "band": self.error if self.band is None else self.band,
            "pull": self.pull,
        })  # fmt: skip


@styled
def spectra(panels: Sequence[Panel], *, title: str, signal_label: str, columns: int | None = None) -> Drawing:
    """Panels in rows, each with its pulls below.

    Parameters
    ----------
    panels : one or more.
    title, signal_label : texts.
    columns : panels in a row; all of them by default.
    """
    import matplotlib.pyplot as plt

    across = columns or len(panels)
    down = -(-len(panels) // across)
    figure = plt.figure(figsize=(PAGE, (4.0 if across > 1 else 5.4) * down + 1.0), layout="constrained")
    grid = figure.add_gridspec(2 * down, across, height_ratios=[3.4, 1] * down)
    for i, panel in enumerate(panels):
        row, column = 2 * (i // across), i % across
        above = figure.add_subplot(grid[row, column])
        below = figure.add_subplot(grid[row + 1, column], sharex=above)
        _stack(above, panel, signal_label)
        _pulls(below, panel)
        above.tick_params(labelbottom=False)
        unit = "" if panel.axis.unit == "1" else f" [{panel.axis.unit}]"
        below.set_xlabel(f"{panel.axis.label}{unit}")
    # One for all: in a column's width it would hide the data.
    shown = {
        label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=3, fontsize=7.5, frameon=False)
    figure.suptitle(title, fontsize=10)
    return Drawing(figure, pd.concat([p.table() for p in panels], ignore_index=True))


def drawn_edges(panel: Panel) -> Array:
    """Edges (n + 1,) as they are drawn: a last bin beyond the axis ends where the axis does."""
    return panel.edges if panel.axis.last is None else np.minimum(panel.edges, panel.axis.last)


def _stack(axes: Any, panel: Panel, signal_label: str) -> None:
    edges, per = drawn_edges(panel), np.diff(panel.edges) / panel.axis.per
    heights = [counts / per for counts in panel.backgrounds.values()]
    bottom = np.zeros_like(per)
    for colour, label, height in zip(COLOURS, panel.backgrounds, heights, strict=False):
        axes.stairs(bottom + height, edges, baseline=bottom, fill=True, color=colour, label=label)
        bottom = bottom + height
    total, band = bottom + panel.signal / per, (panel.error if panel.band is None else panel.band) / per
    ends = {label: (low / per, high / per) for label, (low, high) in panel.bands.items()}
    for i, (label, (low, high)) in enumerate((ends or {panel.band_label: (total - band, total + band)}).items()):
        axes.stairs(high, edges, baseline=low, fill=True, color=SKY, alpha=0.25 * (i + 1), label=label)
    axes.stairs(bottom, edges, color="0.35", lw=1.0, baseline=None)
    for label, counts in panel.lines.items():
        axes.stairs(counts / per, edges, color="black", lw=1.2, ls="--", baseline=None, label=label)
    axes.stairs(total, edges, color=BLUE, lw=2.0, baseline=None, label=signal_label)
    centres = (edges[:-1] + edges[1:]) / 2
    error_bars = np.sqrt(panel.data) / per
    axes.errorbar(centres, panel.data / per, error_bars, fmt="ko", ms=3.5, lw=1.2, label="data, statistical error")
    beyond = panel.edges[-1] > edges[-1]
    note = f"\nlast bin up to {panel.edges[-1]:g} {panel.axis.unit}" if beyond else ""
    axes.set(ylabel=f"events / {panel.axis.per_label}", title=f"{panel.title}{note}", ylim=(0, None))
    axes.title.set_fontsize(8)


def _pulls(axes: Any, panel: Panel) -> None:
    edges, table = drawn_edges(panel), panel.table()
    centres = (edges[:-1] + edges[1:]) / 2
    axes.axhspan(-1, 1, color="0.92")
    axes.axhline(0, color="0.5", lw=0.8)
    axes.plot(centres, table["pull"], "o", color="black", ms=3.5)
    reach = max(3.0, 1.1 * float(np.abs(table["pull"]).max()))
    axes.set(ylabel="pull (stat. + syst.)", ylim=(-reach, reach))
    axes.yaxis.label.set_fontsize(7)
