"""Pseudo-experiments of a profile likelihood ratio: what its value in the data is worth without Wilks' theorem.

Some parameters are held at a hypothesis. The truth of the experiments is where the published data like the others best
(Feldman and Cousins with profiled nuisance parameters, or "plug-in"), or no new physics. Every experiment is fitted as
the data are: with the hypothesis held, and with everything free, from the truth, the minima of the published data, and
the deepest of a seeded Sobol set, less those of which it is known where they lead; from no new physics where a fit
lies above it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from zprimefit.fitting.encoding import number, numbers, read_number
from zprimefit.fitting.null import values_without_new_physics
from zprimefit.fitting.objective import Array, Objective
from zprimefit.fitting.result import Fit
from zprimefit.likelihoods.observation import PRESCRIPTIONS
from zprimefit.names import check_name
from zprimefit.scans.checkpoint import Checkpoint
from zprimefit.scans.conditions import FixedParameters, Point
from zprimefit.scans.executors import Executor, Run, Threads
from zprimefit.scans.grids import about, fit_for, index_of
from zprimefit.scans.search import below_no_new_physics, deepest
from zprimefit.scans.sweep import SCHEME
from zprimefit.scans.toy_record import TIE, Toys, binomial_interval
from zprimefit.scans.writers import only_writer
from zprimefit.units import read_quantity

Progress = Callable[[int, int, str], None]
Side = Literal["two", "upper"]
Truth = Literal["hypothesis", "no new physics"]

MINIMA: Final = 3
"""Minima of the published data that every experiment's free fit starts from."""
POOL: Final = 16
"""Sobol points that are looked at for every start."""
FEWEST: Final = 30
"""Experiments before which none is decided."""
SURE: Final = 0.99
"""CL of the binomial interval that decides an experiment early."""


