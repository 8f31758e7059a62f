"""Published limits as smooth terms of the likelihood.

mu is the predicted rate over the rate at the published limit, at the same mass. A null result that is limited by
background gives c mu^2, one without background and events 2 n mu, with c and n so that the limit's confidence level
comes out at mu = 1. Beyond mu = 10 both go on with the logarithm, with the same value and slope: a limit that is
exceeded a thousandfold must not swamp everything else, and a minimiser still sees where to go.

*Digitisation.* Most curves were read off figures, good to 5-10 %. With ``digitisation=s`` a limit g(m) is g(m) e^(s n)
with n a standard normal nuisance that is profiled in closed form: for a rate that goes as g^q, -2 ln L(mu) becomes the
minimum over n of -2 ln L(mu e^(-q s n)) + n^2. Zero, the default, takes the curve as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import isfinite, isnan
from typing import Any, Final, Literal

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.stats import chi2

Array = NDArray[np.float64]
Outside = Literal["none", "extend", "error"]
Statistic = Literal["background", "no-background"]

STRICT_CL: Final = 0.99
"""Confidence level of the strongest word of a :func:`verdict`."""

KNEE: Final = 10.0
"""mu from which a term grows with the logarithm."""

FADE: Final = 0.01
"""Relative width in mass over which a limit fades beyond its table's ends; digitised masses are known no better."""

NO_LIMIT: Final = 1e30
"""A coupling that no rate reaches: what a curve says where it sets no limit."""

LARGEST_DIGITISATION: Final = 0.3
"""Relative error of a coupling up to which a curve is still a limit."""

NEWTON_STEPS: Final = 5


def background_limited(mu: Any, cl: float | Array) -> Any:
    """-2 ln L = c mu^2, c = 2.71, 3.84, 6.63 at 90, 95, 99 % CL; beyond mu = 10: 100 c (1 + 2 ln(mu/10)).

    Parameters
    ----------
    mu : predicted rate over the rate at the limit.
    cl : confidence level of the limit, between 0 and 1, or those of many limits.
    """
    c = chi2.ppf(cl, 1)
    beyond = jnp.maximum(mu, KNEE) / KNEE
    return jnp.where(mu < KNEE, c * jnp.minimum(mu, KNEE) ** 2, c * KNEE**2 * (1 + 2 * jnp.log(beyond)))


def zero_background(mu: Any, cl: float | Array) -> Any:
    """-2 ln L = 2 n mu, n = -ln(1 - CL) = 2.30, 3.00 at 90, 95 % CL; beyond mu = 10: 20 n (1 + ln(mu/10))."""
    n = -np.log1p(-cl)
    beyond = jnp.maximum(mu, KNEE) / KNEE
    return 2 * n * jnp.where(mu < KNEE, mu, KNEE * (1 + jnp.log(beyond)))


TERMS: Final[Mapping[Statistic, tuple[Callable[[Any, float | Array], Any], int]]] = {
    "background": (background_limited, 2),
    "no-background": (zero_background, 1),
}
"""-2 ln L of a limit, and the power of mu it grows with below its knee."""


def check_digitisation(name: str, digitisation: float) -> None:
    """Refuse a relative error of a coupling that is out of its range, 0 to :data:`LARGEST_DIGITISATION`.

    Parameters
    ----------
    name : of the component, for the message.
    digitisation : its option.

    Raises
    ------
    ValueError
        With the range.
    """
    if not (isfinite(digitisation) and 0 <= digitisation <= LARGEST_DIGITISATION):
        msg = f"{name}: digitisation must be between 0 and {LARGEST_DIGITISATION}, got {digitisation!r}"
        raise ValueError(msg)


def _lambert(z: Any) -> Any:
    """W(z) of W e^W = z >= 0: Newton's method from within a few per cent."""
    logarithm = jnp.log1p(z)
    w = logarithm * (1 - jnp.log1p(logarithm) / (2 + logarithm))
    for _ in range(NEWTON_STEPS):
        w = w - (w - z * jnp.exp(-w)) / (1 + w)
    return w


def term(statistic: Statistic, mu: Any, cl: float | Array, digitisation: float = 0.0, *, power: int = 2) -> Any:
    """-2 ln L of a limit whose coupling is known up to a factor e^(s n), n profiled.

    Below the knee -2 ln L = A mu^p; with k = q s, w e^w = k^2 p^2 A mu^p / 2 the minimum is w (2 + w) / (k p)^2.
    Beyond it, where -2 ln L grows with the logarithm, the nuisance is pushed by a constant.

    Parameters
    ----------
    statistic : ``"background"`` or ``"no-background"``.
    mu, cl : rate over the rate at the limit, and its confidence level; of one limit where `digitisation` is not zero.
    digitisation : s, relative standard error of the coupling at the limit.
    power : q, of the coupling at the limit in the rate: 2 for what is made, 4 where what is made also decays by it.
    """
    function, growth = TERMS[statistic]
    if digitisation == 0:
        return function(mu, cl)
    k = power * digitisation
    height = float(function(1.0, cl))
    push = k * growth * height * KNEE**growth / 2
    # a knee beyond e^600 is reached by no rate; its exponential would overflow
    knee = KNEE * float(np.exp(min(k * push, 600.0)))
    w = _lambert((k * growth) ** 2 * height / 2 * jnp.minimum(mu, knee) ** growth)
    beyond = function(jnp.maximum(mu, knee), cl) - push**2
    return jnp.where(mu < knee, w * (2 + w) / (k * growth) ** 2, beyond)


