"""Running ensembles of walkers block by block, from disk where a block is there, with emcee where it is not."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zprimefit.fitting.chain import Chain
from zprimefit.fitting.chain_store import ChainStore, Header
from zprimefit.fitting.diagnostics import Diagnostics, diagnose
from zprimefit.fitting.posterior import Posterior, Tally, bad_points_table
from zprimefit.fitting.segments import Floats, Segment, Walkers, joined

MAX_BAD_FRACTION = 0.01


class BadLikelihoodError(RuntimeError):
    """The likelihood is no number at too many points."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands after a block; its text is one line.

    Parameters
    ----------
    steps, max_steps : steps of every walker so far, and at most.
    diagnostics : the last ones that were computed, or None.
    bad : points so far where the likelihood was no number.
    """

    steps: int
    max_steps: int
    diagnostics: Diagnostics | None
    bad: int = 0

    def __str__(self) -> str:
        found, told = self.diagnostics, []
        if found is not None:
            told.append(found.verdict + (f" ({'; '.join(found.reasons)})" if found.reasons else ""))
        if self.bad:
            told.append(f"no number at {self.bad} points")
        return f"step {self.steps} of {self.max_steps}{': ' if told else ''}{', '.join(told)}"


class _Ensemble:
    """One ensemble on its way: its segments so far and where its walkers stand."""

    def __init__(self, index: int, posterior: Posterior, header: Header, store: ChainStore | None) -> None:
        self.index = index
        self.posterior = posterior
        self.store = store
        self.segments = [] if store is None else store.read_all(index)
        self.steps = sum(len(s.chain) for s in self.segments)
        self.walkers = self.segments[-1].end if self.segments else header.start(index)

    def advance(self, goal: int) -> None:
        """Bring every walker to at least `goal` steps, from disk where a segment is there."""
        while self.steps < goal:
            found = None if self.store is None else self.store.read(self.index, self.steps, self.walkers.digest())
            segment = found or self._compute(goal)
            self.segments.append(segment)
            self.steps += len(segment.chain)
            self.walkers = segment.end

    def _compute(self, goal: int) -> Segment:
        later = [] if self.store is None else [s for s in self.store.first_steps(self.index) if s > self.steps]
        segment = _run_block(self.posterior, self.walkers, min([goal, *later]) - self.steps, self.index, self.steps)
        if self.store is not None:
            self.store.write(segment)
        return segment


def _run_block(posterior: Posterior, walkers: Walkers, steps: int, ensemble: int, first_step: int) -> Segment:
    """Run emcee for one block from a state that may come from disk."""
    import emcee  # noqa: PLC0415  (slow to import)

    from zprimefit.fitting.moves import default_moves  # noqa: PLC0415

    rows = walkers.rows if walkers.rows.size else posterior(walkers.internal)
    shape = walkers.internal.shape
    sampler = emcee.EnsembleSampler(*shape, posterior, moves=default_moves(), vectorize=True, blobs_dtype=np.float64)
    sampler.log_prob_fn = posterior  # without the tracebacks that emcee prints by itself, at Ctrl-C too
    gauss = walkers.rng_gauss
    numbers = ("MT19937", walkers.rng_key, walkers.rng_position, int(gauss is not None), gauss or 0.0)
    state = emcee.State(walkers.internal, log_prob=rows[:, 0], blobs=rows[:, 1:], random_state=numbers)
    end = sampler.run_mcmc(state, steps, skip_initial_state_check=True)
    _, key, position, has_gauss, cached = end.random_state
    last = Walkers(
        np.array(end.coords),
        np.column_stack([end.log_prob, end.blobs]),
        np.array(key),
        int(position),
        float(cached) if has_gauss else None,
    )
    blobs = sampler.get_blobs()
    chain, log_likelihood, log_prior = (
        np.ascontiguousarray(a) for a in (blobs[..., :-2], blobs[..., -2], blobs[..., -1])
    )
    return Segment(
        ensemble, first_step, chain, log_likelihood, log_prior, last, walkers.digest(), posterior.take_tally()
    )


class Run:
    """All ensembles of a run.

    Parameters
    ----------
    posterior : the density that is sampled.
    header : names, seed and starting positions.
    store : where segments are read and written; None for memory only.
    """

    def __init__(self, posterior: Posterior, header: Header, store: ChainStore | None) -> None:
        self.header = header
        self.store = store
        self.names = header.parameters
        self.ensembles = [_Ensemble(i, posterior, header, store) for i in range(len(header.starts))]

    @property
    def steps(self) -> int:
        """Steps that all ensembles have made."""
        return min(e.steps for e in self.ensembles)

    @property
    def tally(self) -> Tally:
        """Evaluations and bad points of starts and blocks."""
        return sum((s.tally for e in self.ensembles for s in e.segments), self.header.tally)

    def until(self, limit: int, block: int, *, converged: bool, progress: Callable[[Progress], None] | None) -> None:
        """Advance block by block to `limit` steps, or until the chain has converged."""
        found: Diagnostics | None = None
        while True:
            self._look_at_bad_points()
            if converged and self.steps and check_is_due(self.steps, block):
                samples, log_likelihood, _ = self._arrays()
                found = diagnose(samples, log_likelihood, self.names)
            if self.steps and progress is not None:
                progress(Progress(self.steps, limit, found, self.tally.bad))
            if self.steps >= limit or (found is not None and found.verdict == "converged"):
                return
            goal = min(limit, (self.steps // block + 1) * block)
            for ensemble in self.ensembles:
                ensemble.advance(goal)

    def _arrays(self) -> tuple[Floats, Floats, Floats]:
        return joined([e.segments for e in self.ensembles], self.steps)

    def _look_at_bad_points(self) -> None:
        """Write down the points where the likelihood was no number; stop if they are too many."""
        tally = self.tally
        if not tally.bad:
            return
        entries = [(e.index, s.first_step, p) for e in self.ensembles for s in e.segments for p in s.tally.points]
        starts = [(-1, 0, p) for p in self.header.tally.points]
        where = "chain.bad_points"
        if self.store is not None:
            where = str(self.store.write_bad_points(bad_points_table(self.names, [*starts, *entries]), self.steps))
        if tally.bad > MAX_BAD_FRACTION * tally.evaluations:
            raise BadLikelihoodError(bad_likelihood(tally, self.names, where))

    def chain(self) -> Chain:
        """Return what has been sampled."""
        damaged = () if self.store is None else tuple(f"{d}; computed again" for d in self.store.damaged)
        samples, log_likelihood, log_prior = self._arrays()
        return Chain.of(self.header, samples, log_likelihood, log_prior, self.tally, damaged)


def check_is_due(steps: int, block: int) -> bool:
    """Whether the diagnostics are computed at this step.

    After each of the first ten blocks and then whenever the chain has grown by a tenth, so that they stay cheap. It
    depends on the number of steps alone: a resumed run stops where an uninterrupted one does.
    """
    if steps % block:
        return False
    k = steps // block
    return k <= 10 or math.floor(math.log(k) / math.log(1.1)) != math.floor(math.log(k - 1) / math.log(1.1))


def bad_likelihood(tally: Tally, names: tuple[str, ...], where: str | None = None) -> str:
    """Say how often and why the likelihood was no number, and in which file all such points are, if in any."""
    counts: dict[str, int] = {}
    for point in tally.points:
        for name in point.components:
            counts[name] = counts.get(name, 0) + 1
    components = ", ".join(f"{name} ({count} of {len(tally.points)} looked at)" for name, count in counts.items())
    first = ", ".join(f"{n}={v:.6g}" for n, v in zip(names, tally.points[0].values, strict=True))
    file = "" if where is None else f". All in {where}"
    return (
        f"sample: -2 ln L is no number at {tally.bad} of {tally.evaluations} points "
        f"({100 * tally.bad / tally.evaluations:.2g} %, at most {100 * MAX_BAD_FRACTION:g} % are accepted). "
        f"Components at fault: {components}. First at {first}{file}; narrow the priors or mend the component"
    )
