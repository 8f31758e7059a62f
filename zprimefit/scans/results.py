"""What a run folder holds, read back."""

from dataclasses import dataclass
from typing import Final

from zprimefit.analyses import Analysis
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.fitting.goodness import Goodness, goodness_of_fit
from zprimefit.fitting.parameter_goodness import ParameterGoodness
from zprimefit.fitting.result import Fit
from zprimefit.scans.calibration import Calibration
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.run_folder import RunFolder, RunFolderError
from zprimefit.scans.toy_record import Toys

PARAMETER_GOODNESS: Final = "parameter-goodness-"
"""How files of it begin."""


@dataclass(frozen=True)
class Results:
    """The results in a run folder, with the analysis that they are of."""

    folder: RunFolder
    analysis: Analysis

    def read_fit(self) -> Fit:
        """Return the fit of this folder.

        Raises
        ------
        RunFolderError
            If there is none yet.
        """
        if not self.folder.fit.is_file():
            path = self.folder.path
            msg = f"{path}: holds no fit yet; run `zprimefit fit {self.folder.analysis} -o {path}`"
            raise RunFolderError(msg)
        try:
            return Fit.from_json(self.folder.fit.read_text(encoding="utf-8"))
        except ValueError as error:
            msg = f"{self.folder.fit}: cannot be read ({error}); remove it and fit again"
            raise RunFolderError(msg) from error

    def goodness(self) -> Goodness:
        """Goodness of the fit of this folder."""
        return goodness_of_fit(self.analysis, self.read_fit())

    def read_goodness(self) -> Goodness:
        """Return the goodness that was stored with the fit; computed from it where there is none that can be read."""
        try:
            return Goodness.from_json((self.folder.path / "goodness.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return self.goodness()

    def read_parameter_goodness(self) -> dict[str, ParameterGoodness]:
        """Parameter goodness of fit, by the labels of its groups."""
        paths = self.folder.path.glob(f"{PARAMETER_GOODNESS}*.json")
        found = self.folder.read_results(paths, ParameterGoodness.from_json)
        return {name.removeprefix(PARAMETER_GOODNESS): each for name, each in found.items()}

    def read_profiles(self) -> dict[str, Curve]:
        """Profiles of this folder, by parameter or derived quantity."""
        return self.folder.read_results(self.folder.profiles.glob("*.json"), Curve.from_json)

    def read_scans(self) -> dict[str, Contour]:
        """Scans of this folder, by ``X-Y``."""
        return self.folder.read_results(self.folder.scans.glob("*.json"), Contour.from_json)

    def read_toys(self) -> dict[str, Toys]:
        """Pseudo-experiments of this folder, by hypothesis."""
        paths = (p for p in self.folder.toys.glob("*.json") if not p.stem.endswith("-thresholds"))
        return self.folder.read_results(paths, Toys.from_json)

    def read_calibrations(self) -> dict[str, Calibration]:
        """Thresholds by toys of this folder, by profile or scan."""
        found = self.folder.read_results(self.folder.toys.glob("*-thresholds.json"), Calibration.from_json)
        return {name.removesuffix("-thresholds"): calibration for name, calibration in found.items()}

    def read_evidence(self) -> Evidence | None:
        """Return the evidence of this folder, if there is one.

        Raises
        ------
        RunFolderError
            If it is damaged.
        """
        here = [self.folder.evidence] if self.folder.evidence.is_file() else []
        return self.folder.read_results(here, Evidence.from_json).get("evidence")

    def read_chain(self) -> Chain | None:
        """Return the chain of this folder, if there is one with a finished block."""
        return Chain.read(self.folder.chain) if any(self.folder.chain.glob("segment_*")) else None
