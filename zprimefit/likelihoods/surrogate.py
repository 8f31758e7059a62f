"""Rates per unit coupling interpolated in the masses: built once, cached, with the error measured.

Couplings factor out of rates, so only the masses need a table: ln of every positive number on a tensor of Chebyshev
nodes in the logarithms of the free masses. The parts of a source are numbers of their own: their sum, with the mass
ratio that weighs them, would converge slowly for light mediators.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.likelihoods.observation import Observation
from zprimefit.likelihoods.surrogate_cache import Stored, key_of, read, write
from zprimefit.likelihoods.surrogate_nodes import Progress, Sampler, UnitRates, held_out_points, orders_of
from zprimefit.numerics.chebyshev import Box, evaluate, interpolate, magnitudes
from zprimefit.parameters import Parameter

Array = NDArray[np.float64]

TARGET = 1e-3
"""Largest relative error of a number that counts, at held-out points, that is asked for."""
SHARE = 0.9
"""Of it, what interpolation may take before nodes are added: the rest is for the integration."""
HELPS = 0.8
"""Nodes that leave more of the error than this do not help: what is left is noise of the integration."""
NOISE = 1e-2
"""Relative error above which it is no noise: more nodes may help only once they are dense enough."""
MOST_NODES = 4000
"""Of a surrogate: where these are not enough, its error is larger than the target, and said."""
SEED = 1
"""Of the held-out points: one box has the same ones, whatever version of the code asks."""
LOST = 5e-5
"""Relative error that joining the numbers into few may add at a node."""
FINE_EVERY = 4
"""Of the held-out points, those where the integration is measured as well: it takes some 16 times as long."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Interpolant of one source's numbers per unit coupling.

    Parameters
    ----------
    axes : names of the interpolated masses.
    fixed : masses that the analysis keeps fixed [GeV].
    box : in ln(mass / GeV).
    coefficients : (orders…, rank), of the few functions of the masses that the logarithms are sums of.
    basis : (rank, n_parts n), what each adds to every logarithm.
    shape : (n_parts, n).
    error : largest relative error at held-out points, of numbers with more than 1e-3 of their segment.
    closed_from : masses [GeV] from which on there is none.
    """

    axes: tuple[str, ...]
    fixed: Mapping[str, float]
    box: Box
    coefficients: Array
    basis: Array
    shape: tuple[int, ...]
    error: float
    closed_from: Mapping[str, float] = field(default_factory=dict)

    def __call__(self, masses: Mapping[str, Any]) -> Any:
        """Numbers per unit coupling (n_parts, n)."""
        # One spectrum, no axes, where the analysis keeps every mass fixed.
        point = jnp.stack([jnp.log(masses[name]) for name in self.axes]) if self.axes else jnp.zeros(0)
        found = jnp.exp(evaluate(self.box, self.coefficients, point) @ self.basis).reshape(self.shape)
        for name, end in self.closed_from.items():
            found = jnp.where(masses[name] < end, found, 0.0)
        return found

    def at(self, points: Array) -> Array:
        """Numbers per unit coupling (n_points, n_parts, n) at points (n_points, n_axes) in ln(mass / GeV)."""
        return np.stack([np.asarray(self(dict(zip(self.axes, np.exp(p), strict=True)))) for p in points])


def largest_error(surrogates: Iterable[Surrogate]) -> float | None:
    """Largest relative error of surrogates at held-out points; None where there are none."""
    return max((surrogate.error for surrogate in surrogates), default=None)


@dataclass(frozen=True, eq=False)
class InterpolatedTerm:
    """A term of the likelihood with surrogates in it.

    Parameters
    ----------
    observation : the data.
    forecast : params -> what is predicted for them.
    surrogates : what is looked up in it.
    """

    observation: Observation
    forecast: Callable[[Mapping[str, Any]], Any]
    surrogates: tuple[Surrogate, ...]

    @property
    def error(self) -> float | None:
        """Largest relative error of the surrogates at held-out points; None for direct integration."""
        return largest_error(self.surrogates)

    def __call__(self, params: Mapping[str, Any]) -> Any:
        """-2 ln L."""
        return self.observation.minus2lnl(self.forecast(params))


def is_number(value: Any, number: float) -> bool:
    """Whether a value is this number, as far as can be known while tracing."""
    return not isinstance(value, jax.core.Tracer) and float(value) == number


def knows(surrogate: Surrogate | None, params: Mapping[str, Any]) -> bool:
    """Whether a surrogate holds for a point: no mass that is fixed in it has another value there.

    A traced value of a fixed mass cannot be told from the fixed one; an analysis never traces what it keeps fixed.
    """
    if surrogate is None:
        return False
    at = {name: params[name] for name in surrogate.fixed}
    return all(isinstance(v, jax.core.Tracer) or is_number(v, surrogate.fixed[n]) for n, v in at.items())


@dataclass(frozen=True)
class Recipe:
    """What a surrogate is made of.

    Parameters
    ----------
    what : the numbers, for people.
    label : everything besides box and code that they depend on; part of the cache's key.
    modules : files and folders of the package that they are computed by, besides models and numerics; as well.
    segments : lengths of the pieces that n consists of: what holds little of its piece is not counted as error.
    """

    what: str
    label: str
    modules: tuple[str, ...]
    segments: tuple[int, ...]


def build(
    recipe: Recipe,
    direct: UnitRates,
    parameters: Mapping[str, Parameter],
    names: tuple[str, ...],
    progress: Progress | None,
    fine: UnitRates | None = None,
    closed_from: Mapping[str, float] | None = None,
) -> Surrogate:
    """Interpolate `direct` over the domain of the free masses among `names`; read it from the cache where it is there.

    Lines along the axes tell how many nodes each takes. More are added, where the last coefficients are largest, while
    interpolation is not good to 9e-4, while that helps, and up to 4000 in all.

    Parameters
    ----------
    direct : masses in the order of `names` -> (n_parts, n); called from several threads.
    progress : called with one line of text now and then.
    fine : a finer integration that the error is measured against as well, at every fourth of the held-out points.
    closed_from : masses [GeV] from which on there is none: what lies beyond is not interpolated.

    Raises
    ------
    ValueError
        If there are rates at some masses of the domain and none at others.
    """
    axes = tuple(n for n in names if parameters[n].free)
    fixed = {n: parameters[n].default for n in names if not parameters[n].free}
    domain = {n: parameters[n].bounds for n in axes}
    within = {n: end for n, end in (closed_from or {}).items() if n in axes and domain[n][0] < end < domain[n][1]}
    bounds = np.log([(low, within.get(n, high)) for n, (low, high) in domain.items()]).reshape(-1, 2)
    key = key_of(recipe.label, axes, fixed, bounds, recipe.modules)
    found = read(key)
    if found is None:
        sampler = Sampler(recipe.what, names, axes, fixed, recipe.segments, progress)
        found = _built(sampler, direct, fine, bounds)
        write(key, found)
    return replace(_surrogate(axes, fixed, bounds, found), closed_from=within)


def _surrogate(axes: tuple[str, ...], fixed: Mapping[str, float], bounds: Array, found: Stored) -> Surrogate:
    box = Box(bounds[:, 0], bounds[:, 1], found.coefficients.shape[:-1])
    return Surrogate(axes, fixed, box, found.coefficients, found.basis, found.shape, found.error)


def _built(sampler: Sampler, direct: UnitRates, fine: UnitRates | None, bounds: Array) -> Stored:
    low, high = bounds.T
    points = held_out_points(low, high, SEED)
    exact = sampler(direct, points)
    orders = orders_of(sampler, direct, low, high) if len(low) else ()
    best, ours = _draft(sampler, direct, bounds, orders, points, exact)
    while best.error > SHARE * TARGET and (orders := _raised(best.coefficients)) and np.prod(orders) <= MOST_NODES:
        grid = " x ".join(map(str, best.coefficients.shape[:-1]))
        sampler.tell(f"{sampler.what}: error {best.error:.1e} with {grid} nodes; adding some")
        more, theirs = _draft(sampler, direct, bounds, orders, points, exact)
        helped = more.error <= HELPS * best.error
        if helped or (best.error > TARGET and more.error < best.error):
            best, ours = more, theirs
        if not helped and best.error < NOISE:
            break
    if fine is not None:
        finer = sampler(fine, points[::FINE_EVERY])
        best = replace(best, error=max(best.error, _largest_deviation(sampler, ours[::FINE_EVERY], finer)))
    sampler.tell(_told(sampler, best, len(points)))
    return best


def _draft(
    sampler: Sampler, direct: UnitRates, bounds: Array, orders: tuple[int, ...], points: Array, exact: Array
) -> tuple[Stored, Array]:
    """Interpolant on so many nodes, with its error at points where the rates are known; and its own rates there."""
    coefficients, basis = _interpolated(sampler, direct, Box(bounds[:, 0], bounds[:, 1], orders))
    draft = Stored(coefficients, basis, exact.shape[1:], 0.0)
    surrogate = _surrogate(sampler.axes, sampler.fixed, bounds, draft)
    ours = surrogate.at(points)
    return replace(draft, error=_largest_deviation(sampler, ours, exact)), ours


def _told(sampler: Sampler, found: Stored, n_points: int) -> str:
    """What came out, in words."""
    orders = found.coefficients.shape[:-1]
    grid = " x ".join(f"{order} {name}" for order, name in zip(orders, sampler.axes, strict=True)) or "one point"
    missed = "" if found.error <= TARGET else f", above the {TARGET:g} asked for"
    told = f"largest error at {n_points} held-out points {found.error:.1e}{missed}"
    return f"{sampler.what} interpolated ({grid}): {told}"


def _interpolated(sampler: Sampler, direct: UnitRates, box: Box) -> tuple[Array, Array]:
    """Coefficients (orders…, rank) and basis (rank, n_out): the fewest columns that lose next to nothing at a node."""
    points = box.points()
    logarithms = sampler.logarithms(sampler(direct, points)).reshape(len(points), -1)
    left, sizes, right = np.linalg.svd(logarithms, full_matrices=False)
    columns = left * sizes
    rank = 1
    while rank < len(sizes) and np.abs(columns[:, :rank] @ right[:rank] - logarithms).max() > LOST:
        rank += 1
    return interpolate(box, columns[:, :rank]), right[:rank]


def _largest_deviation(sampler: Sampler, ours: Array, exact: Array) -> float:
    counted = sampler.counted(exact)
    return float(np.abs(ours[counted] / exact[counted] - 1).max(initial=0.0))


def _raised(coefficients: Array) -> tuple[int, ...]:
    """Orders with half more nodes on the axes whose last coefficients are within a factor two of the largest."""
    last = np.array([sizes[-2:].max() for sizes in magnitudes(coefficients)])
    orders = coefficients.shape[:-1]
    return tuple(n + max(1, n // 2) if t > last.max() / 2 else n for n, t in zip(orders, last, strict=True))
