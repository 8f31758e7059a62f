"""What nested sampling found: the evidence, its posterior, and what the priors cost."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from zprimefit.names import unknown_name

if TYPE_CHECKING:
    import pandas as pd

    from zprimefit.plots.figure import Drawing

Array = NDArray[np.float64]

SCHEMA: Final = 1
STUCK: Final = 0.02
"""Share of the posterior in repeated samples from which on it is said."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Outcome of nested sampling.

    Parameters
    ----------
    analysis : what was integrated.
    parameters : names of the free ones; none without new physics.
    n_data : data points of the likelihood.
    log_z, error : ln Z and its standard error.
    information : of the posterior about the prior, in nats.
    samples : (n, n_free) in the user's units.
    log_weights : (n,), ln of their shares of the posterior.
    log_likelihood : (n,), ln L.
    compression : (n_free,), ln of the prior's width over the posterior's, both measured in the prior's probability.
    n_live, n_calls, n_bad, seed : live points, calls of the likelihood, those where it was no number, seed.
    null : -2 ln L of every component without new physics, NaN where it is not finite or the model does not say what
        that is; empty in what was stored before it was kept.
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
    null: Mapping[str, float] = field(default_factory=dict)

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
    def says_null(self) -> bool:
        """Whether it says what it is without new physics."""
        return bool(self.null) and not any(map(math.isnan, self.null.values()))

    @property
    def repeated(self) -> float:
        """Share of the posterior in samples that were met more than once."""
        shares, times = self._distinct
        return float(shares[times > 1].sum())

    @property
    def messages(self) -> tuple[str, ...]:
        """What must be known of it."""
        if self.repeated <= STUCK:
            return ()
        share = f"{100 * self.repeated:.1f} % of the posterior is in samples met more than once"
        return (f"{share}: walks got stuck; take more live points",)

    def against(self, other: "Evidence") -> tuple[float, float]:
        """Ln of the Bayes factor of this over another model, and its standard error.

        Raises
        ------
        ValueError
            If both have different numbers of data points: :func:`zprimefit.fitting.bayes_factor.bayes_factor` compares
            these as well.
        """
        if self.n_data != other.n_data:
            msg = (
                f"Bayes factor of {self.analysis!r} and {other.analysis!r}: {self.n_data} data points against "
                f"{other.n_data}; both models must see the same data, or be compared by bayes_factor, for which a term "
                "that one of them lacks is as without new physics"
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
        number_of = round(self.ess) if n is None else n
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
        lines += self.messages
        return "\n".join([*lines, "a prior twice as wide costs ln 2 = 0.69 for every parameter that the data fix"])

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        content: dict[str, Any] = {key: number(getattr(self, key)) for key in _FLOATS}
        content |= {key: numbers(getattr(self, key)) for key in _ARRAYS}
        content["null"] = {name: number(value) for name, value in self.null.items()}
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
        null = {str(name): read_number(value) for name, value in d.get("null", {}).items()}
        return cls(**{**plain, **{key: read_number(d[key]) for key in _FLOATS}, **arrays, "null": null})


def log_z_without_new_physics(analysis: str, null: Mapping[str, float]) -> float:
    """Ln Z of an analysis of that name, by -2 ln L of its components without new physics.

    Raises
    ------
    ValueError
        If there is none, with the reason.
    """
    if not null or any(map(math.isnan, null.values())):
        msg = f"evidence of {analysis!r} without new physics: {_missing(null)}"
        raise ValueError(msg)
    return -0.5 * sum(null.values())


def _missing(null: Mapping[str, float]) -> str:
    """Why there is no evidence without new physics, in words."""
    if not null:
        return "it was stored before that was kept, compute it again"
    names = [name for name, value in null.items() if math.isnan(value)]
    if len(names) == len(null):
        return "its model does not say which couplings are zero then"
    return f"-2 ln L is not finite there for {', '.join(names)}"


_FLOATS: Final = ("log_z", "error", "information")
_ARRAYS: Final = ("samples", "log_weights", "log_likelihood", "compression")
_PLAIN: Final = ("analysis", "parameters", "n_data", "n_live", "n_calls", "n_bad", "seed")
