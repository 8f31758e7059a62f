"""What constraints may name: parameters, and derived quantities of the model and of its components."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, Self

from zprimefit.analyses.binding import bind_components, offered
from zprimefit.analyses.constraints import Constraint, Function
from zprimefit.likelihoods.component import Component
from zprimefit.parameters import Parameter
from zprimefit.quantities import Quantity


class Nameable(NamedTuple):
    """Units and functions of the point, by name."""

    units: Mapping[str, str]
    functions: Mapping[str, Function]

    @classmethod
    def of(cls, parameters: Iterable[Parameter], quantities: Mapping[str, Quantity]) -> Self:
        """Parameters and derived quantities; a parameter goes before a quantity of its name."""
        parameters = tuple(parameters)
        units = {q.name: q.unit for q in quantities.values()} | {p.name: p.unit for p in parameters}
        return cls(units, {**quantities, **{p.name: itemgetter(p.name) for p in parameters}})

    @classmethod
    def at_the_door(
        cls,
        constraints: Sequence[Constraint],
        model: Any,
        components: Sequence[Component],
        parameters: Mapping[str, Parameter],
        touched_by: Mapping[str, frozenset[str]],
    ) -> Self:
        """The same before anything expensive is built or traced: to check constraints, and to see what they read.

        A quantity of a component stands here for all that the component reads, and is not its value. Components are
        asked only where a constraint names what is no parameter and no quantity of the model.
        """
        known = cls.of(parameters.values(), {q.name: q for q in getattr(model, "quantities", ())})
        if {name for c in constraints for name in c.comparison.names()} <= set(known.units):
            return known
        units, functions = dict(known.units), dict(known.functions)
        for component in components:
            terms = bind_components([component], model, parameters, "direct")
            for quantity in offered(object(), terms).get(component.name, ()):
                units.setdefault(quantity.name, quantity.unit)
                functions.setdefault(quantity.name, _reading(touched_by[component.name]))
        return cls(units, functions)


def _reading(names: Iterable[str]) -> Callable[[Mapping[str, Any]], Any]:
    return lambda params: sum((params[name] for name in names), 0.0)
