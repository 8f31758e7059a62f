"""Tail integrals of the BNB flux: all that averages of elastic scattering over a beam need."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from zprimefit.datasets import bnb_flux
from zprimefit.models.llewellyn_smith import Moments
from zprimefit.numerics.quadrature import unit_rule

Array = NDArray[np.float64]

CELL: Final = 0.005
"""Width of the cells of the table [GeV]: a tenth of a bin of the published flux."""


@dataclass(frozen=True, eq=False)
class TailMoments:
    """Integrals K_n(E_0) = Int_{E_0} dE flux E^-n, n = 0, 1, 2, in cells of one width.

    Parameters
    ----------
    low : energy where the table starts [GeV].
    coefficients : (4 powers, 3, n_kinds, n_cells), in powers of the distance from the cell's lower end, highest first.
    """

    low: float
    coefficients: Array

    def __call__(self, energy: Any) -> tuple[Any, Any, Any]:
        """K_0, K_1, K_2 above energies [GeV] of shape S: (n_kinds,) + S each; per cm^2 and proton on target."""
        last = self.coefficients.shape[-1] - 1
        inside = jnp.clip(energy, self.low, self.low + (last + 1) * CELL)
        index = jnp.clip(((inside - self.low) / CELL).astype(int), 0, last)
        step = inside - self.low - index * CELL
        a, b, c, d = jnp.asarray(self.coefficients)[..., index]
        found = ((a * step + b) * step + c) * step + d
        return found[0], found[1], found[2]


@cache
def tail_moments(mode: str) -> TailMoments:
    """Of muon neutrinos and antineutrinos, in this order, in mode ``fhc`` or ``rhc``.

    The density of the flux is the derivative of the monotone cubic through its cumulative sum, as for electron-like
    events; K_n is a cubic in each cell, with its exact values and slopes at the ends.
    """
    flux = bnb_flux(mode)
    density = [
        PchipInterpolator(flux.edges, np.append(0.0, np.cumsum(kind * np.diff(flux.edges)))).derivative()
        for kind in (flux.numu, flux.numubar)
    ]
    edges = np.arange(1, round(flux.edges[-1] / CELL) + 1) * CELL
    nodes, weights = unit_rule(6)
    energy = edges[:-1, None] + CELL * nodes
    powers = np.arange(3)[:, None, None]
    table = []
    for kind in density:
        content = np.sum(CELL * weights * np.maximum(kind(energy), 0.0) * energy**-powers, axis=-1)
        tail = np.append(np.cumsum(content[:, ::-1], axis=1)[:, ::-1], np.zeros((3, 1)), axis=1)
        slope = -np.maximum(kind(edges), 0.0) * edges ** -powers[..., 0]
        table.append(_cubics(tail, slope))
    return TailMoments(float(edges[0]), np.stack(table, axis=2))


def _cubics(value: Array, slope: Array) -> Array:
    """Coefficients (4, 3, n_cells) of cubics with these values and slopes (3, n_cells + 1) at the ends of the cells."""
    start, rise = slope[:, :-1], np.diff(value, axis=1) / CELL
    end = slope[:, 1:]
    return np.stack([
        (start + end - 2 * rise) / CELL**2,
        (3 * rise - 2 * start - end) / CELL,
        start,
        value[:, :-1],
    ])  # fmt: skip


def neutrinos_and_antineutrinos(moments: Moments) -> tuple[Moments, Moments]:
    """Sum and difference of neutrinos and antineutrinos, of moments (2,) + S."""
    k0, k1, k2 = moments
    return (k0[0] + k0[1], k1[0] + k1[1], k2[0] + k2[1]), (k0[0] - k0[1], k1[0] - k1[1], k2[0] - k2[1])
