"""The same job by DarkNews and by zprimefit: `python benchmarks/darknews/compare.py --darknews ENV/bin/python`.

nu_mu A -> N A by a light Z', N -> nu Z', Z' -> e+e- in MiniBooNE, neutrino mode, as a spectrum in E_vis: every pair is
one ring, no efficiency, resolution as in the fits, both branching ratios one. ENV is an environment with
requirements.txt of this folder. Prints markdown tables: rates, spectra, times.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import zprimefit
from zprimefit.constants import CARBON_MASS_NUMBER, ELECTRON_MASS
from zprimefit.datasets import bnb_flux, miniboone_parameters, published_inputs, shower_efficiency
from zprimefit.likelihoods.miniboone.beam import ch2_molecules, exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.rays import ray_response
from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.likelihoods.miniboone.views import edges_of, probability_of
from zprimefit.models import BLSM
from zprimefit.models.form_factors import carbon_squared, isoscalar
from zprimefit.numerics.quadrature import panels

Array = NDArray[np.float64]
CHAIN, HEAVY = "nu5_to_nu", "nu5"
GROUPS = ("C12 coherent", "C12 p-el", "H1 p-el")
PROTONS = {"C12 p-el": 6, "H1 p-el": 2}
DEFAULT_NINT, QUICK_NINT = 20, 1
"""Adapting iterations of vegas: DarkNews's default, and the fewest; its events come after them."""
FOLDING = Folding("evis", ("fhc",), "all", "constant")
HOLDS = 0.01
"""Share of the events that a bin must hold to be counted."""
AIMS = (0.01, 0.001)
"""Relative errors to be reached in every such bin."""
HIGHEST = 9.0
"""Energy [GeV] up to which DarkNews takes the flux."""


@dataclass(frozen=True, eq=False)
class Ours:
    """What zprimefit finds; spectra and numbers by group, in the order of :data:`GROUPS`.

    ``interpolated`` has the flux as DarkNews takes it, see :func:`interpolated_flux`.
    """

    spectra: Array
    interpolated: Array
    made: Array
    energy: Array
    error: float
    seconds: float
    processor: float
    compiling: float


def merged(spectrum: Array) -> Array:
    """Pairs of 50 MeV bins in one (the published view has 23: the last stays alone)."""
    even = np.concatenate([spectrum, np.zeros_like(spectrum[..., :1])], axis=-1)
    return even.reshape(*even.shape[:-1], -1, 2).sum(axis=-1)


def merged_edges() -> Array:
    """Edges of the merged bins [GeV]."""
    (edges,) = edges_of("evis", "fhc")
    return np.append(edges[::2], edges[-1])


