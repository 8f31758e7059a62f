"""Rates per unit coupling interpolated in the masses: built once, cached, with the error measured.

Couplings factor out of rates, so only the masses need a table: ln of every positive number on a tensor of Chebyshev
nodes in the logarithms of the free masses.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets import data_hash
from zprimefit.files import cache_folder, write_atomic
from zprimefit.numerics.chebyshev import Box, evaluate, interpolate
from zprimefit.parameters import Parameter

Array = NDArray[np.float64]
Progress = Callable[[str], None]
UnitRates = Callable[[Any], Any]
"""Masses (n,) in the order of a source's names -> numbers per unit coupling, (n_parts, n)."""

# Nodes per axis: what 1e-3 per bin takes where the packaged analyses walk, by the held-out errors.
ORDERS = {"m_zprime": 16, "m_hprime": 5, "m_H": 7, "m_nu4": 10}
DEFAULT_ORDER = 9
HELD_OUT_POINTS = 16
FLOOR = 1e-3
"""Share of the events below which a bin's relative error is not counted."""
NOTHING = 1e-300
"""Stands for no rate at all, whose logarithm is taken."""
EMPTY = 1e-9
"""Share of the events to which an emptier bin is lifted before its logarithm is taken."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Interpolant of one source's numbers per unit coupling.

    Parameters
    ----------
    axes : names of the interpolated masses.
    fixed : masses that the analysis keeps fixed [GeV].
    box : in ln(mass / GeV).
    coefficients : (orders…, n_parts n), of the logarithms.
    shape : (n_parts, n).
    error : largest relative error at held-out random points, of numbers with more than 1e-3 of their segment.
    """

    axes: tuple[str, ...]
    fixed: Mapping[str, float]
    box: Box
    coefficients: Array
    shape: tuple[int, ...]
    error: float

    def __call__(self, masses: Mapping[str, Any]) -> Any:
        """Numbers per unit coupling (n_parts, n)."""
        # One spectrum, no axes, where the analysis keeps every mass fixed.
        point = jnp.stack([jnp.log(masses[name]) for name in self.axes]) if self.axes else jnp.zeros(0)
        return jnp.exp(evaluate(self.box, self.coefficients, point)).reshape(self.shape)


def largest_error(surrogates: Iterable[Surrogate]) -> float | None:
    """Largest relative error of surrogates at held-out points; None where there are none."""
    return max((surrogate.error for surrogate in surrogates), default=None)


