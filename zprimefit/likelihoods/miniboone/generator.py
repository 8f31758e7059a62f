"""Unweighted events of e+e- pairs in MiniBooNE: neutrinos of the flux on CH2, by acceptance and rejection.

Cross sections, flux and decays are those of the spectra. Trials go in blocks, each with a seed of its own, so that a
longer sample begins with a shorter one. A trial first takes one of the processes (a source of pairs and what the
neutrino scatters on) by the bounds of their densities, then a point of its unit cube.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.constants import PARTICLE_NUMBERS
from zprimefit.datasets import MODES, bnb_flux
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.miniboone.beam import Flux, exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.event_record import Events, Integers
from zprimefit.likelihoods.miniboone.sources import live_sources, masses_of
from zprimefit.models.kinematics import log_mapped
from zprimefit.models.pair_events import PairEvents
from zprimefit.models.sources import Flavour, PairSource
from zprimefit.names import check_name
from zprimefit.numerics.quadrature import panels
from zprimefit.numerics.unweighting import Envelope, surveyed

Array = NDArray[np.float64]
BLOCK = 2**15
"""Trials that share a seed."""
LABELS = 3
"""Uniform numbers beside those of the momenta, that say which particles took part."""
FLUX_SCALE = 0.3
"""Distance from threshold [GeV] below which energies are tried evenly, evenly in its logarithm beyond."""
Progress = Callable[[int, int, str], None]


class Strengths(NamedTuple):
    """What a source takes from the parameters beside its masses; see :class:`PairSource` and :class:`PairEvents`."""

    coupling: float
    parts: Array
    protons: float
    daughters: dict[str, float]


@dataclass(frozen=True, eq=False)
class Process:
    """A source of pairs in one of its channels, with the beam: a density over a unit cube.

    Coordinates: neutrino energy, those of the cross section, then those that it does not depend on.
    """

    source: PairSource
    events: PairEvents
    channel: str
    mode: str
    masses: Array
    strengths: Strengths

    @property
    def dimensions(self) -> int:
        """Number of coordinates that the density depends on."""
        return 1 + self.events.unit.weighted

    @cached_property
    def flux(self) -> Flux:
        """Times exposure and molecules [1/(cm^2 GeV)]."""
        return exposed_flux((self.mode,), self.source.flavour)

    @cached_property
    def start(self) -> float:
        """Least neutrino energy [GeV]."""
        return self.events.unit.threshold(self.masses, self.channel)

    def energy(self, points: Array) -> tuple[Array, Array]:
        """Neutrino energies [GeV] (n,) of points, and how much of them each stands for."""
        return log_mapped(points[:, 0], self.start, highest_energy(), FLUX_SCALE)

    def density(self, points: Array) -> Array:
        """Pairs per volume of the cube (n,), of points (n, dimensions)."""
        e_nu, step = self.energy(points)
        found, parts = np.zeros(len(points)), self.strengths.parts
        # at the start itself nothing is made
        above = e_nu > self.start
        sigma = self.events.unit.cross_section(self.masses, parts, self.channel, e_nu[above], points[above, 1:])
        found[above] = self.strengths.coupling * self.flux(e_nu[above])[0] * step[above] * sigma
        return found

    def numbers(self, e_nu: Array, labels: Array) -> dict[str, Integers]:
        """Particle numbers (n,) by role.

        Parameters
        ----------
        e_nu : neutrino energies [GeV] (n,).
        labels : uniform numbers (n, 3): whether it is an antineutrino, which nucleon is struck, which neutrino the
            heavy one decays to.
        """
        of, same = PARTICLE_NUMBERS, np.ones(len(e_nu), dtype=np.int64)
        sign = np.where(labels[:, 0] < antineutrino_share(self.mode, self.source.flavour, e_nu), -1, 1)
        target = same * of["carbon"]
        if self.channel == "incoherent":
            target = np.where(labels[:, 1] < self.strengths.protons, of["proton"], of["neutron"])
        found = {
            "neutrino": sign * of[f"nu_{self.source.flavour}"],
            "target": target,
            "recoil": target,
            "heavy": sign * of[self.events.heavy],
            "mediator": same * of[self.events.mediator],
            "electron": same * of["e"],
            "positron": -same * of["e"],
        }
        shares = self.strengths.daughters
        if shares:
            kinds, reached = np.array([of[name] for name in shares]), np.cumsum(list(shares.values()))
            found["daughter"] = sign * kinds[np.searchsorted(reached[:-1], labels[:, 2], side="right")]
        return found


def antineutrino_share(mode: str, flavour: Flavour, e_nu: Array) -> Array:
    """Share of antineutrinos among the neutrinos of a flavour (n,) at energies [GeV] (n,): that of the flux's bins."""
    flux = bnb_flux(mode)
    plain, anti = (flux.numu, flux.numubar) if flavour == "mu" else (flux.nue, flux.nuebar)
    both = plain + anti
    index = np.clip(np.searchsorted(flux.edges, e_nu, side="right") - 1, 0, len(both) - 1)
    share: Array = (anti / np.where(both > 0, both, 1.0))[index]
    return share


