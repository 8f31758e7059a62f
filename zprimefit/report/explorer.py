"""What the explorer shows of a point: -2 ln L and verdict of every term, spectra, moments. No drawing, no page.

Everything follows from the values of the free parameters by one compiled function, so that a page can follow a slider.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from zprimefit.analyses.analysis import Analysis
from zprimefit.analyses.evaluation import numbers_at, told_of
from zprimefit.analyses.points import point_yaml
from zprimefit.analyses.sharing import Sharing
from zprimefit.likelihoods.magnetic_moments import AnomalousMagneticMoment
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.parameters import Parameter
from zprimefit.plots.spectra import Panel
from zprimefit.report.spectra import panels_of
from zprimefit.units import format_quantity, read_quantity

Array = NDArray[np.float64]
STEPS: Final = 400
"""Steps of a slider from one end to the other."""


@dataclass(frozen=True)
class Slider:
    """A free parameter on its own scale: linear, log or asinh."""

    parameter: Parameter

    @cached_property
    def ends(self) -> tuple[float, float]:
        """Of the slider, in internal coordinates."""
        low, high = (float(self.parameter.to_internal(bound)) for bound in self.parameter.bounds)
        return low, high

    def position(self, value: float) -> float:
        """Of a value, in internal coordinates."""
        return float(self.parameter.to_internal(value))

    def value(self, position: float) -> float:
        """At a position, within the bounds."""
        low, high = self.parameter.bounds
        return min(max(float(self.parameter.to_value(position)), low), high)

    def text(self, value: float) -> str:
        """A value for people, with its unit; what :meth:`read` reads."""
        return format_quantity(value, self.parameter.unit)

    def read(self, text: str) -> float:
        """Value of what somebody typed.

        Raises
        ------
        ValueError
            If it is no number in the parameter's unit, or lies outside its bounds.
        """
        value = read_quantity(text, self.parameter.unit, what=self.parameter.name)
        low, high = self.parameter.bounds
        if not low <= value <= high:
            msg = f"{self.parameter.name}: {text.strip()} lies outside [{self.text(low)}, {self.text(high)}]"
            raise ValueError(msg)
        return value


@dataclass(frozen=True)
class Row:
    """A term: -2 ln L, number of data, verdict, and the rate over the rate at its limit where it is one."""

    name: str
    minus2lnl: float
    n_data: int
    verdict: str
    mu: float | None = None

    @property
    def kind(self) -> str:
        """``allowed``, ``tension``, ``excluded``, or ``nan`` where there is no value."""
        return "nan" if math.isnan(self.minus2lnl) else self.verdict.split()[0]


@dataclass(frozen=True)
class Moment:
    """Delta a of a lepton: measured value with its standard error, and prediction."""

    name: str
    lepton: str
    reference: str
    value: float
    sigma: float
    predicted: float

    @property
    def pull(self) -> float:
        """Prediction minus measurement in standard errors."""
        return (self.predicted - self.value) / self.sigma


@dataclass(frozen=True, eq=False)
class View:
    """Everything that is shown of a point.

    Parameters
    ----------
    values : (n_free,) of the point.
    rows : components, then constraints.
    panels : MiniBooNE's spectra, by the view that the analysis takes.
    moments : Delta a of the muon and the electron, those that are components.
    """

    values: Array
    rows: tuple[Row, ...]
    panels: tuple[Panel, ...]
    moments: tuple[Moment, ...]

    @property
    def minus2lnl(self) -> float:
        """-2 ln L of all terms."""
        return sum(row.minus2lnl for row in self.rows)


@dataclass(frozen=True, eq=False)
class Explorer:
    """An analysis, to be looked at point by point.

    Parameters
    ----------
    analysis : with free parameters.

    Raises
    ------
    ValueError
        Without free parameters.
    """

    analysis: Analysis

    def __post_init__(self) -> None:
        if not self.analysis.free:
            msg = f"explore {self.analysis.name!r}: no free parameters; set free: true for at least one"
            raise ValueError(msg)

    @cached_property
    def sliders(self) -> tuple[Slider, ...]:
        """One for every free parameter, in their order."""
        return tuple(Slider(parameter) for parameter in self.analysis.free)

    @cached_property
    def start(self) -> Array:
        """Where a page begins: the defaults (n_free,)."""
        return self.analysis.defaults()

    @cached_property
    def spectra(self) -> tuple[MiniBooNE, ...]:
        """Components that have spectra to draw."""
        return tuple(c for c in self.analysis.components if isinstance(c, MiniBooNE))

    @cached_property
    def measured(self) -> tuple[AnomalousMagneticMoment, ...]:
        """Components that are a magnetic moment."""
        return tuple(c for c in self.analysis.components if isinstance(c, AnomalousMagneticMoment))

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """Names of the model's published points."""
        return tuple(self.analysis.benchmarks)

    def benchmark(self, name: str) -> tuple[Array, tuple[str, ...]]:
        """Values (n_free,) of a published point within the bounds, and a note for all that differs from it.

        Raises
        ------
        KeyError
            If there is none of this name.
        """
        point = self.analysis.benchmarks[name]
        notes = []
        for p in self.analysis.parameters:
            published = point.get(p.name, p.default)
            here = float(np.clip(published, *p.bounds)) if p.free else p.default
            if here != published:
                texts = [format_quantity(value, p.unit) for value in (published, here)]
                notes.append(
                    f"{p.name} is {texts[0]} in {name}, and {'bounded to' if p.free else 'fixed at'} {texts[1]}"
                )
        wanted = [point.get(p.name, p.default) for p in self.analysis.free]
        return self.inside(wanted), tuple(notes)

    def inside(self, values: ArrayLike) -> Array:
        """Values (n_free,) clipped to their bounds."""
        low, high = np.array([p.bounds for p in self.analysis.free]).T
        return np.clip(np.asarray(values, dtype=np.float64), low, high)

    def yaml(self, values: Array) -> str:
        """The point as the ``parameters`` of an analysis file, which ``zprimefit eval --at`` takes too."""
        return point_yaml(self.analysis, values.tolist(), f"a point of {self.analysis.name}")

    @cached_property
    def _compiled(self) -> Any:
        analysis, model = self.analysis, Sharing(self.analysis.model)

        def everything(values: Any) -> Any:
            point = analysis.observed(analysis.params(values))
            terms: dict[str, Any] = {c.name: analysis.term(c.name) for c in self.spectra}
            signals = {name: term.signal(point) for name, term in terms.items()}
            return numbers_at(analysis, point, model), signals, {c.name: c.predict(model, point) for c in self.measured}

        return analysis.compiled("explorer", everything)

    def look(self, values: ArrayLike) -> View:
        """Everything that is shown of the point at values (n_free,)."""
        array = np.asarray(values, dtype=np.float64)
        numbers, signals, predicted = jax.device_get(self._compiled(array))
        told = told_of(self.analysis, numbers)
        rows = tuple(Row(name, f["minus2lnl"], f["n_data"], f["verdict"], f.get("mu")) for name, f in told.items())
        panels = tuple(p for c in self.spectra for p in panels_of(c, c.by_mode(np.asarray(signals[c.name]))))
        return View(array, rows, panels, self._moments(predicted))

    def _moments(self, predicted: Mapping[str, Any]) -> tuple[Moment, ...]:
        return tuple(
            Moment(c.name, c.lepton, c.measured.name, c.measured.value, c.measured.sigma, float(predicted[c.name]))
            for c in self.measured
        )
