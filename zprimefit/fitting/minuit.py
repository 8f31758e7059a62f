"""One minimisation by Minuit from one start, and what is done about the limits of the parameters.

MIGRAD (errordef 1 for -2 ln L) with the JAX gradient. Afterwards each parameter near a bound is put on it: where
-2 ln L would fall further outside, it is held there, the others are minimised again, and the outcome is AT_LIMIT. A
sheared pivot outside its bounds loses its shear for that. Where the start is a solution of a problem close by, what
that has at its bounds is held from the beginning, and let go where -2 ln L does not rise inwards. All this is done
without Minuit's HESSE (strategy 0). As one that only estimates second derivatives on its way stops early, Newton's
steps go on from there, with those by differences of slopes, or, where these are no bowl's, MIGRAD with HESSE (strategy
1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from iminuit import Minuit

from zprimefit.fitting.newton import newton
from zprimefit.fitting.objective import Array, Indices, Mask, Objective
from zprimefit.fitting.status import Status

TOLERANCE: Final = 0.01
"""Minuit's tolerance: MIGRAD stops at an estimated distance to the minimum (edm) of 0.002 x 0.01."""

LARGEST_EDM: Final = 1e-2
"""Above this estimated distance to the minimum a fit has not converged, whatever Minuit says."""

NEAR: Final = 1e-2
"""Fraction of the box within which a parameter is tried at its bound."""

LARGEST_SLOPE: Final = 1e-2
"""Rise of -2 ln L towards a bound, per width of the box, that still counts as none."""

QUICK, CAREFUL = 0, 1
"""Minuit's strategies on the way and at its end: HESSE takes many values."""

NONE: Final[Indices] = frozenset()


@dataclass(frozen=True, eq=False)
class Outcome:
    """Where a minimisation ended.

    Parameters
    ----------
    values : the user's values (n_free,), inside the domain.
    fval : -2 ln L there, without penalty.
    status : of this minimisation.
    edm : estimate of fval minus the minimum.
    held : index -> -1 (lower) or +1 (upper) for parameters held by their bounds.
    x, unsheared : internal coordinates (n_free,) and the layout they belong to.
    free : indices of the coordinates that could move: neither fixed, flat nor held.
    n_calls : evaluations of the likelihood, a gradient counting once.
    """

    values: Array
    fval: float
    status: Status
    edm: float
    held: Mapping[int, int]
    x: Array = field(repr=False)
    unsheared: Indices = field(repr=False)
    free: tuple[int, ...] = field(repr=False)
    n_calls: int


@dataclass(frozen=True, eq=False)
class Descent:
    """A minimisation on its way.

    Parameters
    ----------
    x, unsheared : internal coordinates (n_free,) and the layout they belong to.
    fixed, held, flat : coordinates that stay: those of the problem, held by their bounds (index -> side), flat ones.
    begun : evaluations of the likelihood before it.
    value, edm, status : -2 ln L + penalty, the estimated distance to the minimum, and the verdict so far.
    """

    x: Array
    unsheared: Indices
    fixed: Indices
    held: Mapping[int, int]
    flat: Indices
    value: float
    edm: float
    status: Status
    begun: int

    @property
    def still(self) -> Indices:
        """All coordinates that stay."""
        return self.fixed | self.flat | frozenset(self.held)

    @property
    def moving(self) -> list[int]:
        """All others."""
        return [i for i in range(len(self.x)) if i not in self.still]


def minimise(
    objective: Objective,
    start: Array,
    *,
    fixed: Indices = NONE,
    unsheared: Indices = NONE,
    held: Mapping[int, int] | None = None,
) -> Outcome:
    """Minimise -2 ln L from one start.

    Parameters
    ----------
    start : internal coordinates (n_free,) of the layout `unsheared`.
    fixed : indices of coordinates that stay where they start. To fix a pivot's value it must be among `unsheared`.
    unsheared : pivots that move on their own scale.
    held : index -> -1 (lower) or +1 (upper) for parameters that a solution close by has at these bounds: begins with
        them there, but for what is fixed or flat.
    """
    return settle(objective, descend(objective, start, fixed=fixed, unsheared=unsheared, held=held))


