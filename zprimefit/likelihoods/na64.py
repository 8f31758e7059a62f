"""NA64: 100 GeV electrons that lose their energy to an invisible particle."""

from dataclasses import dataclass
from typing import Literal

from zprimefit.likelihoods.recast import Bremsstrahlung
from zprimefit.likelihoods.searches import ResonanceLimits, Search, selection
from zprimefit.names import check_name

Na64Year = Literal["2016", "2017", "2019"]
YEARS: tuple[Na64Year, ...] = ("2016", "2017", "2019")


@dataclass(frozen=True)
class Na64Invisible(ResonanceLimits):
    """e Z -> e Z X, X invisible, no event observed: 1 MeV to 0.4, 0.5, 1 GeV; no limit beyond.

    Parameters
    ----------
    year : of publication: ``"2016"`` (arXiv:1610.02988), ``"2017"`` (arXiv:1710.00971), ``"2019"`` (arXiv:1906.00176).
        Each holds the data of the ones before, so they share one sample.
    """

    year: Na64Year = "2019"

    def __post_init__(self) -> None:
        check_name("na64-invisible: year", self.year, YEARS)
        super().__post_init__()

    @property
    def name(self) -> str:
        """``na64-invisible``."""
        return "na64-invisible"

    @property
    def samples(self) -> tuple[str, ...]:
        """One for all years."""
        return ("NA64 missing energy",)

    @property
    def selections(self) -> tuple[str, ...]:
        """Cut on the missing energy."""
        return ("na64_missing",)

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        made = Bremsstrahlung(*map(selection, self.selections))
        return (Search(f"na64_{self.year}", made, ("invisible",), statistic="no-background"),)
