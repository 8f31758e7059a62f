"""MiniBooNE as a constant linear map: from the true (E_vis, cos theta) of one ring to reconstructed bins.

Efficiency at true E_vis (linear between the bin centres of the release, zero below the first and beyond the last bin),
Gaussian resolutions sigma_E = a sqrt(E) + b and sigma_theta = c - d ln(E / GeV) at true E_vis (the polar angle is
smeared; cos takes care of angles that leave [0, pi]), E_nu^QE from the smeared E_vis and cos(theta), and a threshold on
the reconstructed E_vis. Bins are those of E_nu^QE, or of E_vis and cos(theta) with or without a cut on E_nu^QE.
Numbers: table ``miniboone-2020/detector``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from zprimefit.constants import ELECTRON_MASS, NEUTRON_MASS, PROTON_MASS
from zprimefit.datasets import miniboone_parameters, published_inputs, shower_efficiency
from zprimefit.numerics.quadrature import moment_shares, panels, unit_rule

Array = NDArray[np.float64]
EfficiencyAt = Literal["true", "reconstructed", "constant"]
"""Visible energy at which the published efficiency is taken, or paper B's constant in its stead."""
EFFICIENCIES: tuple[EfficiencyAt, ...] = ("true", "reconstructed", "constant")
FINER_ANGLES = 2
"""Nodes in the angle of the response, over those of the density."""
Probability = Callable[[Array, Array], Array]
"""True E_vis [GeV] and theta [rad] of one shape S -> probability of every bin, (n_bins,) + S; times the selection
efficiency where that is taken at the reconstructed energy."""


@dataclass(frozen=True)
class Response:
    """Nodes in true (E_vis, cos theta) and the map from a density on them to counts.

    Parameters
    ----------
    e_vis : (n_e,) true visible energy [GeV].
    cos_theta : (n_c,) true cosine of the ring's angle to the beam.
    matrix : (n_bins, n_e, n_c) quadrature weight x efficiency x probability of the bin [GeV].
    weight : (n_e, n_c) quadrature weight alone [GeV].
    """

    e_vis: Array
    cos_theta: Array
    matrix: Array
    weight: Array


@dataclass(frozen=True, eq=False)
class RingBins:
    """Bins in reconstructed E_vis and cos(theta).

    Parameters
    ----------
    evis_edges : (n_e + 1,) [GeV]; infinity is allowed at the end.
    cos_edges : (n_cos + 1,).
    enuqe_cut : events come from this range of reconstructed E_nu^QE [GeV]; None for no cut.
    """

    evis_edges: Array
    cos_edges: Array
    enuqe_cut: tuple[float, float] | None


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


def efficiency(e_vis: Array, efficiency_at: EfficiencyAt = "true") -> Array:
    """Selection efficiency at true visible energy [GeV], fiducial factor included; zero outside the release's range.

    ``"constant"`` is eta = 0.2 of paper B's Eq. 25; with ``"reconstructed"`` it is one, and the bins' probabilities
    hold the efficiency.
    """
    table = shower_efficiency()
    inside = (e_vis >= table.centre[0]) & (e_vis <= table.upper_edge)
    heights: Array | float = 1.0
    if efficiency_at == "true":
        heights = np.interp(e_vis, table.centre, table.efficiency)
    elif efficiency_at == "constant":
        heights = published_inputs("blsm-2022/event_number")["eta"].value
    return np.where(inside, heights, 0.0)


def energy_resolution(e_vis: Array) -> Array:
    """sigma_E [GeV] at true visible energy [GeV]."""
    par = miniboone_parameters()
    return par["energy_resolution_stochastic"] * np.sqrt(e_vis) + par["energy_resolution_constant"]


def angular_resolution(e_vis: Array) -> Array:
    """sigma_theta [rad] at true visible energy [GeV]."""
    par = miniboone_parameters()
    return np.deg2rad(par["angular_resolution_constant"] - par["angular_resolution_slope"] * np.log(e_vis))


def _step(x: Array, e_vis: Array, efficiency_at: EfficiencyAt) -> Array:
    """Integral over reconstructed energies up to x [GeV] of the resolution at true e_vis, times the efficiency.

    Unless the efficiency is that at the reconstructed energy it is a common factor, left to the caller. There it is
    linear between its knots, and a linear function times a Gaussian has a closed integral.
    """
    sigma = energy_resolution(e_vis)
    if efficiency_at != "reconstructed":
        return np.asarray(erf((x - e_vis) / (np.sqrt(2) * sigma)) / 2)
    table = shower_efficiency()
    knots = np.append(table.centre, table.upper_edge)
    values = np.append(table.efficiency, table.efficiency[-1])
    total = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(e_vis)))
    for low, high, at_low, at_high in zip(knots[:-1], knots[1:], values[:-1], values[1:], strict=True):
        slope = (at_high - at_low) / (high - low)
        at_true = at_low + slope * (e_vis - low)
        for end, sign in ((np.clip(x, low, high), 1), (np.full_like(total, low), -1)):
            pull = (end - e_vis) / sigma
            density = np.exp(-(pull**2) / 2) / np.sqrt(2 * np.pi)
            total += sign * (at_true * erf(pull / np.sqrt(2)) / 2 - slope * sigma * density)
    return total


