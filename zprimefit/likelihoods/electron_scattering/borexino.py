"""Borexino: electrons that beryllium-7 neutrinos of the Sun hit (arXiv:1104.1816)."""

from dataclasses import dataclass, field
from math import hypot
from typing import Any

import numpy as np

from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.electron_scattering.cross_section import ElectronScattering
from zprimefit.likelihoods.observation import GaussianObservation

SECONDS_PER_DAY = 86400.0


def _number(name: str) -> float:
    return published_inputs("borexino-2011/beryllium7")[name].value


def _scattering(t_low: float) -> ElectronScattering:
    stays = _number("survival")
    shares = {"nu_e": stays, "nu_mu": (1 - stays) / 2, "nu_tau": (1 - stays) / 2}
    energy = _number("e_nu")
    return ElectronScattering(np.array([energy]), {f: np.array([w]) for f, w in shares.items()}, (t_low, energy))


def standard_rate() -> float:
    """Counts per day and 100 t that the solar model, oscillations and the Standard Model predict, all recoils."""
    return float(_number("flux") * _number("electrons") * SECONDS_PER_DAY * _scattering(0.0).rate())


@dataclass(frozen=True)
class Borexino:
    """Gaussian on the rate of the 0.862 MeV line over the Standard Model's.

    The measured rate is what a fit of the recoil spectrum above `t_low` extrapolates to all recoils with the Standard
    Model's shape; so the vector's effect is taken as its effect on the rate above `t_low`. Oscillated neutrinos are
    half muon, half tau neutrinos; what the vector does to oscillations in the Sun is not in it.

    Parameters
    ----------
    flux_error : relative error of the predicted rate, mostly of the solar model's flux; None for the table's.
    """

    flux_error: float | None = None
    _at_work: ElectronScattering = field(init=False, repr=False, compare=False)
    _measured: tuple[float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        relative = _number("flux_error") if self.flux_error is None else self.flux_error
        if not relative > 0:
            msg = f"borexino: flux_error must be positive, got {self.flux_error!r}"
            raise ValueError(msg)
        expected = standard_rate()
        object.__setattr__(self, "_at_work", _scattering(_number("t_low")))
        ratio = _number("rate") / expected
        object.__setattr__(self, "_measured", (ratio, hypot(_number("rate_error") / expected, relative)))

    @property
    def name(self) -> str:
        """``borexino``."""
        return "borexino"

    @property
    def cite(self) -> tuple[str, ...]:
        """The measurement."""
        return ("1104.1816",)

    @property
    def n_data(self) -> int:
        """One rate."""
        return 1

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("vector",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data used."""
        return ("Borexino beryllium-7 2007-2010",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        used = ["flux", "electrons", "survival", "e_nu", "t_low", "rate", "rate_error"]
        used += ["flux_error"] * (self.flux_error is None)
        return unconfirmed("borexino-2011/beryllium7", used)

    @property
    def measured(self) -> tuple[float, float]:
        """Measured rate over the Standard Model's, and its error."""
        return self._measured

    def predict(self, model: Any, params: Params) -> Any:
        """Rate over the Standard Model's."""
        return self._at_work.ratio(model.vector(params))

    @property
    def observation(self) -> GaussianObservation:
        """The measurement."""
        return GaussianObservation.of(self.measured, far=True)

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`predict`."""
        return self.predict(model, params)

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """[(predicted ratio - measured ratio) / error]^2, tamed far away."""
        return self.observation.minus2lnl(self.forecast(model, params))
