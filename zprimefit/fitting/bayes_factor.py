"""Bayes factors: of two models, and of a model over no new physics.

Two models rarely meet all the same terms: a limit on charged scalars says nothing to a model without them. Such a term
is as it is without new physics for the model that lacks it, so with Z_0 the likelihood without new physics of the same
terms,

    ln B_12 = ln(Z_1 / Z_0,1) - ln(Z_2 / Z_0,2).

Terms of both must be the same data: they are where they say the same without new physics, which is checked.
"""

import math
from dataclasses import dataclass
from typing import Final

from zprimefit.fitting.evidence_record import Evidence

SAME: Final = 1e-6
"""Difference in -2 ln L, relative where that is above 1, of the same data."""
GRADES: Final = ("barely worth mentioning", "substantial", "strong", "very strong", "decisive")
"""What evidence is called for |log10 B| from 0, 1/2, 1, 3/2 and 2 on: H. Jeffreys, Theory of Probability (1961)."""
NOTHING: Final = "no new physics"


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

    def __str__(self) -> str:
        """Number, words, and what it takes for granted."""
        favoured = self.first if self.log > 0 else self.second
        which = f"{self.first} over {self.second}"
        lines = [f"ln of the Bayes factor of {which}: {self.log:.2f} +- {self.error:.2f}, {self.grade} for {favoured}"]
        for lacking, names in ((self.second, self.only_first), (self.first, self.only_second)):
            if names:
                lines.append(f"  as without new physics for {lacking}: {', '.join(names)}")
        return "\n".join(lines)


def over_no_new_physics(found: Evidence) -> BayesFactor:
    """Bayes factor of a model over itself with its couplings at zero.

    Raises
    ------
    ValueError
        If the model does not say which couplings these are, or the evidence was stored before that was kept.
    """
    return BayesFactor(found.analysis, NOTHING, found.log_z - _null(found), found.error)


def bayes_factor(first: Evidence, second: Evidence) -> BayesFactor:
    """Bayes factor of one model over another; see the module for terms that one of them lacks.

    Raises
    ------
    ValueError
        If a term of both is other data in one than in the other, or a model does not say what no new physics is.
    """
    over_nothing = [each.log_z - _null(each) for each in (first, second)]
    shared = [name for name in first.null if name in second.null]
    if not shared:
        msg = f"Bayes factor of {first.analysis!r} and {second.analysis!r}: they have no term in common"
        raise ValueError(msg)
    for name in shared:
        one, other = first.null[name], second.null[name]
        if not math.isclose(one, other, rel_tol=SAME, abs_tol=SAME):
            msg = (
                f"Bayes factor of {first.analysis!r} and {second.analysis!r}: {name!r} has -2 ln L = {one:.6g} without "
                f"new physics in one, {other:.6g} in the other; give both analyses the same data"
            )
            raise ValueError(msg)
    return BayesFactor(
        first.analysis,
        second.analysis,
        over_nothing[0] - over_nothing[1],
        math.hypot(first.error, second.error),
        tuple(name for name in first.null if name not in second.null),
        tuple(name for name in second.null if name not in first.null),
    )


def _null(found: Evidence) -> float:
    """Ln Z without new physics."""
    if not found.says_null:
        why = "its model does not say which couplings are zero then" if found.null else "it is old, compute it again"
        msg = f"evidence of {found.analysis!r}: does not say what it is without new physics: {why}"
        raise ValueError(msg)
    return -0.5 * sum(found.null.values())
