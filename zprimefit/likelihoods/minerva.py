"""MINERvA: prompt e+e- pairs among neutrino-electron scatters (arXiv:1906.00111, 1512.07699)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import hypot, sqrt
from typing import Any, Literal

import jax.numpy as jnp

from zprimefit.datasets import minerva_energy_loss, neutrino_beam, published_inputs
from zprimefit.likelihoods.component import Params, Term
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.electron_scattering.pairs import PairMimics, Units
from zprimefit.likelihoods.miniboone.sources import live_sources
from zprimefit.likelihoods.observation import GaussianObservation
from zprimefit.likelihoods.surrogate import InterpolatedTerm
from zprimefit.names import check_name
from zprimefit.parameters import Parameter

MinervaBeam = Literal["medium", "low"]
BEAMS: dict[MinervaBeam, str] = {
    "medium": "numi-2019/flux_medium_energy",
    "low": "numi-2016/flux_low_energy",
}
REFERENCES: dict[MinervaBeam, str] = {"medium": "1906.00111", "low": "1512.07699"}


def _number(name: str) -> float:
    return published_inputs("minerva-2019/electron_scattering")[name].value


def pair_shares() -> tuple[float, float]:
    """Shares of pairs that lose energy like one electron, and as much as the sideband has (4.5 to 10 MeV per 1.7 cm).

    Those of simulated showers with a neutral pion, whose photons are pairs of e+ and e- too.
    """
    loss = minerva_energy_loss()
    middle = (loss.edges[1:] + loss.edges[:-1]) / 2
    electron_like = middle < _number("energy_loss_cut")
    pair_like = ~electron_like & (middle < _number("pair_like_end"))
    total = loss.photons.sum()
    return float(loss.photons[electron_like].sum() / total), float(loss.photons[pair_like].sum() / total)


def sideband() -> tuple[float, float]:
    """Data and prediction in the sideband in energy loss [events]."""
    loss = minerva_energy_loss()
    middle = (loss.edges[1:] + loss.edges[:-1]) / 2
    chosen = (middle > _number("energy_loss_cut")) & (middle < _number("pair_like_end"))
    return float(loss.data[chosen].sum()), float(loss.predicted[chosen].sum())


@dataclass(frozen=True)
class Minerva:
    """Gaussians on the number of neutrino-electron scatters and, in the medium-energy beam, on a sideband.

    Coherently made pairs at E theta^2 < 3.2 MeV and energies above 0.8 GeV, relative to neutrino-electron scatters.
    The error is that of the flux before neutrino-electron data constrain it, with the statistical one. What the flux
    predicted before was not found as a number: the scatters are taken to agree with it. The efficiencies for pairs and
    electrons are taken to differ by the cut in energy loss only, and its share of pairs is that of photons.

    Parameters
    ----------
    beam : ``"medium"`` (810 scatters, and the sideband) or ``"low"`` (135).
    pairs_as_electrons : every pair passes the cut in energy loss, as the 14 % of arXiv:2006.01948 seem to have it;
        the sideband is then not used.
    """

    beam: MinervaBeam = "medium"
    pairs_as_electrons: bool = False
    mimics: PairMimics = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name("beam", self.beam, tuple(BEAMS))
        flux = neutrino_beam(BEAMS[self.beam])
        window = (_number("t_low"), float(flux.energy[-1]))
        mimics = PairMimics(flux, window, ((0.0, _number("e_theta2"), 1.0),), 1 / _number("electrons"))
        object.__setattr__(self, "mimics", mimics)

    @property
    def name(self) -> str:
        """``minerva``."""
        return "minerva"

    @property
    def cite(self) -> tuple[str, ...]:
        """Measurement, flux and who digitised."""
        more = ("1812.08768",) if self.beam == "medium" else ("1607.00704",)
        return (REFERENCES[self.beam], *more)

    @property
    def uses_sideband(self) -> bool:
        """Whether the sideband counts."""
        return self.beam == "medium" and not self.pairs_as_electrons

    @property
    def n_data(self) -> int:
        """One number of scatters, and one of events in the sideband where it counts."""
        return 1 + self.uses_sideband

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("pair_sources",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data used."""
        return (f"MINERvA neutrino-electron, {self.beam}-energy neutrino beam",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        rows = ["t_low", "e_theta2", "electrons", *(f"{self.beam}_{key}" for key in ("events", "error", "flux_error"))]
        loss: tuple[str, ...] = ()
        if not self.pairs_as_electrons:
            # the share of pairs that pass the cut is that of the histogram, in either beam
            loss = unconfirmed("minerva-2019/energy_loss")
            rows += ["energy_loss_cut", "pair_like_end"] + ["sideband_error"] * self.uses_sideband
        return (*unconfirmed("minerva-2019/electron_scattering", rows), *unconfirmed(BEAMS[self.beam]), *loss)

    @property
    def error(self) -> float:
        """Relative error of the number of scatters."""
        return hypot(_number(f"{self.beam}_error"), _number(f"{self.beam}_flux_error"))

    def pairs(self, model: Any, params: Params, units: Units | None = None) -> Any:
        """Pairs in the window, whatever energy they lose, over neutrino-electron scatters."""
        return self.mimics.ratio_of(live_sources(model.pair_sources(), params), params, units)

    def predict(self, model: Any, params: Params) -> Any:
        """Selected pairs over neutrino-electron scatters."""
        share = 1.0 if self.pairs_as_electrons else pair_shares()[0]
        return share * self.pairs(model, params)

    @property
    def observation(self) -> GaussianObservation:
        """Pairs over scatters, none, and the events in the sideband where it counts."""
        if not self.uses_sideband:
            return GaussianObservation.of((0.0, self.error), far=True)
        data, predicted = sideband()
        error = sqrt(data + (_number("sideband_error") * predicted) ** 2)
        return GaussianObservation.of((0.0, self.error), (data, error), far=True)

    def forecast(self, model: Any, params: Params, units: Units | None = None) -> Any:
        """Selected pairs over scatters, and events in the sideband where it counts (n,)."""
        made = self.pairs(model, params, units)
        if not self.uses_sideband:
            return jnp.reshape((1.0 if self.pairs_as_electrons else pair_shares()[0]) * made, 1)
        electron_like, pair_like = pair_shares()
        extra = pair_like * _number(f"{self.beam}_events") * made
        return jnp.stack([electron_like * made, sideband()[1] + extra])

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """(pairs / error)^2, and [(data - prediction - pairs) / error]^2 in the sideband; tamed far away."""
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
        if engine == "surrogate":
            units = self.mimics.surrogates(model.pair_sources(), parameters, model, progress)
        return InterpolatedTerm(
            self.observation, partial(self.forecast, model, units=units), tuple((units or {}).values())
        )
