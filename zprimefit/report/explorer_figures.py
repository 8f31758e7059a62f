"""Figures of the explorer's page: each is built once and then given new numbers."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Range1d, Span
from bokeh.plotting import figure
from numpy.typing import NDArray

from zprimefit.plots.exclusion import Limit, label_place
from zprimefit.plots.plain import plain
from zprimefit.plots.spectra import COLOURS, Panel, drawn_edges
from zprimefit.plots.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from zprimefit.report.explorer import Moment, View
from zprimefit.report.explorer_plane import Plane, ends_of

Array = NDArray[np.float64]
INK, PREDICTION, STAR = "#222222", BLUE, VERMILION
LINES: Final = (BLUE, VERMILION, GREEN, PURPLE, "#7A4FB3", "#8A6D00", SKY, GREY)
"""Told apart by the colour-blind; every curve has its name on it too."""
WORDS: Final = {"allowed": BLUE, "tension": ORANGE, "excluded": VERMILION, "nan": "#999999"}
"""Colours of verdicts, which stand beside them in words."""
HEADROOM: Final = 1.25
TALLEST: Final = 3.0
"""A prediction that is more than so many times as high as the data leaves the figure."""
NEAR: Final = 0.08
"""Share of an axis within which a drag takes hold of the star."""


def _figure(height: int, **options: Any) -> Any:
    made = figure(height=height, sizing_mode="stretch_width", toolbar_location=None, tools="", **options)
    made.min_border_right, made.outline_line_color, made.background_fill_color = 8, None, None
    made.grid.grid_line_color = "#ececec"
    made.axis.axis_label_text_font_style, made.axis.axis_label_text_font_size = "normal", "11px"
    made.title.text_font_size, made.title.text_font_style = "12px", "bold"
    made.axis.minor_tick_line_color = None
    return made


class SpectrumFigure:
    """One of MiniBooNE's spectra, with its pulls below."""

    def __init__(self, panel: Panel, label: str) -> None:
        self.source = ColumnDataSource()
        self.top = Range1d(0, 1)
        edges = drawn_edges(panel)
        across = Range1d(float(edges[0]), float(edges[-1]))
        unit = "" if panel.axis.unit == "1" else f" [{panel.axis.unit}]"
        self.above = _figure(215, x_range=across, y_range=self.top, title=label)
        self.above.yaxis.axis_label = f"events / {panel.axis.per_label}"
        self.above.xaxis.major_label_text_font_size = "0px"
        shared = {"source": self.source, "left": "left", "right": "right"}
        for k, _ in enumerate(panel.backgrounds):
            self.above.quad(
                bottom=f"bottom{k}", top=f"top{k}", fill_color=COLOURS[k % len(COLOURS)], line_color=None, **shared
            )
        self.above.quad(bottom="band_low", top="band_high", fill_color=PREDICTION, fill_alpha=0.25, line_color=None,
                        **shared)  # fmt: skip
        row = {"source": self.source, "x0": "left", "x1": "right"}
        self.above.segment(y0="background", y1="background", line_color="#555555", line_width=1, **row)
        self.above.segment(y0="total", y1="total", line_color=PREDICTION, line_width=3, **row)
        for k, _ in enumerate(panel.lines):
            self.above.segment(y0=f"line{k}", y1=f"line{k}", line_color=INK, line_dash="dashed", **row)
        self.above.segment("centre", "data_low", "centre", "data_high", source=self.source, line_color=INK)
        self.above.scatter("centre", "data", source=self.source, size=5, color=INK)
        self.below = _figure(105, x_range=across, y_range=Range1d(-4, 4))
        self.below.xaxis.axis_label, self.below.yaxis.axis_label = f"{plain(panel.axis.label)}{unit}", "pull"
        self.below.yaxis.ticker = FixedTicker(ticks=[-3, 0, 3])
        self.below.add_layout(Span(location=0, dimension="width", line_color="#888888"))
        self.below.scatter("centre", "pull", source=self.source, size=5, color=INK)
        self.figures = (self.above, self.below)
        self.show(panel)

    def show(self, panel: Panel) -> None:
        """Draw other numbers."""
        edges, per = drawn_edges(panel), np.diff(panel.edges) / panel.axis.per
        columns: dict[str, Any] = {"left": edges[:-1], "right": edges[1:], "centre": (edges[:-1] + edges[1:]) / 2}
        bottom = np.zeros_like(per)
        for k, counts in enumerate(panel.backgrounds.values()):
            columns[f"bottom{k}"], bottom = bottom, bottom + counts / per
            columns[f"top{k}"] = bottom
        total, band = bottom + panel.signal / per, (panel.error if panel.band is None else panel.band) / per
        columns |= {f"line{k}": counts / per for k, counts in enumerate(panel.lines.values())}
        reach = np.sqrt(panel.data) / per
        data = panel.data / per
        columns |= {
            "background": bottom, "total": total, "band_low": total - band, "band_high": total + band,
            "data": data, "data_low": data - reach, "data_high": data + reach, "pull": np.clip(panel.pull, -3.9, 3.9),
        }  # fmt: skip
        self.source.data = columns
        highest = float(np.max(data + reach))
        top = HEADROOM * min(max(highest, float(np.nanmax(total))), TALLEST * highest)
        # an axis that moves with every step of a slider cannot be read
        if not 0.8 * self.top.end <= top <= self.top.end:
            self.top.end = top