def job(model: BLSM, params: dict[str, float], runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Arrays that run_darknews.py reads."""
    proton, neutron = model.gauge.nucleons(params)
    point = {
        "m4": params[f"m_{HEAVY}"],
        "mzprime": params["m_zprime"],
        "d_mu4": abs(float(model.coupling(f"{HEAVY} nu_mu", params))),
        "dprotonV": float(proton),
        "dneutronV": float(neutron),
        "deV": float(model.coupling("e", params)),
        "runs": runs,
    }
    known = shower_efficiency()
    window = np.array([known.centre[0], known.upper_edge])
    root, theta = np.linspace(*window**0.5, 160), np.linspace(0.0, np.pi, 320)
    probability = probability_of("evis", "fhc", "constant")
    table = np.stack([merged(probability(np.full_like(theta, r**2), theta).T).T for r in root], axis=1)
    q2 = np.geomspace(1e-9, 40.0, 40001)
    f1, f2 = isoscalar(-q2)
    carbon = np.sqrt(np.asarray(carbon_squared(-q2))) / CARBON_MASS_NUMBER
    arrays = {"root": root, "theta": theta, "probability": table, "window": window}
    return arrays | {
        "job": json.dumps(point),
        "energies": energies()[0],
        "q2": q2,
        "f1": np.asarray(f1),
        "f2": np.asarray(f2),
        "carbon": carbon,
    }


def energies() -> tuple[Array, Array]:
    """Neutrino energies [GeV] and weights, for cross sections averaged over the flux."""
    return panels(np.geomspace(0.15, 9.0, 41), 4)


def interpolated_flux(e_nu: Any) -> Any:
    """Flux on straight lines between the centres of its bins, as DarkNews has it; otherwise as `exposed_flux`."""
    table = bnb_flux("fhc")
    centres = (table.edges[1:] + table.edges[:-1]) / 2
    exposure = miniboone_parameters()["pot_fhc"] * ch2_molecules()
    return exposure * jnp.interp(e_nu, centres, table.numu + table.numubar, left=0.0, right=0.0)[None]


def ours(model: BLSM, params: dict[str, float], repeat: int) -> Ours:
    """Spectrum, its error against doubled nodes, and times of a compiled call."""
    (source,) = (s for s in model.pair_sources((CHAIN,)) if s.flavour == "mu")
    masses = np.array([params[name] for name in source.masses])
    scale = float(source.coupling(params)) / float(source.branching(params))
    eta = published_inputs("blsm-2022/event_number")["eta"].value
    weights = np.asarray(source.weights(params))

    def binned(found: Any) -> Array:
        counts = np.einsum("p,tpb->tb", weights, np.asarray(jax.block_until_ready(found)))
        return merged(scale / eta * counts[:, : sum(FOLDING.bins)])

    def spectrum(fine: bool) -> Array:
        return binned(unit_spectrum(source, FOLDING, fine=fine)(masses))

    start = time.perf_counter()
    coarse = spectrum(False)
    compiling = time.perf_counter() - start
    times = []
    for _ in range(repeat):
        begin = time.perf_counter(), time.process_time()
        spectrum(False)
        times.append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
    seconds, processor = np.median(times, axis=0)
    fine = spectrum(True)
    total = fine.sum(axis=0)
    held = total > HOLDS * total.sum()
    error = np.abs(coarse.sum(axis=0) / total - 1)[held].max()
    e, _, rays = map(np.asarray, source.unit_density.rays(masses, exposed_flux(("fhc",)), highest_energy()))
    by_channel = scale * np.einsum("p,tpn->tn", weights, rays[:, :, 0])
    proton, neutron = (float(c) ** 2 for c in model.gauge.nucleons(params))
    shares = [8 * proton / (8 * proton + 6 * neutron) * PROTONS[name] / 8 for name in GROUPS[1:]]

    def grouped(incoherent: Any, coherent: Any) -> Array:
        return np.stack([coherent, *(share * incoherent for share in shares)])

    energy = by_channel @ (e - 2 * ELECTRON_MASS) / by_channel.sum(axis=1)
    made = grouped(*by_channel.sum(axis=1))
    mean = np.array([energy[1], energy[0], energy[0]])
    fold = ray_response("evis", ("fhc",), "all", "constant", fine=True)
    rays = source.unit_density.refined().rays(masses, interpolated_flux, HIGHEST)
    other = grouped(*binned(fold(*rays, masses[source.masses.index(source.pair_mass)])))
    return Ours(grouped(*fine), other, made, mean, float(error), float(seconds), float(processor), compiling)


def darknews(python: str, arrays: dict[str, Any], written: Path) -> Any:
    """Run the other side in its environment, unless that was done, and read what it wrote."""
    if not written.exists():
        with tempfile.TemporaryDirectory() as folder:
            given = Path(folder) / "job.npz"
            np.savez(given, **arrays)
            script = Path(__file__).with_name("run_darknews.py")
            environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
            subprocess.run([python, script, given, written], check=True, env=environment)
    return dict(np.load(written))


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of one kind: spectra (n_runs, n_groups, n_bins) in merged bins, with variances; numbers made; times [s]."""

    folded: Array
    variance: Array
    made: Array
    energy: Array
    wall: Array
    processor: Array
    events: int


def runs_like(found: Any, **wanted: Any) -> Runs:
    """Collect the runs with these options."""
    records = json.loads(str(found["records"]))
    chosen = [n for n, r in enumerate(records) if all(r[key] == value for key, value in wanted.items())]
    get = {key: np.stack([found[f"run {n} {key}"] for n in chosen]) for key in ("folded", "variance", "made", "energy")}
    wall, processor = (np.array([records[n][key] for n in chosen]) for key in ("wall", "processor"))
    return Runs(**get, wall=wall, processor=processor, events=records[chosen[0]]["events"])


def rate_rows(model: BLSM, params: dict[str, float], found: Any, mine: Ours, isotropic: dict[str, Runs]) -> None:
    """Table of absolute rates by target."""
    e_nu, weight = energies()
    flux = np.asarray(exposed_flux(("fhc",))(e_nu))[0] * weight
    table = bnb_flux("fhc")
    other = np.interp((table.edges[1:] + table.edges[:-1]) / 2, found["flux"][:, 0], found["flux"][:, 2])
    difference = np.abs(other - table.numu - table.numubar).max() / other.max()
    print(f"\nLargest difference of the flux tables: {difference:.1e} of the peak.\n")
    print("| | " + " | ".join(GROUPS) + " |\n|---|---|---|---|")
    per_target = {"C12 coherent": "coherent", "C12 p-el": "proton", "H1 p-el": "proton"}
    here = {g: flux @ np.asarray(model.cross_section(params, e_nu, c, HEAVY)) for g, c in per_target.items()}

    def line(what: str, values: Any, form: str = "{:.4f}") -> None:
        print(f"| {what} | " + " | ".join(form.format(value) for value in values) + " |")

    there = {
        (kind, helicities): np.array([flux @ found[f"sigma {kind} {helicities} {g}"] for g in GROUPS])
        for kind in ("own", "given")
        for helicities in ("both", "conserving")
    }
    ratio = np.array(list(here.values()))
    line("cross section over the flux, DarkNews / zprimefit, their own form factors", there["own", "both"] / ratio)
    line("the same with zprimefit's form factors in both", there["given", "both"] / ratio, "{:.6f}")
    flips = 1 - there["own", "conserving"] / there["own", "both"]
    line("share of flipped helicity, left out of the runs", flips, "{:.1e}")
    carbon, hydrogen = found["targets"]
    line("targets, DarkNews / zprimefit", [carbon / ch2_molecules()] * 2 + [hydrogen / (2 * ch2_molecules())])
    for kind, runs in isotropic.items():
        made, error = runs.made.mean(axis=0), runs.made.std(axis=0, ddof=1) / len(runs.made) ** 0.5
        labels = [f"{m:.5f} ± {e:.5f}" for m, e in zip(made / mine.made, error / mine.made, strict=True)]
        line(f"pairs made, DarkNews ({kind} form factors) / zprimefit", labels, "{}")
        mean = runs.energy.mean(axis=0)
        labels = [f"{1e3 * m:.1f}, {1e3 * o:.1f}" for m, o in zip(mean, mine.energy, strict=True)]
        line(f"mean true E_vis [MeV]: DarkNews ({kind} form factors), zprimefit", labels, "{}")


def weights_error(runs: Runs) -> Array:
    """Relative Monte Carlo error of one run (n_bins,) from the weights, sqrt(sum w^2) / sum w."""
    return np.sqrt(runs.variance.sum(axis=1).mean(axis=0)) / runs.folded.sum(axis=1).mean(axis=0)


def monte_carlo(spectra: Array, by_weights: Array, held: Array) -> Array:
    """Relative error of one run (n_bins,) from run to run: that of the weights, times one number from all the bins.

    Stratified sampling and the response make it smaller than the weights have it; single bins scatter.
    """
    by_runs = spectra.std(axis=0, ddof=1) / spectra.mean(axis=0)
    return by_weights * np.sqrt(((by_runs / by_weights)[held] ** 2).mean())


def spectrum_rows(mine: Ours, kinds: dict[str, tuple[Runs, Array]]) -> None:
    """Table of the spectra, each divided by zprimefit's and by the ratio of the totals; chi-square of the shapes."""
    edges, total = merged_edges(), mine.spectra.sum(axis=0)
    held = total > HOLDS * total.sum()
    print("\n| E_vis [MeV] | share of zprimefit's | " + " | ".join(kinds) + " |\n|---|---|" + "---|" * len(kinds))
    columns, notes = [], []
    for kind, (runs, reference) in kinds.items():
        found = runs.folded.sum(axis=1)
        here = reference.sum(axis=0) / reference.sum()
        ratio = (found / found.sum(axis=1, keepdims=True)).mean(axis=0) / here
        error = monte_carlo(found / found.sum(axis=1, keepdims=True), weights_error(runs), held) / len(found) ** 0.5
        columns.append((ratio, error))
        chi2 = float((((ratio - 1) / error)[held] ** 2).sum())
        made = found.sum(axis=1).mean() / reference.sum()
        notes.append(f"{kind}: chi2 of the shape {chi2:.1f} for {held.sum() - 1}, total {made:.4f} of zprimefit's")
    for b in np.flatnonzero(held):
        cells = " | ".join(f"{ratio[b]:.4f} ± {error[b]:.4f}" for ratio, error in columns)
        low, high = 1e3 * edges[b], 1e3 * edges[b + 1]
        print(f"| {low:.0f} to {high:.0f} | {total[b] / total.sum():.3f} | {cells} |")
    print(f"\nzprimefit: total {total.sum():.5g}; " + "; ".join(notes) + ".")


def time_rows(mine: Ours, found: Any, sizes: dict[int, list[int]]) -> None:
    """Tables of times: error of one run from run to run and from its weights beside its time; and time to the aim."""
    total = mine.spectra.sum(axis=0)
    held = total > HOLDS * total.sum()
    print("\n| run | events | runs | s | CPU s | worst bin, run to run | worst bin, by weights |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for nint, evaluations in sizes.items():
        table = []
        for neval in evaluations:
            runs = runs_like(found, neval=neval, nint=nint, HNLtype="majorana", form_factors="own")
            by_weights = weights_error(runs)
            by_runs = monte_carlo(runs.folded.sum(axis=1), by_weights, held)
            wall, processor = np.median(runs.wall), np.median(runs.processor)
            table.append((neval, processor, by_runs[held].max(), by_weights[held].max()))
            errors = " | ".join(f"{100 * error:.2f} %" for error in table[-1][2:])
            what = f"DarkNews, neval {neval}, nint {nint}"
            print(f"| {what} | {runs.events} | {len(runs.wall)} | {wall:.1f} | {processor:.1f} | {errors} |")
        rows += [[f"{nint}", *cells] for cells in time_to_aims(np.array(table))]
    error = f"{100 * mine.error:.3f} % against doubled nodes"
    print(f"| zprimefit | | | {mine.seconds:.3f} | {mine.processor:.3f} | {error} | |")
    aims = " | ".join(f"CPU s to {100 * aim:g} %" for aim in AIMS)
    print(f"\n| DarkNews: nint | error | falls as | {aims} |\n|---|---|---|{'---|' * len(AIMS)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(f"\nzprimefit: {mine.compiling:.1f} s for compiling and the first call, once.")


def time_to_aims(table: Array) -> list[list[str]]:
    """CPU seconds at which the errors of a table (neval, CPU s, run to run, by weights) reach the aims, two rows.

    Between measured runs along a straight line in the logarithms; beyond the largest by the power law through all of
    them, its time proportional to neval.
    """
    neval, seconds, *errors = np.log(table).T
    rows = []
    for kind, error in zip(("run to run", "by weights"), errors, strict=True):
        power, _ = np.polyfit(neval, error, 1)
        cells = [kind, f"neval^{power:.2f}"]
        for aim in np.log(AIMS):
            if aim > error.max():
                cells.append(f"below {np.exp(seconds.min()):.1f}, the smallest run")
            elif aim >= error.min():
                order = np.argsort(error)
                cells.append(f"{np.exp(np.interp(aim, error[order], seconds[order])):.1f}, between runs")
            else:
                cells.append(f"{np.exp(seconds[-1] + (aim - error[-1]) / power):.0f}, extrapolated")
        rows.append(cells)
    return rows


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--darknews", required=True, help="python of the environment with requirements.txt")
    parser.add_argument("--results", type=Path, required=True, help="what DarkNews finds, .npz: read if it is there")
    parser.add_argument("--point", default="mz20", help="benchmark of the BLSM")
    parser.add_argument("--seeds", type=int, default=6, help="runs of every kind")
    parser.add_argument("--default", type=int, nargs="*", default=[3_000, 10_000, 30_000], help="neval, nint 20")
    parser.add_argument(
        "--quick", type=int, nargs="*", default=[10_000, 30_000, 100_000, 300_000], help="neval, nint 1"
    )
    parser.add_argument("--physics", type=int, default=300_000, help="neval of the runs that compare spectra")
    options = parser.parse_args()
    # One core, as DarkNews uses: set before JAX starts its threads.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    model = BLSM()
    params = model.benchmark(options.point)
    sizes = {QUICK_NINT: options.quick, DEFAULT_NINT: options.default}
    kinds = {
        "own form factors, isotropic decay": ("majorana", "own"),
        "zprimefit's form factors, isotropic decay": ("majorana", "given"),
        "own form factors, polarised Dirac N": ("dirac", "own"),
    }
    seeds = range(1, options.seeds + 1)
    wanted = [
        (n, nint, "majorana", "own", s) for nint, evaluations in sizes.items() for n in evaluations for s in seeds
    ]
    wanted += [(options.physics, QUICK_NINT, kind, form, s) for kind, form in kinds.values() for s in seeds]
    names = ("neval", "nint", "HNLtype", "form_factors", "seed")
    runs = [dict(zip(names, row, strict=True)) for row in dict.fromkeys(wanted)]
    found = darknews(options.darknews, job(model, params, runs), options.results)
    mine = ours(model, params, 9)
    print(f"Versions: {json.loads(str(found['versions']))}; zprimefit {zprimefit.__version__}, jax {jax.__version__}.")
    values = ("neval", options.physics), ("nint", QUICK_NINT)
    by_kind = {
        name: runs_like(found, **dict(values), HNLtype=kind, form_factors=form) for name, (kind, form) in kinds.items()
    }
    isotropic = {
        form: runs_like(found, **dict(values), HNLtype="majorana", form_factors=form) for form in ("own", "given")
    }
    rate_rows(model, params, found, mine, isotropic)
    same = by_kind["zprimefit's form factors, isotropic decay"]
    columns = {name: (runs, mine.spectra) for name, runs in by_kind.items()}
    columns["zprimefit's form factors and DarkNews's interpolated flux"] = (same, mine.interpolated)
    spectrum_rows(mine, columns)
    time_rows(mine, found, sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
