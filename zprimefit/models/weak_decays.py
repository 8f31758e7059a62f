"""Decays of a heavy Dirac neutrino through W and Z, and phase space that decays through a light vector share.

Widths are those of a neutrino of mass m that mixes as |U_a|^2 with the active ones, in units of G_F^2 m^5/(192 pi^3).
The one-photon width is that of a Dirac neutrino through W and charged leptons, 27 alpha/(8 pi).
"""

from collections.abc import Mapping
from math import pi
from typing import Any

import jax.numpy as jnp
import numpy as np

from zprimefit.constants import (
    ELECTRON_MASS,
    FERMI_CONSTANT,
    FINE_STRUCTURE,
    MUON_MASS,
    PI0_MASS,
    PI_PLUS_MASS,
    PION_DECAY_CONSTANT,
    SIN2_THETA_W,
    V_UD,
)
from zprimefit.numerics.quadrature import log_map
from zprimefit.numerics.roots import positive_root
from zprimefit.numerics.slopes import with_own_slopes

NEAREST = 1e-9
"""Least distance of m_V^2 from m^2, over m^2, at which the propagator of a light vector is evaluated."""


def muon_like_width(mass: Any) -> Any:
    """G_F^2 m^5 / (192 pi^3) [GeV]."""
    return FERMI_CONSTANT**2 * mass**5 / (192 * pi**3)


def with_photon_muon_or_pion(mass: Any, mixings: Mapping[str, Any]) -> dict[str, Any]:
    """Widths [GeV] of ``nu_gamma``, ``nu_e_mu``, ``nu_pi0``, ``e_pi``; the electron is massless beside a muon or pion.

    Parameters
    ----------
    mass : [GeV], below 2 m_mu.
    mixings : |U_a|^2 by flavour ``e``, ``mu``, ``tau``; those that are missing are zero.
    """
    unit = muon_like_width(mass)
    electron, muon, tau = (mixings.get(flavour, 0.0) for flavour in ("e", "mu", "tau"))
    pion = FERMI_CONSTANT**2 * PION_DECAY_CONSTANT**2 * mass**3 / (16 * pi)
    return {
        "nu_gamma": 27 * FINE_STRUCTURE / (8 * pi) * unit * (electron + muon + tau),
        "nu_e_mu": unit * (electron + muon) * muon_phase_space(MUON_MASS**2 / mass**2),
        "nu_pi0": pion / 2 * (electron + muon + tau) * jnp.maximum(1 - PI0_MASS**2 / mass**2, 0.0) ** 2,
        "e_pi": pion * V_UD**2 * electron * jnp.maximum(1 - PI_PLUS_MASS**2 / mass**2, 0.0) ** 2,
    }


def electron_pair(mass: Any, mixings: Mapping[str, Any], extra: tuple[Any, Any] = (0.0, 0.0), ratio: Any = 0.0) -> Any:
    """Gamma(N -> nu e+ e-) [GeV] through W, Z and a light vector, the electron's mass included.

    Parameters
    ----------
    mass : [GeV].
    mixings : |U_a|^2 by flavour; those that are missing are zero.
    extra : what the vector adds to the electron's g_L and g_R at zero momentum transfer.
    ratio : m^2/m_V^2. Its propagator is averaged over the mass of the pair as if the electron had no mass; a vector
        lighter than N stays at the edge.
    """
    once, twice = with_own_slopes(propagator_averages)(ratio)
    same, opposite = pair_phase_space(ELECTRON_MASS**2 / mass**2)
    to_left, to_right = extra

    # of the flavours that couple by the Z alone, and of electron flavour, where the W adds one
    left, right = np.array([0.0, 1.0]) - 1 / 2 + SIN2_THETA_W, SIN2_THETA_W
    squares = left**2 + right**2 + 2 * once * (left * to_left + right * to_right) + twice * (to_left**2 + to_right**2)
    cross = left * right + once * (left * to_right + right * to_left) + twice * to_left * to_right
    mixing = [mixings.get("mu", 0.0) + mixings.get("tau", 0.0), mixings.get("e", 0.0)]
    return muon_like_width(mass) * ((squares * same + 4 * cross * opposite) @ jnp.stack(mixing))


def three_neutrino_rule(ratio: Any, nodes: int) -> tuple[tuple[Any, Any], Any]:
    """Poles 1/(r - s1) and 1/(r - s2) on half of the Dalitz plot of N -> nu nu nubar, and its weights over m^5.

    In units of m^2: s = s(nu nu), s1 + s2 = 1 - s; the poles are nearest where s1 or s2 is 1. A vector lighter than N
    stays at that edge: what it adds there is finite, and small beside the decay to a real one.

    Parameters
    ----------
    ratio : r = m_V^2/m^2.
    nodes : in each of s and the share of s1.
    """
    gap = jnp.maximum(ratio - 1, NEAREST)
    s, ds = log_map(jnp.zeros_like(gap), jnp.ones_like(gap), gap, nodes)
    half = (1 - s) / 2
    s1, ds1 = log_map(jnp.zeros_like(half), half, gap * jnp.ones_like(half), nodes)
    weight = (ds * s * (1 - s))[:, None] * ds1 / (128 * pi**3)
    return (1 / (1 + gap - s1), 1 / (gap + s[:, None] + s1)), weight


def propagator_averages(ratio: Any, nodes: int = 24) -> tuple[Any, Any]:
    """Averages of 1/(1 - r x) and its square over 2 (1 - x)^2 (1 + 2x), x = s/m^2 in [0, 1], r = m^2/m_V^2.

    The weight is the spectrum of nu f fbar through a vector of no momentum dependence; r is at most 1 - NEAREST: a
    vector lighter than the neutrino stays at that edge, where its effect is finite.
    """
    r = jnp.clip(ratio, NEAREST, 1 - NEAREST)
    rest, step = log_map(jnp.zeros_like(r), jnp.ones_like(r), 1 / r - 1 + NEAREST, nodes)  # 1 - x
    weight = step * 2 * rest**2 * (3 - 2 * rest)
    pole = 1 / (1 - r + r * rest)
    return jnp.sum(weight * pole, axis=-1), jnp.sum(weight * pole**2, axis=-1)


def muon_phase_space(y: Any) -> Any:
    """1 - 8y + 8y^3 - y^4 - 12 y^2 ln y of one massive fermion among three, y the ratio of squared masses."""
    open_ = y < 1
    safe = jnp.where(open_, y, 0.5)
    return jnp.where(open_, 1 - 8 * safe + 8 * safe**3 - safe**4 - 12 * safe**2 * jnp.log(safe), 0.0)


def pair_phase_space(y: Any) -> tuple[Any, Any]:
    """Phase space of nu f fbar: factors of g_L^2 + g_R^2 (1 for y -> 0) and 4 g_L g_R (0), y = m_f^2 / m^2."""
    open_ = y < 1 / 4
    y = jnp.where(open_, y, 0.1)
    root = positive_root(1 - 4 * y)
    # ln[(1 - 3y - (1 - y) root) / (y (1 + root))] without its cancellation
    log = jnp.log(4 * y**2 / ((1 - 3 * y + (1 - y) * root) * (1 + root)))
    same = (1 - 14 * y - 2 * y**2 - 12 * y**3) * root + 12 * y**2 * (y**2 - 1) * log
    opposite = y * (2 + 10 * y - 12 * y**2) * root + 6 * y**2 * (1 - 2 * y + 2 * y**2) * log
    return jnp.where(open_, same, 0.0), jnp.where(open_, opposite, 0.0)
