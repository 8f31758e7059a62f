"""Bremsstrahlung of a light boson off a nucleus, e Z -> e Z X, in the Weizsaecker-Williams approximation.

The nucleus is a flux chi of photons, and the electron scatters off one of them, e gamma -> e X
(K. J. Kim and Y.-S. Tsai, Phys. Rev. D 8 (1973) 3109; Tsai, Phys. Rev. D 34 (1986) 1326; arXiv:0906.0580, appendix A;
arXiv:1609.06781). With the smallest momentum transfer at the photon flux's lower end whatever the angle ("improved"):

    dsigma/(dx dcos) = (alpha^2 g^2 / 2 pi) chi E^2 x beta (1 - x) A / U^2,   U = E^2 theta^2 x + m^2 (1-x)/x + m_e^2 x,

x = E_X/E, with A the square of the amplitude, averaged over spins of the initial state, over e^2 g^2:

    scalar  x^2/(1-x) + 2 (m^2 - 4 m_e^2) B,   vector  2 (2 - 2x + x^2)/(1-x) + 4 (m^2 + 2 m_e^2) B,
    B = [m^2 (1-x) + m_e^2 x^2 - x U] / U^2.

Over all angles, for m >> m_e: a vector goes as 1 - x + x^2/3 and a scalar as x^2/6, in the same units.
"""

from typing import Any, Literal

import numpy as np

from zprimefit.constants import ELECTRON_MASS, FINE_STRUCTURE, PROTON_MASS
from zprimefit.numerics.quadrature import unit_rule
from zprimefit.numerics.roots import positive_root

Kind = Literal["scalar", "vector"]

N_FLUX = 40
"""Nodes in ln t of the photon flux: its error is below 1e-4."""
# Form factors of atom and nucleus: Y.-S. Tsai, Rev. Mod. Phys. 46 (1974) 815, as arXiv:0906.0580, appendix A has them
ATOM = (111.0, 773.0)
"""Radius of the atom over Z^(-1/3)/m_e, elastic, and over Z^(-2/3)/m_e, inelastic."""
NUCLEUS = 0.164
"""Scale of the nuclear form factor over A^(-2/3) [GeV^2]"""
DIPOLE = 0.71
"""[GeV^2]"""
MOMENT_SQUARED = 2.79**2
"""of the proton, in squared magnetons"""


def photon_flux(energy: Any, mass: Any, atomic_number: float, atomic_weight: float) -> Any:
    """Photons: chi = Int dt (t - t_min)/t^2 G_2(t), from t_min = (m^2/2E)^2 to m^2; of their shape.

    Parameters
    ----------
    energy : of the electron [GeV].
    mass : of the boson [GeV].
    atomic_number, atomic_weight : Z and A of the nucleus.
    """
    nodes, weights = unit_rule(N_FLUX)
    low = ((mass**2 / (2 * energy)) ** 2)[..., None]
    span = 2 * np.log(np.maximum(2 * energy / mass, 1.0))[..., None]
    t = low * np.exp(span * nodes)
    return np.sum(weights * span * (1 - low / t) * _form_factor(t, atomic_number, atomic_weight), axis=-1)


def _form_factor(t: Any, atomic_number: float, atomic_weight: float) -> Any:
    """G_2: elastic, with the charge screened by the electrons, and inelastic."""
    elastic, inelastic = (
        (radius**2 * t / (1 + radius**2 * t)) ** 2
        for radius in (
            ATOM[0] * atomic_number ** (-1 / 3) / ELECTRON_MASS,
            ATOM[1] * atomic_number ** (-2 / 3) / ELECTRON_MASS,
        )
    )
    nucleus = 1 / (1 + t / (NUCLEUS * atomic_weight ** (-2 / 3))) ** 2
    nucleons = ((1 + t / (4 * PROTON_MASS**2) * (MOMENT_SQUARED - 1)) / (1 + t / DIPOLE) ** 4) ** 2
    return atomic_number**2 * elastic * nucleus + atomic_number * inelastic * nucleons


def amplitude_squared(kind: Kind, x: Any, u: Any, mass: Any) -> Any:
    """A of the module's docstring for e gamma -> e X.

    Parameters
    ----------
    kind : ``"scalar"`` or ``"vector"``.
    x : energy of the boson over that of the electron.
    u : U = m_e^2 - (p - k)^2, p and k the momenta of electron and boson [GeV^2].
    mass : of the boson [GeV].
    """
    constant, factor = _terms(kind, x, mass)
    return constant / (1 - x) + factor * (mass**2 * (1 - x) + (ELECTRON_MASS * x) ** 2 - x * u) / u**2


def _terms(kind: Kind, x: Any, mass: Any) -> tuple[Any, Any]:
    """(1 - x) times the term without U, and the factor of B."""
    if kind == "scalar":
        return x**2, 2 * (mass**2 - 4 * ELECTRON_MASS**2)
    return 2 * (2 - 2 * x + x**2), 4 * (mass**2 + 2 * ELECTRON_MASS**2)


def cross_section(kind: Kind, x: Any, energy: Any, mass: Any, angle: float) -> Any:
    """dsigma/dx over g^2 and chi, within an angle [GeV^-2]; zero where the boson would be slower than at rest.

    Parameters
    ----------
    kind : ``"scalar"`` or ``"vector"``; g is the Yukawa coupling or (g_V^2 + g_A^2)^(1/2) of the electron.
    x, energy, mass : energy of the boson over that of the electron, and that one; mass of the boson [GeV].
    angle : largest angle to the beam [rad]; 0 for all.
    """
    constant, factor = _terms(kind, x, mass)
    least = mass**2 * (1 - x) / x + ELECTRON_MASS**2 * x
    inverse = 1 / least
    beyond = 1 / (least + (energy * angle) ** 2 * x) if angle > 0 else 0.0
    # Int dU A/U^2 (1 - x); the bracket of B is x (U_min - U)
    integral = constant * (inverse - beyond)
    integral += factor * x * (1 - x) * (least * (inverse**3 - beyond**3) / 3 - (inverse**2 - beyond**2) / 2)
    beta = positive_root(1 - (mass / (x * energy)) ** 2)
    return FINE_STRUCTURE**2 / (4 * np.pi) * beta * integral
