"""Events of nu N -> nu_4 N phi, phi -> e+e-, with the amplitude and the phase space of the spectra."""

from dataclasses import dataclass

import numpy as np

from zprimefit.constants import ELECTRON_MASS, NUCLEONS_IN_CH2
from zprimefit.models.kinematics import Array, boosted, dot, turned
from zprimefit.models.pair_events import Momenta, isotropic_decay
from zprimefit.models.targets import Target
from zprimefit.models.z2hdm.amplitude import Invariants, numerator
from zprimefit.models.z2hdm.phase_space import Events, Process, events


@dataclass(frozen=True)
class ScalarEvents:
    """Events of one scalar; masses come in the order Z', scalar, nu_4. A scalar decays isotropically.

    Parameters
    ----------
    coherent, incoherent : targets.
    """

    coherent: Target
    incoherent: Target
    weighted: int = 4
    free: int = 3

    def threshold(self, masses: Array, channel: str) -> float:
        """Least neutrino energy [GeV]."""
        return self._process(masses, channel).threshold()

    def cross_section(self, masses: Array, parts: Array, channel: str, e_nu: Array, points: Array) -> Array:
        """Cross section per volume of the cube; see :class:`zprimefit.models.pair_events.UnitEvents`."""
        process = self._process(masses, channel)
        at = events(process, e_nu, points)
        number = NUCLEONS_IN_CH2 if channel == "incoherent" else 1
        return number * at.weight * squared_amplitude(process, at, parts)

    def momenta(self, masses: Array, channel: str, e_nu: Array, points: Array) -> Momenta:
        """Four-momenta in the laboratory."""
        process = self._process(masses, channel)
        at, mass, none = events(process, e_nu, points[:, :4]), process.target.mass, np.zeros_like(e_nu)
        frame = np.stack([e_nu + mass, none, none, e_nu], axis=-1)
        invariant = np.sqrt(mass**2 + 2 * mass * e_nu)
        heavy, recoil, mediator = (
            turned(boosted(v, frame, invariant), points[:, 4]) for v in (at.k4, at.p_out, at.scalars[0])
        )
        pair = (process.scalars[0], ELECTRON_MASS, ELECTRON_MASS)
        electron, positron = isotropic_decay(mediator, pair, points[:, 5:])
        return Momenta(
            neutrino=np.stack([e_nu, none, none, e_nu], axis=-1),
            target=np.stack([none + mass, none, none, none], axis=-1),
            recoil=recoil,
            heavy=heavy,
            daughter=None,
            mediator=mediator,
            electron=electron,
            positron=positron,
        )

    def _process(self, masses: Array, channel: str) -> Process:
        zprime, scalar, nu4 = map(float, masses)
        return Process(zprime, nu4, (scalar,), self.incoherent if channel == "incoherent" else self.coherent)


def squared_amplitude(process: Process, at: Events, parts: Array) -> Array:
    """S|M|^2 (n,) [GeV^-2] at unit couplings, part 0 and part d of :mod:`scattering` times `parts` (2,)."""
    kappa = dot(at.k, at.k4)
    invariants = Invariants(
        k_p=dot(at.k, at.p),
        k_q=dot(at.k, at.k4 + at.p_out),
        p_k4=dot(at.p, at.k4),
        pp_k4=dot(at.p_out, at.k4),
        q2=at.q2,
    )
    sums = (
        sum(c * kappa**i for i, c in enumerate(coefficients))
        for coefficients in numerator(invariants, process.target, process.nu4, process.zprime)
    )
    mz2 = process.zprime**2
    propagators = (process.nu4**2 - 2 * kappa - mz2) * (at.q2 - mz2)
    squared: Array = 4 * mz2 * sum(part * n for part, n in zip(parts, sums, strict=True)) / propagators**2
    return squared
