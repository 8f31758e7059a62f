"""Sampling the posterior with emcee: independent ensembles of walkers, in blocks, until the chain has converged.

Moves: 0.15 of the steps are differential evolution (ter Braak 2006, gamma = 2.38 / sqrt(2 n)), 0.05 the same with
gamma = 1, which jumps between separate modes, and 0.8 change a few coordinates only (:mod:`zprimefit.fitting.moves`).
The walkers move in the internal coordinates of the analysis; the density carries the Jacobian, so the priors that were
declared on the user's parameters are the ones that are sampled.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zprimefit.fitting.chain import Chain
from zprimefit.fitting.chain_store import ChainStore, ChainStoreError, Header
from zprimefit.fitting.ensemble_run import Progress, Run
from zprimefit.fitting.identity import sampling_identity
from zprimefit.fitting.posterior import Posterior, check_counts
from zprimefit.fitting.starts import draw_starts
from zprimefit.names import unknown_name


def sample(
    analysis: Any,
    *,
    fit: Any = None,
    walkers: int = 64,
    ensembles: int = 2,
    until: Literal["converged", "steps"] = "converged",
    steps: int | None = None,
    max_steps: int = 20_000,
    block: int = 100,
    seed: int = 7,
    folder: str | Path | None = None,
    resume: bool = False,
    identity: Mapping[str, Any] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Chain:
    """Sample the posterior of an analysis.

    Parameters
    ----------
    analysis : the analysis; its parameters carry scales and priors.
    fit : the walkers start around it, over-dispersed; None for starts from the prior.
    walkers : per ensemble, at least twice the number of free parameters.
    ensembles : independent ones, each with its own starts and random numbers.
    until : ``"converged"`` (see :mod:`zprimefit.fitting.diagnostics`; at most `max_steps`) or ``"steps"``.
    steps : number of steps for ``until="steps"``.
    max_steps : limit for ``until="converged"``.
    block : steps between two writes to disk.
    seed : of the run; the same seed gives the same chain.
    folder : where to store the chain; None keeps it in memory only.
    resume : continue the chain in `folder`; if there is none, one is begun.
    identity : hashes of analysis and data; a stored chain of another identity is refused. The analysis' own by default.
    progress : called after every block, e.g. ``print``.

    Raises
    ------
    ValueError
        For a setting that makes no sense.
    StartError
        If too few points of the prior have a finite likelihood.
    ChainStoreError
        If the folder holds a chain and `resume` is not set, holds one of something else, or cannot be written.
    BadLikelihoodError
        If the likelihood is no number at more than 1 % of the points.
    """
    from zprimefit.fitting.moves import MOVES  # noqa: PLC0415  (it needs emcee, which is slow to import)

    limit = _checked_limit(analysis, walkers, ensembles, until, steps, max_steps, block)
    posterior = Posterior(analysis, batch=math.ceil(walkers / 2))
    settings = {"seed": seed, "walkers": walkers, "ensembles": ensembles, "moves": MOVES}
    identity = sampling_identity(analysis, identity, settings)
    path = None if folder is None else Path(folder)
    if resume:
        store = _stored(path, identity)
    else:
        _refuse_existing(path)
        store = None
    if store is None:
        header = _header(posterior, fit, walkers, ensembles, seed, identity)
        store = None if path is None else ChainStore.create(path, header)
    else:
        header = store.header
    run = Run(posterior, header, store)
    run.until(limit, block, converged=until == "converged", progress=progress)
    return run.chain()


def _checked_limit(
    analysis: Any, walkers: int, ensembles: int, until: str, steps: int | None, max_steps: int, block: int
) -> int:
    n = len(analysis.free)
    if until not in {"converged", "steps"}:
        raise ValueError(unknown_name("end of sampling (until)", until, ["converged", "steps"]))
    if (until == "steps") != (steps is not None):
        msg = f"sample: steps is for until='steps' and needed there; got until={until!r}, steps={steps!r}"
        raise ValueError(msg)
    limit = max_steps if steps is None else steps
    check_counts(analysis, {"steps": limit, "block": block, "ensembles": ensembles, "walkers": walkers})
    if walkers < max(4, 2 * n):
        msg = f"sample: {walkers} walkers are too few for {n} free parameters; use at least {max(4, 2 * n)}"
        raise ValueError(msg)
    return limit


def _stored(path: Path | None, identity: Mapping[str, Any]) -> ChainStore | None:
    if path is None:
        msg = "sample: resume needs the folder of the chain"
        raise ValueError(msg)
    if not ChainStore.holds_chain(path):
        return None
    store = ChainStore.open(path)
    store.check_identity(identity)
    store.remove_leftovers()
    return store


def _refuse_existing(path: Path | None) -> None:
    if path is not None and ChainStore.holds_chain(path):
        msg = f"chain folder {path}: already holds a chain; resume it (resume=True, --resume) or choose another folder"
        raise ChainStoreError(msg)


def _header(
    posterior: Posterior, fit: Any, walkers: int, ensembles: int, seed: int, identity: Mapping[str, Any]
) -> Header:
    sources = [np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(e, 0))) for e in range(ensembles)]
    starts = tuple(draw_starts(posterior, walkers, rng, fit) for rng in sources)
    return Header.of(posterior, starts, seed, identity, posterior.take_tally())
