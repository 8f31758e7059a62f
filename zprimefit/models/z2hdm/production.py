"""Scalars made by a beam: density in energy and angle per unit coupling, for a detector to fold."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import NUCLEONS_IN_CH2
from zprimefit.models.targets import NUCLEON, Target
from zprimefit.models.z2hdm.scattering import Masses, Nodes, differential, threshold
from zprimefit.numerics.quadrature import log_map


@dataclass(frozen=True)
class Accuracy:
    """Numbers of nodes in the neutrino energy and in q2^2."""

    energy: int = 28
    q2: Nodes = field(default_factory=lambda: Nodes(24, 4, 4))


@dataclass(frozen=True)
class ScalarDensity:
    """Scalars per GeV and unit of cos(theta) made in CH2, at unit couplings.

    Parameters
    ----------
    coherent : target of the coherent part.
    accuracy : quadrature nodes.
    incoherent : target of the incoherent part, one nucleon.
    """

    coherent: Target
    accuracy: Accuracy
    incoherent: Target = NUCLEON

    def refined(self) -> "ScalarDensity":
        """Return the same density with about twice the nodes, to measure the error of this one."""
        q2 = self.accuracy.q2
        finer = Accuracy(2 * self.accuracy.energy, Nodes(2 * q2.far, 2 * q2.near, 2 * q2.forward))
        return replace(self, accuracy=finer)

    def __call__(self, masses: Any, e_scalar: Any, cos_theta: Any, flux: Callable[[Any], Any], e_nu_max: float) -> Any:
        """Density at energies and angles of the scalar.

        Parameters
        ----------
        masses : of the Z', the scalar and nu_4 [GeV].
        e_scalar, cos_theta : one shape S [GeV, 1].
        flux : e_nu of shape T -> (n_modes,) + T, flux x exposure x number of CH2 molecules [1/(cm^2 GeV)].
        e_nu_max : where the flux ends [GeV].

        Returns
        -------
        array (2, 2, n_modes) + S: first axis incoherent, coherent; second axis part 0, part d.
        """
        process, parts = Masses(*masses), []
        for target, number in ((self.incoherent, NUCLEONS_IN_CH2), (self.coherent, 1)):
            start = jnp.minimum(threshold(e_scalar, cos_theta, process, target), e_nu_max)
            scale = 0.15 + 0.3 * process.zprime
            e_nu, weight = log_map(start, jnp.full_like(start, e_nu_max), scale, self.accuracy.energy)
            rate = jnp.stack(
                differential(e_nu, e_scalar[..., None], cos_theta[..., None], process, target, self.accuracy.q2)
            )  # (2,) + S + (energy,)
            parts.append(number * jnp.einsum("p...e,m...e->pm...", rate * weight, flux(e_nu)))
        return jnp.stack(parts)
