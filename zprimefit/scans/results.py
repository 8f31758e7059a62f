"""What a run folder holds, read back."""

from dataclasses import dataclass

from zprimefit.analyses import Analysis
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.goodness import Goodness, goodness_of_fit
from zprimefit.fitting.result import Fit
from zprimefit.scans.calibration import Calibration
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.run_folder import RunFolder, RunFolderError
from zprimefit.scans.toy_record import Toys


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

    def read_profiles(self) -> dict[str, Curve]:
        """Profiles of this folder, by parameter or derived quantity."""
        paths = sorted(self.folder.profiles.glob("*.json"))
        return {path.stem: Curve.from_json(path.read_text(encoding="utf-8")) for path in paths}

    def read_scans(self) -> dict[str, Contour]:
        """Scans of this folder, by ``X-Y``."""
        paths = sorted(self.folder.scans.glob("*.json"))
        return {path.stem: Contour.from_json(path.read_text(encoding="utf-8")) for path in paths}

    def read_toys(self) -> dict[str, Toys]:
        """Pseudo-experiments of this folder, by hypothesis."""
        paths = (p for p in sorted(self.folder.toys.glob("*.json")) if not p.stem.endswith("-thresholds"))
        return {path.stem: Toys.from_json(path.read_text(encoding="utf-8")) for path in paths}

    def read_calibrations(self) -> dict[str, Calibration]:
        """Thresholds by toys of this folder, by profile or scan."""
        paths = sorted(self.folder.toys.glob("*-thresholds.json"))
        found = {p.stem.removesuffix("-thresholds"): p.read_text(encoding="utf-8") for p in paths}
        return {name: Calibration.from_json(text) for name, text in found.items()}

    def read_chain(self) -> Chain | None:
        """Return the chain of this folder, if there is one."""
        return Chain.read(self.folder.chain) if self.folder.chain.is_dir() else None
