"""A number that a model predicts for an experiment without a likelihood of its own, and all that went into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from zprimefit.datasets import PublishedInput
from zprimefit.models.sources import PairSource

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """One number with its unit and what it means."""

    value: float
    unit: str
    meaning: str


@dataclass(frozen=True)
class Prediction:
    """A predicted number, its inputs, and what was claimed or seen; prints as a few lines.

    Parameters
    ----------
    name : what is predicted.
    result : the number.
    claim : what arXiv:2006.01948 says of it, with the place.
    inputs : published numbers that went in, status included.
    alternatives : the same under other assumptions, and what it compares with.
    notes : assumptions, one sentence each.
    """

    name: str
    result: Result
    claim: str
    inputs: tuple[PublishedInput, ...]
    alternatives: tuple[Result, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The number."""
        return self.result.value

    @property
    def unit(self) -> str:
        """Its unit."""
        return self.result.unit

    @property
    def status(self) -> str:
        """The least certain status among the inputs."""
        statuses = {i.status for i in self.inputs}
        return next((s for s in ("unconfirmed", "derived") if s in statuses), "checked")

    @property
    def cite(self) -> tuple[str, ...]:
        """Publications of the inputs, each once."""
        return tuple(dict.fromkeys(i.publication for i in self.inputs))

    def __str__(self) -> str:
        lines = [f"{self.name}: {_shown(self.result)}", f"  claimed: {self.claim}"]
        lines += [f"  {_shown(r)}" for r in self.alternatives]
        lines += [f"  assumed: {note}" for note in self.notes]
        lines += [
            f"  input: {i.name} = {i.value:.6g} {i.unit} ({i.publication}, {i.location}; {i.status})"
            for i in self.inputs
        ]
        return "\n".join(lines)


def _shown(result: Result) -> str:
    return f"{result.value:.4g} {result.unit}, {result.meaning}"


def model_quantity(model: Any, name: str, params: Params) -> Any:
    """Value of one of the model's derived quantities.

    Raises
    ------
    ValueError
        If the model does not offer it.
    """
    offered = {q.name: q for q in model.quantities}
    if name not in offered:
        msg = f"{model.name}: no derived quantity {name!r}; it offers {sorted(offered)}"
        raise ValueError(msg)
    return offered[name](params)


def muon_sources(model: Any) -> tuple[PairSource, ...]:
    """What muon neutrinos make, each kind of particle once."""
    return tuple(source for source in model.pair_sources() if source.flavour == "mu")


def branching_to_pairs(model: Any, params: Params, source: PairSource) -> Any:
    """Branching ratio to e+e- of the particle that a source makes."""
    return model_quantity(model, f"br_{source.name}_ee", params)


def threshold(params: Params, source: PairSource, target_mass: Any) -> Any:
    """Lowest neutrino energy [GeV] that makes nu_4 and the source's particle on a free target of this mass [GeV]."""
    made = params["m_nu4"] + params[source.pair_mass]
    return made + made**2 / (2 * target_mass)


def pairs_per_target(model: Any, params: Params, e_nu: Any, channel: str) -> Any:
    """Cross section of muon neutrinos for an e+e- pair, summed over the model's scalars [cm^2], of the shape of e_nu.

    Per nucleon in the channel ``"incoherent"``, per carbon nucleus in ``"coherent"``; e_nu in GeV.
    """
    energies = jnp.asarray(e_nu, dtype=jnp.float64)
    total = jnp.zeros_like(energies)
    for source in muon_sources(model):
        sigma = _cross_section(model, dict(params), energies, source.name, channel)
        total = total + sigma * branching_to_pairs(model, params, source)
    return total


@partial(jax.jit, static_argnames=("model", "scalar", "channel"))
def _cross_section(model: Any, params: dict[str, Any], energies: Any, scalar: str, channel: str) -> Any:
    """Compiled once per model, particle, channel and shape: at every call it would cost seconds."""
    return model.cross_section(params, energies, scalar, channel)
