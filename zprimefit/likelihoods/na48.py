"""NA48/2 and NA62: pi0 -> gamma X, for vectors; a CP-even scalar cannot be made so."""

from dataclasses import dataclass

from zprimefit.likelihoods.recast import PseudoscalarDecay
from zprimefit.likelihoods.searches import ResonanceLimits, Search


@dataclass(frozen=True)
class _PionDecay(ResonanceLimits):
    @property
    def sees_scalars(self) -> bool:
        """No."""
        return False


@dataclass(frozen=True)
class Na48(_PionDecay):
    """NA48/2, pi0 -> gamma X, X -> e+e- (arXiv:1504.00607), 9-119 MeV; no limit beyond."""

    @property
    def name(self) -> str:
        """``na48``."""
        return "na48"

    @property
    def samples(self) -> tuple[str, ...]:
        """Tagged neutral pions."""
        return ("NA48/2 pi0 to photon and electron pair",)

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        return (Search("na48", PseudoscalarDecay("pi0"), ("ee",)),)


@dataclass(frozen=True)
class Na62Invisible(_PionDecay):
    """NA62, pi0 -> gamma X, X invisible (arXiv:1903.08767), 35-120 MeV; no limit beyond."""

    @property
    def name(self) -> str:
        """``na62-invisible``."""
        return "na62-invisible"

    @property
    def samples(self) -> tuple[str, ...]:
        """Tagged neutral pions."""
        return ("NA62 pi0 to photon and missing energy",)

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        return (Search("na62_pi0", PseudoscalarDecay("pi0"), ("invisible",)),)
