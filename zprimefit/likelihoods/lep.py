"""LEP: single photons at DELPHI."""

from dataclasses import dataclass

from zprimefit.likelihoods.recast import Annihilation
from zprimefit.likelihoods.searches import ResonanceLimits, Search, selection


@dataclass(frozen=True)
class DelphiInvisible(ResonanceLimits):
    """e+e- -> gamma X, X invisible, a recast of DELPHI's single photons (arXiv:1103.0240), 10-90 GeV.

    No limit beyond, so inactive for light particles: below 10 GeV no numbers are at hand.
    """

    @property
    def name(self) -> str:
        """``delphi-invisible``."""
        return "delphi-invisible"

    @property
    def samples(self) -> tuple[str, ...]:
        """Single photons."""
        return ("DELPHI single photons",)

    @property
    def selections(self) -> tuple[str, ...]:
        """Energy and acceptance."""
        return "delphi_energy", "delphi_cos"

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        made = Annihilation(*map(selection, self.selections))
        return (Search("delphi", made, ("invisible",)),)
