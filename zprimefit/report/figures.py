"""The figures of a run folder, from what was computed there."""

from pathlib import Path
from typing import Any

from zprimefit.fitting.chain import Chain
from zprimefit.fitting.result import Fit
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.plots.figure import Drawing
from zprimefit.report.posterior_spectra import posterior_signals, posterior_spectrum
from zprimefit.report.spectra import spectrum
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.runs import Run


def draw(run: Run, kind: str = "png") -> list[Path]:
    """Draw everything that the run folder holds results of as ``png`` or ``pdf``; return the paths of the figures.

    Raises
    ------
    RunFolderError
        If there is no fit yet.
    """
    fit = run.read_fit()
    drawings: dict[str, Drawing] = {}
    for name, curve in run.read_profiles().items():
        drawings[f"profile-{name}"] = curve_figure(run, curve, fit)
    for name, contour in run.read_scans().items():
        drawings[f"scan-{name}"] = scan_figure(run, contour, fit)
    for name, toys in run.read_toys().items():
        drawings[f"toys-{name}"] = toys.plot()
    for name, thresholds in run.read_calibrations().items():
        if isinstance(thresholds.result, Curve):
            drawings[f"thresholds-{name}"] = thresholds.plot()
    chain = run.read_chain()
    if chain is not None:
        drawings["corner"] = corner_figure(run, chain, fit)
    for component in run.analysis.components:
        if isinstance(component, MiniBooNE):
            drawings[f"spectrum-{component.name}"] = spectrum_figure(run, component, fit)
            if chain is not None:
                drawings[f"posterior-{component.name}"] = posterior_figure(run, component, chain)
    return [drawing.save(run.folder.figures / f"{name}.{kind}")[0] for name, drawing in drawings.items()]


def curve_figure(run: Run, curve: Curve, fit: Fit) -> Drawing:
    """Delta chi^2 curve of one parameter or derived quantity."""
    benchmarks = run.analysis.benchmarks
    if curve.quantity_at_best is None:
        marks = {label: point[curve.name] for label, point in benchmarks.items()}
    else:
        quantity = run.analysis.quantity(curve.name)
        marks = {label: float(quantity(point)) for label, point in benchmarks.items()}
    others = ", ".join(f"${run.analysis.parameter(n).latex}$" for n in curve.parameters if n != curve.name)
    return curve.plot(marks=marks, ndof=fit.ndof, title=f"{run.analysis.name}: profiled over {others}")


def scan_figure(run: Run, contour: Contour, fit: Fit) -> Drawing:
    """Regions of two parameters, with the benchmarks that lie on the grid."""
    x, y = contour.names
    marks = {
        label: (point[x], point[y])
        for label, point in run.analysis.benchmarks.items()
        if contour.x[0] <= point[x] <= contour.x[-1] and contour.y[0] <= point[y] <= contour.y[-1]
    }
    others = ", ".join(f"${run.analysis.parameter(n).latex}$" for n in contour.parameters if n not in contour.names)
    title = f"{run.analysis.name}: profiled over {others or 'nothing else'}"
    return contour.plot(marks=marks, ndof=fit.ndof, title=title)


def corner_figure(run: Run, chain: Chain, fit: Fit) -> Drawing:
    """Corner plot of the posterior."""
    drawing = chain.corner({**run.analysis.benchmarks, "best fit": fit.best})
    drawing.figure.text(0.98, 0.995, run.analysis.name, ha="right", va="top", fontsize=13)
    return drawing


def spectrum_figure(run: Run, likelihood: MiniBooNE, fit: Fit) -> Drawing:
    """Spectra of the best fit in the view that was fitted."""
    value = fit.breakdown[likelihood.name]
    title = (
        f"{run.analysis.name}: MiniBooNE $-2\\ln L$ = {value:.2f} in {likelihood.n_data} bins; "
        f"total {fit.fval:.2f} / {fit.ndof} dof"
    )
    term: Any = run.analysis.term(likelihood.name)
    signal = term.predict(run.analysis.params(fit.values))
    return spectrum(likelihood, signal, title=title, signal_label="background + model, best fit")


def posterior_figure(run: Run, likelihood: MiniBooNE, chain: Chain) -> Drawing:
    """Spectra that the posterior predicts, in the view that was fitted."""
    signals = posterior_signals(run.analysis, likelihood, chain)
    return posterior_spectrum(
        likelihood,
        signals,
        title=f"{run.analysis.name}: posterior prediction; convergence of the chain: {chain.verdict}",
    )
