"""Lepton-flavour violation: radiative decays, tau -> e phi, and the width that the tau leaves for new decays.

Widths are taken over the measured width of the decaying lepton. What overshoots that width is excluded anyway, so a
ratio above one is no branching ratio but still a rate over the rate at the limit.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import jax.numpy as jnp

from zprimefit.constants import HBAR_GEV_S, LEPTON_MASSES, SPEED_OF_LIGHT_M_S
from zprimefit.datasets import BranchingLimit, flavour_limits, lepton_decays, tau_detector
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.limit_observation import Limit, LimitObservation, SingleLimit, table
from zprimefit.likelihoods.limits import Statistic, coverage
from zprimefit.models.lepton_flavour import FlavourScalar, radiative_width, scalar_momentum, scalar_width
from zprimefit.models.particles import LightScalar
from zprimefit.names import check_name
from zprimefit.numerics.slopes import largest

LIGHTEST, INVISIBLE_BELOW = 1e-9, 1.6
"""Masses [GeV] between which the limit on tau -> e X with X invisible holds."""
MODES = ("e e e", "e mu mu", "e invisible")
"""Final states of tau -> e phi that are searched for."""


def measured_width(lepton: str) -> float:
    """Total width of the muon or the tau [GeV], from its lifetime."""
    return HBAR_GEV_S / lepton_decays(lepton)["lifetime"][0]


def find_limit(decay: str, name: str | None) -> BranchingLimit:
    """Return the named limit on a decay, or the one to use.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    known = {row.name: row for row in flavour_limits(decay)}
    if name is None:
        return next(iter(known.values()))
    check_name(f"limit on {decay.replace(' ', ' -> ', 1)}", name, tuple(known))
    return known[name]


def _statistic(limit: BranchingLimit) -> Statistic:
    return "no-background" if limit.zero_background else "background"


def _unconfirmed_limits(*limits: BranchingLimit) -> tuple[str, ...]:
    return unconfirmed("lepton-flavour/limits", [f"{row.name} {row.decay}" for row in limits])


