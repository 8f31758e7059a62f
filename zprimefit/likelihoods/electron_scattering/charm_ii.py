"""CHARM-II: muon neutrinos and antineutrinos on electrons (Phys. Lett. B 335 (1994) 246)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import CARBON_MASS_NUMBER
from zprimefit.datasets import neutrino_beam, published_inputs
from zprimefit.likelihoods.component import Params, Term
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.electron_scattering.cross_section import ANTI, ElectronScattering, recoil_spectrum
from zprimefit.likelihoods.electron_scattering.pairs import PairMimics, Units, coherent_units, electron_scattering
from zprimefit.likelihoods.miniboone.sources import live_sources
from zprimefit.likelihoods.observation import GaussianObservation
from zprimefit.likelihoods.surrogate import InterpolatedTerm
from zprimefit.names import check_name
from zprimefit.numerics.quadrature import unit_rule
from zprimefit.parameters import Parameter

Array = NDArray[np.float64]
BEAMS = ("neutrino", "antineutrino")
Pairs = Literal["fitted", "counted", "ignored"]
PAIRS: tuple[Pairs, ...] = ("fitted", "counted", "ignored")
N_RECOIL = 16


def _number(name: str) -> float:
    return published_inputs("charm-ii-1994/electron_scattering")[name].value


def window() -> tuple[float, float]:
    """Energies between which an electron counts [GeV]."""
    return _number("t_low"), _number("t_high")


def beam_scattering(beam: str) -> ElectronScattering:
    """Scattering of the muon neutrinos and antineutrinos of a beam, ``neutrino`` or ``antineutrino``."""
    flux = neutrino_beam(f"charm-ii-1994/flux_{beam}")
    return electron_scattering(flux, window(), {"nu_mu": "numu", ANTI + "nu_mu": "numubar"})


def rate_at(scattering: ElectronScattering, g_v: float, g_a: float) -> float:
    """Rate for couplings of the electron g_V = g_L + g_R and g_A = g_L - g_R."""
    nodes, steps = unit_rule(N_RECOIL)
    low, high = scattering.window
    total = 0.0
    for name, weights in scattering.neutrinos.items():
        e_nu = scattering.e_nu[:, None]
        length = np.maximum(np.minimum(e_nu, high) - low, 0.0)
        g = ((g_v + g_a) / 2, (g_v - g_a) / 2)
        spectrum = recoil_spectrum(e_nu, low + length * nodes, *(g[::-1] if name.startswith(ANTI) else g))
        total += float(np.sum(weights[:, None] * length * steps * spectrum))
    return total


def measured_ratios() -> tuple[Array, Array]:
    """Cross sections of both beams over the Standard Model's that the measured couplings stand for, and covariance.

    The errors of g_V and g_A, uncorrelated, through the derivatives of the cross sections.
    """
    scattering = [beam_scattering(beam) for beam in BEAMS]
    standard = np.array([float(s.rate()) for s in scattering])
    best, error = (_number("g_v"), _number("g_a")), (_number("g_v_error"), _number("g_a_error"))

    def ratios(g_v: float, g_a: float) -> Array:
        found: Array = np.array([rate_at(s, g_v, g_a) for s in scattering]) / standard
        return found

    # quadratic in the couplings: central differences are exact
    slopes = np.stack(
        [
            (ratios(best[0] + error[0], best[1]) - ratios(best[0] - error[0], best[1])) / 2,
            (ratios(best[0], best[1] + error[1]) - ratios(best[0], best[1] - error[1])) / 2,
        ],
        axis=1,
    )
    return ratios(*best), slopes @ slopes.T


@dataclass(frozen=True)
class CharmII:
    """Gaussian on the cross sections of both beams, between 3 and 24 GeV of electron energy.

    The measured (g_V, g_A) stand for two cross sections with their covariance; the vector's effect on them is
    integrated over flux and recoil.

    Parameters
    ----------
    pairs : how prompt pairs, made coherently, count. The measurement fits the distribution of E theta^2, with a
        background that is nearly flat, fixed where no scatters are. ``"fitted"``: pairs below 3 MeV, less a flat
        share of those between 28 and 60 MeV; ``"counted"``: all of those below 3 MeV, an upper bound; ``"ignored"``.

    Raises
    ------
    ValueError
        For another choice.
    """

    pairs: Pairs = "fitted"
    _scattering: tuple[ElectronScattering, ...] = field(init=False, repr=False, compare=False)
    _mimics: tuple[PairMimics, ...] = field(init=False, repr=False, compare=False)
    _measured: Array = field(init=False, repr=False, compare=False)
    _lower: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name("pairs of charm-ii", self.pairs, PAIRS)
        object.__setattr__(self, "_scattering", tuple(beam_scattering(beam) for beam in BEAMS))
        units = coherent_units(_number("silicon"), CARBON_MASS_NUMBER)
        units += 2 * coherent_units(_number("oxygen"), CARBON_MASS_NUMBER)
        per_electron = units / _number("electrons")
        mimics = tuple(
            PairMimics(neutrino_beam(f"charm-ii-1994/flux_{b}"), window(), self.regions, per_electron) for b in BEAMS
        )
        object.__setattr__(self, "_mimics", mimics)
        measured, covariance = measured_ratios()
        object.__setattr__(self, "_measured", measured)
        object.__setattr__(self, "_lower", np.linalg.cholesky(covariance))

    @property
    def regions(self) -> tuple[tuple[float, float, float], ...]:
        """Ends in E theta^2 [GeV] of the regions whose pairs count, and how many times each."""
        end, low, high = (_number(f"e_theta2_{key}") for key in ("window", "sideband_low", "sideband_high"))
        near, beside = (0.0, end, 1.0), (low, high, -end / (high - low))
        return {"fitted": (near, beside), "counted": (near,), "ignored": ()}[self.pairs]

    @property
    def name(self) -> str:
        """``charm-ii``."""
        return "charm-ii"

    @property
    def cite(self) -> tuple[str, ...]:
        """The measurement, and who digitised the beam."""
        return ("Vilain:1994qy", "1812.08768")

    @property
    def n_data(self) -> int:
        """Two cross sections."""
        return 2

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have; prompt pairs count where it has `pair_sources`."""
        return ("vector",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data used."""
        return ("CHARM-II neutrino-electron 1987-1991",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        used = ["g_v", "g_v_error", "g_a", "g_a_error", "t_low", "t_high", "silicon", "oxygen", "electrons"]
        used += ["e_theta2_window"] * bool(self.regions)
        used += ["e_theta2_sideband_low", "e_theta2_sideband_high"] * (self.pairs == "fitted")
        beams = (note for beam in BEAMS for note in unconfirmed(f"charm-ii-1994/flux_{beam}"))
        return (*unconfirmed("charm-ii-1994/electron_scattering", used), *beams)

    @property
    def measured(self) -> tuple[Array, Array]:
        """Measured cross sections over the Standard Model's (2,), and their covariance (2, 2)."""
        return self._measured, self._lower @ self._lower.T

    def predict(self, model: Any, params: Params, units: tuple[Units, ...] | None = None) -> Any:
        """Cross sections of both beams over the Standard Model's (2,), pairs included where asked for."""
        vector = model.vector(params)
        ratios = jnp.stack([jnp.asarray(s.ratio(vector)) for s in self._scattering])
        if self.regions and hasattr(model, "pair_sources"):
            sources = live_sources(model.pair_sources(), params)
            known = units or ({},) * len(self._mimics)
            made = [m.ratio_of(sources, params, u) for m, u in zip(self._mimics, known, strict=True)]
            ratios = ratios + jnp.stack(made)
        return ratios

    @property
    def observation(self) -> GaussianObservation:
        """Both cross sections with their covariance."""
        return GaussianObservation(self._measured, self._lower, far=True)

    def forecast(self, model: Any, params: Params, units: tuple[Units, ...] | None = None) -> Any:
        """:meth:`predict`."""
        return self.predict(model, params, units)

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """Chi-square of both cross sections with their covariance, tamed far away."""
        return self.observation.minus2lnl(self.forecast(model, params))

    def bind(
        self,
        model: Any,
        parameters: Mapping[str, Parameter],
        *,
        engine: str,
        progress: Callable[[str], None] | None = None,
    ) -> Term:
        """Tie to a model: with ``engine="surrogate"`` the pairs are interpolated in the free masses."""
        units = None
        if engine == "surrogate" and self.regions and hasattr(model, "pair_sources"):
            sources = model.pair_sources()
            units = tuple(m.surrogates(sources, parameters, model, progress) for m in self._mimics)
        surrogates = tuple(surrogate for beam in units or () for surrogate in beam.values())
        return InterpolatedTerm(self.observation, partial(self.forecast, model, units=units), surrogates)
