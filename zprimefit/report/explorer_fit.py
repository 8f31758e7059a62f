"""One minimisation from a point of the explorer, which tells how far it is and can be stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.minuit import minimise
from zprimefit.fitting.objective import Objective

Array = NDArray[np.float64]


class StoppedError(Exception):
    """Somebody stopped the work."""


@dataclass(frozen=True, eq=False)
class Reached:
    """Where a fit ended: values (n_free,), -2 ln L there and at its start, status, evaluations."""

    values: Array
    minus2lnl: float
    before: float
    status: str
    n_calls: int

    def __str__(self) -> str:
        gain = self.before - self.minus2lnl
        return (
            f"fit {self.status}: -2 ln L = {self.minus2lnl:.4f}, {gain:.4g} below its start, {self.n_calls} evaluations"
        )


def fit_from(analysis: Any, values: Array, tell: Callable[[int, float], None], stop: Event) -> Reached:
    """Minimise -2 ln L from values (n_free,); never ends higher than it began.

    Parameters
    ----------
    tell : called with the number of evaluations and the lowest -2 ln L so far.
    stop : set by whoever wants no more of it.

    Raises
    ------
    StoppedError
        Once `stop` is set, at the next evaluation.
    """
    before = float(analysis.minus2lnl(values))
    calls, lowest = 0, before

    def look(_at: Array, found: float) -> None:
        nonlocal calls, lowest
        if stop.is_set():
            raise StoppedError
        calls, lowest = calls + 1, min(lowest, found) if np.isfinite(found) else lowest
        tell(calls, lowest)

    objective = Objective.of(analysis).watched(look)
    outcome = minimise(objective, objective.to_internal(values))
    if not outcome.fval <= before:
        return Reached(np.array(values), before, before, f"{outcome.status}, no deeper point", calls)
    return Reached(np.array(outcome.values), outcome.fval, before, str(outcome.status), calls)
