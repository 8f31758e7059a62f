"""Neutrinos through MiniBooNE: the BNB flux as a continuous density, times exposure and target."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from zprimefit.constants import AVOGADRO, CH2_MOLAR_MASS
from zprimefit.datasets import bnb_flux, miniboone_parameters
from zprimefit.models.sources import Flavour
from zprimefit.numerics.arrays import namespace

GRAMS_PER_TONNE = 1e6

Flux = Callable[[Any], Any]
"""Neutrino energies [GeV], shape S -> flux of each mode, (n_modes,) + S."""


def ch2_molecules() -> float:
    """Number of CH2 molecules in the whole tank."""
    return miniboone_parameters()["target_mass"] * GRAMS_PER_TONNE / CH2_MOLAR_MASS * AVOGADRO


def exposed_flux(modes: tuple[str, ...], flavour: Flavour = "mu") -> Flux:
    """Flux of neutrinos + antineutrinos of a flavour times protons on target times CH2 molecules [1/(cm^2 GeV)].

    The release gives bin contents. The density used is the derivative of the monotone cubic through their cumulative
    sum: continuous, not negative, and with every bin's content exact. Zero outside the table.
    """
    coefficients = []
    for mode in modes:
        flux = bnb_flux(mode)
        widths = np.diff(flux.edges)
        density = flux.numu + flux.numubar if flavour == "mu" else flux.nue + flux.nuebar
        cumulative = np.concatenate([[0.0], np.cumsum(density * widths)])
        exposure = miniboone_parameters()[f"pot_{mode}"] * ch2_molecules()
        coefficients.append(PchipInterpolator(flux.edges, cumulative).derivative().c * exposure)
    edges = bnb_flux(modes[0]).edges
    width = edges[1] - edges[0]
    table = np.stack(coefficients, axis=1)  # (3 powers, modes, bins)
    last = table.shape[-1] - 1

    def evaluate(e_nu: Any) -> Any:
        xp = namespace(e_nu)
        index = xp.clip((e_nu / width).astype(int), 0, last)
        offset = e_nu - index * width
        a, b, c = xp.asarray(table)[:, :, index]
        inside = (e_nu > edges[0]) & (e_nu < edges[-1])
        return xp.where(inside, (a * offset + b) * offset + c, 0.0)

    return evaluate


def highest_energy() -> float:
    """Upper end of the flux table [GeV]."""
    return float(bnb_flux("fhc").edges[-1])
