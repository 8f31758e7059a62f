"""Searches for a resonance as terms of the likelihood: a published curve, a recast, a statistic.

*Digitisation* of a curve is an option, see :mod:`zprimefit.likelihoods.limits`; rates go as the coupling squared.

*Beyond its masses* a curve sets no limit (``outside="none"``), unless a search says otherwise.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.datasets import published_inputs, vector_limit
from zprimefit.datasets.vector_limits import FOLDER, VectorLimit
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.limit_observation import Limit, LimitObservation, table
from zprimefit.likelihoods.limits import LimitCurve, Outside, Statistic, check_digitisation
from zprimefit.likelihoods.recast import Annihilation, Production, prompt_efficiency
from zprimefit.models.particles import LightScalar, LightVector
from zprimefit.models.reference import DarkPhoton, LMuMinusLTau, light_vector
from zprimefit.numerics.slopes import largest

INVISIBLE: Final = ("invisible",)
Reference = DarkPhoton | LMuMinusLTau
DARK_PHOTON: Final = DarkPhoton()
L_MU_MINUS_L_TAU: Final = LMuMinusLTau()


def selection(name: str) -> float:
    """One number of the table ``light-vector-limits/selections``."""
    return published_inputs(f"{FOLDER}/selections")[name].value


@cache
def recast_curve(table: str, states: tuple[str, ...], reference: Reference, outside: Outside) -> LimitCurve:
    """Limit on g sqrt(BR) against mass: the published one on g times the branching ratio of what it is for.

    Parameters
    ----------
    table : name in ``light-vector-limits``.
    states : final states that are looked for; ``("invisible",)`` is published for a branching ratio of one.
    reference : model of the vector that the curve is for; the ratio is taken at the curve's masses.
    outside : see :class:`~zprimefit.likelihoods.limits.LimitCurve`.
    """
    published = vector_limit(table)
    if states == INVISIBLE:
        return LimitCurve(published.mass, published.coupling, outside)

    @jax.jit
    @jax.vmap
    def branching(mass: Any) -> Any:
        return light_vector(mass, reference.couplings(1.0)).branching(*states)

    # numbers now, also when a trace is the first to ask
    with jax.ensure_compile_time_eval():
        share = np.asarray(branching(jnp.asarray(published.mass)), dtype=np.float64)
    return LimitCurve(published.mass, published.coupling * np.sqrt(share), outside)


@dataclass(frozen=True)
class Search:
    """One published curve and what it is a limit on.

    Parameters
    ----------
    table : name in ``light-vector-limits``.
    production : how the particle is made.
    states : final states that are looked for; ``("invisible",)`` is published for a branching ratio of one.
    statistic : see :data:`~zprimefit.likelihoods.limits.TERMS`.
    reference : model of the vector that the curve is for.
    flight : decays count within this length [m], for a particle made in annihilation; ``None`` for all decays.
    outside : what holds beyond the curve's masses.
    """

    table: str
    production: Production
    states: tuple[str, ...]
    statistic: Statistic = "background"
    reference: Reference = DARK_PHOTON
    flight: float | None = None
    outside: Outside = "none"

    @property
    def published(self) -> VectorLimit:
        """The curve's numbers."""
        return vector_limit(self.table)

    @property
    def curve(self) -> LimitCurve:
        """Limit on the reference's g sqrt(BR) against mass."""
        return recast_curve(self.table, self.states, self.reference, self.outside)

    def rate(self, particle: LightVector | LightScalar) -> Any:
        """mu, rate of a particle over the rate at the published limit."""
        reference = LightVector(particle.mass, {}, self.reference.couplings(1.0))
        if isinstance(particle, LightVector):
            made = self.production.vector(particle, reference)
        else:
            made = self.production.scalar(particle, reference)
        return made * particle.branching(*self.states) / self.curve(particle.mass) ** 2 * self.seen(particle)

    def seen(self, particle: LightVector | LightScalar) -> Any:
        """Share of decays close enough; that of the reference, at the limit, is 1."""
        if self.flight is None or not isinstance(self.production, Annihilation):
            return 1.0
        return prompt_efficiency(particle, self.production.momentum(particle.mass), self.flight)


@dataclass(frozen=True)
class ResonanceLimits(ABC):
    """Component of one or several searches of an experiment for the light particles of a model.

    Every search sees every particle, each as a resonance of its own, and the terms add up: particles of different
    masses are different peaks.

    Parameters
    ----------
    digitisation : relative standard error of the published couplings, see ``limits``; between 0 and 0.3.

    Raises
    ------
    ValueError
        For an error out of its range, or an unknown option.
    """

    digitisation: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        check_digitisation(self.name, self.digitisation)

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in tables."""

    @property
    @abstractmethod
    def searches(self) -> tuple[Search, ...]:
        """What is looked for."""

    @property
    @abstractmethod
    def samples(self) -> tuple[str, ...]:
        """Data that are used, for the refusal of overlaps."""

    @property
    def cite(self) -> tuple[str, ...]:
        """The publications, and the method of recasting."""
        return (*dict.fromkeys(search.published.publication for search in self.searches), "1801.04847")

    @property
    def n_data(self) -> int:
        """A bare limit."""
        return 0

    @property
    def cl(self) -> float:
        """Lowest confidence level of the limits; each enters with its own."""
        return min(search.published.cl for search in self.searches)

    @property
    def statistic(self) -> Statistic:
        """Of the first search, by which a verdict on mu goes."""
        return self.searches[0].statistic

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("vector", "scalars") if self.sees_scalars else ("vector",)

    @property
    def sees_scalars(self) -> bool:
        """Whether scalars can be made."""
        return True

    @property
    def selections(self) -> tuple[str, ...]:
        """Numbers of the table of selections that rates of scalars take."""
        return ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Numbers that are used and not confirmed: curves, then selections (for scalars only)."""
        tables = dict.fromkeys(search.table for search in self.searches)
        curves = (note for table in tables for note in unconfirmed(f"{FOLDER}/{table}"))
        return (*curves, *unconfirmed(f"{FOLDER}/selections", self.selections))

    def particles(self, model: Any, params: Params) -> dict[str, LightVector | LightScalar]:
        """The model's particles that can be seen, by name."""
        scalars = model.scalars(params) if self.sees_scalars else {}
        return {"vector": model.vector(params)} | scalars

    def rates(self, model: Any, params: Params) -> dict[str, Any]:
        """Rate over the rate at the limit, by ``table:particle``."""
        found = self.particles(model, params)
        return {f"{s.table}:{name}": s.rate(particle) for s in self.searches for name, particle in found.items()}

    def mu(self, model: Any, params: Params) -> Any:
        """The largest of :meth:`rates`."""
        return largest(jnp.ravel(self.forecast(model, params)))

    @property
    def observation(self) -> LimitObservation:
        """The searches' limits."""
        limits = tuple(Limit(search.statistic, search.published.cl) for search in self.searches)
        return LimitObservation(limits, self.digitisation)

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`rates`, (n_searches, n_particles)."""
        found = self.particles(model, params).values()
        return table([[search.rate(particle) for particle in found] for search in self.searches])

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L, summed over searches and particles."""
        return self.observation.minus2lnl(self.forecast(model, params))
