"""Signal counts per unit coupling in the reconstructed bins, integrated at every call."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import electron_like
from zprimefit.likelihoods.miniboone.acceptance import Rule, accepted_fraction
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.response import enuqe_response
from zprimefit.models.sources import PairSource

FINE = (6, 48)
"""Nodes per panel of the energy, and in the angle, of the fine integration."""

UnitSpectrum = Callable[[Any], Any]
"""Masses, in the order of the source's names -> counts per unit coupling, (n_channels, n_parts, n_modes, n_bins)."""


def unit_spectrum(source: PairSource, modes: tuple[str, ...], acceptance: Rule, *, fine: bool = False) -> UnitSpectrum:
    """Direct integration for one source: flux -> density -> acceptance -> response.

    Visible energy of a pair of energy E is E - 2 m_e; its direction is that of the parent. ``fine`` doubles the nodes
    everywhere, to measure errors with.
    """
    density = source.unit_density.refined() if fine else source.unit_density
    return _compiled(density, source.masses.index(source.pair_mass), modes, acceptance, fine)


@lru_cache(maxsize=16)
def _compiled(
    density: Callable[..., Any], pair: int, modes: tuple[str, ...], acceptance: Rule, fine: bool
) -> UnitSpectrum:
    edges = electron_like(modes[0]).edges
    response = enuqe_response(edges, *FINE) if fine else enuqe_response(edges)
    flux = exposed_flux(modes)
    energy, cos_theta = jnp.asarray(response.e_vis + 2 * ELECTRON_MASS), jnp.asarray(response.cos_theta)
    matrix = jnp.asarray(response.matrix)

    def counts(masses: Any) -> Any:
        def row(e: Any) -> Any:
            return density(masses, jnp.full_like(cos_theta, e), cos_theta, flux, highest_energy())

        # Energy by energy: the integrands of one row stay in the processor's cache, which is worth a factor of eight.
        found = jax.lax.map(row, energy)
        accepted = accepted_fraction(acceptance, energy, masses[pair])
        return jnp.einsum("bec,e,etpmc->tpmb", matrix, accepted, found)

    return jax.jit(counts)
