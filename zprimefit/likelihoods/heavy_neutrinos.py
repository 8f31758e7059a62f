"""Limits on the mixing |U_e4|^2 and |U_mu4|^2 of a heavy neutrino, each scaled to how it is made and how it decays.

Peak searches, the spectrum of muon decay and the ratios of meson decays count heavy neutrinos that are made, whatever
they do then: mu = |U_l4|^2 / |U_l4|^2_lim. Searches for visible decays were published for decays by the weak
interaction alone, over times much shorter than the lifetime, with |U|^2 once for making and once for the decay:

    mu = |U_l4|^2 / |U_l4|^2_lim x Gamma_vis / Gamma_vis^weak(|U_l4|^2_lim) x exp(-L m Gamma / p)

with the model's own visible and total widths. An invisible width does not help by itself: it thins out what reaches
the detector, the last factor, only where the lifetime is shorter than the path. For that factor the parent decays at
rest, with two bodies: slower than in a beam, so that the term is rather too small than too large. The published widths
are taken to be those of a Dirac neutrino, all visible channels count alike, and flavours add up through Gamma_vis.

Curves of one experiment share events: the stronger counts. Those of different experiments are independent, and add.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import HBAR_GEV_S, SPEED_OF_LIGHT_M_S
from zprimefit.datasets.heavy_neutrinos import MixingLimit, mixing_limits
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.limit_observation import Limit, StrongestObservation
from zprimefit.likelihoods.limits import LimitCurve, check_digitisation, coverage, faded
from zprimefit.models.particles import HeavyNeutrino
from zprimefit.models.weak_decays import electron_pair, with_photon_muon_or_pion
from zprimefit.names import check_name

Array = NDArray[Any]
FLAVOURS = ("e", "mu")
"""With limits on |U_l|^2 that enter."""
LEAST_VELOCITY = 0.1
"""Least momentum in a decay at rest, over half the parent's mass: what is made at threshold rides on its parent."""
VISIBLE_POWER = 2
"""Of the limit |U|^2 in the rate of visible decays: once for making, once for the decay; others have the first only."""


def default_curves() -> tuple[str, ...]:
    """Names of all curves on |U_e4|^2 and |U_mu4|^2; the compilation, which repeats others, is not among them."""
    return tuple(c.name for c in mixing_limits().values() if c.flavour in FLAVOURS and c.kind != "compilation")


def weak_visible_width(mass: Any, flavour: str) -> Any:
    """Width to a photon, charged lepton or pion and others over |U_l4|^2, by the weak interaction alone [GeV]."""
    return electron_pair(mass, {flavour: 1.0}) + sum(with_photon_muon_or_pion(mass, {flavour: 1.0}).values())


class Flights(NamedTuple):
    """What the survival of heavy neutrinos takes of many curves, each (n_curves,): fields of :class:`MixingLimit`."""

    path: Array
    parent_mass: Array
    partner_mass: Array


def momentum(curve: MixingLimit | Flights, mass: Any) -> Any:
    """Momentum of a heavy neutrino from the curve's parent at rest [GeV]."""
    a, b = mass / curve.parent_mass, curve.partner_mass / curve.parent_mass
    squares = (1 - (a + b) ** 2) * (1 - (a - b) ** 2)
    return curve.parent_mass / 2 * jnp.sqrt(jnp.maximum(squares, LEAST_VELOCITY**2))


def survival(curve: MixingLimit | Flights, mass: Any, width: Any) -> Any:
    """Share of heavy neutrinos that reach the detector: exp(-L m Gamma / p)."""
    return jnp.exp(-curve.path / (HBAR_GEV_S * SPEED_OF_LIGHT_M_S) * mass * width / momentum(curve, mass))


@dataclass(frozen=True, eq=False)
class LimitStack:
    """Many curves at one mass: what each :class:`LimitCurve` gives, in one look-up that compiles fast.

    Parameters
    ----------
    curves : n of them, without a limit outside of their masses.
    """

    curves: tuple[LimitCurve, ...]

    @cached_property
    def _tables(self) -> tuple[Array, Array, Array]:
        """Left ends (n, k) in ln m, padded with infinity; coefficients (4, n, k); last intervals (n,)."""
        size = max(len(curve.pieces) for curve in self.curves)
        knots, coefficients = np.full((len(self.curves), size), np.inf), np.zeros((4, len(self.curves), size))
        for i, curve in enumerate(self.curves):
            left, *powers = curve.pieces.T
            knots[i, : len(left)], coefficients[:, i, : len(left)] = left, powers
        return knots, coefficients, np.array([len(c.mass) - 2 for c in self.curves])

    def __call__(self, mass: Any) -> Any:
        """Limits at a mass [GeV], (n,)."""
        knots, coefficients, last = self._tables
        rows, x = np.arange(len(self.curves)), jnp.log(mass)
        k = jnp.clip(jnp.sum(knots <= x, axis=1) - 1, 0, last)
        a, b, c, d = jnp.asarray(coefficients)[:, rows, k]
        ends = np.array([[curve.mass[0], curve.mass[-1]] for curve in self.curves])
        step = jnp.clip(x, *jnp.log(ends.T)) - jnp.asarray(knots)[rows, k]
        return faded(jnp.exp(((a * step + b) * step + c) * step + d), coverage(mass, ends[:, 0], ends[:, 1]))


