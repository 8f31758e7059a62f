"""Parton densities of the proton at leading order: the analytic parametrisation of Glueck, Reya and Vogt of 1994.

M. Glueck, E. Reya, A. Vogt, Z. Phys. C67 (1995) 433, set LO, with the coefficients on which the authors' program and
its translations in public event generators agree. Meant for 1e-5 < x < 1 and 0.4 < Q^2 < 1e6 GeV^2; in smaller x its
form goes on. Everything depends on Q^2 through s = ln[ln(Q^2 / Lambda^2) / ln(mu^2 / Lambda^2)].
"""

from collections.abc import Sequence
from typing import Any, Final

import jax.numpy as jnp

LAMBDA: Final = 0.2322
"""[GeV]"""
START: Final = 0.23
"""mu^2 where the evolution starts [GeV^2]"""
LEAST_Q2: Final = 0.4
"""Below it densities stay what they are here [GeV^2]."""

Powers = Sequence[float]
"""Coefficients of 1, s, s^2, s^3."""

# x f = N x^a [1 + A x^b + x (B + C sqrt(x))] (1 - x)^D: rows N, a, b, A, B, C, D
U_VALENCE: Final[Sequence[Powers]] = (
    (2.284, 0.802, 0.055), (0.590, -0.024), (0.131, 0.063), (-0.449, -0.138, -0.076), (0.213, 2.669, -0.728),
    (8.854, -9.135, 1.979), (2.997, 0.753, -0.076),
)  # fmt: skip
D_VALENCE: Final[Sequence[Powers]] = (
    (0.371, 0.083, 0.039), (0.376,), (0.486, 0.062), (-0.509, 3.310, -1.248), (12.41, -10.52, 2.267),
    (6.373, -6.208, 1.418), (3.691, 0.799, -0.071),
)  # fmt: skip
SEA_DIFFERENCE: Final[Sequence[Powers]] = (
    (0.082, 0.014, 0.008), (0.409, -0.005), (0.799, 0.071), (-38.07, 36.13, -0.656), (90.31, -74.15, 7.645),
    (0.0,), (7.486, 1.217, -0.159),
)  # fmt: skip

# x f = {x^a [A + B x + C x^2] ln(1/x)^b + s^alpha exp[-E + sqrt(E' s^beta ln(1/x))]} (1 - x)^D:
# rows alpha, beta, a, b, A, B, C, D, E, E'
SEA_SUM: Final[Sequence[Powers]] = (
    (1.451,), (0.271,), (0.410, -0.232), (0.534, -0.457), (0.890, -0.140), (-0.981,), (0.320, 0.683),
    (4.752, 1.164, 0.286), (4.119, 1.713), (0.682, 2.978),
)  # fmt: skip
GLUON: Final[Sequence[Powers]] = (
    (0.524,), (1.088,), (1.742, -0.930), (0.0, 0.0, -0.399), (7.486, -2.185), (16.69, -22.74, 5.779),
    (-25.59, 29.71, -7.296), (2.792, 2.215, 0.422, -0.104), (0.807, 2.005), (3.841, 0.316),
)  # fmt: skip

# x f = s^alpha ln(1/x)^-a [1 + A sqrt(x) + B x] (1 - x)^D exp[-E + sqrt(E' s^beta ln(1/x))]:
# rows alpha, beta, a, D, E, E'
STRANGE: Final[Sequence[Powers]] = (
    (0.914,), (0.577,), (1.798, -0.596), (6.379, -0.350, 0.142), (3.981, 1.638), (6.402,),
)  # fmt: skip
STRANGE_ROOTS: Final = ((-5.548, 3.669, -0.616), (18.92, -16.73, 5.168))
"""A and B as coefficients of 1, sqrt(s), s."""


def _power_series(coefficients: Powers, s: Any) -> Any:
    return sum(c * s**i for i, c in enumerate(coefficients))


def _valence(rows: Sequence[Powers], x: Any, s: Any) -> Any:
    n, a, b, big_a, big_b, big_c, big_d = (_power_series(row, s) for row in rows)
    return n * x**a * (1 + big_a * x**b + x * (big_b + big_c * jnp.sqrt(x))) * (1 - x) ** big_d


def _light(rows: Sequence[Powers], x: Any, s: Any) -> Any:
    alpha, beta, a, b, big_a, big_b, big_c, big_d, e, e_prime = (_power_series(row, s) for row in rows)
    log = jnp.log(1 / x)
    soft = s**alpha * jnp.exp(-e + jnp.sqrt(e_prime * s**beta * log))
    return (x**a * (big_a + x * (big_b + x * big_c)) * log**b + soft) * (1 - x) ** big_d


def _strange(x: Any, s: Any) -> Any:
    alpha, beta, a, big_d, e, e_prime = (_power_series(row, s) for row in STRANGE)
    root, linear = (_power_series(row, jnp.sqrt(s)) for row in STRANGE_ROOTS)
    log = jnp.log(1 / x)
    soft = s**alpha / log**a * jnp.exp(-e + jnp.sqrt(e_prime * s**beta * log))
    return soft * (1 + root * jnp.sqrt(x) + linear * x) * (1 - x) ** big_d


def parton_densities(x: Any, q2: Any) -> dict[str, Any]:
    """Momentum fraction times the densities of ``u``, ``d``, ``ubar``, ``dbar``, ``s`` (= sbar) and ``gluon``.

    Parameters
    ----------
    x, q2 : momentum fraction, 0 < x < 1, and Q^2 [GeV^2], of shapes that broadcast.
    """
    s = jnp.log(jnp.log(jnp.maximum(q2, LEAST_Q2) / LAMBDA**2) / jnp.log(START / LAMBDA**2))
    u_valence, d_valence = _valence(U_VALENCE, x, s), _valence(D_VALENCE, x, s)
    total, difference = _light(SEA_SUM, x, s), _valence(SEA_DIFFERENCE, x, s)
    ubar, dbar = (total - difference) / 2, (total + difference) / 2
    return {
        "u": u_valence + ubar,
        "d": d_valence + dbar,
        "ubar": ubar,
        "dbar": dbar,
        "s": _strange(x, s),
        "gluon": _light(GLUON, x, s),
    }
