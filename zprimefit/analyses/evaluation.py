"""Everything an analysis says of one point: -2 ln L and verdict of every term, predictions, derived quantities."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from zprimefit.likelihoods.limits import verdict


def evaluate(analysis: Any, point: Mapping[str, float]) -> dict[str, Any]:
    """Evaluate a point, all parameters by name; plain numbers, lists and mappings.

    Every component has ``minus2lnl``, ``n_data`` and a ``verdict`` against no new physics (the model's couplings at
    zero), or against 0 where the model does not say what that is; a measurement has its ``pull``, a limit ``mu``, the
    predicted rate over the rate at the limit.
    """
    components: dict[str, Any] = {}
    predictions: dict[str, Any] = {}
    nothing = {**point, **getattr(analysis.model, "no_new_physics", {})}
    for component in analysis.components:
        term = analysis.term(component.name)
        value, null = float(term(point)), float(term(nothing))
        told: dict[str, Any] = {"minus2lnl": value, "n_data": component.n_data}
        told["verdict"] = verdict(value, best=min(value, null) if hasattr(analysis.model, "no_new_physics") else 0.0)
        if hasattr(component, "mu"):
            told["mu"] = float(component.mu(analysis.model, point))
        predict = getattr(component, "predict", None)
        if predict is not None:
            found = predict(analysis.model, point)
            predictions[component.name] = (
                {key: _plain(counts) for key, counts in found.items()} if isinstance(found, dict) else _plain(found)
            )
            told |= _pull(getattr(component, "measured", None), found)
        components[component.name] = told
    for bound in analysis.bound_constraints:
        value = float(bound(point))
        components[bound.constraint.name] = {"minus2lnl": value, "n_data": 0, "verdict": verdict(value)}
    return {
        "analysis": analysis.name,
        "minus2lnl": sum(c["minus2lnl"] for c in components.values()),
        "n_data": analysis.n_data,
        "components": components,
        "constraints": constraints_at(analysis, point),
        "parameters": dict(point),
        "predictions": predictions,
        "derived": analysis.derived_at(point),
    }


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
