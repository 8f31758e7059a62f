"""Pair sources at a point: which of them make anything, and the sum of what they make."""

from collections.abc import Callable
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
