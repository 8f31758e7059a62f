"""Form factors of nucleons and carbon for a vector current coupled to baryon number."""

from typing import Any

import jax.numpy as jnp

from zprimefit.constants import (
    CARBON_MASS_NUMBER,
    CARBON_SLOPE,
    DIPOLE_MASS_SQUARED,
    NEUTRON_ANOMALOUS_MOMENT,
    NUCLEON_MASS,
    PROTON_ANOMALOUS_MOMENT,
)

ISOSCALAR_ANOMALOUS_MOMENT = PROTON_ANOMALOUS_MOMENT + NEUTRON_ANOMALOUS_MOMENT


def isoscalar(q2: Any) -> tuple[Any, Any]:
    """Isoscalar F1, F2 of the nucleon at q2 <= 0 [GeV^2] (arXiv:2006.01948, Eq. 29); F2(0) = a_p + a_n."""
    dipole = (1 - q2 / DIPOLE_MASS_SQUARED) ** -2
    pole = 4 * NUCLEON_MASS**2 - q2
    f1 = dipole * (1 - q2 * ISOSCALAR_ANOMALOUS_MOMENT / pole)
    f2 = dipole * 4 * NUCLEON_MASS**2 * ISOSCALAR_ANOMALOUS_MOMENT / pole
    return f1, f2


def carbon_squared(q2: Any) -> Any:
    """A^2 exp(2 b q2), the squared coherent form factor of carbon (Eq. 30), b = 25 GeV^-2, A = 12."""
    return CARBON_MASS_NUMBER**2 * jnp.exp(2 * CARBON_SLOPE * q2)
