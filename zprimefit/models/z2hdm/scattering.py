"""Cross sections of nu_mu N -> nu_4 N phi at unit couplings (g_B^2 g_d^4 |U_mu4|^2 c_phi^2 = 1).

Two independent orders of integration. *Differential*: phi outermost, the (nu_4 N) system inside,

    d2sigma/dE dcos = 1/(4 E_nu M) 2 pi p_phi / (2 (2 pi)^3) |k*| / (16 pi^2 W) Int dOmega* S|M|^2,

polar axis along p*, so that q2^2 is linear in cos(theta*); the azimuth, on which only k.k4 depends, is done
analytically. *Total*: the recoiling target outermost, the (nu_4 phi) system inside, where q1^2 is linear in the polar
angle and the integrand is a trigonometric polynomial in the azimuth. Everything is pure JAX in float64.

Results come as (part 0, part d) with sigma = part 0 + (m_nu4^2 / m_Z'^2) part d, both positive: the second is what the
q1 q1 term of the propagator adds, a factor of several for light Z'.
"""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from zprimefit.constants import HBARC_SQUARED_CM2_GEV2
from zprimefit.models.targets import Target
from zprimefit.models.z2hdm.amplitude import Invariants, numerator
from zprimefit.numerics.quadrature import asinh_map, log_map
from zprimefit.numerics.roots import positive_root

OPEN_ENERGY = 20.0
"""A neutrino energy [GeV] at which the process is open whatever the masses."""


@dataclass(frozen=True)
class Masses:
    """Masses of one process [GeV]."""

    zprime: Any
    scalar: Any
    nu4: Any


@dataclass(frozen=True)
class Nodes:
    """Quadrature nodes in q2^2: below, and on either side of the point nearest to k4 parallel to k."""

    far: int = 16
    near: int = 16
    forward: int = 16


def momentum(energy: Any, mass: Any) -> Any:
    """|p| at this energy; zero (with a finite derivative) at and below threshold."""
    return positive_root((energy - mass) * (energy + mass))


def threshold(e_scalar: Any, cos_theta: Any, masses: Masses, target: Target) -> Any:
    """Least neutrino energy [GeV] that makes phi of this energy and angle; inf where none does."""
    mass, p = target.mass, momentum(e_scalar, masses.scalar)
    denominator = 2 * (mass - e_scalar + p * cos_theta)
    needed = (mass + masses.nu4) ** 2 - mass**2 - masses.scalar**2 + 2 * mass * e_scalar
    return jnp.where(denominator > 0, needed / jnp.where(denominator > 0, denominator, 1.0), jnp.inf)


