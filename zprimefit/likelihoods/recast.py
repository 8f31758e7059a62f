"""From a published limit on one particle to the rate of another: mu = production x branching ratio x efficiency.

Each factor is the ratio of the model's particle to the vector that the limit was published for, at the same mass
(method of arXiv:1801.04847, with axial couplings and scalars added). Everything here is a pure function of particles:

*production*, one class for each way to make a particle, with ``vector(particle, reference)`` and ``scalar(particle,
reference)``: :class:`Annihilation`, :class:`Bremsstrahlung`, :class:`MuonPair`, :class:`ProtonBremsstrahlung`,
:class:`PseudoscalarDecay`, :class:`PhiToEta`. Vectors are taken under the same selection as the reference. Scalars have
their own angles and energies; what of the selection changes their rate is in the class;
*efficiency*: :func:`displaced_efficiency` with :func:`edge_time` for decays behind a shield, :func:`prompt_efficiency`
for decays near the target, 1 for invisible ones.

Axial couplings count like vector ones, g_V^2 + g_A^2: true for fermions much lighter than the particle and the energy.
"""

from dataclasses import dataclass
from functools import partial
from math import log, sqrt
from typing import Any, Literal, Protocol

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from zprimefit.constants import (
    ELECTRON_MASS,
    HBAR_GEV_S,
    HBARC_GEV_FM,
    KAON_MASS,
    MUON_MASS,
    OMEGA_MASS,
    OMEGA_WIDTH,
    PHI_MASS,
    PHI_WIDTH,
    PI_PLUS_MASS,
    RHO_MASS,
    RHO_WIDTH,
)
from zprimefit.models.particles import LightScalar, LightVector
from zprimefit.numerics.quadrature import log_map
from zprimefit.numerics.roots import positive_root
from zprimefit.numerics.slopes import with_own_slopes

Array = NDArray[np.float64]
Pseudoscalar = Literal["pi0", "eta", "etaprime"]


class Production(Protocol):
    """A way to make a particle: its rate over that of the vector that the limit was published for."""

    def vector(self, particle: LightVector, reference: LightVector) -> Any:
        """Rate of a vector."""
        ...

    def scalar(self, particle: LightScalar, reference: LightVector) -> Any:
        """Rate of a scalar."""
        ...


# -- efficiencies -----------------------------------------------------------------------------------------------------


def displaced_efficiency(width: Any, first: Any, ratio: float) -> Any:
    """Share of decays behind a shield, exp(-t0/tau) - exp(-t1/tau), t1 = t0 (1 + L_dec/L_sh); smooth at width zero.

    Parameters
    ----------
    width : total width of the particle, hbar/tau [GeV].
    first : t0, proper time at the end of the shield [s]; see :func:`edge_time`.
    ratio : L_dec/L_sh, length of the decay volume over that of the shield.
    """
    shield = first * width / HBAR_GEV_S
    return jnp.exp(-shield) * -jnp.expm1(-shield * ratio)


def edge_time(lower: ArrayLike, upper: ArrayLike, ratio: float) -> Array:
    """t0 over the lifetime at the lower edge of a double-sided limit: where both edges have the same yield.

    g_lo^2 eff(tau_lo) = g_hi^2 eff(tau_hi), for widths that grow with g^2; not for traced values.

    Parameters
    ----------
    lower, upper : (n,) couplings at the edges of the excluded region.
    ratio : L_dec/L_sh.

    Returns
    -------
    (n,) t0 / tau(lower); edges closer than 5e-5 count as that far apart.

    Raises
    ------
    ValueError
        For an upper edge below the lower one, or a ratio that is not positive.
    """
    low, high = np.broadcast_arrays(np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64))
    if not (ratio > 0 and (low > 0).all() and (high >= low).all()):
        msg = f"edge_time: expected 0 < lower <= upper and a positive ratio of lengths, got ratio {ratio!r}"
        raise ValueError(msg)
    growth = np.maximum((high / low) ** 2, 1 + 1e-4)
    return np.array([_edge_time(float(r), ratio) for r in growth.ravel()]).reshape(growth.shape)


