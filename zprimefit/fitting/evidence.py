"""The evidence Z = Int L(theta) pi(theta) dtheta by nested sampling (dynesty; Skilling 2006, arXiv:1904.02180).

L = exp(-chi^2/2) with the constant of the saturated model, as everywhere in the package: ln Z of two models can be
compared where both see the same data. Their ratio is the Bayes factor. It depends on the priors, ends included: where
the data fix a parameter, a prior twice as wide costs ln 2. The *compression* of every parameter, ln of the prior's
width over the posterior's, says how much of ln Z is such a price; a parameter that the data say nothing of has none.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from numpy.typing import NDArray

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
from zprimefit.fitting.ensemble_run import MAX_BAD_FRACTION, BadLikelihoodError, bad_likelihood
from zprimefit.fitting.extras import imported
from zprimefit.fitting.goodness import without_new_physics
from zprimefit.fitting.posterior import MAX_BAD_POINTS_KEPT, BadPoint, Tally, check_counts, components_at_fault, is_bad
from zprimefit.names import unknown_name

if TYPE_CHECKING:
    import pandas as pd

    from zprimefit.plots.figure import Drawing

Array = NDArray[np.float64]

SCHEMA: Final = 1
NOTHING: Final = -1e300
"""ln L where it is no number or -inf: dynesty wants a number."""
WALKED: Final = 5
"""From this many parameters on new points are walked to. Draws from the ellipsoids around the live points come to the
right numbers too, but of 1000 for nine parameters of a global fit 3 were above the lowest live point."""
STUCK: Final = 0.02
"""Share of the posterior in repeated samples from which on it is said."""
CENTRAL: Final = 0.6827
"""Probability of the intervals that widths are compared by."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands; its text is one line.

    Parameters
    ----------
    iterations, calls : so far; calls of the likelihood.
    log_z : ln Z so far.
    left : estimate of what is still to come, in ln Z.
    """

    iterations: int
    calls: int
    log_z: float
    left: float

    def __str__(self) -> str:
        return f"iteration {self.iterations}, {self.calls} calls: ln Z = {self.log_z:.2f}, {self.left:.2g} to come"


@dataclass(frozen=True, eq=False)
class Evidence:
    """Outcome of nested sampling.

    Parameters
    ----------
    analysis : what was integrated.
    parameters : names of the free ones; none for :func:`evidence_without_new_physics`.
    n_data : data points of the likelihood.
    log_z, error : ln Z and its standard error.
    information : of the posterior about the prior, in nats.
    samples : (n, n_free) in the user's units.
    log_weights : (n,), ln of their shares of the posterior.
    log_likelihood : (n,), ln L.
    compression : (n_free,), ln of the prior's width over the posterior's, both measured in the prior's probability.
    n_live, n_calls, n_bad, seed : live points, calls of the likelihood, those where it was no number, seed.
    """

    analysis: str
    parameters: tuple[str, ...]
    n_data: int
    log_z: float
    error: float
    information: float
    samples: Array
    log_weights: Array
    log_likelihood: Array
    compression: Array
    n_live: int
    n_calls: int
    n_bad: int
    seed: int

    @cached_property
    def _distinct(self) -> tuple[Array, NDArray[np.intp]]:
        """Shares of distinct samples, and how often each was met: a walk that cannot move ends where it began."""
        _, which, times = np.unique(self.samples, axis=0, return_inverse=True, return_counts=True)
        shares = np.zeros(len(times))
        np.add.at(shares, which.ravel(), np.exp(self.log_weights))
        return shares, times

    @property
    def ess(self) -> float:
        """Effective number of distinct samples, 1 / Sum of squared shares."""
        shares = self._distinct[0]
        return float(shares.sum() ** 2 / (shares**2).sum()) if shares.size else 0.0

    @property
    def repeated(self) -> float:
        """Share of the posterior in samples that were met more than once."""
        shares, times = self._distinct
        return float(shares[times > 1].sum())

    def against(self, other: "Evidence") -> tuple[float, float]:
        """Ln of the Bayes factor of this over another model, and its standard error.

        Raises
        ------
        ValueError
            If both have different numbers of data points.
        """
        if self.n_data != other.n_data:
            msg = (
                f"Bayes factor of {self.analysis!r} and {other.analysis!r}: {self.n_data} data points against "
                f"{other.n_data}; both models must see the same data"
            )
            raise ValueError(msg)
        return self.log_z - other.log_z, math.hypot(self.error, other.error)

    def to_frame(self) -> "pd.DataFrame":
        """Samples by parameter, with their share of the posterior (``weight``) and ``log_likelihood``."""
        import pandas as pd  # noqa: PLC0415  (slow to import)

        columns = {name: self.samples[:, i] for i, name in enumerate(self.parameters)}
        return pd.DataFrame({**columns, "weight": np.exp(self.log_weights), "log_likelihood": self.log_likelihood})

    def posterior(self, n: int | None = None) -> Array:
        """Samples of the posterior with equal weights (n, n_free), in the user's units.

        Parameters
        ----------
        n : how many; as many as are effective by default. More repeat the heavy ones.

        Raises
        ------
        ValueError
            Without samples, or for n < 1.
        """
        number_of = int(self.ess) if n is None else n
        if number_of < 1:
            msg = f"posterior of {self.analysis}: expected n >= 1, got {number_of} of {len(self.samples)} samples"
            raise ValueError(msg)
        reached = np.cumsum(np.exp(self.log_weights - self.log_weights.max()))
        at = (np.arange(number_of) + 0.5) / number_of * reached[-1]
        return np.asarray(self.samples[np.searchsorted(reached, at)])

    def corner(
        self,
        analysis: Any,
        mark: str | Mapping[str, Mapping[str, float]] | None = None,
        credibility: Sequence[float] = (0.6827, 0.9545),
    ) -> "Drawing":
        """Draw marginal distributions of all parameters and pairs; ``.figure`` and ``.save(path)`` of what is returned.

        Parameters
        ----------
        analysis : what was integrated, for symbols, units and scales.
        mark : name of one of its benchmarks, e.g. ``"table1"``, or points of your own, label -> values by name.
        credibility : probabilities of the regions of pairs.

        Raises
        ------
        KeyError
            For a benchmark that there is not.
        ValueError
            Without samples, or for an analysis with other free parameters.
        """
        from zprimefit.plots.corner import corner_plot  # noqa: PLC0415  (slow to import)

        if tuple(analysis.free_parameters) != self.parameters:
            own, given = list(self.parameters), list(analysis.free_parameters)
            msg = f"corner plot of {self.analysis}: its parameters are {own}, those of {analysis.name!r} are {given}"
            raise ValueError(msg)
        if isinstance(mark, str) and mark not in analysis.benchmarks:
            raise KeyError(unknown_name("benchmark", mark, list(analysis.benchmarks)))
        return corner_plot(
            self.posterior(),
            names=self.parameters,
            latex=[p.latex for p in analysis.free],
            units=[p.unit for p in analysis.free],
            log=[p.scale == "log" for p in analysis.free],
            marks={mark: analysis.benchmarks[mark]} if isinstance(mark, str) else mark,
            title=f"posterior by nested sampling, ln Z = {self.log_z:.2f} +- {self.error:.2f}",
            credibility=credibility,
        )

    def __str__(self) -> str:
        """Numbers, and what they depend on."""
        head = f"{self.analysis}: ln Z = {self.log_z:.3f} +- {self.error:.3f}, {self.n_data} data"
        if not self.parameters:
            return head
        made = f"{self.n_live} live points, {self.n_calls} calls ({self.n_bad} no number), seed {self.seed}"
        lines = [
            head,
            f"information {self.information:.2f} nats, {self.ess:.0f} effective samples, {made}",
            "ln of the prior's width over the posterior's, which ln Z pays for:",
        ]
        lines += [f"  {name:<16}{c:>8.2f}" for name, c in zip(self.parameters, self.compression, strict=True)]
        if self.repeated > STUCK:
            share = f"{100 * self.repeated:.1f} %"
            lines.append(
                f"{share} of the posterior is in samples met more than once: walks got stuck; take more live points"
            )
        return "\n".join([*lines, "a prior twice as wide costs ln 2 = 0.69 for every parameter that the data fix"])

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        content = {key: number(getattr(self, key)) for key in _FLOATS}
        content |= {key: numbers(getattr(self, key)) for key in _ARRAYS}
        return write_document("evidence", SCHEMA, {**content, **{key: getattr(self, key) for key in _PLAIN}})

    @classmethod
    @reading("evidence")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d = read_document(text, "evidence", SCHEMA)
        n, n_free = len(d["log_weights"]), len(d["parameters"])
        shapes = {"samples": (n, n_free), "log_weights": (n,), "log_likelihood": (n,), "compression": (n_free,)}
        arrays: dict[str, Any] = {key: read_numbers(d[key], shape) for key, shape in shapes.items()}
        plain = read_fields(cls, d, _PLAIN)
        return cls(**{**plain, **{key: read_number(d[key]) for key in _FLOATS}, **arrays})


_FLOATS: Final = ("log_z", "error", "information")
_ARRAYS: Final = ("samples", "log_weights", "log_likelihood", "compression")
_PLAIN: Final = ("analysis", "parameters", "n_data", "n_live", "n_calls", "n_bad", "seed")


def evidence_without_new_physics(analysis: Any) -> Evidence:
    """Evidence of the model with its couplings at zero: nothing is free there, so Z is the likelihood.

    Raises
    ------
    ValueError
        If the model does not say which couplings these are.
    """
    found = -0.5 * sum(without_new_physics(analysis).values())
    if math.isnan(found):
        msg = f"evidence of {analysis.name!r} without new physics: its model does not say which couplings are zero then"
        raise ValueError(msg)
    empty = np.zeros(0)
    return Evidence(
        f"{analysis.name} without new physics", (), analysis.n_data, found, 0.0, 0.0, np.zeros((0, 0)), empty, empty,
        empty, 0, 1, 0, 0,
    )  # fmt: skip


def evidence(
    analysis: Any,
    *,
    live: int = 500,
    dlogz: float = 0.1,
    seed: int = 7,
    max_calls: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Evidence:
    """Evidence of an analysis, over the priors of its free parameters. Needs ``pip install "zprimefit[nested]"``.

    A run cannot be resumed: dynesty keeps its state in pickles, which are not read here.

    Parameters
    ----------
    analysis : the analysis; its parameters carry the priors.
    live : live points, of which the error of ln Z goes as the inverse root.
    dlogz : stop when what is left adds less than this to ln Z.
    seed : of the run; the same seed gives the same numbers.
    max_calls : of the likelihood; a run that ends by it raises.
    progress : called now and then, e.g. ``print``.

    Raises
    ------
    ModuleNotFoundError
        Without dynesty.
    ValueError
        For a setting that makes no sense.
    BadLikelihoodError
        If the likelihood is no number at more than 1 % of the points.
    RuntimeError
        If `max_calls` were not enough.
    """
    n = len(analysis.free)
    check_counts(analysis, {"live": live} if max_calls is None else {"live": live, "max_calls": max_calls})
    if live < 2 * n + 1:
        msg = f"evidence: {live} live points are too few for {n} free parameters; use at least {max(25 * n, 100)}"
        raise ValueError(msg)
    if not dlogz > 0:
        msg = f"evidence: dlogz must be positive, got {dlogz!r}"
        raise ValueError(msg)
    dynesty = imported("dynesty", what="evidence", extra="nested")
    density = _Density(analysis)
    sampler = dynesty.NestedSampler(
        density, density.transform, n, nlive=live, rstate=np.random.default_rng(seed), bound="multi",
        sample="rwalk" if n >= WALKED else "unif",
    )  # fmt: skip
    for iteration, state in enumerate(sampler.sample(dlogz=dlogz)):
        if progress is not None and iteration % live == 0:
            progress(Progress(iteration, density.tally.evaluations, float(state.logz), float(state.delta_logz)))
        density.refuse_bad()
        if max_calls is not None and density.tally.evaluations > max_calls:
            left = float(state.delta_logz)
            msg = f"evidence of {analysis.name!r}: {max_calls} calls left {left:.2g} of ln Z to come; raise max_calls"
            raise RuntimeError(msg)
    for _ in sampler.add_live_points():
        density.refuse_bad()
    return _record(analysis, sampler.results, live, density, seed)


def _record(analysis: Any, results: Any, live: int, density: "_Density", seed: int) -> Evidence:
    log_weights = np.asarray(results.logwt) - float(results.logz[-1])
    cube = np.asarray(results.samples_u)
    return Evidence(
        analysis=analysis.name,
        parameters=tuple(analysis.free_parameters),
        n_data=analysis.n_data,
        log_z=float(results.logz[-1]),
        error=float(results.logzerr[-1]),
        information=float(results.information[-1]),
        samples=np.array(results.samples),
        log_weights=log_weights,
        log_likelihood=np.array(results.logl),
        compression=np.array([_compression(column, np.exp(log_weights)) for column in cube.T]),
        n_live=live,
        n_calls=density.tally.evaluations,
        n_bad=density.tally.bad,
        seed=seed,
    )


def _compression(probability: Array, weights: Array) -> float:
    """Ln of the prior's central width over the posterior's, of samples given by their prior's probability."""
    order = np.argsort(probability)
    reached = np.cumsum(weights[order]) / weights.sum()
    low, high = np.interp([0.5 - CENTRAL / 2, 0.5 + CENTRAL / 2], reached, probability[order])
    return float(np.log(CENTRAL / (high - low)))


