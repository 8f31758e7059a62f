"""Mixing of the Z with a Z', as LEP saw it at the pole."""

from dataclasses import dataclass
from typing import Any

from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.limit_observation import SingleLimit

TABLE = "delphi-1994/z_mixing"


@dataclass(frozen=True)
class ZMixing(SingleLimit):
    """|theta'| of Z and Z' below 3e-3: couplings of the Z change in proportion, so mu = |theta'| / 3e-3."""

    name: str = "z-mixing"
    cite: tuple[str, ...] = ("Z. Phys. C 65 (1994) 603",)
    n_data: int = 0
    observables: tuple[str, ...] = ("z_mixing",)
    samples: tuple[str, ...] = ("LEP, Z pole",)
    cl: float = 0.95

    def mu(self, model: Any, params: Params) -> Any:
        """Size of the angle over the largest one."""
        return abs(model.z_mixing(params)) / published_inputs(TABLE)["z_mixing"].value

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return unconfirmed(TABLE)
