"""Speed of the packaged analyses with the accuracy beside it, in one run: `python benchmarks/run.py`.

Value, batch and profile of `z2hdm-miniboone` and `z2hdm-global`, by surrogate and by direct integration; what loading,
preparing and compiling take; the dearest terms; and how far -2 ln L of both engines is apart near the minimum.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

import zprimefit as zf
from zprimefit.analyses import Analysis

Array = NDArray[np.float64]
BATCH = 256
NEAR = 50.0
"""-2 ln L above the minimum within which the accuracy is asked for."""


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Wall time [s] of one call, and what it returns."""
    start = time.perf_counter()
    found = jax.block_until_ready(call())
    return time.perf_counter() - start, found


def median(call: Callable[[], Any], repeat: int = 5) -> float:
    """Median wall time [s] of a call that was made before."""
    return float(np.median([timed(call)[0] for _ in range(repeat)]))


def spread(analysis: Analysis, n: int, seed: int = 1) -> Array:
    """Points (n, n_free) around the defaults, a percent to a third of each parameter away, inside the bounds."""
    rng = np.random.default_rng(seed)
    low, high = np.array([p.bounds for p in analysis.free]).T
    steps = rng.normal(size=(n, len(analysis.free))) * np.geomspace(0.01, 0.3, n)[:, None]
    return np.clip(analysis.defaults() * np.exp(steps), low, high)


def everywhere(analysis: Analysis, n: int, seed: int = 2) -> Array:
    """Points (n, n_free) all over the domain, even in the internal coordinates."""
    rng = np.random.default_rng(seed)
    ends = [[float(p.to_internal(b)) for b in p.bounds] for p in analysis.free]
    internal = rng.uniform(*np.array(ends).T, size=(n, len(ends)))
    columns = zip(analysis.free, internal.T, strict=True)
    return np.stack([np.asarray(p.to_value(column)) for p, column in columns], axis=1)


def row(what: str, value: str, beside: str = "") -> None:
    """One line of the table."""
    print(f"| {what} | {value} | {beside} |", flush=True)


def analysis_rows(name: str, direct: bool) -> None:
    """All rows of one packaged analysis."""
    seconds, analysis = timed(lambda: zf.load(name))
    row(f"`{name}`: load", f"{seconds:.1f} s")
    seconds, _ = timed(analysis.prepare)
    errors = [e for c in analysis.components if (e := getattr(analysis.term(c.name), "error", None)) is not None]
    row(f"`{name}`: surrogates, built or read", f"{seconds:.1f} s", f"{max(errors):.1e} in the worst bin, held out")
    points = spread(analysis, BATCH)
    seconds, _ = timed(lambda: analysis.minus2lnl(points[0]))
    row(f"`{name}`: first value", f"{seconds:.1f} s")
    row(f"`{name}`: value", f"{1e3 * median(lambda: analysis.minus2lnl(points[0])):.2f} ms")
    seconds, _ = timed(lambda: analysis.minus2lnl_batch(points))
    row(f"`{name}`: first batch", f"{seconds:.1f} s")
    batched = median(lambda: analysis.minus2lnl_batch(points)) / BATCH
    row(f"`{name}`: batch of {BATCH}", f"{1e6 * batched:.0f} us a point")
    twice = np.concatenate([points, points])
    timed(lambda: analysis.minus2lnl_batch(twice))
    ratio = median(lambda: analysis.minus2lnl_batch(twice)) / BATCH / batched
    row(f"`{name}`: twice as many points", f"{ratio:.2f} times the time")
    seconds, _ = timed(lambda: analysis.gradient(points[0]))
    row(f"`{name}`: first gradient", f"{seconds:.1f} s")
    row(f"`{name}`: gradient", f"{1e3 * median(lambda: analysis.gradient(points[0])):.2f} ms")
    if direct:
        direct_rows(name, analysis, batched)
    profile_rows(name, analysis)


def profile_rows(name: str, analysis: Analysis) -> None:
    """A fit, and a profile over all other free parameters."""
    seconds, fit = timed(lambda: zf.fit(analysis, starts=8, minos=False))
    row(f"`{name}`: fit from 8 starts", f"{seconds:.1f} s, {fit.n_calls} evaluations", f"{fit.status}, {fit.fval:.3f}")
    seconds, curve = timed(lambda: zf.profile(analysis, "m_zprime", n=60, fit=fit))
    usable = sum(status.usable for status in curve.status)
    lowest = float(np.nanmin(curve.minus2lnl)) - fit.fval
    row(
        f"`{name}`: profile of m_zprime, 60 points", f"{seconds:.1f} s",
        f"{usable} of 60 minima usable, the lowest {lowest:+.1e} from the fit's",
    )  # fmt: skip


def direct_rows(name: str, analysis: Analysis, batched: float, n: int = 24) -> None:
    """The direct engine beside the surrogate: its time, and the largest difference of -2 ln L."""
    exact = zf.load(name, engine="direct")
    tried = np.concatenate([spread(analysis, 8 * BATCH, seed=2), everywhere(analysis, 8 * BATCH)])
    found = analysis.minus2lnl_batch(tried)
    near = np.flatnonzero(found < found.min() + NEAR)
    chosen = near[:: max(1, len(near) // n)][:n]
    points, fast = tried[chosen], found[chosen]
    seconds, _ = timed(lambda: exact.minus2lnl(points[0]))
    row(f"`{name}`, direct: first value", f"{seconds:.1f} s")
    times, values = zip(*(timed(lambda p=p: exact.minus2lnl(p)) for p in points), strict=True)
    one = float(np.median(times))
    difference = np.abs(fast - np.array(values)).max()
    row(
        f"`{name}`, direct: value",
        f"{1e3 * one:.1f} ms, {one / batched:.0f} times a point of a batch",
        f"-2 ln L of both engines within {difference:.1e} at {len(points)} points up to {NEAR:g} above the least",
    )


def term_rows(name: str, n: int = 12) -> None:
    """Dearest terms of an analysis, batched, each compiled on its own."""
    analysis = zf.load(name).prepare()
    points = spread(analysis, 64)
    found = []
    for component in analysis.components:
        term = analysis.term(component.name)
        batch = jax.jit(
            lambda v, t=term: jax.lax.map(lambda x: jax.numpy.asarray(t(analysis.params(x))), v, batch_size=8)
        )
        compiled, _ = timed(lambda b=batch: b(points))
        found.append((median(lambda b=batch: b(points)) / len(points), compiled, component.name))
    for seconds, compiled, label in sorted(found, reverse=True)[:n]:
        row(f"{name}: {label}", f"{1e6 * seconds:.0f} us a point", f"compiled in {compiled:.1f} s")
    row(f"{name}: all terms apart", f"{1e6 * sum(f[0] for f in found):.0f} us a point")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terms", action="store_true", help="the dearest terms of z2hdm-global as well")
    parser.add_argument("--no-direct", action="store_true", help="leave the direct engine out")
    options = parser.parse_args()
    print("| what | time | accuracy |\n|---|---|---|")
    for name in ("z2hdm-miniboone", "z2hdm-global"):
        analysis_rows(name, not options.no_direct)
    if options.terms:
        term_rows("z2hdm-global")
    row("largest memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
