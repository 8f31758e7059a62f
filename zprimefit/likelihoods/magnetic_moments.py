"""Anomalous magnetic moments of the muon and the electron: Gaussian terms."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from zprimefit.datasets import moment_aliases, moment_references, read_table
from zprimefit.datasets.catalogue import MomentReference
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.observation import GaussianObservation
from zprimefit.names import unknown_name

INPUTS: Final = "anomalous-moments/measurements"
"""Table of what the references are differences of; their locations name its rows, or an atom."""
ATOMS: Final = {"caesium": "alpha_inverse_Cs2018", "rubidium": "alpha_inverse_Rb2020"}


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def find_reference(lepton: str, name: object) -> MomentReference:
    """Return the named alternative for Delta a of a lepton; case, hyphens, slashes and underscores do not matter.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    by_name = {_folded(r.name): r for r in moment_references(lepton)}
    aliases = {_folded(alias): _folded(target) for alias, target in moment_aliases(lepton).items()}
    folded = _folded(str(name))
    if aliases.get(folded, folded) in by_name:
        return by_name[aliases.get(folded, folded)]
    known = [r.name for r in moment_references(lepton)]
    msg = f"delta-a-{lepton}: {unknown_name('reference', name, known)}"
    raise ValueError(msg)


@dataclass(frozen=True)
class AnomalousMagneticMoment:
    """Chi-square of Delta a_l against one reference.

    Parameters
    ----------
    lepton : ``"mu"`` or ``"e"``.
    reference : a row of the table ``anomalous-moments/differences``: ``paperA``, ``paperB``, ``2023_WP20``,
        ``2023_BMW20``, ``2025_WP25`` for the muon; ``paperA``, ``Cs_2008``, ``Rb_2008``, ``Cs_2023``, ``Rb_2023`` for
        the electron, where caesium and rubidium are alternatives that disagree and are never averaged.

    Raises
    ------
    ValueError
        For an unknown lepton or reference.
    """

    lepton: Literal["mu", "e"]
    reference: str = "paperA"
    measured: MomentReference = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.lepton not in {"mu", "e"}:
            msg = f"AnomalousMagneticMoment: lepton must be 'mu' or 'e', got {self.lepton!r}"
            raise ValueError(msg)
        object.__setattr__(self, "measured", find_reference(self.lepton, self.reference))

    @property
    def name(self) -> str:
        """``delta-a-mu`` or ``delta-a-e``."""
        return f"delta-a-{self.lepton}"

    @cached_property
    def cite(self) -> tuple[str, ...]:
        """The reference's publication, and those of the measurements and predictions whose difference it is."""
        inputs = read_table(INPUTS).frame.set_index("name")["publication"].to_dict()
        names = [ATOMS.get(word, word) for word in self.measured.location.split()]
        found = [self.measured.publication, *(inputs[name] for name in names if name in inputs)]
        return tuple(dict.fromkeys(found))

    @property
    def n_data(self) -> int:
        """One number."""
        return 1

    @property
    def observables(self) -> tuple[str, ...]:
        """What a model must predict."""
        return ("delta_a",)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        row = self.measured
        measurements = unconfirmed(INPUTS, row.location.split())
        return (*unconfirmed("anomalous-moments/differences", [f"{row.name} {row.lepton}"]), *measurements)

    def predict(self, model: Any, params: Params) -> Any:
        """Delta a of the model."""
        return model.delta_a(self.lepton, params)

    @property
    def observation(self) -> GaussianObservation:
        """The measurement."""
        return GaussianObservation.of((self.measured.value, self.measured.sigma))

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`predict`."""
        return self.predict(model, params)

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """[(Delta a - measured) / sigma]^2."""
        return self.observation.minus2lnl(self.forecast(model, params))
