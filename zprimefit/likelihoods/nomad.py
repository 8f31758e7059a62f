"""NOMAD: single photons in neutrino interactions at 25 GeV (arXiv:1111.3713), as a limit on prompt e+e- pairs.

Pairs made coherently, nu C -> nu_4 phi C with phi -> e+ e-, look like a converted photon and nothing else. The number
expected is the number of charged-current events times the ratio of cross sections at the mean energy times an
efficiency, which is the one that turns the published limit on photons into this likelihood's 90 % limit on events. Of
the pairs only those along the beam, E (1 - cos theta) < 50 MeV, count in the collinear selection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from zprimefit.constants import CARBON_MASS_NUMBER
from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.component import Params, Term
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.counts import CountObservation
from zprimefit.likelihoods.miniboone.sources import absent
from zprimefit.likelihoods.surrogate import InterpolatedTerm, Recipe, Surrogate, build, knows
from zprimefit.names import check_name
from zprimefit.numerics.quadrature import log_map, unit_rule
from zprimefit.parameters import Parameter

Selection = Literal["single", "collinear"]
SELECTIONS: tuple[Selection, ...] = ("single", "collinear")


N_ENERGY, N_ANGLE = 16, 12
"""Nodes in energy and in E (1 - cos theta) of a pair along the beam."""
ANGLE_SCALE = 0.2
"""Of `N_ANGLE` nodes: dense within this share of the cut."""


def _number(name: str) -> float:
    return published_inputs("nomad-2012/single_photon")[name].value


def along_beam(model: Any, params: Params, scalar: str, mass: Any, e_nu: float, zeta: float) -> Any:
    """Coherent cross section [cm^2] on carbon for a scalar with E (1 - cos theta) < zeta.

    Parameters
    ----------
    scalar, mass : its name and mass [GeV].
    e_nu, zeta : neutrino energy and the cut [GeV].
    """
    x, w = unit_rule(N_ENERGY)
    span = jnp.log(e_nu / mass)
    energy = mass * jnp.exp(span * x)
    depth, step = log_map(0 * energy, jnp.minimum(zeta, 2 * energy), 0 * energy + ANGLE_SCALE * zeta, N_ANGLE)
    cos_theta = 1 - depth / energy[:, None]
    density = model.differential_cross_section(params, e_nu, energy[:, None], cos_theta, scalar, "coherent")
    # dE d(cos theta) = E d(ln E) d(zeta) / E
    return jnp.sum(density * step * (w * span)[:, None])


@dataclass(frozen=True)
class NomadPhoton:
    """Poisson likelihood of one selection with a Gaussian background.

    The efficiency for photons includes their conversion in the detector, which prompt pairs do not need: pairs may be
    seen more often. It assumes the momentum of photons of coherent pions, and the mean energy stands for the beam. All
    nuclei of the target count as carbon.

    Parameters
    ----------
    selection : ``"single"`` (155 events) or ``"collinear"`` (78 of them, the tighter limit; its cut is unconfirmed).

    Raises
    ------
    ValueError
        For another selection.
    """

    selection: Selection = "collinear"
    efficiency: float = field(init=False, repr=False, compare=False)
    """Events per photon made."""

    def __post_init__(self) -> None:
        check_name("selection", self.selection, SELECTIONS)
        made = _number(f"{self.selection}_limit") * _number("charged_current_events")
        object.__setattr__(self, "efficiency", self.event_limit() / made)

    @property
    def name(self) -> str:
        """``nomad-photon``."""
        return "nomad-photon"

    @property
    def cite(self) -> tuple[str, ...]:
        """The search."""
        return ("1111.3713",)

    @property
    def n_data(self) -> int:
        """One count."""
        return 1

    @property
    def cl(self) -> float:
        """Of the published limit."""
        return 0.9

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        made = "differential_cross_section" if self.selection == "collinear" else "cross_section"
        return (made, "scalars")

    @property
    def samples(self) -> tuple[str, ...]:
        """Data used: the same for both selections."""
        return ("NOMAD single photon",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        used = [f"{self.selection}_{key}" for key in ("observed", "background", "background_error", "limit")]
        used += ["charged_current_events", "e_nu", "charged_current_slope"]
        used += ["collinear_zeta"] * (self.selection == "collinear")
        return unconfirmed("nomad-2012/single_photon", used)

    @property
    def observation(self) -> CountObservation:
        """The count and its background."""
        count, background, error = (
            np.array([_number(f"{self.selection}_{key}")]) for key in ("observed", "background", "background_error")
        )
        return CountObservation(count, background, error, far=True)

    def forecast(self, model: Any, params: Params, surrogates: Mapping[str, Surrogate] | None = None) -> Any:
        """:meth:`events`, (1,)."""
        return jnp.reshape(self.events(model, params, surrogates), 1)

    def minus2lnl_of(self, events: Any) -> Any:
        """-2 ln L for a number of signal events, minimised over the background; not tamed."""
        return replace(self.observation, far=False).minus2lnl(jnp.reshape(events, 1))

    def event_limit(self) -> float:
        """Signal events at which -2 ln L is 2.71 above its least value."""
        best = max(_number(f"{self.selection}_observed") - _number(f"{self.selection}_background"), 0.0)
        with jax.ensure_compile_time_eval():
            target = float(self.minus2lnl_of(best)) + float(chi2.ppf(self.cl, 1))
            return float(brentq(lambda s: float(self.minus2lnl_of(s)) - target, best, 1e3))

    def cross_section(self, model: Any, params: Params, name: str) -> Any:
        """Coherent cross section on carbon for a scalar in the selection [cm^2]."""
        energy = _number("e_nu")
        if self.selection == "single":
            return model.cross_section(params, energy, name, "coherent")
        mass = model.scalars(params)[name].mass
        return along_beam(model, params, name, mass, energy, _number("collinear_zeta"))

    def pairs_per_charged_current(
        self, model: Any, params: Params, surrogates: Mapping[str, Surrogate] | None = None
    ) -> Any:
        """Pairs over charged-current events, those along the beam only in the collinear selection."""
        charged_current = CARBON_MASS_NUMBER * _number("charged_current_slope") * _number("e_nu")
        made = jnp.zeros(())
        for name, scalar in model.scalars(params).items():
            surrogate = (surrogates or {}).get(name)
            if surrogate is not None and knows(surrogate, params):
                sigma = surrogate(params)[0, 0] * model.rate_coupling(params, name)
            else:
                sigma = self.cross_section(model, params, name)
            made = made + sigma * scalar.branching("ee")
        return made / charged_current

    def mu(self, model: Any, params: Params) -> Any:
        """Pairs over the published limit on photons."""
        return self.pairs_per_charged_current(model, params) / _number(f"{self.selection}_limit")

    def events(self, model: Any, params: Params, surrogates: Mapping[str, Surrogate] | None = None) -> Any:
        """Selected signal events."""
        made = _number("charged_current_events") * self.pairs_per_charged_current(model, params, surrogates)
        return self.efficiency * made

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L, minimised over the background, tamed far away."""
        return self.observation.minus2lnl(self.forecast(model, params))

    def bind(
        self,
        model: Any,
        parameters: Mapping[str, Parameter],
        *,
        engine: str,
        progress: Callable[[str], None] | None = None,
    ) -> Term:
        """Tie to a model: with ``engine="surrogate"`` cross sections are interpolated in the free masses.

        That needs to know the coupling that they are proportional to, ``model.rate_coupling``.
        """
        surrogates: dict[str, Surrogate] = {}
        if engine == "surrogate" and hasattr(model, "rate_coupling"):
            for source in model.pair_sources():
                if source.flavour == "mu" and not absent(parameters[source.mixing]):
                    label = repr((model, source.name, self.selection))
                    recipe = Recipe("pairs in NOMAD", label, ("likelihoods/nomad.py",), (1,))
                    unit = jax.jit(partial(self._unit_cross_section, model, source.name, source.masses))
                    surrogates[source.name] = build(recipe, unit, parameters, source.masses, progress)
        forecast = partial(self.forecast, model, surrogates=surrogates)
        return InterpolatedTerm(self.observation, forecast, tuple(surrogates.values()))

    def _unit_cross_section(self, model: Any, name: str, names: tuple[str, ...], masses: Any) -> Any:
        """Cross section per unit of its coupling, (1, 1); masses in the order of their names."""
        params = model.benchmark() | dict(zip(names, masses, strict=True))
        return (self.cross_section(model, params, name) / model.rate_coupling(params, name)).reshape(1, 1)
