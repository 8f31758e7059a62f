"""Where a surrogate is how wrong: `python benchmarks/surrogate_error.py [analysis] [-o figure.png] [-n points]`.

Maps of the largest relative error of MiniBooNE's surrogate over the box of the masses of a packaged analysis, against
the direct integration that it interpolates: points all over the box (Sobol), one in five of them on a face, sorted into
cells of two of the masses, whatever the third is. Figure and CSV; docs/surrogate-error.png was made by it.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

import zprimefit as zf
from zprimefit.analyses import Analysis
from zprimefit.likelihoods.miniboone.spectrum import unit_spectrum
from zprimefit.likelihoods.surrogate import Surrogate
from zprimefit.likelihoods.surrogate_nodes import FLOOR, Sampler
from zprimefit.models.sources import PairSource
from zprimefit.plots.figure import Drawing, axis_label

Array = NDArray[np.float64]
CELLS = 10
"""Per axis of a map."""
FACE_EVERY = 5
N_FINE = 24
"""Of the worst points, those where a finer integration tells whose error it is."""


def points_of(surrogate: Surrogate, n: int, seed: int = 1) -> Array:
    """Points (n, n_axes) in the logarithms of the masses, even over the box; every fifth is moved to a face."""
    box, n_axes = surrogate.box, len(surrogate.axes)
    x = qmc.Sobol(n_axes, seed=seed).random(n)
    for i, row in enumerate(range(0, n, FACE_EVERY)):
        x[row, i % n_axes] = i // n_axes % 2
    return np.asarray(box.low + (box.high - box.low) * x)


def errors(analysis: Analysis, source: PairSource, surrogate: Surrogate, points: Array, *, fine: bool = False) -> Array:
    """Largest relative error (n_points,) of a bin that counts, against direct integration or one on more nodes."""
    folding = analysis.term("miniboone").likelihood.folding
    spectrum = unit_spectrum(source, folding, fine=fine)
    sampler = Sampler("spectra", source.masses, surrogate.axes, surrogate.fixed, folding.segments, print)
    exact = sampler(lambda masses: spectrum(masses).sum(axis=0), points)
    ours = surrogate.at(points)
    deviation = np.where(sampler.counted(exact), np.abs(ours / np.where(exact > 0, exact, 1.0) - 1), 0.0)
    return np.asarray(deviation.max(axis=(1, 2)))


def table_of(surrogate: Surrogate, planes: Sequence[tuple[str, str]], points: Array, found: Array) -> pd.DataFrame:
    """Cells of every plane: edges [GeV], number of points, and their largest error."""
    rows = []
    for names in planes:
        columns = [surrogate.axes.index(name) for name in names]
        edges = [np.linspace(surrogate.box.low[c], surrogate.box.high[c], CELLS + 1) for c in columns]
        cell = [np.clip(np.searchsorted(e, points[:, c], "right") - 1, 0, CELLS - 1)
                for e, c in zip(edges, columns, strict=True)]  # fmt: skip
        for i in range(CELLS):
            for j in range(CELLS):
                inside = (cell[0] == i) & (cell[1] == j)
                ends = np.exp([edges[0][i], edges[0][i + 1], edges[1][j], edges[1][j + 1]])
                largest = found[inside].max() if inside.any() else np.nan
                rows.append((*names, *ends, np.count_nonzero(inside), largest))
    columns_ = ["x", "y", "x_low_GeV", "x_high_GeV", "y_low_GeV", "y_high_GeV", "points", "largest_relative_error"]
    return pd.DataFrame(rows, columns=columns_)


def drawing(analysis: Analysis, table: pd.DataFrame, title: str) -> Drawing:
    """One map for each plane, with one colour bar."""
    planes = list(dict.fromkeys(zip(table["x"], table["y"], strict=True)))
    figure, row = plt.subplots(1, len(planes), figsize=(1.4 + 5.0 * len(planes), 4.9), layout="constrained")
    logarithms = np.log10(table["largest_relative_error"])
    mesh: Any = None
    for axes, (x, y) in zip(np.atleast_1d(row), planes, strict=True):
        cells = table[(table["x"] == x) & (table["y"] == y)]
        edges = [np.append(np.unique(cells[f"{k}_low_GeV"]), cells[f"{k}_high_GeV"].max()) for k in "xy"]
        values = np.log10(cells["largest_relative_error"].to_numpy()).reshape(CELLS, CELLS)
        mesh = axes.pcolormesh(*edges, values.T, vmin=logarithms.min(), vmax=logarithms.max(), cmap="viridis")
        axes.set(xscale="log", yscale="log")
        axes.set_xlabel(axis_label(analysis.parameter(x).latex, "GeV"))
        axes.set_ylabel(axis_label(analysis.parameter(y).latex, "GeV"))
    figure.colorbar(mesh, ax=row, label=r"$\log_{10}$ (largest relative error of a bin)")
    figure.suptitle(title, fontsize=10)
    return Drawing(figure, table)


def main() -> int:
    """Print the largest errors, write the figure and its CSV."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("analysis", nargs="?", default="z2hdm-miniboone")
    parser.add_argument("-o", "--output", default="surrogate-error.png")
    parser.add_argument("-n", "--points", type=int, default=1024)
    options = parser.parse_args()
    analysis = zf.load(options.analysis).prepare(print)
    term = analysis.term("miniboone")
    (source,) = [s for s in term.sources if (s.name, s.flavour) in term.surrogates]
    surrogate = term.surrogates[source.name, source.flavour]
    points = points_of(surrogate, options.points)
    start = time.perf_counter()
    found = errors(analysis, source, surrogate, points)
    masses = dict(zip(surrogate.axes, np.exp(points[found.argmax()]), strict=True))
    where = ", ".join(f"{name} = {1e3 * mass:.3g} MeV" for name, mass in masses.items())
    print(f"{len(points)} points in {time.perf_counter() - start:.0f} s: largest error {found.max():.1e} at {where};")
    quantiles = ", ".join(f"{100 * q:g} % {np.quantile(found, q):.1e}" for q in (0.5, 0.9, 0.99))
    print(
        f"quantiles of the largest error of a point: {quantiles}; stated, integration included: {surrogate.error:.1e}"
    )
    worst = points[np.argsort(found)[-N_FINE:]]
    finer = errors(analysis, source, surrogate, worst, fine=True).max()
    print(f"at the {N_FINE} worst of them, against twice the nodes of the integration everywhere: {finer:.1e}")
    x = surrogate.axes[0]
    table = table_of(surrogate, [(x, y) for y in reversed(surrogate.axes[1:])], points, found)
    title = (
        f"Surrogate of the MiniBooNE spectra of {analysis.name} against direct integration, {len(points)} points;\n"
        f"bins with more than {FLOOR:g} of the events of their mode and part; the third mass anywhere in its bounds"
    )
    for path in drawing(analysis, table, title).save(options.output):
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
