"""Events of coherent scattering in bins of a detector: what is fixed is folded once.

A detector is a response: recoil energies (n,) -> (n_variants, n_bins, n), the probability to see a recoil in a bin, its
first variant the central one and the others with its parameters moved. Elastic scattering multiplies fixed kernels with
the squared charge Q at fixed recoils. Upscattering has its nodes in the range of recoils that its threshold leaves, so
that rates are smooth in the mass of nu_4.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import pi
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import AVOGADRO, HBARC_SQUARED_CM2_GEV2
from zprimefit.likelihoods.coherent.cross_section import (
    Nucleus,
    contact_strength,
    helm_squared,
    recoil_range,
    weak_factor,
    weak_mixing,
)
from zprimefit.likelihoods.coherent.flux import ARRIVALS, FLAVOURS, KINDS, Kind, highest_energy, mean_kinematics
from zprimefit.models.particles import HeavyNeutrino, LightVector
from zprimefit.models.upscattering import heavy_neutrinos_of
from zprimefit.numerics.quadrature import unit_rule

Array = NDArray[np.float64]
Response = Callable[[Any], Any]

ELASTIC_NODES = 96
UPSCATTERING_NODES = 32
TABLE_NODES = 2999
"""Of the response, even in the root of the recoil, linear in between: to 2e-4 of what a bin holds at most."""


def nuclei_in(mass: float, molar_mass: float) -> float:
    """Molecules in a mass [kg] of a substance with a molar mass [g/mol]."""
    return 1000 * mass / molar_mass * AVOGADRO


@dataclass(frozen=True, eq=False)
class _Kernel:
    """Elastic events of one kind of neutrino on one nucleus: Sum over nodes of folded Q^2."""

    target: Nucleus
    recoil: Array
    """(n,) [GeV]"""
    folded: Array
    """(n_variants, n_bins, n)"""


@dataclass(frozen=True, eq=False)
class RecoilRates:
    """Events of decay-at-rest neutrinos by arrival.

    Parameters
    ----------
    nuclei : each with its number times the fluence of one kind of neutrino [1/cm^2].
    response : of the detector.
    """

    nuclei: tuple[tuple[Nucleus, float], ...]
    response: Response

    @cached_property
    def _kernels(self) -> dict[Kind, tuple[_Kernel, ...]]:
        # Fixed numbers, even where somebody's trace asks for them first.
        with jax.ensure_compile_time_eval():
            return {kind: tuple(self._kernel(kind, *entry) for entry in self.nuclei) for kind in KINDS}

    def _kernel(self, kind: Kind, target: Nucleus, exposure: float) -> _Kernel:
        nodes, weights = unit_rule(ELASTIC_NODES)
        _, end = recoil_range(highest_energy(kind), 0.0, target)
        recoil = np.asarray(end * nodes)
        density = np.asarray(mean_kinematics(kind, recoil, 0.0, target) * weak_factor(recoil, target))
        scale = exposure * HBARC_SQUARED_CM2_GEV2 * float(end) * weights * density
        return _Kernel(target, recoil, np.asarray(self._compiled(recoil)) * scale)

    @cached_property
    def _compiled(self) -> Response:
        """The response, compiled once for every length."""
        return jax.jit(self.response)

    @cached_property
    def _table(self) -> tuple[float, Array]:
        """Step in the root of the recoil [GeV^1/2], and the response at 0, 1, 2… steps (n_variants, n_bins, n)."""
        with jax.ensure_compile_time_eval():
            ends = [recoil_range(highest_energy(kind), 0.0, target)[1] for kind in KINDS for target, _ in self.nuclei]
            step = float(max(ends)) ** 0.5 / (TABLE_NODES - 1)
            # nothing is seen of no recoil: the first node is that of a tiny one
            roots = step * np.maximum(np.arange(TABLE_NODES + 1), 1e-3)
            # in equal pieces: little memory
            columns = [np.asarray(self._compiled(part**2)) for part in np.split(roots, 30)]
            return step, np.concatenate(columns, axis=-1)

    def _looked_up(self, recoil: Any) -> Any:
        """The response at recoils that move with the mass of nu_4, (n,) -> (n_variants, n_bins, n)."""
        step, table = self._table
        position = jnp.sqrt(recoil) / step
        left = jnp.clip(jnp.floor(jax.lax.stop_gradient(position)).astype(int), 0, TABLE_NODES - 1)
        nodes = jnp.asarray(table)
        share = position - left
        return nodes[..., left] * (1 - share) + nodes[..., left + 1] * share

    def elastic(self, vector: LightVector | None = None) -> tuple[Any, Any]:
        """Elastic events of prompt and delayed neutrinos, each (n_variants, n_bins); Standard Model without vector."""
        sin2 = weak_mixing()

        def events(kind: Kind) -> Any:
            total = jnp.zeros(())
            for kernel in self._kernels[kind]:
                charge = jnp.full(kernel.recoil.shape, kernel.target.weak_charge(sin2))
                if vector is not None:
                    neutrino = vector.coupling(f"nu_{FLAVOURS[kind]}")[0]
                    charge = charge + contact_strength(kernel.recoil, neutrino, vector, kernel.target)
                total = total + kernel.folded @ charge**2
            return total

        early, late = (sum(events(kind) for kind in kinds) for kinds in ARRIVALS)
        return early, late

    def upscattered(self, heavy: HeavyNeutrino, vector: LightVector) -> tuple[Any, Any]:
        """Events with nu_4 in the final state; interference with the Z, suppressed by mixing, is left out."""
        early, late = (sum(self._spectrum(kinds, heavy, vector, *entry) for entry in self.nuclei) for kinds in ARRIVALS)
        return early, late

    def _spectrum(
        self, kinds: tuple[Kind, ...], heavy: HeavyNeutrino, vector: LightVector, target: Nucleus, exposure: float
    ) -> Any:
        """Events (n_variants, n_bins) of kinds of neutrinos that come together and end at one energy."""
        nodes, weights = unit_rule(UPSCATTERING_NODES)
        low, high = recoil_range(highest_energy(kinds[0]), heavy.mass, target)
        recoil = low + (high - low) * nodes
        kinematics = sum(
            jnp.asarray(heavy.strengths.get(FLAVOURS[kind], 0.0)) * mean_kinematics(kind, recoil, heavy.mass, target)
            for kind in kinds
        )
        propagator = 2 * target.mass * recoil + vector.mass**2
        couplings = target.vector_charge(vector) ** 2 * helm_squared(recoil, target) / propagator**2
        density = target.mass / (2 * pi) * couplings * kinematics
        return self._looked_up(recoil) @ (exposure * HBARC_SQUARED_CM2_GEV2 * (high - low) * weights * density)

    def total(self, model: Any, params: Any) -> tuple[Any, Any]:
        """Events of prompt and delayed neutrinos with a model's vector, and its heavy neutrinos where it has some."""
        vector = model.vector(params)
        early, late = self.elastic(vector)
        for heavy in heavy_neutrinos_of(model, params):
            more = self.upscattered(heavy, vector)
            early, late = early + more[0], late + more[1]
        return early, late
