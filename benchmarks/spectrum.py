"""Speed with the accuracy beside it, in one run: `python benchmarks/spectrum.py`.

Direct spectrum at table1 (both modes, both channels), the same first bin by scipy.integrate.nquad (incoherent part),
value and gradient of the likelihood, the surrogate batched, and the start-up of the command line.
"""

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from scipy.integrate import nquad
from scipy.interpolate import RectBivariateSpline

import zprimefit
from zprimefit.constants import ELECTRON_MASS, HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS
from zprimefit.datasets import electron_like, z2hdm_table1
from zprimefit.likelihoods.miniboone.beam import exposed_flux
from zprimefit.likelihoods.miniboone.response import bin_probabilities, efficiency
from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.models import Z2HDM
from zprimefit.models.targets import NUCLEON
from zprimefit.models.z2hdm.amplitude import Invariants, numerator
from zprimefit.models.z2hdm.production import Accuracy
from zprimefit.models.z2hdm.scattering import Nodes

POINT = z2hdm_table1()
MASSES = np.array([POINT["m_zprime"], POINT["m_hprime"], POINT["m_nu4"]])


def median_ms(call: Callable[[], Any], repeat: int = 7) -> float:
    """Median wall time of a call [ms], after one that compiles."""
    jax.block_until_ready(call())
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        jax.block_until_ready(call())
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def direct() -> tuple[float, float]:
    """Time [ms] of the direct spectrum at table1, and its largest relative deviation from a much finer one."""
    (source,) = Z2HDM().pair_sources(("hprime",))
    (fine,) = Z2HDM(accuracy=Accuracy(64, Nodes(32, 16, 16))).pair_sources(("hprime",))
    spectrum, reference = (unit_spectrum(s, Folding("enuqe", ("fhc", "rhc"), "eq32", "true")) for s in (source, fine))
    error = np.abs(np.asarray(spectrum(MASSES)) / np.asarray(reference(MASSES)) - 1).max()
    return median_ms(lambda: spectrum(MASSES)), float(error)


def first_bin_by_nquad(rtol: float = 1e-2) -> tuple[float, float, float]:
    """Incoherent h' events in 200 < E_nu^QE < 300 MeV, neutrino mode: nquad, its seconds, and ours.

    nquad does E_nu, cos(theta) and E of the scalar; the fourth integral, cos(theta*), is 32 Gauss-Legendre nodes.
    """
    x, dx = np.polynomial.legendre.leggauss(32)
    mz, ms, m4 = MASSES
    mass, mz2 = NUCLEON_MASS, mz**2
    edges = electron_like("fhc").edges[:2]
    e_grid, t_grid = np.linspace(0.05, 1.0, 120), np.linspace(0, np.pi, 90)
    grid = np.meshgrid(e_grid, t_grid, indexing="ij")
    response = RectBivariateSpline(e_grid, t_grid, bin_probabilities(*grid, edges)[0], kx=3, ky=3)
    density = exposed_flux(("fhc",))
    e_flux = np.linspace(0, 10, 20001)
    flux = np.asarray(density(e_flux))[0]

    def integrand(e_nu: float, cos: float, e: float) -> float:
        p = np.sqrt(e**2 - ms**2)
        k_p, k_phi = mass * e_nu, e_nu * (e - p * cos)
        w2 = mass**2 + 2 * k_p + ms**2 - 2 * mass * e - 2 * k_phi
        w, k_q = np.sqrt(w2), k_p - k_phi
        k, p0 = k_q / w, (mass**2 + k_p - mass * e) / w
        p_star = np.sqrt(p0**2 - mass**2)
        e4 = (w2 + m4**2 - mass**2) / (2 * w)
        final = np.sqrt(max((w2 - (mass + m4) ** 2) * (w2 - (mass - m4) ** 2), 0.0)) / (2 * w)
        cos_a = min(1.0, max(-1.0, (p0 * k - k_p) / (k * p_star)))
        q2 = 2 * mass**2 - 2 * (p0 * (w - e4) - p_star * final * x)
        p_k4 = w * p0 - mass**2 + q2 / 2
        n0, nd = numerator(Invariants(k_p, k_q, p_k4, (w2 - mass**2 - m4**2) / 2, q2), NUCLEON, m4, mz)
        d0, mean = m4**2 - mz2, k * (e4 + final * cos_a * x)
        swing = k * final * np.sqrt((1 - cos_a**2) * (1 - x**2))
        c0, c1 = d0 - 2 * mean, 2 * swing
        root = np.sqrt(c0**2 - c1**2)
        two, one = -c0 / root**3, -1 / root
        moments = (two, (d0 * two - one) / 2, (d0**2 * two - 2 * d0 * one + 1) / 4)
        moments += ((d0**3 * two - 3 * d0**2 * one + 3 * d0 - c0) / 8,)
        total = sum(c * m for c, m in zip(n0, moments, strict=False))
        total += (m4 / mz) ** 2 * sum(c * m for c, m in zip(nd, moments, strict=True))
        phase_space = p / (8 * np.pi**2) * final / (16 * np.pi**2 * w) / (4 * e_nu * mass) * 4 * mz2
        weight = np.interp(e_nu, e_flux, flux) * 14 * HBARC_SQUARED_CM2_GEV2
        seen = efficiency(np.array(e - 2 * ELECTRON_MASS)) * response(e - 2 * ELECTRON_MASS, np.arccos(cos))[0, 0]
        return float(phase_space * 2 * np.pi * (dx @ (total / (q2 - mz2) ** 2)) * weight * seen)

    def e_nu_range(cos: float, e: float) -> tuple[float, float]:
        p = np.sqrt(e**2 - ms**2)
        needed = (mass + m4) ** 2 - mass**2 - ms**2 + 2 * mass * e
        return needed / (2 * (mass - e + p * cos)) * (1 + 1e-9), 7.0

    def cos_range(e: float) -> tuple[float, float]:
        # where the threshold stays below the end of the flux
        p = np.sqrt(e**2 - ms**2)
        needed = (mass + m4) ** 2 - mass**2 - ms**2 + 2 * mass * e
        return max(-1.0, (needed / 13.9 - mass + e) / p), 1.0

    coupling = POINT["g_B"] ** 2 * POINT["g_d"] ** 4 * POINT["U_mu4_sq"] * (1 - POINT["sin_delta"] ** 2)
    start = time.perf_counter()
    options = {"epsrel": rtol, "epsabs": 0.0, "limit": 6}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may stop at the limit; the difference to ours is printed
        value, _ = nquad(integrand, [e_nu_range, cos_range, (0.06, 0.7)], opts=options)
    seconds = time.perf_counter() - start
    (source,) = Z2HDM().pair_sources(("hprime",))
    parts = np.asarray(unit_spectrum(source, Folding("enuqe", ("fhc", "rhc"), "all", "true"))(MASSES))[0, :, 0]
    ours = coupling * (parts[0] + (m4 / mz) ** 2 * parts[1])
    return coupling * value, seconds, float(ours)


