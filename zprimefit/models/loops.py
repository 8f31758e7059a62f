"""One-loop anomalous magnetic moments."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from zprimefit.numerics.quadrature import unit_rule

# Logarithmic nodes towards both ends: light scalars put the integrand at x -> 1, heavy ones at x -> 0. The range
# reaches 1e-16 of the unit interval.
_RANGE = 36.0
_NODES, _WEIGHTS = unit_rule(64)
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
