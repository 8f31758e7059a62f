"""TEXONO: electrons hit by antineutrinos of a reactor (arXiv:0911.1597)."""

from dataclasses import dataclass, field
from math import hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import SIN2_THETA_MSBAR
from zprimefit.datasets import fission_spectra, published_inputs
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.electron_scattering.cross_section import ElectronScattering, least_neutrino_energy
from zprimefit.likelihoods.observation import GaussianObservation
from zprimefit.numerics.quadrature import panels

Array = NDArray[np.float64]
MEV_PER_GEV = 1e3
N_ENERGY = 32


def _number(name: str) -> float:
    return published_inputs("texono-2010/electron_scattering")[name].value


def reactor_spectrum(e_nu: Array) -> Array:
    """Antineutrinos per fission and MeV of the core's mean composition, 2 to 8 MeV; e_nu [GeV]."""
    spectrum: Array = sum(
        (_number(f"share_{isotope}") * np.exp(np.polynomial.polynomial.polyval(MEV_PER_GEV * e_nu, coefficients))
         for isotope, coefficients in fission_spectra().items()),
        np.zeros_like(e_nu),
    )  # fmt: skip
    return spectrum


def reactor_scattering(sin2: float = SIN2_THETA_MSBAR) -> ElectronScattering:
    """Scattering in TEXONO's window of recoils, up to neutrinos of 8 MeV, where the spectra end."""
    low, high = _number("t_low"), _number("t_high")
    e_nu, steps = panels(np.array([least_neutrino_energy(low), high]), N_ENERGY)
    weights = steps * reactor_spectrum(e_nu)
    return ElectronScattering(e_nu, {"anti_nu_e": weights}, (low, high), sin2)


@dataclass(frozen=True)
class Texono:
    """Gaussian on the cross section from 3 to 8 MeV over the Standard Model's, 1.08 +- 0.21 +- 0.16."""

    _at_work: ElectronScattering = field(default_factory=reactor_scattering, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """``texono``."""
        return "texono"

    @property
    def cite(self) -> tuple[str, ...]:
        """Measurement and reactor spectra."""
        return ("0911.1597", "1101.2663")

    @property
    def n_data(self) -> int:
        """One ratio."""
        return 1

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("vector",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data used."""
        return ("TEXONO CsI(Tl) 2010",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return (*unconfirmed("texono-2010/electron_scattering"), *unconfirmed("reactor-2011/fission_spectra"))

    @property
    def measured(self) -> tuple[float, float]:
        """Measured ratio and its error."""
        return _number("ratio"), hypot(_number("ratio_stat"), _number("ratio_syst"))

    def predict(self, model: Any, params: Params) -> Any:
        """Cross section over the Standard Model's."""
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
