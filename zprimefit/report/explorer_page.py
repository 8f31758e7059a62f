"""The explorer's page: one browser tab with its own point, its widgets and what they do.

A slider's event only notes where the point should be. The point is shown when the browser has drawn the one before, so
that however fast a slider moves, no event waits behind another.
"""

import time
from collections.abc import Callable
from functools import partial
from html import escape
from importlib.resources import files
from threading import Event, Thread
from threading import enumerate as threads
from typing import Any, Final

import jinja2
import numpy as np
from bokeh.document import Document
from bokeh.events import DocumentReady, Pan, PanEnd, PanStart, Tap
from bokeh.layouts import column, row
from bokeh.models import Button, ColumnDataSource, CustomJS, Div, TextInput
from bokeh.models import Slider as SliderWidget
from numpy.typing import NDArray

from zprimefit.plots.plain import plain
from zprimefit.report.explorer import STEPS, Explorer, Slider, View
from zprimefit.report.explorer_figures import (
    MomentFigure,
    PlaneFigure,
    SpectrumFigure,
    spectrum_legend,
    terms_table,
)
from zprimefit.report.explorer_fit import Reached, StoppedError, fit_from
from zprimefit.report.explorer_plane import Plane

Array = NDArray[np.float64]
PATIENCE_S: Final = 1.0
"""A browser that does not say that it has drawn (a tab in the background) is sent the next point after this time."""
TELL_EVERY_S: Final = 0.2
FIT, STOP = "fit from here", "stop the fit"
WORKER: Final = "explorer:"
"""What names of threads begin with."""
STYLE: Final = (files(__package__) / "explorer_widgets.css").read_text(encoding="utf-8")
SCRIPTS: Final = files(__package__) / "explorer_scripts"


