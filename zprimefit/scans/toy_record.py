"""Pseudo-experiments at one hypothesis: the frozen record that is read, drawn and stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd
from scipy.stats import beta, binom, chi2

from zprimefit.fitting.encoding import (
    number,
    numbers,
    read_document,
    read_fields,
    read_number,
    read_numbers,
    reading,
    write_document,
)
from zprimefit.fitting.objective import Array
from zprimefit.fitting.probabilities import significance
from zprimefit.names import check_name

if TYPE_CHECKING:
    from zprimefit.plots.figure import Drawing

SCHEMA: Final = 1
ONE_SIGMA: Final = 0.6827
SIDES: Final = {"two": "two-sided", "upper": "upper limit"}
TIE: Final = 1e-4
"""Of the statistic: what two minimisations of one problem may differ by. A toy that close counts as not below."""


def binomial_interval(k: int, n: int, cl: float = ONE_SIGMA) -> tuple[float, float]:
    """Clopper-Pearson interval of a probability, k out of n; (0, 1) for none."""
    if n == 0:
        return 0.0, 1.0
    low = float(beta.ppf((1 - cl) / 2, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf((1 + cl) / 2, k + 1, n - k)) if k < n else 1.0
    return low, high


@dataclass(frozen=True, eq=False)
class Toys:
    """Distribution of a profile likelihood ratio where a hypothesis is true.

    The statistic is t = -2 ln L at its least with some parameters held, minus the same with all of them free.

    Parameters
    ----------
    analysis : name.
    hypothesis : parameters that are held -> values, in GeV or dimensionless.
    side : ``"two"``; or ``"upper"``, where t = 0 if the parameter's best value is above the one that is held.
    truth : values of the free parameters that the experiments are drawn at.
    true : what they are: ``"hypothesis"`` or ``"no new physics"``.
    nuisances : prescription, see :mod:`zprimefit.likelihoods.observation`.
    seed : of experiment k, from 1, is (seed, k).
    observed : t of the published data.
    values : t of the experiments (n,), in their order; NaN where a fit failed.
    kept : components whose data are the published ones in every experiment.
    messages : what a reader must know, one sentence each.
    """

    analysis: str
    hypothesis: Mapping[str, float]
    side: str
    truth: Mapping[str, float]
    true: str
    nuisances: str
    seed: int
    observed: float
    values: Array
    kept: tuple[str, ...]
    messages: tuple[str, ...]

    @property
    def good(self) -> Array:
        """Values of t of the experiments whose fits converged."""
        return np.asarray(self.values[np.isfinite(self.values)])

    @property
    def n(self) -> int:
        """Number of those."""
        return int(self.good.size)

    @property
    def n_failed(self) -> int:
        """Experiments without a value."""
        return len(self.values) - self.n

    @property
    def n_above(self) -> int:
        """Experiments whose t is no smaller than that of the data, within :data:`TIE`."""
        return int((self.good >= self.observed - TIE).sum())

    @property
    def p_value(self) -> float:
        """Share of experiments that like the hypothesis no better than the data do; NaN without any."""
        return self.n_above / self.n if self.n else float("nan")

    def p_interval(self, cl: float = ONE_SIGMA) -> tuple[float, float]:
        """Interval of the p-value at this CL (Clopper-Pearson)."""
        return binomial_interval(self.n_above, self.n, cl)

    @property
    def wilks(self) -> float:
        """The p-value if t were a chi^2 with as many degrees of freedom as parameters are held; half of it one-sided.

        For ``side="upper"`` t is 0 in half of all experiments.
        """
        tail = float(chi2.sf(self.observed, len(self.hypothesis)))
        return tail if self.side == "two" else (tail / 2 if self.observed > 0 else 1.0)

    def critical(self, cl: float) -> tuple[float, float, float]:
        """Value of t that a share `cl` of the experiments stays below, with its interval at 68.27 % CL.

        Order statistics, by the binomial distribution of how many experiments lie below; ends are infinite where
        there are too few. NaN, between 0 and infinity, where no experiment has a value.

        Raises
        ------
        ValueError
            For a CL outside (0, 1).
        """
        if not 0 < cl < 1:
            msg = f"critical value of the toys: the CL must lie between 0 and 1, got {cl!r}"
            raise ValueError(msg)
        if not self.n:
            return float("nan"), 0.0, float("inf")
        ordered = np.concatenate([[0.0], np.sort(self.good), [np.inf]])
        low, high = (int(binom.ppf(p, self.n, cl)) for p in ((1 - ONE_SIGMA) / 2, (1 + ONE_SIGMA) / 2))
        middle = float(np.quantile(self.good, cl, method="median_unbiased"))
        return middle, float(ordered[low]), float(ordered[min(high + 1, self.n + 1)])

    def to_frame(self) -> pd.DataFrame:
        """One row an experiment: its number from 1, t, and whether it has one."""
        return pd.DataFrame(
            {"toy": np.arange(1, len(self.values) + 1), "t": self.values, "ok": np.isfinite(self.values)}
        )

    def __str__(self) -> str:
        """What was tested, and the p-values by toys and by Wilks."""
        held = ", ".join(f"{name} = {value:.6g}" for name, value in self.hypothesis.items())
        low, high = self.p_interval()
        by_toys = f"p = {self.p_value:.4g} ({low:.4g} to {high:.4g}, 68.27 % CL) by toys"
        by_wilks = f"{self.wilks:.4g} ({significance(self.wilks):.2f} sigma, two-sided) by Wilks"
        text = [
            f"{self.analysis}: {held}; toys where {self.true} is true, {SIDES[self.side]}, nuisances {self.nuisances}",
            f"t = {self.observed:.4g} in the data; {self.n_above} of {self.n} toys not below, {self.n_failed} failed",
            f"{by_toys}; {by_wilks}, {len(self.hypothesis)} dof",
        ]
        kept = [f"kept as published: {', '.join(self.kept)}"] if self.kept else []
        return "\n".join([*text, *kept, *self.messages])

    def plot(self, *, title: str | None = None) -> "Drawing":
        """Draw the distribution of t beside Wilks' chi^2 and the data; ``.figure``, ``.save(path)``."""
        from zprimefit.plots.toys import statistic_distribution  # noqa: PLC0415  (slow to import)

        held = ", ".join(f"{name} = {value:.4g}" for name, value in self.hypothesis.items())
        return statistic_distribution(
            self.to_frame(),
            observed=self.observed,
            p_value=self.p_value,
            dof=len(self.hypothesis),
            one_sided=self.side != "two",
            title=title if title is not None else f"{self.analysis}: {held}; {self.n} toys, {self.true} true",
        )

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        content = {**vars(self), "hypothesis": dict(self.hypothesis), "truth": dict(self.truth)}
        arrays = {"observed": number(self.observed), "values": numbers(self.values)}
        return write_document("toys", SCHEMA, {**content, **arrays})

    @classmethod
    @reading("toys")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d: dict[str, Any] = read_document(text, "toys", SCHEMA)
        fields = ("analysis", "hypothesis", "side", "truth", "true", "nuisances", "seed", "kept", "messages")
        plain = read_fields(cls, d, fields)
        check_name("side", plain["side"], tuple(SIDES))
        return cls(
            **plain,
            observed=read_number(d["observed"]),
            values=read_numbers(d["values"], (len(d["values"]),)),
        )


