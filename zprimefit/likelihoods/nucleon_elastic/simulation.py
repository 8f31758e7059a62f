"""The released simulation, ready for reweighting in the nucleon's true kinetic energy T, Q^2 = 2 M T."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, block_diag, cholesky, solve_triangular

from zprimefit.constants import NUCLEON_MASS
from zprimefit.datasets import nucleon_elastic, published_inputs
from zprimefit.likelihoods.nucleon_elastic.beam import neutrinos_and_antineutrinos, tail_moments
from zprimefit.models.llewellyn_smith import (
    NUCLEONS,
    Moments,
    at_axial_form_factor,
    axial_form_factor,
    elastic,
    vector_form_factors,
)
from zprimefit.models.upscattering import least_energy
from zprimefit.numerics.quadrature import panels

Array = NDArray[np.float64]

COMPONENTS: Final = {
    "proton": ("hydrogen_proton", "carbon_single_proton", "carbon_multiple_proton"),
    "neutron": ("carbon_neutron",),
}
"""Struck nucleon -> components of the simulation."""

NODES: Final = 3
"""Nodes per bin of true energy."""
OVERFLOW: Final = (1.2, 1.7, 2.5)
"""Edges beyond the last finite one of the true energy [GeV]: less than 1 % of them are higher."""


@dataclass(frozen=True, eq=False)
class Simulation:
    """What does not depend on parameters."""

    q2: Array
    """Nodes (n,) [GeV^2]."""
    form_factors: tuple[tuple[Any, Any], ...]
    """F1, F2 of the Z at the nodes, of proton and neutron."""
    moments: tuple[Moments, Moments]
    """Above the least energy of a massless neutrino, at the nodes: neutrinos + antineutrinos, and their difference."""
    responses: tuple[Array, ...]
    """Events in reconstructed bins per unit of cross section at the nodes (51, n), of proton and neutron."""
    background: Array
    """(51,)"""
    whitened_responses: tuple[Array, ...]
    """Responses in units of the covariance's Cholesky factor."""
    whitened_excess: Array
    """Data less background (51,), in the same."""


def true_nodes(edges: Array) -> tuple[Array, Array]:
    """Nodes of Q^2 [GeV^2] (n,), and the matrix (n_bins, n) that integrates over T in the bins of these edges [GeV]."""
    bins = [*(edges[i : i + 2] for i in range(edges.size - 2)), np.append(edges[-2], OVERFLOW)]
    rules = [panels(np.asarray(b), NODES) for b in bins]
    kinetic = np.concatenate([nodes for nodes, _ in rules])
    return 2 * NUCLEON_MASS * kinetic, block_diag(*(weights for _, weights in rules))


def simulation(name: str) -> Simulation:
    """Read the release.

    Raises
    ------
    ValueError
        If its covariance is not positive definite.
    """
    release = nucleon_elastic()
    try:
        lower = cholesky(release.covariance, lower=True)
    except LinAlgError as error:
        msg = f"{name}: the covariance must be positive definite, its Cholesky factorisation fails; reinstall zprimefit"
        raise ValueError(msg) from error
    whitening = np.asarray(solve_triangular(lower, np.eye(len(lower)), lower=True))
    q2, average = true_nodes(release.true_edges)
    moments = neutrinos_and_antineutrinos(tail_moments("fhc")(least_energy(q2)))
    form_factors = tuple(vector_form_factors(q2, nucleon) for nucleon in NUCLEONS)
    mass = published_inputs("miniboone-ncel-2010/inputs")["axial_mass_simulated"].value
    responses = []
    for nucleon, factors in zip(NUCLEONS, form_factors, strict=True):
        parts = elastic(q2, *factors, *moments)
        simulated = average @ np.asarray(at_axial_form_factor(parts, axial_form_factor(q2, nucleon, mass)))
        migration = np.sum([release.migration[name] for name in COMPONENTS[nucleon]], axis=0)
        responses.append((migration / simulated) @ average)
    return Simulation(
        q2=q2,
        form_factors=form_factors,
        moments=moments,
        responses=tuple(responses),
        background=release.background,
        whitened_responses=tuple(whitening @ response for response in responses),
        whitened_excess=whitening @ (release.data - release.background),
    )