@dataclass(frozen=True)
class HeavyNeutrinoMixing:
    """Sum over experiments of c mu^2, the strongest of their curves.

    Parameters
    ----------
    curves : names in the table ``heavy-neutrinos/curves``; all of :func:`default_curves` by default. Nothing holds
        outside of a curve's masses.
    digitisation : relative standard error of the published |U|^2, not of |U|, between 0 and 0.3; profiled for each
        curve, see ``limits``. Rates of what is made go as |U|^2, those of visible decays as |U|^4.

    Raises
    ------
    ValueError
        For an unknown curve, one on |U_tau4|^2 (no model mixes there), or the compilation beside what it repeats; for
        an error out of its range.
    """

    curves: tuple[str, ...] = ()
    digitisation: float = field(default=0.0, kw_only=True)
    limits: tuple[MixingLimit, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_digitisation(self.name, self.digitisation)
        names = tuple(self.curves) or default_curves()
        for name in names:
            check_name("heavy-neutrino-mixing: curve", name, tuple(mixing_limits()))
        limits = tuple(mixing_limits()[name] for name in names)
        unused = [c.name for c in limits if c.flavour not in FLAVOURS]
        if unused:
            msg = f"heavy-neutrino-mixing: {unused} limit |U_tau4|^2, which no model has; drop them"
            raise ValueError(msg)
        compilations = [c.name for c in limits if c.kind == "compilation"]
        if compilations and any(c.flavour == "mu" and c.kind != "compilation" for c in limits):
            msg = f"heavy-neutrino-mixing: {compilations[0]} repeats other curves of its flavour; take it alone"
            raise ValueError(msg)
        object.__setattr__(self, "curves", names)
        object.__setattr__(self, "limits", limits)

    @property
    def name(self) -> str:
        """``heavy-neutrino-mixing``."""
        return "heavy-neutrino-mixing"

    @property
    def cite(self) -> tuple[str, ...]:
        """Publications of the curves."""
        return tuple(dict.fromkeys(c.publication for c in self.limits))

    @property
    def n_data(self) -> int:
        """Limits only."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("heavy_neutrinos",)

    @property
    def samples(self) -> tuple[str, ...]:
        """The data in use."""
        return tuple(dict.fromkeys(c.experiment for c in self.limits))

    @property
    def cl(self) -> float:
        """Lowest confidence level of the curves; each enters with its own."""
        return min(c.cl for c in self.limits)

    @cached_property
    def _stack(self) -> LimitStack:
        return LimitStack(tuple(LimitCurve(c.mass, c.limit) for c in self.limits))

    def mu_by_curve(self, model: Any, params: Params) -> dict[str, Any]:
        """Rate over the rate at the limit, by curve; zero outside of its masses. The largest of all heavy neutrinos."""
        rates = jnp.max(self.forecast(model, params), axis=1)
        return {curve.name: rate for curve, rate in zip(self.limits, rates, strict=True)}

    @cached_property
    def _visible(self) -> NDArray[np.bool_]:
        """Which curves are of visible decays, (n_curves,)."""
        return np.array([curve.kind == "visible" for curve in self.limits])

    @cached_property
    def _flights(self) -> Flights:
        """Of curves of visible decays; the others' parents do not matter, and need not be known."""
        known = [
            (c.path, c.parent_mass, c.partner_mass) if seen else (0.0, 1.0, 0.0)
            for c, seen in zip(self.limits, self._visible, strict=True)
        ]
        return Flights(*np.array(known).T)

    def _rates(self, heavy: HeavyNeutrino) -> Any:
        """Rates over those at the limits (n_curves,)."""
        own = np.array([FLAVOURS.index(curve.flavour) for curve in self.limits])
        mixings = jnp.stack([jnp.asarray(heavy.mixings.get(flavour, 0.0)) for flavour in FLAVOURS])[own]
        weak = jnp.stack([weak_visible_width(heavy.mass, flavour) for flavour in FLAVOURS])[own]
        at_limit = self._stack(heavy.mass)
        made = mixings / at_limit
        decays = heavy.visible * heavy.width / (weak * at_limit) * survival(self._flights, heavy.mass, heavy.width)
        return jnp.where(self._visible, made * decays, made)

    def mu(self, model: Any, params: Params) -> Any:
        """Largest rate over the rate at the limit of all curves."""
        return jnp.max(self.forecast(model, params))

    @cached_property
    def observation(self) -> StrongestObservation:
        """The curves' limits, those of an experiment together."""
        powers = (VISIBLE_POWER if curve.kind == "visible" else 1 for curve in self.limits)
        limits = tuple(Limit("background", c.cl, power) for c, power in zip(self.limits, powers, strict=True))
        return StrongestObservation(limits, tuple(c.experiment for c in self.limits), self.digitisation)

    def forecast(self, model: Any, params: Params) -> Any:
        """Rates over those at the limits, (n_curves, n_heavy)."""
        found = [self._rates(heavy) for heavy in model.heavy_neutrinos(params)]
        return jnp.stack(found, axis=1) if found else jnp.zeros((len(self.limits), 0))

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L: the sum over heavy neutrinos and experiments of the strongest term of each."""
        return self.observation.minus2lnl(self.forecast(model, params))

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed: curves, and paths that the survival factor takes."""
        curves = [f"{c.name}: {c.location}" for c in self.limits if c.status != "checked"]
        paths = [f"{c.name}: path of {c.path:g} m" for c in self.limits if c.path_status == "unconfirmed"]
        return tuple(f"{text} (unconfirmed)" for text in curves + paths)