def toys(
    analysis: Any,
    at: Mapping[str, float | str],
    *,
    n: int = 1000,
    fit: Fit | None = None,
    known: ArrayLike | None = None,
    truth: Truth = "hypothesis",
    side: Side = "two",
    nuisances: str = "fitted",
    decide: float | None = None,
    part: tuple[int, int] = (1, 1),
    starts: int = 1,
    seed: int = 1,
    checkpoint: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Toys:
    """Draw and fit pseudo-experiments where a hypothesis is true.

    Parameters
    ----------
    analysis : an :class:`~zprimefit.analyses.Analysis`.
    at : the hypothesis, free parameters -> values, numbers in the parameter's unit or text such as ``"30 MeV"``.
    n : number of experiments, at most.
    fit : of the analysis; made with the same seed if absent.
    known : values (n_free,) of a minimum of the published data with the hypothesis held, to start from as well.
    truth : what is true in the experiments; ``"no new physics"`` is for :func:`~zprimefit.scans.toy_record.cls_of`.
    side : ``"upper"`` for an upper limit on the one parameter that is held.
    nuisances : ``"fitted"`` or ``"prior"``, see :mod:`zprimefit.likelihoods.observation`.
    decide : confidence level at which the hypothesis is to be excluded or not: the experiments end, after thirty at
        least, once the binomial interval of their p-value (99 % CL) leaves 1 - `decide` out. None makes all of them.
    part : (i, m), do every m-th experiment only, from the i-th: folders that did the others can be merged.
    starts : Sobol starts of every free fit.
    seed : experiment k, from 1, has the seed (seed, k).
    checkpoint : file of finished experiments, read back if it exists.
    identity : what the caller wants the checkpoint to stand for; the analysis' own by default.
    progress : called with (done, total, text).
    executor : who does them, see :mod:`zprimefit.scans.executors`; this process by default.

    Raises
    ------
    KeyError
        For a parameter that there is not.
    SecondWriterError
        If somebody else writes to the checkpoint.
    ValueError
        Without parameters, for a fixed one, a value out of its bounds, an unknown option, an analysis without data
        that could be drawn, or a model that does not say what no new physics is.
    """
    hypothesis = _hypothesis(analysis, at)
    check_name("truth of toys", truth, ("hypothesis", "no new physics"))
    check_name("side of toys", side, ("two", "upper"))
    _check_numbers(hypothesis, n=n, side=side, decide=decide, starts=starts, seed=seed)
    _check_part(part, decide)
    _check_data(analysis)
    fitted = fit_for(analysis, fit, seed)
    test = _Test.of(analysis, hypothesis, fitted, known, side=side, starts=starts, seed=seed)
    true = test.best.values if truth == "hypothesis" else values_without_new_physics(analysis)
    check_name("nuisances", nuisances, PRESCRIPTIONS)
    scanned = {
        "scheme": SCHEME,
        "toys": {name: number(value) for name, value in hypothesis.items()},
        "truth": [truth, numbers(true)],
        "side": side,
        "nuisances": nuisances,
    }
    header = about(analysis, scanned, identity=identity, starts=starts, seed=seed, fitted=fitted)
    which = range(part[0], n + 1, part[1])
    work = (executor or Threads()).start(analysis, _Experiments(test, true, nuisances))
    with only_writer(checkpoint):
        done = Checkpoint(checkpoint, header)
        found = _done(work, done, which=which, test=test, decide=decide, progress=progress)
    return Toys(
        analysis=analysis.name,
        hypothesis=hypothesis,
        side=side,
        truth=dict(zip(analysis.free_parameters, map(float, true), strict=True)),
        true=truth,
        nuisances=nuisances,
        seed=seed,
        observed=test.observed,
        values=_frozen(found),
        kept=analysis.experiments.kept,
        messages=_messages(found, n, test, decide, part),
    )


def _done(
    work: Run, done: Checkpoint, *, which: range, test: "_Test", decide: float | None, progress: Progress | None
) -> list[float]:
    """Statistics of the experiments, up to the first by which they are decided: in their order, whoever does them."""
    found: list[float] = []

    def enough() -> bool:
        """Take what is ready in its order; whether no more is needed."""
        while len(found) < len(which) and (key := f"toy:{which[len(found)]}") in done.done:
            found.append(_Ratio.read(done.done[key]).value(test.side))
            if decide is not None and len(found) >= FEWEST and _decided(found, test.observed, decide):
                return True
        return len(found) == len(which)

    left = [k for k in which if f"toy:{k}" not in done.done]
    if enough():
        return found
    results, failed = (
        work(left),
        sum(not _Ratio.read(done.done[key]).usable for k in which if (key := f"toy:{k}") in done.done),
    )
    for ready, (place, ratio) in enumerate(results, start=1):
        k = left[place]
        done.add(f"toy:{k}", ratio.store())
        failed += not ratio.usable
        if progress is not None:
            told = f", {failed} failed" if failed else ""
            progress(len(which) - len(left) + ready, len(which), f"toy {k}: t = {ratio.value(test.side):.4g}{told}")
        if enough():
            break
    results.close()
    return found


def _found(conditions: FixedParameters, starts: Sequence[Array]) -> Point:
    """Fit from some starts, values (n_free,) each."""
    return below_no_new_physics(conditions, 0, deepest(conditions, 0, starts))


def _frozen(found: list[float]) -> Array:
    values = np.array(found, dtype=np.float64)
    values.flags.writeable = False
    return values


def _hypothesis(analysis: Any, at: Mapping[str, float | str]) -> dict[str, float]:
    what = f"toys of {analysis.name!r}"
    if not at:
        msg = f"{what}: no hypothesis; name at least one free parameter and its value, e.g. {{'m_zprime': '30 MeV'}}"
        raise ValueError(msg)
    found = {}
    for name, given in at.items():
        parameter = analysis.free[index_of(analysis, name, what=what)]
        value = read_quantity(given, parameter.unit, what=f"{what}: {name}")
        low, high = parameter.bounds
        if not low <= value <= high:
            msg = f"{what}: {name} must lie within its bounds {low:g} to {high:g} {parameter.unit}, got {value:g}"
            raise ValueError(msg)
        found[name] = value
    return found


def _check_data(analysis: Any) -> None:
    if not analysis.experiments.published:
        kept = ", ".join(analysis.experiments.kept)
        msg = (
            f"toys of {analysis.name!r}: no component has data that could be drawn, only {kept}; "
            "give one an `observation` and a `forecast` (zprimefit.likelihoods.observation)"
        )
        raise ValueError(msg)


def _check_numbers(
    hypothesis: Mapping[str, float], *, n: int, side: str, decide: float | None, starts: int, seed: int
) -> None:
    if n < 1 or starts < 0 or seed < 0:
        msg = f"toys: expected n >= 1, starts >= 0 and seed >= 0, got n = {n}, starts = {starts}, seed = {seed}"
        raise ValueError(msg)
    if decide is not None and not 0 < decide < 1:
        msg = f"toys: decide is a confidence level between 0 and 1, got {decide!r}"
        raise ValueError(msg)
    if side == "upper" and len(hypothesis) != 1:
        msg = f"toys: side='upper' is for one parameter, got {list(hypothesis)}; use side='two'"
        raise ValueError(msg)


def _check_part(part: tuple[int, int], decide: float | None) -> None:
    if not 1 <= part[0] <= part[1]:
        msg = f"toys: part is (i, m), the i-th of m parts, got {part!r}"
        raise ValueError(msg)
    if part[1] > 1 and decide is not None:
        msg = f"toys: an early decision needs all experiments in their order, not part {part[0]} of {part[1]}"
        raise ValueError(msg)


def _decided(found: list[float], observed: float, cl: float) -> bool:
    good = np.array([t for t in found if np.isfinite(t)])
    low, high = binomial_interval(int((good >= observed - TIE).sum()), len(good), SURE)
    return not low <= 1 - cl <= high


def _messages(
    found: list[float], n: int, test: "_Test", decide: float | None, part: tuple[int, int]
) -> tuple[str, ...]:
    messages = list(test.messages)
    if part[1] > 1:
        messages.append(f"part {part[0]} of {part[1]} of {n} experiments")
    failed = sum(not np.isfinite(t) for t in found)
    if failed:
        messages.append(f"{failed} of {len(found)} experiments have no value: a fit did not converge")
    if decide is not None:
        state = f"decided after {len(found)}" if len(found) < n else f"not decided earlier than after all {n}"
        messages.append(f"{100 * decide:.2f} % CL: {state} experiments")
    return tuple(messages)


@dataclass(frozen=True)
class _Ratio:
    """Both fits of one experiment: -2 ln L held and free, whether both are usable, and whether the best is above."""

    held: float
    free: float
    usable: bool
    above: bool

    def value(self, side: Side) -> float:
        """The statistic; NaN where a fit failed."""
        if not self.usable:
            return float("nan")
        return 0.0 if side == "upper" and self.above else max(self.held - self.free, 0.0)

    def store(self) -> list[Any]:
        return [number(self.held), number(self.free), self.usable, self.above]

    @classmethod
    def read(cls, stored: list[Any]) -> "_Ratio":
        held, free, usable, above = stored
        return cls(read_number(held), read_number(free), usable, above)


@dataclass(frozen=True)
class _Test:
    """The hypothesis with what the published data say of it.

    Parameters
    ----------
    indices, places : of the parameters that are held, and their values (1, n_held).
    best : minimum of the published data with them held.
    observed : t of the published data.
    minima : of the published data with everything free, deepest first.
    """

    indices: tuple[int, ...]
    places: Array
    best: Point
    observed: float
    minima: tuple[Array, ...]
    side: Side
    starts: int
    seed: int
    messages: tuple[str, ...]

    @classmethod
    def of(
        cls,
        analysis: Any,
        hypothesis: Mapping[str, float],
        fitted: Fit,
        known: ArrayLike | None,
        *,
        side: Side,
        starts: int,
        seed: int,
    ) -> "_Test":
        """Fit the published data with the hypothesis held.

        Raises
        ------
        ValueError
            If they have no minimum there.
        """
        objective = Objective.of(analysis)
        names = list(analysis.free_parameters)
        indices, places = tuple(names.index(name) for name in hypothesis), np.array([list(hypothesis.values())])
        minima = tuple(m.values for m in fitted.minima[:MINIMA])
        held = FixedParameters(objective, indices, places)
        more = () if known is None else (np.asarray(known, dtype=np.float64),)
        best = _found(held, (*more, *minima, *_drawn_deep(objective, max(starts, 2), [seed, 0])))
        if not best.status.usable:
            msg = f"toys of {analysis.name!r}: no minimum with {dict(hypothesis)} held (status {best.status})"
            raise ValueError(msg)
        messages = []
        if best.fval < fitted.fval - TIE:
            depth = fitted.fval - best.fval
            messages.append(f"the hypothesis lies {depth:.3g} in -2 ln L below the fit: fit again from more starts")
        k = indices[0]
        above = side == "upper" and fitted.values[k] > places[0, 0]
        observed = _Ratio(best.fval, fitted.fval, usable=True, above=bool(above)).value(side)
        return cls(indices, places, best, observed, minima, side, starts, seed, tuple(messages))

    def of_data(self, analysis: Any, k: int) -> _Ratio:
        """Both fits of an experiment's data."""
        objective = Objective.of(analysis)
        hold = FixedParameters(objective, self.indices, self.places)
        everything_free = FixedParameters(objective, (), np.zeros((1, 0)))
        held = _found(hold, (self.best.values, *self.minima))
        drawn = _drawn_deep(objective, self.starts, [self.seed, k, POOL])
        free = _found(everything_free, (held.values, *self.minima, *drawn))
        if not free.status.usable or not held.status.usable:
            return _Ratio(held.fval, float("nan"), usable=False, above=False)
        if held.fval > free.fval:
            # a held fit that a better start improves on is no minimum
            held = min((held, hold.minimise(0, free.values)), key=lambda point: point.rank)
        above = bool(free.values[self.indices[0]] > self.places[0, 0])
        return _Ratio(held.fval, min(free.fval, held.fval), usable=True, above=above)


@dataclass(frozen=True, eq=False)
class _Experiments:
    """What is done with the number of an experiment: data are drawn, and fitted twice."""

    test: _Test
    true: Array
    nuisances: str

    def on(self, analysis: Any) -> Callable[[int], _Ratio]:
        """Number -> both fits."""
        ensemble = analysis.experiments.at(self.true)

        def experiment(k: int) -> _Ratio:
            data = ensemble.drawn(np.random.default_rng([self.test.seed, k]), self.nuisances)
            return self.test.of_data(analysis.given(data), k)

        return experiment


def _drawn_deep(objective: Objective, n: int, seed: list[int]) -> Array:
    """Deepest n (n, n_free) of a seeded Sobol set; flat coordinates keep their defaults."""
    if n == 0:
        return np.zeros((0, objective.n))
    pool = objective.draw(POOL * n, seed)
    flat = list(objective.flat())
    pool[:, flat] = objective.analysis.defaults()[flat]
    depth = objective.minus2lnl_batch(pool)
    return np.asarray(pool[np.argsort(np.where(np.isfinite(depth), depth, np.inf), kind="stable")[:n]])
