"""Beam dumps as terms of the likelihood.

*Statistic.* Zero events observed exclude 3.0 at 95 % CL: 2 n mu. A contour that stands for far more events, those of
E141 (3419) and E774 (18), allows for a background that was seen beside them, whose fluctuations grow much slower than
a signal below the limit: c mu^2.

*Digitisation.* With ``digitisation=s`` a contour's coupling g is g e^(s n), n profiled (see ``limits``), and mu is
mu e^(-4 s n) everywhere: as at the lower edge, where long-lived particles are made and decay with g^2 each. At the
upper edge the rate falls exponentially, as steep as g^-8 to g^-38 in the middle of the contours: there an error s of
the contour changes it more than the option does, which moves that edge by a tenth to a half of s only.
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from zprimefit.datasets.beam_dumps import Beam, DumpContour, dump_contour, dump_setup
from zprimefit.likelihoods.beam_dumps.calibration import ElectronYield, MesonYield, electron_yield, meson_yield
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.limit_observation import Limit, LimitObservation, SingleLimit
from zprimefit.likelihoods.limits import Statistic, check_digitisation
from zprimefit.names import unknown_name

MOST_WITHOUT_BACKGROUND: Final = 10.0
"""Events that a contour may stand for without background: E137's recast of 2009 takes ten, a margin above the 3.0 that
zero observed exclude; more are the fluctuations of a background."""
LOWER_EDGE: Final = 4
"""Power of the coupling in the rate at the lower edge of a contour: of making the particle, and of its decay."""
NA64_2017, NA64_2018 = "NA64 visible, data of 2017", "NA64 visible, data of 2018"

ELECTRON: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "e137": {"bjorken": ("e137_bjorken", ("E137",)), "andreas": ("e137_andreas", ("E137",))},
    "e141": {"andreas": ("e141", ("E141",))},
    "e774": {"andreas": ("e774", ("E774",))},
    "kek": {"andreas": ("kek", ("KEK beam dump",))},
    "orsay": {"andreas": ("orsay", ("Orsay beam dump",))},
    "na64-visible": {"2019": ("na64_2019", (NA64_2017, NA64_2018)), "2018": ("na64_2018", (NA64_2017,))},
}
"""Experiment -> recast, the first by default -> contour and the data in it."""
PROTON: dict[str, dict[str, tuple[str, tuple[str, ...], str]]] = {
    "nomad-dump": {"2001": ("nomad", ("NOMAD, X to e+ e-",), "pi0")},
    "charm-dump": {
        "2012": ("charm_2012", ("CHARM beam dump, X to e+ e-",), "eta"),
        "2019": ("charm_2019", ("CHARM beam dump, X to e+ e-",), "eta"),
    },
    "nucal": {
        "2013": ("nucal_2013", ("nu-Cal beam dump",), "pi0"),
        "2019": ("nucal_2019", ("nu-Cal beam dump",), "pi0"),
    },
    "ps191": {"1986": ("ps191", ("PS191, X to e+ e-",), "pi0")},
}
"""Experiment -> recast, the first by default -> contour, the data in it, and the meson that makes the vector."""


class _BeamDump(SingleLimit):
    """What both kinds of dumps share."""

    experiment: str
    digitisation: float

    @property
    @abstractmethod
    def contour(self) -> DumpContour:
        """Published contour of a dark photon."""

    @property
    def name(self) -> str:
        """The experiment."""
        return self.experiment

    @property
    def cite(self) -> tuple[str, ...]:
        """Publications of the contour."""
        return self.contour.publication

    @property
    def cl(self) -> float:
        """Confidence level of the contour."""
        return self.contour.cl

    @property
    def status(self) -> str:
        """``checked``, ``derived`` or ``unconfirmed``: of the contour and its confidence level."""
        return self.contour.status

    @property
    def n_data(self) -> int:
        """A bare limit."""
        return 0

    @property
    def statistic(self) -> Statistic:
        """``no-background``, zero events observed, unless the contour says otherwise."""
        return "no-background"

    @property
    def observation(self) -> LimitObservation:
        """One limit by the :attr:`statistic`, the contour's error profiled; see ``limits``."""
        return LimitObservation((Limit(self.statistic, self.cl, LOWER_EDGE),), self.digitisation)


