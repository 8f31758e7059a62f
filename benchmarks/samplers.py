"""Both samplers side by side, and emcee's moves, in effective samples per second: `python benchmarks/samplers.py`.

All numbers are of the worst parameter and of one estimator (`zprimefit.fitting.diagnostics`), after burn-in. Seconds
include starts, warm-up and burn-in; those without compiling take the first block to be as fast as the others. On a
machine that others use, `--cpu` and one core (`taskset -c 0`) keep the threads from waiting for each other.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import emcee
import numpy as np

import zprimefit as zf
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.diagnostics import Diagnostics, diagnose
from zprimefit.fitting.moves import SubspaceEvolution, SubspaceKernels, default_moves
from zprimefit.fitting.posterior import Posterior
from zprimefit.fitting.result import Fit
from zprimefit.fitting.starts import draw_starts

Moves = list[tuple[Any, float]]


def mixes(n: int) -> dict[str, Moves]:
    """Mixes of emcee's moves for n parameters, by name."""
    stretch, jump = emcee.moves.StretchMove(), emcee.moves.DEMove(gamma0=1.0)
    de, snooker = emcee.moves.DEMove(), emcee.moves.DESnookerMove()
    half = emcee.moves.DEMove(gamma0=0.5 * 2.38 / np.sqrt(2 * n))
    return {
        "present: " + described(default_moves()): default_moves(),
        "former: 0.2 stretch, 0.7 DE, 0.1 jump": [(stretch, 0.2), (de, 0.7), (jump, 0.1)],
        "0.2 DE, 0.8 DE in a subspace": [(de, 0.2), (SubspaceEvolution(), 0.8)],
        "0.2 DE, 0.8 kernels in a subspace": [(de, 0.2), (SubspaceKernels(), 0.8)],
        "stretch": [(stretch, 1.0)],
        "stretch, a = 1.5": [(emcee.moves.StretchMove(a=1.5), 1.0)],
        "DE": [(de, 1.0)],
        "0.9 DE, 0.1 jump": [(de, 0.9), (jump, 0.1)],
        "0.8 DE, 0.2 snooker": [(de, 0.8), (snooker, 0.2)],
        "0.7 DE, 0.2 snooker, 0.1 jump": [(de, 0.7), (snooker, 0.2), (jump, 0.1)],
        "0.5 stretch, 0.5 DE": [(stretch, 0.5), (de, 0.5)],
        "0.5 stretch, 0.4 DE, 0.1 jump": [(stretch, 0.5), (de, 0.4), (jump, 0.1)],
        "half the DE step": [(half, 1.0)],
        "0.4 DE, 0.4 half the step, 0.1 stretch, 0.1 jump": [(de, 0.4), (half, 0.4), (stretch, 0.1), (jump, 0.1)],
    }


def described(moves: Moves) -> str:
    """A mix in words."""
    return ", ".join(f"{weight:g} {type(move).__name__.removesuffix('Move')}" for move, weight in moves)


class Clock:
    """Times of the blocks of a run, to be called after each with its progress."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.start = now()
        self.marks: list[tuple[int, float]] = []

    def __call__(self, progress: Any) -> None:
        self.mark(progress.steps)

    def mark(self, steps: int) -> None:
        self.marks.append((steps, self.now()))

    def seconds(self) -> tuple[float, float]:
        """Time [s] in all, and without the excess of the first block."""
        (first, at), (last, end) = self.marks[0], self.marks[-1]
        total = end - self.start
        steady = (end - at) * last / (last - first) if last > first else total
        return total, min(steady, total)


def row(what: str, found: Diagnostics, seconds: tuple[float, float], evaluations: int, divergent: str) -> None:
    """One line of either table."""
    worst = int(np.argmin(np.nan_to_num(found.ess, nan=0.0)))
    ess, (total, steady) = found.ess[worst], seconds
    cells = [
        what,
        f"{ess:.0f} ({found.names[worst]})",
        f"{evaluations}",
        f"{total:.0f}",
        f"{steady:.0f}",
        f"{ess / total:.2f}",
        f"{ess / steady:.2f}",
        f"{np.nanmax(found.r_hat):.3f}",
        f"{np.mean(found.acceptance):.2f}",
        divergent,
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


HEADER = (
    "| {} | effective samples | likelihoods | s | s without compiling | ESS/s | without compiling | R-hat | accepted "
    "| divergent |\n|---|---|---|---|---|---|---|---|---|---|"
)


def of_chain(what: str, clock: Clock, run: Callable[[Clock], Chain]) -> Chain:
    """Run a sampler and print its line."""
    chain = run(clock)
    t = chain.transitions
    divergent = "" if t is None else f"{t.n_divergent} of {t.total}; {t.cut} at an edge"
    row(what, chain.diagnostics, clock.seconds(), chain.tally.evaluations, divergent)
    return chain


def agreement(chains: Sequence[Chain]) -> None:
    """Largest difference of the chains' quantiles, in standard errors of both, per parameter."""
    print("\n| parameter | " + " | ".join(f"quantile {q}" for q in QUANTILES) + " |\n|---|" + "---|" * len(QUANTILES))
    for i, name in enumerate(chains[0].names):
        cells = []
        for q in QUANTILES:
            kept = [c.samples[:, c.burn :, :, i].ravel() for c in chains]
            at = np.quantile(np.concatenate(kept), q)
            parts = [float((k < at).mean()) for k in kept]
            error = np.sqrt(sum(q * (1 - q) / c.diagnostics.ess[i] for c in chains))
            cells.append(f"{(parts[0] - parts[1]) / error:+.1f}")
        print(f"| {name} | {' | '.join(cells)} |")


QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


def of_moves(what: str, moves: Moves, posterior: Posterior, fit: Fit, given: argparse.Namespace, clock: Clock) -> None:
    """Run two ensembles with other moves from the same starts and print their line."""
    chains, likelihoods = [], []
    for ensemble in range(2):
        rng = np.random.default_rng([given.seed, ensemble])
        starts = draw_starts(posterior, given.walkers, rng, fit)
        sampler = emcee.EnsembleSampler(*starts.shape, posterior, moves=moves, vectorize=True, blobs_dtype=np.float64)
        state = np.random.RandomState(rng.integers(2**31)).get_state()
        sampler.run_mcmc(emcee.State(starts, random_state=state), given.moves_steps, skip_initial_state_check=True)
        blobs = sampler.get_blobs()
        chains.append(blobs[..., :-2])
        likelihoods.append(blobs[..., -2])
    clock.mark(given.moves_steps)
    found = diagnose(np.stack(chains), np.stack(likelihoods), posterior.coordinates.names)
    row(what, found, clock.seconds(), posterior.take_tally().evaluations, "")


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("analysis", nargs="?", default="z2hdm-global", help="packaged analysis, or analysis file")
    parser.add_argument("--fit", type=Path, help="fit.json to start from; fitted anew by default")
    parser.add_argument("--starts", type=int, default=8, help="starts of that fit")
    parser.add_argument("--walkers", type=int, default=64)
    parser.add_argument("--steps", type=int, default=4000, help="steps of emcee beside hmc")
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=500)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--target", type=float, nargs="*", default=[0.9], help="acceptance of hmc, one run each")
    parser.add_argument("--moves-steps", type=int, default=2000, help="steps of each mix of moves; 0 for no such table")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--cpu", action="store_true", help="count processor time, for a machine that others use")
    given = parser.parse_args()
    now = time.process_time if given.cpu else time.perf_counter
    analysis = zf.load(given.analysis).prepare()
    fit = Fit.from_json(given.fit.read_text(encoding="utf-8")) if given.fit else zf.fit(analysis, starts=given.starts)
    print(HEADER.format(f"{given.analysis}, {len(analysis.free)} parameters"))
    common = {"fit": fit, "seed": given.seed}
    hmc = {"method": "hmc", "chains": given.chains, "warmup": given.warmup, "draws": given.draws}
    slow = {"walkers": given.walkers, "until": "steps", "steps": given.steps}
    one = of_chain(
        f"emcee, 2 x {given.walkers} x {given.steps}",
        Clock(now),
        lambda clock: zf.sample(analysis, progress=clock, **common, **slow),
    )
    for target in given.target:
        other = of_chain(
            f"hmc, {given.chains} x ({given.warmup} + {given.draws}), target {target:g}",
            Clock(now),
            lambda clock, target=target: zf.sample(analysis, target=target, progress=clock, **common, **hmc),
        )
    if given.target:
        print(
            "\nDifference of both (of the last target), share of samples below the common quantile, in standard errors:"
        )
        agreement((one, other))
    if given.moves_steps:
        print(f"\nMoves of emcee, {given.moves_steps} steps:\n\n{HEADER.format('moves')}")
        posterior = Posterior(analysis, -(-given.walkers // 2))
        posterior(np.asarray(posterior.coordinates.to_internal(analysis.defaults()))[None])
        for what, moves in mixes(len(analysis.free)).items():
            of_moves(what, moves, posterior, fit, given, Clock(now))


if __name__ == "__main__":
    main()
