"""The fit: many seeded starts, the distinct minima, and what is known about the deepest.

Which function to use when: :func:`fit` for a best fit with errors and intervals, ``scans.profile`` for the curve of
one parameter, :func:`zprimefit.fitting.minuit.minimise` for a single minimisation.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from zprimefit.fitting.bestfit import BestFit, Progress
from zprimefit.fitting.coordinates import inside
from zprimefit.fitting.covariance import Curvature, covariance_in
from zprimefit.fitting.minuit import Outcome, minimise
from zprimefit.fitting.multistart import BARRIER, choose_starts, cluster
from zprimefit.fitting.objective import Array, Counts, FitProblem, KnowsChi2, Objective
from zprimefit.fitting.result import Fit, Minimum, Start
from zprimefit.fitting.side_by_side import Stop
from zprimefit.fitting.status import Status


def fit(
    analysis: FitProblem,
    *,
    starts: int = 32,
    seed: int = 1,
    places: Sequence[Mapping[str, float]] = (),
    minos: bool = True,
    progress: Progress | None = None,
) -> Fit:
    """Minimise -2 ln L over the free parameters.

    Parameters
    ----------
    analysis : what to fit.
    starts : number of minimisations: one from the defaults, the others from a seeded Sobol set of the domain. With more
        than one, dips along the coordinates through the deepest minimum are tried besides. Where all end above no new
        physics, one more starts there.
    seed : of that set; the same seed gives the same numbers, bit by bit.
    places : points to start from besides, parameters by name [GeV or 1]; what is missing or fixed stays at its default,
        and what lies outside the domain at its end. Starts that are there already are not repeated.
    minos : whether to compute the intervals of 68.27 % CL (1 dof, Delta chi^2 = 1).
    progress : called with (done, total, text).

    Raises
    ------
    ValueError
        Without free parameters, or for starts < 1 or a negative seed.
    """
    _check(analysis, starts, seed)
    objective = Objective.of(analysis)
    before = replace(objective.counts)
    tell = progress or (lambda _done, _total, _text: None)
    points = _joined(choose_starts(objective, starts, seed), [inside(analysis.free, place) for place in places])
    starts = len(points)
    total = starts + (objective.n if minos else 0)
    outcomes: list[Outcome] = []
    for i, (outcome, counts) in enumerate(_minimised(objective, points)):
        outcomes.append(outcome)
        objective.counts.add(counts)
        failed = sum(not o.status.usable for o in outcomes)
        told = f"start {i + 1} of {starts}: -2 ln L = {outcomes[-1].fval:.6g} {outcomes[-1].status}"
        tell(i + 1, total, f"{told}{f', {failed} failed' if failed else ''}")
    work = BestFit(objective, cluster(objective, outcomes), [])
    work.try_no_new_physics()
    if work.minima:
        if starts > 1:
            work.look_around()
        work.settle(starts, total, tell, minos=minos)
        found = _best(work)
    else:
        found = _no_minimum(objective, min(outcomes, key=_depth))
    ends = tuple(Start(p, o.values, o.fval, o.status, o.n_calls) for p, o in zip(points, outcomes, strict=True))
    return _record(objective, found, starts=ends, seed=seed, before=before)


def _minimised(objective: Objective, points: Array) -> Generator[tuple[Outcome, Counts]]:
    """What each start leads to, and what that took; side by side, in their order."""
    stop = Stop()

    def one(point: Array) -> tuple[Outcome, Counts]:
        own = stop.heeded_by(objective)
        return minimise(own, own.to_internal(point)), own.counts

    return stop.side_by_side(objective, one, list(points))


def _check(analysis: FitProblem, starts: int, seed: int) -> None:
    if not analysis.free:
        msg = f"fit of {analysis.name!r}: no free parameters; set free: true for at least one"
        raise ValueError(msg)
    if starts < 1:
        msg = f"fit of {analysis.name!r}: starts must be >= 1, got {starts!r}"
        raise ValueError(msg)
    if seed < 0:
        msg = f"fit of {analysis.name!r}: seed must be >= 0, got {seed!r}"
        raise ValueError(msg)


def _joined(points: Array, more: list[Array]) -> Array:
    """Points (n, n_free) and those of the others (n_free,) that are not among them."""
    for point in more:
        if not (points == point).all(axis=1).any():
            points = np.vstack([points, point])
    return points


def _depth(outcome: Outcome) -> float:
    return outcome.fval if np.isfinite(outcome.fval) else np.inf


def _status(best: Outcome, local: Curvature | None) -> Status:
    """Status of the fit: the minimisation's, with our own look at edm and covariance."""
    if best.status in {Status.NAN, Status.NOT_CONVERGED, Status.AT_LIMIT} or local is None:
        return best.status
    # The exact Hessian overrules Minuit's doubts about its own estimate, and its confidence.
    return Status.OK if local.regular and local.edm < 1e-6 else Status.APPROXIMATE


