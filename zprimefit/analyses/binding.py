"""Components tied to a model, and what they offer there."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import getattr_static
from typing import Any

import jax

from zprimefit.likelihoods.component import Component, Params, Term
from zprimefit.likelihoods.observation import Observation
from zprimefit.names import model_name
from zprimefit.parameters import Parameter
from zprimefit.quantities import Quantity

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class BoundData:
    """A component with data of its own, tied to a model as it is.

    Parameters
    ----------
    component : with ``forecast`` and ``observation``, see :mod:`zprimefit.likelihoods.observation`.
    model : that predicts.
    """

    component: Any
    model: Any

    @property
    def observation(self) -> Observation:
        """The component's."""
        found: Observation = self.component.observation
        return found

    def forecast(self, params: Params) -> Any:
        """What the model says."""
        return self.component.forecast(self.model, params)

    def __call__(self, params: Params) -> Any:
        """-2 ln L."""
        return self.component.minus2lnl(self.model, params)


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
            if bind is not None:
                terms[component.name] = bind(model, parameters, engine=engine, progress=progress)
            # looked for without making it, where it is not found by the component's own __getattr__
            elif getattr_static(component, "observation", None) is not None or hasattr(component, "observation"):
                terms[component.name] = BoundData(component, model)
            else:
                terms[component.name] = partial(component.minus2lnl, model)
    return terms


def offered_parameters(model: Any, components: Iterable[Any]) -> tuple[Parameter, ...]:
    """Parameters of the model, and nuisance parameters that components expose instead of profiling them."""
    exposed = (p for component in components for p in getattr(component, "nuisances", ()))
    return (*model.parameters, *exposed)


def offered(model: Any, terms: Mapping[str, Term]) -> dict[str, tuple[Quantity, ...]]:
    """Derived quantities by where they come from: the model's, and those that bound components predict."""
    sources = {model_name(model): model, **terms}
    found = {label: tuple(getattr(source, "quantities", ())) for label, source in sources.items()}
    return {label: quantities for label, quantities in found.items() if quantities}
