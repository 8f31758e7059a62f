"""The axis of a derived quantity: its ends, its scale, and how far a value is from a place on it."""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, get_args

import jax.numpy as jnp
import numpy as np

from zprimefit.fitting.objective import Array
from zprimefit.names import check_name
from zprimefit.quantities import Quantity
from zprimefit.scans.grids import End, check_ends
from zprimefit.units import read_quantity

AxisScale = Literal["linear", "log"]

WIDE: Final = 30.0
"""Ratio of the ends above which an axis of positive values is logarithmic, unless told otherwise."""

KNEE: Final = 1e-4
"""Fraction of a target below which a quantity is compared linearly, where all targets are of one sign."""


@dataclass(frozen=True)
class Target:
    """An axis from low, place 0, to high, place 1.

    Parameters
    ----------
    low, high : values of the quantity.
    scale : on which places are evenly spaced.
    """

    low: float
    high: float
    scale: AxisScale

    @classmethod
    def read(cls, quantity: Quantity, low: End, high: End, scale: str | None, *, n: int, what: str) -> Self:
        """Axis of a quantity from what a user gives.

        Raises
        ------
        ValueError
            For a missing end, ends out of order, n < 2, an unknown scale, or a logarithmic one down to 0 or below.
        """
        if low is None or high is None:
            msg = f"{what}: a derived quantity has no bounds of its own; give low and high (--range LOW:HIGH)"
            raise ValueError(msg)
        a, b = (read_end(end, quantity.unit, what=what) for end in (low, high))
        check_ends(a, b, n, what=what)
        if scale is None:
            scale = "log" if a > 0 and b > WIDE * a else "linear"
        check_name(f"scale ({what})", scale, get_args(AxisScale))
        if scale == "log" and a <= 0:
            msg = f"{what}: scale 'log' needs low > 0, got {a!r}"
            raise ValueError(msg)
        return cls(a, b, "log" if scale == "log" else "linear")

    def value(self, place: Any) -> Any:
        """Place -> value of the quantity."""
        if self.scale == "log":
            return self.low * (self.high / self.low) ** place
        return self.low + (self.high - self.low) * place

    def grid(self, n: int) -> tuple[Array, Array]:
        """Places (n,) and the values there (n,), read-only."""
        places = np.linspace(0.0, 1.0, n)
        values = np.asarray(self.value(places))
        values[[0, -1]] = self.low, self.high
        for array in (places, values):
            array.flags.writeable = False
        return places, values

    def distance(self, quantity: Any, place: Any) -> Any:
        """Distance of a value from a place, traceable: in ranges of the axis near it, logarithmic far from it.

        So a quantity may begin decades away from its target. Zero on the place and monotone everywhere.
        """
        value = self.value(place)
        slope = value * math.log(self.high / self.low) if self.scale == "log" else self.high - self.low
        knee = KNEE * jnp.abs(value) if self.low * self.high > 0 else self.high - self.low
        stretched = jnp.arcsinh(quantity / knee) - jnp.arcsinh(value / knee)
        return stretched * jnp.sqrt(knee**2 + value**2) / slope


def read_end(end: float | str, unit: str, *, what: str) -> float:
    """Read one end: a number in `unit`, or a text with a unit.

    Raises
    ------
    ValueError
        If it is no number, or the unit does not fit.

    Examples
    --------
    >>> read_end("30 MeV", "GeV", what="profile of v_prime_GeV")
    0.03
    >>> read_end("2e-12 s", "s", what="profile of tau_H_s")
    2e-12
    """
    known = {"GeV", "1"}
    if isinstance(end, str) and unit not in known:
        end = end.strip().removesuffix(unit)
    return read_quantity(end, unit if unit in known else "1", what=what)
