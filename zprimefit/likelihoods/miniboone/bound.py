"""MiniBooNE tied to a model and an engine: params -> signal -> -2 ln L."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.miniboone.pulls import PoissonPulls
from zprimefit.likelihoods.miniboone.sources import live_sources, total_signal
from zprimefit.likelihoods.miniboone.spectrum import Folding
from zprimefit.likelihoods.miniboone.statistic import GaussianStatistic
from zprimefit.likelihoods.surrogate import Surrogate, knows, largest_error
from zprimefit.models.sources import PairSource
from zprimefit.parameters import Shear
from zprimefit.quantities import Quantity

NO_EVENTS = 1e-250
"""Where nothing is accepted, the logarithm of the number of events stays finite."""


class Unbound(Protocol):
    """What binding takes from the component: its bins, direct integration, and the statistic."""

    @property
    def name(self) -> str:
        """In tables."""
        ...

    @property
    def folding(self) -> Folding:
        """What happens to pairs in the detector."""
        ...

    @property
    def region(self) -> str:
        """What event numbers count."""
        ...

    @property
    def counted(self) -> tuple[int, ...]:
        """Of each mode, the number of bins that event numbers count, from the first."""
        ...

    def numbers_of(self, sources: tuple[PairSource, ...], params: Params) -> Any:
        """Integrate some of the sources."""
        ...

    def by_mode(self, signal: Any) -> dict[str, Any]:
        """Flat signal counts -> counts by mode."""
        ...

    @property
    def observation(self) -> GaussianStatistic | PoissonPulls:
        """Data and statistic."""
        ...


@dataclass(frozen=True, eq=False)
class BoundMiniBooNE:
    """MiniBooNE tied to a model: params -> -2 ln L, and the signal behind it.

    Where a mass that the analysis keeps fixed is given another number, or a source is asked for that was fixed at zero,
    the spectra are integrated: surrogates know nothing of it, see :func:`zprimefit.likelihoods.surrogate.knows`.
    """

    likelihood: Unbound
    model: Any
    sources: tuple[PairSource, ...]
    surrogates: Mapping[tuple[str, str], Surrogate]

    @property
    def error(self) -> float | None:
        """Largest relative error of the surrogates at held-out points; None for direct integration."""
        return largest_error(self.surrogates.values())

    def numbers(self, params: Params, sources: tuple[PairSource, ...] | None = None) -> Any:
        """Signal counts and numbers of pairs made, laid out as :attr:`Folding.segments`."""
        live = live_sources(self.sources if sources is None else sources, params)
        known = tuple(s for s in live if knows(self.surrogates.get((s.name, s.flavour)), params))

        def spectrum(source: PairSource) -> Any:
            return self.surrogates[source.name, source.flavour]({name: params[name] for name in source.masses})

        found = total_signal(known, spectrum, params, sum(self.likelihood.folding.segments))
        others = tuple(s for s in live if s not in known)
        return found + self.likelihood.numbers_of(others, params) if others else found

    def signal(self, params: Params) -> Any:
        """Signal counts of all bins of all modes, flat (n,)."""
        return self.numbers(params)[: sum(self.likelihood.folding.bins)]

    @property
    def shears(self) -> dict[str, Shear]:
        """The number of events, masses included, fixes the model's rate pivot; see :class:`Coordinates`."""
        pivot, power = getattr(self.model, "rate_pivot", (None, 1.0))
        if pivot is None:
            return {}

        def events(params: Params) -> Any:
            total = jnp.sum(self.signal({**params, pivot: 1.0}))
            return jnp.log(jnp.maximum(total, NO_EVENTS)) / power

        return {pivot: Shear("log", events)}

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Event numbers of every mode, in all and by scalar, and the share of the scalars made that they are."""
        folding, prefix = self.likelihood.folding, self.likelihood.name.replace("-", "_")
        region = self.likelihood.region
        names = tuple(dict.fromkeys(source.name for source in self.sources))
        found = []
        for m, mode in enumerate(folding.modes):
            where = f"signal events in {region}, {mode}"
            found.append(
                Quantity(
                    f"{prefix}_events_{mode}", "events", rf"N_\mathrm{{{mode}}}", where, partial(self._events, m, None)
                )
            )
            for name in names:
                found += [
                    Quantity(
                        f"{prefix}_events_{mode}_{name}", "events", rf"N_\mathrm{{{mode}}}({name})",
                        f"{where}, from {name}", partial(self._events, m, name),
                    ),
                    Quantity(
                        f"{prefix}_visible_fraction_{mode}_{name}", "1", rf"N/N_\mathrm{{made}}({name})",
                        f"{where}, over all {name} made in the tank with 0.05 < E_vis < 2.1 GeV",
                        partial(self._visible, m, name),
                    ),
                ]  # fmt: skip
        return tuple(found)

    def _of(self, name: str | None) -> tuple[PairSource, ...]:
        return tuple(s for s in self.sources if name is None or s.name == name)

    def _counted(self, mode: int, numbers: Any) -> Any:
        start = sum(self.likelihood.folding.bins[:mode])
        return jnp.sum(numbers[start : start + self.likelihood.counted[mode]])

    def _events(self, mode: int, name: str | None, params: Params) -> Any:
        return self._counted(mode, self.numbers(params, self._of(name)))

    def _visible(self, mode: int, name: str, params: Params) -> Any:
        """Selected pairs over scalars made, the branching ratio to e+e- included."""
        sources = self._of(name)
        numbers = self.numbers(params, sources)
        made = numbers[sum(self.likelihood.folding.bins) + mode]
        branching = sources[0].branching(params)
        return branching * self._counted(mode, numbers) / jnp.where(made > 0, made, 1.0)

    def predict(self, params: Params) -> dict[str, NDArray[np.float64]]:
        """Signal counts in the published bins, by mode."""
        return self.likelihood.by_mode(np.asarray(self.signal(params)))

    @property
    def observation(self) -> GaussianStatistic | PoissonPulls:
        """Data and statistic; a forecast is :meth:`signal`."""
        return self.likelihood.observation

    def forecast(self, params: Params) -> Any:
        """:meth:`signal`."""
        return self.signal(params)

    def __call__(self, params: Params) -> Any:
        """-2 ln L."""
        return self.observation.minus2lnl(self.forecast(params))
