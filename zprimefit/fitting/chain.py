"""A chain: samples of the posterior in the user's units, with what is needed to judge them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.chain_store import ChainStore, ChainStoreError, Header
from zprimefit.fitting.derived import Derives, chosen, derived_values
from zprimefit.fitting.diagnostics import Diagnostics, Verdict, diagnose
from zprimefit.fitting.exports import to_arviz, to_getdist
from zprimefit.fitting.posterior import BadPoint, Tally
from zprimefit.fitting.segments import joined
from zprimefit.fitting.transitions import Transitions
from zprimefit.names import unknown_name
from zprimefit.units import format_quantity

if TYPE_CHECKING:
    import pandas as pd

    from zprimefit.plots.figure import Drawing

Floats = NDArray[np.float64]

QUANTILES = {
    "median": 0.5,
    "low68": 0.5 - 0.6827 / 2,
    "high68": 0.5 + 0.6827 / 2,
    "low95": 0.5 - 0.9545 / 2,
    "high95": 0.5 + 0.9545 / 2,
}
"""Columns of the summary: median and central intervals of 68.27 % and 95.45 %."""

MAX_DERIVED = 4000
"""Samples at which derived quantities are computed unless somebody asks for more."""


class Best(NamedTuple):
    """The likeliest sample: values (n_free,) in user's units and -2 ln L there."""

    values: Floats
    minus2lnl: float