def generated(
    model: str,
    sources: tuple[PairSource, ...],
    params: Mapping[str, float],
    *,
    mode: str,
    n: int,
    seed: int,
    progress: Progress | None = None,
) -> Events:
    """Draw events.

    Parameters
    ----------
    model : its name.
    sources, params : what makes pairs, and where.
    mode : of the beam.
    n : number of events.
    seed : of the draws.
    progress : told events drawn, n and what is done.

    Raises
    ------
    ValueError
        For another mode, a number of events or a seed that is none, a source whose events cannot be drawn, or a point
        where no pairs are made.
    """
    check_name("mode", mode, MODES)
    if n < 1 or seed < 0:
        msg = f"events: expected n >= 1 and a seed >= 0, got n = {n}, seed = {seed}"
        raise ValueError(msg)
    told = progress or (lambda *_: None)
    alive: list[tuple[Process, Envelope]] = []
    for process in _processes(sources, params, mode):
        told(0, n, f"surveying {process.source.name} of nu_{process.source.flavour}, {process.channel}")
        # The survey knows nothing of the seed: bounds belong to the point.
        envelope = surveyed(process.density, process.dimensions, np.random.default_rng(0))
        if envelope.bound > 0:
            alive.append((process, envelope))
    if not alive:
        msg = f"events of {model}: no pairs are made at this point, by its couplings or its masses; choose another one"
        raise ValueError(msg)
    blocks: list[tuple[_Sample, Array]] = []
    while (got := sum(len(sample.weight) for sample, _ in blocks)) < n:
        told(got, n, "drawing events")
        blocks.append(_tried(alive, np.random.default_rng([seed, len(blocks) + 1])))
    told(n, n, "events drawn")
    ratios = np.concatenate([ratio for _, ratio in blocks])
    sample = _joined([sample for sample, _ in blocks]).taken(slice(n))
    kinds = [process for process, _ in alive]
    names, channels = (
        tuple(dict.fromkeys(each)) for each in ((p.source.name for p in kinds), (p.channel for p in kinds))
    )
    expected, error = (
        sum(envelope.bound for _, envelope in alive) * float(x)
        for x in (ratios.mean(), ratios.std() / len(ratios) ** 0.5)
    )
    exposure = _exposure(mode, {process.source.flavour for process in kinds})
    return Events(
        model=model,
        point=dict(params),
        mode=mode,
        seed=seed,
        sources=names,
        channels=channels,
        source=np.array([names.index(p.source.name) for p in kinds])[sample.process],
        channel=np.array([channels.index(p.channel) for p in kinds])[sample.process],
        weight=sample.weight,
        particles=sample.momenta,
        numbers=sample.numbers,
        expected=expected,
        error=error,
        cross_section=expected / exposure,
        cross_section_error=error / exposure,
        trials=len(ratios),
        overweight=int(np.sum(ratios > 1)),
    )


