"""Limits on a coupling against a mass: filled where excluded, dashed where somebody hopes to look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing, axis_label

Array = NDArray[np.float64]
COLOURS = ("#1b4f8a", "#b3282d", "#2c7a3f", "#7a4fb3", "#c77a00", "#3b8ea5", "#8a5a44", "#5b5b5b")
MARK_COLOUR = "black"
NO_LIMIT = 1e29
"""A limit from here on is none."""


@dataclass(frozen=True, eq=False)
class Limit:
    """One curve.

    Parameters
    ----------
    label : written on the curve.
    x : (n,).
    lower : (n,) where exclusion starts; NaN or enormous where there is no limit.
    upper : (n,) where it ends; None for "and all above".
    kind : ``"excluded"`` is filled, ``"projection"`` is a dashed line.
    """

    label: str
    x: Array
    lower: Array
    upper: Array | None = None
    kind: Literal["excluded", "projection"] = "excluded"

    def __post_init__(self) -> None:
        shapes = {np.shape(a) for a in (self.x, self.lower, self.upper) if a is not None}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            msg = f"{self.label}: x, lower and upper must be arrays of one length, got shapes {sorted(shapes)}"
            raise ValueError(msg)
        if self.kind not in {"excluded", "projection"}:
            msg = f"{self.label}: kind must be 'excluded' or 'projection', got {self.kind!r}"
            raise ValueError(msg)

    @property
    def edge(self) -> Array:
        """`lower`, with NaN where there is no limit (n,)."""
        lower = np.array(self.lower, dtype=np.float64)
        lower[~np.isfinite(lower) | (lower >= NO_LIMIT)] = np.nan
        return lower

    def table(self, names: tuple[str, str]) -> pd.DataFrame:
        """Everything drawn, points without a limit left out."""
        top = np.full_like(self.edge, np.inf) if self.upper is None else self.upper
        frame = pd.DataFrame(
            {"drawn": self.label, "kind": self.kind, names[0]: self.x, names[1]: self.edge, "upper": top}
        )
        return frame[np.isfinite(self.edge)]


def exclusion(
    limits: Sequence[Limit],
    *,
    names: tuple[str, str],
    latex: tuple[str, str],
    units: tuple[str, str],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    marks: Mapping[str, tuple[float, float]] | None = None,
    title: str = "",
    not_drawn: Sequence[str] = (),
) -> Drawing:
    """Excluded regions and projections in a plane of two logarithmic axes.

    Parameters
    ----------
    limits : curves, drawn in this order.
    names, latex, units : of x and y; the names head the table's columns.
    xlim, ylim : ranges of the axes.
    marks : label -> (x, y), drawn as stars.
    title : of the figure.
    not_drawn : curves that are known of, but not at hand as numbers; named below the figure.

    Notes
    -----
    The table has a row for each point, ``drawn`` the label of its curve or mark, ``kind`` one of ``excluded``,
    ``projection``, ``mark``, and ``upper`` the end of the excluded range, infinite for all above.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.0, 5.6), layout="constrained")
    axes.set(xscale="log", yscale="log", xlim=xlim, ylim=ylim, title=title)
    axes.set(xlabel=axis_label(latex[0], units[0]), ylabel=axis_label(latex[1], units[1]))
    axes.title.set_fontsize(10)
    for k, limit in enumerate(limits):
        _draw(axes, limit, COLOURS[k % len(COLOURS)], xlim, ylim)
    handles = [
        axes.plot(*place, marker="*", ms=14, color=MARK_COLOUR, mec="white", ls="none", label=label)[0]
        for label, place in (marks or {}).items()
    ]
    if handles:
        axes.legend(handles=handles, fontsize=9, frameon=True, framealpha=0.85, loc="best")
    if not_drawn:
        figure.supxlabel(f"not drawn: {', '.join(not_drawn)}", fontsize=7.5, wrap=True)
    return Drawing(figure, _table(limits, names, marks or {}))


def _draw(axes: Any, limit: Limit, colour: str, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
    edge = limit.edge
    dashed = limit.kind == "projection"
    if not dashed:
        top = np.full_like(edge, ylim[1]) if limit.upper is None else np.asarray(limit.upper)
        axes.fill_between(limit.x, edge, np.maximum(top, edge), where=np.isfinite(edge), color=colour, alpha=0.18, lw=0)
        if limit.upper is not None:
            axes.plot(limit.x, np.where(np.isfinite(edge), top, np.nan), color=colour, lw=1.3)
    axes.plot(limit.x, edge, color=colour, lw=1.3, ls="--" if dashed else "-")
    place = _label_place(limit.x, edge, xlim, ylim)
    if place is not None:
        axes.annotate(
            limit.label, place, xytext=(0, 4), textcoords="offset points", ha="center", fontsize=8, color=colour,
            clip_on=True,
        )  # fmt: skip


def _label_place(
    x: Array, y: Array, xlim: tuple[float, float], ylim: tuple[float, float]
) -> tuple[float, float] | None:
    """Middle of the visible part of a curve; None where nothing is."""
    inside = np.flatnonzero(np.isfinite(y) & (x >= xlim[0]) & (x <= xlim[1]) & (y >= ylim[0]) & (y <= ylim[1]))
    if inside.size == 0:
        return None
    middle = np.sqrt(x[inside[0]] * x[inside[-1]])
    k = inside[np.argmin(np.abs(np.log(x[inside] / middle)))]
    return float(x[k]), float(y[k])


def _table(limits: Sequence[Limit], names: tuple[str, str], marks: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    parts = [limit.table(names) for limit in limits]
    if marks:
        places = np.array(list(marks.values()), dtype=np.float64)
        stars = {"drawn": list(marks), "kind": "mark", names[0]: places[:, 0], names[1]: places[:, 1]}
        parts.append(pd.DataFrame({**stars, "upper": places[:, 1]}))
    columns = ["drawn", "kind", *names, "upper"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
