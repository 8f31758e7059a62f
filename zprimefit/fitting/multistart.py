"""Where a fit starts, and which of its ends are the same minimum."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from zprimefit.fitting.minuit import Outcome, minimise
from zprimefit.fitting.objective import Array, Objective

POOL: Final = 8
"""Sobol points that are evaluated, in one batch, for every start."""

LOOKS: Final = 128
"""Places along a coordinate at which -2 ln L is looked at."""

HIGH: Final = 1.0
"""By how much a dip may lie above a minimum to be tried."""

TRIED: Final = 3
"""Dips that are tried, at most."""

BARRIER: Final = 0.01
"""Two ends are one minimum if -2 ln L between them rises above the higher by less than this."""


def choose_starts(objective: Objective, n: int, seed: int) -> Array:
    """Values (n, n_free) to start from: the defaults, the deepest of a Sobol set, and a quarter from anywhere in it.

    Flat coordinates keep their defaults. Points without a finite -2 ln L are counted and passed over while there are
    others.
    """
    defaults = np.asarray(objective.analysis.defaults(), dtype=np.float64)
    if n == 1:
        return defaults[None]
    pool = objective.draw(POOL * (n - 1), seed)
    flat = list(objective.flat())
    pool[:, flat] = defaults[flat]
    depth = objective.minus2lnl_batch(pool)
    finite = np.isfinite(depth)
    objective.counts.bad += int((~finite).sum())
    order = np.argsort(np.where(finite, depth, np.inf), kind="stable")
    anywhere = math.ceil((n - 1) / 4)
    deepest = list(order[: n - 1 - anywhere])
    rest = [i for i in range(len(pool)) if i not in deepest]
    rest.sort(key=lambda i: not finite[i])
    return np.vstack([defaults[None], pool[deepest + rest[:anywhere]]])


def dips(objective: Objective, best: Outcome) -> list[Array]:
    """Points (n_free,) in internal coordinates from where a deeper minimum may be found, deepest first.

    -2 ln L is looked at along each coordinate through a minimum, across its box. Limits that were digitised have narrow
    windows, beside which random starts end. A dip counts if it is `HIGH` above the minimum at most, and a wall of
    `BARRIER` stands between both.
    """
    sheared = objective.sheared(best.unsheared)
    found: list[tuple[float, Array]] = []
    for i in (k for k in best.free if not sheared[k]):
        line = np.repeat(best.x[None], LOOKS, axis=0)
        line[:, i] = np.linspace(objective.box[i, 0], objective.box[i, 1], LOOKS)
        depth = objective.value_batch(line, sheared)
        depth = np.where(np.isfinite(depth), depth, np.inf)
        here = int(np.searchsorted(line[:, i], best.x[i]))
        for k in np.flatnonzero((depth[1:-1] <= depth[:-2]) & (depth[1:-1] <= depth[2:])) + 1:
            between = depth[min(k, here) : max(k, here)]
            wall = max(depth[k], best.fval) + BARRIER
            if depth[k] < best.fval + HIGH and between.size and between.max() > wall:
                found.append((float(depth[k]), line[k]))
    return [x for _, x in sorted(found, key=lambda dip: dip[0])[:TRIED]]


def cluster(objective: Objective, outcomes: Sequence[Outcome]) -> list[tuple[Outcome, int]]:
    """Distinct minima among usable outcomes, deepest first, each with the number of outcomes that belong to it.

    Two ends belong together if a line in internal coordinates joins them without a barrier; for ends of equal depth
    the line may bend through up to seven minima on the way. The rule also holds in a degenerate valley, where the
    distance of two ends says nothing.
    """
    usable = sorted((o for o in outcomes if o.status.usable), key=lambda o: o.fval)
    found: list[tuple[Outcome, int]] = []
    for outcome in usable:
        x = objective.to_internal(outcome.values)
        for k, (minimum, count) in enumerate(found):
            bends = 3 if outcome.fval < minimum.fval + BARRIER else 0
            if _joined(objective, objective.to_internal(minimum.values), x, outcome.fval + BARRIER, bends):
                found[k] = (minimum, count + 1)
                break
        else:
            found.append((outcome, 1))
    return found


def _joined(objective: Objective, a: Array, b: Array, ceiling: float, bends: int) -> bool:
    """Whether -2 ln L stays below the ceiling from a to b, on a straight line or one bent through its middle."""
    if np.abs((a - b) / objective.width).max() < 1e-5:
        return True
    sheared = objective.sheared()
    if all(objective.value(a + t * (b - a), sheared) < ceiling for t in np.arange(1, 8) / 8):
        return True
    if bends == 0:
        return False
    middle = minimise(objective, 0.5 * (a + b))
    x = objective.to_internal(middle.values)
    # A middle that falls into one of the ends, or beyond, is no way between them.
    whole, first, second = (np.linalg.norm((p - q) / objective.width) for p, q in ((a, b), (a, x), (x, b)))
    if not (middle.fval < ceiling and max(first, second) < 0.9 * whole):
        return False
    return _joined(objective, a, x, ceiling, bends - 1) and _joined(objective, x, b, ceiling, bends - 1)
