"""Compiled functions of an analysis: its terms one by one, many points at a time, and slopes.

Whatever is asked of an analysis goes through these three: a fit, a scan and a chain compile nothing of their own.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.likelihoods.component import Params, Term
from zprimefit.likelihoods.surrogate_nodes import cores
from zprimefit.numerics.chunks import filled_chunks
from zprimefit.numerics.slopes import value_and_slopes

Array = NDArray[np.float64]

CHUNK: Final = 8
"""Points that a processor evaluates side by side: more take more memory, and are not faster."""
BLOCK: Final = 256
"""Points that are handed over at once, filled up: one compiled function for any number of them."""
PART: Final = 5
"""Terms whose slopes are compiled together. XLA's time grows faster than the program: all terms of a global fit at once
take many minutes, and parts can be compiled side by side."""


class Evaluator:
    """-2 ln L of a point's terms as compiled functions of the values (n_free,).

    Parameters
    ----------
    observed : values -> what terms are functions of.
    terms : by name.
    """

    def __init__(self, observed: Callable[[Any], Params], terms: Mapping[str, Term]) -> None:
        self._observed, self._terms = observed, dict(terms)

    # -- traceable ----------------------------------------------------------------------------------------------

    def _each(self, values: Any) -> Any:
        point = self._observed(values)
        found = [jnp.asarray(term(point), dtype=jnp.float64) for term in self._terms.values()]
        return jnp.stack(found) if found else jnp.zeros(0)

    def total(self, values: Any) -> Any:
        """-2 ln L, to be traced."""
        return jnp.sum(self._each(values))

    def _block(self, points: Any, count: Any) -> Any:
        """-2 ln L of the first `count` of the points (BLOCK, n_free); whole chunks, nothing beyond them."""
        # a processor is busy with few points, whose numbers stay in its cache; an accelerator is not
        size = CHUNK if jax.default_backend() == "cpu" else BLOCK

        def chunk(i: Any, found: Any) -> Any:
            some = jax.lax.dynamic_slice_in_dim(points, i * size, size)
            return jax.lax.dynamic_update_slice_in_dim(found, jax.vmap(self.total)(some), i * size, axis=0)

        return jax.lax.fori_loop(0, (count + size - 1) // size, chunk, jnp.zeros(BLOCK))

    # -- compiled -----------------------------------------------------------------------------------------------

    @cached_property
    def _compiled_each(self) -> Callable[[Any], Any]:
        return jax.jit(self._each)

    @cached_property
    def _compiled_block(self) -> Callable[[Any, Any], Any]:
        return jax.jit(self._block)

    @cached_property
    def _compiled_parts(self) -> list[Callable[[Any], Any]]:
        """Values with slopes of some terms each."""
        names = list(self._terms)
        n = -(-len(names) // PART)
        # every n-th: neighbours are often of a kind, and dear together
        parts = [Evaluator(self._observed, {name: self._terms[name] for name in names[i::n]}) for i in range(n)]
        return [jax.jit(lambda values, part=part: value_and_slopes(part.total, values)) for part in parts]

    def each(self, values: Array) -> dict[str, float]:
        """-2 ln L of every term at values (n_free,)."""
        return dict(zip(self._terms, np.asarray(self._compiled_each(values)).tolist(), strict=True))

    def value(self, values: Array) -> float:
        """-2 ln L at values (n_free,)."""
        return float(np.sum(self._compiled_each(values)))

    def values(self, points: Array) -> Array:
        """-2 ln L at points (n, n_free) -> (n,)."""
        found = [np.asarray(self._compiled_block(block, m))[:m] for block, m in filled_chunks(points, BLOCK)]
        return np.concatenate([np.zeros(0), *found])

    def value_and_slopes(self, values: Array) -> tuple[float, Array]:
        """-2 ln L at values (n_free,) and its derivatives (n_free,) by them, in forward mode."""
        parts = self._parts_compiled_for(values)
        found = [part(values) for part in parts]
        slopes = np.sum([np.asarray(s) for _, s in found], axis=0) if found else np.zeros(len(values))
        return float(sum(float(value) for value, _ in found)), slopes

    def _parts_compiled_for(self, values: Array) -> list[Callable[[Any], Any]]:
        """The parts, compiled side by side before the first use: XLA lets go of the interpreter."""
        if "_ready" not in self.__dict__:
            with ThreadPoolExecutor(cores()) as pool:
                list(pool.map(lambda part: part(values), self._compiled_parts))
            self.__dict__["_ready"] = True
        return self._compiled_parts