def _script(name: str) -> str:
    return (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")


def _begin(work: Callable[..., None], *arguments: Any) -> None:
    Thread(target=work, args=arguments, name=f"{WORKER} {work.__name__}", daemon=True).start()


def is_working() -> bool:
    """Whether a fit or limits are being computed for some page."""
    return any(thread.name.startswith(WORKER) for thread in threads())


class Page:
    """One tab.

    Parameters
    ----------
    explorer, plane : what is looked at, shared by all tabs.
    document : Bokeh's, to be filled.
    """

    def __init__(self, explorer: Explorer, plane: Plane | None, document: Document) -> None:
        self.explorer, self.plane, self.document = explorer, plane, document
        self.values = explorer.start
        self.view = explorer.look(self.values)
        self._moving = self._dirty = self._dragging = self._closed = False
        self._sent, self._awaiting_since = 0, 0.0
        self._placed = np.full(len(self.values), np.nan)
        self._stop_fit: Event | None = None
        self._build()
        self._fill()
        document.on_session_destroyed(lambda _context: self.close())

    # -- what is on it ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.sliders = [self._slider(k, s) for k, s in enumerate(self.explorer.sliders)]
        self.inputs = [self._input(k, s) for k, s in enumerate(self.explorer.sliders)]
        self.head = Div(name="head", sizing_mode="stretch_width", stylesheets=[STYLE])
        self.told = Div(name="told", sizing_mode="stretch_width", stylesheets=[STYLE])
        self.terms = Div(name="terms", sizing_mode="stretch_width", stylesheets=[STYLE])
        self.spectra = [SpectrumFigure(p, plain(p.title.split(";")[0])) for p in self.view.panels]
        self.moments = [MomentFigure(m) for m in self.view.moments]
        self.star = None if self.plane is None else PlaneFigure(self.plane)
        self.yaml, self.sent, self.seen = (ColumnDataSource(data=d) for d in ({"text": [""]}, {"n": [0]}, {"n": [0]}))
        self.sent.js_on_change("data", CustomJS(args={"seen": self.seen, "sent": self.sent}, code=_script("seen")))
        self.seen.on_change("data", self._drawn)
        # Bokeh sends the browser only what hangs on a root.
        self.head.tags = ["head", self.yaml, self.sent, self.seen]
        self.document.js_on_event(DocumentReady, CustomJS(code=_script("labels")))

    def _slider(self, index: int, slider: Slider) -> SliderWidget:
        low, high = slider.ends
        sign, name = plain(slider.parameter.latex), slider.parameter.name
        label = name if sign == name else f"{sign} ({name})"
        made = SliderWidget(
            start=low, end=high, step=(high - low) / STEPS, value=slider.position(float(self.values[index])),
            title=label, show_value=False, tooltips=False, sizing_mode="stretch_width", name=slider.parameter.name,
            tags=[f"aria:{label}"], stylesheets=[STYLE],
        )  # fmt: skip
        made.on_change("value", lambda _attr, _old, new: self._slid(index, float(new)))
        return made

    def _input(self, index: int, slider: Slider) -> TextInput:
        unit = "" if slider.parameter.unit == "1" else " with unit, e.g. 30 MeV"
        made = TextInput(
            width=92, name=f"{slider.parameter.name}-text", stylesheets=[STYLE],
            tags=[f"aria:value of {slider.parameter.name}{unit}"],
        )  # fmt: skip
        made.on_change("value", lambda _attr, _old, new: self._typed(index, str(new)))
        return made

    def _buttons(self) -> list[Any]:
        def button(text: str, name: str, pressed: Callable[[], None] | None, kind: str = "default") -> Button:
            made = Button(label=text, name=name, button_type=kind, sizing_mode="stretch_width", stylesheets=[STYLE])
            if pressed is not None:
                made.on_click(pressed)
            return made

        self.fit_button = button(FIT, "fit", self._fit_pressed, "primary")
        copy = button("copy YAML", "copy", None)
        copy.js_on_click(CustomJS(args={"yaml": self.yaml, "told": self.told}, code=_script("copy")))
        points = [button(name, f"point-{name}", partial(self.go_to, name)) for name in self.explorer.benchmarks]
        points.append(button("defaults", "point-defaults", lambda: self.move(self.explorer.start, "the defaults")))
        found = [row(self.fit_button, copy, sizing_mode="stretch_width"), row(*points, sizing_mode="stretch_width")]
        if self.star is not None:
            found.append(button("limits of the plane for this point", "limits", self.compute_plane))
        return found

    def _fill(self) -> None:
        rows = [row(s, i, sizing_mode="stretch_width") for s, i in zip(self.sliders, self.inputs, strict=True)]
        roots = [self.head, column(*rows, *self._buttons(), self.told, name="controls", sizing_mode="stretch_width")]
        for k, spectrum in enumerate(self.spectra):
            roots.append(column(*spectrum.figures, name=f"spectrum-{k}", sizing_mode="stretch_width"))
            for figure, what in zip(spectrum.figures, ("spectrum", "pulls"), strict=True):
                figure.tags = [f"figure:MiniBooNE {what}, {plain(self.view.panels[k].title)}"]
        if self.spectra:
            text = spectrum_legend(self.view.panels[0])
            roots.append(Div(text=text, name="legend", sizing_mode="stretch_width", stylesheets=[STYLE]))
        for moment in self.moments:
            moment.figure.name = f"moment-{len(roots)}"
            moment.figure.tags = [f"figure:{moment.sign}, measured bands and prediction"]
            roots.append(moment.figure)
        if self.star is not None:
            roots += self._plane_roots(self.star)
        roots.append(self.terms)
        for root in roots:
            self.document.add_root(root)
        self.document.title = f"{self.explorer.analysis.name} · zprimefit explore"
        self.document.template = jinja2.Environment(autoescape=False).from_string(
            (files(__package__) / "explorer.html").read_text(encoding="utf-8")
        )
        self.document.template_variables["name"] = escape(self.explorer.analysis.name)
        self._show(self.view)

    def _plane_roots(self, star: PlaneFigure) -> list[Any]:
        star.figure.name, star.figure.tags = (
            "plane",
            ["figure:limits in the plane of mass and coupling; the sliders move it"],
        )
        star.figure.on_event(Tap, lambda event: self._star_to(event.x, event.y))
        star.figure.on_event(PanStart, lambda event: self._take_star(event.x, event.y))
        star.figure.on_event(Pan, lambda event: self._drag_star(event.x, event.y))
        star.figure.on_event(PanEnd, lambda event: self._drag_star(event.x, event.y, last=True))
        self.note = Div(name="plane-note", sizing_mode="stretch_width", stylesheets=[STYLE])
        return [star.figure, self.note]

    # -- moving the point -------------------------------------------------------------------------------------------

    def _slid(self, index: int, position: float) -> None:
        if not self._moving:
            values = np.array(self.values)
            values[index] = self.explorer.sliders[index].value(position)
            self._want(values)

    def _typed(self, index: int, text: str) -> None:
        slider = self.explorer.sliders[index]
        if self._moving or text == slider.text(float(self.values[index])):
            return
        values = np.array(self.values)
        try:
            values[index] = slider.read(text)
        except ValueError as error:
            self.say(str(error), alert=True)
        else:
            self.say("")
        # what cannot be read is put back
        self._placed[index] = np.nan
        self.move(values)

    def go_to(self, name: str) -> None:
        """Move to a published point."""
        values, notes = self.explorer.benchmark(name)
        self.move(values, "; ".join([f"{name} of the model", *notes]))

    def move(self, values: Array, text: str | None = None) -> None:
        """Move the point, sliders and all, to values (n_free,)."""
        if text is not None:
            self.say(text)
        self._want(np.array(values))

    def _take_star(self, x: float, y: float) -> None:
        self._dragging = self.star is not None and self.star.is_near(x, y)

    def _drag_star(self, x: float, y: float, *, last: bool = False) -> None:
        if self._dragging:
            self._star_to(x, y)
        self._dragging = self._dragging and not last

    def _star_to(self, x: float, y: float) -> None:
        if self.plane is not None and np.isfinite([x, y]).all():
            self._want(self.plane.moved(self.values, (x, y)))

    # -- showing it -------------------------------------------------------------------------------------------------

    def _want(self, values: Array) -> None:
        self.values, self._dirty = values, True
        if not self._awaiting_since or time.monotonic() - self._awaiting_since > PATIENCE_S:
            self.refresh()

    def refresh(self) -> None:
        """Show the point as it is now."""
        self._dirty, self._awaiting_since = False, time.monotonic()
        self.view = self.explorer.look(self.values)
        self._show(self.view)
        self._sent += 1
        self.sent.data = {"n": [self._sent]}

    def _drawn(self, _attr: str, _old: Any, _new: Any) -> None:
        self._awaiting_since = 0.0
        if self._dirty:
            self.refresh()

    def _show(self, view: View) -> None:
        self._moving = True
        try:
            for k in np.flatnonzero(view.values != self._placed):
                slider, value = self.explorer.sliders[k], float(view.values[k])
                position = slider.position(value)
                # the handle that somebody holds stays where it is
                if abs(position - self.sliders[k].value) > 1e-9 * (slider.ends[1] - slider.ends[0]):
                    self.sliders[k].value = position
                self.inputs[k].value = slider.text(value)
        finally:
            self._moving = False
        self._placed = np.array(view.values)
        for spectrum, panel in zip(self.spectra, view.panels, strict=True):
            spectrum.show(panel)
        for drawn, moment in zip(self.moments, view.moments, strict=True):
            drawn.show(moment)
        if self.star is not None:
            self.star.show(view)
        n_data = self.explorer.analysis.n_data
        self.head.text = f'<p class="total">−2 ln L = <b>{view.minus2lnl:.4f}</b> <span>for {n_data} data</span></p>'
        self.terms.text = terms_table(view)
        self.yaml.data = {"text": [self.explorer.yaml(view.values)]}

    def say(self, text: str, *, alert: bool = False) -> None:
        """Tell whoever looks."""
        self.told.text = f'<p class="{"alert" if alert else "told"}">{escape(text)}</p>'

    # -- work that takes longer -------------------------------------------------------------------------------------

    def _later(self, call: Callable[[], None]) -> None:
        """Let the page's own thread do something."""
        if not self._closed:
            self.document.add_next_tick_callback(call)

    def _fit_pressed(self) -> None:
        if self._stop_fit is not None:
            self._stop_fit.set()
            self.say("stopping the fit …")
            return
        self._stop_fit = Event()
        self.fit_button.label, self.fit_button.button_type = STOP, "warning"
        self.say("fitting: slopes are compiled first, which takes a while once …")
        _begin(self._fit, np.array(self.values), self._stop_fit)

    def _fit(self, values: Array, stop: Event) -> None:
        last = time.monotonic()

        def tell(calls: int, lowest: float) -> None:
            nonlocal last
            if time.monotonic() - last > TELL_EVERY_S:
                last = time.monotonic()
                self._later(lambda: self.say(f"fitting: −2 ln L = {lowest:.4f} after {calls} evaluations"))

        try:
            found = fit_from(self.explorer.analysis, values, tell, stop)
        except StoppedError:
            self._later(lambda: self._fitted(None, "the fit was stopped; the point stays"))
        except Exception as error:  # noqa: BLE001  (whatever happens in a thread is told on the page)
            text = f"the fit failed: {type(error).__name__}: {error}"
            self._later(lambda: self._fitted(None, text))
        else:
            self._later(lambda: self._fitted(found, str(found)))

    def _fitted(self, found: Reached | None, text: str) -> None:
        self._stop_fit = None
        self.fit_button.label, self.fit_button.button_type = FIT, "primary"
        if found is None:
            self.say(text)
        else:
            self.move(found.values, text)

    def compute_plane(self) -> None:
        """Compute limits and lines of -2 ln L for the point, in a thread."""
        if self.plane is not None:
            _begin(self._plane, self.plane, np.array(self.values))

    def _plane(self, plane: Plane, values: Array) -> None:
        limits: list[Any] = []
        star: Any = self.star
        try:
            for label in plane.labels:
                if self._closed:
                    return
                self._tell_plane(f"limits: {len(limits) + 1} of {len(plane.labels)}, {label} …")
                limits.append(plane.limit(label, values))
                self._later(partial(star.draw_limits, tuple(limits)))
            self._tell_plane("lines of −2 ln L …")
            lines = plane.contours(values)
            self._later(lambda: star.draw_levels(lines))
        except Exception as error:  # noqa: BLE001  (whatever happens in a thread is told on the page)
            self._tell_plane(f"{type(error).__name__}: {error}")
        else:
            x, y = (f"{v:.3g}" for v in plane.place(values))
            where = "of this analysis" if plane.limits_of_the_analysis else "not in this analysis (dashed, coloured)"
            self._tell_plane(
                f"Limits {where}; black dashes: −2 ln L 2.30 and 6.18 above its lowest in the plane (68.27 and 95.45 % "
                f"CL, 2 dof), nothing profiled. All other parameters as they were at ({x}, {y})."
            )

    def _tell_plane(self, text: str) -> None:
        def tell() -> None:
            self.note.text = f'<p class="note">{escape(text)}</p>'

        self._later(tell)

    def close(self) -> None:
        """End what runs for this page."""
        self._closed = True
        if self._stop_fit is not None:
            self._stop_fit.set()
