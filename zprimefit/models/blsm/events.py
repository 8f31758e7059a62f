"""Events of nu N -> N_h N, N_h -> nu_d Z', Z' -> e+e-, with the cross section and the decays of the rays."""

from dataclasses import dataclass

import numpy as np

from zprimefit.constants import CARBON_MASS_NUMBER, ELECTRON_MASS, NUCLEONS_IN_CH2
from zprimefit.models.blsm.production import Visible
from zprimefit.models.blsm.scattering import differential, q2_range, threshold
from zprimefit.models.kinematics import Array, log_mapped, turned
from zprimefit.models.pair_events import Momenta, isotropic_decay
from zprimefit.models.targets import Target


@dataclass(frozen=True)
class ChainEvents:
    """Events of one chain of decays; see :class:`zprimefit.models.blsm.production.ChainRays`.

    N_h and the Z' decay isotropically, whatever their polarisation. A heavy daughter is left as it is: what it decays
    to is no part of these events.

    Parameters
    ----------
    coherent, incoherent : targets.
    visible : ``"box"``, or ``"forward"``: the Z' along N_h.
    massless_daughter : there are two masses only.
    """

    coherent: Target
    incoherent: Target
    visible: Visible = "box"
    massless_daughter: bool = False
    weighted: int = 1
    free: int = 5

    def threshold(self, masses: Array, channel: str) -> float:
        """Least neutrino energy [GeV]."""
        return float(threshold(float(masses[1]), self._target(channel)))

    def cross_section(self, masses: Array, parts: Array, channel: str, e_nu: Array, points: Array) -> Array:
        """Cross section per volume of the cube; see :class:`zprimefit.models.pair_events.UnitEvents`."""
        vector, heavy, daughter = self._three(masses)
        if heavy <= daughter + vector:
            return np.zeros_like(e_nu)
        q2, step = self._q2(masses, channel, e_nu, points)
        number, part = (NUCLEONS_IN_CH2, 0) if channel == "incoherent" else (CARBON_MASS_NUMBER**2, 1)
        sigma = np.asarray(differential(q2, e_nu, heavy, vector, self._target(channel)))
        found: Array = number * float(parts[part]) * step * sigma
        return found

    def momenta(self, masses: Array, channel: str, e_nu: Array, points: Array) -> Momenta:
        """Four-momenta in the laboratory."""
        (m_vector, m_heavy, m_daughter), mass = self._three(masses), self._target(channel).mass
        none, (q2, _) = np.zeros_like(e_nu), self._q2(masses, channel, e_nu, points)
        kinetic = q2 / (2 * mass)
        energy = e_nu - kinetic
        momentum = np.sqrt((energy - m_heavy) * (energy + m_heavy))
        # Q^2 = 2 E_nu (E_h - p_h cos) - m_h^2, with 1 - cos written without cancellation
        short = ((q2 + m_heavy**2) / (2 * e_nu) - m_heavy**2 / (energy + momentum)) / momentum
        across = momentum * np.sqrt(np.maximum(short * (2 - short), 0.0))
        along = momentum * (1 - short)
        heavy = turned(np.stack([energy, across, none, along], axis=-1), points[:, 1])
        neutrino = np.stack([e_nu, none, none, e_nu], axis=-1)
        target = np.stack([none + mass, none, none, none], axis=-1)
        mediator, daughter = self._decayed(heavy, (m_heavy, m_vector, m_daughter), points[:, 2:4])
        electron, positron = isotropic_decay(mediator, (m_vector, ELECTRON_MASS, ELECTRON_MASS), points[:, 4:])
        return Momenta(
            neutrino=neutrino,
            target=target,
            recoil=neutrino + target - heavy,
            heavy=heavy,
            daughter=daughter,
            mediator=mediator,
            electron=electron,
            positron=positron,
        )

    def _decayed(self, heavy: Array, masses: tuple[float, float, float], points: Array) -> tuple[Array, Array]:
        if self.visible == "box":
            return isotropic_decay(heavy, masses, points)
        mass, first, second = masses
        star = (mass**2 + first**2 - second**2) / (2 * mass)
        length = np.linalg.norm(heavy[:, 1:], axis=1)
        momentum = (heavy[:, 0] * np.sqrt((star - first) * (star + first)) + length * star) / mass
        mediator = np.column_stack([np.hypot(momentum, first), heavy[:, 1:] * (momentum / length)[:, None]])
        return mediator, heavy - mediator

    def _q2(self, masses: Array, channel: str, e_nu: Array, points: Array) -> tuple[Array, Array]:
        """Q^2 [GeV^2] (n,), even in ln(Q^2 + m_Z'^2) where the propagator falls first, and dQ^2 / du."""
        target, (vector, heavy, _) = self._target(channel), self._three(masses)
        least, most = q2_range(e_nu, heavy, target)
        fall = target.q2_range * vector**2 / (target.q2_range + vector**2)
        return log_mapped(points[:, 0], least, np.minimum(most, least + target.q2_reach), least + fall)

    def _three(self, masses: Array) -> tuple[float, float, float]:
        """Masses of the Z', N_h and its daughter [GeV]."""
        return float(masses[0]), float(masses[1]), 0.0 if self.massless_daughter else float(masses[2])

    def _target(self, channel: str) -> Target:
        return self.incoherent if channel == "incoherent" else self.coherent
