"""Loaders for neutrino-electron scattering: beams, reactor spectra, energy loss at the start of showers."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.table import read_table

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Beam:
    """Flux at points in energy, linear between them: per cm^2, GeV and proton on target."""

    energy: Array
    """[GeV], (n,), ascending."""
    numu: Array
    numubar: Array
    nue: Array
    nuebar: Array


@dataclass(frozen=True, eq=False)
class EnergyLoss:
    """Histogram in mean energy loss per 1.7 cm at the start of a shower: events per bin."""

    edges: Array
    """[MeV], (n + 1,)."""
    data: Array
    predicted: Array
    """All simulated processes."""
    photons: Array
    """Those with a neutral pion."""


@cache
def neutrino_beam(table: str) -> Beam:
    """Flux of a table such as ``"numi-2019/flux_medium_energy"``.

    Raises
    ------
    DatasetError
        If the table is missing or damaged.
    """
    frame = read_table(table).frame
    return Beam(*(frame[c].to_numpy(dtype=np.float64) for c in ("e_nu", "numu", "numubar", "nue", "nuebar")))


@cache
def fission_spectra() -> dict[str, Array]:
    """Isotope -> coefficients (6,) of ln[antineutrinos per fission and MeV] in powers of E/MeV (arXiv:1101.2663)."""
    frame = read_table("reactor-2011/fission_spectra").frame
    coefficients = frame.drop(columns="isotope").to_numpy(dtype=np.float64)
    return dict(zip(frame["isotope"], coefficients, strict=True))


@cache
def minerva_energy_loss() -> EnergyLoss:
    """Energy loss in MINERvA's medium-energy neutrino beam, all other cuts made (arXiv:1906.00111)."""
    frame = read_table("minerva-2019/energy_loss").frame
    low, high, *heights = (frame[c].to_numpy(dtype=np.float64) for c in frame)
    return EnergyLoss(np.append(low, high[-1]), *(height * (high - low) for height in heights))
