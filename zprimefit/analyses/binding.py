"""Components tied to a model, and what they offer there."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import jax

from zprimefit.likelihoods.component import Component, Term
from zprimefit.parameters import Parameter
from zprimefit.quantities import Quantity

Progress = Callable[[str], None]


def bind_components(
    components: Iterable[Component],
    model: Any,
    parameters: Mapping[str, Parameter],
    engine: str,
    progress: Progress | None = None,
) -> dict[str, Term]:
    """Tie components to a model: name -> (params -> -2 ln L), in their order; surrogates are built here."""
    terms: dict[str, Term] = {}
    # Fixed matrices are numbers even where somebody's trace asks for them first.
    with jax.ensure_compile_time_eval():
        for component in components:
            bind = getattr(component, "bind", None)
            if bind is None:
                terms[component.name] = partial(component.minus2lnl, model)
            else:
                terms[component.name] = bind(model, parameters, engine=engine, progress=progress)
    return terms


def offered_parameters(model: Any, components: Iterable[Any]) -> tuple[Parameter, ...]:
    """Parameters of the model, and nuisance parameters that components expose instead of profiling them."""
    exposed = (p for component in components for p in getattr(component, "nuisances", ()))
    return (*model.parameters, *exposed)


def offered(model: Any, terms: Mapping[str, Term]) -> dict[str, tuple[Quantity, ...]]:
    """Derived quantities by where they come from: the model's, and those that bound components predict."""
    sources = {getattr(model, "name", "model"): model, **terms}
    found = {label: tuple(getattr(source, "quantities", ())) for label, source in sources.items()}
    return {label: quantities for label, quantities in found.items() if quantities}
