"""A file of finished pieces of work, one JSON line each, so that an interrupted scan goes on where it stopped."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from zprimefit.files import append_line, whole_lines

logger = logging.getLogger(__name__)

SCHEMA: Final = 1
BEGINS: Final = b'{"schema"'


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
        _refuse_foreign(path)
        size = path.stat().st_size if path.exists() else 0
        lines = whole_lines(path)
        if size > sum(len(line) + 1 for line in lines):
            logger.warning("checkpoint %s: its last line was cut short; that piece is done again", path)
        if not lines:
            append_line(path, json.dumps(header).encode())
            return
        _compare(path, _read(path, lines[0], 1), header)
        for number, line in enumerate(lines[1:], start=2):
            piece = _read(path, line, number)
            self.done[piece["key"]] = piece["result"]

    def add(self, key: str, result: Any) -> None:
        """Record one finished piece."""
        self.done[key] = result
        if self.path is not None:
            append_line(self.path, json.dumps({"key": key, "result": result}).encode())


def read_records(path: Path) -> list[bytes]:
    """Whole lines of a checkpoint, its header first; none of a file that is not there. The file stays as it is.

    Raises
    ------
    ValueError
        If it is none of ours, or damaged.
    """
    _refuse_foreign(path)
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    whole = [line.rstrip(b"\n") for line in lines if line.endswith(b"\n")]
    for number, line in enumerate(whole, start=1):
        _read(path, line, number)
    return whole


def _refuse_foreign(path: Path) -> None:
    """Refuse somebody else's file before anything is cut off it; ours may be cut within its first words."""
    if not path.exists():
        return
    with path.open("rb") as handle:
        begins = handle.read(len(BEGINS))
    if not BEGINS.startswith(begins):
        msg = f"checkpoint {path}: expected JSON lines that begin with a schema; move the file away"
        raise ValueError(msg)


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
