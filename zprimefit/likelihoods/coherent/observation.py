"""COHERENT's counts as data that can be replaced: a forecast is a signal with where its pulls may be looked for."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.likelihoods.coherent.statistic import Near, ProfiledPoisson, written
from zprimefit.likelihoods.observation import Prescription
from zprimefit.likelihoods.taming import tamed_above

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PulledObservation:
    """Counts with pulls; a forecast is a :class:`Signal` and pulls (n_pulls,).

    Data are the counts, then the centres of the pulls (n_bins + n_pulls,).

    Parameters
    ----------
    statistic : counts, backgrounds and pulls.
    standard : -2 ln L of the Standard Model with the published data, far above which -2 ln L is tamed.
    inverse : of the curvature by the pulls (n_pulls, n_pulls) of the Standard Model's signal.
    exposed : whether the pulls are those of the forecast; they are a start, and profiled, otherwise.
    """

    statistic: ProfiledPoisson
    standard: float
    inverse: Array
    exposed: bool

    def observed(self, forecast: Any) -> Array:  # noqa: ARG002
        """The counts, and no pull's centre moved."""
        return np.concatenate([self.statistic.data, np.zeros(len(self.statistic.pull_names))])

    def minus2lnl(self, forecast: Any, data: Any = None) -> Any:
        """-2 ln L."""
        (signal, pulls), statistic = forecast, self.statistic
        near: Near | None = Near(pulls, self.inverse)
        if data is not None:
            n = len(statistic.data)
            # other data, other pulls: the start of the published ones is of no use
            statistic, near = replace(statistic, data=data[:n], centres=data[n:]), None
        value = statistic.minus2lnl_at(signal, pulls) if self.exposed else statistic.minus2lnl(signal, near)
        return tamed_above(value, self.standard)

    def truth(self, forecast: Any) -> Any:
        """Signal (1 + 2 n_shapes, n_bins), and pulls: given, or as the published data fit them."""
        signal, pulls = forecast
        return written(signal).counts(), pulls if self.exposed else self.statistic.fitted_pulls(
            signal, Near(pulls, self.inverse)
        )

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:
        """Poisson counts, and centres of the pulls."""
        signal, pulls = map(np.asarray, truth)
        normal = rng.standard_normal(len(pulls))
        at, centres = (pulls, pulls + normal) if nuisances == "fitted" else (normal, np.zeros(len(pulls)))
        return np.concatenate([rng.poisson(np.asarray(self.statistic.expected(signal, at))), centres])

    def expected(self, truth: Any) -> Array:
        """Expected counts, with the pulls at their centres."""
        signal, pulls = map(np.asarray, truth)
        return np.concatenate([np.asarray(self.statistic.expected(signal, pulls)), pulls])
