"""What a vector scatters on: a nucleon, or carbon as a whole."""

from dataclasses import dataclass
from typing import Any, Literal

from zprimefit.constants import CARBON_MASS, DIPOLE_MASS_SQUARED, NUCLEON_MASS
from zprimefit.models.form_factors import (
    CARBON_FORM_FACTORS,
    CARBON_RANGES,
    NUCLEON_FORM_FACTORS,
    CarbonFormFactor,
    NucleonFormFactors,
)

NO_LIMIT = 1e6
"""A momentum transfer squared [GeV^2] beyond all others; infinity would spoil derivatives."""


@dataclass(frozen=True)
class Target:
    """What the Z' scatters on, at rest, with a conserved vector current.

    Its hadron tensor, summed over spins and averaged over the target's, with P = p + p':

        H = A [p' p + p p' - g (p.p' - M^2)] + B P P

    Parameters
    ----------
    mass : M [GeV].
    kind : ``"nucleon"`` (one nucleon, isoscalar F1 and F2), ``"carbon"`` (spin-0 nucleus, coherent), or
        ``"carbon-as-nucleon"`` (Eq. 30 read literally: 144 exp(2 b q2^2) times the cross section on one nucleon).
    nucleon_form_factors : ``"paper"`` (Eq. 29) or ``"kelly"``, the sum of the proton's and the neutron's.
    carbon_form_factor : ``"gaussian"`` (Eq. 30) or ``"helm"``.
    """

    mass: float
    kind: Literal["nucleon", "carbon", "carbon-as-nucleon"]
    nucleon_form_factors: NucleonFormFactors = "paper"
    carbon_form_factor: CarbonFormFactor = "gaussian"

    def structure(self, q2: Any) -> tuple[Any, Any]:
        """Coefficients A, B of the hadron tensor at momentum transfer q2 <= 0 [GeV^2]."""
        if self.kind == "carbon":
            weight = self._coherent(q2)
            return 0 * weight, weight
        f1, f2 = NUCLEON_FORM_FACTORS[self.nucleon_form_factors](q2)
        magnetic = f1 + f2
        a = 2 * magnetic**2
        # p.p' + M^2 = 2 M^2 - q2 / 2
        b = f2**2 * (2 * self.mass**2 - q2 / 2) / (2 * self.mass**2) - 2 * magnetic * f2
        if self.kind == "nucleon":
            return a, b
        weight = self._coherent(q2)
        return weight * a, weight * b

    def _coherent(self, q2: Any) -> Any:
        return CARBON_FORM_FACTORS[self.carbon_form_factor](q2)

    @property
    def q2_range(self) -> float:
        """-q2 on whose scale the form factors fall [GeV^2]."""
        return DIPOLE_MASS_SQUARED if self.kind == "nucleon" else CARBON_RANGES[self.carbon_form_factor]

    @property
    def q2_reach(self) -> float:
        """-q2 beyond the least one [GeV^2] past which the form factors leave nothing; out of reach for a nucleon."""
        return NO_LIMIT if self.kind == "nucleon" else 28 * self.q2_range


NUCLEON = Target(NUCLEON_MASS, "nucleon")
CARBON = Target(CARBON_MASS, "carbon")
CARBON_AS_NUCLEON = Target(NUCLEON_MASS, "carbon-as-nucleon")
