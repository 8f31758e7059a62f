"""The same code on one GPU, in batches, beside the processor: `python benchmarks/gpu.py`.

Spectra of `z2hdm-miniboone` at many masses, what building a surrogate takes; its -2 ln L by direct integration; and by
surrogate for a large batch. Every row has both times and the largest difference of the numbers. `--device cpu` runs
the batches on the processor once more, to check them where there is no GPU.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from run import spread

import zprimefit as zf
from zprimefit.analyses import Analysis
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.likelihoods.miniboone.spectrum import unit_spectrum

Array = NDArray[np.float64]
NAME = "z2hdm-miniboone"
FLOOR = 1e-3
"""Share of the events of a spectrum below which a bin's relative difference is not counted, as for surrogates."""


@dataclass(frozen=True)
class Place:
    """Where a batch runs, and how many of its points side by side."""

    device: Any
    chunk: int


def timed(call: Callable[[], Any], place: Place, repeat: int) -> tuple[float, float, Array]:
    """Seconds of the call that compiles, median seconds of the next ones, and what they return."""
    with jax.default_device(place.device):
        times = []
        for _ in range(repeat + 1):
            start = time.perf_counter()
            found = jax.block_until_ready(call())
            times.append(time.perf_counter() - start)
    return times[0], float(np.median(times[1:])), np.asarray(found)


def in_chunks(function: Callable[[Any], Any], points: Array, place: Place) -> Callable[[], Any]:
    """Call of a compiled function at all points (n, k), some at a time."""
    batch = jax.jit(partial(jax.lax.map, function, batch_size=min(place.chunk, len(points))))
    return lambda: batch(points)


def relative(found: Array, reference: Array) -> str:
    """Largest relative difference of spectra (n_points, …, n_bins), bins with next to nothing left out."""
    held = reference > FLOOR * reference.sum(axis=-1, keepdims=True)
    return f"{np.abs(found / np.where(held, reference, 1.0) - 1)[held].max():.1e}, relative"


def absolute(found: Array, reference: Array) -> str:
    """Largest difference of -2 ln L, and in units of its size where that is large."""
    difference = np.abs(found - reference)
    return f"{difference.max():.1e}, {(difference / np.maximum(np.abs(reference), 1.0)).max():.1e} relative"


def row(
    what: str,
    call: Callable[[Place], Callable[[], Any]],
    places: tuple[Place, Place],
    repeat: int,
    compare: Callable[[Array, Array], str],
) -> None:
    """One line of the table: the call on the processor, on the device, and how far apart."""
    (_, here, reference), (compiling, there, found) = (timed(call(place), place, repeat) for place in places)
    print(
        f"| {what} | {here:.3g} s | {there:.3g} s | {here / there:.2f} | {compiling:.1f} s | "
        f"{compare(found, reference)} |",
        flush=True,
    )


def spectra(analysis: Analysis, points: Array) -> Callable[[Place], Callable[[], Any]]:
    """Direct spectra of both modes at the masses of points (n, n_free), all channels summed."""
    (component,) = (c for c in analysis.components if isinstance(c, MiniBooNE))
    # pairs of H are too heavy for Eq. 32, and U_e4 is zero: one surrogate is built
    (source,) = (s for s in component.sources_of(analysis.model) if (s.name, s.flavour) == ("hprime", "mu"))
    columns = [analysis.free_parameters.index(name) for name in source.masses]
    unit = unit_spectrum(source, component.folding)
    return lambda place: in_chunks(lambda masses: unit(masses).sum(axis=0), points[:, columns], place)


def likelihood(analysis: Analysis, points: Array) -> Callable[[Place], Callable[[], Any]]:
    """-2 ln L at points (n, n_free), as many side by side as the place has them."""
    terms = [analysis.term(component.name) for component in analysis.components]

    def total(values: Any) -> Any:
        params = analysis.params(values)
        return sum((jnp.asarray(term(params)) for term in terms), jnp.zeros(()))

    return lambda place: in_chunks(total, points, place)


def device_of(kind: str) -> Any:
    """First device of a kind; None where there is no GPU."""
    try:
        return jax.devices(kind)[0]
    except RuntimeError:
        return None


def main() -> int:
    """Print the table, or that there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu", help="what the batches run on")
    parser.add_argument("--masses", type=int, default=256, help="mass points of spectra")
    parser.add_argument("--points", type=int, default=256, help="points of -2 ln L by direct integration")
    parser.add_argument("--large", type=int, default=100_000, help="points of -2 ln L by surrogate")
    parser.add_argument("--chunk", type=int, default=64, help="points side by side on the device")
    parser.add_argument("--large-chunk", type=int, default=4096, help="the same by surrogate")
    parser.add_argument("--repeat", type=int, default=3, help="calls after the one that compiles")
    options = parser.parse_args()
    device = device_of(options.device)
    if device is None:
        print('No GPU that JAX can use: on a machine with one, `pip install "jax[cuda12]"` and run this again.')
        return 0
    processor = Place(jax.devices("cpu")[0], 8)
    places, wide = (processor, Place(device, options.chunk)), (processor, Place(device, options.large_chunk))
    exact, fast, repeat = zf.load(NAME, engine="direct").prepare(), zf.load(NAME).prepare(), options.repeat
    print(f"On {device.device_kind} with jax {jax.__version__}, {options.chunk} points side by side.\n")
    print("| what | CPU | device | CPU / device | compiling and first call | largest difference |")
    print("|---|---|---|---|---|---|")
    points = spread(exact, options.masses)
    row(f"spectra at {len(points)} masses", spectra(exact, points), places, repeat, relative)
    points = spread(exact, options.points)
    row(f"direct -2 ln L at {len(points)} points", likelihood(exact, points), places, repeat, absolute)
    points = spread(fast, options.large)
    what = f"surrogate -2 ln L at {len(points)} points"
    row(f"{what}, `minus2lnl_batch`", lambda _: lambda: fast.minus2lnl_batch(points), places, repeat, absolute)
    row(f"{what}, {options.large_chunk} side by side", likelihood(fast, points), wide, repeat, absolute)
    return 0


if __name__ == "__main__":
    sys.exit(main())