def descend(
    objective: Objective,
    start: Array,
    *,
    fixed: Indices = NONE,
    unsheared: Indices = NONE,
    held: Mapping[int, int] | None = None,
) -> Descent:
    """Begin to minimise, as :func:`minimise`; what is left is to see to the limits, and to second derivatives."""
    begun = objective.counts.calls
    x = _inside(objective, np.array(start, dtype=np.float64), fixed, unsheared)
    if not np.isfinite(objective.value(x, objective.sheared(unsheared))):
        x = objective.to_internal(objective.project(objective.to_values(x, unsheared)), unsheared)
    state = Descent(x, unsheared, fixed, {}, objective.flat(unsheared) - fixed, np.nan, np.nan, Status.NAN, begun)
    begin = {i: side for i, side in (held or {}).items() if i not in state.still}
    return _from_limits(objective, state, begin) if begin else _migrad(objective, state)


def settle(objective: Objective, state: Descent) -> Outcome:
    """End a minimisation where a minimum is, or at the bounds that hold it."""
    if state.status is not Status.NAN:
        state = _confirmed(objective, _settle_limits(objective, _into_domain(objective, state)))
    values = objective.project(objective.to_values(state.x, state.unsheared))
    for i, side in state.held.items():
        values[i] = objective.coordinates.parameters[i].bounds[0 if side < 0 else 1]
    fval = objective.minus2lnl(values)
    status = state.status
    if not np.isfinite(fval):
        status = Status.NAN
    elif state.held and status.usable:
        status = Status.AT_LIMIT
    free = tuple(state.moving)
    calls = objective.counts.calls - state.begun
    return Outcome(values, fval, status, state.edm, dict(state.held), state.x, state.unsheared, free, calls)


def _inside(objective: Objective, x: Array, fixed: Indices, unsheared: Indices) -> Array:
    """Move limited coordinates off their bounds, where Minuit's transformation has no slope."""
    margin = 1e-3 * objective.width
    limited = ~objective.sheared(unsheared)
    limited[list(fixed)] = False
    x[limited] = np.clip(x, objective.box[:, 0] + margin, objective.box[:, 1] - margin)[limited]
    return x


def _confirmed(objective: Objective, state: Descent) -> Descent:
    """Go on from where a minimisation ended, second derivatives included this time; again where that meets a limit."""
    for _ in range(2):
        found = _newton(objective, state) or _migrad(objective, state, strategy=CAREFUL)
        if found.status is Status.NAN or not found.value <= state.value + 0.002 * TOLERANCE:
            return state
        state = _settle_limits(objective, found)
        if state is found:
            break
    return state


def _newton(objective: Objective, state: Descent) -> Descent | None:
    """Go on by Newton's steps; None where they lead to no minimum."""
    bottom = newton(objective, state.x, state.moving, objective.sheared(state.unsheared))
    if bottom is None:
        return None
    return replace(state, x=bottom.x, value=bottom.value, edm=bottom.edm, status=Status.OK)


def _migrad(objective: Objective, state: Descent, margin: float = 0.0, strategy: int = QUICK) -> Descent:
    """Run MIGRAD from a state; the coordinates in `still` stay."""
    sheared = objective.sheared(state.unsheared)
    value, slopes = objective.gradient(state.x, sheared, margin)
    if not (np.isfinite(value) and np.isfinite(slopes).all()):
        objective.counts.bad += 1
        return replace(state, value=np.nan, edm=np.nan, status=Status.NAN)
    if not state.moving:
        return replace(state, value=value, edm=0.0, status=Status.OK)
    guarded = _Guarded(objective, state.x, sheared, margin, value)
    minuit = _minuit(objective, state, guarded, strategy)
    # Once: where it ends at a kink, four more runs between SIMPLEX's take a thousand values and gain next to nothing.
    minuit.migrad(iterate=1)
    fval, edm, status = float(minuit.fval), float(minuit.fmin.edm), _verdict(minuit)
    if not fval <= guarded.lowest + TOLERANCE**2:
        # Stranded where there is no finite value, or left a better point behind.
        return replace(state, x=guarded.place, value=guarded.lowest, edm=edm, status=Status.NOT_CONVERGED)
    return replace(state, x=np.array(minuit.values), value=fval, edm=edm, status=status)