def _edge_time(growth: float, ratio: float) -> float:
    """Root u of exp(-u) - exp(-u (1 + ratio)) = growth [exp(-u growth) - exp(-u growth (1 + ratio))]."""

    def excess(log_u: float) -> float:
        u = np.exp(log_u)
        # the logarithm of both sides: neither underflows
        lower = -u + np.log(-np.expm1(-u * ratio))
        upper = np.log(growth) - u * growth + np.log(-np.expm1(-u * growth * ratio))
        return float(lower - upper)

    # with a short decay volume u = 2 ln(growth) / (growth - 1); a longer one needs less shield
    high = log(2 * log(growth) / (growth - 1) + 1) + 1
    return float(np.exp(brentq(excess, high - 60, high)))


def prompt_efficiency(particle: LightVector | LightScalar, momentum: Any, length: float) -> Any:
    """Share of decays within a flight of `length` [m] at this momentum [GeV]: 1 - exp(-L m Gamma / p)."""
    flight = length / (HBARC_GEV_FM * 1e-15)
    return -jnp.expm1(-flight * particle.mass * particle.total_width / momentum)


# -- production -------------------------------------------------------------------------------------------------------


def _made(mass: Any, highest: float) -> Any:
    """Masses as they are where the particle can be made, else just below threshold: no curve reaches there."""
    return jnp.minimum(mass, 0.99 * highest)


def annihilation_ratio(mass: Any, sqrt_s: float, cos_max: float) -> Any:
    """sigma(e+e- -> gamma phi) / sigma(e+e- -> gamma V) at y = g for |cos| < c, electrons without mass.

    |M|^2 of the scalar is (s^2 + m^4)/(t u), of the vector 2 [(s^2 + m^4)/(t u) - 2], times e^2 y^2 or e^2 g^2; with
    L = ln[(1 + c)/(1 - c)] and K = 4 (s^2 + m^4)/(s - m^2)^2 the integrals are K L and 2 (K L - 4 c).
    """
    s, mass = sqrt_s**2, _made(mass, sqrt_s)
    pole = 4 * (s**2 + mass**4) / (s - mass**2) ** 2 * log((1 + cos_max) / (1 - cos_max))
    return pole / (2 * pole - 8 * cos_max)


@dataclass(frozen=True)
class Annihilation:
    """e+ e- -> gamma X with the photon at |cos theta| < `cos_max` in the centre of mass of `sqrt_s` [GeV]."""

    sqrt_s: float
    cos_max: float

    def vector(self, particle: LightVector, reference: LightVector) -> Any:
        """(g_V^2 + g_A^2) of the electron."""
        return particle.strength("e") / reference.strength("e")

    def scalar(self, particle: LightScalar, reference: LightVector) -> Any:
        """y_e^2 times :func:`annihilation_ratio`."""
        ratio = annihilation_ratio(particle.mass, self.sqrt_s, self.cos_max)
        return particle.coupling("e") ** 2 / reference.strength("e") * ratio

    def momentum(self, mass: Any) -> Any:
        """Momentum of X in the centre of mass [GeV]."""
        return (self.sqrt_s**2 - _made(mass, self.sqrt_s) ** 2) / (2 * self.sqrt_s)


def bremsstrahlung_ratio(mass: Any, x_min: float, nodes: int = 24) -> Any:
    """sigma(e Z -> e Z phi) / sigma(e Z -> e Z V) at y = g for X with a share x > x_min of the electron's energy.

    Weizsaecker and Williams, and m >> m_e but where x -> 1: dsigma/dx = x/U times 1 - x + x^2/3 for the vector and
    x^2/6 for the scalar, U = m^2 (1 - x)/x + m_e^2 x. Both amplitudes come from one virtual photon on an electron; the
    flux of photons cancels but for its dependence on x.
    """
    # 1 - x from 0: the peak at x = 1 is m_e^2/m^2 wide
    rest, weight = log_map(jnp.zeros(()), jnp.asarray(1 - x_min), ELECTRON_MASS**2 / mass**2, nodes)
    x = 1 - rest
    flux = weight * x / (mass**2 * rest / x + ELECTRON_MASS**2 * x)
    return jnp.sum(flux * x**2 / 6) / jnp.sum(flux * (rest + x**2 / 3))


