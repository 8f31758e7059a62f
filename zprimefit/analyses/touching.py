"""Which parameters a component reads, found by tracing it: nothing is computed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from zprimefit.likelihoods.component import Component, Term
from zprimefit.parameters import Parameter


class _Recorder(Mapping[str, Any]):
    """Parameter values that remember which of them were asked for."""

    def __init__(self, values: Mapping[str, Any], seen: set[str]) -> None:
        self._values, self._seen = values, seen

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        self._seen.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def touched_by(
    components: Iterable[Component], model: Any, parameters: Mapping[str, Parameter]
) -> dict[str, frozenset[str]]:
    """Names of the parameters that each component touches, by its name; see :func:`touched`."""
    return {component.name: touched(component, model, parameters) for component in components}


def touched(component: Component, model: Any, parameters: Mapping[str, Parameter]) -> frozenset[str]:
    """Names of the parameters that the component's -2 ln L may depend on.

    A component can say so itself with ``touches(model, parameters)``; any other is traced once.

    Raises
    ------
    TypeError
        If JAX cannot trace the component.
    """
    declared = getattr(component, "touches", None)
    if declared is not None:
        return frozenset(declared(model, parameters))
    return reads(f"component {component.name!r}", lambda params: component.minus2lnl(model, params), parameters)


def reads(label: str, function: Term, parameters: Mapping[str, Parameter]) -> frozenset[str]:
    """Names of the parameters that a function of the point asks for when JAX traces it.

    Raises
    ------
    TypeError
        If JAX cannot trace it; the message begins with the label.
    """
    seen: set[str] = set()

    def value(values: dict[str, Any]) -> Any:
        return function(_Recorder(values, seen))

    try:
        jax.eval_shape(value, {name: jnp.float64(p.default) for name, p in parameters.items()})
    except (jax.errors.JAXTypeError, jax.errors.TracerArrayConversionError) as error:
        reason = str(error).splitlines()[0]
        msg = f"{label}: JAX cannot trace its minus2lnl; use jax.numpy and jnp.where instead of numpy and if ({reason})"
        raise TypeError(msg) from error
    except Exception as error:
        # Components are users' own code, which may fail in any way.
        msg = f"{label}: its minus2lnl fails: {type(error).__name__}: {error}"
        raise TypeError(msg) from error
    return frozenset(seen)