def _minuit(objective: Objective, state: Descent, guarded: "_Guarded", strategy: int) -> Minuit:
    minuit = Minuit(guarded.value, state.x, grad=guarded.gradient, name=objective.names)
    # -1: its C++ error lines would go to the standard output; every one of them has its status here.
    minuit.print_level = -1
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.strategy = strategy
    minuit.tol = TOLERANCE
    for i in range(objective.n):
        minuit.fixed[i] = i in state.still
        minuit.errors[i] = 0.02 * objective.width[i]
        if not (guarded.sheared[i] or i in state.still):
            minuit.limits[i] = tuple(objective.box[i])
    return minuit


class _Guarded:
    """Value and gradient that are always finite.

    A point without a finite answer counts as bad, and gets a bowl around the start above everything seen so far, so
    that a line search turns back instead of meeting a NaN.
    """

    def __init__(self, objective: Objective, origin: Array, sheared: Mask, margin: float, value: float) -> None:
        self.objective, self.origin, self.sheared, self.margin = objective, origin, sheared, margin
        self.highest = self.lowest = value
        self.place = origin

    def value(self, x: Array) -> float:
        f = self.objective.value(x, self.sheared, self.margin)
        if not np.isfinite(f):
            self.objective.counts.bad += 1
            return self.highest + 1.0 + float(np.sum(((x - self.origin) / self.objective.width) ** 2))
        self.highest = max(self.highest, f)
        if f < self.lowest:
            self.lowest, self.place = f, np.array(x)
        return f

    def gradient(self, x: Array) -> Array:
        f, slopes = self.objective.gradient(x, self.sheared, self.margin)
        if np.isfinite(f) and np.isfinite(slopes).all():
            return slopes
        self.objective.counts.bad += 1
        return np.asarray(2.0 * (x - self.origin) / self.objective.width**2)


def _verdict(minuit: Minuit) -> Status:
    """Our reading of a MIGRAD result: finiteness and edm first, Minuit's flags last."""
    fmin = minuit.fmin
    if not (np.isfinite(fmin.fval) and np.isfinite(fmin.edm)):
        return Status.NAN if not np.isfinite(fmin.fval) else Status.NOT_CONVERGED
    if fmin.edm > LARGEST_EDM:
        return Status.NOT_CONVERGED
    covariance = minuit.covariance
    finite = covariance is not None and bool(np.isfinite(np.asarray(covariance)).all())
    return Status.OK if fmin.is_valid and finite and fmin.has_accurate_covar else Status.APPROXIMATE


# -- limits -----------------------------------------------------------------------------------------------------


def _outside(objective: Objective, state: Descent) -> dict[int, int]:
    """Sheared pivots outside their bounds: index -> side."""
    pivots = objective.pivots - state.unsheared
    if not pivots:
        return {}
    u = objective.scaled(objective.to_values(state.x, state.unsheared))
    low, high = objective.box.T
    return {i: -1 if u[i] < low[i] else 1 for i in sorted(pivots) if not low[i] <= u[i] <= high[i]}


def _into_domain(objective: Objective, state: Descent) -> Descent:
    """Let flat coordinates move a pivot back into its bounds, where they can, then hold them again."""
    if not (state.flat and _outside(objective, state)):
        return state
    moved = _inside(objective, state.x.copy(), state.fixed, state.unsheared)
    # The margin keeps the pivot off its bound, which a quadratic penalty alone reaches only in the limit.
    released = _migrad(objective, replace(state, x=moved, flat=NONE), margin=NEAR)
    if released.status is Status.NAN:
        return state
    again = _migrad(objective, replace(released, flat=state.flat))
    return state if again.status is Status.NAN or again.value > state.value else again


