"""The figures of a run folder, from what was computed there."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zprimefit.fitting.chain import Chain
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.fitting.result import Fit
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.plots.figure import Drawing, drawn_from
from zprimefit.report.posterior_spectra import posterior_signals, posterior_spectrum
from zprimefit.report.spectra import spectrum
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.run_folder import PROVENANCE
from zprimefit.scans.runs import Run


@dataclass(frozen=True)
class Figure:
    """A figure that a run folder has what it takes to draw.

    Parameters
    ----------
    name : of its file in ``figures/``.
    sources : files of the folder that it is drawn from, or folders.
    make : draws it.
    """

    name: str
    sources: tuple[Path, ...]
    make: Callable[[], Drawing]

    def draw(self, run: Run, kind: str = "png") -> Path:
        """Draw it into the folder as ``png`` or ``pdf``, with its table; return its path."""
        return self.make().save(self.path(run, kind), drawn_from=self._digest(run))[0]

    def drawn(self, run: Run) -> Path:
        """Return its path, drawn now unless it is there, from the same results and by the same version."""
        path = self.path(run)
        fresh = path.with_suffix(".csv").is_file() and drawn_from(path) == self._digest(run)
        return path if fresh else self.draw(run)

    def path(self, run: Run, kind: str = "png") -> Path:
        """Where it is in the folder."""
        return run.folder.figures / f"{self.name}.{kind}"

    def _digest(self, run: Run) -> str:
        whole = hashlib.sha256(f"{version('zprimefit')} {self.name}".encode())
        for source in (run.folder.path / PROVENANCE, *self.sources):
            # Segments of a chain are written once and can be large: their names and sizes stand for them.
            files = [(f.name, f.stat().st_size) for f in sorted(source.iterdir())] if source.is_dir() else None
            whole.update(source.read_bytes() if files is None else repr(files).encode())
        return whole.hexdigest()


def figures_of(run: Run) -> list[Figure]:
    """Figures of everything that the run folder holds results of.

    Raises
    ------
    RunFolderError
        If there is no fit yet, or a result is damaged.
    """
    fit, folder = run.read_fit(), run.folder
    found: list[Figure] = []
    for name, curve in run.read_profiles().items():
        stored = folder.profiles / f"{name}.json"
        found.append(Figure(f"profile-{name}", (folder.fit, stored), partial(curve_figure, run, curve, fit)))
    for name, contour in run.read_scans().items():
        stored = folder.scans / f"{name}.json"
        found.append(Figure(f"scan-{name}", (folder.fit, stored), partial(scan_figure, run, contour, fit)))
    for name, toys in run.read_toys().items():
        found.append(Figure(f"toys-{name}", (folder.toys / f"{name}.json",), toys.plot))
    for name, thresholds in run.read_calibrations().items():
        if isinstance(thresholds.result, Curve):
            stored = folder.toys / f"{name}-thresholds.json"
            found.append(Figure(f"thresholds-{name}", (stored,), thresholds.plot))
    chain = run.read_chain()
    if chain is not None:
        found.append(Figure("corner", (folder.fit, folder.chain), partial(corner_figure, run, chain, fit)))
    nested = run.read_evidence()
    if nested is not None:
        make = partial(nested_figure, run, nested, fit)
        found.append(Figure("corner-nested", (folder.fit, folder.evidence), make))
    for component in run.analysis.components:
        if isinstance(component, MiniBooNE):
            make = partial(spectrum_figure, run, component, fit)
            found.append(Figure(f"spectrum-{component.name}", (folder.fit,), make))
            if chain is not None:
                make = partial(posterior_figure, run, component, chain)
                found.append(Figure(f"posterior-{component.name}", (folder.chain,), make))
    return found


def draw(run: Run, kind: str = "png") -> list[Path]:
    """Draw everything that the run folder holds results of as ``png`` or ``pdf``; return the paths of the figures.

    Raises
    ------
    RunFolderError
        If there is no fit yet, or a result is damaged.
    """
    return [figure.draw(run, kind) for figure in figures_of(run)]


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
    return chain.corner({**run.analysis.benchmarks, "best fit": fit.best}, title=run.analysis.name)


def nested_figure(run: Run, found: Evidence, fit: Fit) -> Drawing:
    """Corner plot of the posterior by nested sampling."""
    return found.corner(run.analysis, {**run.analysis.benchmarks, "best fit": fit.best})


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
