"""Numbers in JSON: exact both ways, with null for NaN."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from zprimefit.names import one_line, shown


class StoredError(ValueError):
    """A stored result is damaged, something else, or of another version."""


@contextmanager
def reading(kind: str) -> Iterator[None]:
    """Context, or decorator, of reading a stored result: whatever damage makes Python say becomes one kind of error.

    Raises
    ------
    StoredError
        With what was read, and what is wrong with it.
    """
    try:
        yield
    except StoredError:
        raise
    except KeyError as error:
        msg = f"stored {kind}: is damaged, it lacks {shown(error.args[0])}"
        raise StoredError(msg) from error
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        msg = f"stored {kind}: is damaged ({one_line(str(error))})"
        raise StoredError(msg) from error


def read_fields(record: type, stored: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Fields of a record of which JSON holds plain values, lists as tuples: each of the type that the record declares.

    Raises
    ------
    KeyError, ValueError
        For a field that is missing, and a value of another type.
    """
    types = get_type_hints(record)
    found: dict[str, Any] = {}
    for name in names:
        try:
            found[name] = TypeAdapter(types[name]).validate_python(stored[name])
        except ValidationError as error:
            msg = f"{name}: {error.errors()[0]['msg']}, got {shown(stored[name])}"
            raise ValueError(msg) from error
    return found


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
    StoredError
        If it is no JSON, another kind of result, or of a schema that this version does not know.
    """
    try:
        document = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        msg = f"{kind}: not a JSON document ({error})"
        raise StoredError(msg) from error
    found = document.get("kind") if isinstance(document, Mapping) else type(document).__name__
    if found != kind:
        msg = f"expected a stored {kind!r}, got {shown(found)}"
        raise StoredError(msg)
    if document.get("schema") != schema:
        msg = f"stored {kind}: expected schema {schema}, got {shown(document.get('schema'))}"
        raise StoredError(msg)
    return dict(document)


def _whole(digits: str) -> int:
    value = int(digits)
    if not -(2**63) <= value < 2**63:
        msg = f"an integer beyond 64 bits, {shown(digits)}"
        raise ValueError(msg)
    return value


def _finite(text: str) -> float:
    """Like what is written: NaN is null there, and nothing is infinite."""
    value = float(text)
    if not math.isfinite(value):
        msg = f"a number that is not finite, {shown(text)}"
        raise ValueError(msg)
    return value


def write_document(kind: str, schema: int, content: Mapping[str, Any]) -> str:
    """Text of a JSON document that says what it is."""
    return json.dumps({"kind": kind, "schema": schema, **content}, indent=1, allow_nan=False)
