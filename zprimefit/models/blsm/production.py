"""Z' of a beam by way of a heavy neutrino: nu_mu N -> N_h N, then N_h -> nu_d Z', as rays for a detector to fold."""

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import CARBON_MASS_NUMBER, NUCLEONS_IN_CH2
from zprimefit.models.blsm.scattering import OPEN_ENERGY, q2_rule, threshold
from zprimefit.models.sources import Flux
from zprimefit.models.targets import CARBON, NUCLEON, Target
from zprimefit.numerics.quadrature import log_map, panels, unit_rule
from zprimefit.numerics.roots import positive_root

Visible = Literal["box", "forward"]
"""Energies of the Z' at one energy of N_h: the box of an isotropic decay, or its forward edge alone."""
FLUX_SCALE = 0.3
"""Distance from threshold [GeV] below which nodes in the neutrino energy are even, logarithmic beyond."""
FLUX_PANELS = 6
"""Panels of three nodes for every node, where the flux is integrated."""


@dataclass(frozen=True)
class Accuracy:
    """Numbers of nodes: neutrino energy, Q^2, cosine of the decay angle, azimuth of the decay over half a turn."""

    energy: int = 48
    q2: int = 16
    decay: int = 24
    azimuth: int = 6

    def refined(self) -> "Accuracy":
        """Return about twice as many in the energy and half as many again in the others, which converge faster."""
        return Accuracy(2 * self.energy, 3 * self.q2 // 2, 3 * self.decay // 2, 3 * self.azimuth // 2)


class Decay(NamedTuple):
    """Z' of N_h -> nu_d Z' at rest [GeV]."""

    open: Any
    energy: Any
    momentum: Any


def two_body(m_heavy: Any, m_daughter: Any, m_vector: Any) -> Decay:
    """Energy and momentum of the Z' where N_h decays; where it does not, those of another decay."""
    open_ = m_heavy > m_daughter + m_vector
    total, difference = m_daughter + m_vector, m_daughter - m_vector
    squared = (m_heavy**2 - total**2) * (m_heavy**2 - difference**2)
    momentum = jnp.sqrt(jnp.where(open_, squared, m_heavy**4)) / (2 * m_heavy)
    return Decay(open_, jnp.sqrt(m_vector**2 + momentum**2), momentum)


def flux_rule(start: Any, end: float, flux: Flux, n: int) -> tuple[Any, Any]:
    """Nodes in the neutrino energy and the flux that each stands for: a product rule, exact however rough the flux is.

    Cross sections are smooth in the energy, published fluxes are not: so the cross section times the response is taken
    as a polynomial through n nodes in ln(E - start + scale), and its product with the flux is integrated on many more.

    Parameters
    ----------
    start, end : of the energies [GeV].
    flux : see :meth:`ChainRays.rays`.
    n : number of nodes.

    Returns
    -------
    e_nu, exposure : (n,) [GeV], (n_modes, n) [1/cm^2]; single ones may fall a little below zero, as such rules do.
    """
    e_nu, _ = log_map(start, end, FLUX_SCALE, n)
    rule = panels(np.linspace(0, 1, FLUX_PANELS * n + 1), 3)
    fine, step = log_map(start, end, FLUX_SCALE, rule)
    return e_nu, (flux(fine) * step) @ _polynomials(n, rule[0])


def _polynomials(n: int, fine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lagrange polynomials of n Gauss nodes of [0, 1] at others (m,), as (m, n), by their Legendre series."""
    x, weight = unit_rule(n)
    at_x, at_fine = (np.polynomial.legendre.legvander(2 * u - 1, n - 1) for u in (x, fine))
    return np.asarray(at_fine * (2 * np.arange(n) + 1) @ at_x.T * weight)


def decay_rule(accuracy: Accuracy, visible: Visible) -> tuple[NDArray[np.float64], ...]:
    """Cosine and azimuth of the Z' in the rest frame of N_h, and the probability of each: three arrays (n,)."""
    if visible == "forward":
        return np.ones(1), np.zeros(1), np.ones(1)
    x, weight = unit_rule(accuracy.decay)
    # midpoints are exact for the Fourier modes below 2 n; the other half of the turn is the mirror image
    turn = np.pi * (np.arange(accuracy.azimuth) + 0.5) / accuracy.azimuth
    cosine, azimuth = (grid.ravel() for grid in np.meshgrid(2 * x - 1, turn, indexing="ij"))
    return cosine, azimuth, np.repeat(weight / accuracy.azimuth, accuracy.azimuth)


@dataclass(frozen=True)
class ChainRays:
    """Z' made in CH2 at unit couplings: rays of energy, angle and weight, a quadrature of the whole chain.

    N_h of energy E_h = E_nu - Q^2 / 2m decays isotropically, so the energy of the Z' is uniform between
    gamma (E* -+ beta p*). Part 0 is incoherent, for (8 C_p^2 + 6 C_n^2) / 14 = 1; part 1 coherent, for a mean coupling
    (C_p + C_n) / 2 = 1. Masses come in the order Z', N_h and, unless it is massless, the neutrino that N_h decays to.

    Parameters
    ----------
    accuracy : quadrature nodes.
    visible : ``"box"``, or ``"forward"``: every Z' has E = gamma (E* + beta p*), along N_h. That is paper B's Eq. 26
        as printed: solved for E_nu5 with the minus sign, it is the least energy of N_h that gives a Z' of energy E,
        which is then emitted forward if E > E*. (For E < E*, where no forward edge lies, it is the backward one.)
    massless_daughter : N_h decays to a massless neutrino, and there are two masses only.
    coherent, incoherent : targets.
    """

    accuracy: Accuracy = Accuracy()
    visible: Visible = "box"
    massless_daughter: bool = False
    coherent: Target = CARBON
    incoherent: Target = NUCLEON

    def refined(self) -> "ChainRays":
        """Return the same with seven times as many rays, to measure the error of these."""
        return replace(self, accuracy=self.accuracy.refined())

    def rays(self, masses: Any, flux: Flux, e_nu_max: float) -> tuple[Any, Any, Any]:
        """Energies, angles and weights of Z'.

        Parameters
        ----------
        masses : of the Z', N_h and its daughter (unless massless) [GeV].
        flux : e_nu of shape T -> (n_modes,) + T, flux x exposure x number of CH2 molecules [1/(cm^2 GeV)].
        e_nu_max : where the flux ends [GeV].

        Returns
        -------
        e, cos_theta, weights : (n,), (n,) and (2, 2, n_modes, n) [GeV, 1, Z' at unit couplings]; the first axis of the
            weights is incoherent, coherent, the second part 0, part 1. Weights are zero where N_h does not decay.
        """
        m_vector, m_heavy = masses[0], masses[1]
        decay = two_body(m_heavy, 0.0 if self.massless_daughter else masses[2], m_vector)
        channels = ((self.incoherent, NUCLEONS_IN_CH2), (self.coherent, CARBON_MASS_NUMBER**2))
        found = []
        for target, number in channels:
            e_heavy, cos_heavy, weight = self._heavy(target, m_vector, m_heavy, flux, e_nu_max)
            e, cos_theta, share = self._decayed(e_heavy, cos_heavy, m_heavy, m_vector, decay)
            rate = jnp.where(decay.open, number * weight, 0.0)[..., None] * share
            found.append((e, cos_theta, rate.reshape(len(rate), -1)))
        (e0, cos0, first), (e1, cos1, second) = found
        none0, none1 = jnp.zeros_like(first), jnp.zeros_like(second)
        incoherent = jnp.stack([jnp.concatenate([first, none1], axis=-1), jnp.concatenate([none0, none1], axis=-1)])
        coherent = jnp.stack([jnp.concatenate([none0, none1], axis=-1), jnp.concatenate([none0, second], axis=-1)])
        return jnp.concatenate([e0, e1]), jnp.concatenate([cos0, cos1]), jnp.stack([incoherent, coherent])

    def _heavy(self, target: Target, m_vector: Any, m_heavy: Any, flux: Flux, e_nu_max: float) -> tuple[Any, Any, Any]:
        """Energy and angle of N_h (k,) [GeV, 1], and how many there are at unit couplings (n_modes, k)."""
        start = jnp.minimum(threshold(m_heavy, target), e_nu_max)
        e_nu, exposure = flux_rule(start, e_nu_max, flux, self.accuracy.energy)
        q2, sigma = q2_rule(e_nu, m_heavy, m_vector, target, self.accuracy.q2)
        open_ = e_nu > threshold(m_heavy, target)
        safe = jnp.where(open_, e_nu, OPEN_ENERGY)[..., None]
        e_heavy = safe - q2 / (2 * target.mass)
        momentum = jnp.sqrt((e_heavy - m_heavy) * (e_heavy + m_heavy))
        # Q^2 = 2 E_nu (E_h - p_h cos) - m_h^2, with E_h - p_h written without cancellation
        behind = (q2 + m_heavy**2) / (2 * safe) - m_heavy**2 / (e_heavy + momentum)
        cosine = 1 - behind / momentum
        weight = exposure[..., None] * sigma
        return e_heavy.ravel(), cosine.ravel(), weight.reshape(len(weight), -1)

    def _decayed(self, e_heavy: Any, cos_heavy: Any, m_heavy: Any, m_vector: Any, decay: Decay) -> tuple[Any, Any, Any]:
        """Energies and angles of the Z' (k n,) of N_h (k,), and the probability of each decay (n,)."""
        cos_star, azimuth, share = decay_rule(self.accuracy, self.visible)
        gamma = e_heavy[:, None] / m_heavy
        boost = positive_root((gamma - 1) * (gamma + 1))  # gamma beta
        along = gamma * decay.momentum * cos_star + boost * decay.energy
        across = decay.momentum * np.sqrt((1 - cos_star) * (1 + cos_star))
        momentum = jnp.sqrt(along**2 + across**2)
        sine = positive_root((1 - cos_heavy) * (1 + cos_heavy))[:, None]
        cos_theta = (cos_heavy[:, None] * along + sine * across * np.cos(azimuth)) / momentum
        e = jnp.sqrt(m_vector**2 + momentum**2)
        return e.ravel(), jnp.clip(cos_theta, -1.0, 1.0).ravel(), share
