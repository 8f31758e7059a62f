"""No new physics: the model with its couplings at zero, as far as the model says which these are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.coordinates import inside

Array = NDArray[np.float64]


def without_new_physics(analysis: Any) -> dict[str, float]:
    """-2 ln L of every component and constraint in the Standard Model.

    What a component says itself (``standard_model``), as one that sees particles whose masses are fixed does; else its
    value with the model's couplings at zero, other parameters at their defaults. NaN where the model does not say which
    couplings these are.
    """
    names = [*(c.name for c in analysis.components), *(c.name for c in analysis.constraints)]
    couplings = getattr(analysis.model, "no_new_physics", None)
    if couplings is None:
        return dict.fromkeys(names, float("nan"))
    point = {p.name: p.default for p in analysis.parameters}
    found: dict[str, float]
    if _reachable(analysis, couplings):
        found = dict(analysis.breakdown(values_without_new_physics(analysis)))
    else:
        found = {name: float(analysis.term(name)({**point, **couplings})) for name in names}
    return found | {c.name: c.standard_model for c in analysis.components if hasattr(c, "standard_model")}


def _reachable(analysis: Any, couplings: Mapping[str, float]) -> bool:
    """Whether the free parameters alone can be put to no new physics."""
    fixed = {p.name: p.default for p in analysis.parameters if not p.free}
    return all(fixed.get(name, value) == value for name, value in couplings.items())


def values_without_new_physics(analysis: Any) -> Array:
    """Free parameters (n_free,) with the model's couplings at zero, others at their defaults.

    Raises
    ------
    ValueError
        If the model does not say which couplings these are, or one of them is fixed at another value.
    """
    couplings = getattr(analysis.model, "no_new_physics", None)
    if couplings is None or not _reachable(analysis, couplings):
        reason = (
            "is not defined by its model" if couplings is None else f"needs {dict(couplings)}, some of which are fixed"
        )
        msg = f"analysis {analysis.name!r}: no new physics {reason}"
        raise ValueError(msg)
    point = {p.name: p.default for p in analysis.parameters} | couplings
    return np.array([point[name] for name in analysis.free_parameters], dtype=np.float64)


def start_without_new_physics(analysis: Any) -> Array | None:
    """Values (n_free,) with couplings at zero or as small as they may be; None where the model does not say which."""
    couplings = getattr(getattr(analysis, "model", None), "no_new_physics", None)
    if couplings is None:
        return None
    return inside(analysis.free, couplings)
