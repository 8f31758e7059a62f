"""Prompt e+e- pairs that count as the one electron of neutrino-electron scattering.

A beam makes pairs coherently on nuclei, nu N -> nu_4 phi N with phi -> e+ e-: nothing else is seen, and where pair and
beam are close in angle, at small E theta^2, the shower looks like an electron that a neutrino hit. The number of pairs
over the number of such electrons needs no more of an experiment than the shape of its flux: exposure, target mass and
scale drop out (the method of arXiv:1812.08768).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import SIN2_THETA_MSBAR
from zprimefit.datasets import Beam
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.electron_scattering.cross_section import ElectronScattering, least_neutrino_energy
from zprimefit.likelihoods.miniboone.sources import absent, closing, live_sources, masses_of
from zprimefit.likelihoods.surrogate import Recipe, Surrogate, build, knows
from zprimefit.likelihoods.surrogate_nodes import UnitRates
from zprimefit.models.sources import PairSource, UnitRays
from zprimefit.numerics.quadrature import panels, unit_rule
from zprimefit.parameters import Parameter

Array = NDArray[np.float64]
Units = Mapping[tuple[str, str], Surrogate]
"""Name and flavour of a source -> its pairs per unit coupling."""
MODULES = ("likelihoods/electron_scattering/pairs.py",)
N_ENERGY = 10
"""Nodes in the energy of a pair."""
N_ANGLE = 5
"""Nodes in each region of E theta^2; with those in energy good to 1 % where a pair is seen."""

SOFTNESS = 0.05
"""Width of the edges of the window in its logarithm, where pairs come as rays; a few rays lie within it."""


def electron_scattering(
    beam: Beam, window: tuple[float, float], flavours: Mapping[str, str] | None = None
) -> ElectronScattering:
    """Scattering on one electron in a window of its kinetic energy [GeV], per proton on target.

    Parameters
    ----------
    beam, window : flux, and the energies between which an electron counts.
    flavours : flavour -> column of the beam; all four if not given.
    """
    columns = flavours or {"nu_mu": "numu", "anti_nu_mu": "numubar", "nu_e": "nue", "anti_nu_e": "nuebar"}
    start = max(beam.energy[0], least_neutrino_energy(window[0]))
    e_nu, steps = panels(np.append(start, beam.energy[beam.energy > start]), 2)
    weights = {flavour: steps * np.interp(e_nu, beam.energy, getattr(beam, name)) for flavour, name in columns.items()}
    return ElectronScattering(e_nu, weights, window, SIN2_THETA_MSBAR)


@dataclass(frozen=True, eq=False)
class PairMimics:
    """Pairs in a window of energy and E theta^2, over neutrino-electron scatters in the same window of energy.

    Parameters
    ----------
    beam : flux; its scale drops out.
    window : energies between which a shower counts [GeV].
    regions : ends [GeV] of regions of energy times squared angle, each with how many times its pairs count.
    nuclei_per_electron : coherent cross sections of the target, in units of carbon's, for every electron.
    """

    beam: Beam
    window: tuple[float, float]
    regions: tuple[tuple[float, float, float], ...]
    nuclei_per_electron: float

    @cached_property
    def electrons(self) -> float:
        """Scatters on one electron per proton on target [cm^2 times the flux]."""
        with jax.ensure_compile_time_eval():
            return float(electron_scattering(self.beam, self.window).rate())

    def nodes(self, mass: Any) -> tuple[Any, Any, Any]:
        """Energies, cosines and weights (N_ENERGY, regions N_ANGLE) of the window for a pair's mass [GeV].

        Weights are those of d(energy) d(cos theta); energies are even in the logarithm, and above the mass.
        """
        high = min(self.window[1], float(self.beam.energy[-1]))
        low = jnp.clip(mass, self.window[0], high)
        x, w = unit_rule(N_ENERGY)
        span = jnp.log(high / low)
        energy = (low * jnp.exp(span * x))[:, None]
        u, v = unit_rule(N_ANGLE)
        e_theta2 = np.concatenate([start + (end - start) * u for start, end, _ in self.regions])
        counted = np.concatenate([(end - start) * v for start, end, _ in self.regions])
        angle = jnp.sqrt(e_theta2 / energy)
        # d(cos theta) = sin(theta) d(theta), d(E theta^2) = 2 E theta d(theta)
        weight = span * w[:, None] * energy * counted * jnp.sinc(angle / np.pi) / (2 * energy)
        return energy + 0 * angle, jnp.cos(angle), weight

    def flux(self, flavour: str) -> Callable[[Any], Any]:
        """Neutrinos and antineutrinos of a flavour, ``mu`` or ``e``: energies [GeV], shape S -> (1,) + S."""
        columns = (self.beam.numu + self.beam.numubar) if flavour == "mu" else (self.beam.nue + self.beam.nuebar)
        energy, values = jnp.asarray(self.beam.energy), jnp.asarray(columns)

        def evaluate(e_nu: Any) -> Any:
            return jnp.interp(e_nu, energy, values, left=0.0, right=0.0)[None]

        return evaluate

    def unit(self, source: PairSource) -> UnitRates:
        """Pairs of one source per unit coupling: masses (n,) -> (n_parts, n_regions), regions not weighted yet.

        On one carbon nucleus, per proton on target [cm^2 times the flux].
        """
        flux, highest = self.flux(source.flavour), float(self.beam.energy[-1])
        channel, pair = source.channels.index("coherent"), source.masses.index(source.pair_mass)
        made = source.unit_density
        if isinstance(made, UnitRays):
            rays = made.rays

            def of_rays(masses: Any) -> Any:
                energy, cos_theta, weights = rays(tuple(masses), flux, highest)
                return weights[channel, :, 0] @ self.inside(energy, cos_theta)

            return of_rays
        density = made

        def of_density(masses: Any) -> Any:
            energy, cos_theta, weight = self.nodes(masses[pair])

            def row(at: tuple[Any, Any, Any]) -> Any:
                found = density(tuple(masses), at[0], at[1], flux, highest)[channel, :, 0] * at[2]
                return jnp.sum(found.reshape(len(found), len(self.regions), -1), axis=-1)

            # energy by energy: the integrands of one row stay in the processor's cache
            return jnp.sum(jax.lax.map(row, (energy, cos_theta, weight)), axis=0)

        return of_density

    def made(self, source: PairSource, params: Params, unit: UnitRates | None = None) -> Any:
        """Pairs of one source in the regions, each as often as it counts; `unit` in the stead of an integration."""
        found = (unit or self.unit(source))(masses_of(source, params))
        shares = np.array([share for *_, share in self.regions])
        return source.coupling(params) * jnp.sum(source.weights(params) * (found @ shares))

    def inside(self, energy: Any, cos_theta: Any) -> Any:
        """Rays of energy [GeV] and angle in the window and each region, with soft edges (n, n_regions)."""
        e_theta2 = jnp.log(energy * 2 * (1 - cos_theta) + 1e-30)
        window = _above(jnp.log(energy), self.window[0]) * (1 - _above(jnp.log(energy), self.window[1]))
        regions = [
            (_above(e_theta2, start) if start else 1.0) - _above(e_theta2, end) for start, end, _ in self.regions
        ]
        return window[:, None] * jnp.stack(regions, axis=-1)

    def ratio(self, model: Any, params: Params) -> Any:
        """Pairs over neutrino-electron scatters."""
        return self.ratio_of(live_sources(model.pair_sources(), params), params)

    def ratio_of(self, sources: tuple[PairSource, ...], params: Params, units: Units | None = None) -> Any:
        """Pairs of some sources over neutrino-electron scatters, with surrogates where there are some."""
        total = jnp.zeros(())
        for source in sources:
            surrogate = (units or {}).get((source.name, source.flavour))
            unit = None
            if surrogate is not None and knows(surrogate, params):
                unit = partial(_looked_up, surrogate, source.masses)
            total = total + self.made(source, params, unit)
        return self.nuclei_per_electron * total / self.electrons

    def surrogates(
        self,
        sources: tuple[PairSource, ...],
        parameters: Mapping[str, Parameter],
        model: Any,
        progress: Callable[[str], None] | None,
    ) -> Units:
        """Surrogates of the pairs of every source that is not absent from an analysis."""
        found: dict[tuple[str, str], Surrogate] = {}
        for source in sources:
            if absent(parameters[source.mixing]):
                continue
            label = repr((model, source.name, source.flavour, self.window, self.regions, _told(self.beam)))
            recipe = Recipe("pairs among neutrino-electron scatters", label, MODULES, (1,) * len(self.regions))
            unit, ends = jax.jit(self.unit(source)), closing(source, parameters)
            found[source.name, source.flavour] = build(
                recipe, unit, parameters, source.masses, progress, closed_from=ends
            )
        return found


def _told(beam: Beam) -> str:
    """Checksum of a flux."""
    columns = (beam.energy, beam.numu, beam.numubar, beam.nue, beam.nuebar)
    return sha256(b"".join(np.ascontiguousarray(c).tobytes() for c in columns)).hexdigest()


def _looked_up(surrogate: Surrogate, names: tuple[str, ...], masses: Any) -> Any:
    return surrogate(dict(zip(names, masses, strict=True)))


def _above(logarithm: Any, edge: float) -> Any:
    """One above an edge, zero below, half at it."""
    return jax.nn.sigmoid((logarithm - np.log(edge)) / SOFTNESS)


def coherent_units(nucleons: float, carbon: float) -> float:
    """Coherent cross section of a nucleus over carbon's: (A/12)^(4/3).

    A^2 from the amplitude, and A^(-2/3) from the momentum transfer at which the form factor cuts off; a Z' that is
    lighter than that would give A^2.
    """
    return float((nucleons / carbon) ** (4 / 3))