def main() -> None:
    rows = []
    time_ms, error = direct()
    rows.append(
        ("direct spectrum at table1, 2 modes x 2 channels x 11 bins", f"{time_ms:.0f} ms", f"{error:.1e} per bin")
    )
    analysis = zprimefit.load("z2hdm-miniboone").prepare()
    values = analysis.defaults()
    term_error = analysis.term("miniboone").error
    label = f"{term_error:.1e} per bin at held-out points"
    rows.append(("surrogate: -2 ln L", f"{median_ms(lambda: analysis.minus2lnl(values)):.3f} ms", label))
    rows.append(("surrogate: gradient (9 parameters)", f"{median_ms(lambda: analysis.gradient(values)):.3f} ms", ""))
    for n in (32, 1024):
        batch = np.repeat(values[None], n, axis=0)
        per_point = 1e3 * median_ms(lambda b=batch: analysis.minus2lnl_batch(b)) / n
        rows.append((f"surrogate: -2 ln L, {n} points at a time", f"{per_point:.1f} us a point", ""))
    exact = zprimefit.load("z2hdm-miniboone", engine="direct")
    difference = abs(analysis.minus2lnl(values) - exact.minus2lnl(values))
    rows.append(
        (
            "direct: -2 ln L",
            f"{median_ms(lambda: exact.minus2lnl(values)):.0f} ms",
            f"surrogate differs by {difference:.1e}",
        )
    )
    rows.append(("direct: gradient (9 parameters)", f"{median_ms(lambda: exact.gradient(values), 3):.0f} ms", ""))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "zprimefit", "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    rows.append(("zprimefit --help", f"{1e3 * float(np.median(times)):.0f} ms", ""))
    by_nquad, seconds, ours = first_bin_by_nquad()
    rows.append(
        (
            "one bin, one mode, one channel by scipy nquad (rtol 1e-2)",
            f"{seconds:.1f} s",
            f"ours differs by {ours / by_nquad - 1:.1e}",
        )
    )
    for what, duration, accuracy in rows:
        print(f"| {what} | {duration} | {accuracy} |")


if __name__ == "__main__":
    main()