def differential(
    e_nu: Any, e_scalar: Any, cos_theta: Any, masses: Masses, target: Target, nodes: Nodes | None = None
) -> tuple[Any, Any]:
    """d2sigma / dE_phi dcos(theta_phi) [cm^2/GeV] per target, at unit couplings: (part 0, part d).

    Parameters
    ----------
    e_nu, e_scalar, cos_theta : neutrino energy, energy and angle of the scalar [GeV, GeV, 1], of one shape.
    masses, target, nodes : process and accuracy.
    """
    nodes = nodes or Nodes()
    mass, m4, mz2 = target.mass, masses.nu4, masses.zprime**2

    def final_mass_squared(e_nu: Any, e_scalar: Any, cos_theta: Any) -> Any:
        k_phi = e_nu * (e_scalar - momentum(e_scalar, masses.scalar) * cos_theta)
        return mass**2 + 2 * mass * (e_nu - e_scalar) + masses.scalar**2 - 2 * k_phi

    open_ = (e_scalar > masses.scalar) & (e_nu + mass > e_scalar)
    open_ = open_ & (final_mass_squared(e_nu, e_scalar, cos_theta) > (mass + m4) ** 2)
    # Where the process is closed, compute at a point where it is open and drop the result: no NaN, nor in derivatives.
    e_nu = jnp.where(open_, e_nu, OPEN_ENERGY)
    e_scalar = jnp.where(open_, e_scalar, 2 * masses.scalar)
    cos_theta = jnp.where(open_, cos_theta, 0.5)
    p_phi = momentum(e_scalar, masses.scalar)
    k_p = mass * e_nu
    k_phi = e_nu * (e_scalar - p_phi * cos_theta)
    w2 = final_mass_squared(e_nu, e_scalar, cos_theta)
    w = jnp.sqrt(w2)
    k_q = k_p - k_phi  # k.(k4 + p')
    k_star = k_q / w
    p0_star = (mass**2 + k_p - mass * e_scalar) / w
    p_star = jnp.sqrt(jnp.maximum((p0_star - mass) * (p0_star + mass), 1e-24))
    e4_star = (w2 + m4**2 - mass**2) / (2 * w)
    final_star = jnp.sqrt(jnp.maximum((w2 - (mass + m4) ** 2) * (w2 - (mass - m4) ** 2), 1e-300)) / (2 * w)
    cos_alpha = jnp.clip((p0_star * k_star - k_p) / (k_star * p_star), -1.0, 1.0)

    q2_rest = 2 * mass**2 - 2 * p0_star * (w - e4_star)
    q2_slope = 2 * p_star * final_star
    x, dx = _polar_rule(
        q2_rest=q2_rest, q2_slope=q2_slope, beta0=mz2 - m4**2 + 2 * k_star * e4_star, beta1=2 * k_star * final_star,
        cos_alpha=cos_alpha, mz2=mz2, target=target, nodes=nodes,
    )  # fmt: skip

    def column(value: Any) -> Any:
        return jnp.asarray(value)[..., None]

    q2 = column(q2_rest) + column(q2_slope) * x
    pp = mass**2 - q2 / 2
    p_k4 = column(w * p0_star) - pp
    inv = Invariants(column(k_p), column(k_q), p_k4, column((w2 - mass**2 - m4**2) / 2), q2)
    n0, nd = numerator(inv, target, m4, masses.zprime)
    mean = column(k_star) * (column(e4_star) + column(final_star * cos_alpha) * x)
    swing = column(k_star * final_star * positive_root(1 - cos_alpha**2)) * positive_root(1 - x**2)
    moments = _azimuthal_moments(mean, swing, m4**2 - mz2)
    weight = 2 * jnp.pi * dx / (q2 - mz2) ** 2
    flux_and_phase_space = (
        p_phi
        / (8 * jnp.pi**2)
        * final_star
        / (16 * jnp.pi**2 * w)
        / (4 * e_nu * mass)
        * 4
        * mz2
        * HBARC_SQUARED_CM2_GEV2
    )
    scale = jnp.where(open_, flux_and_phase_space, 0.0)
    part_0, part_d = (
        scale * jnp.sum(weight * sum(c * m for c, m in zip(n, moments, strict=False)), axis=-1) for n in (n0, nd)
    )
    return part_0, part_d


def _polar_rule(
    *, q2_rest: Any, q2_slope: Any, beta0: Any, beta1: Any, cos_alpha: Any, mz2: Any, target: Target, nodes: Nodes
) -> tuple[Any, Any]:
    """Nodes and weights in x = cos(theta*), S + (n,): three panels that follow the two propagators.

    The azimuthal average of 1/(q1^2 - m_Z'^2)^2 goes as [(x - x0)^2 + delta^2]^(-3/2), the other propagator as
    1/(q2^2 - m_Z'^2)^2 with q2^2 rising to x = 1.
    """
    ratio = beta0 / beta1
    sin2_alpha = 1 - cos_alpha**2
    x0 = -ratio * cos_alpha
    delta = jnp.sqrt(jnp.maximum(sin2_alpha * (ratio**2 - 1), 1e-12))
    scale = target.q2_range * mz2 / (target.q2_range + mz2) / q2_slope
    # The coherent form factor has died off below `low`; cutting there spends the nodes where the integrand lives.
    low = jnp.maximum(-1.0, 1 - target.q2_reach / q2_slope)
    nearest_q2_zero = (q2_rest + q2_slope) / q2_slope  # (q2^2 at x = 1) / slope, negative
    offset = scale - nearest_q2_zero
    peak = jnp.clip(x0, low, 1.0)
    middle = peak + (1 - peak) * jnp.sqrt(delta) / (jnp.sqrt(delta) + jnp.sqrt(offset))
    far, w_far = asinh_map(peak - low, delta, nodes.far)
    near, w_near = asinh_map(middle - peak, delta, nodes.near)
    forward, w_forward = log_map(0 * peak, 1 - middle, offset, nodes.forward)
    x = jnp.concatenate([peak[..., None] - far, peak[..., None] + near, 1 - forward], axis=-1)
    return x, jnp.concatenate([w_far, w_near, w_forward], axis=-1)


def _azimuthal_moments(mean: Any, swing: Any, d0: Any) -> tuple[Any, Any, Any, Any]:
    """Averages over the azimuth of kappa^n / D^2, n = 0..3, kappa = mean + swing cos(phi), D = d0 - 2 kappa < 0."""
    c0, c1 = d0 - 2 * mean, 2 * swing
    root = jnp.sqrt((c0 - c1) * (c0 + c1))
    second, first = -c0 / root**3, -1 / root
    return (
        second,
        (d0 * second - first) / 2,
        (d0**2 * second - 2 * d0 * first + 1) / 4,
        (d0**3 * second - 3 * d0**2 * first + 3 * d0 - c0) / 8,
    )


