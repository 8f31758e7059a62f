"""What a term of the likelihood is: a name, its citations, and ``minus2lnl(model, params)``.

Convention, everywhere in the package: a component returns -2 ln L, natural logarithm, with the constant of the
saturated model kept, so that a Gaussian term is its chi-square and values of components can be added and compared.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Params = Mapping[str, Any]
"""Parameter values by name, in GeV or dimensionless: floats, or JAX arrays while tracing."""

Term = Callable[[Params], Any]
"""A component bound to a model: parameter values -> -2 ln L (pure, traceable by JAX)."""


@runtime_checkable
class Component(Protocol):
    """A term of the global likelihood.

    `minus2lnl` must be a pure function that JAX can trace: ``jax.numpy`` instead of ``numpy``, no branching on values.
    A component whose data pseudo-experiments can draw has a ``forecast(model, params)`` and an ``observation`` too, see
    :mod:`zprimefit.likelihoods.observation`; any other keeps what was published.
    """

    @property
    def name(self) -> str:
        """Name in tables and analysis files, e.g. ``delta-a-mu``."""
        ...

    @property
    def cite(self) -> tuple[str, ...]:
        """ArXiv identifiers or INSPIRE keys of the data and formulas that are used."""
        ...

    @property
    def n_data(self) -> int:
        """Number of data points, for degrees of freedom; 0 for a bare limit or penalty."""
        ...

    @property
    def observables(self) -> tuple[str, ...]:
        """Methods that the model must have; checked when the analysis is built."""
        ...

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L at a point."""
        ...


@dataclass(frozen=True)
class UserComponent:
    """A component made of a user's own function of named parameters; see :func:`component`."""

    function: Callable[..., Any]
    parameters: tuple[str, ...]
    name: str
    cite: tuple[str, ...] = ()
    n_data: int = 0
    observables: tuple[str, ...] = field(default=())

    def minus2lnl(self, model: Any, params: Params) -> Any:  # noqa: ARG002  (a plain function knows no model)
        """-2 ln L: the function at the values of its parameters."""
        return self.function(**{name: params[name] for name in self.parameters})


Nuisances = Literal["profiled", "exposed"]
"""Whether a component minimises over its nuisance parameters itself, or leaves them to whoever fits.

Exposed ones are parameters like any other, listed in the component's ``nuisances``; their own terms stay in -2 ln L, so
their priors are uniform.
"""


def component(
    *,
    parameters: list[str] | tuple[str, ...],
    cite: str | tuple[str, ...] = (),
    name: str | None = None,
    n_data: int = 0,
) -> Callable[[Callable[..., Any]], UserComponent]:
    """Decorator that makes a likelihood component of a function that returns -2 ln L.

    Parameters
    ----------
    parameters : names of the parameters that the function takes, by name.
    cite : reference or references.
    name : name in tables; the function's name with hyphens by default.
    n_data : number of data points it stands for.

    Raises
    ------
    TypeError
        If the function does not take exactly these parameters.

    Examples
    --------
    >>> @component(parameters=["m_zprime", "g_B"], cite="Mine:2026abc")
    ... def my_limit(m_zprime, g_B):
    ...     return ((g_B / 1e-3) / (m_zprime / 0.8)) ** 2
    >>> my_limit.name
    'my-limit'
    """

    def wrap(function: Callable[..., Any]) -> UserComponent:
        label = name or function.__name__.replace("_", "-")
        taken = tuple(inspect.signature(function).parameters)
        if set(taken) != set(parameters):
            msg = (
                f"component {label}: the function takes {list(taken)}, but parameters={list(parameters)} were declared"
            )
            raise TypeError(msg)
        references = (cite,) if isinstance(cite, str) else tuple(cite)
        return UserComponent(function, tuple(parameters), label, references, n_data)

    return wrap
