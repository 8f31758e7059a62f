"""Published limits as smooth terms of the likelihood.

mu is the predicted rate over the rate at the published limit, at the same mass. A null result that is limited by
background gives c mu^2, one without background and events 2 n mu, with c and n so that the limit's confidence level
comes out at mu = 1. Beyond mu = 10 both go on with the logarithm, with the same value and slope: a limit that is
exceeded a thousandfold must not swamp everything else, and a minimiser still sees where to go.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.stats import chi2

Array = NDArray[np.float64]
Outside = Literal["none", "extend", "error"]

KNEE: Final = 10.0
"""mu from which a term grows with the logarithm."""

NO_LIMIT: Final = 1e30
"""A coupling that no rate reaches: what a curve says where it sets no limit."""


def background_limited(mu: Any, cl: float) -> Any:
    """-2 ln L = c mu^2, c = 2.71, 3.84, 6.63 at 90, 95, 99 % CL; beyond mu = 10: 100 c (1 + 2 ln(mu/10)).

    Parameters
    ----------
    mu : predicted rate over the rate at the limit.
    cl : confidence level of the limit, between 0 and 1.
    """
    c = float(chi2.ppf(cl, 1))
    beyond = jnp.maximum(mu, KNEE) / KNEE
    return jnp.where(mu < KNEE, c * jnp.minimum(mu, KNEE) ** 2, c * KNEE**2 * (1 + 2 * jnp.log(beyond)))


def zero_background(mu: Any, cl: float) -> Any:
    """-2 ln L = 2 n mu, n = -ln(1 - CL) = 2.30, 3.00 at 90, 95 % CL; beyond mu = 10: 20 n (1 + ln(mu/10))."""
    n = -float(np.log1p(-cl))
    beyond = jnp.maximum(mu, KNEE) / KNEE
    return 2 * n * jnp.where(mu < KNEE, mu, KNEE * (1 + jnp.log(beyond)))


def verdict(minus2lnl: float, *, best: float = 0.0) -> str:
    """``allowed`` (Delta chi^2 below 2.71), ``tension`` (up to 6.63), ``excluded at 99 % CL`` beyond; 1 dof."""
    delta = minus2lnl - best
    if delta <= chi2.ppf(0.90, 1):
        return "allowed"
    return "tension" if delta <= chi2.ppf(0.99, 1) else "excluded at 99 % CL"


@dataclass(frozen=True, eq=False)
class LimitCurve:
    """A published curve: limit on a coupling against mass, monotone between its points in log-log.

    Parameters
    ----------
    mass : (n,) [GeV], ascending.
    limit : (n,) coupling at the limit, positive.
    outside : what holds beyond the table's masses: ``"none"`` no limit, ``"extend"`` the value at its end, ``"error"``
        a point there is bad (NaN).

    Raises
    ------
    ValueError
        For masses that do not ascend, or numbers that are not positive and finite.
    """

    mass: Array
    limit: Array
    outside: Outside = "none"

    def __post_init__(self) -> None:
        mass, limit = (np.array(a, dtype=np.float64) for a in (self.mass, self.limit))
        if mass.ndim != 1 or mass.shape != limit.shape or mass.size < 2:
            msg = f"limit curve: expected two arrays of one length >= 2, got shapes {mass.shape} and {limit.shape}"
            raise ValueError(msg)
        if not (np.isfinite(mass).all() and np.isfinite(limit).all() and (mass > 0).all() and (limit > 0).all()):
            msg = "limit curve: masses and limits must be finite and positive"
            raise ValueError(msg)
        if not (np.diff(mass) > 0).all():
            k = int(np.argmin(np.diff(mass)))
            msg = f"limit curve: masses must ascend, got {float(mass[k])!r} before {float(mass[k + 1])!r}"
            raise ValueError(msg)
        object.__setattr__(self, "mass", mass)
        object.__setattr__(self, "limit", limit)

    @cached_property
    def _coefficients(self) -> Array:
        """Of the cubics between the points, in log-log: (4, n - 1)."""
        return np.asarray(PchipInterpolator(np.log(self.mass), np.log(self.limit)).c)

    def __call__(self, mass: Any) -> Any:
        """Limit at a mass [GeV], of its shape."""
        knots = jnp.log(jnp.asarray(self.mass))
        x = jnp.clip(jnp.log(mass), knots[0], knots[-1])
        k = jnp.clip(jnp.searchsorted(knots, x, side="right") - 1, 0, len(self.mass) - 2)
        a, b, c, d = jnp.asarray(self._coefficients)[:, k]
        step = x - knots[k]
        inside = jnp.exp(((a * step + b) * step + c) * step + d)
        if self.outside == "extend":
            return inside
        covered = (mass >= self.mass[0]) & (mass <= self.mass[-1])
        return jnp.where(covered, inside, NO_LIMIT if self.outside == "none" else jnp.nan)


def envelope(mass: Sequence[float], limit: Sequence[float]) -> tuple[Array, Array]:
    """Sort a digitised curve by mass; of points at one mass the strongest limit stays."""
    m, g = np.asarray(mass, dtype=np.float64), np.asarray(limit, dtype=np.float64)
    order = np.lexsort((g, m))
    m, g = m[order], g[order]
    first = np.append(True, np.diff(m) > 0)
    return m[first], g[first]