def total(e_nu: Any, masses: Masses, target: Target, nodes: int = 32) -> tuple[Any, Any]:
    """Total cross section [cm^2] per target at one neutrino energy, at unit couplings: (part 0, part d).

    Parameters
    ----------
    e_nu : neutrino energy [GeV], a scalar.
    nodes : nodes in each of m^2(nu_4 phi), q2^2 and q1^2.
    """
    mass, m4, ms, mz2 = target.mass, masses.nu4, masses.scalar, masses.zprime**2
    low = m4 + ms
    open_ = mass**2 + 2 * mass * e_nu > (mass + low) ** 2
    e_nu = jnp.where(open_, e_nu, OPEN_ENERGY)
    k_p = mass * e_nu
    s = mass**2 + 2 * k_p
    high = jnp.sqrt(s) - mass
    # y = m(nu_4 phi): the system is light where the exchanged Z' is
    y, dy = log_map(low, high, m4 + ms + 0.3 * masses.zprime, nodes)
    y2 = y**2
    p_initial = k_p / jnp.sqrt(s)
    p_final = jnp.sqrt(jnp.maximum((s - (mass + y) ** 2) * (s - (mass - y) ** 2), 1e-300)) / (2 * jnp.sqrt(s))
    # -q2^2 from its least value; the least is written without the cancellation of 2 M^2 - 2 E E'
    e_initial, e_final = (s + mass**2) / (2 * jnp.sqrt(s)), (s + mass**2 - y2) / (2 * jnp.sqrt(s))
    q_least = 2 * (e_initial * e_final - p_initial * p_final - mass**2)
    q_most = q_least + jnp.minimum(4 * p_initial * p_final, target.q2_reach)
    q, dq = log_map(q_least, q_most, q_least + target.q2_range * mz2 / (target.q2_range + mz2), nodes)
    q2 = -q
    y2c = y2[:, None]
    # frame of (nu_4 phi): k + (p - p') at rest
    k_star = (y2c - q2) / (2 * y[:, None])
    e4 = (y2c + m4**2 - ms**2) / (2 * y[:, None])
    k4 = positive_root((y2c - (m4 + ms) ** 2) * (y2c - (m4 - ms) ** 2)) / (2 * y[:, None])
    kappa_least = k_star * (e4 - k4)
    # mz2 - q1^2 = mz2 - m4^2 + 2 kappa >= its least, which sets the scale of the map
    least = mz2 - m4**2 + 2 * kappa_least
    kappa, dkappa = log_map(kappa_least, kappa_least + 2 * k_star * k4, least / 2, nodes)
    # p in that frame: energy and the cosine of its angle to k
    e_p = (k_p + q2 / 2) / y[:, None]
    p_star = jnp.sqrt(jnp.maximum((e_p - mass) * (e_p + mass), 1e-24))
    cos_eta = jnp.clip((e_p - k_p / k_star) / p_star, -1.0, 1.0)[..., None, None]
    cos_k4 = jnp.clip((e4[..., None] - kappa / k_star[..., None]) / k4[..., None], -1.0, 1.0)[..., None]
    cos_phi = np.cos((2 * np.arange(4) + 1) * np.pi / 8)  # exact: the numerator is quadratic in it
    swing = positive_root((1 - cos_eta**2) * (1 - cos_k4**2)) * cos_phi
    kappa4 = kappa[..., None]
    p_k4 = (e_p * e4)[..., None, None] - (p_star * k4)[..., None, None] * (cos_eta * cos_k4 + swing)
    rest_k4 = (y[:, None] * e4)[..., None, None]
    k_q = k_p - (k_star * y[:, None])[..., None, None] + kappa4
    inv = Invariants(k_p, k_q, p_k4, p_k4 + kappa4 - rest_k4, q2[..., None, None])
    n0, nd = numerator(inv, target, m4, masses.zprime)
    propagators = ((mz2 - m4**2 + 2 * kappa4) * (q2[..., None, None] - mz2)) ** 2
    measure = (dy * 2 * y / (2 * jnp.pi))[:, None, None] * (dq / (16 * jnp.pi * k_p))[..., None]
    measure = measure * dkappa * 2 * jnp.pi / (16 * jnp.pi**2 * (y[:, None] * k_star)[..., None])
    scale = jnp.where(open_, 4 * mz2 / (4 * e_nu * mass) * HBARC_SQUARED_CM2_GEV2, 0.0)
    part_0, part_d = (
        scale * jnp.sum(measure * jnp.mean(sum(c * kappa4**i for i, c in enumerate(n)) / propagators, axis=-1))
        for n in (n0, nd)
    )
    return part_0, part_d
