"""What an analysis asks of its components and constraints before it is built."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

from zprimefit.analyses.constraints import Constraint
from zprimefit.likelihoods.component import Component
from zprimefit.names import check_label, unknown_name


def check_components(name: str, components: Iterable[Any], model: Any, parameters: Sequence[str]) -> None:
    """Refuse what cannot be a sum of independent terms of this model.

    Parameters
    ----------
    name : of the analysis, for messages.
    components : what was given as such.
    parameters : names of all parameters.

    Raises
    ------
    TypeError
        For a component that is none, or a model that cannot predict what a component needs.
    ValueError
        For a component that uses an unknown parameter, two of one name, or two that use the same data.
    """
    given = tuple(components)
    for component in given:
        _check(name, component, model, parameters)
        check_label("component", component.name)
    counts = Counter(c.name for c in given)
    repeated = sorted(label for label, n in counts.items() if n > 1)
    if repeated:
        msg = f"analysis {name!r}: components {repeated} appear more than once; give each its own name"
        raise ValueError(msg)
    _check_samples(name, given)


def checked_constraints(name: str, given: Any) -> tuple[Constraint, ...]:
    """Constraints of an analysis: one or several, as such or as texts.

    Raises
    ------
    ValueError
        For what is no constraint, or one that appears twice.
    """
    listed = (given,) if isinstance(given, str | Constraint) else tuple(given)
    found = tuple(c if isinstance(c, Constraint) else Constraint(c) for c in listed)
    repeated = sorted(text for text, n in Counter(c.require for c in found).items() if n > 1)
    if repeated:
        msg = f"analysis {name!r}: constraints {repeated} appear more than once"
        raise ValueError(msg)
    return found


def check_shape(parameters: Sequence[str], given: tuple[int, ...], expected: tuple[int | str, ...]) -> None:
    """Refuse values of these parameters that have another shape, of which the first of two lengths may be any.

    Raises
    ------
    ValueError
        With the shape that was expected.
    """
    if len(given) != len(expected) or given[-1:] != expected[-1:]:
        shape = "(" + ", ".join(map(str, expected)) + (",)" if len(expected) == 1 else ")")
        msg = f"values: expected shape {shape} for {list(parameters)}, got {given}"
        raise ValueError(msg)


def _check(name: str, component: Any, model: Any, parameters: Sequence[str]) -> None:
    if not isinstance(component, Component):
        msg = (
            f"analysis {name!r}: {component!r} is no component; it needs name, cite, n_data, observables "
            f"and minus2lnl(model, params). A function becomes one with @zprimefit.component(parameters=[...])"
        )
        raise TypeError(msg)
    for observable in component.observables:
        if not callable(getattr(model, observable, None)):
            msg = f"component {component.name!r} needs model.{observable}(), which {model!r} cannot answer"
            raise TypeError(msg)
    for parameter in getattr(component, "parameters", ()):
        if parameter not in parameters:
            raise ValueError(unknown_name(f"parameter (component {component.name!r})", parameter, parameters))


def _check_samples(name: str, components: Sequence[Component]) -> None:
    """Refuse data that would count twice: a component names what it uses in `samples`."""
    for one, other in combinations(components, 2):
        used = getattr(other, "samples", ())
        shared = [sample for sample in getattr(one, "samples", ()) if sample in used]
        if shared:
            msg = (
                f"analysis {name!r}: components {one.name!r} and {other.name!r} both use {shared[0]!r}, which would "
                f"count twice; remove one of them, or give them different data"
            )
            raise ValueError(msg)
