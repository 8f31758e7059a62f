"""Numbers in JSON: exact both ways, with null for NaN."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def number(value: float) -> float | None:
    """Float -> JSON number, NaN -> null. Python writes the shortest text that reads back as the same double."""
    return None if math.isnan(value) else float(value)


def numbers(array: NDArray[np.float64]) -> Any:
    """Array of any shape -> nested lists."""
    return [numbers(row) for row in array] if np.ndim(array) else number(float(array))


def read_number(value: float | None) -> float:
    """Inverse of `number`."""
    return math.nan if value is None else float(value)


def read_numbers(nested: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Inverse of `numbers`; frozen, like all arrays of results."""
    array = np.array(nested, dtype=np.float64).reshape(shape)
    array.flags.writeable = False
    return array


def read_document(text: str, kind: str, schema: int) -> dict[str, Any]:
    """Read a JSON document that says what it is.

    Raises
    ------
    ValueError
        If it is no JSON, another kind of result, or of a schema that this version does not know.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        msg = f"{kind}: not a JSON document ({error})"
        raise ValueError(msg) from error
    found = document.get("kind") if isinstance(document, Mapping) else type(document).__name__
    if found != kind:
        msg = f"expected a stored {kind!r}, got {found!r}"
        raise ValueError(msg)
    if document.get("schema") != schema:
        msg = f"stored {kind}: expected schema {schema}, got {document.get('schema')!r}"
        raise ValueError(msg)
    return dict(document)


def write_document(kind: str, schema: int, content: Mapping[str, Any]) -> str:
    """Text of a JSON document that says what it is."""
    return json.dumps({"kind": kind, "schema": schema, **content}, indent=1, allow_nan=False)
