"""Which parameters change which component, found by moving them: what a trace reads may have no effect.

Looked at: the defaults, the benchmarks, and Sobol points of the domain. At each the parameter moves over places of its
box, ends included, on its own scale. A constraint is looked at through its margins, since its -2 ln L is 0 wherever it
is satisfied.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.analyses.constraints import BoundConstraint

Array = NDArray[np.float64]

SENSITIVITY: Final = 1e-10
"""Relative change of -2 ln L that counts: above rounding."""


class Effort(NamedTuple):
    """Sobol points (a power of two, less the corner) and places per parameter."""

    points: int
    places: int


EFFORT: Final[Mapping[str, Effort]] = {"surrogate": Effort(8, 9), "direct": Effort(2, 3)}
"""By engine: a direct evaluation takes about a tenth of a second."""


def probe(analysis: Any) -> dict[str, frozenset[str]]:
    """Free parameters that change each component, by its name; constraints are components here.

    A parameter counts where a component's value changes, or is a number at some places only. Where a component has no
    finite value anywhere, what its trace reads counts.
    """
    effort = EFFORT[analysis.engine]
    free = set(analysis.free_parameters)
    open_ = {(name, p) for name, seen in analysis.touched_by.items() for p in seen & free}
    looked: set[tuple[str, str]] = set()
    changing: set[tuple[str, str]] = set()
    watch = _watcher(analysis)
    for point in _points(analysis, effort.points):
        for i, parameter in enumerate(analysis.free_parameters):
            waiting = {pair for pair in open_ - changing if pair[1] == parameter}
            if not waiting:
                continue
            found = watch(_line(analysis, point, i, effort.places))
            for pair in waiting:
                values = np.asarray(found[pair[0]])
                if np.isfinite(values).any():
                    looked.add(pair)
                if _changes(values):
                    changing.add(pair)
    touching = changing | (open_ - looked)
    return {name: frozenset(p for n, p in touching if n == name) for name in analysis.touched_by}


def idle_parameters(analysis: Any) -> tuple[str, ...]:
    """Free parameters that change no component and no constraint."""
    touching = set().union(*analysis.probed.values())
    return tuple(name for name in analysis.free_parameters if name not in touching)


def refuse_idle(analysis: Any) -> None:
    """Refuse to vary a parameter that changes nothing.

    Raises
    ------
    ValueError
        Names the free parameters that no component and no constraint depends on in the domain, and what to do.
    """
    idle = idle_parameters(analysis)
    if idle:
        fixed = ", ".join(f"{name}: {{free: false}}" for name in idle)
        msg = (
            f"analysis {analysis.name!r}: free parameters {list(idle)} change no component's -2 ln L anywhere it was "
            f"looked at in the domain; fix them (parameters: {{{fixed}}}), or add a component that depends on them"
        )
        raise ValueError(msg)


def _watcher(analysis: Any) -> Any:
    terms = {name: analysis.term(name) for name in analysis.touched_by}

    def one(values: Any) -> dict[str, Any]:
        params = analysis.observed(analysis.params(values))
        return {
            name: term.margins(params) if isinstance(term, BoundConstraint) else jnp.asarray(term(params)).reshape(1)
            for name, term in terms.items()
        }

    return jax.jit(jax.vmap(one))


def _box(analysis: Any) -> Array:
    """Bounds (n_free, 2) on the parameters' own scales."""
    return np.array([[float(p.to_internal(b)) for b in p.bounds] for p in analysis.free]).reshape(-1, 2)


def _points(analysis: Any, n_sobol: int) -> Iterator[Array]:
    """Points (n_free,) of the domain, in user's units, the most telling first."""
    defaults = analysis.defaults()
    yield defaults
    low, high = np.array([p.bounds for p in analysis.free]).reshape(-1, 2).T
    for benchmark in analysis.benchmarks.values():
        point = np.clip([benchmark.get(p.name, p.default) for p in analysis.free], low, high)
        if not np.array_equal(point, defaults):
            yield point
    yield from _sobol(analysis, n_sobol)


def _sobol(analysis: Any, n: int) -> Iterator[Array]:
    from scipy.stats import qmc  # noqa: PLC0415  (only where an analysis is probed)

    box = _box(analysis)
    # The first point of the sequence is the corner of the box.
    for cube in qmc.Sobol(len(box), scramble=False).random_base2(n.bit_length() - 1)[1:]:
        inside = box[:, 0] + cube * (box[:, 1] - box[:, 0])
        yield np.array([float(p.to_value(x)) for p, x in zip(analysis.free, inside, strict=True)])


def _line(analysis: Any, point: Array, index: int, places: int) -> Array:
    """The point (places, n_free) with one parameter moved through its box."""
    parameter = analysis.free[index]
    low, high = (float(parameter.to_internal(b)) for b in parameter.bounds)
    line = np.repeat(point[None], places, axis=0)
    line[:, index] = np.clip(np.asarray(parameter.to_value(np.linspace(low, high, places))), *parameter.bounds)
    return line


def _changes(values: Array) -> bool:
    """Whether values (places, n) differ along the first axis, or are numbers at some places only."""
    finite = np.isfinite(values)
    if (finite.any(axis=0) & ~finite.all(axis=0)).any():
        return True
    known = values[:, finite.all(axis=0)]
    return bool((np.ptp(known, axis=0) > SENSITIVITY * np.abs(known).max(axis=0)).any()) if known.size else False
