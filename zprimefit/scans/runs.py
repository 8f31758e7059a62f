"""What is done in a run folder: fit, profile, scan, sample, ... Each step writes its results there, can be repeated."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from zprimefit.analyses import load, resolved_yaml
from zprimefit.analyses.loading import read_text
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.evidence import evidence
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.fitting.fit import fit
from zprimefit.fitting.goodness import Goodness, goodness_of_fit
from zprimefit.fitting.parameter_goodness import ParameterGoodness, parameter_goodness
from zprimefit.fitting.result import Fit
from zprimefit.fitting.sampling import sample
from zprimefit.scans.bad_points import NAME, BadPoints, met_by
from zprimefit.scans.calibration import Calibration, calibrate
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.executors import Executor
from zprimefit.scans.profile import profile
from zprimefit.scans.provenance import command_line, provenance
from zprimefit.scans.results import PARAMETER_GOODNESS, Results
from zprimefit.scans.run_folder import RunFolder, RunFolderError, checked_labels
from zprimefit.scans.scan import Ends, scan
from zprimefit.scans.toy_record import Toys
from zprimefit.scans.toys import toys

DEEPER = 5e-5
"""By how much a profile's point must lie below the fit to replace it: more than the minimiser's own goal."""

LARGEST_SHIFT = 0.02
"""Of -2 ln L at the best fit, by its surrogates: more must be said."""

_NO_CHOICE = ("progress", "executor", "part", "n", "points")
"""Options that change how much is done, not what."""

WHOLE = (1, 1)
"""All experiments: the result of a part is no result of the folder."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Run(Results):
    """A run folder with its analysis."""

    @classmethod
    def create(cls, path: str | Path, name_or_path: str | Path, **options: Any) -> Self:
        """Make or reopen the run folder of an analysis file (or packaged name).

        Raises
        ------
        AnalysisError, RunFolderError
            If the analysis is wrong, or the folder belongs to another; nothing is written then.
        """
        analysis = load(name_or_path, **options)
        given = read_text(name_or_path)[0]
        folder = RunFolder.create(
            path,
            name=analysis.name,
            resolved=resolved_yaml(analysis),
            given=given,
            identity=analysis.identity,
            provenance=provenance(),
        )
        return cls(folder, analysis)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a run folder; refuse it if data or analysis changed since.

        Raises
        ------
        AnalysisError, RunFolderError
            If it is none, or does not belong to this installation's data.
        """
        folder = RunFolder.open(path)
        analysis = load(folder.analysis)
        folder.check_identity(analysis.identity)
        return cls(folder, analysis)

    def prepare(self, progress: Callable[[str], None] | None = None) -> None:
        """Build the surrogates."""
        self.analysis.prepare(progress)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        """One step: the log says when it begins and how it ends early; bad points go into their table."""
        with self.folder.step(title, command_line()), met_by(title, self.analysis, self.folder.path / NAME) as notes:
            yield
        for note in notes:
            self.folder.log(f"{title}: {note}")

    def refuse_second_fit(self) -> None:
        """Refuse to fit again where results may rest on the fit that is there.

        Raises
        ------
        RunFolderError
            If the folder holds a fit.
        """
        if self.folder.fit.is_file():
            msg = f"{self.folder.path}: holds a fit already, and its curves and chain rest on it; choose another folder"
            raise RunFolderError(msg)

    def fit(self, *, starts: int = 32, seed: int = 1, progress: Progress | None = None) -> Fit:
        """Fit and write ``fit.json``, ``fit.csv``, ``fit.txt``, and its goodness as ``goodness.*``.

        Raises
        ------
        RunFolderError
            If the folder holds a fit already.
        """
        self.refuse_second_fit()
        self.analysis.refuse_idle()
        with self._step("fit"):
            found = fit(self.analysis, starts=starts, seed=seed, progress=progress)
            found = replace(found, messages=(*found.messages, *self._checked_at(found)))
            self._write_fit(found)
        return found

    def _checked_at(self, found: Fit) -> list[str]:
        """What direct integration says of the surrogates at the best fit."""
        if not np.isfinite(found.fval):
            return []
        shifts = self.analysis.interpolation_shifts(found.values)
        if not shifts:
            return []
        total = sum(shifts.values())
        parts = ", ".join(f"{name} {shift:+.1e}" for name, shift in shifts.items())
        told = f"surrogates move -2 ln L at the best fit by {total:+.1e} ({parts})"
        if abs(total) >= LARGEST_SHIFT:
            told += f"; more than {LARGEST_SHIFT:g}: fit again with engine: direct, or narrow the bounds of the masses"
        return [told]

    def _write_fit(self, found: Fit) -> None:
        self._write_table("goodness", goodness_of_fit(self.analysis, found))
        self.folder.write_text("fit.csv", found.to_frame().to_csv())
        self.folder.write_text("fit.txt", f"{found}\n")
        # Last, for all else rests on it: where it is, the rest is.
        self.folder.write_text("fit.json", found.to_json())
        made = f"{len(found.starts)} starts, seed {found.seed}"
        self.folder.log(f"fit: {made}: -2 ln L = {found.fval:.6g}, {found.ndof} dof, {found.status}")

    def profile(
        self,
        name: str,
        *,
        low: float | str | None = None,
        high: float | str | None = None,
        n: int = 60,
        scale: str | None = None,
        starts: int = 2,
        seed: int = 1,
        progress: Progress | None = None,
        executor: Executor | None = None,
    ) -> Curve:
        """Profile a parameter or derived quantity; write ``profiles/NAME.json`` and ``.csv``, and points on the way.

        Where the curve finds a point below the fit, the fit is made again from there and replaces the one that was.
        """
        found = self.read_fit()
        settings = (low, high, n, starts, seed) if scale is None else (low, high, n, scale, starts, seed)
        with self._step(f"profile of {name}"):
            curve = profile(
                self.analysis,
                name,
                low=low,
                high=high,
                n=n,
                scale=scale,
                fit=found,
                starts=starts,
                seed=seed,
                checkpoint=self.folder.profiles / f"{name}-{self._key(settings)}.points.jsonl",
                identity=self.analysis.identity,
                progress=progress,
                executor=executor,
            )
            self._keep(curve, f"profiles/{name}", f"profile of {name}", f"{n} points, seed {seed}", found)
        return curve

    def scan(
        self,
        x: str,
        y: str,
        *,
        low: Ends = (None, None),
        high: Ends = (None, None),
        n: tuple[int, int] = (40, 40),
        refine: int = 0,
        starts: int = 1,
        seed: int = 1,
        progress: Progress | None = None,
        executor: Executor | None = None,
    ) -> Contour:
        """Scan two parameters; write ``scans/X-Y.json`` and ``.csv``, and points on the way.

        Where the scan finds a point below the fit, the fit is made again from there and replaces the one that was.
        """
        found = self.read_fit()
        key = self._key((low, high, n, starts, seed) if refine == 0 else (low, high, n, refine, starts, seed))
        with self._step(f"scan of {x} and {y}"):
            contour = scan(
                self.analysis,
                x,
                y,
                low=low,
                high=high,
                n=n,
                refine=refine,
                fit=found,
                starts=starts,
                seed=seed,
                checkpoint=self.folder.scans / f"{x}-{y}-{key}.points.jsonl",
                identity=self.analysis.identity,
                progress=progress,
                executor=executor,
            )
            halved = f", halved {refine} times along the contours" if refine else ""
            made = f"{n[0]} x {n[1]} points{halved}, seed {seed}"
            self._keep(contour, f"scans/{x}-{y}", f"scan of {x} and {y}", made, found)
        return contour

    def _key(self, settings: tuple[Any, ...]) -> str:
        """Name of a grid: each, and each fit that it starts from, keeps its points in a file of its own."""
        return hashlib.sha256(repr(settings).encode() + self.folder.fit.read_bytes()).hexdigest()[:12]

    def _keep(self, result: Curve | Contour, path: str, title: str, made: str, former: Fit) -> None:
        """Write a result, log it, and fit again if it lies below the fit."""
        self.folder.write_text(f"{path}.json", result.to_json())
        self.folder.write_text(f"{path}.csv", result.to_frame().to_csv(index=False))
        self.folder.log(f"{title}: {made}")
        for message in result.messages:
            self.folder.log(f"{title}: {message}")
        if result.best_fval < former.fval - DEEPER:
            self._refit(result, title, former)

    def _refit(self, result: Curve | Contour, title: str, former: Fit) -> None:
        best = dict(zip(result.parameters, map(float, result.best_values), strict=True))
        moved = self.analysis.with_parameters({name: {"default": value} for name, value in best.items()})
        again = fit(moved, starts=len(former.starts), seed=former.seed)
        if again.fval < former.fval:
            self.folder.log(f"{title} found -2 ln L = {result.best_fval:.6g}: fitted again from there")
            self._write_fit(again)

    def toys(self, at: Mapping[str, float | str], *, n: int = 1000, **options: Any) -> Toys:
        """Pseudo-experiments of a hypothesis; write ``toys/HYPOTHESIS.json``, ``.csv``, ``.txt``, and toys on the way.

        Parameters
        ----------
        at, n : hypothesis and number of experiments, of :func:`zprimefit.scans.toys.toys`.
        options : others of it, apart from fit, checkpoint and identity.
        """
        found = self.read_fit()
        key = self._key((sorted(at.items()), sorted((k, v) for k, v in options.items() if k not in _NO_CHOICE)))
        with self._step(f"toys of {', '.join(at)}"):
            result = toys(
                self.analysis, at, n=n, fit=found, checkpoint=self.folder.toys / f"{'-'.join(at)}-{key}.toys.jsonl",
                identity=self.analysis.identity, **options,
            )  # fmt: skip
            name = "-".join(f"{name}-{value:.6g}" for name, value in result.hypothesis.items())
            suffix = "" if result.true == "hypothesis" else "-no-new-physics"
            if options.get("part", WHOLE) == WHOLE:
                self._write_table(f"toys/{name}{suffix}", result)
            self.folder.log(f"toys: {str(result).splitlines()[0]}")
        return result

    def calibrate(self, name: str, **options: Any) -> Calibration:
        """Toys along a profile or a scan of this folder; write ``toys/NAME-thresholds.json`` and ``.csv``.

        Parameters
        ----------
        name : of the profile, or ``X-Y`` of the scan.
        options : of :func:`zprimefit.scans.calibration.calibrate`, apart from fit, folder and identity.

        Raises
        ------
        RunFolderError
            If there is no such profile or scan yet.
        """
        known = self.read_profiles() | self.read_scans()
        if name not in known:
            path = self.folder.path
            msg = f"{path}: holds no profile or scan {name!r} yet; run `zprimefit profile {path} {name}` first"
            raise RunFolderError(msg)
        settings = sorted((k, v) for k, v in options.items() if k not in _NO_CHOICE)
        with self._step(f"thresholds of {name} by toys"):
            found = calibrate(
                self.analysis, known[name], fit=self.read_fit(), identity=self.analysis.identity,
                folder=self.folder.toys / f"{name}-{self._key((name, settings))}", **options,
            )  # fmt: skip
            self.folder.write_text(f"toys/{name}-thresholds.json", found.to_json())
            self.folder.write_text(f"toys/{name}-thresholds.csv", found.to_frame().to_csv(index=False))
            self.folder.log(f"thresholds of {name} by toys: {len(found.toys)} places, {100 * found.cl:.2f} % CL")
        return found

    def sample(self, *, method: str = "emcee", **options: Any) -> Chain:
        """Sample into ``chain/``; write what it says of the parameters and of the derived quantities.

        ``chain.txt``, ``chain.csv``, ``chain_derived.csv`` and, if there were any, ``bad_points.csv`` and
        ``divergences.csv``.

        Parameters
        ----------
        method : ``"emcee"`` or ``"hmc"``.
        options : of :func:`zprimefit.fitting.sampling.sample`, apart from fit, folder and identity.
        """
        self.analysis.refuse_idle()
        with self._step("sample"):
            chain = sample(
                self.analysis,
                method=method,  # type: ignore[arg-type]  # checked there
                fit=self.read_fit() if self.folder.fit.is_file() else None,
                folder=self.folder.chain,
                identity=self.analysis.identity,
                **options,
            )
            self.folder.write_text("chain.txt", f"{chain}\n")
            self.folder.write_text("chain.csv", chain.summary().to_csv())
            self.folder.write_text("chain_derived.csv", chain.derived_summary(self.analysis).to_csv())
            table = BadPoints(self.folder.path / NAME, chain.names)
            for point in chain.bad_points:
                table.add("sample", point)
            if chain.transitions is not None and chain.transitions.n_divergent:
                self.folder.write_text("divergences.csv", chain.transitions.table(chain.names))
            ensembles, _, walkers, _ = chain.samples.shape
            hmc, emcee = f"{method}, {ensembles} chains", f"{ensembles} ensembles x {walkers} walkers"
            self.folder.log(f"sample: {emcee if method == 'emcee' else hmc}, seed {chain.seed}: {chain.verdict}")
        return chain

    def evidence(self, *, live: int = 500, seed: int = 7, progress: Callable[[Any], None] | None = None) -> Evidence:
        """Integrate over the priors; write ``evidence.json``, ``evidence.txt`` and the samples as ``evidence.csv``.

        What is there from as many live points and the same seed is what would be found again, and is returned.

        Parameters
        ----------
        live, seed, progress : of :func:`zprimefit.fitting.evidence.evidence`.
        """
        stored = self.read_evidence()
        if stored is not None and stored.null and (stored.n_live, stored.seed) == (live, seed):
            return stored
        self.analysis.refuse_idle()
        with self._step("evidence"):
            found = evidence(self.analysis, live=live, seed=seed, progress=progress)
            self.folder.write_text("evidence.csv", found.to_frame().to_csv(index=False))
            self.folder.write_text("evidence.txt", f"{found}\n")
            self.folder.write_text("evidence.json", found.to_json())
            self.folder.log(f"evidence: {live} live points, seed {seed}: {str(found).splitlines()[0]}")
        return found

    def parameter_goodness(
        self,
        groups: Mapping[str, Sequence[str]],
        *,
        starts: int = 16,
        seed: int = 1,
        progress: Progress | None = None,
    ) -> ParameterGoodness:
        """Test whether groups of components agree; write ``parameter-goodness-GROUPS.json``, ``.csv`` and ``.txt``.

        The fit of the folder is that of all where the groups hold every component.

        Parameters
        ----------
        groups, starts, seed, progress : of :func:`zprimefit.fitting.parameter_goodness.parameter_goodness`.
        """
        name = f"{PARAMETER_GOODNESS}{'-'.join(checked_labels(groups))}"
        everything = {component for members in groups.values() for component in members}
        whole = self.read_fit() if everything == {c.name for c in self.analysis.components} else None
        with self._step("parameter goodness"):
            found = parameter_goodness(
                self.analysis, groups, fit_of_all=whole, starts=starts, seed=seed, progress=progress
            )
            self._write_table(name, found)
            self.folder.log(str(found).splitlines()[0])
        return found

    def _write_table(self, name: str, found: Goodness | ParameterGoodness | Toys) -> None:
        self.folder.write_text(f"{name}.json", found.to_json())
        self.folder.write_text(f"{name}.csv", found.to_frame().to_csv())
        self.folder.write_text(f"{name}.txt", f"{found}\n")
