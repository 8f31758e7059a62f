"""Yields that give published contours back: both edges of every one, at every mass.

Efficiencies and geometry that a contour holds and a formula does not are two functions of the mass: a factor on the
yield, from the lower edge, and a factor on the length of the shield, which the upper edge depends on exponentially.
Both are what a dark photon needs, and hold for a scalar as well.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from zprimefit.constants import ELECTRON_MASS, HBAR_GEV_S, MUON_MASS
from zprimefit.datasets.beam_dumps import DumpContour, dump_contour, dump_setup
from zprimefit.likelihoods.beam_dumps.mesons import MESONS, meson_strength
from zprimefit.likelihoods.beam_dumps.yields import Dump, dump
from zprimefit.likelihoods.limits import LimitCurve
from zprimefit.likelihoods.recast import displaced_efficiency, edge_time
from zprimefit.models.particles import LightVector
from zprimefit.models.reference import ELEMENTARY_CHARGE, DarkPhoton

Array = NDArray[np.float64]

N_KNOTS = 64
"""Masses at which a contour is given back exactly."""
LEAST_MASS = 2.01 * ELECTRON_MASS
"""Below, e+ e- is about to close, and a digitised mass is not exact enough [GeV]."""
MUONS = np.array([-1e-3, 1e-3, 3e-3, 1e-2, 3e-2])
"""Knots about 2 m_mu, relative to it: the width has a kink there."""
STRETCH = (1e-3, 1e3)
"""Range in which the factor on the shield is looked for."""


def dark_photon(mass: Array) -> tuple[Array, Array]:
    """Total width [GeV] over epsilon^2, and branching ratio to e+ e-, of the particle that the contours are about."""

    def one(m: Any) -> tuple[Any, Any]:
        photon = DarkPhoton().vector({"m_zprime": m, "epsilon": 1.0})
        return photon.total_width, photon.branching("ee")

    width, branching = jax.jit(jax.vmap(one))(jnp.asarray(mass))
    return np.asarray(width), np.asarray(branching)


@dataclass(frozen=True, eq=False)
class ElectronYield:
    """Yield of an electron beam dump, normalised to a published contour.

    Parameters
    ----------
    dump : what makes and stops the particles.
    normalisation : published over computed yield at the lower edge, against mass.
    stretch : factor on the shield that puts the upper edge where it is, against mass.
    """

    dump: Dump
    normalisation: LimitCurve
    stretch: LimitCurve

    def vector(self, particle: LightVector) -> Any:
        """Rate of e+ e- pairs over that at the limit."""
        return self._rate("vector", particle, particle.strength("e"))

    def scalar(self, particle: Any) -> Any:
        """Rate of e+ e- pairs over that at the limit."""
        return self._rate("scalar", particle, particle.coupling("e") ** 2)

    def _rate(self, kind: Any, particle: Any, squared: Any) -> Any:
        mass = particle.mass
        decays = self.dump.decays(kind, mass, particle.total_width, self.stretch(mass))
        return squared * particle.branching("ee") * decays * self.normalisation(mass) / self.dump.events


@cache
def electron_yield(name: str) -> ElectronYield:
    """Yield of the electron beam dump whose contour has this name."""
    return calibrate(dump_contour("electron", name), dump(name))


def calibrate(contour: DumpContour, source: Dump) -> ElectronYield:
    """Both functions of the mass that put the edges of a contour where they are."""
    mass = knots(contour)
    low, high = edges(contour, mass)
    width, branching = dark_photon(mass)
    decaying = jax.jit(jax.vmap(lambda m, wide, longer: source.decays("vector", m, wide, longer)))

    def pairs(epsilon: Any, stretch: Any) -> Array:
        decays = decaying(mass, epsilon**2 * width, stretch)
        return np.asarray((ELEMENTARY_CHARGE * epsilon) ** 2 * branching * decays)

    below, above = np.full(mass.shape, np.log(STRETCH[0])), np.full(mass.shape, np.log(STRETCH[1]))
    for _ in range(50):
        middle = (below + above) / 2
        longer = pairs(high, np.exp(middle)) <= pairs(low, np.exp(middle))  # also where both underflow
        below, above = np.where(longer, below, middle), np.where(longer, middle, above)
    stretch = np.exp((below + above) / 2)
    normalisation = source.events / pairs(low, stretch)
    return ElectronYield(
        source, LimitCurve(mass, normalisation, outside="extend"), LimitCurve(mass, stretch, outside="extend")
    )


def knots(contour: DumpContour) -> Array:
    """Masses (about N_KNOTS,) of a contour, denser where e+ e- opens, at 2 m_mu, and where both edges meet."""
    low, high = max(LEAST_MASS, contour.mass[0]), contour.mass[-1]
    mass = low * (high / low) ** (np.sin(np.pi / 2 * np.linspace(0, 1, N_KNOTS)) ** 2)
    opening = 2 * MUON_MASS * (1 + MUONS)
    mass = np.append(mass, opening[(opening > low) & (opening < high)])
    return np.unique(np.clip(mass, low, high))  # not a rounding beyond the published ones


def edges(contour: DumpContour, mass: Array) -> tuple[Array, Array]:
    """Mixing at both edges of a contour, interpolated in the logarithms."""
    low, high = (
        np.exp(PchipInterpolator(np.log(contour.mass), np.log(edge))(np.log(mass)))
        for edge in (contour.low, contour.high)
    )
    return low, high


@dataclass(frozen=True, eq=False)
class MesonYield:
    """Yield of a proton beam dump, where a meson's decay to a photon makes the vector.

    Parameters
    ----------
    meson : ``"pi0"`` or ``"eta"``.
    first : proper time to the end of the shield [s], against mass.
    normalisation : 1 over [coupling squared, branching ratio and efficiency at the lower edge], against mass.
    ratio : length of the decay volume over that of the shield.
    """

    meson: str
    first: LimitCurve
    normalisation: LimitCurve
    ratio: float

    def vector(self, particle: LightVector) -> Any:
        """Rate of e+ e- pairs over that at the limit; zero beyond the published masses."""
        mass = particle.mass
        share = displaced_efficiency(particle.total_width, self.first(mass), self.ratio)
        known = self.normalisation(mass) * self.normalisation.coverage(mass)
        return meson_strength(self.meson, particle) * particle.branching("ee") * share * known


@cache
def meson_yield(name: str, meson: str) -> MesonYield:
    """Yield of the proton beam dump whose contour has this name; only masses that the meson can decay to."""
    contour, setup = dump_contour("proton", name), dump_setup("proton", name)
    ratio = setup["decay_volume"].value / setup["shield"].value
    mass = np.union1d(contour.mass, knots(contour))
    mass = mass[(mass >= LEAST_MASS) & (mass < MESONS[meson])]
    low, high = edges(contour, mass)
    width, branching = dark_photon(mass)
    first = edge_time(low, high, ratio) * HBAR_GEV_S / (low**2 * width)
    share = np.asarray(displaced_efficiency(low**2 * width, first, ratio))
    at_edge = (ELEMENTARY_CHARGE * low) ** 2 * branching * share
    times, norms = (LimitCurve(mass, values, outside="extend") for values in (first, 1 / at_edge))
    return MesonYield(meson, times, norms, ratio)
