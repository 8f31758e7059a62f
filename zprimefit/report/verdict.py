"""Does a model explain the anomalies, at its paper's benchmark and where all data together like it best?

An anomaly is a term of :data:`ANOMALIES` whose chi^2 without new physics has a p-value below :data:`TWO_SIGMA`, with as
many degrees of freedom as it has data. A point *explains* it where the p-value is above. What is no anomaly, with the
data that are taken, may be *spoiled* by a point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from zprimefit.analyses.evaluation import components_at
from zprimefit.fitting.bestfit import Progress
from zprimefit.fitting.fit import fit
from zprimefit.fitting.goodness import Goodness, goodness_of_fit
from zprimefit.fitting.probabilities import p_value
from zprimefit.fitting.result import Fit
from zprimefit.likelihoods.miniboone.statistic import GaussianStatistic

ANOMALIES: Final = {"miniboone": "MiniBooNE", "delta-a-mu": "Delta a_mu", "delta-a-e": "Delta a_e"}
TWO_SIGMA: Final = 0.0455
WORST: Final = 3
"""Terms that exclude a point and are named; the others are counted."""
NULL: Final = "no new physics"
BEST: Final = "best fit"


@dataclass(frozen=True)
class Row:
    """One number that was measured, beside what the model predicts at every place.

    Parameters
    ----------
    label : what it is.
    anomaly : name of the term that it belongs to.
    measured : value and standard error.
    predicted : by place.
    """

    label: str
    anomaly: str
    measured: tuple[float, float]
    predicted: Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """What a model explains; see the module.

    Parameters
    ----------
    analysis, data : name of the analysis, and ``papers``, ``current`` or empty.
    n_terms : components and constraints.
    n_data : data of each anomaly, by name.
    chi2 : of each anomaly: name -> place -> value.
    rows : measured numbers.
    excluded : place -> terms that exclude it, worst first, each with its confidence level.
    fit, goodness : the best fit of all terms; None where there was none.
    """

    analysis: str
    data: str
    n_terms: int
    n_data: Mapping[str, int]
    chi2: Mapping[str, Mapping[str, float]]
    rows: tuple[Row, ...]
    excluded: Mapping[str, tuple[str, ...]]
    fit: Fit | None = None
    goodness: Goodness | None = None

    def probability(self, anomaly: str, place: str) -> float:
        """p-value of an anomaly's chi^2 at a place."""
        return p_value(self.chi2[anomaly][place], self.n_data[anomaly])

    def word(self, anomaly: str, place: str) -> str:
        """``explained``, ``not explained``, ``no anomaly`` or ``spoiled``; ``anomaly`` without new physics."""
        fine = self.probability(anomaly, place) >= TWO_SIGMA
        if self.probability(anomaly, NULL) >= TWO_SIGMA:
            return "no anomaly" if fine else "spoiled"
        if place == NULL:
            return "anomaly"
        return "explained" if fine else "not explained"

    def explained(self, place: str) -> tuple[str, ...]:
        """Anomalies that a place explains."""
        return tuple(name for name in self.chi2 if self.word(name, place) == "explained")

    @property
    def places(self) -> tuple[str, ...]:
        """No new physics, benchmarks, best fit."""
        return (NULL, *self.excluded, *([] if self.fit is None else [BEST]))

    def __str__(self) -> str:
        """About ten lines."""
        of = f", data {self.data}" if self.data else ""
        lines = [f"{self.analysis}{of}: {self.n_terms} terms, {sum(self.n_data.values())} data points of anomalies"]
        lines.append(_line("", "measured", self.places))
        for name, label in ANOMALIES.items():
            if name not in self.chi2:
                continue
            lines += [_row_line(row, self.places) for row in self.rows if row.anomaly == name]
            told = [f"{self.word(name, place)} (p = {self.probability(name, place):.2g})" for place in self.places]
            lines.append(_line(f"{label} is", f"chi^2, {self.n_data[name]} dof", told))
        lines += [self._excluded_line(place) for place in self.excluded]
        return "\n".join([*lines, *self._best_lines(), f"verdict: {self._said()}"])

    def _excluded_line(self, place: str) -> str:
        terms = self.excluded[place]
        rest = f", and {len(terms) - WORST} more" if len(terms) > WORST else ""
        return f"{place} is excluded by {'; '.join(terms[:WORST])}{rest}" if terms else f"no term excludes {place}"

    def _best_lines(self) -> list[str]:
        if self.fit is None or self.goodness is None:
            return []
        found = self.goodness
        gain = f"{self.fit.status}, -2 ln L = {self.fit.fval:.2f}"
        if np.isfinite(found.delta_chi2):
            gain += (
                f", Delta chi^2 = {found.delta_chi2:.3g} over no new physics for {found.n_free} dof, "
                f"p = {found.null_p_value:.2g} ({found.significance:.2g} sigma, two-sided, by Wilks)"
            )
        lines = [f"best fit: {gain}"]
        counted = [row for row in self.rows if row.anomaly == "miniboone"]
        if counted:
            events, excess = (sum(n) for n in zip(*((r.predicted[BEST], r.measured[0]) for r in counted), strict=True))
            modes = ", both modes," if len(counted) > 1 else ""
            lines.append(f"best fit: {_number(events)} of {excess:.0f} excess events of MiniBooNE{modes} are left")
        return lines

    def _said(self) -> str:
        """In words what the table shows."""
        said = []
        for place, terms in self.excluded.items():
            so = f"is excluded by {len(terms)} term{'s' if len(terms) > 1 else ''}" if terms else "is allowed"
            said.append(f"{place} explains {_names(self.explained(place))} and {so}")
        if self.fit is not None:
            said.append(f"the best fit to all terms explains {_names(self.explained(BEST))}")
        return "; ".join(said)