def spectrum_legend(panel: Panel) -> str:
    """HTML that names the colours of a spectrum."""

    def swatch(colour: str, text: str, opacity: float = 1.0) -> str:
        return f'<span><i style="background:{colour};opacity:{opacity}"></i>{escape(text)}</span>'

    entries = [swatch(COLOURS[k % len(COLOURS)], plain(label)) for k, label in enumerate(panel.backgrounds)]
    entries.append(swatch(PREDICTION, "background + model"))
    entries.append(swatch(PREDICTION, panel.band_label, 0.25))
    entries += [f"<span>- - {escape(plain(label))}</span>" for label in panel.lines]
    entries.append("<span>● data, statistical error; pull: statistical and systematic</span>")
    return f'<div class="legend">{"".join(entries)}</div>'


class MomentFigure:
    """Delta a of a lepton: bands of 1 and 2 standard errors about the measurement, and the prediction."""

    def __init__(self, moment: Moment) -> None:
        self.exponent = int(np.floor(np.log10(max(abs(moment.value), moment.sigma))))
        value, sigma = (x / 10.0**self.exponent for x in (moment.value, moment.sigma))
        self.ends = min(0.0, value - 4 * sigma), max(0.0, value + 4 * sigma)
        self.source = ColumnDataSource({"x": [0.0], "y": [0.5]})
        self.sign = plain({"mu": r"\Delta a_\mu", "e": r"\Delta a_e"}[moment.lepton])
        power = plain(f"x^{{{self.exponent}}}")[1:]
        self.scale = f"10{power}"
        self.figure = _figure(98, x_range=Range1d(*self.ends), y_range=Range1d(0, 1), title=" ")
        self.figure.yaxis.visible = self.figure.ygrid.visible = False
        bands = f"measured, 1 and 2 standard errors ({moment.reference})"
        self.figure.xaxis.axis_label = f"{self.sign} [{self.scale}], {bands}"
        for width, alpha in ((2, 0.25), (1, 0.35)):
            self.figure.quad(left=[value - width * sigma], right=[value + width * sigma], bottom=[0], top=[1],
                             fill_color=GREEN, fill_alpha=alpha, line_color=None)  # fmt: skip
        self.figure.add_layout(Span(location=value, dimension="height", line_color="#00573f", line_width=2))
        self.figure.add_layout(Span(location=0, dimension="height", line_color="#888888", line_dash="dotted"))
        self.figure.scatter(
            "x", "y", source=self.source, marker="diamond", size=18, color=PREDICTION, line_color="white"
        )
        self.show(moment)

    def show(self, moment: Moment) -> None:
        """Move the prediction; one that lies beyond the axis stands at its end."""
        predicted = moment.predicted / 10.0**self.exponent
        low, high = self.ends
        reach = 0.01 * (high - low)
        self.source.data = {"x": [min(max(predicted, low + reach), high - reach)], "y": [0.5]}
        self.figure.title.text = f"{self.sign} = {predicted:.3g} × {self.scale} (◆), pull {moment.pull:+.2f}"