def bin_probabilities(
    e_vis: Array, theta: Array, enuqe_edges: Array, n_angles: int = 24, efficiency_at: EfficiencyAt = "true"
) -> Array:
    """Probability (n_bins, …) that a ring of true e_vis [GeV] and theta [rad] is reconstructed in each E_nu^QE bin.

    With ``efficiency_at="reconstructed"`` the selection efficiency is included.
    """
    z, weight = np.polynomial.hermite_e.hermegauss(n_angles)
    cos_smeared = np.cos(theta[..., None] + angular_resolution(e_vis)[..., None] * z)
    edges = e_vis_at(enuqe_edges.reshape(-1, *[1] * cos_smeared.ndim), cos_smeared)
    edges = np.maximum(edges, miniboone_parameters()["evis_threshold"])
    return np.asarray(np.diff(_step(edges, e_vis[..., None], efficiency_at), axis=0) @ (weight / weight.sum()))


def ring_probabilities(
    e_vis: Array, theta: Array, bins: RingBins, efficiency_at: EfficiencyAt = "true", spacing: float = 0.03
) -> Array:
    """Probability (n_e, n_cos, …) that a ring of true e_vis [GeV] and theta [rad] is reconstructed in each bin.

    Parameters
    ----------
    e_vis, theta : one shape.
    bins : in reconstructed E_vis and cos(theta), with the cut on E_nu^QE.
    efficiency_at : as for :func:`bin_probabilities`.
    spacing : of the nodes in the reconstructed angle [rad]; the resolution is 0.05 rad or more.
    """
    sigma, threshold = angular_resolution(e_vis), miniboone_parameters()["evis_threshold"]
    columns = []
    for cos_low, cos_high in pairwise(bins.cos_edges):
        ends = np.arccos([cos_high, cos_low])
        seen, weight = panels(ends, 6 + int((ends[1] - ends[0]) / spacing))
        # the polar angle of a smeared direction: theta', -theta' and 2 pi - theta' are one ring
        images = np.stack([seen, -seen, 2 * np.pi - seen])
        pull = (images.reshape(3, -1, *[1] * theta.ndim) - theta) / sigma
        angular = np.exp(-(pull**2) / 2).sum(axis=0) / (np.sqrt(2 * np.pi) * sigma)
        edges = np.broadcast_to(bins.evis_edges[:, None], (len(bins.evis_edges), len(seen)))
        edges = np.maximum(edges, threshold)
        if bins.enuqe_cut is not None:
            low, high = (e_vis_at(np.array(end), np.cos(seen)) for end in bins.enuqe_cut)
            edges = np.clip(edges, np.maximum(low, threshold), np.maximum(high, threshold))
        steps = _step(edges.reshape(*edges.shape, *[1] * e_vis.ndim), e_vis, efficiency_at)
        columns.append(np.einsum("k,k...,bk...->b...", weight, angular, np.diff(steps, axis=0)))
    return np.stack(columns, axis=1)


def energy_nodes(per_panel: int = 3) -> tuple[Array, Array]:
    """Nodes in true E_vis [GeV] and their weights, in panels between the knots of the efficiency."""
    table = shower_efficiency()
    return panels(np.append(table.centre, table.upper_edge), per_panel)


def response(
    probability: Probability, per_panel: int = 3, n_cos: int = 24, efficiency_at: EfficiencyAt = "true"
) -> Response:
    """Response of bins whose probabilities are given.

    Energy nodes sit in panels between the knots of the efficiency; the angular nodes crowd at cos(theta) = 1, where
    light mediators send the ring: 1 - cos(theta) = 2 v^3.
    """
    e_vis, e_weight = energy_nodes(per_panel)
    v, v_weight = unit_rule(n_cos)
    one_minus_cos, c_weight = 2 * v**3, 6 * v**2 * v_weight
    # Wide of the beam nodes are further apart than the resolution: the response takes more of them than the density.
    n_fine = FINER_ANGLES * n_cos
    theta = 2 * np.arcsin(unit_rule(n_fine)[0] ** 1.5)
    found = probability(*np.meshgrid(e_vis, theta, indexing="ij")) @ moment_shares(n_cos, n_fine).T
    weight = e_weight[:, None] * c_weight
    selected = efficiency(e_vis, efficiency_at)[:, None]
    return Response(e_vis, 1 - one_minus_cos, found * selected * weight, weight)


def enuqe_probability(enuqe_edges: Array, efficiency_at: EfficiencyAt = "true") -> Probability:
    """Probability of bins of E_nu^QE with edges [GeV] (n_bins + 1,)."""

    def probability(e_vis: Array, theta: Array) -> Array:
        return bin_probabilities(e_vis, theta, enuqe_edges, efficiency_at=efficiency_at)

    return probability


def ring_probability(bins: RingBins, efficiency_at: EfficiencyAt = "true") -> Probability:
    """Probability of bins of E_vis and cos(theta), flattened with cos(theta) fastest."""

    def probability(e_vis: Array, theta: Array) -> Array:
        return ring_probabilities(e_vis, theta, bins, efficiency_at).reshape(-1, *e_vis.shape)

    return probability


def enuqe_response(
    enuqe_edges: Array, per_panel: int = 3, n_cos: int = 24, efficiency_at: EfficiencyAt = "true"
) -> Response:
    """Response in bins of E_nu^QE with edges [GeV] (n_bins + 1,)."""
    return response(enuqe_probability(enuqe_edges, efficiency_at), per_panel, n_cos, efficiency_at)


def ring_response(
    bins: RingBins, per_panel: int = 3, n_cos: int = 24, efficiency_at: EfficiencyAt = "true"
) -> Response:
    """Response in bins of E_vis and cos(theta), flattened with cos(theta) fastest."""
    return response(ring_probability(bins, efficiency_at), per_panel, n_cos, efficiency_at)