@dataclass(frozen=True)
class Bremsstrahlung:
    """e Z -> e Z X with X taking at least the share `x_min` of the electron's energy; 1 where it takes all of it."""

    x_min: float

    def vector(self, particle: LightVector, reference: LightVector) -> Any:
        """(g_V^2 + g_A^2) of the electron."""
        return particle.strength("e") / reference.strength("e")

    def scalar(self, particle: LightScalar, reference: LightVector) -> Any:
        """y_e^2 times :func:`bremsstrahlung_ratio`, which is 1/2 at x = 1."""
        ratio = (
            with_own_slopes(partial(bremsstrahlung_ratio, x_min=self.x_min))(particle.mass) if self.x_min < 1 else 0.5
        )
        return particle.coupling("e") ** 2 / reference.strength("e") * ratio


def pair_density(a: Any, b: Any, s: float, mass: Any, fermion: float = MUON_MASS) -> tuple[Any, Any]:
    """-g_{mu nu} H^{mu nu} / 8 of a photon of mass squared s -> f fbar X at unit coupling: vector and scalar X.

    Parameters
    ----------
    a, b : 2 p.k + m^2 of either fermion [GeV^2].
    s, mass, fermion : squared mass of the photon [GeV^2]; masses of X and of the fermion [GeV].
    """
    m2, f2 = mass**2, fermion**2
    pair = s + m2 - a - b
    ratios, product, squares = a / b + b / a, 1 / (a * b), 1 / a**2 + 1 / b**2
    singles = 1 / a + 1 / b
    vector = ratios + 2 * (pair * (m2 + s) - 4 * f2**2) * product - 4 * f2 * singles
    vector -= (s + 2 * f2) * (m2 + 2 * f2) * squares
    scalar = 1 + ratios / 2 + (m2 * (pair - s - 6 * f2) + 4 * f2 * s + 8 * f2**2) * product + 4 * f2 * singles
    scalar -= (s + 2 * f2) * (m2 - 4 * f2) / 2 * squares
    return vector, scalar


def muon_pair_ratio(mass: Any, sqrt_s: float, nodes: int = 24) -> Any:
    """sigma(e+e- -> mu+ mu- phi) / sigma(e+e- -> mu+ mu- V) at y = g, X from the muons by one virtual photon.

    The whole of phase space: the selection of the vector is taken to accept the scalar as often.
    """
    s, pair_low = sqrt_s**2, 2 * MUON_MASS
    mass = _made(mass, sqrt_s - pair_low)
    highest = (s + mass**2 - pair_low**2) / (2 * sqrt_s)
    energy, weight = log_map(mass, highest, mass, nodes)
    pair = s + mass**2 - 2 * sqrt_s * energy
    beta = positive_root(1 - pair_low**2 / pair)
    # a runs over middle -+ reach; the lower end without the cancellation
    middle, momentum2 = sqrt_s * energy, energy**2 - mass**2
    reach = sqrt_s * beta * positive_root(momentum2)
    low = s * (mass**2 + pair_low**2 * momentum2 / pair) / (middle + reach)
    a, weight_a = log_map(low, middle, low, nodes)
    vector, scalar = pair_density(a, 2 * middle[..., None] - a, s, mass)
    total = weight[..., None] * weight_a
    return jnp.sum(total * scalar) / jnp.sum(total * vector)


@dataclass(frozen=True)
class MuonPair:
    """e+ e- -> mu+ mu- X, X from the muons, at `sqrt_s` [GeV]; what electrons radiate is left out."""

    sqrt_s: float

    def vector(self, particle: LightVector, reference: LightVector) -> Any:
        """(g_V^2 + g_A^2) of the muon."""
        return particle.strength("mu") / reference.strength("mu")

    def scalar(self, particle: LightScalar, reference: LightVector) -> Any:
        """y_mu^2 times :func:`muon_pair_ratio`."""
        ratio = with_own_slopes(partial(muon_pair_ratio, sqrt_s=self.sqrt_s))(particle.mass)
        return particle.coupling("mu") ** 2 / reference.strength("mu") * ratio


def _quarks(particle: LightVector) -> tuple[Any, Any, Any]:
    u, d, s = (particle.vector.get(quark, 0.0) for quark in ("u", "d", "s"))
    return u, d, s