@cache
def _one_dof(cl: float) -> float:
    """Delta chi^2 of a confidence level; kept, as verdicts are given many times a second."""
    return float(chi2.ppf(cl, 1))


def verdict(
    minus2lnl: float,
    *,
    best: float = 0.0,
    mu: float | None = None,
    cl: float | None = None,
    statistic: Statistic | None = "background",
) -> str:
    """Whether a term allows a point; every word but ``allowed`` and ``no number`` carries its confidence level.

    By Delta chi^2 of one degree of freedom: ``allowed`` up to 2.71, ``tension (90 % CL)`` up to 6.63, beyond
    ``excluded at 99 % CL``. With `mu` and `cl` by the published limit: ``allowed`` up to mu = 1, beyond ``excluded at
    90 % CL`` or whatever its level is, and at 99 % where the statistic says so: c mu^2 > 6.63, or exp(-n mu) < 0.01.

    Parameters
    ----------
    minus2lnl, best : -2 ln L at the point, and what it is compared with.
    mu, cl : rate over the rate at the limit, and the limit's confidence level, between 0 and 1.
    statistic : form of the limit; None for a term with data of its own, whose Delta chi^2 says where 99 % are reached.
    """
    if isnan(minus2lnl) or isnan(best):
        return "no number"
    far = f"excluded at {100 * STRICT_CL:.0f} % CL"
    delta, strict = minus2lnl - best, _one_dof(STRICT_CL)
    if mu is None or cl is None:
        if delta <= _one_dof(0.90):
            return "allowed"
        return "tension (90 % CL)" if delta <= strict else far
    if mu <= 1:
        return "allowed"
    if statistic == "no-background":
        beyond = -np.log1p(-cl) * mu > -np.log1p(-STRICT_CL)
    else:
        beyond = (delta if statistic is None else _one_dof(cl) * mu**2) > strict
    return far if beyond else f"excluded at {100 * cl:.0f} % CL"


def coverage(mass: Any, low: float | Array, high: float | Array) -> Any:
    """1 between two masses, 0 beyond them but for a smooth step of relative width :data:`FADE` on either side.

    A limit that ended at once would be a cliff for a minimiser, and a wall that a sampler cannot see coming.
    """
    x = jnp.log(mass)
    beyond = jnp.maximum(np.log(low) - x, x - np.log(high)) / FADE
    t = jnp.clip(1 - beyond, 0.0, 1.0)
    return t**2 * (3 - 2 * t)


def faded(limit: Any, covered: Any) -> Any:
    """Limit over its :func:`coverage`: rates over the limit fade with it; :data:`NO_LIMIT` where nothing is covered."""
    return jnp.where(covered > 0, limit / jnp.maximum(covered, 1e-12), NO_LIMIT)


@dataclass(frozen=True, eq=False)
class LimitCurve:
    """A published curve: limit on a coupling against mass, monotone between its points in log-log.

    Parameters
    ----------
    mass : (n,) [GeV], ascending.
    limit : (n,) coupling at the limit, positive.
    outside : what holds beyond the table's masses: ``"none"`` no limit (it fades within :data:`FADE`), ``"extend"`` the
        value at its end, ``"error"`` a point there is bad (NaN).

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
    def pieces(self) -> Array:
        """Left end and coefficients, highest first, of the cubics between the points, in log-log: (n - 1, 5)."""
        piecewise = PchipInterpolator(np.log(self.mass), np.log(self.limit))
        return np.column_stack([piecewise.x[:-1], *piecewise.c])

    def __call__(self, mass: Any) -> Any:
        """Limit at a mass [GeV], of its shape."""
        pieces, end = self.pieces, np.log(self.mass[-1])
        x = jnp.clip(jnp.log(mass), pieces[0, 0], end)
        # counted, not searched for: a short program
        k = jnp.sum(x[..., None] >= pieces[1:, 0], axis=-1)
        left, a, b, c, d = jnp.moveaxis(jnp.asarray(pieces)[k], -1, 0)
        step = x - left
        inside = jnp.exp(((a * step + b) * step + c) * step + d)
        if self.outside == "extend":
            return inside
        if self.outside == "error":
            return jnp.where((mass >= self.mass[0]) & (mass <= self.mass[-1]), inside, jnp.nan)
        return faded(inside, self.coverage(mass))

    def coverage(self, mass: Any) -> Any:
        """:func:`coverage` of the table's masses."""
        return coverage(mass, self.mass[0], self.mass[-1])


def envelope(mass: Sequence[float], limit: Sequence[float]) -> tuple[Array, Array]:
    """Sort a digitised curve by mass; of points at one mass the strongest limit stays."""
    m, g = np.asarray(mass, dtype=np.float64), np.asarray(limit, dtype=np.float64)
    order = np.lexsort((g, m))
    m, g = m[order], g[order]
    first = np.append(True, np.diff(m) > 0)
    return m[first], g[first]
