"""A derived quantity has a given value at every grid point: the augmented Lagrangian.

With r the distance of the quantity from its target, in fractions of the grid and zero on target,

    -2 ln L + multiplier r + weight r^2

is minimised as if it were a likelihood; then multiplier += 2 weight r, and again, until the condition holds and the
multiplier is the slope of the profile. A start that fulfils the condition of a neighbour knows that slope already.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from zprimefit.fitting.minuit import Outcome, minimise
from zprimefit.fitting.objective import BATCH, Array, Indices, Mask, Objective
from zprimefit.fitting.status import Status
from zprimefit.numerics.chunks import filled_chunks
from zprimefit.numerics.slopes import value_and_slopes
from zprimefit.parameters import Parameter
from zprimefit.quantities import Quantity
from zprimefit.scans.conditions import Point
from zprimefit.scans.target import Target
from zprimefit.units import format_quantity

SOFT: Final = 1e3
"""Weight from far away, per (range of the grid)^2."""

STIFF: Final = 1e6
"""Weight near the target: a distance of 1e-5 costs 1e-4. With 1e8 MIGRAD was seen to lose its way."""

NEAR: Final = 0.2
"""Distance below which a start may know its multiplier, and needs no soft weight."""

ON_TARGET: Final = 1e-5
"""Largest distance of a point that fulfils its condition, in ranges of the grid."""

EDGE: Final = 2e-3
"""Fraction of its box within which a coordinate is at its bound."""

STUCK: Final = 0.5
"""A turn that leaves more than this fraction of a distance has not moved: the target is out of reach."""

TURNS: Final = 6
"""Minimisations from one start at most."""


EXTRA: Final = (
    Parameter(name="condition_target", unit="1", latex="t", default=0.5, bounds=(0.0, 1.0)),
    Parameter(name="condition_multiplier", unit="1", latex="\\lambda", default=0.0, bounds=(-1.0, 1.0)),
    Parameter(name="condition_weight", unit="1", latex="w", default=1.0, bounds=(1.0, 2.0)),
)
"""Three more coordinates, always held: arguments of the compiled function that no grid point compiles again."""


@dataclass(frozen=True, eq=False)
class Augmented:
    """An analysis with the terms of the condition; answers :class:`FitProblem`.

    Parameters
    ----------
    analysis : the problem itself; its `params` maps values to all parameters by name.
    quantity : what the condition is on.
    target : its axis.
    """

    analysis: Any
    quantity: Quantity
    target: Target

    @property
    def name(self) -> str:
        """Label."""
        return f"{self.analysis.name} at {self.quantity.name}"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters."""
        return (*self.analysis.parameters, *EXTRA)

    @property
    def free(self) -> tuple[Parameter, ...]:
        """The free parameters, and the three of the condition."""
        return (*self.analysis.free, *EXTRA)

    @property
    def free_parameters(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(p.name for p in self.free)

    @property
    def n_data(self) -> int:
        """Number of data points."""
        return int(self.analysis.n_data)

    @property
    def shears(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        """Those of the analysis."""
        return dict(self.analysis.shears)

    def defaults(self) -> Array:
        """Default values (n_free + 3,)."""
        return np.array([p.default for p in self.free])

    def breakdown(self, values: ArrayLike) -> dict[str, float]:
        """-2 ln L of every component, without the condition."""
        found: dict[str, float] = self.analysis.breakdown(np.asarray(values)[: -len(EXTRA)])
        return found

    def distance(self, values: Any) -> Any:
        """Distance r at values (n_free + 3,)."""
        quantity = self.quantity(self.analysis.params(values[: -len(EXTRA)]))
        return self.target.distance(jnp.asarray(quantity), values[-3])

    def _condition(self, values: Any) -> Any:
        """What the condition adds at values (n_free + 3,): multiplier x r + weight x r^2."""
        r = self.distance(values)
        return values[-2] * r + values[-1] * r**2

    @cached_property
    def _compiled(self) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """The condition with its slopes, and at many points."""
        many = partial(jax.lax.map, self._condition, batch_size=BATCH)
        return jax.jit(partial(value_and_slopes, self._condition)), jax.jit(many)

    def minus2lnl(self, values: ArrayLike) -> float:
        """Augmented Lagrangian at values (n_free + 3,)."""
        array = np.asarray(values)
        return float(self.analysis.minus2lnl(array[: -len(EXTRA)])) + float(self._compiled[0](array)[0])

    def value_and_gradient(self, values: ArrayLike) -> tuple[float, Array]:
        """:meth:`minus2lnl` and its derivatives (n_free + 3,)."""
        array = np.asarray(values)
        value, slopes = self.analysis.value_and_gradient(array[: -len(EXTRA)])
        more, slopes_of_it = self._compiled[0](array)
        return value + float(more), np.append(slopes, np.zeros(len(EXTRA))) + np.asarray(slopes_of_it)

    def minus2lnl_batch(self, values: ArrayLike) -> Array:
        """:meth:`minus2lnl` at values (n, n_free + 3) -> (n,)."""
        array = np.asarray(values)
        more = [np.asarray(self._compiled[1](chunk))[:m] for chunk, m in filled_chunks(array, 4 * BATCH)]
        inner: Array = self.analysis.minus2lnl_batch(array[:, : -len(EXTRA)])
        found: Array = inner + np.concatenate([np.zeros(0), *more])
        return found


@dataclass(frozen=True, eq=False)
class AtQuantity:
    """Given values of a derived quantity: :class:`OnQuantity` without the analysis.

    Parameters
    ----------
    name : of the quantity.
    target : its axis.
    places : on it (n,), 0 to 1.
    """

    name: str
    target: Target
    places: Array

    def on(self, analysis: Any) -> "OnQuantity":
        """The conditions of an analysis."""
        quantity = analysis.quantities[self.name]
        return OnQuantity(Objective.of(analysis), Augmented(analysis, quantity, self.target), self.places)


@dataclass(frozen=True, eq=False)
class OnQuantity:
    """A derived quantity has a given value.

    Parameters
    ----------
    inner : -2 ln L itself.
    augmented : the analysis with the condition.
    places : the targets (n,) as places on the axis, 0 to 1.
    """

    inner: Objective
    augmented: Augmented
    places: Array

    @property
    def size(self) -> int:
        """Number of grid points."""
        return len(self.places)

    @property
    def unsheared(self) -> Indices:
        """No pivot: every parameter is free."""
        return frozenset()

    @cached_property
    def _objective(self) -> Objective:
        return Objective(self.augmented)

    @cached_property
    def _distance(self) -> Callable[[Array], Any]:
        return jax.jit(self.augmented.distance)

    @cached_property
    def _held(self) -> Indices:
        n = self.inner.n
        return frozenset(range(n, n + len(EXTRA)))

    def label(self, i: int) -> str:
        """Name and value."""
        return f"{self.augmented.quantity.name} = {float(self.augmented.target.value(self.places[i])):.6g}"

    def place(self, values: Array) -> str:
        """Name and value with its unit."""
        quantity = self.augmented.quantity
        value = float(quantity(self.augmented.analysis.params(values)))
        unit = "" if quantity.unit in {"1", "GeV"} else f" {quantity.unit}"
        return f"{quantity.name} = {format_quantity(value, quantity.unit)}{unit}"

    def minimise(self, i: int, start: Array) -> Point:
        """Minimise -2 ln L where the quantity has its value.

        The point has the values that were reached, within `ON_TARGET`, and -2 ln L without the condition, brought to
        the exact target by its slope. NOT_CONVERGED where the target was not reached.
        """
        values = np.concatenate([start, [self.places[i], 0.0, STIFF]])
        r = float(self._distance(values))
        near = abs(r) < NEAR
        multiplier = self._slope(values) if near else 0.0
        weight = STIFF if near else SOFT
        for _ in range(TURNS):
            values[-2:] = multiplier, weight
            outcome = minimise(self._objective, self._objective.to_internal(values), fixed=self._held)
            values[: self.inner.n] = outcome.values[: self.inner.n]
            before, r = r, float(self._distance(values))
            multiplier += 2 * weight * r
            if not abs(r) > ON_TARGET or (weight == STIFF and abs(r) > STUCK * abs(before)):
                break
            weight = STIFF
        return self._point(values, r, multiplier, outcome)

    def another(self, i: int, start: Array, known: Sequence[Point]) -> Point:  # noqa: ARG002
        """Minimise as well: of such a condition, nothing is known of where a descent will end."""
        return self.minimise(i, start)

    def _point(self, values: Array, r: float, multiplier: float, outcome: Outcome) -> Point:
        reached = values[: self.inner.n].copy()
        fval = self.inner.minus2lnl(reached)
        status = outcome.status
        if not abs(r) <= ON_TARGET:
            status = Status.NAN if status is Status.NAN else Status.NOT_CONVERGED
        # The multiplier is minus the slope of the profile: what is left of the way, to first order.
        return Point(reached, fval + multiplier * r if status.usable else fval, status)

    def _slope(self, values: Array) -> float:
        """Multiplier that balances the slopes of -2 ln L and of the distance, as they are at a profiled point.

        Coordinates at a bound do not count, as the bound balances them too; a pivot there, which all others would
        move out, leaves nothing to go by, and 0 is returned.
        """
        n, width = self.inner.n, self.inner.width
        u = self.inner.scaled(values[:n])
        inside = np.minimum(u - self.inner.box[:, 0], self.inner.box[:, 1] - u) > EDGE * width
        if not inside[list(self.inner.pivots)].all():
            return 0.0
        x, sheared = self._objective.to_internal(values), self._objective.sheared()
        x[n + 1 :] = 0.0, 0.0
        of_likelihood = self._objective.gradient(x, sheared)[1]
        x[n + 1 :] = 1.0, 0.0
        of_distance = self._objective.gradient(x, sheared)[1] - of_likelihood
        f, d = ((slopes[:n] * width)[inside] for slopes in (of_likelihood, of_distance))
        guess = -float(f @ d) / float(d @ d) if d.any() else 0.0
        return guess if abs(guess) < NEAR * STIFF else 0.0

    def looked_at(self, i: int, draws: Array) -> tuple[Array, Array]:
        """Leave the draws as they are; how low and how near to the target each is."""
        extra = np.tile([self.places[i], 0.0, SOFT], (len(draws), 1))
        return draws, self._objective.minus2lnl_batch(np.hstack([draws, extra]))

    def no_new_physics(self, i: int) -> None:
        """Nobody knows: the quantity has a value of its own there."""

    def lead_to(self, i: int, starts: Sequence[Array], found: Point, above: float) -> Mask:  # noqa: ARG002
        """Nothing is known of any start: every one must first find its way to the target."""
        return np.zeros(len(starts), dtype=bool)

    def parted(self, i: int, a: Point, b: Point) -> bool:  # noqa: ARG002
        """No straight line keeps the quantity at its value, so that nothing is known."""
        return False
