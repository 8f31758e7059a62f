"""The heavier scalars: mass of H+-, oblique parameters, decays of h to light scalars and to two photons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np

from zprimefit.datasets import (
    ChargedHiggsLimit,
    HiggsNumber,
    ObliqueFit,
    charged_higgs_limits,
    higgs_numbers,
    oblique_fits,
)
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.limit_observation import SingleLimit
from zprimefit.likelihoods.observation import GaussianObservation
from zprimefit.models.oblique import s_parameter, t_parameter
from zprimefit.names import check_name

SMEAR = 0.05
"""Relative width of the step that a lower limit on a mass is."""
PHOTON_SAMPLES: Mapping[str, str] = {name: f"{name} h -> gamma gamma" for name in ("ATLAS", "CMS")}
"""Samples of the signal strengths; the one of ATLAS is part of its combination of all couplings."""


@dataclass(frozen=True)
class ChargedHiggs(SingleLimit):
    """Lower limit on m_H+-, a step smeared by 5 %: mu = exp[(m_limit - m) / (0.05 m_limit)] BR^2.

    Parameters
    ----------
    limit : ``"sleptons"``, 110 GeV, from searches for sleptons read as H+- -> l nu (arXiv:2003.03386, as
        arXiv:2006.01948 has it), or ``"LEP"``, 80 GeV.
    branching : ``"assumed"`` takes BR(H+- -> l nu) = 1 as the publications do; ``"model"`` the model's own, which is
        small where H+- -> W phi with a light scalar is open.

    Raises
    ------
    ValueError
        For an unknown option.
    """

    limit: Literal["sleptons", "LEP"] = "sleptons"
    branching: Literal["assumed", "model"] = "assumed"
    measured: ChargedHiggsLimit = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = {row.name: row for row in charged_higgs_limits()}
        check_name("limit of charged-higgs", self.limit, tuple(known))
        check_name("branching of charged-higgs", self.branching, ("assumed", "model"))
        object.__setattr__(self, "measured", known[self.limit])

    @property
    def name(self) -> str:
        """Name in tables."""
        return "charged-higgs"

    @property
    def cite(self) -> tuple[str, ...]:
        """The recast or search."""
        return (self.measured.publication,)

    @property
    def cl(self) -> float:
        """Confidence level of the limit."""
        return 0.95

    @property
    def n_data(self) -> int:
        """A bare limit."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("scalar_doublet",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that are used."""
        return (f"charged Higgs pairs {self.measured.name}",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return unconfirmed("scalar-sector/charged_higgs", [self.limit])

    def mu(self, model: Any, params: Params) -> Any:
        """Rate over the rate at the limit."""
        doublet, limit = model.scalar_doublet(params), self.measured.mass
        share = 1.0 if self.branching == "assumed" else doublet.leptonic_branching**2
        return jnp.exp((limit - doublet.charged) / (SMEAR * limit)) * share


@dataclass(frozen=True)
class Oblique:
    """Chi-square of the oblique parameters S and T with their correlation.

    Parameters
    ----------
    fit : ``"U-free"`` or ``"U-zero"``, fits of the Particle Data Group.

    Raises
    ------
    ValueError
        For an unknown fit.
    """

    fit: Literal["U-free", "U-zero"] = "U-free"
    measured: ObliqueFit = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = {row.name: row for row in oblique_fits()}
        check_name("fit of oblique", self.fit, tuple(known))
        object.__setattr__(self, "measured", known[self.fit])

    @property
    def name(self) -> str:
        """Name in tables."""
        return "oblique"

    @property
    def cite(self) -> tuple[str, ...]:
        """Particle Data Group 2024, and the formulas."""
        return ("Phys. Rev. D 110 (2024) 030001", "1011.6188")

    @property
    def n_data(self) -> int:
        """Two numbers."""
        return 2

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("scalar_doublet",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that are used."""
        return ("electroweak precision data",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return unconfirmed("scalar-sector/oblique", [self.fit])

    def predict(self, model: Any, params: Params) -> tuple[Any, Any]:
        """(S, T) of the model."""
        doublet = model.scalar_doublet(params)
        return s_parameter(doublet), t_parameter(doublet)

    @property
    def observation(self) -> GaussianObservation:
        """S and T with their covariance."""
        found, rho = self.measured, self.measured.correlation
        sigma = np.array([found.s_sigma, found.t_sigma])
        # by hand: fits with a correlation of 0.9 and more lose digits in a factorisation
        lower = sigma[:, None] * np.array([[1.0, 0.0], [rho, np.sqrt((1 - rho) * (1 + rho))]])
        return GaussianObservation(np.array([found.s, found.t]), lower)

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`predict`, (2,)."""
        return jnp.stack(self.predict(model, params))

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """Chi-square at a point."""
        return self.observation.minus2lnl(self.forecast(model, params))

    @property
    def standard_model(self) -> float:
        """Chi-square of the Standard Model, S = T = 0."""
        return float(self.observation.minus2lnl(np.zeros(2)))


@dataclass(frozen=True)
class HiggsToLight(SingleLimit):
    """Upper limit on decays of h to light particles, at 95 % CL.

    Parameters
    ----------
    counts : ``"all"``: decays to light scalars are undetected whatever becomes of them (pairs of leptons of small
        mass are in no search that enters the combination); ``"invisible"``: only what leaves nothing in the detector,
        against the stronger limit of the direct searches.

    Raises
    ------
    ValueError
        For an unknown option.
    """

    counts: Literal["all", "invisible"] = "all"
    measured: HiggsNumber = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_name("counts of higgs-invisible", self.counts, ("all", "invisible"))
        object.__setattr__(self, "measured", higgs_numbers()[self._row])

    @property
    def _row(self) -> str:
        """Row of the table of limits."""
        return "undetected" if self.counts == "all" else "invisible"

    @property
    def name(self) -> str:
        """Name in tables."""
        return "higgs-invisible"

    @property
    def cite(self) -> tuple[str, ...]:
        """The search or combination, and the width in the Standard Model."""
        return (self.measured.publication, higgs_numbers()["width"].publication)

    @property
    def cl(self) -> float:
        """Confidence level of the limit."""
        return 0.95

    @property
    def n_data(self) -> int:
        """A bare limit."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("higgs_decays",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that are used."""
        if self.counts == "invisible":
            return ("ATLAS invisible Higgs",)
        return ("ATLAS Higgs couplings", PHOTON_SAMPLES["ATLAS"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return unconfirmed("scalar-sector/higgs", [self._row, "width"])

    def branching(self, model: Any, params: Params) -> Any:
        """Branching ratio of h to what counts."""
        decays = model.higgs_decays(params)
        counted = decays.total if self.counts == "all" else decays.invisible
        return counted / (decays.total + higgs_numbers()["width"].value)

    def mu(self, model: Any, params: Params) -> Any:
        """Rate over the rate at the limit."""
        return self.branching(model, params) / self.measured.value


def _experiments(which: str) -> tuple[str, ...]:
    return tuple(PHOTON_SAMPLES) if which == "both" else (which,)


@dataclass(frozen=True)
class HiggsToPhotons:
    """Chi-square of the signal strengths of h -> gamma gamma: BR over that of the Standard Model, production unchanged.

    Parameters
    ----------
    experiments : ``"both"``, ``"ATLAS"`` or ``"CMS"``; their errors are taken to be independent.

    Raises
    ------
    ValueError
        For an unknown experiment.
    """

    experiments: Literal["both", "ATLAS", "CMS"] = "both"
    measured: tuple[HiggsNumber, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_name("experiments of higgs-photons", self.experiments, ("both", "ATLAS", "CMS"))
        names = _experiments(self.experiments)
        object.__setattr__(self, "measured", tuple(higgs_numbers()[f"photons_{name}"] for name in names))

    @property
    def name(self) -> str:
        """Name in tables."""
        return "higgs-photons"

    @property
    def cite(self) -> tuple[str, ...]:
        """The measurements."""
        return tuple(number.publication for number in self.measured)

    @property
    def n_data(self) -> int:
        """One number for each experiment."""
        return len(self.measured)

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("higgs_decays",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that are used."""
        return tuple(PHOTON_SAMPLES[name] for name in _experiments(self.experiments))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        photons = [f"photons_{name}" for name in _experiments(self.experiments)]
        return unconfirmed("scalar-sector/higgs", [*photons, "width"])

    def predict(self, model: Any, params: Params) -> Any:
        """Signal strength: ratio of the partial widths times that of the total widths, the other way round."""
        decays, width = model.higgs_decays(params), higgs_numbers()["width"].value
        return decays.photon_ratio * width / (width + decays.total)

    @property
    def observation(self) -> GaussianObservation:
        """The signal strengths."""
        return GaussianObservation.of(*((number.value, number.sigma) for number in self.measured))

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`predict`, once for each experiment (n,)."""
        return jnp.broadcast_to(self.predict(model, params), len(self.measured))

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """Chi-square at a point."""
        return self.observation.minus2lnl(self.forecast(model, params))

    @property
    def standard_model(self) -> float:
        """Chi-square of the Standard Model, signal strength 1."""
        return float(self.observation.minus2lnl(np.ones(len(self.measured))))
