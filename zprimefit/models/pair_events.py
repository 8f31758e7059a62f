"""Events of a source of pairs as four-momenta: the seam between models and whoever draws events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np

from zprimefit.models.kinematics import Array, about, boosted, two_body_momentum

Z_AXIS = np.array([0.0, 0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Momenta:
    """4-momenta (n, 4) [GeV], E, px, py, pz, of one event in each row; the target is at rest, the beam goes along z.

    ``neutrino`` and ``target`` go in; ``recoil`` is the target afterwards, ``heavy`` the heavy neutrino that is made,
    ``daughter`` what it decays to beside the ``mediator``, which decays to ``electron`` and ``positron``. Without a
    daughter the mediator was made beside the heavy neutrino, which is left as it is.
    """

    neutrino: Array
    target: Array
    recoil: Array
    heavy: Array
    daughter: Array | None
    mediator: Array
    electron: Array
    positron: Array

    @property
    def by_role(self) -> dict[str, Array]:
        """Those that there are."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {role: momentum for role, momentum in found.items() if momentum is not None}


class UnitEvents(Protocol):
    """Events at unit couplings, as points of a unit cube; see :class:`PairEvents`."""

    @property
    def weighted(self) -> int:
        """Number of coordinates that the cross section depends on."""
        ...

    @property
    def free(self) -> int:
        """Number of coordinates that it does not depend on, which follow after them."""
        ...

    def threshold(self, masses: Array, channel: str) -> float:
        """Least neutrino energy [GeV]."""
        ...

    def cross_section(self, masses: Array, parts: Array, channel: str, e_nu: Array, points: Array) -> Array:
        """Cross section of a CH2 molecule per volume of the cube [cm^2] (n,): its mean over the cube is the total.

        Parameters
        ----------
        masses, parts : of the source, see :class:`PairSource`.
        channel : one of the source's.
        e_nu : neutrino energies above threshold [GeV] (n,).
        points : (n, weighted).
        """
        ...

    def momenta(self, masses: Array, channel: str, e_nu: Array, points: Array) -> Momenta:
        """Four-momenta of points (n, weighted + free)."""
        ...


@dataclass(frozen=True)
class PairEvents:
    """How the events of a source are drawn, and who takes part.

    Parameters
    ----------
    unit : events at unit couplings.
    heavy, mediator : names of particles, see :data:`zprimefit.constants.PARTICLE_NUMBERS`.
    daughters : params -> share of each light or heavy neutrino among what the heavy one decays to; empty where the
        mediator is made beside it.
    protons : params -> share of protons among the nucleons of CH2 that incoherent scattering is on.
    """

    unit: UnitEvents
    heavy: str
    mediator: str
    daughters: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    protons: Callable[[Mapping[str, Any]], Any]


def isotropic_decay(parent: Array, masses: tuple[float, float, float], points: Array) -> tuple[Array, Array]:
    """4-momenta (n, 4) of the two that a parent (n, 4) decays to, evenly over the directions where it is at rest.

    Parameters
    ----------
    masses : of the parent and of both [GeV].
    points : (n, 2), of the cosine about the z axis and the azimuth.
    """
    n, (mass, first, second) = len(parent), masses
    length = two_body_momentum(mass, first, second)
    axis = np.broadcast_to(Z_AXIS, (n, 4))
    at_rest = about(axis, 2 * points[:, 0] - 1, points[:, 1], np.full(n, length), np.full(n, np.hypot(length, first)))
    found = boosted(at_rest, parent, np.full(n, mass))
    return found, parent - found