@dataclass(frozen=True, eq=False)
class InterpolatedTerm:
    """A term of the likelihood with surrogates in it.

    Parameters
    ----------
    value : params -> -2 ln L.
    surrogates : what is looked up in it.
    """

    value: Callable[[Mapping[str, Any]], Any]
    surrogates: tuple[Surrogate, ...]

    @property
    def error(self) -> float | None:
        """Largest relative error of the surrogates at held-out points; None for direct integration."""
        return largest_error(self.surrogates)

    def __call__(self, params: Mapping[str, Any]) -> Any:
        """-2 ln L."""
        return self.value(params)


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
    orders : nodes per axis, where not as usual.
    """

    what: str
    label: str
    modules: tuple[str, ...]
    segments: tuple[int, ...]
    orders: Mapping[str, int] = field(default_factory=dict)


def build(
    recipe: Recipe,
    direct: UnitRates,
    parameters: Mapping[str, Parameter],
    names: tuple[str, ...],
    progress: Progress | None,
    fine: UnitRates | None = None,
) -> Surrogate:
    """Interpolate `direct` over the domain of the free masses among `names`; read it from the cache where it is there.

    Parameters
    ----------
    direct : masses in the order of `names` -> (n_parts, n).
    progress : called with one line of text now and then.
    fine : a finer integration that the error is measured against; `direct` itself by default.
    """
    axes = tuple(n for n in names if parameters[n].free)
    fixed = {n: parameters[n].default for n in names if not parameters[n].free}
    bounds = np.log([parameters[n].bounds for n in axes]).reshape(-1, 2)
    orders = ORDERS | dict(recipe.orders)
    box = Box(bounds[:, 0], bounds[:, 1], tuple(orders.get(n, DEFAULT_ORDER) for n in axes))
    key = _key(recipe, axes, fixed, box)
    path = cache_folder() / f"spectrum-{key[:32]}.npz"
    cached = _read(path, key)
    if cached is not None:
        coefficients, shape, error = cached
        return Surrogate(axes, fixed, box, coefficients, shape, error)

    def rates(point: Array, function: UnitRates = direct) -> Array:
        masses = fixed | {n: float(m) for n, m in zip(axes, np.exp(point), strict=True)}
        return np.asarray(function(np.array([masses[n] for n in names])))

    points = box.points()
    values = [_told(rates(p), i, len(points), recipe.what, progress) for i, p in enumerate(points)]
    shape = values[0].shape
    coefficients = interpolate(box, _logarithms(np.stack(values), recipe).reshape(len(points), -1))
    draft = Surrogate(axes, fixed, box, coefficients, shape, 0.0)
    error = _held_out_error(draft, lambda point: rates(point, fine or direct), recipe.segments, int(key[:8], 16))
    if progress:
        progress(
            f"{recipe.what} interpolated in {', '.join(axes)}: largest error at {HELD_OUT_POINTS} held-out points "
            f"{error:.1e}"
        )
    _write(path, key, coefficients, shape, error)
    return Surrogate(axes, fixed, box, coefficients, shape, error)


def _told(value: Array, done: int, total: int, what: str, progress: Progress | None) -> Array:
    if progress and done % max(1, total // 10) == 0:
        progress(f"integrating {what}: {done} of {total} mass points")
    return value


def _logarithms(rates: Array, recipe: Recipe) -> Array:
    """Logarithms of rates (n_points, n_parts, n); of nothing at all points, those of next to nothing.

    Raises
    ------
    ValueError
        If there are rates at some points and none at others: a threshold in the masses.
    """
    closed = rates.sum(axis=(1, 2)) == 0
    if closed.any() and not closed.all():
        msg = (
            f"{recipe.what}: none at {closed.sum()} of {len(closed)} mass points, so a threshold lies within the "
            f"bounds of the masses, which no surrogate can cross; narrow the bounds, or use engine='direct'"
        )
        raise ValueError(msg)
    return np.log(np.maximum(_positive(rates, recipe.segments), NOTHING))


def _positive(spectra: Array, segments: tuple[int, ...]) -> Array:
    """Spectra (…, n) with bins that hold next to nothing of their piece lifted, so that they have a logarithm."""
    sums = [piece.sum(axis=-1, keepdims=True) for piece in _pieces(spectra, segments)]
    floor = np.concatenate([np.repeat(s, n, axis=-1) for s, n in zip(sums, segments, strict=True)], axis=-1)
    return np.maximum(spectra, EMPTY * floor)


def _pieces(spectra: Array, segments: tuple[int, ...]) -> list[Array]:
    return np.split(spectra, np.cumsum(segments)[:-1], axis=-1)


def _held_out_error(
    surrogate: Surrogate, spectra: Callable[[Array], Array], segments: tuple[int, ...], seed: int
) -> float:
    rng = np.random.default_rng(seed)
    worst = 0.0
    for _ in range(HELD_OUT_POINTS):
        point = rng.uniform(surrogate.box.low, surrogate.box.high)
        exact = spectra(point)
        masses = {n: np.exp(x) for n, x in zip(surrogate.axes, point, strict=True)}
        for ours, true in zip(_pieces(np.asarray(surrogate(masses)), segments), _pieces(exact, segments), strict=True):
            counted = true > FLOOR * true.sum(axis=-1, keepdims=True)
            worst = max(worst, float(np.abs(ours[counted] / true[counted] - 1).max(initial=0.0)))
    return worst


# -- the cache ----------------------------------------------------------------------------------------------------


def _key(recipe: Recipe, axes: tuple[str, ...], fixed: Mapping[str, float], box: Box) -> str:
    told = repr((recipe.label, axes, sorted(fixed.items()), box.low.tolist(), box.high.tolist(), box.orders))
    return hashlib.sha256(f"{told}{data_hash()}{_code_hash(recipe.modules)}".encode()).hexdigest()


def _code_hash(modules: tuple[str, ...]) -> str:
    """Checksum of the sources that the numbers are made by, so that a cache never outlives the physics in it."""
    package = files("zprimefit")
    shared = ("constants.py", "models", "numerics", "likelihoods/surrogate.py")
    rooms = [package.joinpath(*name.split("/")) for name in (*shared, *modules)]
    digest = hashlib.sha256()
    for room in rooms:
        for source in _sources(room):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _sources(entry: Traversable) -> list[Traversable]:
    if entry.is_file():
        return [entry] if entry.name.endswith(".py") else []
    return [source for child in sorted(entry.iterdir(), key=lambda c: c.name) for source in _sources(child)]


def _digest(coefficients: Array, shape: tuple[int, ...], error: float) -> str:
    return hashlib.sha256(np.ascontiguousarray(coefficients).tobytes() + repr((shape, error)).encode()).hexdigest()


def _write(path: Path, key: str, coefficients: Array, shape: tuple[int, ...], error: float) -> None:
    buffer = BytesIO()
    digest = _digest(coefficients, shape, error)
    np.savez(buffer, key=key, coefficients=coefficients, shape=shape, error=error, sha256=digest)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, buffer.getvalue())
    except OSError:
        # A cache that cannot be written costs the next run its time, and nothing else.
        return


def _read(path: Path, key: str) -> tuple[Array, tuple[int, ...], float] | None:
    """Return what the cache holds, or None where it is missing, damaged or of another key."""
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            coefficients, error = stored["coefficients"], float(stored["error"])
            shape = tuple(int(n) for n in stored["shape"])
            valid = str(stored["key"]) == key and str(stored["sha256"]) == _digest(coefficients, shape, error)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return (coefficients, shape, error) if valid else None
