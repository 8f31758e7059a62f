"""One-loop anomalous magnetic moments."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from zprimefit.constants import LEPTON_MASSES
from zprimefit.names import check_name
from zprimefit.numerics.quadrature import unit_rule

# Logarithmic nodes towards both ends: light scalars put the integrand at x -> 1, heavy ones at x -> 0. The range
# reaches 1e-22 of the unit interval.
_RANGE = 50.0
_NODES, _WEIGHTS = unit_rule(80)
_SMALL = np.exp(-_RANGE * _NODES) / 2
_X = np.concatenate([_SMALL, 1 - _SMALL])
_ONE_MINUS_X = np.concatenate([1 - _SMALL, _SMALL])
_DX = np.tile(_RANGE * _WEIGHTS * _SMALL, 2)


def scalar_loop(mass_scalar: Any, mass_external: float, mass_internal: float) -> tuple[Any, Any]:
    """Integrals of a neutral scalar's contribution to the moment of a lepton (arXiv:2006.01948, Eqs. 33 and 34).

        I_n = Int_0^1 dx (1-x)^2 f_n / [(1-x)^2 + x r_phi^2 + (1-x)(r^2 - 1)],   f = (r, x), r = m_internal/m_external

    so that Delta a = [y_ab y_ba I_0 + (y_ab^2 + y_ba^2)/2 I_1] / (8 pi^2): the first has the chirality flip on the
    internal line, the second on the external one. For equal masses and couplings this is Eq. 33.

    Parameters
    ----------
    mass_scalar, mass_external, mass_internal : [GeV].
    """
    r, r_phi = mass_internal / mass_external, jnp.asarray(mass_scalar)[..., None] / mass_external
    denominator = _ONE_MINUS_X**2 + _X * r_phi**2 + _ONE_MINUS_X * (r**2 - 1)
    kernel = _DX * _ONE_MINUS_X**2 / denominator
    return r * jnp.sum(kernel, axis=-1), jnp.sum(kernel * _X, axis=-1)


def vector_anomalous_moment(lepton: str, c_v: Any, c_a: Any, mass: Any) -> Any:
    """Delta a of a charged lepton from a neutral vector with the coupling gamma^mu (C_V + C_A gamma^5).

        Delta a = m^2/(4 pi^2 M^2) {C_V^2 Int x^2 (1-x)/D - C_A^2 Int [x (1-x)(4-x) + 2 x^3 m^2/M^2]/D},
        D = 1 - x + x^2 m^2/M^2                            (Hammad, Rashed, Moretti 2022 (Phys. Lett. B), Eq. 20)

    Parameters
    ----------
    lepton : ``"e"``, ``"mu"`` or ``"tau"``.
    c_v, c_a : couplings, of the shape of `mass` or scalars.
    mass : M [GeV], any shape; good to 1e-8 from 1 MeV to 10 GeV.

    Raises
    ------
    ValueError
        For an unknown lepton.
    """
    check_name("lepton", lepton, tuple(LEPTON_MASSES))
    ratio = (LEPTON_MASSES[lepton] / jnp.asarray(mass)[..., None]) ** 2
    kernel = _DX / (_ONE_MINUS_X + _X**2 * ratio)
    vector = jnp.sum(kernel * _X**2 * _ONE_MINUS_X, axis=-1)
    axial = jnp.sum(kernel * (_X * _ONE_MINUS_X * (4 - _X) + 2 * _X**3 * ratio), axis=-1)
    return ratio[..., 0] / (4 * jnp.pi**2) * (c_v**2 * vector - c_a**2 * axial)


def vector_anomalous_moment_heavy(lepton: str, c_v: Any, c_a: Any, mass: Any) -> Any:
    """The limit of a vector much heavier than the lepton: m^2/(12 pi^2 M^2) (C_V^2 - 5 C_A^2)."""
    check_name("lepton", lepton, tuple(LEPTON_MASSES))
    return (LEPTON_MASSES[lepton] / jnp.asarray(mass)) ** 2 * (c_v**2 - 5 * c_a**2) / (12 * jnp.pi**2)


def vector_anomalous_moment_light(lepton: str, c_v: Any, c_a: Any, mass: Any) -> Any:
    """The limit of a vector much lighter than the lepton, [C_V^2 - 2 (m/M)^2 C_A^2]/(8 pi^2) (same, Eq. 21)."""
    check_name("lepton", lepton, tuple(LEPTON_MASSES))
    return (c_v**2 - 2 * (LEPTON_MASSES[lepton] / jnp.asarray(mass)) ** 2 * c_a**2) / (8 * jnp.pi**2)
