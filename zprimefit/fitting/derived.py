"""Derived quantities at the samples of a chain, in batches under one compilation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import zprimefit.numerics  # noqa: F401  (double precision before the first trace)
from zprimefit.names import unknown_name

BATCH: Final = 64
"""Samples that are evaluated at a time: bounds the memory of direct integrations."""

Floats = NDArray[np.float64]


class DerivedQuantity(Protocol):
    """A named function of the point with a unit."""

    @property
    def unit(self) -> str:
        """Unit of the value."""
        ...

    def __call__(self, params: Mapping[str, Any]) -> Any:
        """Value at parameter values by name, traceable."""
        ...


class Derives(Protocol):
    """What is asked of an analysis here."""

    @property
    def free_parameters(self) -> tuple[str, ...]:
        """Names of the free parameters, in the order of the samples' columns."""
        ...

    @property
    def quantities(self) -> Mapping[str, Any]:
        """Derived quantities by name, each a :class:`DerivedQuantity`."""
        ...

    @property
    def params(self) -> Callable[[Any], Mapping[str, Any]]:
        """Values of the free parameters -> values of all by name."""
        ...


def chosen(analysis: Derives, names: Sequence[str] | None, columns: Sequence[str]) -> dict[str, DerivedQuantity]:
    """Quantities of these names, all by default.

    Parameters
    ----------
    columns : names of the samples' columns, which must be the free parameters.

    Raises
    ------
    KeyError
        For an unknown name, with the nearest.
    ValueError
        If the samples are of other parameters.
    """
    if tuple(columns) != tuple(analysis.free_parameters):
        msg = f"the samples are of {list(columns)}, but the analysis varies {list(analysis.free_parameters)}"
        raise ValueError(msg)
    for name in names or ():
        if name not in analysis.quantities:
            raise KeyError(unknown_name("derived quantity", name, list(analysis.quantities)))
    return {name: analysis.quantities[name] for name in (analysis.quantities if names is None else names)}


def derived_values(analysis: Derives, quantities: Mapping[str, DerivedQuantity], samples: Floats) -> Floats:
    """Values (n, n_quantities) of derived quantities at samples (n, n_free), in the quantities' own units."""
    if not (len(quantities) and len(samples)):
        return np.zeros((len(samples), len(quantities)))

    def at(values: Any) -> Any:
        params = analysis.params(values)
        return jnp.stack([jnp.asarray(q(params), dtype=jnp.float64).reshape(()) for q in quantities.values()])

    batches = jax.jit(lambda points: jax.lax.map(at, points, batch_size=min(BATCH, len(samples))))
    return np.asarray(batches(jnp.asarray(samples)))
