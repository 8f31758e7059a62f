"""Decays of the 125 GeV scalar h that a second doublet changes: to light scalars, and to two photons.

With the couplings of the Standard Model to W and fermions, and V containing lambda_3 v h H+ H-,

    Gamma(h -> gamma gamma) = G_F alpha^2 m_h^3 / (128 sqrt(2) pi^3) |A|^2
    A = A_1(W) + Sum_f N_c Q^2 A_1/2(f) + lambda_3 v^2 / (2 m_H+-^2) A_0(H+-)

where A_1 -> -7, A_1/2 -> 4/3, A_0 -> 1/3 for heavy particles (A. Djouadi, Phys. Rept. 457 (2008) 1 and 459 (2008) 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import (
    BOTTOM_MASS,
    CHARM_MASS,
    FERMI_CONSTANT,
    FINE_STRUCTURE,
    HIGGS_MASS,
    HIGGS_VEV,
    TAU_MASS,
    TOP_MASS,
    W_MASS,
)
from zprimefit.models.widths import photon_amplitude

FERMIONS = ((TOP_MASS, 3 * 4 / 9), (BOTTOM_MASS, 3 / 9), (CHARM_MASS, 3 * 4 / 9), (TAU_MASS, 1.0))
"""(mass, N_c Q^2) of the fermions in the loop; light quarks at their MS-bar masses."""
_LARGEST = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class HiggsDecays:
    """What changes in the decays of h.

    Parameters
    ----------
    widths : widths to light particles by final state [GeV].
    invisible : the part of them that leaves nothing in a detector [GeV].
    photon_ratio : Gamma(h -> gamma gamma) over that of the Standard Model.
    """

    widths: Mapping[str, Any]
    invisible: Any
    photon_ratio: Any

    @property
    def total(self) -> Any:
        """Sum of the widths to light particles [GeV]."""
        return sum(self.widths.values(), jnp.zeros(()))


def vector_amplitude(mass: Any) -> Any:
    """A_1 of a W of this mass [GeV] > m_h/2: -[2 x^2 + 3 x + 3 (2 x - 1) f] / x^2, x = m_h^2 / 4 m^2."""
    x, f = _arcsine(mass)
    return -(2 * x**2 + 3 * x + 3 * (2 * x - 1) * f) / x**2


def scalar_amplitude(mass: Any) -> Any:
    """A_0 of a charged scalar of this mass [GeV] > m_h/2: (f - x) / x^2."""
    x, f = _arcsine(mass)
    return (f - x) / x**2


def _arcsine(mass: Any) -> tuple[Any, Any]:
    x = jnp.minimum(HIGGS_MASS**2 / (4 * jnp.asarray(mass) ** 2), _LARGEST)
    return x, jnp.arcsin(jnp.sqrt(x)) ** 2


def standard_amplitude() -> tuple[Any, Any]:
    """Real and imaginary part of A in the Standard Model."""
    real, imaginary = vector_amplitude(W_MASS), jnp.zeros(())
    for mass, weight in FERMIONS:
        re, im = photon_amplitude(HIGGS_MASS**2 / (4 * mass**2))
        real, imaginary = real + weight * re, imaginary + weight * im
    return real, imaginary


def standard_photon_width() -> Any:
    """Gamma(h -> gamma gamma) of the Standard Model at leading order [GeV]."""
    real, imaginary = standard_amplitude()
    scale = FERMI_CONSTANT * FINE_STRUCTURE**2 * HIGGS_MASS**3 / (128 * sqrt(2) * pi**3)
    return scale * (real**2 + imaginary**2)


def photon_ratio(lambda_3: Any, mass_charged: Any) -> Any:
    """Gamma(h -> gamma gamma) over that of the Standard Model, with a charged scalar [GeV] in the loop."""
    real, imaginary = standard_amplitude()
    extra = lambda_3 * HIGGS_VEV**2 / (2 * mass_charged**2) * scalar_amplitude(mass_charged)
    return ((real + extra) ** 2 + imaginary**2) / (real**2 + imaginary**2)
