"""Bayes factors: of two models, and of a model over no new physics.

Two models rarely meet all the same terms: a limit on charged scalars says nothing to a model without them. Such a term
is as it is without new physics for the model that lacks it, so with Z_0 the likelihood without new physics of the same
terms,

    ln B_12 = ln(Z_1 / Z_0,1) - ln(Z_2 / Z_0,2).

Terms of both must be the same data. Measurements are where they say the same without new physics, which is checked;
limits say nothing then, and are taken for the same by their name.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zprimefit.fitting.evidence_record import Evidence, log_z_without_new_physics

SAME: Final = 1e-6
"""Difference in -2 ln L, relative where that is above 1, of the same data."""
GRADES: Final = ("barely worth mentioning", "substantial", "strong", "very strong", "decisive")
"""What evidence is called for |log10 B| from 0, 1/2, 1, 3/2 and 2 on: H. Jeffreys, Theory of Probability (1961)."""
NO_NEW_PHYSICS: Final = "no new physics"


@dataclass(frozen=True)
class BayesFactor:
    """Of one model over another.

    Parameters
    ----------
    first, second : what is compared.
    log, error : ln B, positive where the first is favoured, and its standard error.
    only_first, only_second : terms that the other model lacks, where it is taken to predict no new physics.
    """

    first: str
    second: str
    log: float
    error: float
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()

    @property
    def grade(self) -> str:
        """In the words of Jeffreys (1961)."""
        return GRADES[min(int(2 * abs(self.log) / math.log(10)), len(GRADES) - 1)]

    @property
    def verdict(self) -> str:
        """Grade, and for whom."""
        return f"{self.grade} for {self.first if self.log > 0 else self.second}"

    def __str__(self) -> str:
        """Number, words, and what it takes for granted."""
        which = f"{self.first} over {self.second}"
        lines = [f"ln of the Bayes factor of {which}: {self.log:.2f} +- {self.error:.2f}, {self.verdict}"]
        for lacking, names in ((self.second, self.only_first), (self.first, self.only_second)):
            if names:
                lines.append(f"  as without new physics for {lacking}: {', '.join(names)}")
        return "\n".join(lines)


def over_no_new_physics(found: Evidence) -> BayesFactor:
    """Bayes factor of a model over the Standard Model.

    Raises
    ------
    ValueError
        If the model does not say which couplings are zero then, a term is not finite there, or the evidence was stored
        before that was kept.
    """
    return BayesFactor(
        found.analysis, NO_NEW_PHYSICS, found.log_z - log_z_without_new_physics(found.analysis, found.null), found.error
    )


def bayes_factor(first: Evidence, second: Evidence) -> BayesFactor:
    """Bayes factor of one model over another; see the module for terms that one of them lacks.

    Raises
    ------
    ValueError
        As :func:`check_comparable` and :func:`over_no_new_physics` do.
    """
    one, other = over_no_new_physics(first), over_no_new_physics(second)
    check_comparable(first.analysis, first.null, second)
    return BayesFactor(
        first.analysis,
        second.analysis,
        one.log - other.log,
        math.hypot(first.error, second.error),
        tuple(name for name in first.null if name not in second.null),
        tuple(name for name in second.null if name not in first.null),
    )


def check_comparable(analysis: str, null: Mapping[str, float], other: Evidence) -> None:
    """Refuse a Bayes factor before the work.

    Parameters
    ----------
    analysis, null : name, and -2 ln L of its components without new physics.
    other : what it is to be compared with.

    Raises
    ------
    ValueError
        If they have no term in common, a measurement of both is other data in one than in the other, or one of them is
        not finite without new physics.
    """
    log_z_without_new_physics(analysis, null), log_z_without_new_physics(other.analysis, other.null)
    pair = f"Bayes factor of {analysis!r} and {other.analysis!r}"
    shared = [name for name in null if name in other.null]
    if not shared:
        msg = f"{pair}: they have no term in common"
        raise ValueError(msg)
    for name in shared:
        here, there = null[name], other.null[name]
        if not math.isclose(here, there, rel_tol=SAME, abs_tol=SAME):
            msg = (
                f"{pair}: {name!r} has -2 ln L = {here:.6g} without new physics in one, {there:.6g} in the other; give "
                "both analyses the same data"
            )
            raise ValueError(msg)
