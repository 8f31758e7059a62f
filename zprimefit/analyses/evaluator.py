"""Compiled functions of an analysis: its terms one by one, many points at a time, and slopes.

Fits, scans and chains go through these three and compile nothing of their own but, once, chi^2 of a fit's terms. Data
are constants of the compiled code, unless others are given: they are arguments then, of three functions more, which all
pseudo-experiments share.
"""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, Final, cast

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.analyses.experiments import Data
from zprimefit.analyses.traces import Compile, compiled_anew
from zprimefit.likelihoods.component import Params, Term
from zprimefit.numerics.chunks import filled_chunks
from zprimefit.numerics.cores import one_blas_thread
from zprimefit.numerics.slopes import value_and_slopes

Array = NDArray[np.float64]

CHUNK: Final = 8
"""Points that a processor evaluates side by side: more take more memory, and are not faster."""
BLOCK: Final = 256
"""Points that are handed over at once, filled up: one compiled function for any number of them."""


class Evaluator:
    """-2 ln L of a point's terms as compiled functions of the values (n_free,).

    From the first one on, BLAS has one thread in this process.

    Parameters
    ----------
    observed : values -> what terms are functions of.
    terms : by name.
    compiled : (name, function) -> the function compiled.
    """

    def __init__(
        self, observed: Callable[[Any], Params], terms: Mapping[str, Term], compiled: Compile = compiled_anew
    ) -> None:
        one_blas_thread()
        self._observed, self._terms, self._compiled = observed, dict(terms), compiled

    # -- traceable ----------------------------------------------------------------------------------------------

    def _each(self, values: Any, data: Data | None) -> Any:
        point = self._observed(values)
        terms = self._terms if data is None else {n: with_data(t, data.get(n)) for n, t in self._terms.items()}
        found = [jnp.asarray(term(point), dtype=jnp.float64) for term in terms.values()]
        return jnp.stack(found) if found else jnp.zeros(0)

    def total(self, values: Any, data: Data | None = None) -> Any:
        """-2 ln L, to be traced."""
        return jnp.sum(self._each(values, data))

    def _block(self, points: Any, count: Any, data: Data | None) -> Any:
        """-2 ln L of the first `count` of the points (BLOCK, n_free); whole chunks, nothing beyond them."""
        total = partial(self.total, data=data)
        # a processor is busy with few points, whose numbers stay in its cache; an accelerator is not
        size = CHUNK if jax.default_backend() == "cpu" else BLOCK

        def chunk(i: Any, found: Any) -> Any:
            some = jax.lax.dynamic_slice_in_dim(points, i * size, size)
            return jax.lax.dynamic_update_slice_in_dim(found, jax.vmap(total)(some), i * size, axis=0)

        return jax.lax.fori_loop(0, (count + size - 1) // size, chunk, jnp.zeros(BLOCK))

    def _slopes(self, values: Any, data: Data | None) -> Any:
        return value_and_slopes(partial(self.total, data=data), values)

    def _chi2(self, values: Any, data: Data | None) -> dict[str, Any]:
        """chi^2 of the terms that have another than -2 ln L."""
        point, found = self._observed(values), {}
        for name, term in self._terms.items():
            observation: Any = getattr(term, "observation", None)
            if hasattr(observation, "chi2"):
                found[name] = observation.chi2(cast("Any", term).forecast(point), (data or {}).get(name))
        return found

    # -- compiled -----------------------------------------------------------------------------------------------

    @cached_property
    def _compiled_each(self) -> Callable[[Any, Data | None], Any]:
        return self._compiled("each", self._each)

    @cached_property
    def _compiled_block(self) -> Callable[[Any, Any, Data | None], Any]:
        return self._compiled("block", self._block)

    @cached_property
    def _compiled_slopes(self) -> Callable[[Any, Data | None], Any]:
        return self._compiled("slopes", self._slopes)

    @cached_property
    def _compiled_chi2(self) -> Callable[[Any, Data | None], Any]:
        return self._compiled("chi2", self._chi2)

    def each(self, values: Array, data: Data | None = None) -> dict[str, float]:
        """-2 ln L of every term at values (n_free,), of other data if there are any."""
        return dict(zip(self._terms, np.asarray(self._compiled_each(values, data)).tolist(), strict=True))

    def chi2(self, values: Array, data: Data | None = None) -> dict[str, float]:
        """:meth:`each`, less what is no chi^2 in it."""
        return self.each(values, data) | {n: float(chi2) for n, chi2 in self._compiled_chi2(values, data).items()}

    def value(self, values: Array, data: Data | None = None) -> float:
        """-2 ln L at values (n_free,)."""
        # as NumPy's: np.sum hands an array of JAX back to JAX
        return float(np.asarray(self._compiled_each(values, data)).sum())

    def values(self, points: Array, data: Data | None = None) -> Array:
        """-2 ln L at points (n, n_free) -> (n,)."""
        blocks = filled_chunks(points, BLOCK)
        found = [np.asarray(self._compiled_block(block, np.int64(m), data))[:m] for block, m in blocks]
        return np.concatenate([np.zeros(0), *found])

    def value_and_slopes(self, values: Array, data: Data | None = None) -> tuple[float, Array]:
        """-2 ln L at values (n_free,) and its derivatives (n_free,) by them, in forward mode."""
        value, slopes = self._compiled_slopes(values, data)
        # as NumPy's: float of a number of JAX's takes as long as forty of these
        return float(np.asarray(value)), np.asarray(slopes)


def with_data(term: Any, data: Any) -> Term:
    """Return a term with other data, or as it is where there are none."""
    if data is None:
        return term  # type: ignore[no-any-return]
    return lambda point: term.observation.minus2lnl(term.forecast(point), data)