@dataclass(frozen=True)
class Cls:
    """CL_s = p(hypothesis) / p(no new physics) of one hypothesis, each p-value by toys.

    Parameters
    ----------
    tested : experiments where the hypothesis is true.
    null : experiments without new physics, of the same hypothesis.
    """

    tested: Toys
    null: Toys

    @property
    def value(self) -> float:
        """CL_s, at whose complement the hypothesis is excluded; NaN where no experiment without new physics counts."""
        below = self.null.p_value
        return self.tested.p_value / below if below > 0 else float("nan")

    @property
    def error(self) -> float:
        """Standard error, from those of both p-values."""
        relative = 0.0
        for toys in (self.tested, self.null):
            low, high = toys.p_interval()
            relative += ((high - low) / 2 / toys.p_value) ** 2 if toys.p_value > 0 else np.inf
        return float(self.value * np.sqrt(relative))

    def __str__(self) -> str:
        """CL_s with its parts."""
        return (
            f"CL_s = {self.value:.3g} +- {self.error:.1g} = {self.tested.p_value:.3g} (hypothesis) / "
            f"{self.null.p_value:.3g} (no new physics): excluded at {100 * (1 - self.value):.1f} % CL"
        )


def cls_of(tested: Toys, null: Toys) -> Cls:
    """CL_s of a hypothesis.

    Raises
    ------
    ValueError
        If the two are not of one hypothesis and statistic, or not of the two truths.
    """
    same = ("analysis", "hypothesis", "side")
    differ = [key for key in same if getattr(tested, key) != getattr(null, key)]
    if differ or tested.true != "hypothesis" or null.true == "hypothesis":
        msg = (
            "CL_s: expected toys of one hypothesis where it is true, and where no new physics is; these are "
            f"{tested.true!r} and {null.true!r}" + (f", and differ in {', '.join(differ)}" if differ else "")
        )
        raise ValueError(msg)
    return Cls(tested, null)
