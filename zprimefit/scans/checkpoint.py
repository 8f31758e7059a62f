"""A file of finished pieces of work, one JSON line each, so that an interrupted scan goes on where it stopped."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from zprimefit.files import append_line, mend_end, whole_lines, write_atomic

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
        if mend_end(path):
            logger.warning("checkpoint %s: its last line was cut short; that piece is done again", path)
        number = 0
        for number, line in enumerate(whole_lines(path), start=1):
            record = _read(path, line, number)
            if number == 1:
                _compare(path, record, header)
            else:
                self.done[record["key"]] = record["result"]
        if number == 0:
            append_line(path, json.dumps(header).encode())

    def add(self, key: str, result: Any) -> None:
        """Record one finished piece."""
        self.done[key] = result
        if self.path is not None:
            append_line(self.path, json.dumps({"key": key, "result": result}).encode())


@dataclass(frozen=True)
class Records:
    """Lines of a checkpoint: what the work is, None without a file, and the finished pieces by their keys."""

    header: bytes | None
    pieces: dict[str, bytes]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a checkpoint, which stays as it is; a line that a crash cut short is left out.

        Raises
        ------
        ValueError
            If it is none of ours, or damaged.
        """
        _refuse_foreign(path)
        header, pieces = None, {}
        for number, line in enumerate(whole_lines(path), start=1):
            record = _read(path, line, number)
            if number == 1:
                header = line
            else:
                pieces[record["key"]] = line
        return cls(header, pieces)

    def write(self, path: Path) -> None:
        """Replace the checkpoint by these, if there are any.

        Raises
        ------
        UnwritableError
            If the folder cannot be written; the older file stays.
        """
        if self.header is not None:
            write_atomic(path, b"".join(line + b"\n" for line in (self.header, *self.pieces.values())))


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
