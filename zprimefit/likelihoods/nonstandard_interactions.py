"""Non-standard interactions of neutrinos with matter, from a vector that couples to both.

L = -2 sqrt(2) G_F eps^f_ll (nubar_l gamma P_L nu_l)(fbar gamma f), so that a vector of mass m gives the vector coupling

    eps^f_ll = g_l g_f / (sqrt(2) G_F m^2)                        (half of it for each chirality of f)

at zero momentum transfer: -g^2 / (sqrt(2) G_F m^2) of nu_tau on a quark for U(1)_{B-3L_tau}. Oscillations see sums over
electrons, protons and neutrons of what they cross, less what all flavours have in common. In neutral matter a kinetic
mixing with the photon drops out.

No interval of eps_tautau - eps_mumu is shipped: those of arXiv:1805.04530 (tables), 1910.03272 and 2009.14220
(contours), which arXiv:2006.01948 draws, were not found as numbers, nor those of DeepCore (2106.07755) and ORCA
(2411.19078). :class:`OscillationInteractions` takes an interval that its user has read.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import FERMI_CONSTANT
from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.limit_observation import LimitObservation, SingleLimit
from zprimefit.models.particles import LightVector
from zprimefit.names import check_name
from zprimefit.quantities import Quantity

FLAVOURS = ("e", "mu", "tau")


def neutrons_per_electron() -> float:
    """Neutrons over electrons of the Earth, average (unconfirmed; 1.0 for light elements, 1.1 at most for iron)."""
    return published_inputs("nonstandard-interactions/inputs")["neutrons_per_electron"].value


def interaction(vector: LightVector, flavour: str, fermion: str) -> Any:
    """eps^f_ll of a flavour on a fermion, ``e``, ``u``, ``d``, ``proton`` or ``neutron``."""
    strength = vector.coupling(f"nu_{flavour}")[0] * vector.coupling(fermion)[0]
    return strength / (math.sqrt(2) * FERMI_CONSTANT * vector.mass**2)


def in_matter(vector: LightVector, flavour: str, neutrons: float) -> Any:
    """eps_ll per electron of neutral matter with so many neutrons per electron."""
    charged = interaction(vector, flavour, "e") + interaction(vector, flavour, "proton")
    return charged + neutrons * interaction(vector, flavour, "neutron")


def difference(vector: LightVector, first: str, second: str, neutrons: float) -> Any:
    """eps_first - eps_second per electron: what oscillations feel."""
    return in_matter(vector, first, neutrons) - in_matter(vector, second, neutrons)


def interaction_quantities(model: Any) -> tuple[Quantity, ...]:
    """Derived quantities of a model with a vector: on a d quark, and in the Earth."""

    def of(function: Callable[[LightVector], Any]) -> Callable[[Params], Any]:
        return lambda params: jnp.asarray(function(model.vector(params)))

    earth = neutrons_per_electron()
    found = [
        Quantity(
            "nsi_tautau_d",
            "1",
            r"\epsilon^d_{\tau\tau}",
            "non-standard interaction of nu_tau with d quarks, vector",
            of(partial(interaction, flavour="tau", fermion="d")),
        )
    ]
    for first, second in (("tau", "mu"), ("e", "mu")):
        a, b = (f if f == "e" else rf"\{f}" for f in (first, second))
        found.append(
            Quantity(
                f"nsi_{first}{first}_less_{second}{second}",
                "1",
                rf"\epsilon_{{{a}{a}}}-\epsilon_{{{b}{b}}}",
                f"non-standard interactions per electron of the Earth, {earth:g} neutrons per electron (unconfirmed)",
                of(partial(difference, first=first, second=second, neutrons=earth)),
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class BoundInteractions:
    """The component tied to a model, which offers derived quantities there."""

    component: "OscillationInteractions"
    model: Any

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """See :func:`interaction_quantities`."""
        return interaction_quantities(self.model)

    @property
    def observation(self) -> LimitObservation:
        """The component's."""
        return self.component.observation

    def forecast(self, params: Params) -> Any:
        """The component's."""
        return self.component.forecast(self.model, params)

    def __call__(self, params: Params) -> Any:
        """-2 ln L."""
        return self.component.minus2lnl(self.model, params)


@dataclass(frozen=True)
class OscillationInteractions(SingleLimit):
    """Limit on eps_ll - eps_mumu per electron of the Earth from an interval that the user gives.

    Each end of the interval is the limit of its sign: mu = eps / end, -2 ln L = c mu^2.

    Parameters
    ----------
    interval : lower and upper end, of either sign, e.g. typed in from a table of arXiv:1805.04530.
    source : publication of the interval.
    cl : its confidence level.
    flavour : ``"tau"`` or ``"e"``, against the muon.
    neutrons : neutrons per electron that the interval is normalised to; the average of the Earth by default.

    Raises
    ------
    ValueError
        Without an interval, a source or a confidence level, or where the interval does not hold zero.
    """

    interval: tuple[float, ...] = ()
    source: str = ""
    cl: float = 0.90
    flavour: str = "tau"
    neutrons: float | None = None

    def __post_init__(self) -> None:
        if not self.interval:
            msg = (
                "nsi-oscillation: no interval of eps_tautau - eps_mumu was found as numbers, so none is shipped; give "
                "interval=[low, high] and source, e.g. from the tables of arXiv:1805.04530"
            )
            raise ValueError(msg)
        if len(self.interval) != 2 or not all(map(math.isfinite, self.interval)) or not self._holds_zero:
            msg = f"nsi-oscillation: interval must be [low, high] with low < 0 < high, got {list(self.interval)!r}"
            raise ValueError(msg)
        if not self.source:
            msg = "nsi-oscillation: say where the interval comes from, e.g. source: 1805.04530"
            raise ValueError(msg)
        if not 0 < self.cl < 1:
            msg = f"nsi-oscillation: cl must be between 0 and 1, got {self.cl!r}"
            raise ValueError(msg)
        check_name("nsi-oscillation: flavour", self.flavour, ("tau", "e"))

    @property
    def _holds_zero(self) -> bool:
        return self.interval[0] < 0 < self.interval[1]

    @property
    def name(self) -> str:
        """``nsi-oscillation``."""
        return "nsi-oscillation"

    @property
    def cite(self) -> tuple[str, ...]:
        """The user's source."""
        return (self.source,)

    @property
    def n_data(self) -> int:
        """A limit."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("vector",)

    @property
    def samples(self) -> tuple[str, ...]:
        """The data."""
        return (f"neutrino oscillations in matter, {self.source}",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        if self.neutrons is not None:
            return ()
        return unconfirmed("nonstandard-interactions/inputs", ["neutrons_per_electron"])

    def predict(self, model: Any, params: Params) -> Any:
        """eps_ll - eps_mumu per electron."""
        neutrons = neutrons_per_electron() if self.neutrons is None else self.neutrons
        return jnp.asarray(difference(model.vector(params), self.flavour, "mu", neutrons))

    def mu(self, model: Any, params: Params) -> Any:
        """Interaction over the end of the interval on its side."""
        low, high = self.interval
        found = self.predict(model, params)
        return jnp.where(found > 0, found / high, found / low)

    def bind(self, model: Any, parameters: Any, *, engine: str, progress: Any = None) -> BoundInteractions:  # noqa: ARG002
        """Tie it to a model; no surrogate is needed."""
        return BoundInteractions(self, model)
