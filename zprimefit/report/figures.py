"""The figures of a run folder, from what was computed there."""

from pathlib import Path

import numpy as np

from zprimefit.datasets import electron_like, miniboone_parameters
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.result import Fit
from zprimefit.likelihoods.miniboone import BoundMiniBooNE
from zprimefit.likelihoods.miniboone.statistic import N_SIGNAL
from zprimefit.plots.figure import Drawing
from zprimefit.plots.spectra import Panel, spectra
from zprimefit.scans.curve import Curve
from zprimefit.scans.runs import Run

MODES = {"fhc": "neutrino mode", "rhc": "antineutrino mode"}
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
    drawings: dict[str, Drawing] = {}
    for name, curve in run.read_profiles().items():
        drawings[f"profile-{name}"] = curve_figure(run, curve, fit)
    chain = run.read_chain()
    if chain is not None:
        drawings["corner"] = corner_figure(run, chain, fit)
    for name in (c.name for c in run.analysis.components):
        term = run.analysis.term(name)
        if isinstance(term, BoundMiniBooNE):
            drawings[f"spectrum-{name}"] = spectrum_figure(run, term, fit)
    return [drawing.save(run.folder.figures / f"{name}.png")[0] for name, drawing in drawings.items()]


def curve_figure(run: Run, curve: Curve, fit: Fit) -> Drawing:
    """Delta chi^2 curve of one parameter."""
    marks = {label: point[curve.name] for label, point in run.analysis.benchmarks.items()}
    others = ", ".join(f"${run.analysis.parameter(n).latex}$" for n in curve.parameters if n != curve.name)
    return curve.plot(marks=marks, ndof=fit.ndof, title=f"{run.analysis.name}: profiled over {others}")


def corner_figure(run: Run, chain: Chain, fit: Fit) -> Drawing:
    """Corner plot of the posterior."""
    drawing = chain.corner({**run.analysis.benchmarks, "best fit": fit.best})
    drawing.figure.text(0.98, 0.995, run.analysis.name, ha="right", va="top", fontsize=13)
    return drawing


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
        title = f"{MODES[mode]}, {miniboone_parameters()[f'pot_{mode}'] / 1e20:.2f}e20 POT"
        scale = null[i] / sample.background
        parts = {label: scale * sum(sample.parts[p] for p in group) for label, group in GROUPS.items()}
        panels.append(Panel(title, sample.edges, sample.data, parts, mean[i] - null[i], errors[i]))
    chi2 = fit.breakdown[likelihood.name]
    label = "background + model, best fit"
    title = (
        f"{run.analysis.name}: MiniBooNE $\\chi^2$ = {chi2:.2f} in {likelihood.n_data} bins; "
        f"total {fit.fval:.2f} / {fit.ndof} dof"
    )
    return spectra(
        panels, xlabel=r"reconstructed $E_\nu^{QE}$", unit="GeV", title=title, signal_label=label, last=LAST_EDGE
    )
