"""BaBar: single photons, photon and lepton pair, four muons, tau pairs with a light scalar."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from zprimefit.datasets import published_inputs
from zprimefit.datasets.vector_limits import FOLDER
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.limit_observation import Limit, LimitObservation, table
from zprimefit.likelihoods.limits import coverage
from zprimefit.likelihoods.recast import Annihilation, MuonPair
from zprimefit.likelihoods.searches import L_MU_MINUS_L_TAU, ResonanceLimits, Search, selection
from zprimefit.numerics.slopes import largest


@dataclass(frozen=True)
class BabarInvisible(ResonanceLimits):
    """e+e- -> gamma X, X invisible (arXiv:1702.03327), 1 MeV to 8 GeV; no limit beyond."""

    @property
    def name(self) -> str:
        """``babar-invisible``."""
        return "babar-invisible"

    @property
    def samples(self) -> tuple[str, ...]:
        """Single photons."""
        return ("BaBar single photons",)

    @property
    def selections(self) -> tuple[str, ...]:
        """Energy and acceptance."""
        return "babar_energy", "babar_invisible_cos"

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        made = Annihilation(*map(selection, self.selections))
        return (Search("babar_invisible", made, ("invisible",)),)


@dataclass(frozen=True)
class BabarVisible(ResonanceLimits):
    """e+e- -> gamma X, X -> e+e- or mu+mu- (arXiv:1406.2980), 20 MeV to 10.3 GeV; no limit beyond.

    Decays away from the beam count as seen: no length is at hand. The limit is on the sum of both channels, weighted
    as a dark photon would be.
    """

    @property
    def name(self) -> str:
        """``babar-visible``."""
        return "babar-visible"

    @property
    def samples(self) -> tuple[str, ...]:
        """Photon and lepton pair."""
        return ("BaBar photon and lepton pair",)

    @property
    def selections(self) -> tuple[str, ...]:
        """Energy and acceptance."""
        return "babar_energy", "babar_cos"

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        made = Annihilation(*map(selection, self.selections))
        return (Search("babar_visible", made, ("ee", "mumu")),)


@dataclass(frozen=True)
class BabarFourMuons(ResonanceLimits):
    """e+e- -> mu+mu- X, X -> mu+mu- (arXiv:1606.03501), 214 MeV to 7.7 GeV; no limit beyond.

    The curve is g' of L_mu - L_tau: the coupling to muons, with that vector's branching ratio to muons. Scalars are
    mapped by the cross sections of X from a muon, under the assumption of one efficiency.
    """

    @property
    def name(self) -> str:
        """``babar-4mu``."""
        return "babar-4mu"

    @property
    def samples(self) -> tuple[str, ...]:
        """Four muons."""
        return ("BaBar four muons",)

    @property
    def searches(self) -> tuple[Search, ...]:
        """One curve."""
        return (Search("babar_4mu", MuonPair(selection("babar_energy")), ("mumu",), reference=L_MU_MINUS_L_TAU),)


@dataclass(frozen=True)
class BabarTauTau:
    """e+e- -> tau+tau- phi, phi -> e+e- (arXiv:2005.01885), by the one number that arXiv:2006.01948 states.

    y_tau < 3.5e-3 for scalars of 100-150 MeV that decay to e+e- only: mu = (y_tau / 3.5e-3)^2 BR(e+e-) there, and no
    limit elsewhere; the curve xi(m) is not at hand. Decays within the detector count as seen, which that search's
    categories of displaced pairs allow for. The number is a text's: there is no error of digitisation.
    """

    name: str = "babar-tautau"
    cite: tuple[str, ...] = ("2005.01885", "2006.01948")
    n_data: int = 0
    observables: tuple[str, ...] = ("scalars",)
    samples: tuple[str, ...] = ("BaBar tau pair and lepton pair",)
    cl: float = 0.9

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return unconfirmed(f"{FOLDER}/selections", [f"babar_tau_{key}" for key in ("yukawa", "low", "high")])

    def rates(self, model: Any, params: Params) -> dict[str, Any]:
        """Rate over the rate at the limit, by scalar."""
        numbers = published_inputs(f"{FOLDER}/selections")
        largest, low, high = (numbers[f"babar_tau_{key}"].value for key in ("yukawa", "low", "high"))
        found = {}
        for name, scalar in model.scalars(params).items():
            rate = (scalar.coupling("tau") / largest) ** 2 * scalar.branching("ee")
            found[name] = rate * coverage(scalar.mass, low, high)
        return found

    def mu(self, model: Any, params: Params) -> Any:
        """The largest of :meth:`rates`; zero without scalars."""
        return largest(jnp.stack([jnp.zeros(()), *self.rates(model, params).values()]))

    @property
    def observation(self) -> LimitObservation:
        """One limit."""
        return LimitObservation((Limit("background", self.cl),))

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`rates` (1, n_scalars)."""
        return table([list(self.rates(model, params).values())])

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L, summed over scalars."""
        return self.observation.minus2lnl(self.forecast(model, params))
