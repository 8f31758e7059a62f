"""Upscattering nu N -> N_4 N of neutrinos on nucleons by a light vector X.

L = g X_mu N_4-bar gamma^mu P_L nu + h.c. + g_N X_mu N-bar gamma^mu N. With t = -Q^2, the
nucleon's mass M and the Sachs form factors of baryon number,

    S|M|^2 = g^2 g_N^2 / (Q^2 + m_X^2)^2 {(m_4^2 + Q^2)(2 Q^2 - m_4^2) G_M^2
             + [(s - u)^2 - (4 M^2 + Q^2)(m_4^2 + Q^2)] (G_E^2 + tau G_M^2) / (1 + tau)}
    d sigma / dQ2 = S|M|^2 / (64 pi M^2 E^2),   s - u = 4 M E - Q^2 - m_4^2

summed over spins, averaged over the nucleon's. The current of baryon number is conserved: the q q part of the
propagator drops. Neutrinos and antineutrinos agree.
"""

from math import pi
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import FERMI_CONSTANT, HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS
from zprimefit.models.form_factors import isoscalar
from zprimefit.models.llewellyn_smith import Moments
from zprimefit.models.particles import HeavyNeutrino


def heavy_neutrinos_of(model: Any, params: Any) -> tuple[HeavyNeutrino, ...]:
    """What neutrinos turn into at the model's vector; nothing for a model without heavy neutrinos."""
    return tuple(model.heavy_neutrinos(params)) if hasattr(model, "heavy_neutrinos") else ()


def least_energy(q2: Any, m_heavy: Any = 0.0) -> Any:
    """Least neutrino energy [GeV] for a momentum transfer Q^2 > 0 [GeV^2] to a nucleon at rest.

    (Q^2 + m_4^2) / 2 (|q| - T), T = Q^2 / 2M the nucleon's kinetic energy and |q| its momentum.
    """
    kinetic = q2 / (2 * NUCLEON_MASS)
    return (q2 + m_heavy**2) / (2 * (jnp.sqrt(q2 + kinetic**2) - kinetic))


def upscattering(q2: Any, m_heavy: Any, m_vector: Any, moments: Moments) -> Any:
    """Cross section d sigma / dQ2 times flux [cm^2/GeV^2] at unit couplings g g_N.

    Parameters
    ----------
    q2 : Q^2 > 0 [GeV^2], shape S.
    m_heavy, m_vector : masses of the heavy neutrino and of the vector [GeV].
    moments : of neutrinos plus antineutrinos above :func:`least_energy`, shape S.
    """
    f1, f2 = isoscalar(-q2)
    tau = q2 / (4 * NUCLEON_MASS**2)
    magnetic, mixed = (f1 + f2) ** 2, f1**2 + tau * f2**2  # (G_E^2 + tau G_M^2) / (1 + tau)
    heavy = m_heavy**2
    # integrals of flux (s - u)^2 / E^2 and flux / E^2
    slope, offset = 4 * NUCLEON_MASS, q2 + heavy
    square = slope**2 * moments[0] - 2 * slope * offset * moments[1] + offset**2 * moments[2]
    transverse = (heavy + q2) * (2 * q2 - heavy) * magnetic
    rest = (4 * NUCLEON_MASS**2 + q2) * (heavy + q2)
    amplitude = transverse * moments[2] + (square - rest * moments[2]) * mixed
    return amplitude * HBARC_SQUARED_CM2_GEV2 / (64 * pi * NUCLEON_MASS**2 * (q2 + m_vector**2) ** 2)


def shifted_form_factors(q2: Any, f1: Any, f2: Any, product: Any, m_vector: Any) -> tuple[Any, Any]:
    """F1, F2 of Z exchange with the same amplitude of a vector added.

    Parameters
    ----------
    q2 : Q^2 > 0 [GeV^2].
    f1, f2 : of the Z.
    product : coupling of the neutrino, that stays what it is, times coupling g_N of the nucleon.
    m_vector : [GeV].
    """
    weight = product / (2**0.5 * FERMI_CONSTANT * (q2 + m_vector**2))
    b1, b2 = isoscalar(-q2)
    return f1 + weight * b1, f2 + weight * b2