def _processes(sources: tuple[PairSource, ...], params: Params, mode: str) -> list[Process]:
    """What may make pairs: sources that are not switched off, in channels that the beam has the energy for."""
    live = live_sources(sources, params)
    for source in live:
        if source.events is None:
            msg = f"source {source.name!r} of pairs: its model does not say how events are drawn; give it `events`"
            raise ValueError(msg)
    known = [(source, source.events) for source in live if source.events is not None]

    @jax.jit  # all at once: one by one, hundreds of small functions would be compiled
    def strengths(at: Params) -> list[tuple[Any, ...]]:
        return [(s.coupling(at), s.weights(at), e.protons(at), dict(e.daughters(at))) for s, e in known]

    found = []
    for (source, events), (coupling, parts, protons, daughters) in zip(known, strengths(dict(params)), strict=True):
        shares = {name: float(share) for name, share in daughters.items()}
        taken = Strengths(float(coupling), np.asarray(parts), float(protons), shares)
        masses = np.asarray(masses_of(source, params))
        found += [Process(source, events, channel, mode, masses, taken) for channel in source.channels]
    return [process for process in found if process.start < highest_energy()]


def _exposure(mode: str, flavours: set[Flavour]) -> float:
    """Flux of these flavours times exposure and molecules [1/cm^2]."""
    energies, weights = panels(bnb_flux(mode).edges, 2)
    return float(sum(np.sum(exposed_flux((mode,), flavour)(energies)[0] * weights) for flavour in sorted(flavours)))


@dataclass(frozen=True, eq=False)
class _Sample:
    """Accepted trials: the place of their process, weights (n,), and by role 4-momenta and particle numbers."""

    process: Integers
    weight: Array
    momenta: Mapping[str, Any]
    numbers: Mapping[str, Any]

    def taken(self, index: slice | Integers) -> "_Sample":
        """Some of them."""
        momenta, numbers = ({k: v[index] for k, v in each.items()} for each in (self.momenta, self.numbers))
        return _Sample(self.process[index], self.weight[index], momenta, numbers)


def _joined(samples: list[_Sample]) -> _Sample:
    """One after the other."""
    momenta = {k: np.concatenate([s.momenta[k] for s in samples]) for k in samples[0].momenta}
    numbers = {k: np.concatenate([s.numbers[k] for s in samples]) for k in samples[0].numbers}
    process, weight = (np.concatenate([getattr(s, k) for s in samples]) for k in ("process", "weight"))
    return _Sample(process, weight, momenta, numbers)


def _tried(alive: list[tuple[Process, Envelope]], rng: Generator) -> tuple[_Sample, Array]:
    """Accepted trials of a block in a random order of the processes, and of all trials the density over its bound."""
    bounds = np.array([envelope.bound for _, envelope in alive])
    counts = rng.multinomial(BLOCK, bounds / bounds.sum())
    samples, ratios = [], []
    for place, ((process, envelope), count) in enumerate(zip(alive, counts, strict=True)):
        d = process.dimensions
        uniform = rng.random((count, d + process.events.unit.free + LABELS + 1))
        points, volume = envelope.mapped(uniform[:, :d])
        ratio = process.density(points) * volume / envelope.bound
        accepted = uniform[:, -1] < ratio
        points, uniform = points[accepted], uniform[accepted]
        e_nu, labels = process.energy(points)[0], uniform[:, -1 - LABELS : -1]
        coordinates = np.concatenate([points[:, 1:], uniform[:, d : -1 - LABELS]], axis=1)
        momenta = process.events.unit.momenta(process.masses, process.channel, e_nu, coordinates)
        samples.append(
            _Sample(
                process=np.full(len(points), place),
                weight=np.maximum(ratio[accepted], 1.0),
                momenta=momenta.by_role,
                numbers=process.numbers(e_nu, labels),
            )
        )
        ratios.append(ratio)
    whole = _joined(samples)
    return whole.taken(rng.permutation(len(whole.weight))), np.concatenate(ratios)
