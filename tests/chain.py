"""Random events of nu N -> N_h N, N_h -> nu_d Z', from momenta: what the quadrature of the chain is checked against.

Nothing here is shared with the program but constants and the flux.
"""

from dataclasses import dataclass

import numpy as np

from zprimefit.constants import HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS


def isoscalar(q2):
    """F1, F2 of paper B, Eq. 23, at Q^2 > 0."""
    dipole, pole = 1 / (1 + q2 / 0.71) ** 2, 4 * NUCLEON_MASS**2 + q2
    return dipole * (1 - q2 * 0.12 / pole), dipole * 4 * NUCLEON_MASS**2 * (1.79 - 1.91) / pole


def cross_section(q2, e_nu, m_heavy, m_vector, target):
    """d sigma / dQ2 [cm^2/GeV^2] at unit couplings: Sachs form factors of the nucleon, exp(2 b t) of carbon."""
    mass, tau = target.mass, q2 / (4 * target.mass**2)
    if target.kind == "carbon":
        magnetic, mixed = 0.0, np.exp(-50 * q2)
    else:
        f1, f2 = isoscalar(q2)
        electric, magnetic = (f1 - tau * f2) ** 2, (f1 + f2) ** 2
        mixed = (electric + tau * magnetic) / (1 + tau)
    heavy = m_heavy**2
    braces = (heavy + q2) * (2 * q2 - heavy) * magnetic
    braces += ((4 * mass * e_nu - q2 - heavy) ** 2 - (4 * mass**2 + q2) * (heavy + q2)) * mixed
    return braces / (q2 + m_vector**2) ** 2 / (64 * np.pi * mass**2 * e_nu**2) * HBARC_SQUARED_CM2_GEV2


@dataclass(frozen=True)
class Sample:
    """Z' with energy [GeV], cosine of the angle to the beam, and weight (n,); the weights sum to the number made."""

    energy: np.ndarray
    cosine: np.ndarray
    weight: np.ndarray


def sample(masses, target, flux, end, n, seed):
    """Events on one target at unit couplings.

    Parameters
    ----------
    masses : of the Z', N_h and its daughter [GeV].
    target : nucleon or carbon.
    flux, end : e_nu (n,) -> (n,) [1/(cm^2 GeV)], and where it ends [GeV].
    """
    m_vector, m_heavy, m_daughter = masses
    rng, mass = np.random.default_rng(seed), target.mass
    start = m_heavy + m_heavy**2 / (2 * mass)
    # stratified, so that most of the noise is that of the other variables
    u = (np.arange(n) + rng.uniform(size=n)) / n
    span = np.log1p((end - start) / 0.3)
    e_nu = start + 0.3 * np.expm1(u * span)
    weight = flux(e_nu) * span * (e_nu - start + 0.3)
    s = mass**2 + 2 * mass * e_nu
    initial = (s - mass**2) / (2 * np.sqrt(s))
    e_cm = (s + m_heavy**2 - mass**2) / (2 * np.sqrt(s))
    final = np.sqrt(e_cm**2 - m_heavy**2)
    low, high = (np.log(2 * initial * (e_cm + sign * final) - m_heavy**2 + m_vector**2) for sign in (-1, 1))
    y = low + (high - low) * rng.uniform(size=n)
    q2 = np.exp(y) - m_vector**2
    weight = weight * (high - low) * np.exp(y) * cross_section(q2, e_nu, m_heavy, m_vector, target) / n
    heavy = _scattered(e_nu, q2, m_heavy, mass, rng)
    vector = _decayed(heavy, m_heavy, m_vector, m_daughter, rng)
    momentum = np.linalg.norm(vector[:, 1:], axis=1)
    return Sample(vector[:, 0], vector[:, 3] / momentum, weight)


def _scattered(e_nu, q2, m_heavy, mass, rng):
    """4-momenta (n, 4) of N_h: what the recoiling target leaves over, the beam along z."""
    kinetic = q2 / (2 * mass)
    recoil = np.sqrt(kinetic**2 + 2 * mass * kinetic)
    along = (q2 + m_heavy**2 + 2 * e_nu * kinetic) / (2 * e_nu)
    across = np.sqrt(np.maximum(recoil**2 - along**2, 0))
    turn = 2 * np.pi * rng.uniform(size=len(q2))
    return np.stack([e_nu - kinetic, -across * np.cos(turn), -across * np.sin(turn), e_nu - along], axis=1)


def _decayed(parent, m_parent, m_first, m_second, rng):
    """4-momenta (n, 4) of the first of two, isotropic where the parent (n, 4) is at rest."""
    energy = (m_parent**2 + m_first**2 - m_second**2) / (2 * m_parent)
    direction = rng.normal(size=(len(parent), 3))
    rest = np.sqrt(energy**2 - m_first**2) * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    eta = parent[:, 1:] / m_parent
    gamma = np.sqrt(1 + np.sum(eta**2, axis=1, keepdims=True))
    along = np.sum(eta * rest, axis=1, keepdims=True)
    return np.concatenate([gamma * energy + along, rest + eta * (energy + along / (1 + gamma))], axis=1)
