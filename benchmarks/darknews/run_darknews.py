"""DarkNews's side of the comparison, in an environment that has it: `python run_darknews.py job.npz out.npz`.

Reads the masses, couplings and the detector's response that `compare.py` wrote; writes cross sections, spectra with
their Monte Carlo errors, and times. Every run makes up-scattering on carbon (coherent, and protons in it) and on
hydrogen with N -> nu Z', Z' -> e+e-, both branching ratios one. Folding with the response is not counted in the times.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import json
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from DarkNews import amplitudes, phase_space
from DarkNews.GenLauncher import GenLauncher
from scipy.interpolate import RectBivariateSpline

GROUPS = ("C12 coherent", "C12 p-el", "H1 p-el")
TRUE_EDGES = np.arange(0.0, 2.01, 0.1)
ELECTRON_MASS = 0.51099895e-3


def detector_file(folder: Path) -> tuple[Path, np.ndarray]:
    """MiniBooNE in neutrino mode as DarkNews has it, with antineutrinos counted as neutrinos; and its flux table."""
    table = np.genfromtxt(files("DarkNews.include.fluxes").joinpath("MiniBooNE_FHC.dat").open())
    table[:, 2] += table[:, 5]
    np.savetxt(folder / "flux.dat", table)
    text = files("DarkNews.include.detectors").joinpath("miniboone_fhc.txt").read_text(encoding="utf8")
    path = folder / "miniboone_fhc.txt"
    path.write_text(text.replace("MiniBooNE_FHC.dat", "flux.dat"), encoding="utf8")
    return path, table


def launcher(job: dict[str, Any], detector: Path, **options: Any) -> GenLauncher:
    """A generator of the point, prompt decays, without output files."""
    model = {key: job[key] for key in ("m4", "mzprime", "d_mu4", "dprotonV", "dneutronV", "deV")}
    fixed = {"loglevel": "ERROR", "enforce_prompt": True, "pandas": False, "sparse": 3, "experiment": str(detector)}
    return GenLauncher(**model, **fixed, **options)


def label(case: Any) -> str:
    """Nucleus and regime of a case, of :data:`GROUPS`."""
    return f"{case.nuclear_target.name} {case.scope['scattering_regime']}"


def use_form_factors(generator: GenLauncher, arrays: Any) -> None:
    """Put tabulated form factors in place of DarkNews's own."""
    x = np.log(arrays["q2"])

    def tabulated(name: str) -> Any:
        heights = arrays[name]
        return lambda q2: np.interp(np.log(q2), x, heights)

    for case in generator.gen_cases:
        target = case.ups_case.target
        if target.is_nucleus:
            target.F1_EM = tabulated("carbon")
        else:
            target.F1_EM, target.F2_EM = tabulated("f1"), tabulated("f2")


def cross_sections(generator: GenLauncher, energies: np.ndarray, n: int = 400) -> dict[str, np.ndarray]:
    """Cross section [cm^2] of one target (nucleus, or nucleon) summed over helicities, by Gauss-Legendre in ln Q^2."""
    x, weight = np.polynomial.legendre.leggauss(n)
    found: dict[str, np.ndarray] = {}
    for case in generator.gen_cases:
        ups = case.ups_case
        mass, heavy = ups.target.mass, ups.m_ups
        values = []
        for e_nu in energies:
            low = np.log(phase_space.upscattering_Q2min(e_nu, heavy, mass))
            high = np.log(phase_space.upscattering_Q2max(e_nu, heavy, mass))
            q2 = np.exp(low + (high - low) * (x + 1) / 2)
            s = np.full_like(q2, mass**2 + 2 * e_nu * mass)
            density = amplitudes.upscattering_dxsec_dQ2([s, -q2, 2 * mass**2 + heavy**2 - s + q2], ups)
            values.append(np.sum(density * q2 * weight) * (high - low) / 2)
        found[label(case)] = found.get(label(case), 0.0) + np.array(values)
    return found


