"""What experiments ask of a model's light particles: masses, couplings, widths, whatever Lagrangian they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import HBAR_GEV_S

LEPTONS = ("e", "mu", "tau")
NEUTRINOS = ("nu_e", "nu_mu", "nu_tau")
QUARKS = ("u", "d", "s")
NUCLEONS = ("proton", "neutron")


@dataclass(frozen=True, eq=False)
class _Unstable:
    """A particle with partial widths."""

    mass: Any
    """[GeV]"""
    widths: Mapping[str, Any]
    """Final state -> partial width [GeV]; ``invisible`` leaves nothing in a detector."""
    total_width: Any = field(init=False, repr=False)
    """Sum of the partial widths [GeV]."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_width", sum(self.widths.values()))

    def branching(self, *states: str) -> Any:
        """Branching ratio to any of the final states; zero for states that are not listed, or without any width."""
        width = self.total_width
        chosen = sum((self.widths[state] for state in states if state in self.widths), jnp.zeros(()))
        return jnp.where(width > 0, chosen / jnp.where(width > 0, width, 1.0), 0.0)

    @property
    def lifetime(self) -> Any:
        """Lifetime [s]; infinite without any width."""
        width = self.total_width
        return jnp.where(width > 0, HBAR_GEV_S / jnp.where(width > 0, width, 1.0), jnp.inf)


@dataclass(frozen=True, eq=False)
class LightVector(_Unstable):
    """A light vector X: L = X_mu f-bar gamma^mu (g_V + g_A gamma^5) f for every fermion.

    Parameters
    ----------
    mass, widths : see above; final states ``ee``, ``mumu``, ``tautau``, ``hadrons``, ``invisible`` and others.
    vector, axial : g_V and g_A by fermion, zero where a fermion is missing: leptons ``e``, ``mu``, ``tau``; quarks
        ``u``, ``d``, ``s``; nucleons at zero momentum transfer ``proton``, ``neutron``; for neutrinos ``nu_e``,
        ``nu_mu``, ``nu_tau`` `vector` holds g in g X_mu nu-bar gamma^mu P_L nu.
    """

    vector: Mapping[str, Any] = field(default_factory=dict)
    axial: Mapping[str, Any] = field(default_factory=dict)

    def coupling(self, fermion: str) -> tuple[Any, Any]:
        """(g_V, g_A) of a fermion."""
        return self.vector.get(fermion, 0.0), self.axial.get(fermion, 0.0)

    def strength(self, fermion: str) -> Any:
        """g_V^2 + g_A^2: what production by a light fermion of much energy is proportional to."""
        g_v, g_a = self.coupling(fermion)
        return jnp.asarray(g_v) ** 2 + jnp.asarray(g_a) ** 2


@dataclass(frozen=True, eq=False)
class LightScalar(_Unstable):
    """A light CP-even scalar: L = - y phi f-bar f for every charged lepton.

    Parameters
    ----------
    mass, widths : see above.
    yukawa : y by charged lepton, zero where one is missing.
    """

    yukawa: Mapping[str, Any] = field(default_factory=dict)

    def coupling(self, lepton: str) -> Any:
        """Return y of a lepton."""
        return jnp.asarray(self.yukawa.get(lepton, 0.0))


@dataclass(frozen=True, eq=False)
class HeavyNeutrino:
    """A heavy neutrino that neutrinos turn into at a vector: L = g X_mu N-bar gamma^mu P_L nu_l + h.c.

    Parameters
    ----------
    mass : of the heavy neutrino [GeV].
    strengths : g^2 by flavour ``e``, ``mu``, ``tau``, which rates are proportional to; zero where one is missing.
    visible : branching ratio of the heavy neutrino to final states with something to see.
    mixings : |U_l|^2 by flavour, which its weak interactions are proportional to; zero where one is missing.
    width : total width [GeV].
    """

    mass: Any
    strengths: Mapping[str, Any]
    visible: Any
    mixings: Mapping[str, Any] = field(default_factory=dict)
    width: Any = 0.0
