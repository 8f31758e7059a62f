"""Two scalars at once, nu_mu(k) N(p) -> nu_4(k4) N(p') phi phi' (arXiv:2006.01948, end of section III D).

From (1/2) g_d^2 (v' + H3)^2 Z'^2 with H3 = sum c_phi phi, and from the cubic couplings g_{chi phi phi'} of the
potential, what stands between the two outer propagators is 2 g_d^2 c_phi c_phi' times

    E = g [1 + sum_chi v' g_{chi phi phi'} c_chi / (c_phi c_phi') / (M^2 - m_chi^2)]     quartic; exchange of a scalar
        + sum_l 2 m_Z'^2 (g - l l / m_Z'^2) / (l^2 - m_Z'^2),  l = q1 - phi, q1 - phi'   one after the other

with M the mass of the pair of scalars. ``amplitude="quartic"`` keeps E = g, as the paper does; ``"complete"`` all of
it, but for a chi that can be on its shell (H -> h'h'): that is single production followed by a decay. Then

    S|M|^2 = g_d^2 |U_mu4|^2 g_B^2 (2 g_d^2 c_phi c_phi')^2 L.(E H E) / [(q1^2 - m_Z'^2)^2 (q2^2 - m_Z'^2)^2]

with L and H of :mod:`zprimefit.models.z2hdm.amplitude`. Single production is the same with one scalar, E = g and the
vertex 2 g_d m_Z' c_phi. l^2 is never positive: no pole is met. Integrated by Monte Carlo, in plain NumPy.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import qmc

from zprimefit.constants import HIGGS_VEV
from zprimefit.models.kinematics import Array, dot
from zprimefit.models.targets import Target
from zprimefit.models.z2hdm import decays
from zprimefit.models.z2hdm.decays import SCALARS, Params, Scalar
from zprimefit.models.z2hdm.phase_space import Events, Process, events

DoubleAmplitude = Literal["quartic", "complete"]
AMPLITUDES: tuple[DoubleAmplitude, ...] = ("quartic", "complete")


@dataclass(frozen=True)
class Sampling:
    """Sobol points: 2^`log2_points` of them, shifted as a whole by `scrambles` seeded draws."""

    log2_points: int = 13
    scrambles: int = 8
    seed: int = 1


def cubic_coupling(trio: tuple[Scalar, Scalar, Scalar], params: Params) -> Any:
    """Third derivative of the potential by three of the light scalars [GeV], in the alignment limit (Eq. 8).

    V3 = (sum c_phi phi)^2 (sum c_chi m_chi^2 chi) / (2 v') from the masses and the mixing, + (1/2) lambda_4' v' H3 H2^2
    + (1/2) lambda_7 v H2^3.
    """
    (c1, c2, c3), (d1, d2, d3) = (
        [fraction(scalar, params) for scalar in trio] for fraction in (decays.singlet_fraction, decays.doublet_fraction)
    )
    squares, vev = sum(decays.scalar_mass(scalar, params) ** 2 for scalar in trio), decays.dark_vev(params)
    mixed = params["lambda_4_prime"] * vev * (c1 * d2 * d3 + d1 * c2 * d3 + d1 * d2 * c3)
    return c1 * c2 * c3 * squares / vev + mixed + 3 * params["lambda_7"] * HIGGS_VEV * d1 * d2 * d3


def process_of(params: Params, scalars: tuple[Scalar, Scalar], target: Target, amplitude: DoubleAmplitude) -> Process:
    """Process that makes these two scalars at a point of the model's parameters."""
    made = tuple(float(decays.scalar_mass(scalar, params)) for scalar in scalars)
    vev, (first, second) = decays.dark_vev(params), (decays.singlet_fraction(scalar, params) for scalar in scalars)
    exchanged = (
        (
            float(decays.scalar_mass(chi, params)),
            decays.singlet_fraction(chi, params) * cubic_coupling((chi, *scalars), params),
        )
        for chi in SCALARS
    )
    return Process(
        zprime=float(params["m_zprime"]),
        nu4=float(params["m_nu4"]),
        scalars=made,
        target=target,
        identical=scalars[0] == scalars[1],
        exchanged=tuple((mass, float(vev * g / (first * second))) for mass, g in exchanged if mass < sum(made)),
        quartic_only=amplitude == "quartic",
    )


def double_coupling(params: Params, scalars: tuple[Scalar, Scalar]) -> Any:
    """g_B^2 g_d^6 |U_mu4|^2 c_phi^2 c_phi'^2: the cross section is proportional to it."""
    singlet = decays.singlet_fraction(scalars[0], params) * decays.singlet_fraction(scalars[1], params)
    return params["g_B"] ** 2 * params["g_d"] ** 6 * params["U_mu4_sq"] * singlet**2


# -- amplitude --------------------------------------------------------------------------------------------------------


def squared_amplitude(process: Process, at: Events) -> Array:
    """S|M|^2 (n,) [GeV^-2 for one scalar, GeV^-4 for two] at g_B = g_d = |U_mu4| = c_phi = 1."""
    m2 = process.zprime**2
    q1 = at.k - at.k4
    scale, middle = _between(process, at, q1)
    structure_a, structure_b = (np.asarray(x) for x in process.target.structure(at.q2))
    leptons = _LeptonTensor(at.k, at.k4, process.nu4 / m2, process.nu4)

    def through(v: Array) -> Array:
        """E v"""
        out = scale[:, None] * v
        for strength, momentum in middle:
            out = out - (strength * dot(momentum, v))[:, None] * momentum
        return out

    initial, final = through(at.p), through(at.p_out)
    total = initial + final
    # p.p' - M^2 = -q2 / 2
    product = structure_a * (2 * leptons(initial, final) + at.q2 / 2 * leptons.trace(scale, middle))
    product = product + structure_b * leptons(total, total)
    vertex = 2 * process.zprime if len(process.scalars) == 1 else 2.0
    propagators = (dot(q1, q1) - m2) * (at.q2 - m2)
    squared: Array = vertex**2 * product / propagators**2
    return squared


Middle = list[tuple[Array, Array]]
"""Strengths (n,) and momenta (n, 4) of the l l terms of E."""


def _between(process: Process, at: Events, q1: Array) -> tuple[Array, Middle]:
    """E = scale g - sum of strength l l."""
    middle: Middle = []
    scale: Array = np.ones(len(q1))
    if process.quartic_only or len(process.scalars) == 1:
        return scale, middle
    pair = at.scalars[0] + at.scalars[1]
    for mass, strength in process.exchanged:
        scale = scale + strength / (dot(pair, pair) - mass**2)
    for scalar in at.scalars:
        momentum = q1 - scalar
        weight: Array = 2 / (dot(momentum, momentum) - process.zprime**2)
        scale = scale + process.zprime**2 * weight
        middle.append((weight, momentum))
    return scale, middle


@dataclass(frozen=True)
class _LeptonTensor:
    """The neutrino's tensor L as a bilinear form, its propagator's q1 q1 term included; a = m_nu4 / m_Z'^2."""

    k: Array
    k4: Array
    a: float
    nu4: float

    def __call__(self, x: Array, y: Array) -> Array:
        """L_{mu nu} x^mu y^nu"""
        k_x, k_y, k4_x, k4_y = dot(self.k, x), dot(self.k, y), dot(self.k4, x), dot(self.k4, y)
        q_x, q_y, kappa = k_x - k4_x, k_y - k4_y, dot(self.k, self.k4)
        plain = k4_x * k_y + k_x * k4_y - kappa * dot(x, y)
        form: Array = 2 * (plain + self.a * self.nu4 * (k_x * q_y + q_x * k_y) + self.a**2 * kappa * q_x * q_y)
        return form

    def trace(self, scale: Array, middle: Middle) -> Array:
        """L_{mu nu} (E E)^{mu nu}"""
        kappa, q1 = dot(self.k, self.k4), self.k - self.k4
        # k.q1 = -k.k4
        total = scale**2 * 2 * kappa * (-2 - 2 * self.a * self.nu4 + self.a**2 * dot(q1, q1))
        for f, momentum in middle:
            total = total - 2 * scale * f * self(momentum, momentum)
            for g, other in middle:
                total = total + f * g * dot(momentum, other) * self(momentum, other)
        return total


# -- cross section ----------------------------------------------------------------------------------------------------


def monte_carlo(process: Process, e_nu: Any, sampling: Sampling) -> tuple[Array, Array]:
    """Cross section and its error [cm^2] per target at unit couplings, of the shape of e_nu [GeV].

    The error is that of the mean over the scramblings; points at different energies are independent.
    """
    energies = np.asarray(e_nu, dtype=np.float64)
    found = np.zeros((energies.size, 2))
    for i, energy in enumerate(energies.ravel()):
        if energy > process.threshold():
            found[i] = _at_one_energy(process, float(energy), sampling, i)
    value, error = found.T
    return value.reshape(energies.shape), error.reshape(energies.shape)


def _at_one_energy(process: Process, e_nu: float, sampling: Sampling, index: int) -> tuple[float, float]:
    dimensions = 4 if len(process.scalars) == 1 else 7
    # Unscrambled and then rotated: the keyword for scipy's own seed changed its name between supported versions.
    points = qmc.Sobol(dimensions, scramble=False).random_base2(sampling.log2_points)
    shifts = np.random.default_rng([sampling.seed, index + 1]).uniform(size=(sampling.scrambles, dimensions))
    means = []
    for shift in shifts:
        found = events(process, e_nu, (points + shift) % 1.0)
        means.append(np.mean(found.weight * squared_amplitude(process, found)))
    return float(np.mean(means)), float(np.std(means, ddof=1) / np.sqrt(sampling.scrambles))