def verdict(
    analysis: Any, *, quick: bool = False, starts: int = 1, seed: int = 1, progress: Progress | None = None
) -> Verdict:
    """Judge a model by its benchmarks and by the best fit to all terms.

    Parameters
    ----------
    analysis : an :class:`~zprimefit.analyses.Analysis`.
    quick : leave out the fit.
    starts, seed : of the fit, which starts from the benchmarks, next to no new physics, and halfway between as well.
    progress : called with (done, total, text).

    Raises
    ------
    ValueError
        For an analysis without anomalies, or a model that does not say what no new physics is.
    """
    terms = [c for c in analysis.components if c.name in ANOMALIES]
    if not terms:
        msg = f"verdict on {analysis.name!r}: none of its terms is one of {', '.join(ANOMALIES)}; add one of them"
        raise ValueError(msg)
    if not hasattr(analysis.model, "no_new_physics"):
        msg = f"verdict on {analysis.name!r}: its model has no `no_new_physics`, the couplings that are zero then"
        raise ValueError(msg)
    defaults = {p.name: p.default for p in analysis.parameters}
    nothing = defaults | dict(analysis.model.no_new_physics)
    benchmarks = {label: defaults | point for label, point in analysis.benchmarks.items()} or {"defaults": defaults}
    tell = progress or (lambda _done, _total, _text: None)
    points = {NULL: nothing, **benchmarks}
    for i, label in enumerate(benchmarks):
        tell(i, len(benchmarks), f"terms at {label}")
        benchmarks[label] = _excluding(components_at(analysis, benchmarks[label]))
    found, goodness = None, None
    if not quick:
        places = [points[label] for label in benchmarks] + [nothing]
        places += [_halfway(analysis, points[label], nothing) for label in benchmarks]
        found = fit(analysis, starts=starts, seed=seed, places=places, minos=False, progress=progress)
        goodness = goodness_of_fit(analysis, found)
        points[BEST] = defaults | found.best
    return Verdict(
        analysis=analysis.name,
        data=str((analysis.source or {}).get("data", "")),
        n_terms=len(analysis.components) + len(analysis.constraints),
        n_data={term.name: term.n_data for term in terms},
        chi2={t.name: {label: _chi2(analysis, t.name, point) for label, point in points.items()} for t in terms},
        rows=tuple(row for term in terms for row in _rows(analysis, term, points)),
        excluded=benchmarks,
        fit=found,
        goodness=goodness,
    )


def _halfway(analysis: Any, one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    """Middle of two points, moved into the domain, on the parameters' own scales."""
    middle = {}
    for p in analysis.free:
        ends = [p.to_internal(np.clip(point[p.name], *p.bounds)) for point in (one, other)]
        middle[p.name] = float(p.to_value((ends[0] + ends[1]) / 2))
    return middle


def _excluding(found: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Terms that exclude a point, by how far they are from what they are compared with."""
    excluding = {name: told for name, told in found.items() if told["verdict"].startswith("excluded")}
    worst = sorted(excluding, key=lambda name: -excluding[name]["delta"])
    return tuple(
        f"{name} ({excluding[name]['verdict'].removeprefix('excluded at ')}{_by(excluding[name])})" for name in worst
    )


def _by(told: Mapping[str, Any]) -> str:
    return f", {told['mu']:.2g} times the limit" if "mu" in told else f", Delta chi^2 = {told['delta']:.3g}"


def _chi2(analysis: Any, name: str, point: Mapping[str, float]) -> float:
    term, at = analysis.term(name), analysis.observed(point)
    observation: Any = getattr(term, "observation", None)
    if hasattr(observation, "chi2"):
        return float(observation.chi2(term.forecast(at), None))
    return float(term(at))


def _rows(analysis: Any, term: Any, points: Mapping[str, Mapping[str, float]]) -> list[Row]:
    if not hasattr(term, "taken_modes") and not hasattr(term, "measured"):
        return []  # the user's own: its chi^2 has to do
    if not hasattr(term, "taken_modes"):
        predicted = {label: float(term.predict(analysis.model, point)) for label, point in points.items()}
        return [Row(ANOMALIES[term.name], term.name, (term.measured.value, term.measured.sigma), predicted)]
    modes = term.taken_modes
    excess, covariance = GaussianStatistic(modes, "released", 0.0, log_determinant=False).constrained_excess()
    errors = np.sqrt(np.diag(covariance))
    rows = []
    for mode, value, error in zip(modes, excess, errors, strict=True):
        events = analysis.quantity(f"miniboone_events_{mode}")
        predicted = {label: float(events(analysis.observed(point))) for label, point in points.items()}
        rows.append(Row(f"MiniBooNE events {mode}", term.name, (float(value), float(error)), predicted))
    return rows


def _names(anomalies: tuple[str, ...]) -> str:
    return " and ".join(ANOMALIES[name] for name in anomalies) or "nothing"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _row_line(row: Row, places: tuple[str, ...]) -> str:
    value, error = row.measured
    measured = f"{value:.0f} +- {error:.0f}" if error > 1 else f"{value:.2e} +- {error:.1e}"
    return _line(row.label, measured, [_number(row.predicted[place]) for place in places])


def _line(label: str, measured: str, cells: Any) -> str:
    return f"{label:<22} {measured:<21} {''.join(f'{cell:<27} ' for cell in cells)}".rstrip()
