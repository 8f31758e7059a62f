"""Events through MiniBooNE: which pairs are one ring and selected, and where rings are reconstructed.

The response of the spectra, event by event: the acceptance rule for the pair at hand, the efficiency at the
true visible energy, and Gaussian resolutions of energy and angle.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import miniboone_parameters
from zprimefit.likelihoods.miniboone.acceptance import Rule, one_ring
from zprimefit.likelihoods.miniboone.event_record import Events
from zprimefit.likelihoods.miniboone.response import angular_resolution, efficiency, energy_resolution, enuqe

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rings:
    """Rings of the selected events, in their order.

    Parameters
    ----------
    event : places of the selected among all events (m,).
    e_vis, cos_theta, enuqe : reconstructed [GeV, 1, GeV] (m,).
    """

    event: NDArray[np.int64]
    e_vis: Array
    cos_theta: Array
    enuqe: Array


def reconstructed(events: Events, rule: Rule, rng: Generator) -> Rings:
    """Select events and reconstruct their rings, above the threshold in reconstructed energy.

    Parameters
    ----------
    events : see :class:`Events`; the selection leaves their weights alone.
    rule : when a pair is one ring.
    rng : of efficiency and resolutions.
    """
    parent = events.particles["mediator"]
    shared = events.particles["electron"][:, 0] * events.particles["positron"][:, 0]
    e_vis, across = parent[:, 0] - 2 * ELECTRON_MASS, np.hypot(parent[:, 1], parent[:, 2])
    theta = np.arctan2(across, parent[:, 3])
    ring = np.asarray(one_ring(rule, parent[:, 0], events.masses["mediator"], shared))
    found = np.flatnonzero(ring & (rng.random(len(events)) < efficiency(e_vis)))
    true, angle = e_vis[found], theta[found]
    seen = true + energy_resolution(true) * rng.standard_normal(len(found))
    cosine = np.cos(angle + angular_resolution(true) * rng.standard_normal(len(found)))
    above = seen > miniboone_parameters()["evis_threshold"]
    found, seen, cosine = found[above], seen[above], cosine[above]
    return Rings(found, seen, cosine, enuqe(seen, cosine))
