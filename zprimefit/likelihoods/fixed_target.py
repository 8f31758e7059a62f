"""Electrons on fixed targets, e Z -> e Z X with X -> e+e- at once: A1 at MAMI, APEX, HPS.

The pair carries almost the whole energy of the beam, so scalars are taken at x = 1: half the rate of a vector at the
same coupling. At x = 0.9 that would be a third, 20 % in the coupling.
"""

from dataclasses import dataclass
from typing import Literal

from zprimefit.likelihoods.recast import Bremsstrahlung
from zprimefit.likelihoods.searches import ResonanceLimits, Search
from zprimefit.names import check_name

A1Data = Literal["both", "2011", "2014"]
A1_TABLES: dict[A1Data, tuple[str, ...]] = {
    "both": ("a1_2011", "a1_2014"),
    "2011": ("a1_2011",),
    "2014": ("a1_2014",),
}


def _searches(*tables: str) -> tuple[Search, ...]:
    return tuple(Search(table, Bremsstrahlung(1.0), ("ee",)) for table in tables)


@dataclass(frozen=True)
class A1(ResonanceLimits):
    """A1 at MAMI: 201-317 MeV in 2011 (arXiv:1101.4091), 37-307 MeV in 2014 (arXiv:1404.5502); none beyond.

    Parameters
    ----------
    data : ``"both"`` data sets, which were taken separately and add up, ``"2011"`` or ``"2014"``. That the limit of
        2014 is at 95 % CL is not confirmed.
    """

    data: A1Data = "both"

    def __post_init__(self) -> None:
        check_name("a1: data", self.data, tuple(A1_TABLES))
        super().__post_init__()

    @property
    def name(self) -> str:
        """``a1``."""
        return "a1"

    @property
    def samples(self) -> tuple[str, ...]:
        """By year."""
        return tuple(f"A1 {table.removeprefix('a1_')}" for table in A1_TABLES[self.data])

    @property
    def searches(self) -> tuple[Search, ...]:
        """One for each year."""
        return _searches(*A1_TABLES[self.data])


@dataclass(frozen=True)
class Apex(ResonanceLimits):
    """APEX test run (arXiv:1108.2750), 177-250 MeV; no limit beyond."""

    @property
    def name(self) -> str:
        """``apex``."""
        return "apex"

    @property
    def samples(self) -> tuple[str, ...]:
        """The test run."""
        return ("APEX test run",)

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        return _searches("apex")


@dataclass(frozen=True)
class Hps2015(ResonanceLimits):
    """HPS, engineering run of 2015, prompt pairs (arXiv:1807.11530), 19-81 MeV; no limit beyond."""

    @property
    def name(self) -> str:
        """``hps-2015``."""
        return "hps-2015"

    @property
    def samples(self) -> tuple[str, ...]:
        """The run of 2015."""
        return ("HPS 2015",)

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        return _searches("hps_2015")