@dataclass(frozen=True)
class ElectronBeamDump(_BeamDump):
    """Electrons on a thick target, X -> e+ e- behind the shield; vectors and scalars by bremsstrahlung.

    The yield is computed and normalised to the published contour of a dark photon, both edges of it. Particles add up.

    Parameters
    ----------
    experiment : ``e137``, ``e141``, ``e774``, ``kek``, ``orsay`` or ``na64-visible``.
    recast : which contour of its data: ``bjorken`` or ``andreas`` for E137, ``2019`` or ``2018``, which is contained
        in it, for NA64; by default the first.
    particles : ``vector``, ``scalars`` or ``all``.
    digitisation : relative standard error of the contour's coupling, see the module's text; between 0 and 0.3.

    Raises
    ------
    ValueError
        For an unknown experiment, recast, or kind of particle, or an error out of its range.
    """

    experiment: str
    recast: str = ""
    particles: Literal["vector", "scalars", "all"] = "all"
    digitisation: float = field(default=0.0, kw_only=True)
    yields: ElectronYield = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recast", _recast(self.experiment, str(self.recast), ELECTRON))
        if self.particles not in {"vector", "scalars", "all"}:
            msg = f"{self.experiment}: particles must be 'vector', 'scalars' or 'all', got {self.particles!r}"
            raise ValueError(msg)
        check_digitisation(self.experiment, self.digitisation)
        object.__setattr__(self, "yields", electron_yield(ELECTRON[self.experiment][self.recast][0]))

    @property
    def contour(self) -> DumpContour:
        """Published contour of a dark photon."""
        return dump_contour("electron", ELECTRON[self.experiment][self.recast][0])

    @property
    def statistic(self) -> Statistic:
        """``background`` for E141 and E774, whose contours stand for many events; ``no-background`` for the others."""
        return "background" if self.yields.dump.events > MOST_WITHOUT_BACKGROUND else "no-background"

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that went in."""
        return ELECTRON[self.experiment][self.recast][1]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed: the contour, and numbers of the set-up."""
        return _unconfirmed("electron", ELECTRON[self.experiment][self.recast][0])

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("vector", "scalars") if self.particles == "all" else (self.particles,)

    def rates(self, model: Any, params: Params) -> dict[str, Any]:
        """Rate over the rate at the limit by particle: ``vector`` and the names of the model's scalars."""
        found: dict[str, Any] = {}
        if self.particles != "scalars":
            found["vector"] = self.yields.vector(model.vector(params))
        if self.particles != "vector":
            found |= {name: self.yields.scalar(scalar) for name, scalar in model.scalars(params).items()}
        return found

    def mu(self, model: Any, params: Params) -> Any:
        """Sum of the rates of all particles over the rate at the limit."""
        return sum(self.rates(model, params).values(), 0.0)


@dataclass(frozen=True)
class ProtonBeamDump(_BeamDump):
    """Protons on a thick target, P -> gamma X, X -> e+ e- behind the shield: vectors that couple to quarks.

    The published contour of a dark photon, both edges of it, recast with one momentum (arXiv:1801.04847). No limit
    beyond the contour's masses, nor beyond the meson's. All count as free of background: the events that a contour
    stands for are not at hand.

    Parameters
    ----------
    experiment : ``nomad-dump``, ``charm-dump``, ``nucal`` or ``ps191``.
    recast : which contour of its data: ``2012`` or ``2019`` for CHARM, ``2013`` or ``2019`` for nu-Cal; by default
        the first.
    digitisation : relative standard error of the contour's coupling, see the module's text; between 0 and 0.3.

    Raises
    ------
    ValueError
        For an unknown experiment or recast, or an error out of its range.
    """

    experiment: str
    recast: str = ""
    digitisation: float = field(default=0.0, kw_only=True)
    yields: MesonYield = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recast", _recast(self.experiment, str(self.recast), PROTON))
        check_digitisation(self.experiment, self.digitisation)
        contour, _, meson = PROTON[self.experiment][self.recast]
        object.__setattr__(self, "yields", meson_yield(contour, meson))

    @property
    def contour(self) -> DumpContour:
        """Published contour of a dark photon."""
        return dump_contour("proton", PROTON[self.experiment][self.recast][0])

    @property
    def samples(self) -> tuple[str, ...]:
        """Data that went in."""
        return PROTON[self.experiment][self.recast][1]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed: the contour, and numbers of the set-up."""
        return _unconfirmed("proton", PROTON[self.experiment][self.recast][0])

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must have."""
        return ("vector",)

    def mu(self, model: Any, params: Params) -> Any:
        """Rate over the rate at the limit."""
        return self.yields.vector(model.vector(params))


def _unconfirmed(beam: Beam, contour: str) -> tuple[str, ...]:
    """Notes on a contour and its set-up."""
    folder = f"{beam}-beam-dumps"
    rows = [f"{contour}.{key}" for key in dump_setup(beam, contour)]
    return (*unconfirmed(f"{folder}/{contour}"), *unconfirmed(f"{folder}/setups", rows))


def _recast(experiment: str, recast: str, known: dict[str, Any]) -> str:
    """Name of the recast that is asked for, the first one for an empty name."""
    if experiment not in known:
        msg = f"beam dump: {unknown_name('experiment', experiment, list(known))}"
        raise ValueError(msg)
    recasts = known[experiment]
    chosen = recast or next(iter(recasts))
    if chosen not in recasts:
        msg = f"{experiment}: {unknown_name('recast', chosen, list(recasts))}"
        raise ValueError(msg)
    return chosen
