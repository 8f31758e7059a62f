"""What a minimiser sees of an analysis: a function of internal coordinates with its gradient.

A *layout* says which pivots are sheared: a pivot that is profiled, or that is held at its bound, moves on its own
scale instead. The layout is an argument of what is compiled here, the coordinates; the likelihood's own functions are
the analysis', so that no fit and no scan compiles it again.

The box of the domain is left to the minimiser, except for sheared pivots, whose box is none in internal coordinates.
They carry a smooth one-sided penalty, (excess / (`PENALTY_SCALE` x width))^2, where the excess outside [low, high]
and the width of the box are measured on the pivot's own scale.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

import zprimefit.numerics  # noqa: F401  (double precision before the first trace)
from zprimefit.fitting.coordinates import Coordinates
from zprimefit.fitting.posterior import MetBadPoints
from zprimefit.fitting.sobol import sobol
from zprimefit.numerics.chunks import filled_chunks
from zprimefit.parameters import Parameter

PENALTY_SCALE: Final = 1e-3
"""Fraction of a sheared pivot's box by which it is outside where the penalty is 1."""

BATCH: Final = 16
"""Points whose coordinates are worked out at a time: shears may integrate, which takes memory."""

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Indices = frozenset[int]


class FitProblem(Protocol):
    """What the minimiser asks of an analysis."""

    @property
    def name(self) -> str:
        """Label."""
        ...

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, fixed ones too."""
        ...

    @property
    def free(self) -> tuple[Parameter, ...]:
        """The free parameters, in the order of every array of values."""
        ...

    @property
    def free_parameters(self) -> tuple[str, ...]:
        """Names of the free parameters."""
        ...

    @property
    def n_data(self) -> int:
        """Number of data points."""
        ...

    @property
    def shears(self) -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
        """Pivot -> shift of its logarithm."""
        ...

    def defaults(self) -> Array:
        """Default values (n_free,)."""
        ...

    def minus2lnl(self, values: ArrayLike) -> Any:
        """-2 ln L at values (n_free,)."""
        ...

    def value_and_gradient(self, values: ArrayLike) -> tuple[float, Array]:
        """-2 ln L at values (n_free,) and its derivatives (n_free,) by them."""
        ...

    def minus2lnl_batch(self, values: ArrayLike) -> Array:
        """-2 ln L at values (n, n_free) -> (n,)."""
        ...

    def breakdown(self, values: ArrayLike) -> dict[str, float]:
        """-2 ln L of every component."""
        ...


@runtime_checkable
class KnowsChi2(Protocol):
    """An analysis that tells -2 ln L from chi^2."""

    def chi2(self, values: ArrayLike) -> dict[str, float]:
        """chi^2 of every component."""
        ...


@dataclass
class Counts:
    """How often the likelihood was evaluated, and how often without a finite answer."""

    values: int = 0
    gradients: int = 0
    bad: int = 0

    @property
    def calls(self) -> int:
        """Evaluations of any kind; a gradient counts once."""
        return self.values + self.gradients

    def add(self, more: "Counts") -> None:
        """Count what others have counted as well."""
        self.values += more.values
        self.gradients += more.gradients
        self.bad += more.bad


@dataclass(frozen=True)
class _Watched:
    """A fit problem whose evaluations are shown."""

    problem: FitProblem
    look: Callable[[Array, float], None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.problem, name)

    def minus2lnl(self, values: ArrayLike) -> Any:
        found = self.problem.minus2lnl(values)
        self.look(np.asarray(values), float(found))
        return found

    def value_and_gradient(self, values: ArrayLike) -> tuple[float, Array]:
        found = self.problem.value_and_gradient(values)
        self.look(np.asarray(values), found[0])
        return found

    def given(self, data: Any) -> Any:
        return Objective.of(cast("Any", self.problem).given(data)).watched(self.look).analysis


class Objective:
    """-2 ln L + penalty of an analysis in internal coordinates x (n_free,), in any layout.

    Parameters
    ----------
    analysis : anything that answers :class:`FitProblem`.
    """

    def __init__(self, analysis: FitProblem) -> None:
        self.analysis = analysis
        self.coordinates = Coordinates.of(analysis)
        self.names = self.coordinates.names
        self.n = len(self.names)
        self.box: Array = self.coordinates.box
        self.width: Array = self.box[:, 1] - self.box[:, 0]
        self.pivots: Indices = frozenset(self.coordinates.pivots)
        self.counts = Counts()
        self.bad_points = MetBadPoints()
        self._flat: dict[Indices, Indices] = {}
        self._place = jax.jit(self._placed)
        self._place_slopes = jax.jit(self._placed_and_slopes)
        self._places = jax.jit(self._many_placed)
        self._to_values = jax.jit(self._values)
        self._to_internal = jax.jit(
            lambda v, sheared: jnp.where(sheared, self.coordinates.to_internal(v), self.coordinates.scaled(v))
        )

        self._relayout_slopes = jax.jit(jax.jacfwd(self._relayout))

    @classmethod
    def of(cls, analysis: FitProblem) -> "Objective":
        """Objective of an analysis, kept with it: a fit and all profiles share the compiled functions.

        So do those of one analysis with other data, which has an ``origin``.
        """
        kept: dict[str, Any] = analysis.__dict__
        origin: FitProblem | None = kept.get("origin")
        if "_objective" not in kept:
            kept["_objective"] = cls(analysis) if origin is None else cls.of(origin)._on(analysis)
        objective: Objective = kept["_objective"]
        return objective

    def _on(self, analysis: FitProblem) -> "Objective":
        """Objective of the same problem with other data: coordinates, and what is compiled of them, do not change."""
        moved = copy(self)
        moved.analysis, moved.counts = analysis, Counts()
        return moved

    def watched(self, look: Callable[[Array, float], None]) -> "Objective":
        """Return an objective that shows every single evaluation; what `look` raises ends a minimisation.

        Its analysis is watched, whoever asks for the objective of that.

        Parameters
        ----------
        look : called with values (n_free,) and -2 ln L there, of a value or a gradient.
        """
        moved = self._on(cast("FitProblem", _Watched(self.analysis, look)))
        moved.analysis.__dict__["_objective"] = moved
        return moved

    # -- pure functions, traced ---------------------------------------------------------------------------------

    def _scaled(self, x: Any, sheared: Any) -> Any:
        return jnp.where(sheared, self.coordinates.scaled(self.coordinates.to_values(x)), x) if self.pivots else x

    def _values(self, x: Any, sheared: Any) -> Any:
        u = self._scaled(x, sheared)
        return jnp.stack([p.to_value(u[..., i]) for i, p in enumerate(self.coordinates.parameters)], axis=-1)

    def _relayout(self, x: Any, before: Any, after: Any) -> Any:
        values = self._values(x, before)
        return jnp.where(after, self.coordinates.to_internal(values), self.coordinates.scaled(values))

    def _placed(self, x: Any, sheared: Any, margin: Any) -> Any:
        """Values (n_free,), and the penalty as one number more: a second array would have to be fetched; traced."""
        u, values = self._scaled(x, sheared), self._values(x, sheared)
        low, high = self.box[:, 0] + margin * self.width, self.box[:, 1] - margin * self.width
        excess = jnp.maximum(low - u, 0.0) + jnp.maximum(u - high, 0.0)
        outside = jnp.where(sheared, (excess / (PENALTY_SCALE * self.width)) ** 2, 0.0)
        return jnp.append(values, jnp.sum(outside))

    def _placed_and_slopes(self, x: Any, *layout: Any) -> Any:
        """What :meth:`_placed` tells, and a column (n_free + 1,) of derivatives by each coordinate; traced."""
        placed, along = jax.linearize(lambda x: self._placed(x, *layout), x)
        return jnp.column_stack([placed, jax.vmap(along, out_axes=1)(jnp.eye(self.n))])

    def _many_placed(self, points: Any, *layout: Any) -> Any:
        return jax.lax.map(lambda x: self._placed(x, *layout), points, batch_size=BATCH)

    # -- layouts ------------------------------------------------------------------------------------------------

    def sheared(self, unsheared: Iterable[int] = ()) -> Mask:
        """Mask (n_free,) of the pivots that are sheared when those of `unsheared` are not."""
        mask = np.zeros(self.n, dtype=bool)
        mask[list(self.pivots - frozenset(unsheared))] = True
        return mask

    def to_values(self, x: ArrayLike, unsheared: Iterable[int] = ()) -> Array:
        """Map internal coordinates (…, n_free) to the user's values (…, n_free), without projection."""
        return np.array(self._to_values(jnp.asarray(x, dtype=jnp.float64), self.sheared(unsheared)))

    def to_internal(self, values: ArrayLike, unsheared: Iterable[int] = ()) -> Array:
        """Map values (…, n_free) to internal coordinates (…, n_free) of a layout."""
        return np.array(self._to_internal(jnp.asarray(values, dtype=jnp.float64), self.sheared(unsheared)))

    def relayout_slopes(self, x: Array, before: Indices, after: Indices) -> Array:
        """Return the derivatives (n_free, n_free) of the coordinates of one layout by those of another."""
        return np.array(self._relayout_slopes(x, self.sheared(before), self.sheared(after)))

    def scaled(self, values: ArrayLike) -> Array:
        """Values (…, n_free) on their own scales, comparable with `box`."""
        return self.to_internal(values, self.pivots)

    def project(self, values: ArrayLike) -> Array:
        """Values (…, n_free) clipped to their bounds."""
        low, high = np.array([p.bounds for p in self.coordinates.parameters]).T
        return np.clip(np.asarray(values, dtype=np.float64), low, high)

    def at_bounds(self, values: Array) -> dict[int, int]:
        """Index -> -1 (lower) or +1 (upper) for values (n_free,) that are exactly on one of their bounds."""
        bounds = [p.bounds for p in self.coordinates.parameters]
        return {i: -1 if v == bounds[i][0] else 1 for i, v in enumerate(values) if v in bounds[i]}

    def draw(self, n: int, seed: int | list[int]) -> Array:
        """Draw n values (n, n_free): a seeded Sobol sequence, uniform on the parameters' own scales."""
        return self.project(self.to_values(self.box[:, 0] + self.width * sobol(n, self.n, seed), self.pivots))

    # -- evaluation ---------------------------------------------------------------------------------------------

    def value(self, x: Array, sheared: Mask, margin: float = 0.0) -> float:
        """-2 ln L + penalty at x (n_free,)."""
        self.counts.values += 1
        placed = np.asarray(self._place(x, sheared, margin))
        values, penalty = placed[:-1], placed[-1]
        found = float(self.analysis.minus2lnl(values))
        self.bad_points.look(self.analysis, values, found)
        return found + float(penalty)

    def gradient(self, x: Array, sheared: Mask, margin: float = 0.0) -> tuple[float, Array]:
        """-2 ln L + penalty and its derivatives (n_free,) at x (n_free,)."""
        self.counts.gradients += 1
        return self._raw_gradient(x, sheared, margin)

    def _raw_gradient(self, x: Array, sheared: Mask, margin: float = 0.0) -> tuple[float, Array]:
        placed = np.asarray(self._place_slopes(x, sheared, margin))
        values, penalty, by_x = placed[:-1, 0], placed[-1, 0], placed[:, 1:]
        value, slopes = self.analysis.value_and_gradient(values)
        self.bad_points.look(self.analysis, values, value)
        return value + float(penalty), slopes @ by_x[:-1] + by_x[-1]

    def minus2lnl(self, values: Array) -> float:
        """Return the analysis' own -2 ln L at values (n_free,) inside the domain, without any penalty."""
        return self.value(self.to_internal(values, self.pivots), self.sheared(self.pivots))

    def value_batch(self, points: Array, sheared: Mask) -> Array:
        """-2 ln L + penalty at points (n, n_free) -> (n,)."""
        self.counts.values += len(points)
        return self._raw_batch(points, sheared)

    def minus2lnl_batch(self, values: Array) -> Array:
        """-2 ln L at values (n, n_free) inside the domain -> (n,)."""
        return self.value_batch(self.to_internal(values, self.pivots), self.sheared(self.pivots))

    def _raw_batch(self, points: Array, sheared: Mask, margin: float = 0.0) -> Array:
        parts = [np.asarray(self._places(c, sheared, margin))[:m] for c, m in filled_chunks(points, 4 * BATCH)]
        placed = np.concatenate([np.zeros((0, self.n + 1)), *parts])
        values = placed[:, :-1]
        found: Array = self.analysis.minus2lnl_batch(values)
        self.bad_points.look(self.analysis, values, found)
        return np.asarray(found + placed[:, -1])

    # -- coordinates that change nothing ------------------------------------------------------------------------

    def flat(self, unsheared: Indices = frozenset()) -> Indices:
        """Return the coordinates along which -2 ln L does not change anywhere it was looked at.

        Looked at: the defaults and eight Sobol points of the box. At each the derivative must vanish, and so must
        the change to nine places of the coordinate's box, its ends included (which rules out curvature and walls).
        """
        if unsheared not in self._flat:
            self._flat[unsheared] = self._find_flat(unsheared)
        return self._flat[unsheared]

    def _find_flat(self, unsheared: Indices) -> Indices:
        sheared = self.sheared(unsheared)
        values = np.vstack([self.analysis.defaults(), self.draw(8, 0)])
        points = self.to_internal(values, unsheared)
        evaluated = [(x, *self._raw_gradient(x, sheared)) for x in points]
        usable = [(x, f, g) for x, f, g in evaluated if np.isfinite(f) and np.isfinite(g).all()]
        if len(usable) < 3:
            return frozenset()
        slopes = np.abs([g for _, _, g in usable]) * self.width
        silent = (slopes <= 1e-10 * slopes.max(axis=1, keepdims=True) + 1e-9).all(axis=0)
        candidates = [int(i) for i in np.flatnonzero(silent) if not sheared[i]]
        return frozenset(i for i in candidates if self._is_flat(i, usable, sheared))

    def _is_flat(self, index: int, usable: list[tuple[Array, float, Array]], sheared: Mask) -> bool:
        places = np.linspace(float(self.box[index, 0]), float(self.box[index, 1]), 9)
        for x, value, _ in usable:
            line = np.repeat(x[None], len(places), axis=0)
            line[:, index] = places
            # A margin below any box: pivots may leave theirs here, only the likelihood counts.
            change = np.abs(self._raw_batch(line, sheared, margin=-1e6) - value)
            change = change[np.isfinite(change)]
            if change.size == 0 or (change > 1e-9 * abs(value) + 1e-8).any():
                return False
        return True

    def moved_by(self, pivot: int, x: Array, coordinates: Iterable[int]) -> bool:
        """Whether any of these coordinates moves the user's pivot at x, where the pivot is sheared."""
        before = self.to_values(x)[pivot]
        for i in coordinates:
            moved = x.copy()
            moved[i] += (0.25 if x[i] < self.box[i].mean() else -0.25) * self.width[i]
            if not np.isclose(self.to_values(moved)[pivot], before, rtol=1e-9, atol=0.0):
                return True
        return False
