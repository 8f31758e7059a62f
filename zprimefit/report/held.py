"""Everything that a report needs of a run folder, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import Any

import pandas as pd

from zprimefit.analyses import Analysis
from zprimefit.analyses.evaluation import components_at
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.fitting.goodness import Goodness
from zprimefit.fitting.parameter_goodness import ParameterGoodness
from zprimefit.fitting.result import Fit
from zprimefit.report.figures import figures_of
from zprimefit.scans.bad_points import NAME as BAD_POINTS
from zprimefit.scans.calibration import Calibration
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.run_folder import RunFolder, RunFolderError
from zprimefit.scans.runs import Run
from zprimefit.scans.toy_record import Toys


@dataclass(frozen=True)
class Held:
    """What a run folder holds.

    Parameters
    ----------
    run : the folder with its analysis.
    fit, goodness : None where nothing was fitted yet.
    profiles, scans, toys, calibrations, parameter_goodness : by name.
    chain : None where nothing was sampled yet.
    evidence : None where nothing was integrated yet.
    figures : name -> file.
    """

    run: Run
    fit: Fit | None
    goodness: Goodness | None
    profiles: Mapping[str, Curve]
    scans: Mapping[str, Contour]
    chain: Chain | None
    evidence: Evidence | None
    toys: Mapping[str, Toys]
    calibrations: Mapping[str, Calibration]
    parameter_goodness: Mapping[str, ParameterGoodness]
    figures: Mapping[str, Path]

    @classmethod
    def by(cls, run: Run) -> "Held":
        """Read a run folder; figures that are not there from these very results are drawn into it.

        Raises
        ------
        RunFolderError
            If a result is damaged.
        """
        fit = run.read_fit() if run.folder.fit.is_file() else None
        return cls(
            run=run,
            fit=fit,
            goodness=None if fit is None else run.read_goodness(),
            profiles=run.read_profiles(),
            scans=run.read_scans(),
            chain=run.read_chain(),
            evidence=run.read_evidence(),
            toys=run.read_toys(),
            calibrations=run.read_calibrations(),
            parameter_goodness=run.read_parameter_goodness(),
            figures={} if fit is None else {figure.name: figure.drawn(run) for figure in figures_of(run)},
        )

    @property
    def analysis(self) -> Analysis:
        """What was fitted."""
        return self.run.analysis

    @property
    def folder(self) -> RunFolder:
        """Where it is."""
        return self.run.folder

    @cached_property
    def judged(self) -> dict[str, dict[str, Any]]:
        """What every component and constraint says at the best fit: verdict, mu, notes; nothing without a minimum."""
        if self.fit is None or not self.fit.status.usable:
            return {}
        point = {p.name: p.default for p in self.analysis.parameters}
        return components_at(self.analysis, point | self.fit.best)

    @cached_property
    def summary(self) -> pd.DataFrame | None:
        """Medians and intervals of the chain."""
        return None if self.chain is None else self.chain.summary()

    @cached_property
    def bad_points(self) -> pd.DataFrame | None:
        """Points where -2 ln L was no number; None where there were none."""
        return self.table(BAD_POINTS)

    def table(self, name: str) -> pd.DataFrame | None:
        """Read a table of the folder, if it is there.

        Raises
        ------
        RunFolderError
            If it is damaged.
        """
        path = self.folder.path / name
        if not path.is_file():
            return None
        try:
            return pd.read_csv(path)
        except ValueError as error:
            msg = f"{path}: cannot be read ({error}); remove it and run the step that writes it again"
            raise RunFolderError(msg) from error

    def command(self, verb: str, arguments: str = "") -> str:
        """Command of this run, to be typed into a shell."""
        return f"zprimefit {verb} {quote(str(self.folder.path))} {arguments}".rstrip()
