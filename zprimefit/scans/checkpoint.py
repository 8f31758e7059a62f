"""A file of finished pieces of work, one JSON line each, so that an interrupted scan goes on where it stopped."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = 1


class Checkpoint:
    """Append-only record of finished work.

    The first line says what the work is; every other is one finished piece, on the disk when `add` returns. A last
    line that a crash cut short is removed, and its piece done again.

    Parameters
    ----------
    path : the file; None keeps nothing.
    identity : what the work is, JSON values only. An existing file must have been written for the same.

    Raises
    ------
    ValueError
        If the file was written for other work, or is none of ours; it stays as it is.
    """

    def __init__(self, path: Path | None, identity: Mapping[str, Any]) -> None:
        self.path = path
        self.done: dict[str, Any] = {}
        header = json.loads(json.dumps({"schema": SCHEMA, **identity}))
        if path is None:
            return
        lines = _whole_lines(path)
        if not lines:
            _append(path, header)
            return
        _compare(path, _read(path, lines[0], 1), header)
        for number, line in enumerate(lines[1:], start=2):
            piece = _read(path, line, number)
            self.done[piece["key"]] = piece["result"]

    def add(self, key: str, result: Any) -> None:
        """Record one finished piece."""
        self.done[key] = result
        if self.path is not None:
            _append(self.path, {"key": key, "result": result})


def _whole_lines(path: Path) -> list[bytes]:
    """Lines that end on a newline; whatever follows the last one is cut off the file."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole and whole < len(data):
        os.truncate(path, whole)
    elif not whole and data:
        # No line at all: the header itself was cut short, unless this is somebody else's file.
        if not data.startswith(b'{"schema"'):
            msg = f"checkpoint {path}: expected JSON lines that begin with a schema; move the file away"
            raise ValueError(msg)
        os.truncate(path, 0)
    return data[:whole].splitlines()


def _read(path: Path, line: bytes, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        msg = f"checkpoint {path}: line {number} is not JSON; move the file away to begin again"
        raise ValueError(msg) from error
    piece = isinstance(record, dict) and record.keys() == {"key", "result"} and isinstance(record["key"], str)
    if not isinstance(record, dict) or (number > 1 and not piece):
        msg = f"checkpoint {path}: line {number} is no record of a scan; move the file away to begin again"
        raise ValueError(msg)
    return record


def _compare(path: Path, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for key in dict.fromkeys([*expected, *found]):
        if found.get(key) != expected.get(key):
            msg = (
                f"checkpoint {path} belongs to other work: {key} is {_short(found.get(key))} there, "
                f"{_short(expected.get(key))} here; use another file"
            )
            raise ValueError(msg)


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _append(path: Path, record: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as handle:
        handle.write(json.dumps(record).encode() + b"\n")
        handle.flush()
        os.fsync(handle.fileno())