def _best(work: BestFit) -> dict[str, Any]:
    objective, best, local = work.objective, work.best, work.local
    covariance = np.zeros((objective.n, objective.n))
    null: list[Array] = []
    if local is not None and local.finite:
        covariance = covariance_in(objective, local, frozenset())
        null = local.null_directions()
    # User's units per unit of the parameter's own scale.
    scales = zip(objective.coordinates.parameters, objective.scaled(best.values), strict=True)
    slopes = np.array([float(jax.grad(p.to_value)(float(u))) for p, u in scales])
    status = _status(best, local)
    minima = [Minimum(o.values, o.fval, o.status, n) for o, n in work.minima]
    return {
        "values": best.values,
        "fval": best.fval,
        "status": status,
        "edm": best.edm if local is None else local.edm,
        "minima": (replace(minima[0], status=status), *minima[1:]),
        "covariance": covariance,
        "errors": work.scaled_errors() * slopes,
        "intervals": work.intervals or {},
        "at_limit": {objective.names[i]: "lower" if side < 0 else "upper" for i, side in sorted(best.held.items())},
        "unconstrained": tuple(objective.names[i] for i in sorted(objective.flat(best.unsheared))),
        "null_directions": np.array(null, dtype=np.float64).reshape(-1, objective.n),
        "messages": (*work.messages, *_null_notes(objective, null)),
    }


def _null_notes(objective: Objective, null: list[Array]) -> list[str]:
    notes = []
    for direction in null:
        involved = [name for name, part in zip(objective.names, direction, strict=True) if abs(part) > 1e-3]
        notes.append(f"-2 ln L has no curvature along a direction of {', '.join(involved)}: no symmetric error there")
    return notes


def _no_minimum(objective: Objective, best: Outcome) -> dict[str, Any]:
    n = objective.n
    reason = "-2 ln L is not finite at any start" if best.status is Status.NAN else "no start converged"
    return {
        "values": best.values,
        "fval": best.fval,
        "status": best.status,
        "edm": best.edm,
        "minima": (),
        "covariance": np.zeros((n, n)),
        "errors": np.full(n, np.nan),
        "intervals": {},
        "at_limit": {},
        "unconstrained": (),
        "null_directions": np.zeros((0, n)),
        "messages": (f"{reason}: the values are not a minimum",),
    }


def _record(
    objective: Objective, found: dict[str, Any], *, starts: tuple[Start, ...], seed: int, before: Counts
) -> Fit:
    analysis, counts = objective.analysis, objective.counts
    equal = sum(m.fval < found["fval"] + BARRIER for m in found["minima"])
    notes = [f"{equal} of the minima are equally deep, within {BARRIER}"] if equal > 1 else []
    notes += [f"{name} is held by its {side} bound" for name, side in found["at_limit"].items()]
    if found["unconstrained"]:
        notes.append(f"-2 ln L does not depend on {', '.join(found['unconstrained'])} in internal coordinates")
    n_bad = counts.bad - before.bad
    if n_bad:
        notes.append(f"-2 ln L was not finite at {n_bad} points, those outside the domain included")
    found = {**found, "messages": (*found["messages"], *notes)}
    breakdown = analysis.breakdown(found["values"])
    parts = analysis.chi2(found["values"]) if isinstance(analysis, KnowsChi2) else breakdown
    for key in ("values", "covariance", "errors", "null_directions"):
        found[key].flags.writeable = False
    return Fit(
        name=analysis.name,
        parameters=objective.names,
        units=tuple(p.unit for p in objective.coordinates.parameters),
        breakdown=breakdown,
        chi2=float(sum(parts.values())),
        starts=starts,
        n_data=analysis.n_data,
        n_calls=counts.calls - before.calls,
        n_bad=n_bad,
        seed=seed,
        **found,
    )