@dataclass(frozen=True)
class ProtonBremsstrahlung:
    """p Z -> p Z X from the vector charge of the proton; scalars without couplings to quarks are not made."""

    def vector(self, particle: LightVector, reference: LightVector) -> Any:
        """(2 g_u + g_d)^2."""
        (u, d, _), (u_ref, d_ref, _) = _quarks(particle), _quarks(reference)
        return ((2 * u + d) / (2 * u_ref + d_ref)) ** 2

    def scalar(self, particle: LightScalar, reference: LightVector) -> Any:  # noqa: ARG002
        """Nothing."""
        return jnp.zeros(())


# -- mesons -----------------------------------------------------------------------------------------------------------

PSEUDOSCALARS = {
    "pi0": (0.5, -0.5, 0.0),
    "eta": (1 / sqrt(6), 1 / sqrt(6), -1 / sqrt(6)),
    "etaprime": (1 / sqrt(12), 1 / sqrt(12), 2 / sqrt(12)),
}
"""Generators of flavour U(3), diagonals in u, d, s; eta and eta' with the mixing angle arcsin(-1/3)."""
VECTOR_MESONS = (
    ((0.5, -0.5, 0.0), RHO_MASS, RHO_WIDTH, 2 * PI_PLUS_MASS),
    ((0.5, 0.5, 0.0), OMEGA_MASS, OMEGA_WIDTH, 3 * PI_PLUS_MASS),
    ((0.0, 0.0, 1 / sqrt(2)), PHI_MASS, PHI_WIDTH, 2 * KAON_MASS),
)
"""Generator, mass, width and lightest strong decay [GeV] of rho, omega and phi, with ideal mixing."""
CHARGES = (2 / 3, -1 / 3, -1 / 3)


def radiative_amplitude_squared(meson: Pseudoscalar, particle: LightVector) -> Any:
    """|Sum_V Tr(T_P Q T_V) Tr(T_V g) BW_V(m)|^2: P -> gamma X, X mixing with rho, omega and phi, up to a constant.

    The widths in BW_V grow like those of a P wave from threshold: none is left where the pion decays.

    Parameters
    ----------
    meson : the pseudoscalar P.
    particle : the vector X; its couplings to quarks are g.
    """
    real, imaginary = jnp.zeros(()), jnp.zeros(())
    for generator, mass, width, threshold in VECTOR_MESONS:
        weight = sum(p * q * t for p, q, t in zip(PSEUDOSCALARS[meson], CHARGES, generator, strict=True))
        mixing = sum(t * g for t, g in zip(generator, _quarks(particle), strict=True))
        off = 1 - (particle.mass / mass) ** 2
        beta = positive_root(1 - (threshold / particle.mass) ** 2) / sqrt(1 - (threshold / mass) ** 2)
        absorbed = width / mass * beta**3 * particle.mass / mass
        norm = weight * mixing / (off**2 + absorbed**2)
        real, imaginary = real + norm * off, imaginary + norm * absorbed
    return real**2 + imaginary**2


@dataclass(frozen=True)
class PseudoscalarDecay:
    """P -> gamma X; a CP-even scalar cannot be made so, by charge conjugation."""

    meson: Pseudoscalar

    def vector(self, particle: LightVector, reference: LightVector) -> Any:
        """By :func:`radiative_amplitude_squared`."""
        amplitude = radiative_amplitude_squared(self.meson, reference)
        return radiative_amplitude_squared(self.meson, particle) / amplitude

    def scalar(self, particle: LightScalar, reference: LightVector) -> Any:  # noqa: ARG002
        """Nothing."""
        return jnp.zeros(())


@dataclass(frozen=True)
class PhiToEta:
    """phi -> eta X by the strange quark, Tr(T_phi T_eta T_V) Tr(T_V g) with ideal mixing; no scalars, as above."""

    def vector(self, particle: LightVector, reference: LightVector) -> Any:
        """g_s^2."""
        return (_quarks(particle)[2] / _quarks(reference)[2]) ** 2

    def scalar(self, particle: LightScalar, reference: LightVector) -> Any:  # noqa: ARG002
        """Nothing."""
        return jnp.zeros(())
