"""Cross sections of nu_mu N -> N_h N by the exchange of a light Z' with vector couplings to N.

With t = -Q^2, the target's mass m and its hadron tensor A [...] + B P P (see :class:`Target`),

    S|M|^2 = C^2 g_N^2 / (t - m_Z'^2)^2 {(m_h^2 - t)(-2 t - m_h^2) A/2 + [(s - u)^2 - (4 m^2 - t)(m_h^2 - t)] (A/2 + B)}
    d sigma / dQ2 = S|M|^2 / (64 pi m^2 E^2),   s - u = 4 m E + t - m_h^2

summed over spins, averaged over the target's (a neutrino of the beam has one helicity). Of a nucleon A/2 = G_M^2 and
A/2 + B = F1^2 + tau F2^2 = (G_E^2 + tau G_M^2) / (1 + tau), tau = Q^2 / 4 m^2, with the form factors of paper B's
Eq. 23; of carbon A = 0 and B is the form factor squared. Eqs. 32 and 33 of the paper carry a spurious Jacobian, and
its Eq. 31 should read E_th = m_h + m_h^2 / 2 m. The q q part of the propagator drops: the target's current is
conserved. Neutrinos and antineutrinos agree.

Couplings are one: of nu_mu to N_h, and of the target as a whole (6 C_p + 6 C_n for carbon). Everything is pure JAX in
float64.
"""

from math import pi
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import CARBON_MASS_NUMBER, HBARC_SQUARED_CM2_GEV2
from zprimefit.models.targets import Target
from zprimefit.numerics.arrays import namespace
from zprimefit.numerics.quadrature import log_map
from zprimefit.numerics.roots import positive_root

OPEN_ENERGY = 100.0
"""A neutrino energy [GeV] at which the process is open whatever the masses."""


def threshold(m_heavy: Any, target: Target) -> Any:
    """Least neutrino energy [GeV] that makes N_h on a target at rest."""
    return m_heavy + m_heavy**2 / (2 * target.mass)


def q2_range(e_nu: Any, m_heavy: Any, target: Target) -> tuple[Any, Any]:
    """Least and greatest Q^2 [GeV^2] above threshold.

    Parameters
    ----------
    e_nu, m_heavy : neutrino energy and mass of N_h [GeV], broadcast against each other; e_nu above threshold.
    target : at rest.
    """
    mass, heavy, k_p = target.mass, m_heavy**2, target.mass * e_nu
    s = mass**2 + 2 * k_p
    # (s - m^2 - m_h^2)^2 - 4 m^2 m_h^2 with both differences written as products
    triangle = 4 * mass**2 * (e_nu - threshold(m_heavy, target)) * (e_nu + m_heavy - heavy / (2 * mass))
    most = k_p * (2 * k_p + heavy + positive_root(triangle)) / s - heavy
    # the product of both ends is m_h^4 m^2 / s: no cancellation
    return heavy**2 * mass**2 / (s * most), most


def _unit(q2: Any, e_nu: Any, m_heavy: Any, m_vector: Any, target: Target) -> Any:
    """:func:`differential`, wherever the process may be closed."""
    a, b = target.structure(-q2)
    heavy, s_minus_u = m_heavy**2, 4 * target.mass * e_nu - q2 - m_heavy**2
    transverse = (heavy + q2) * (2 * q2 - heavy) * a / 2
    rest = (s_minus_u**2 - (4 * target.mass**2 + q2) * (heavy + q2)) * (a / 2 + b)
    nucleons = 1 if target.kind == "nucleon" else CARBON_MASS_NUMBER
    scale = HBARC_SQUARED_CM2_GEV2 / (64 * pi * target.mass**2 * nucleons**2)
    return scale * (transverse + rest) / (e_nu**2 * (q2 + m_vector**2) ** 2)


def differential(q2: Any, e_nu: Any, m_heavy: Any, m_vector: Any, target: Target) -> Any:
    """Cross section d sigma / dQ2 [cm^2/GeV^2] at unit couplings; zero where the process is closed.

    Parameters
    ----------
    q2, e_nu : Q^2 > 0 [GeV^2] and neutrino energy [GeV], broadcast against each other.
    m_heavy, m_vector : masses of N_h and of the Z' [GeV].
    target : a nucleon, or carbon with 6 C_p + 6 C_n = 1.
    """
    xp, open_ = namespace(e_nu), e_nu > threshold(m_heavy, target)
    safe = xp.where(open_, e_nu, OPEN_ENERGY)
    least, most = q2_range(safe, m_heavy, target)
    inside = open_ & (q2 >= least) & (q2 <= most)
    return xp.where(inside, _unit(q2, safe, m_heavy, m_vector, target), 0.0)


def q2_rule(e_nu: Any, m_heavy: Any, m_vector: Any, target: Target, nodes: int) -> tuple[Any, Any]:
    """Nodes in Q^2 and what they weigh in the total cross section, d sigma / dQ2 included.

    Uniform in ln(Q^2 + m_Z'^2) where the propagator falls first, denser where the form factor does.

    Parameters
    ----------
    e_nu : neutrino energy [GeV], shape S.
    m_heavy, m_vector : masses of N_h and of the Z' [GeV].
    target : see :func:`differential`.
    nodes : number of nodes.

    Returns
    -------
    q2, weight : S + (nodes,) [GeV^2, cm^2]; where the process is closed the weights are zero and the nodes are those of
        another energy.
    """
    open_ = e_nu > threshold(m_heavy, target)
    # Where the process is closed, compute at an energy where it is open and drop the result: no NaN in derivatives.
    e_nu = jnp.where(open_, e_nu, OPEN_ENERGY)
    least, most = q2_range(e_nu, m_heavy, target)
    square = m_vector**2
    q2, step = log_map(
        least,
        jnp.minimum(most, least + target.q2_reach),
        least + target.q2_range * square / (target.q2_range + square),
        nodes,
    )
    weight = step * _unit(q2, e_nu[..., None], m_heavy, m_vector, target)
    return q2, jnp.where(open_[..., None], weight, 0.0)


def total(e_nu: Any, m_heavy: Any, m_vector: Any, target: Target, nodes: int = 32) -> Any:
    """Total cross section [cm^2] at unit couplings; zero, with derivative zero, below threshold.

    Parameters
    ----------
    e_nu : neutrino energy [GeV], shape S.
    m_heavy, m_vector : masses of N_h and of the Z' [GeV].
    target : see :func:`differential`.
    nodes : of the quadrature in Q^2.
    """
    return jnp.sum(q2_rule(jnp.asarray(e_nu), m_heavy, m_vector, target, nodes)[1], axis=-1)
