"""Limits on a coupling against a mass: filled where excluded, dashed where somebody hopes to look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zprimefit.plots.figure import Drawing, axis_label
from zprimefit.plots.style import COLOURS, PAGE, styled

Array = NDArray[np.float64]
MARK_COLOUR = "black"
LABEL_SHARES = (0.5, 0.25, 0.75)
"""How far along neighbouring curves their labels stand."""
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
    upper : (n,) where it ends, infinite where it does not; None for "and all above" everywhere.
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


@styled
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

    figure, axes = plt.subplots(figsize=(PAGE, 5.6), layout="constrained")
    axes.set(xscale="log", yscale="log", xlim=xlim, ylim=ylim, title=title)
    axes.set(xlabel=axis_label(latex[0], units[0]), ylabel=axis_label(latex[1], units[1]))
    axes.title.set_fontsize(10)
    for k, limit in enumerate(limits):
        _draw(axes, limit, COLOURS[k % len(COLOURS)], label_place(limit, xlim, ylim, LABEL_SHARES[k % 3]))
    for label, place in (marks or {}).items():
        axes.plot(*place, marker="*", ms=14, color=MARK_COLOUR, mec="white", ls="none", zorder=4)
        _write(axes, label, place, MARK_COLOUR, offset=(0, -16))
    if not_drawn:
        figure.supxlabel(f"not drawn: {', '.join(not_drawn)}", fontsize=7.5, wrap=True)
    return Drawing(figure, _table(limits, names, marks or {}))


def _draw(axes: Any, limit: Limit, colour: str, place: tuple[float, float] | None) -> None:
    edge = limit.edge
    dashed = limit.kind == "projection"
    if not dashed:
        top = np.full_like(edge, np.inf) if limit.upper is None else np.asarray(limit.upper)
        top = np.maximum(np.minimum(top, axes.get_ylim()[1]), edge)
        axes.fill_between(limit.x, edge, top, where=np.isfinite(edge), color=colour, alpha=0.18, lw=0)
        for piece in _pieces(edge):
            x, low, high = limit.x[piece], edge[piece], top[piece]
            axes.plot([x[0], *x, x[-1], *x[::-1]], [high[0], *low, high[-1], *high[::-1]], color=colour, lw=1.3)
    else:
        axes.plot(limit.x, edge, color=colour, lw=1.3, ls="--")
    if place is not None:
        _write(axes, limit.label, place, colour, offset=(0, 4))


def _pieces(edge: Array) -> list[slice]:
    """Where a limit is without a gap."""
    there = np.concatenate([[False], np.isfinite(edge), [False]])
    turns = np.flatnonzero(there[1:] != there[:-1])
    return [slice(int(i), int(j)) for i, j in zip(turns[::2], turns[1::2], strict=True)]


def _write(axes: Any, text: str, place: tuple[float, float], colour: str, offset: tuple[float, float]) -> None:
    from matplotlib.patheffects import withStroke

    axes.annotate(
        text, place, xytext=offset, textcoords="offset points", ha="center", fontsize=8, color=colour, clip_on=True,
        zorder=5, path_effects=[withStroke(linewidth=2.5, foreground="white", alpha=0.8)],
    )  # fmt: skip


def label_place(
    limit: Limit, xlim: tuple[float, float], ylim: tuple[float, float], share: float
) -> tuple[float, float] | None:
    """Place on the visible part of a curve, a share of the way along it; None where nothing is visible."""
    x, y = limit.x, limit.edge
    inside = np.flatnonzero(np.isfinite(y) & (x >= xlim[0]) & (x <= xlim[1]) & (y >= ylim[0]) & (y <= ylim[1]))
    if inside.size == 0:
        return None
    wanted = x[inside[0]] ** (1 - share) * x[inside[-1]] ** share
    k = inside[np.argmin(np.abs(np.log(x[inside] / wanted)))]
    return float(x[k]), float(y[k])


def _table(limits: Sequence[Limit], names: tuple[str, str], marks: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    parts = [limit.table(names) for limit in limits]
    if marks:
        places = np.array(list(marks.values()), dtype=np.float64)
        stars = {"drawn": list(marks), "kind": "mark", names[0]: places[:, 0], names[1]: places[:, 1]}
        parts.append(pd.DataFrame({**stars, "upper": places[:, 1]}))
    columns = ["drawn", "kind", *names, "upper"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