def _settle_limits(objective: Objective, state: Descent) -> Descent:
    """Hold the parameters that their bounds hold: all candidates at once, or else one after the other."""
    rejected: set[int] = set()
    for _ in range(2 * objective.n):
        found = {i: side for i, side in _candidates(objective, state).items() if i not in rejected}
        if not found:
            break
        options = [found] if len(found) == 1 else [found, *({i: side} for i, side in found.items())]
        for option in options:
            trial = _try_held(objective, state, option)
            if trial is not None:
                rejected |= set(option) - set(trial.held)
                state = trial
                break
        else:
            rejected |= set(found)
    return state


def _from_limits(objective: Objective, state: Descent, held: Mapping[int, int]) -> Descent:
    """Minimise with some parameters at their bounds, but for those that are not clearly pressed against them.

    Where a rate goes as the square of a coupling there is no slope at its bound, and much to gain inside.
    """
    begun = _hold(objective, state, held)
    while begun.status is not Status.NAN and (loose := _released_by(objective, begun, -LARGEST_SLOPE)):
        begun = _release(objective, begun, loose)
    return _migrad(objective, state) if begun.status is Status.NAN else begun


def _try_held(objective: Objective, state: Descent, found: Mapping[int, int]) -> Descent | None:
    """Minimise with some parameters at their bounds; None if that is no minimum, or a worse one."""
    forced = bool(found.keys() & _outside(objective, state).keys())
    trial = _hold(objective, state, found)
    if trial.status is Status.NAN:
        return None
    wrong = _released_by(objective, trial)
    if forced:
        return _release(objective, trial, wrong) if wrong else trial
    return trial if not wrong and trial.value <= state.value + 0.002 * TOLERANCE else None


def _candidates(objective: Objective, state: Descent) -> dict[int, int]:
    """Pivots outside, and moving coordinates near a bound at which -2 ln L is no higher and falls outwards."""
    found = _outside(objective, state)
    sheared = objective.sheared(state.unsheared)
    for i in (k for k in state.moving if not sheared[k]):
        for side, bound in zip((-1, 1), objective.box[i], strict=True):
            if abs(state.x[i] - bound) <= NEAR * objective.width[i]:
                x = state.x.copy()
                x[i] = bound
                falls = side * _slopes_inside(objective, x, sheared, {i: side})[i] <= LARGEST_SLOPE
                if falls and objective.value(x, sheared) <= state.value + 1e-4:
                    found[i] = side
    return found


def _hold(objective: Objective, state: Descent, found: Mapping[int, int]) -> Descent:
    unsheared = state.unsheared | (objective.pivots & frozenset(found))
    x = objective.to_internal(objective.to_values(state.x, state.unsheared), unsheared)
    x[list(state.fixed)] = state.x[list(state.fixed)]
    held = {**state.held, **found}
    for i, side in held.items():
        x[i] = objective.box[i, 0 if side < 0 else 1]
    flat = objective.flat(unsheared) - state.fixed - frozenset(held)
    x = _inside(objective, x, state.fixed | frozenset(held) | flat, unsheared)
    return _migrad(objective, replace(state, x=x, unsheared=unsheared, held=held, flat=flat))


def _released_by(objective: Objective, state: Descent, slope: float = LARGEST_SLOPE) -> list[int]:
    """Held parameters from whose bounds -2 ln L falls towards the inside by more than a slope per box width."""
    slopes = _slopes_inside(objective, state.x, objective.sheared(state.unsheared), state.held)
    return [i for i, side in state.held.items() if side * slopes[i] > slope]


def _slopes_inside(objective: Objective, x: Array, sheared: Mask, held: Mapping[int, int]) -> Array:
    """Slopes (n_free,) per box width, a millionth of the box inside the bounds.

    On the bound itself the derivative may be undefined: limits with a kink, interpolation at its last node.
    """
    inside = x.copy()
    for i, side in held.items():
        inside[i] -= side * 1e-6 * objective.width[i]
    return np.asarray(objective.gradient(inside, sheared)[1] * objective.width)


def _release(objective: Objective, state: Descent, wrong: list[int]) -> Descent:
    held = {i: side for i, side in state.held.items() if i not in wrong}
    x = _inside(objective, state.x.copy(), state.fixed | state.flat | frozenset(held), state.unsheared)
    return _migrad(objective, replace(state, x=x, held=held))
