"""Unweighted events as a record of arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import ELECTRON_MASS, PARTICLE_NUMBERS

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
COMPONENTS = ("E", "px", "py", "pz")


@dataclass(frozen=True, eq=False)
class Events:
    """Events of e+e- pairs that a model makes in MiniBooNE's tank, before any efficiency.

    Every event has the weight one, but for the few where the density exceeded its bound: they have more, so that sums
    of weights are those of the model all the same.

    Parameters
    ----------
    model : its name.
    point : values of its parameters.
    mode : of the beam, ``"fhc"`` (neutrinos) or ``"rhc"`` (antineutrinos).
    seed : of the draws; the first events are the same however many follow.
    sources, channels : names of the kinds of pairs, and of what the neutrino scattered on.
    source, channel : of every event, the place in these (n,).
    weight : (n,).
    particles : 4-momenta E, px, py, pz [GeV], (n, 4), by role: see :class:`zprimefit.models.pair_events.Momenta`.
    numbers : particle numbers (n,) by role, see :data:`zprimefit.constants.PARTICLE_NUMBERS`. A struck nucleon has the
        mean mass of proton and neutron, as in the cross sections.
    expected, error : pairs in the whole exposure and tank that all events together stand for, and the error of this
        number, by the same Monte Carlo.
    cross_section, cross_section_error : of a CH2 molecule for such pairs, averaged over the flux [cm^2].
    trials : points that were tried for the events.
    overweight : number of the tried points whose density exceeded its bound.
    """

    model: str
    point: Mapping[str, float]
    mode: str
    seed: int
    sources: tuple[str, ...]
    channels: tuple[str, ...]
    source: Integers
    channel: Integers
    weight: Array
    particles: Mapping[str, Array] = field(repr=False)
    numbers: Mapping[str, Integers] = field(repr=False)
    expected: float
    error: float
    cross_section: float
    cross_section_error: float
    trials: int
    overweight: int

    def __len__(self) -> int:
        return len(self.weight)

    def __str__(self) -> str:
        unit = f"{len(self)} events of {self.model}, mode {self.mode}, seed {self.seed}"
        stand = f"they stand for {self.expected:.6g} +- {self.error:.2g} pairs in the tank"
        above = f"; {self.overweight} trials above the bound, kept with their weight" if self.overweight else ""
        return f"{unit}: {stand}, {self.cross_section:.4g} cm^2 per CH2; {self.trials} trials{above}"

    @property
    def per_weight(self) -> float:
        """Pairs in the whole exposure that a unit of weight stands for."""
        return self.expected / float(self.weight.sum())

    @property
    def masses(self) -> dict[str, Array]:
        """Masses with which they were made [GeV] (n,), by role."""
        names = {number: name for name, number in PARTICLE_NUMBERS.items()}
        at_rest = self.particles["target"][:, 0]
        found = {"target": at_rest, "recoil": at_rest}
        for role in self.particles.keys() - found.keys():
            numbers, place = np.unique(np.abs(self.numbers[role]), return_inverse=True)
            found[role] = np.array([self._mass(names[int(number)]) for number in numbers])[place]
        return found

    def _mass(self, name: str) -> float:
        if name.startswith("nu_"):
            return 0.0
        return ELECTRON_MASS if name == "e" else self.point[f"m_{name}"]

    @property
    def about(self) -> dict[str, Any]:
        """What all events share, as plain values: model, point, mode, seed and what they stand for."""
        names = ("model", "mode", "seed", "expected", "error", "cross_section", "cross_section_error", "trials")
        told = {name: getattr(self, name) for name in (*names, "overweight")}
        return {**told, "pairs_per_weight": self.per_weight, "point": dict(self.point)}

    def to_frame(self) -> Any:
        """Return a pandas DataFrame: what an event is, and of each role the particle number, E, px, py and pz [GeV].

        Column ``pairs`` is what the event stands for in the whole exposure; ``attrs`` are :attr:`about`.
        """
        import pandas as pd  # noqa: PLC0415  (not needed to draw events)

        columns: dict[str, Any] = {
            "mode": pd.Categorical.from_codes(np.zeros(len(self), dtype=int), categories=pd.Index([self.mode])),
            "seed": np.full(len(self), self.seed),
            "source": pd.Categorical.from_codes(self.source, categories=pd.Index(self.sources)),
            "channel": pd.Categorical.from_codes(self.channel, categories=pd.Index(self.channels)),
            "weight": self.weight,
            "pairs": self.weight * self.per_weight,
        }
        for role, momentum in self.particles.items():
            columns[f"{role}_pdg"] = self.numbers[role]
            columns |= {f"{role}_{name}": momentum[:, i] for i, name in enumerate(COMPONENTS)}
        frame = pd.DataFrame(columns)
        frame.attrs.update(self.about)
        return frame
