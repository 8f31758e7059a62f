"""Sampling the posterior with Hamiltonian Monte Carlo: no-U-turn trajectories along its gradient.

Beside the ensembles of emcee (:mod:`zprimefit.fitting.ensemble`), for the same density and with the same chains at the
end. The trajectories move in the internal coordinates of the analysis, stretched so that the priors have no edges
(:mod:`zprimefit.fitting.unbounded`), with a dense metric that is adapted in a warm-up. Divergent transitions are
counted, kept with the place where they happened, and speak against the chain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.chain import Chain
from zprimefit.fitting.chain_store import ChainStore, ChainStoreError, Header
from zprimefit.fitting.ensemble_run import MAX_BAD_FRACTION, BadLikelihoodError, bad_likelihood
from zprimefit.fitting.identity import sampling_identity
from zprimefit.fitting.nuts import BLOCK, Nuts, Steps, blackjax
from zprimefit.fitting.posterior import MAX_BAD_POINTS_KEPT, Posterior, Tally, bad_points_table, check_counts
from zprimefit.fitting.segments import Segment
from zprimefit.fitting.starts import draw_starts
from zprimefit.fitting.transitions import Transitions
from zprimefit.fitting.unbounded import Unbounded
from zprimefit.fitting.warmup import MIN_WARMUP, metric_of, windows
from zprimefit.numerics.chunks import filled_chunks

Array = NDArray[np.float64]

_CLOUD = 10
"""Starting points per parameter from which the first metric is made."""

_BATCH = 32
"""Points of the likelihood at once."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands; its text is one line.

    Parameters
    ----------
    steps, max_steps : steps of every chain so far and in the end, warm-up included.
    warmup : how many of them are warm-up.
    divergent : divergent transitions of all chains since the warm-up.
    """

    steps: int
    max_steps: int
    warmup: int
    divergent: int

    def __str__(self) -> str:
        state = "warm-up" if self.steps <= self.warmup else f"{self.divergent} divergent transitions"
        return f"step {self.steps} of {self.max_steps}: {state}"


def sample_hmc(
    analysis: Any,
    *,
    fit: Any = None,
    chains: int = 4,
    warmup: int = 500,
    draws: int = 1000,
    target: float = 0.9,
    max_depth: int = 10,
    seed: int = 7,
    folder: str | Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Chain:
    """Sample the posterior of an analysis along its gradient. Needs ``pip install "zprimefit[hmc]"``.

    Parameters
    ----------
    analysis : the analysis; its parameters carry scales and priors.
    fit : the chains start around it, over-dispersed; None for starts from the prior.
    chains : independent ones, which share step size and metric.
    warmup : steps of every chain in which those are adapted; they are not kept.
    draws : steps of every chain that are kept.
    target : acceptance probability that the step size aims at; more for fewer divergences, and shorter steps.
    max_depth : a trajectory has at most 2^max_depth points.
    seed : of the run; the same seed gives the same chain.
    folder : where to store the chain, at the end; None keeps it in memory only. Such a run cannot be resumed.
    identity : hashes of analysis and data. The analysis' own by default.
    progress : called every few steps, e.g. ``print``.

    Returns
    -------
    The chain: one ensemble of one walker for each of the `chains`, with :attr:`Chain.transitions`.

    Raises
    ------
    ValueError
        For a setting that makes no sense.
    ModuleNotFoundError
        If BlackJAX is not installed.
    StartError
        If too few points of the prior have a finite likelihood.
    ChainStoreError
        If the folder holds a chain, or cannot be written.
    BadLikelihoodError
        If the likelihood is no number at more than 1 % of the points.
    """
    _check(analysis, chains, warmup, draws, target, max_depth)
    blackjax()
    path = None if folder is None else Path(folder)
    if path is not None and ChainStore.holds_chain(path):
        msg = f"chain folder {path}: already holds a chain, and each holds one; move it away or choose another"
        raise ChainStoreError(msg)
    run = _Run(analysis, fit, chains, seed, target, max_depth)
    run.warm_up(warmup, draws, progress)
    run.draw(warmup, draws, progress)
    settings = {"method": "hmc", "seed": seed, "chains": chains, "warmup": warmup, "target": target}
    header = run.header(sampling_identity(analysis, identity, settings | {"max_depth": max_depth}))
    chain = run.chain(header)
    if path is not None:
        run.store(path, header, chain)
    return chain


def _check(analysis: Any, chains: int, warmup: int, draws: int, target: float, max_depth: int) -> None:
    check_counts(analysis, {"chains": chains, "draws": draws, "max_depth": max_depth})
    if warmup < MIN_WARMUP:
        msg = f"sample: warmup must be at least {MIN_WARMUP} steps, got {warmup!r}; several hundred are usual"
        raise ValueError(msg)
    if not 0.0 < target < 1.0:
        msg = f"sample: target is an acceptance probability between 0 and 1, got {target!r}; 0.8 to 0.99 are usual"
        raise ValueError(msg)


class _Run:
    """Chains on their way, with what has been found so far."""

    def __init__(self, analysis: Any, fit: Any, chains: int, seed: int, target: float, max_depth: int) -> None:
        self.analysis, self.seed, self.chains = analysis, seed, chains
        self.posterior = Posterior(analysis, _BATCH)
        self.coordinates = self.posterior.coordinates
        self.unbounded = Unbounded(self.coordinates)
        self._values_and_prior = jax.jit(jax.vmap(self.unbounded.values_and_log_prior))
        rng = np.random.default_rng(np.random.SeedSequence(seed))
        cloud = draw_starts(self.posterior, max(chains, _CLOUD * len(self.coordinates.names)), rng, fit)
        self.starts = cloud[rng.choice(len(cloud), chains, replace=False)]
        likelihood = self.posterior(self.starts)[:, -2]
        self.tally = self.posterior.take_tally()
        to_z = jax.jit(lambda internal: jax.vmap(self.unbounded.from_values)(self.coordinates.to_values(internal)))
        starts, z = np.asarray(to_z(self.starts)), np.asarray(to_z(cloud))
        at_starts = likelihood + self._in_batches(starts)[1]
        metric = metric_of(z, np.eye(z.shape[1]))
        self.nuts = Nuts(self._log_density, starts, at_starts, metric, seed=seed, target=target, max_depth=max_depth)
        self.warmed = self.warmed_divergent = 0
        self.found: list[Steps] = []

    def _log_density(self, z: Any) -> Any:
        values, log_prior = self.unbounded.values_and_log_prior(z)
        return -0.5 * self.analysis.minus2lnl(values) + log_prior

    def _in_batches(self, z: Array) -> tuple[Array, Array]:
        """Values (m, n) and ln of the prior density per z (m,) at z (m, n), m > 0, in batches of one shape."""
        parts = [self._values_and_prior(chunk) for chunk, _ in filled_chunks(z, _BATCH)]
        values, log_prior = (np.concatenate([np.asarray(p[k]) for p in parts])[: len(z)] for k in (0, 1))
        return values, log_prior

    # -- steps --------------------------------------------------------------------------------------------------------

    def warm_up(self, warmup: int, draws: int, progress: Callable[[Progress], None] | None) -> None:
        """Adapt step size and metric; what is drawn on the way is forgotten."""
        done = 0
        for length, renew in windows(warmup):
            drawn: list[Array] = []
            for count in _blocks(length):
                steps = self._advance(count, adapting=True)
                drawn.append(steps.z.reshape(-1, steps.z.shape[-1]))
                self.warmed_divergent += int(steps.divergent.sum())
                done += count
                if progress is not None:
                    progress(Progress(done, warmup + draws, warmup, 0))
            if renew:
                self.nuts.metric = metric_of(np.concatenate(drawn), self.nuts.metric)
                self.nuts.restart_step_size(self.nuts.step_size)
        self.warmed = warmup * self.chains
        self._refuse_bad()

    def draw(self, warmup: int, draws: int, progress: Callable[[Progress], None] | None) -> None:
        """Draw with what the warm-up found."""
        done = warmup
        for count in _blocks(draws):
            self.found.append(self._advance(count, adapting=False))
            self._refuse_bad()
            done += count
            if progress is not None:
                divergent = sum(int(steps.divergent.sum()) for steps in self.found)
                progress(Progress(done, warmup + draws, warmup, divergent))

    def _advance(self, count: int, *, adapting: bool) -> Steps:
        """Make steps and count evaluations. A likelihood that is no number ends its trajectory: it is found there."""
        steps = self.nuts.advance(count, adapting=adapting)
        ends = steps.end[steps.divergent | steps.cut]
        if len(ends):
            self.posterior.examine(self._in_batches(ends)[0])
        counted = self.posterior.take_tally()
        room = MAX_BAD_POINTS_KEPT - len(self.tally.points)
        self.tally += Tally(int(steps.leapfrogs.sum()), counted.bad, counted.points[: max(0, room)])
        return steps

    def _refuse_bad(self) -> None:
        if self.tally.bad > MAX_BAD_FRACTION * self.tally.evaluations:
            raise BadLikelihoodError(bad_likelihood(self.tally, self.coordinates.names))

    # -- the end ------------------------------------------------------------------------------------------------------

    def chain(self, header: Header) -> Chain:
        """Return what has been drawn."""
        z, log_density = (np.stack([a for s in self.found for a in getattr(s, key)]) for key in ("z", "log_density"))
        values, log_prior = self._in_batches(z.reshape(-1, z.shape[-1]))
        # (draws, chains, ...) -> (chains, draws, one walker, ...)
        samples = values.reshape(z.shape).swapaxes(0, 1)[:, :, None]
        log_likelihood = (log_density - log_prior.reshape(log_density.shape)).T[:, :, None]
        prior = np.asarray(self.coordinates.log_prior(samples))
        return Chain.of(header, samples, log_likelihood, prior, header.tally)

    def header(self, identity: Mapping[str, Any]) -> Header:
        """Return what the chain's segments share."""
        starts = tuple(start[None] for start in self.starts)
        return Header.of(self.posterior, starts, self.seed, identity, self.tally, self._transitions())

    def _transitions(self) -> Transitions:
        found = Steps(*(np.concatenate(arrays) for arrays in zip(*self.found, strict=True)))
        places = np.argwhere(found.divergent.T)
        at = found.end.swapaxes(0, 1)[tuple(places.T)]
        return Transitions(
            total=found.divergent.size,
            divergent=self._in_batches(at)[0] if len(at) else np.zeros((0, found.end.shape[-1])),
            places=tuple((int(chain), int(draw)) for chain, draw in places),
            warmup=self.warmed,
            warmup_divergent=self.warmed_divergent,
            cut=int(found.cut.sum()),
            saturated=int(found.saturated.sum()),
            step_size=self.nuts.step_size,
            acceptance=tuple(map(float, np.nanmean(found.acceptance, axis=0))),
            leapfrogs=int(found.leapfrogs.sum()),
        )

    def store(self, folder: Path, header: Header, chain: Chain) -> None:
        """Write the chain as one segment of one walker per chain."""
        store = ChainStore.create(folder, header)
        internal = np.asarray(self.coordinates.to_internal(chain.samples[:, -1, 0]))
        for e, last in enumerate(internal):
            start = header.start(e)
            columns = (chain.samples[e], chain.log_likelihood[e], chain.log_prior[e])
            # nothing goes on from this end: no density there, and the random numbers of the beginning
            end = replace(start, internal=last[None])
            store.write(Segment(e, 0, *columns, end, start.digest(), Tally()))
        if chain.n_bad:
            table = bad_points_table(chain.names, [(-1, 0, point) for point in chain.bad_points])
            store.write_bad_points(table, chain.samples.shape[1])


def _blocks(steps: int) -> list[int]:
    return [min(BLOCK, steps - first) for first in range(0, steps, BLOCK)]