@dataclass(frozen=True)
class RadiativeDecay(SingleLimit):
    """Upper limit on tau -> e gamma, tau -> mu gamma or mu -> e gamma.

    Parameters
    ----------
    heavy, light : the leptons.
    limit : name in the table ``lepton-flavour/limits``; by default the strongest, ``BaBar-2010``, ``Belle-2021`` or
        ``MEG-II-2025``. ``paperA`` is 1.1e-7 for tau -> e gamma, which arXiv:2006.01948 attributes to
        arXiv:0908.2381; that publication has 3.3e-8.

    Raises
    ------
    ValueError
        For a limit that is not in the table.
    """

    heavy: Literal["mu", "tau"]
    light: Literal["e", "mu"]
    limit: str | None = None
    measured: BranchingLimit = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "measured", find_limit(f"{self.heavy} {self.light} gamma", self.limit))

    @property
    def name(self) -> str:
        """``tau-e-gamma``, ``tau-mu-gamma`` or ``mu-e-gamma``."""
        return f"{self.heavy}-{self.light}-gamma"

    @property
    def cite(self) -> tuple[str, ...]:
        """The search."""
        return (self.measured.publication,)

    @property
    def cl(self) -> float:
        """Confidence level of the limit."""
        return self.measured.cl

    @property
    def n_data(self) -> int:
        """A bare limit."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("flavour_scalars",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that are used."""
        return (f"{self.name} {self.measured.name}",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return (*_unconfirmed_limits(self.measured), *unconfirmed("lepton-flavour/decays"))

    @property
    def statistic(self) -> Statistic:
        """``no-background`` for a search that saw nothing where less than one event is expected."""
        return _statistic(self.measured)

    def branching(self, model: Any, params: Params) -> Any:
        """Width over the measured width of the decaying lepton."""
        width = radiative_width(self.heavy, self.light, model.flavour_scalars(params))
        return width / measured_width(self.heavy)

    def mu(self, model: Any, params: Params) -> Any:
        """Rate over the rate at the limit."""
        return self.branching(model, params) / self.measured.limit


@dataclass(frozen=True)
class TauToScalar:
    """Searches for tau -> e phi: phi -> e+e- and mu+mu- as tau -> 3 e and e mu mu, phi unseen as tau -> e X.

    The searches for three leptons are taken to be as efficient for a pair of one mass as for phase space. They see
    what decays within the beam pipe, where pairs are no conversions of photons; what gets beyond the drift chamber is
    invisible. Final states with more leptons (phi -> phi' phi' -> 4 e) are in none of them.

    Parameters
    ----------
    displaced : whether the lifetime of phi counts; every decay to e+e- is prompt otherwise.
    efficiency : of the searches for three leptons, relative to that for phase space; not published for light pairs.

    Raises
    ------
    ValueError
        For an efficiency outside (0, 1].
    """

    displaced: bool = True
    efficiency: float = 1.0
    limits: dict[str, BranchingLimit] = field(init=False, repr=False, hash=False)

    def __post_init__(self) -> None:
        if not 0 < self.efficiency <= 1:
            msg = f"tau-e-scalar: expected an efficiency above 0 and up to 1, got {self.efficiency!r}"
            raise ValueError(msg)
        object.__setattr__(self, "limits", {mode: find_limit(f"tau {mode}", None) for mode in MODES})

    @property
    def name(self) -> str:
        """Name in tables."""
        return "tau-e-scalar"

    @property
    def cite(self) -> tuple[str, ...]:
        """The searches."""
        return tuple(dict.fromkeys(limit.publication for limit in self.limits.values()))

    @property
    def cl(self) -> float:
        """Lowest confidence level, that of the limits on three leptons; each enters with its own."""
        return self.limits["e e e"].cl

    @property
    def n_data(self) -> int:
        """Bare limits."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("flavour_scalars",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that are used."""
        return tuple(f"tau-{mode.replace(' ', '-')} {limit.name}" for mode, limit in self.limits.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        belle = unconfirmed("lepton-flavour/belle") if self.displaced else ()
        return (*_unconfirmed_limits(*self.limits.values()), *unconfirmed("lepton-flavour/decays"), *belle)

    @property
    def statistic(self) -> Statistic:
        """That of the searches for three leptons, the slower one to exclude."""
        return _statistic(self.limits["e e e"])

    def branchings(self, model: Any, params: Params) -> dict[str, Any]:
        """Width over the measured width of the tau, by mode of :data:`MODES`."""
        found: dict[str, Any] = dict.fromkeys(MODES, jnp.zeros(()))
        for scalar in model.flavour_scalars(params).values():
            made = scalar_width("tau", "e", scalar) / measured_width("tau")
            for mode, share in self.shares(scalar).items():
                found[mode] = found[mode] + made * share
        return found

    def shares(self, scalar: FlavourScalar) -> dict[str, Any]:
        """Shares of tau -> e phi that are seen in each mode."""
        particle = scalar.particle
        unseen = particle.branching("invisible")
        prompt, escaped = jnp.ones(()), jnp.zeros(())
        if self.displaced:
            length = tau_decay_length(particle)
            detector = tau_detector()
            prompt = -jnp.expm1(-detector["beam_pipe_radius"] / length)
            escaped = jnp.exp(-detector["drift_chamber_radius"] / length)
        return {
            "e e e": particle.branching("ee") * prompt * self.efficiency,
            "e mu mu": particle.branching("mumu") * prompt * self.efficiency,
            "e invisible": (unseen + (1 - unseen) * escaped) * coverage(particle.mass, LIGHTEST, INVISIBLE_BELOW),
        }

    def mus(self, model: Any, params: Params) -> dict[str, Any]:
        """Rate over the rate at the limit, by mode."""
        return {mode: b / self.limits[mode].limit for mode, b in self.branchings(model, params).items()}

    def mu(self, model: Any, params: Params) -> Any:
        """Rate over the rate at the limit of the mode where it is largest."""
        return largest(jnp.stack([jnp.asarray(mu) for mu in self.mus(model, params).values()]))

    @property
    def observation(self) -> LimitObservation:
        """The limits, by mode."""
        return LimitObservation(tuple(Limit(_statistic(self.limits[m]), self.limits[m].cl) for m in MODES))

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`mus`, (3, 1)."""
        return table([[mu] for mu in self.mus(model, params).values()])

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L at a point, summed over the modes."""
        return self.observation.minus2lnl(self.forecast(model, params))


def tau_decay_length(particle: LightScalar) -> Any:
    """Mean decay length [m] of a scalar from tau -> e phi at Belle, at its mean energy; at least 1e-30 m.

    With E* and p* in the frame of the tau, which has gamma = E_tau / m_tau, the mean energy is gamma E*.
    """
    mass = particle.mass
    p_star = scalar_momentum("tau", "e", mass)
    boost = jnp.hypot(p_star, mass) * tau_detector()["tau_energy"] / LEPTON_MASSES["tau"] / mass
    width = particle.total_width
    stable = 1e-40  # [GeV], 1e9 light years: finite derivatives where nothing decays
    rest_length = SPEED_OF_LIGHT_M_S * HBAR_GEV_S / jnp.maximum(width, stable)
    return jnp.sqrt(jnp.maximum((boost - 1) * (boost + 1), 1e-12)) * rest_length + 1e-30


@dataclass(frozen=True)
class TauWidth(SingleLimit):
    """New decays of the tau within the width that its leptonic decays leave, at 95 % CL.

    The decays to e nu nu and mu nu nu make 35 % of the measured width; what remains is all that hadrons and new
    particles can have together. No use is made of the hadronic width, which perturbation theory gives to some percent.
    """

    @property
    def name(self) -> str:
        """Name in tables."""
        return "tau-width"

    @property
    def cite(self) -> tuple[str, ...]:
        """Particle Data Group 2024."""
        return ("Phys. Rev. D 110 (2024) 030001",)

    @property
    def cl(self) -> float:
        """Confidence level that is attributed to it."""
        return 0.95

    @property
    def n_data(self) -> int:
        """A bare limit."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("flavour_scalars",)

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that are used."""
        return ("tau leptonic branching ratios",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return unconfirmed("lepton-flavour/decays")

    def mu(self, model: Any, params: Params) -> Any:
        """Width of tau -> e phi, mu phi over what leptonic decays leave."""
        scalars = model.flavour_scalars(params).values()
        made = sum(scalar_width("tau", light, scalar) for light in ("e", "mu") for scalar in scalars)
        decays = lepton_decays("tau")
        left = 1 - decays["e nu nu"][0] - decays["mu nu nu"][0]
        return made / (left * measured_width("tau"))
