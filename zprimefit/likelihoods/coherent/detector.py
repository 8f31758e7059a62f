"""What the three data sets of COHERENT have in common."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.likelihoods.coherent.observation import PulledObservation
from zprimefit.likelihoods.coherent.recoils import RecoilRates
from zprimefit.likelihoods.coherent.signal import Signal, Templates
from zprimefit.likelihoods.coherent.statistic import STEPS, ProfiledPoisson
from zprimefit.likelihoods.component import Nuisances, Params
from zprimefit.parameters import Parameter

PULL_BOUNDS = (-6.0, 6.0)
"""Standard deviations that an exposed pull may move by."""
LARGEST_SHIFT = 1.0
"""Of the pulls, in standard deviations, to which their linear response is trusted as a start."""


@dataclass(frozen=True, eq=False)
class _StandardFit:
    """The Standard Model fitted to a data set.

    Parameters
    ----------
    rates : of prompt and delayed neutrinos, each (n_variants, n_bins).
    pulls : (n_pulls,).
    inverse : of the curvature by the pulls (n_pulls, n_pulls).
    response : derivatives of the fitted pulls by the rates (n_pulls, 2 n_variants n_bins).
    minus2lnl : at these pulls.
    """

    rates: tuple[Any, Any]
    pulls: Any
    inverse: Any
    response: Any
    minus2lnl: float


@dataclass(frozen=True)
class CoherentData(ABC):
    """Binned Poisson likelihood of one data set.

    Parameters
    ----------
    pulls : ``"profiled"`` inside, or ``"exposed"``: parameters of the analysis, in standard deviations, whose squares
        are part of -2 ln L.
    """

    pulls: Nuisances = field(default="profiled", kw_only=True)

    label: ClassVar[str]
    publications: ClassVar[tuple[str, ...]]
    sample: ClassVar[str]

    @property
    def name(self) -> str:
        """Name in tables."""
        return self.label

    @property
    def cite(self) -> tuple[str, ...]:
        """Publication and data release."""
        return self.publications

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that enter; two components with one in common overlap."""
        return (self.sample,)

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have; ``upscattering`` is asked for where it exists."""
        return ("vector",)

    @property
    def n_data(self) -> int:
        """Number of bins."""
        return int(self.statistic.data.size)

    @property
    @abstractmethod
    def rates(self) -> RecoilRates:
        """Folded rates of recoils."""

    @property
    @abstractmethod
    def statistic(self) -> ProfiledPoisson:
        """Data, backgrounds and pulls."""

    @abstractmethod
    def templates(self, prompt: Any, delayed: Any) -> Any:
        """Signal of :class:`ProfiledPoisson` from events of prompt and delayed neutrinos, each (n_variants, n_bins)."""

    def signal_of(self, prompt: Any, delayed: Any) -> Signal:
        """:meth:`templates` as the likelihood asks for them."""
        return Templates(self.templates(prompt, delayed))

    def signal(self, model: Any, params: Params) -> Any:
        """Expected signal (1 + 2 n_shapes, n_bins), first row without pulls."""
        return self.templates(*self.rates.total(model, params))

    def events(self, model: Any, params: Params) -> Any:
        """Expected signal events in all bins."""
        return jnp.sum(self.signal(model, params)[0])

    @property
    def nuisances(self) -> tuple[Parameter, ...]:
        """Parameters for the pulls, where they are exposed; all free."""
        if self.pulls == "profiled":
            return ()
        prefix = self.label.replace("-", "_")
        return tuple(
            Parameter(
                name=f"{prefix}_{pull.replace(' ', '_')}",
                unit="1",
                latex=rf"z_{{{i}}}",
                default=0.0,
                bounds=PULL_BOUNDS,
            )
            for i, pull in enumerate(self.statistic.pull_names)
        )

    @cached_property
    def observation(self) -> PulledObservation:
        """Counts and pulls."""
        fit = self._standard_fit
        return PulledObservation(self.statistic, fit.minus2lnl, fit.inverse, self.pulls == "exposed")

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`signal_of`, and pulls: those that are exposed, or what the profiled ones are expected to be near."""
        rates = self.rates.total(model, params)
        if self.pulls == "exposed":
            return self.signal_of(*rates), jnp.stack([jnp.asarray(params[p.name]) for p in self.nuisances])
        return self.signal_of(*rates), self._expected_pulls(rates)

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L, minimised over the pulls where they are not exposed; tamed far above the Standard Model's."""
        return self.observation.minus2lnl(self.forecast(model, params))

    def _expected_pulls(self, rates: tuple[Any, Any]) -> Any:
        """Pulls (n_pulls,) that a small change of the Standard Model's rates asks for; those of the latter far away."""
        fit = self._standard_fit
        change = jnp.concatenate([jnp.ravel(r - s) for r, s in zip(rates, fit.rates, strict=True)])
        shift = fit.response @ jax.lax.stop_gradient(change)
        return fit.pulls + jnp.where(jnp.sum(shift**2) < LARGEST_SHIFT**2, shift, 0.0)

    @cached_property
    def _standard_fit(self) -> _StandardFit:
        statistic, signal_of = self.statistic, self.signal_of

        @jax.jit
        def step(pulls: Any, rates: tuple[Any, Any]) -> tuple[Any, Any]:
            signal = signal_of(*rates)
            return pulls - statistic.newton(signal, pulls)[0], statistic.minus2lnl_at(signal, pulls)

        @jax.jit
        def inverse_and_response(pulls: Any, rates: tuple[Any, Any]) -> tuple[Any, Any]:
            slopes = jax.jacrev(lambda moved: statistic.slopes(signal_of(*moved), pulls))(rates)
            flat = jnp.concatenate([s.reshape(len(pulls), -1) for s in slopes], axis=1)
            inverse = jnp.linalg.inv(statistic.curvature(signal_of(*rates), pulls))
            return inverse, -inverse @ flat

        # One step compiled, not the whole search: the data are close, so whole steps get there
        with jax.ensure_compile_time_eval():
            pulls, rates = jnp.zeros(len(statistic.pull_names)), self.rates.elastic()
            for _ in range(STEPS):
                pulls, value = step(pulls, rates)
            early, late = map(np.asarray, rates)
            inverse, response = map(np.asarray, inverse_and_response(pulls, rates))
            return _StandardFit((early, late), np.asarray(pulls), inverse, response, float(value))

    @property
    def standard_pulls(self) -> Any:
        """Fitted pulls of the Standard Model: what most signals are close to."""
        return self._standard_fit.pulls

    @property
    def standard_minus2lnl(self) -> float:
        """-2 ln L of the Standard Model."""
        return self._standard_fit.minus2lnl