class _Density:
    """ln L of one point, the map from the unit cube to it, and a count of points where it is no number."""

    def __init__(self, analysis: Any) -> None:
        self._analysis = analysis
        self._priors = [p.effective_prior for p in analysis.free]
        self.tally = Tally()

    def transform(self, cube: Array) -> Array:
        """Values (n_free,) of a point of the unit cube."""
        return np.array([float(p.quantile(np.asarray(u))) for p, u in zip(self._priors, cube, strict=True)])

    def __call__(self, values: Array) -> float:
        minus2lnl = self._analysis.minus2lnl(values)
        bad: tuple[BadPoint, ...] = ()
        if is_bad(minus2lnl) and len(self.tally.points) < MAX_BAD_POINTS_KEPT:
            at_fault = components_at_fault(self._analysis, values)
            bad = (BadPoint(tuple(map(float, values)), minus2lnl, at_fault),)
        self.tally += Tally(1, int(is_bad(minus2lnl)), bad)
        return -0.5 * minus2lnl if math.isfinite(minus2lnl) else NOTHING

    def refuse_bad(self) -> None:
        """Stop if they are too many."""
        if self.tally.bad > MAX_BAD_FRACTION * self.tally.evaluations:
            raise BadLikelihoodError(bad_likelihood(self.tally, self._analysis.free_parameters))
