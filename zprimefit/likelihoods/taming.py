"""Chi-squares of measurements that go on with the logarithm once a point is far away.

What :func:`~zprimefit.likelihoods.limits.background_limited` does for limits: one measurement that is missed a
thousandfold must not swamp all others, and a minimiser still sees where to go.
"""

from typing import Any, Final

import jax.numpy as jnp
from scipy.stats import chi2

from zprimefit.likelihoods.limits import KNEE

KNEE_CHI2: Final = KNEE**2 * float(chi2.ppf(0.9, 1))
"""Chi-square from which it grows with the logarithm, 270.6: ten times as far away as a 90 % limit."""


def tamed(chi_square: Any) -> Any:
    """chi^2 up to `KNEE_CHI2`, beyond it KNEE_CHI2 [1 + ln(chi^2 / KNEE_CHI2)]: the same value and slope there."""
    beyond = jnp.maximum(chi_square, KNEE_CHI2) / KNEE_CHI2
    return jnp.where(chi_square < KNEE_CHI2, jnp.minimum(chi_square, KNEE_CHI2), KNEE_CHI2 * (1 + jnp.log(beyond)))


def tamed_above(value: Any, standard: float) -> Any:
    """:func:`tamed` of what a -2 ln L has above its value in the Standard Model."""
    return standard + tamed(value - standard)