class PlaneFigure:
    """Limits on the coupling against m_Z', lines of -2 ln L, and the star."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.ends = ends_of(plane.mass), ends_of(plane.coupling)
        self.limits = ColumnDataSource({"xs": [], "ys": [], "colour": [], "label": []})
        self.edges = ColumnDataSource({"xs": [], "ys": [], "colour": [], "label": []})
        self.names = ColumnDataSource({"x": [], "y": [], "colour": [], "label": []})
        self.levels = ColumnDataSource({"xs": [], "ys": []})
        self.star = ColumnDataSource({"x": [], "y": []})
        self.figure = _figure(370, x_axis_type="log", y_axis_type="log", x_range=Range1d(*self.ends[0]),
                              y_range=Range1d(*self.ends[1]), title="drag the star, or click")  # fmt: skip
        for axis, parameter in ((self.figure.xaxis, plane.mass), (self.figure.yaxis, plane.coupling)):
            unit = "" if parameter.unit == "1" else f" [{parameter.unit}]"
            axis.axis_label = f"{plain(parameter.latex)}{unit}"
            axis.ticker = FixedTicker(ticks=_ticks(*ends_of(parameter)))
        self.figure.patches("xs", "ys", source=self.limits, fill_color="colour", fill_alpha=0.12, line_color=None)
        dash = "solid" if plane.limits_of_the_analysis else "dashed"
        edges = self.figure.multi_line(
            "xs", "ys", source=self.edges, line_color="colour", line_width=1.5, line_dash=dash
        )
        self.figure.multi_line("xs", "ys", source=self.levels, line_color=INK, line_width=1.5, line_dash="dashed")
        self.figure.text(
            "x", "y", text="label", source=self.names, text_color="colour", text_font_size="10px", text_align="center",
            text_baseline="top", y_offset=3,
        )  # fmt: skip
        self.figure.scatter("x", "y", source=self.star, marker="star", size=24, fill_color=STAR, line_color="black")
        self.figure.add_tools(HoverTool(renderers=[edges], tooltips="@label", line_policy="interp"))

    def show(self, view: View) -> None:
        """Move the star; a point beyond an axis stands at its end."""
        x, y = self.plane.place(view.values)
        (x_low, x_high), (y_low, y_high) = self.ends
        self.star.data = {"x": [min(max(x, x_low), x_high)], "y": [min(max(y, y_low), y_high)]}

    def is_near(self, x: float, y: float) -> bool:
        """Whether a place is at the star, as a finger hits it."""
        star = self.star.data
        shares = [
            abs(np.log(a / b[0])) / np.log(high / low)
            for a, b, (low, high) in zip((x, y), (star["x"], star["y"]), self.ends, strict=True)
            if a > 0 and len(b)
        ]
        return len(shares) == 2 and max(shares) < NEAR

    def draw_limits(self, limits: Sequence[Limit]) -> None:
        """Draw limits, those that are not reached within the axes left out."""
        filled: dict[str, list[Any]] = {"xs": [], "ys": [], "colour": [], "label": []}
        lines: dict[str, list[Any]] = {"xs": [], "ys": [], "colour": [], "label": []}
        names: dict[str, list[Any]] = {"x": [], "y": [], "colour": [], "label": []}
        for k, limit in enumerate(limits):
            colour, edge = LINES[k % len(LINES)], limit.edge
            top = np.full_like(edge, np.inf) if limit.upper is None else np.asarray(limit.upper)
            top = np.clip(top, edge, self.ends[1][1])
            there = np.isfinite(edge)
            for piece in np.split(np.arange(len(edge)), np.flatnonzero(np.diff(there.astype(int))) + 1):
                if not there[piece[0]]:
                    continue
                x, low, high = limit.x[piece], edge[piece], top[piece]
                if limit.kind == "excluded":
                    _add(filled, xs=[*x, *x[::-1]], ys=[*low, *high[::-1]], colour=colour, label=limit.label)
                _add(lines, xs=list(x), ys=list(low), colour=colour, label=limit.label)
                if (high < self.ends[1][1]).any():
                    _add(lines, xs=list(x), ys=list(high), colour=colour, label=limit.label)
            place = label_place(limit, self.ends[0], self.ends[1], (0.5, 0.25, 0.75)[k % 3])
            if place is not None:
                _add(names, x=place[0], y=place[1], colour=colour, label=limit.label)
        self.limits.data, self.edges.data, self.names.data = filled, lines, names

    def draw_levels(self, lines: Sequence[tuple[float, Array]]) -> None:
        """Draw lines of -2 ln L."""
        xs, ys = ([line[:, axis].tolist() for _, line in lines] for axis in (0, 1))
        self.levels.data = {"xs": xs, "ys": ys}


def _ticks(low: float, high: float) -> list[float]:
    """Of a logarithmic axis: powers of ten, and 2 and 5 times them where there are few."""
    decades = np.log10(high / low)
    steps = (1, 2, 5) if decades < 3 else (1,)
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    return [
        float(f"{step}e{power}") for power in powers for step in steps if low <= step * 10.0**power <= 1.0001 * high
    ]


def _add(table: dict[str, list[Any]], **row: Any) -> None:
    for key, value in row.items():
        table[key].append(value)


def terms_table(view: View) -> str:
    """HTML table of all terms: a bar for -2 ln L on a log scale from 0.01 on, numbers, verdict."""
    highest = max([100.0, *(r.minus2lnl for r in view.rows if np.isfinite(r.minus2lnl))])
    rows = "".join(_term(row, highest) for row in view.rows)
    head = "".join(f'<th scope="col">{text}</th>' for text in ("term", "", "−2 ln L", "N", "μ", "verdict"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _term(row: Any, highest: float) -> str:
    share = 100 * np.log(max(row.minus2lnl, 0.01) / 0.01) / np.log(highest / 0.01) if row.kind != "nan" else 0
    bar = f'<div class="bar" style="width:{share:.1f}%;background:{WORDS[row.kind]}"></div>'
    mu = "" if row.mu is None else f"{row.mu:.3g}"
    verdict = "no value" if row.kind == "nan" else row.verdict
    return (
        f'<tr><th scope="row">{escape(row.name)}</th><td class="bars">{bar}</td><td>{row.minus2lnl:.4f}</td>'
        f'<td>{row.n_data}</td><td>{mu}</td><td class="verdict"><i style="background:{WORDS[row.kind]}"></i>'
        f"{escape(verdict)}</td></tr>"
    )
