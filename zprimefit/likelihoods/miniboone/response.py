"""MiniBooNE as a constant linear map: from the true (E_vis, cos theta) of one ring to reconstructed bins.

Efficiency at true E_vis (linear between the bin centres of the release, zero below the first and beyond the last bin),
Gaussian resolutions sigma_E = a sqrt(E) + b and sigma_theta = c - d ln(E / GeV) at true E_vis (the polar angle is
smeared; cos takes care of angles that leave [0, pi]), E_nu^QE from the smeared E_vis and cos(theta), and a threshold on
the reconstructed E_vis. Numbers: table ``miniboone-2020/detector``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from zprimefit.constants import ELECTRON_MASS, NEUTRON_MASS, PROTON_MASS
from zprimefit.datasets import miniboone_parameters, shower_efficiency
from zprimefit.numerics.quadrature import panels, unit_rule

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Response:
    """Nodes in true (E_vis, cos theta) and the map from a density on them to counts.

    Parameters
    ----------
    e_vis : (n_e,) true visible energy [GeV].
    cos_theta : (n_c,) true cosine of the ring's angle to the beam.
    matrix : (n_bins, n_e, n_c) quadrature weight x efficiency x probability of the bin [GeV].
    """

    e_vis: Array
    cos_theta: Array
    matrix: Array


def enuqe(e_vis: Array, cos_theta: Array) -> Array:
    """E_nu^QE [GeV] of an electron with visible energy e_vis [GeV], no binding energy (arXiv:2006.16883 release)."""
    energy = e_vis + ELECTRON_MASS
    p = np.sqrt(energy**2 - ELECTRON_MASS**2)
    constant = NEUTRON_MASS**2 + ELECTRON_MASS**2 - PROTON_MASS**2
    return np.asarray((2 * NEUTRON_MASS * energy - constant) / (2 * (NEUTRON_MASS - energy + p * cos_theta)))


def e_vis_at(enuqe_edge: Array, cos_theta: Array) -> Array:
    """Visible energy [GeV] at which E_nu^QE reaches an edge [GeV]: the inverse of :func:`enuqe` at fixed angle.

    At fixed angle E_nu^QE rises with E_vis up to a pole and is negative beyond: one solution for every edge > 0.
    """
    constant = NEUTRON_MASS**2 + ELECTRON_MASS**2 - PROTON_MASS**2
    a, b = NEUTRON_MASS + enuqe_edge, enuqe_edge * cos_theta
    k = enuqe_edge * NEUTRON_MASS + constant / 2
    norm = a**2 - b**2
    energy = (a * k + b * np.sqrt(k**2 - ELECTRON_MASS**2 * norm)) / norm
    return np.asarray(energy - ELECTRON_MASS)


def efficiency(e_vis: Array) -> Array:
    """Selection efficiency at true visible energy [GeV], fiducial factor included."""
    table = shower_efficiency()
    inside = (e_vis >= table.centre[0]) & (e_vis <= table.upper_edge)
    return np.where(inside, np.interp(e_vis, table.centre, table.efficiency), 0.0)


def energy_resolution(e_vis: Array) -> Array:
    """sigma_E [GeV] at true visible energy [GeV]."""
    par = miniboone_parameters()
    return par["energy_resolution_stochastic"] * np.sqrt(e_vis) + par["energy_resolution_constant"]


def angular_resolution(e_vis: Array) -> Array:
    """sigma_theta [rad] at true visible energy [GeV]."""
    par = miniboone_parameters()
    return np.deg2rad(par["angular_resolution_constant"] - par["angular_resolution_slope"] * np.log(e_vis))


def bin_probabilities(e_vis: Array, theta: Array, enuqe_edges: Array, n_angles: int = 24) -> Array:
    """Probability (n_bins, …) that a ring of true e_vis [GeV] and theta [rad] is reconstructed in each E_nu^QE bin."""
    z, weight = np.polynomial.hermite_e.hermegauss(n_angles)
    cos_smeared = np.cos(theta[..., None] + angular_resolution(e_vis)[..., None] * z)
    edges = e_vis_at(enuqe_edges.reshape(-1, *[1] * cos_smeared.ndim), cos_smeared)
    edges = np.maximum(edges, miniboone_parameters()["evis_threshold"])
    pull = (edges - e_vis[..., None]) / (np.sqrt(2) * energy_resolution(e_vis)[..., None])
    return np.asarray(np.diff(erf(pull), axis=0) / 2 @ (weight / weight.sum()))


def energy_nodes(per_panel: int = 3) -> tuple[Array, Array]:
    """Nodes in true E_vis [GeV] and their weights, in panels between the knots of the efficiency."""
    table = shower_efficiency()
    return panels(np.append(table.centre, table.upper_edge), per_panel)


def enuqe_response(enuqe_edges: Array, per_panel: int = 3, n_cos: int = 24) -> Response:
    """Response in bins of E_nu^QE with edges [GeV] (n_bins + 1,).

    Energy nodes sit in panels between the knots of the efficiency; the angular nodes crowd at cos(theta) = 1, where
    light mediators send the ring: 1 - cos(theta) = 2 v^3.
    """
    e_vis, e_weight = energy_nodes(per_panel)
    v, v_weight = unit_rule(n_cos)
    one_minus_cos, c_weight = 2 * v**3, 6 * v**2 * v_weight
    theta = 2 * np.arcsin(np.sqrt(one_minus_cos / 2))
    grid_e, grid_theta = np.meshgrid(e_vis, theta, indexing="ij")
    probability = bin_probabilities(grid_e, grid_theta, enuqe_edges)
    matrix = probability * (efficiency(e_vis) * e_weight)[:, None] * c_weight
    return Response(e_vis, 1 - one_minus_cos, matrix)
