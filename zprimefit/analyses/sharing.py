"""What several components ask of a model at one point, worked out once.

Some thirty components of a global fit ask for the same vector: tracing and compiling it for each of them anew took
half of the time before the first value.
"""

from collections.abc import Iterable, Mapping
from types import MethodType
from typing import Any, Final

SHARED: Final = ("vector", "scalars", "flavour_scalars", "scalar_doublet", "higgs_decays", "heavy_neutrinos")
"""Observables that depend on the point alone; later ones may ask for earlier ones."""


class Point(dict[str, Any]):
    """Parameter values by name, and what the model says there; a changed copy is a plain mapping that knows nothing.

    Parameters
    ----------
    values : by name.
    observables : by name.
    """

    def __init__(self, values: Mapping[str, Any], observables: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.observables = dict(observables)


class Sharing:
    """A model that looks up what a :class:`Point` knows, also when its own methods ask; the model itself otherwise."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __repr__(self) -> str:
        return repr(self._model)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        if getattr(found, "__self__", None) is self._model:
            found = MethodType(found.__func__, self)
        if name not in SHARED:
            return found

        def observable(params: Mapping[str, Any]) -> Any:
            known = params.observables if isinstance(params, Point) else {}
            return known[name] if name in known else found(params)

        return observable


def observed(model: Any, names: Iterable[str], params: Mapping[str, Any]) -> Point:
    """Parameters by name with those of the named observables that can be shared."""
    asked, point, sharing = set(names), Point(params, {}), Sharing(model)
    for name in SHARED:
        if name in asked:
            point.observables[name] = getattr(sharing, name)(point)
    return point
