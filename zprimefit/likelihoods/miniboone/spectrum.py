"""Signal counts per unit coupling in the reconstructed bins, integrated at every call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import jax
import jax.numpy as jnp

from zprimefit.constants import ELECTRON_MASS
from zprimefit.likelihoods.miniboone.acceptance import Rule, accepted_fraction
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.rays import ray_response
from zprimefit.likelihoods.miniboone.response import EfficiencyAt, energy_nodes
from zprimefit.likelihoods.miniboone.views import View, response_of, shape_of
from zprimefit.models.sources import Flavour, PairSource, UnitDensity, UnitRays
from zprimefit.numerics.quadrature import moment_shares

NODES: Final[Mapping[View, tuple[int, int]]] = {
    "enuqe": (3, 24),
    "evis": (4, 24),
    "costheta": (4, 32),
    "evis_costheta": (4, 32),
}
"""Nodes per panel of the energy, and in the angle: bins of either ask for more, those wide of the beam hold little."""

ACCEPTANCE_NODES = 80
"""Nodes per panel of the energy at which the acceptance is taken: it has steps, and begins as a square root."""

UnitSpectrum = Callable[[Any], Any]
"""Masses, in the order of the source's names -> numbers per unit coupling, (n_channels, n_parts, n), n as laid out by
:attr:`Folding.segments`."""


@dataclass(frozen=True)
class Folding:
    """What happens to pairs in the detector: the bins they end in, and who counts as one ring.

    Parameters
    ----------
    view, modes : which histograms.
    acceptance : see :func:`accepted_fraction`.
    efficiency_at : visible energy at which the efficiency is taken.
    """

    view: View
    modes: tuple[str, ...]
    acceptance: Rule
    efficiency_at: EfficiencyAt

    @property
    def bins(self) -> tuple[int, ...]:
        """Number of bins of every mode."""
        sizes = []
        for mode in self.modes:
            size = 1
            for length in shape_of(self.view, mode):
                size *= length
            sizes.append(size)
        return tuple(sizes)

    @property
    def segments(self) -> tuple[int, ...]:
        """Layout of a spectrum: the bins of every mode, then for every mode one number, the pairs that are made.

        Made: in the tank with true E_vis between 50 MeV and 2.1 GeV, where the efficiency is known.
        """
        return (*self.bins, *(1 for _ in self.modes))


def unit_spectrum(source: PairSource, folding: Folding, *, fine: bool = False) -> UnitSpectrum:
    """Direct integration for one source: flux -> density or rays -> acceptance -> response.

    Visible energy of a pair of energy E is E - 2 m_e; its direction is that of the parent. ``fine`` doubles the nodes
    everywhere, to measure errors with.
    """
    density = source.unit_density.refined() if fine else source.unit_density
    return _compiled(density, source.masses.index(source.pair_mass), source.flavour, folding, fine)


@lru_cache(maxsize=32)
def _compiled(made: UnitDensity | UnitRays, pair: int, flavour: Flavour, folding: Folding, fine: bool) -> UnitSpectrum:
    if isinstance(made, UnitRays):
        return jax.jit(_of_rays(made, pair, flavour, folding, fine))
    return jax.jit(_of_density(made, pair, flavour, folding, fine))


def _of_rays(rays: UnitRays, pair: int, flavour: Flavour, folding: Folding, fine: bool) -> UnitSpectrum:
    with jax.ensure_compile_time_eval():
        fold = ray_response(folding.view, folding.modes, folding.acceptance, folding.efficiency_at, fine)
        flux = exposed_flux(folding.modes, flavour)

    def numbers(masses: Any) -> Any:
        return fold(*rays.rays(masses, flux, highest_energy()), masses[pair])

    return numbers


def _of_density(density: UnitDensity, pair: int, flavour: Flavour, folding: Folding, fine: bool) -> UnitSpectrum:
    # Fixed numbers, even where somebody's trace asks for them first.
    with jax.ensure_compile_time_eval():
        nodes = (*NODES[folding.view], ACCEPTANCE_NODES)
        per_panel, n_cos, n_accepted = (2 * n if fine else n for n in nodes)
        responses = [response_of(folding.view, m, per_panel, n_cos, folding.efficiency_at) for m in folding.modes]
        flux = exposed_flux(folding.modes, flavour)
        energy, cos_theta = jnp.asarray(responses[0].e_vis + 2 * ELECTRON_MASS), jnp.asarray(responses[0].cos_theta)
        accepted_at = jnp.asarray(energy_nodes(n_accepted)[0] + 2 * ELECTRON_MASS).reshape(-1, n_accepted)
        shares = jnp.asarray(moment_shares(per_panel, n_accepted))
        matrices, weight = [jnp.asarray(r.matrix) for r in responses], jnp.asarray(responses[0].weight)

    def numbers(masses: Any) -> Any:
        def row(e: Any) -> Any:
            return density(masses, jnp.full_like(cos_theta, e), cos_theta, flux, highest_energy())

        # Energy by energy: the integrands of one row stay in the processor's cache, which is worth a factor of eight.
        found = jax.lax.map(row, energy)  # (e, channels, parts, modes, cos)
        accepted = (accepted_fraction(folding.acceptance, accepted_at, masses[pair]) @ shares.T).ravel()
        seen = [jnp.einsum("bec,e,etpc->tpb", matrix, accepted, found[..., m, :]) for m, matrix in enumerate(matrices)]
        made = jnp.einsum("ec,etpmc->tpm", weight, found)
        # polynomials through the nodes undershoot by parts in 1e7 of all pairs where there is nothing
        return jnp.concatenate([*(jnp.maximum(s, 0.0) for s in seen), made], axis=-1)

    return numbers
