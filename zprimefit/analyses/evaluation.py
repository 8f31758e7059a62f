"""Everything an analysis says of one point: -2 ln L and verdict of every term, predictions, derived quantities."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np

from zprimefit.analyses.sharing import Sharing
from zprimefit.likelihoods.limits import verdict


def evaluate(analysis: Any, point: Mapping[str, float]) -> dict[str, Any]:
    """Evaluate a point, all parameters by name; plain numbers, lists and mappings.

    Components are those of :func:`components_at`; a measurement has its ``pull`` too.
    """
    components = components_at(analysis, point)
    predictions: dict[str, Any] = {}
    for component in analysis.components:
        predict = getattr(component, "predict", None)
        if predict is not None:
            found = predict(analysis.model, point)
            predictions[component.name] = (
                {key: _plain(counts) for key, counts in found.items()} if isinstance(found, dict) else _plain(found)
            )
            components[component.name] |= _pull(getattr(component, "measured", None), found)
    return {
        "analysis": analysis.name,
        "data": (getattr(analysis, "source", None) or {}).get("data"),
        "minus2lnl": sum(c["minus2lnl"] for c in components.values()),
        "n_data": analysis.n_data,
        "components": components,
        "constraints": constraints_at(analysis, point),
        "parameters": dict(point),
        "predictions": predictions,
        "derived": analysis.derived_at(point),
    }


def components_at(analysis: Any, point: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """What every component and constraint says at a point: ``minus2lnl``, ``n_data``, ``delta``, ``verdict``.

    Components have their ``notes`` too, which name inputs that are not confirmed, and limits ``mu``, the predicted rate
    over the rate at the limit. ``delta`` is -2 ln L less what the verdict compares it with. Bare limits, without data,
    are judged by themselves. A measurement is compared with the smaller of its values at the point and in the Standard
    Model, which is what the component says itself (``standard_model``) or its value without new physics (the model's
    couplings at zero); with 0 where the model does not say what that is.
    """
    found = told_of(analysis, analysis.numbers_at(point))
    for component in analysis.components:
        found[component.name]["notes"] = list(getattr(component, "notes", ()))
    return found


def numbers_at(analysis: Any, point: Mapping[str, Any], model: Any = None) -> dict[str, dict[str, Any]]:
    """What verdicts go by, of every component and constraint: ``minus2lnl``, ``mu`` of a limit, ``reference``.

    Traceable by JAX, so that a point can be judged many times a second.

    Parameters
    ----------
    analysis : whose terms.
    point : all parameters by name.
    model : that `mu` asks; the analysis' by default.
    """
    model = analysis.model if model is None else model
    found: dict[str, dict[str, Any]] = {}
    for component in analysis.components:
        term = analysis.term(component.name)
        numbers = {"minus2lnl": term(point)}
        if hasattr(component, "mu"):
            numbers["mu"] = component.mu(model, point)
        if component.n_data:
            numbers["reference"] = _reference(analysis, component, term, point)
        found[component.name] = numbers
    for bound in analysis.bound_constraints:
        found[bound.constraint.name] = {"minus2lnl": bound(point)}
    return found


def compiled_numbers(analysis: Any) -> dict[tuple[float, ...], Callable[[Any], Any]]:
    """:func:`numbers_at` as functions of the free parameters' values, by values of the fixed ones.

    These decide what there is to compute: a source that does not mix, a mass for which rates are interpolated. So there
    is one for the defaults, and one for every benchmark that has others.
    """

    def numbers(fixed: Mapping[str, float], values: Any) -> dict[str, dict[str, Any]]:
        point = analysis.observed(analysis.params(values) | dict(fixed))
        return numbers_at(analysis, point, Sharing(analysis.model))

    found: dict[tuple[float, ...], Callable[[Any], Any]] = {}
    for benchmark in ({}, *analysis.benchmarks.values()):
        fixed = {p.name: float(benchmark.get(p.name, p.default)) for p in analysis.parameters if not p.free}
        found[tuple(fixed.values())] = analysis.compiled(f"numbers {fixed}", partial(numbers, fixed))
    return found


def told_of(analysis: Any, numbers: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What :func:`components_at` says of a point, but for the notes, by its :func:`numbers_at`."""
    found: dict[str, dict[str, Any]] = {}
    for component in analysis.components:
        known = {key: float(number) for key, number in numbers[component.name].items()}
        value = known["minus2lnl"]
        told: dict[str, Any] = {"minus2lnl": value, "n_data": component.n_data}
        if "mu" in known:
            told["mu"] = known["mu"]
        best = min(value, known["reference"]) if component.n_data else 0.0
        told["delta"] = value - best
        told["verdict"] = verdict(
            value,
            best=best,
            mu=told.get("mu"),
            cl=getattr(component, "cl", None),
            # with data of its own a term's -2 ln L is the statistic
            statistic=None if component.n_data else getattr(component, "statistic", "background"),
        )
        found[component.name] = told
    for bound in analysis.bound_constraints:
        name = bound.constraint.name
        value = float(numbers[name]["minus2lnl"])
        found[name] = {"minus2lnl": value, "n_data": 0, "delta": value, "verdict": verdict(value)}
    return found


def _reference(analysis: Any, component: Any, term: Any, point: Mapping[str, Any]) -> Any:
    """-2 ln L of a measurement in the Standard Model, or 0 where nobody says what that is."""
    with jax.ensure_compile_time_eval():  # a constant, although the point may be traced
        known = getattr(component, "standard_model", None)
    if known is not None:
        return known
    if not hasattr(analysis.model, "no_new_physics"):
        return 0.0
    return term({**point, **analysis.model.no_new_physics})


def constraints_at(analysis: Any, point: Mapping[str, float]) -> list[dict[str, Any]]:
    """What every bound says at a point; a chain of comparisons has an entry for each."""
    return [found._asdict() for bound in analysis.bound_constraints for found in bound.at(point)]


def _pull(measured: Any, found: Any) -> dict[str, float]:
    """Distance of a predicted number from its measurement in standard errors, where that is one value and its error."""
    if np.ndim(found) or not hasattr(measured, "value") or not hasattr(measured, "sigma"):
        return {}
    return {"pull": (float(found) - measured.value) / measured.sigma}


def _plain(value: Any) -> Any:
    """Array or number -> lists of numbers."""
    return np.asarray(value, dtype=float).tolist()
