"""Pair sources: which of them make anything, where they close, and the sum of what they make."""

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp

from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.surrogate import is_number
from zprimefit.models.sources import PairSource
from zprimefit.parameters import Parameter


def masses_of(source: PairSource, params: Params) -> Any:
    """Masses (n,) that the source's densities depend on [GeV]."""
    return jnp.stack([jnp.asarray(params[name], dtype=jnp.float64) for name in source.masses])


def absent(mixing: Parameter) -> bool:
    """Whether a mixing is fixed at zero, and with it the source that is proportional to it."""
    return not mixing.free and mixing.default == 0


def closing(source: PairSource, parameters: Mapping[str, Parameter]) -> dict[str, float]:
    """Mass of the pair [GeV] from which on a source makes none, by its name.

    Nothing where there is no such threshold, or where it moves with masses that are free.
    """
    masses = [parameters[name] for name in source.opened_by]
    if not masses or any(mass.free for mass in masses):
        return {}
    return {source.pair_mass: masses[0].default - sum(mass.default for mass in masses[1:])}


def live_sources(sources: tuple[PairSource, ...], params: Params) -> tuple[PairSource, ...]:
    """Sources whose mixing is not a plain zero: the others make nothing, and integrating them takes time."""
    return tuple(s for s in sources if s.mixing in params and not is_number(params[s.mixing], 0.0))


def total_signal(sources: tuple[PairSource, ...], spectrum: Callable[[PairSource], Any], params: Params, n: int) -> Any:
    """Sum of coupling x weights x unit spectra over the sources -> (n,)."""
    total = jnp.zeros(n)
    for source in sources:
        parts = jnp.tensordot(source.weights(params), spectrum(source), axes=1)
        total = total + source.coupling(params) * parts
    return total
