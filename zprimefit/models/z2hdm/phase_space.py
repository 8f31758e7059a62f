"""Phase space of nu(k) N(p) -> nu_4(k4) N(p') phi or phi phi', as points with weights; plain NumPy."""

from dataclasses import dataclass

import numpy as np

from zprimefit.constants import HBARC_SQUARED_CM2_GEV2
from zprimefit.models.kinematics import METRIC, Array, about, boosted, log_mapped, sine, two_body_momentum
from zprimefit.models.targets import Target


@dataclass(frozen=True)
class Process:
    """Masses [GeV] and what the Z' scatters on.

    Parameters
    ----------
    zprime, nu4 : masses.
    scalars : masses of the scalars made, one or two.
    target : nucleon or nucleus.
    identical : whether the two are of one kind.
    exchanged : (mass [GeV], v' g_{chi phi phi'} c_chi / (c_phi c_phi') [GeV^2]) of the scalars that turn into the two.
    quartic_only : leave E = g.
    """

    zprime: float
    nu4: float
    scalars: tuple[float, ...]
    target: Target
    identical: bool = False
    exchanged: tuple[tuple[float, float], ...] = ()
    quartic_only: bool = False

    def threshold(self) -> float:
        """Least neutrino energy [GeV]."""
        mass, made = self.target.mass, self.nu4 + sum(self.scalars)
        return made * (2 * mass + made) / (2 * mass)


@dataclass(frozen=True)
class Events:
    """Points of phase space: momenta (n, 4) [GeV] in one frame, and their weight.

    The mean of ``weight`` (n,) times S|M|^2 is the cross section [cm^2]: phase space over the density of the points,
    the flux factor 1 / (4 E_nu M), and 1/2 for two of one kind. ``q2`` (n,) is (p' - p)^2 [GeV^2], to full precision
    where the difference of the momenta is not.
    """

    k: Array
    k4: Array
    p: Array
    p_out: Array
    scalars: tuple[Array, ...]
    q2: Array
    weight: Array


def events(process: Process, e_nu: float | Array, points: Array) -> Events:
    """Points of the unit cube to points of phase space, by two-body decays one after the other.

    N(p') and the rest in the centre of mass, by -q2; nu_4 and the scalars about the direction of the neutrino, by q1^2;
    the two scalars isotropically. Maps follow the propagators and the form factor.

    Parameters
    ----------
    e_nu : neutrino energy [GeV], above threshold; one, or one for every point (n,).
    points : (n, 4) for one scalar, (n, 7) for two.
    """
    mass, m4, made, target = process.target.mass, process.nu4, sum(process.scalars), process.target
    n, mz2, k_p = len(points), process.zprime**2, process.target.mass * e_nu
    root_s = np.sqrt(mass**2 + 2 * k_p)
    # y = m(nu_4 phi phi')
    y, weight = log_mapped(points[:, 0], m4 + made, root_s - mass, m4 + made + 0.3 * process.zprime)
    weight = weight * 2 * y / (2 * np.pi)
    p_in, p_final = k_p / root_s, two_body_momentum(root_s, mass, y)
    e_in, e_final = np.hypot(p_in, mass), np.hypot(p_final, mass)
    least = 2 * (e_in * e_final - p_in * p_final - mass**2)
    fall = target.q2_range * mz2 / (target.q2_range + mz2)
    q, step = log_mapped(points[:, 1], least, least + np.minimum(4 * p_in * p_final, target.q2_reach), least + fall)
    weight = weight * step / (16 * np.pi * k_p)
    pair = np.full(n, made)
    if len(process.scalars) == 2:
        pair = made + points[:, 4] * (y - m4 - made)
        weight = weight * (y - m4 - made) * 2 * pair / (2 * np.pi)
    k_star, k4_star = (y**2 + q) / (2 * y), two_body_momentum(y, m4, pair)
    e4 = np.hypot(k4_star, m4)
    kappa_least = k_star * (e4 - k4_star)
    kappa, step = log_mapped(
        points[:, 2], kappa_least, kappa_least + 2 * k_star * k4_star, (mz2 - m4**2) / 2 + kappa_least
    )
    weight = weight * step / (8 * np.pi * y * k_star)

    zero = np.zeros(n)
    k = np.stack([zero + p_in, zero, zero, zero + p_in], axis=-1)
    p = np.stack([zero + e_in, zero, zero, zero - p_in], axis=-1)
    cosine = 1 - (q - least) / (2 * p_in * p_final)
    p_out = np.stack([e_final, p_final * sine(cosine), zero, -p_final * cosine], axis=-1)
    system = k + p - p_out
    beam = boosted(k, system * METRIC, y)
    k4 = boosted(about(beam, (e4 - kappa / k_star) / k4_star, points[:, 3], k4_star, e4), system, y)
    rest = system - k4
    scalars: tuple[Array, ...] = (rest,)
    if len(process.scalars) == 2:
        scalars, step = _pair_decay(process, rest, pair, points[:, 5:])
        weight = weight * step
    flux = HBARC_SQUARED_CM2_GEV2 / (4 * k_p)
    return Events(k=k, k4=k4, p=p, p_out=p_out, scalars=scalars, q2=-q, weight=flux * weight)


def _pair_decay(process: Process, total: Array, mass: Array, points: Array) -> tuple[tuple[Array, Array], Array]:
    """Two scalars of this total momentum (n, 4) and mass (n,), isotropic in its rest frame, and their phase space."""
    length = two_body_momentum(mass, *process.scalars)
    axis = np.broadcast_to([0.0, 0.0, 0.0, 1.0], total.shape)
    energy = np.hypot(length, process.scalars[0])
    first = boosted(about(axis, 2 * points[:, 0] - 1, points[:, 1], length, energy), total, mass)
    return (first, total - first), length / (4 * np.pi * mass) / (2 if process.identical else 1)
