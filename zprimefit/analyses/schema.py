"""The analysis file: its keys, and one line of text for everything that is wrong with it."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from zprimefit.names import one_line, shown, unknown_name

Quantity = StrictFloat | StrictInt | StrictStr
"""A number in GeV or dimensionless, or a text such as ``30 MeV``."""


class AnalysisError(ValueError):
    """An analysis file or an option is wrong; the message is one line that says what, where and what was expected."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DistributionSpec(_Strict):
    """A continuous distribution of scipy.stats."""

    name: str
    args: tuple[float, ...] = ()
    loc: Quantity | None = None
    scale: Quantity | None = None


class PriorSpec(_Strict):
    """Prior of a parameter; `low` and `high` default to the bounds."""

    kind: Literal["uniform", "log-uniform", "normal", "scipy"]
    low: Quantity | None = None
    high: Quantity | None = None
    mean: Quantity | None = None
    sigma: Quantity | None = None
    distribution: DistributionSpec | None = None


class ParameterSpec(_Strict):
    """Changes to one parameter of the model; what is not given stays as the model has it."""

    free: bool | None = None
    default: Quantity | None = None
    bounds: tuple[Quantity, Quantity] | None = None
    scale: Literal["linear", "log", "asinh"] | None = None
    asinh_scale: Quantity | None = None
    prior: PriorSpec | None = None


class ConstraintSpec(_Strict):
    """A one-sided bound: a text, or a mapping with the width at which -2 ln L is 1 (one for each of a chain)."""

    require: StrictStr
    width: Quantity | list[Quantity] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return {"require": given} if isinstance(given, str) else given


class AnalysisSpec(_Strict):
    """A whole analysis file."""

    name: str
    description: str = ""
    model: dict[str, Any]
    data: Literal["papers", "current"] | None = None
    engine: Literal["surrogate", "direct"] = "surrogate"
    components: dict[str, dict[str, Any] | None] = Field(min_length=1)
    parameters: dict[str, ParameterSpec] = Field(default_factory=dict)
    constraints: list[ConstraintSpec] = Field(default_factory=list)


_KEYS: dict[tuple[str, ...], type[BaseModel]] = {
    (): AnalysisSpec,
    ("parameters",): ParameterSpec,
    ("parameters", "prior"): PriorSpec,
    ("parameters", "prior", "distribution"): DistributionSpec,
    ("constraints",): ConstraintSpec,
}


def read_spec(raw: object, where: str) -> AnalysisSpec:
    """Check a mapping read from YAML.

    Raises
    ------
    AnalysisError
        On the first thing that is wrong: file, key, value, what was expected, nearest valid name.
    """
    if not isinstance(raw, Mapping):
        keys = ", ".join(AnalysisSpec.model_fields)
        msg = f"{where}: expected a mapping with the keys {keys}, got {type(raw).__name__}"
        raise AnalysisError(msg)
    try:
        return AnalysisSpec.model_validate(dict(raw))
    except ValidationError as error:
        msg = f"{where}: {_first(error)}"
        raise AnalysisError(msg) from error


def _first(error: ValidationError) -> str:
    # Unknown keys first: they are the cause of the missing ones.
    found = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    location = [str(part) for part in found["loc"]]
    if found["type"] == "extra_forbidden":
        # parameters.NAME.prior and so on: a parameter may be named like a key.
        kind = (*location[:1], *location[2:-1]) if location[:-1] else ()
        place = f" in {'.'.join(location[:-1])}" if location[:-1] else ""
        return unknown_name("key", location[-1], list(_KEYS[kind].model_fields)) + place
    place = ".".join(part for part in location if part not in {"float", "int", "str"})
    if found["type"] == "literal_error":
        return unknown_name(place, found["input"], re.findall(r"'([^']*)'", found["ctx"]["expected"]))
    if found["type"] == "model_type" and location[0] == "constraints":
        return f"{place}: expected a text such as 'm_Hpm > 110 GeV', or require and width, got {shown(found['input'])}"
    given = "" if found["type"] == "missing" else f", got {shown(found['input'])}"
    return f"{place}: {found['msg'][0].lower()}{found['msg'][1:]}{given}"
