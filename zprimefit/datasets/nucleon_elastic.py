"""MiniBooNE's neutral-current elastic sample in neutrino mode (arXiv:1007.4730)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.table import read_table

Array = NDArray[np.float64]

ELASTIC_COMPONENTS = ("hydrogen_proton", "carbon_single_proton", "carbon_multiple_proton", "carbon_neutron")
"""Components that elastic scattering makes; the release has a fifth, ``irreducible``."""


@dataclass(frozen=True, eq=False)
class NucleonElastic:
    """Counts versus nucleon kinetic energy, what simulates them, and their covariance."""

    edges: Array
    """Edges of the bins of reconstructed energy [GeV], (52,)."""
    data: Array
    """(51,)"""
    background: Array
    """Simulated, the irreducible one included, (51,)."""
    covariance: Array
    """Of the counts, (51, 51)."""
    true_edges: Array
    """Edges of the bins of true energy [GeV], (52,); the last is infinite."""
    true_spectra: dict[str, Array]
    """Component -> simulated events before any cut per bin of true energy, (51,)."""
    migration: dict[str, Array]
    """Component -> simulated events after all cuts, reconstructed x true bins, (51, 51)."""


@dataclass(frozen=True, eq=False)
class NucleonElasticCrossSection:
    """Flux-averaged d sigma / dQ2 per nucleon of CH2 [cm^2/GeV^2] as published."""

    edges: Array
    """Edges of the bins of Q^2 [GeV^2], (n + 1,)."""
    dsigma: Array
    error: Array
    weights: dict[str, Array]
    """Efficiency correction by target: ``hydrogen_proton``, ``carbon_proton``, ``carbon_neutron``."""


def _numbers(table: str) -> dict[str, Array]:
    frame = read_table(f"miniboone-ncel-2010/{table}").frame
    return {str(name): frame[name].to_numpy(dtype=np.float64) for name in frame}


@cache
def nucleon_elastic() -> NucleonElastic:
    """Sample, simulation and covariance."""
    reconstructed, true = _numbers("reconstructed"), _numbers("true_spectra")
    frame = read_table("miniboone-ncel-2010/migration").frame.set_index("component")
    migration = {
        name: frame.loc[name].drop(columns="bin").to_numpy(dtype=np.float64)
        for name in (*ELASTIC_COMPONENTS, "irreducible")
    }
    return NucleonElastic(
        edges=np.append(reconstructed["t_low"], reconstructed["t_high"][-1]),
        data=reconstructed["data"],
        background=reconstructed["background"] + migration["irreducible"].sum(axis=1),
        covariance=read_table("miniboone-ncel-2010/covariance").frame.to_numpy(dtype=np.float64),
        true_edges=np.append(true["t_low"], true["t_high"][-1]),
        true_spectra={name: true[name] for name in ELASTIC_COMPONENTS},
        migration={name: migration[name] for name in ELASTIC_COMPONENTS},
    )


@cache
def nucleon_elastic_cross_section() -> NucleonElasticCrossSection:
    """The differential cross section that the release unfolds."""
    columns = _numbers("cross_section")
    targets = ("hydrogen_proton", "carbon_proton", "carbon_neutron")
    return NucleonElasticCrossSection(
        edges=np.append(columns["q2_low"], columns["q2_high"][-1]),
        dsigma=columns["dsigma"],
        error=columns["error"],
        weights={name: columns[f"weight_{name}"] for name in targets},
    )
