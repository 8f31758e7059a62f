"""Corner plots of samples."""

import warnings
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing, axis_label
from zprimefit.plots.style import BLUE, GREEN, ORANGE, VERMILION, styled

Array = NDArray[np.float64]
CREDIBILITY = (0.6827, 0.9545)
FEWEST_BINS, MOST_BINS = 10, 30
LETTERS = 10
"""Of the title, in an inch."""
LINE = 0.2
"""Height of one of its lines [inches]."""
MARK_COLOURS = (ORANGE, VERMILION, GREEN)


@styled
def corner_plot(
    samples: Array,
    *,
    names: Sequence[str],
    latex: Sequence[str],
    units: Sequence[str],
    log: Sequence[bool],
    marks: Mapping[str, Mapping[str, float]] | None = None,
    title: str = "",
    credibility: Sequence[float] = CREDIBILITY,
    bins: int | None = None,
) -> Drawing:
    """Marginal distributions of every parameter and pair, not smoothed.

    Parameters
    ----------
    samples : (n, n_dim) in the units given; columns that do not vary are kept, with a range of their own.
    names, latex, units, log : per column; log columns have logarithmic axes.
    marks : label -> {name: value}, drawn as lines and points.
    title : of the figure.
    credibility : probabilities of the regions of pairs. One and two standard deviations of a Gaussian in two dimensions
        are 0.3935 and 0.8647, not 0.6827 and 0.9545.
    bins : per axis; by default as many as the samples fill, at most thirty.
    """
    corner = _library()

    samples = np.asarray(samples, dtype=np.float64)
    if bins is None:
        # half a dozen samples in each cell of a pair, so that regions are no patchwork of single ones
        bins = int(np.clip(np.sqrt(len(samples) / 6), FEWEST_BINS, MOST_BINS))
    ranges = [_range(samples[:, i], logarithmic=log[i]) for i in range(samples.shape[1])]
    # A column that does not vary has no contours: a hair of width, far below its axis' range, lets it be drawn.
    constant = np.ptp(samples, axis=0) == 0
    drawn = samples.copy()
    if constant.any():
        hair = np.random.default_rng(0).uniform(0.999, 1.001, size=(len(samples), int(constant.sum())))
        drawn[:, constant] = np.where(drawn[:, constant] == 0, hair - 1, drawn[:, constant] * hair)
    figure = corner.corner(
        drawn,
        bins=bins,
        range=ranges,
        axes_scale=["log" if flag else "linear" for flag in log],
        labels=[axis_label(symbol, unit) for symbol, unit in zip(latex, units, strict=True)],
        levels=tuple(credibility),
        smooth=None,
        plot_datapoints=False,
        fill_contours=True,
        color=BLUE,
        label_kwargs={"fontsize": 11},
        labelpad=0.08,
        max_n_ticks=4,
        quiet=True,
    )
    _thin_ticks(figure)
    handles = _draw_marks(figure, marks or {}, names)
    regions = " and ".join(f"{100 * level:.2f} %" for level in credibility)
    # The triangle above the diagonal is free: half the width, and all of it where there is but one panel.
    wide, high = figure.get_size_inches()
    width = int(LETTERS * wide / (2 if samples.shape[1] > 1 else 1))
    said = (title, f"{len(samples)} samples, not smoothed; 2D regions of {regions} probability")
    note = [line for text in said for line in wrap(text, width)]
    figure.suptitle("\n".join(note), x=0.98, y=0.99, ha="right", fontsize=12)
    if handles:
        below = 0.99 - LINE * (len(note) + 0.5) / high
        figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.98, below), frameon=False, fontsize=11)
    return Drawing(figure, pd.DataFrame(samples, columns=pd.Index(list(names))))


def _library() -> Any:
    """Return corner. It imports ArviZ where that is installed, which announces another version of itself once a day."""
    with warnings.catch_warnings(action="ignore", category=FutureWarning):
        import corner
    return corner


def _range(column: Array, *, logarithmic: bool) -> tuple[float, float]:
    low, high = float(column.min()), float(column.max())
    if low < high:
        return low, high
    if logarithmic:
        return low / 2, low * 2
    width = abs(low) / 2 or 1.0
    return low - width, low + width


def _thin_ticks(figure: Any) -> None:
    """Few, readable labels on logarithmic axes: decades, or 1-2-5 where there is hardly more than one."""
    from matplotlib.ticker import LogFormatterSciNotation, LogLocator, NullFormatter

    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            if axis.get_scale() != "log":
                continue
            wide = high > 30 * low
            axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=5))
            labelled = bool(axis.get_label().get_text())
            axis.set_major_formatter(LogFormatterSciNotation(labelOnlyBase=False) if labelled else NullFormatter())
            axis.set_minor_formatter(NullFormatter())


def _draw_marks(figure: Any, marks: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> list[object]:
    corner = _library()
    from matplotlib.lines import Line2D

    handles: list[object] = []
    for colour, (label, point) in zip(MARK_COLOURS, marks.items(), strict=False):
        values = [point.get(name) for name in names]
        # corner knows a single panel by no index
        (value, *others) = values
        if not others:
            if value is not None:
                figure.axes[0].axvline(value, color=colour, lw=1.0)
            handles.append(Line2D([], [], color=colour, lw=1.0, label=label))
            continue
        corner.overplot_lines(figure, values, color=colour, lw=1.0)
        corner.overplot_points(figure, np.array([values], dtype=float), marker="*", ms=11, color=colour)
        handles.append(Line2D([], [], color=colour, marker="*", ms=11, lw=1.0, label=label))
    return handles