@dataclass(frozen=True, eq=False)
class Chain:
    """Samples of all ensembles, burn-in included.

    Parameters
    ----------
    names, units, latex : of the free parameters.
    samples : (ensembles, steps, walkers, n_free), in GeV or dimensionless.
    log_likelihood : (ensembles, steps, walkers), ln L.
    log_prior : (ensembles, steps, walkers), ln of the prior density per user's unit.
    seed : of the run.
    tally : evaluations of the likelihood inside the prior's support, and those that were no number.
    messages : what happened on the way, e.g. damaged segments.
    scales : of the free parameters, for the axes of figures.
    benchmarks : points that figures can mark: label -> values by name.
    transitions : divergences and step size of Hamiltonian Monte Carlo; None for a chain of emcee.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    latex: tuple[str, ...]
    samples: Floats
    log_likelihood: Floats
    log_prior: Floats
    seed: int
    tally: Tally = field(default_factory=Tally)
    messages: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    benchmarks: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    transitions: Transitions | None = None

    def __post_init__(self) -> None:
        for key in ("samples", "log_likelihood", "log_prior"):
            frozen = np.asarray(getattr(self, key), dtype=np.float64).view()
            frozen.flags.writeable = False
            object.__setattr__(self, key, frozen)

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Read a chain from its folder, up to the last block that all ensembles have finished.

        Raises
        ------
        ChainStoreError
            If there is no chain, or no whole block yet.
        """
        store = ChainStore.open(Path(folder))
        header = store.header
        ensembles = [store.read_all(e) for e in range(len(header.starts))]
        steps = min(sum(len(s.chain) for s in segments) for segments in ensembles)
        if not steps:
            damaged = f" ({'; '.join(store.damaged)})" if store.damaged else ""
            msg = f"chain folder {folder}: holds no finished block yet{damaged}; resume the sampling"
            raise ChainStoreError(msg)
        samples, log_likelihood, log_prior = joined(ensembles, steps)
        tally = sum((s.tally for segments in ensembles for s in segments), header.tally)
        return cls.of(header, samples, log_likelihood, log_prior, tally, tuple(store.damaged))

    @classmethod
    def of(
        cls,
        header: Header,
        samples: Floats,
        log_likelihood: Floats,
        log_prior: Floats,
        tally: Tally,
        messages: tuple[str, ...] = (),
    ) -> Self:
        """Return the chain of a run: what its header says, and what was sampled."""
        h = header
        about = (h.seed, tally, messages, h.scales, h.benchmarks, h.transitions)
        return cls(h.parameters, h.units, h.latex, samples, log_likelihood, log_prior, *about)

    # -- what it is worth ---------------------------------------------------------------------------------------

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """Autocorrelation times, effective sizes, R-hat, stuck walkers, divergences and the verdict."""
        against = () if self.transitions is None else self.transitions.reasons
        return diagnose(self.samples, self.log_likelihood, self.names, against)

    @property
    def burn(self) -> int:
        """Steps of burn-in at the beginning."""
        return self.diagnostics.burn

    @property
    def verdict(self) -> Verdict:
        """``"converged"`` or ``"not yet"``; the rule is stated in :mod:`zprimefit.fitting.diagnostics`."""
        return self.diagnostics.verdict

    @property
    def n_bad(self) -> int:
        """How often the likelihood was no number."""
        return self.tally.bad

    @property
    def bad_points(self) -> tuple[BadPoint, ...]:
        """The first of the points where it was no number."""
        return self.tally.points

    # -- samples ------------------------------------------------------------------------------------------------

    def _step(self, thin: int | None) -> int:
        if thin is not None:
            if thin < 1:
                msg = f"thin: expected a positive number of steps, got {thin!r}"
                raise ValueError(msg)
            return thin
        longest = max((t for t in self.diagnostics.tau if math.isfinite(t)), default=1.0)
        return max(1, int(longest / 2))

    def flat(self, thin: int | None = None) -> Floats:
        """Return the samples after burn-in in one table (n, n_free), in user's units.

        Parameters
        ----------
        thin : keep every thin-th step; None for half of the longest autocorrelation time.
        """
        return self.samples[:, self.burn :: self._step(thin)].reshape(-1, len(self.names))

    def to_frame(self, thin: int | None = None) -> "pd.DataFrame":
        """Return the samples after burn-in as a table.

        Columns: ensemble, step, walker, the parameters in user's units, log_likelihood, log_prior.
        """
        import pandas as pd  # noqa: PLC0415  (slow to import)

        kept = slice(self.burn, None, self._step(thin))
        ensembles, steps, walkers = self.log_likelihood.shape
        index = np.meshgrid(np.arange(ensembles), np.arange(steps)[kept], np.arange(walkers), indexing="ij")
        columns: dict[str, NDArray[Any]] = dict(
            zip(("ensemble", "step", "walker"), (i.ravel() for i in index), strict=True)
        )
        columns |= {name: self.samples[:, kept, :, i].ravel() for i, name in enumerate(self.names)}
        columns["log_likelihood"] = self.log_likelihood[:, kept].ravel()
        columns["log_prior"] = self.log_prior[:, kept].ravel()
        return pd.DataFrame(columns)

    def summary(self) -> "pd.DataFrame":
        """One row per parameter: unit, median, 68.27 % and 95.45 % central intervals, tau, n_over_tau, ess, r_hat."""
        import pandas as pd  # noqa: PLC0415

        d = self.diagnostics
        kept = self.samples[:, self.burn :].reshape(-1, len(self.names))
        quantiles = np.quantile(kept, list(QUANTILES.values()), axis=0)
        columns = {"unit": self.units} | dict(zip(QUANTILES, quantiles, strict=True))
        columns |= {"tau": d.tau, "n_over_tau": d.n_over_tau, "ess": d.ess, "r_hat": d.r_hat}
        return pd.DataFrame(columns, index=pd.Index(self.names, name="parameter"))

    def derived(self, analysis: Derives, names: Sequence[str] | None = None, thin: int | None = None) -> "pd.DataFrame":
        """Derived quantities at the samples after burn-in: one column each, rows as of :meth:`flat`.

        Parameters
        ----------
        analysis : the analysis that was sampled.
        names : which of its quantities; all by default.
        thin : keep every thin-th step; None for half of the longest autocorrelation time, or for more where that would
            leave more than 4000 samples: some quantities take milliseconds each.

        Raises
        ------
        KeyError
            For an unknown quantity, with the nearest.
        ValueError
            If the analysis varies other parameters.
        """
        import pandas as pd  # noqa: PLC0415

        quantities = chosen(analysis, names, self.names)
        if thin is None:
            ensembles, steps, walkers = self.log_likelihood.shape
            kept = max(1, MAX_DERIVED // (ensembles * walkers))
            thin = max(self._step(None), math.ceil((steps - self.burn) / kept))
        return pd.DataFrame(derived_values(analysis, quantities, self.flat(thin)), columns=list(quantities))

    def derived_summary(
        self, analysis: Derives, names: Sequence[str] | None = None, thin: int | None = None
    ) -> "pd.DataFrame":
        """One row per derived quantity: unit, median, 68.27 % and 95.45 % central intervals, samples, samples without.

        The quantiles are those of the samples where the quantity is finite; `not_finite` counts the others.
        Parameters and errors as of :meth:`derived`.
        """
        import pandas as pd  # noqa: PLC0415

        table = self.derived(analysis, names, thin)
        finite = table.where(np.isfinite(table))
        rows = finite.quantile(list(QUANTILES.values())).T
        rows.columns = pd.Index(QUANTILES)
        rows.insert(0, "unit", [q.unit for q in chosen(analysis, names, self.names).values()])
        rows["samples"], rows["not_finite"] = len(table), finite.isna().sum()
        return rows.rename_axis("quantity")

    def best(self) -> Best:
        """Return the likeliest of all samples, burn-in included."""
        index = np.unravel_index(int(np.argmax(self.log_likelihood)), self.log_likelihood.shape)
        return Best(self.samples[index], float(-2.0 * self.log_likelihood[index]))

    def corner(
        self,
        mark: str | Mapping[str, Mapping[str, float]] | None = None,
        thin: int | None = None,
        credibility: Sequence[float] = (0.6827, 0.9545),
        title: str = "",
    ) -> "Drawing":
        """Draw marginal distributions of all parameters and pairs; ``.figure`` and ``.save(path)`` of what is returned.

        Parameters
        ----------
        mark : name of a benchmark, e.g. ``"table1"``, or points of your own, label -> values by name.
        thin : as for :meth:`flat`.
        credibility : probabilities of the regions of pairs, e.g. (0.3935, 0.8647) for one and two standard deviations
            of a Gaussian in two dimensions.
        title : of the figure, before what is said of the chain.

        Raises
        ------
        KeyError
            For a benchmark that there is not.
        ValueError
            For a probability outside (0, 1).
        """
        from zprimefit.plots.corner import corner_plot  # noqa: PLC0415  (slow to import)

        if isinstance(mark, str) and mark not in self.benchmarks:
            raise KeyError(unknown_name("benchmark", mark, list(self.benchmarks)))
        for level in credibility:
            if not 0 < level < 1:
                msg = f"corner plot: a probability lies between 0 and 1, got {level!r}"
                raise ValueError(msg)
        said = f"posterior; convergence of the chain: {self.verdict}"
        return corner_plot(
            self.flat(thin),
            names=self.names,
            latex=self.latex,
            units=self.units,
            log=[scale == "log" for scale in self.scales] or [False] * len(self.names),
            marks={mark: self.benchmarks[mark]} if isinstance(mark, str) else mark,
            title=f"{title}: {said}" if title else said,
            credibility=credibility,
        )

    def to_arviz(self) -> Any:
        """What ArviZ works with, see :func:`zprimefit.fitting.exports.to_arviz`; needs ``zprimefit[export]``."""
        return to_arviz(self)

    def to_getdist(self, analysis: Any = None) -> Any:
        """GetDist's samples, see :func:`zprimefit.fitting.exports.to_getdist`; needs ``zprimefit[export]``."""
        return to_getdist(self, analysis)

    def __str__(self) -> str:
        d = self.diagnostics
        ensembles, steps, walkers = self.log_likelihood.shape
        accepted = ", ".join(f"{a:.2f}" for a in d.acceptance)
        reasons = f": {'; '.join(d.reasons)}" if d.reasons else ""
        head = [
            f"chain of {ensembles} ensembles x {walkers} walkers x {steps} steps, burn-in {d.burn}, seed {self.seed}",
            f"{d.verdict}{reasons}",
            f"accepted {accepted}; -2 ln L no number at {self.n_bad} of {self.tally.evaluations} points",
            *([] if self.transitions is None else [str(self.transitions)]),
        ]
        lines = (f"{'parameter':<16}{'median':>12}  {'68.27 % CL':<26}{'95.45 % CL':<26}{'N/tau':>7}{'R-hat':>8}",)
        return "\n".join([*head, *lines, *self._rows(), *self.messages])

    def _rows(self) -> list[str]:
        rows = []
        for name, row in self.summary().iterrows():
            unit = str(row["unit"])
            median, low68, high68, low95, high95 = (format_quantity(float(row[q]), unit) for q in QUANTILES)
            intervals = f"{f'[{low68}, {high68}]':<26}{f'[{low95}, {high95}]':<26}"
            rows.append(f"{name!s:<16}{median:>12}  {intervals}{row['n_over_tau']:>7.1f}{row['r_hat']:>8.3f}")
        return rows
