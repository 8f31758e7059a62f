"""A derived quantity: something that follows from the parameters, with a name, a unit and a meaning.

Models and components offer them; `eval` prints them, chains and profiles compute them, constraints bound them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Params = Mapping[str, Any]
QuantityUnit = Literal["GeV", "s", "m", "1", "events"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One derived quantity.

    Parameters
    ----------
    name : identifier; it ends on the unit where that is GeV, s or m, e.g. ``v_prime_GeV``.
    unit : ``"GeV"``, ``"s"``, ``"m"``, ``"1"`` or ``"events"``.
    latex : symbol for figures, without dollar signs.
    meaning : one line for people, with the equation it comes from.
    function : parameter values by name -> value; pure, traceable by JAX.
    """

    name: str
    unit: QuantityUnit
    latex: str
    meaning: str
    function: Callable[[Params], Any]

    def __call__(self, params: Params) -> Any:
        """Value at a point."""
        return self.function(params)
