"""What several components ask of a model at one point, worked out once.

Some thirty components of a global fit ask for the same vector: tracing and compiling it for each of them anew took
half of the time before the first value.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

SHARED: Final = ("vector", "scalars")
"""Observables that depend on the point alone."""


class Point(dict[str, Any]):
    """Parameter values by name, and what the model says there; a changed copy is a plain mapping that knows nothing.

    Parameters
    ----------
    values : by name.
    observables : by name.
    """

    def __init__(self, values: Mapping[str, Any], observables: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.observables = observables


class Sharing:
    """A model that looks up what a :class:`Point` knows; in everything else the model itself."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __repr__(self) -> str:
        return repr(self._model)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        if name not in SHARED:
            return found

        def observable(params: Mapping[str, Any]) -> Any:
            known = params.observables if isinstance(params, Point) else {}
            return known[name] if name in known else found(params)

        return observable


def observed(model: Any, names: Iterable[str], params: Mapping[str, Any]) -> Point:
    """Parameters by name with those of the named observables that can be shared."""
    asked = set(names)
    return Point(params, {name: getattr(model, name)(params) for name in SHARED if name in asked})
