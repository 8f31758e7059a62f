"""The figures of a run folder, from what was computed there."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from zprimefit.datasets import electron_like
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.result import Fit
from zprimefit.likelihoods.miniboone import BoundMiniBooNE
from zprimefit.likelihoods.miniboone.statistic import N_SIGNAL
from zprimefit.plots.corner import corner_plot
from zprimefit.plots.curves import profile_curve
from zprimefit.plots.figure import Drawing
from zprimefit.plots.spectra import Panel, spectra
from zprimefit.scans.curve import Curve
from zprimefit.scans.runs import Run

MODE_TITLES = {"fhc": "neutrino mode, 18.75e20 POT", "rhc": "antineutrino mode, 11.27e20 POT"}
GROUPS = {
    r"$\nu_e$ from $\mu^\pm$": ("nue_from_pi_plus", "nue_from_pi_minus", "nue_from_mu_plus", "nue_from_mu_minus"),
    r"$\nu_e$ from $K^\pm$": ("nue_from_k_plus", "nue_from_k_minus"),
    r"$\nu_e$ from $K^0_L$": ("nue_from_k0l",),
    r"NC $\pi^0$": ("nc_pi0",),
    r"$\Delta\to N\gamma$": ("delta_to_n_gamma",),
    "external": ("external",),
    "other": ("other",),
}  # fmt: skip
LAST_EDGE = 1.75
"""Where the spectrum's axis ends [GeV]; the last bin reaches 3 GeV."""


def draw(run: Run) -> list[Path]:
    """Draw everything that the run folder holds results of; return the paths of the figures.

    Raises
    ------
    RunFolderError
        If there is no fit yet.
    """
    fit = run.read_fit()
    marks = _benchmark(run)
    drawings: dict[str, Drawing] = {}
    for name, curve in run.read_profiles().items():
        drawings[f"profile-{name}"] = curve_figure(run, curve, fit, marks)
    chain = run.read_chain()
    if chain is not None:
        drawings["corner"] = corner_figure(run, chain, fit, marks)
    for name in (c.name for c in run.analysis.components):
        term = run.analysis.term(name)
        if isinstance(term, BoundMiniBooNE):
            drawings[f"spectrum-{name}"] = spectrum_figure(run, term, fit)
    return [drawing.save(run.folder.figures / f"{name}.png")[0] for name, drawing in drawings.items()]


def _benchmark(run: Run) -> dict[str, float]:
    benchmark = getattr(run.analysis.model, "benchmark", None)
    return {} if benchmark is None else dict(benchmark("table1"))


def curve_figure(run: Run, curve: Curve, fit: Fit, benchmark: Mapping[str, float]) -> Drawing:
    """Delta chi^2 curve of one parameter."""
    parameter = run.analysis.parameter(curve.name)
    others = ", ".join(f"${run.analysis.parameter(n).latex}$" for n in curve.parameters if n != curve.name)
    return profile_curve(
        curve.to_frame(),
        name=curve.name,
        latex=parameter.latex,
        unit=parameter.unit,
        log=parameter.scale == "log",
        best=curve.best,
        best_value=curve.best_fval,
        ndof=fit.ndof,
        marks={"table1": benchmark[curve.name]} if curve.name in benchmark else None,
        title=f"{run.analysis.name}: profiled over {others}",
    )


def corner_figure(run: Run, chain: Chain, fit: Fit, benchmark: Mapping[str, float]) -> Drawing:
    """Corner plot of the posterior."""
    log = [run.analysis.parameter(name).scale == "log" for name in chain.names]
    return corner_plot(
        chain.flat(),
        names=chain.names,
        latex=chain.latex,
        units=chain.units,
        log=log,
        marks={"table1": benchmark, "best fit": fit.best} if benchmark else {"best fit": fit.best},
        title=f"{run.analysis.name}: posterior, {chain.verdict}",
    )


def spectrum_figure(run: Run, term: BoundMiniBooNE, fit: Fit) -> Drawing:
    """E_nu^QE spectra of the best fit: data, constrained backgrounds, prediction and systematic band."""
    statistic, likelihood = term.likelihood.gaussian, term.likelihood
    signal = np.asarray(term.signal(run.analysis.params(fit.values)))
    mean, covariance = statistic.constrained(signal)
    null, _ = statistic.constrained(np.zeros_like(signal))
    errors = np.sqrt(np.diag(covariance)).reshape(-1, N_SIGNAL)
    panels = []
    for i, mode in enumerate(likelihood.modes):
        sample = electron_like(mode)
        scale = null[i] / sample.background
        parts = {label: scale * sum(sample.parts[p] for p in group) for label, group in GROUPS.items()}
        panels.append(Panel(MODE_TITLES[mode], sample.edges, sample.data, parts, mean[i] - null[i], errors[i]))
    chi2 = fit.breakdown[likelihood.name]
    label = "background + model, best fit"
    title = (
        f"{run.analysis.name}: MiniBooNE $\\chi^2$ = {chi2:.2f} in {likelihood.n_data} bins; "
        f"total {fit.fval:.2f} / {fit.ndof} dof"
    )
    return spectra(
        panels, xlabel=r"reconstructed $E_\nu^{QE}$", unit="GeV", title=title, signal_label=label, last=LAST_EDGE
    )