def events(generator: GenLauncher) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """True E_vis [GeV], angle of the pair [rad] and weight of the events of every group."""
    found: dict[str, list[np.ndarray]] = {}
    for case in generator.gen_cases:
        frame = case.get_MC_events()
        minus, plus = (
            np.stack([frame[name, str(k)].to_numpy(dtype=float) for k in range(4)])
            for name in ("P_decay_ell_minus", "P_decay_ell_plus")
        )
        pair = minus + plus
        theta = np.arccos(np.clip(pair[3] / np.sqrt((pair[1:] ** 2).sum(axis=0)), -1, 1))
        weight = frame["w_event_rate"].to_numpy(dtype=float).ravel()
        rows = np.stack([pair[0] - 2 * ELECTRON_MASS, theta, weight])
        found.setdefault(label(case), []).append(rows)
    return {name: tuple(np.concatenate(rows, axis=1)) for name, rows in found.items()}  # type: ignore[misc]


class Response:
    """Probability of the bins on a grid, cubic between its points, and zero outside the window of E_vis."""

    def __init__(self, arrays: Any) -> None:
        root, theta = arrays["root"], arrays["theta"]
        self.window = arrays["window"]
        self.splines = [RectBivariateSpline(root, theta, table) for table in arrays["probability"]]

    def __call__(self, e_vis: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Probabilities (n_bins, n)."""
        inside = (e_vis >= self.window[0]) & (e_vis <= self.window[1])
        root = np.sqrt(np.clip(e_vis, *self.window))
        return np.stack([np.where(inside, spline.ev(root, theta), 0.0) for spline in self.splines])


def summary(groups: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]], response: Response) -> dict[str, np.ndarray]:
    """Folded spectra, their variances, true spectra, numbers and mean energies, by group."""
    rows: dict[str, list[Any]] = {key: [] for key in ("folded", "variance", "true", "made", "energy")}
    for name in GROUPS:
        e_vis, theta, weight = groups[name]
        seen = response(e_vis, theta) * weight
        rows["folded"].append(seen.sum(axis=1))
        rows["variance"].append((seen**2).sum(axis=1))
        rows["true"].append(np.histogram(e_vis, TRUE_EDGES, weights=weight)[0])
        rows["made"].append(weight.sum())
        rows["energy"].append((weight * e_vis).sum() / weight.sum())
    return {key: np.array(value) for key, value in rows.items()}


def main(job_path: str, out_path: str) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    arrays = np.load(job_path)
    job = json.loads(str(arrays["job"]))
    response = Response(arrays)
    out: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        detector, out["flux"] = detector_file(Path(folder))
        generator = launcher(job, detector, HNLtype="dirac")
        numbers = generator.experiment.NUMBER_OF_TARGETS
        out["targets"] = np.array([numbers["C12"], numbers["H1"]])
        for form_factors in ("own", "given"):
            for helicities in ("both", "conserving"):
                generator = launcher(job, detector, HNLtype="dirac", noHF=helicities == "conserving")
                if form_factors == "given":
                    use_form_factors(generator, arrays)
                for name, values in cross_sections(generator, arrays["energies"]).items():
                    out[f"sigma {form_factors} {helicities} {name}"] = values
        records = []
        for number, run in enumerate(job["runs"]):
            wall, processor = time.perf_counter(), time.process_time()
            options = {key: run[key] for key in ("neval", "nint", "seed", "HNLtype")}
            generator = launcher(job, detector, noHF=True, **options)
            if run["form_factors"] == "given":
                use_form_factors(generator, arrays)
            groups = events(generator)
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            for key, value in summary(groups, response).items():
                out[f"run {number} {key}"] = value
            n = sum(len(rows[0]) for rows in groups.values())
            records.append({**run, "wall": wall, "processor": processor, "events": n})
            print(f"DarkNews: {records[-1]}", file=sys.stderr, flush=True)
    packages = ("DarkNews", "vegas", "numpy", "pandas", "scipy")
    out["records"] = json.dumps(records)
    out["versions"] = json.dumps({name: version(name) for name in packages} | {"python": sys.version.split()[0]})
    np.savez(out_path, **out)


if __name__ == "__main__":
    main(*sys.argv[1:3])
