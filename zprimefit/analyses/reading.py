"""The text of an analysis file as plain values: small files of plain YAML, and nothing that grows when it is read."""

from pathlib import Path
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from zprimefit.analyses.schema import AnalysisError

LARGEST: Final = 256 * 1024
"""Bytes of a file: the packaged ones, written out, have some thousand."""
MOST: Final = 20_000
"""Values of a file, those behind aliases counted as often as they are used."""
DEEPEST: Final = 16
"""Mappings and lists inside each other: an analysis has five."""


def read_file(path: Path) -> str:
    """Text of a file.

    Raises
    ------
    AnalysisError
        If it cannot be read, is no text, or is too large for an analysis.
    """
    try:
        with path.open("rb") as handle:
            content = handle.read(LARGEST + 1)
        text = content.decode("utf-8")
    except (OSError, ValueError) as error:
        msg = f"{path}: cannot be read as text ({error})"
        raise AnalysisError(msg) from error
    if len(content) > LARGEST:
        msg = f"{path}: is larger than {LARGEST // 1024} KiB, which no analysis is; give the path of an analysis file"
        raise AnalysisError(msg)
    return text


def read_yaml(text: str, where: str) -> Any:
    """Plain values of a YAML text; `where` is the file's name, for messages.

    Raises
    ------
    AnalysisError
        If it is no YAML, or nests or repeats more than an analysis can.
    """
    try:
        _check(text, where)
        return YAML(typ="safe", pure=True).load(text)
    except AnalysisError:
        raise
    # The library lets through whatever its own reading of dates, numbers and directives runs into.
    except Exception as error:
        reason = " ".join(str(error).split()) if isinstance(error, YAMLError) else f"{type(error).__name__}: {error}"
        msg = f"{where}: not valid YAML: {reason}"
        raise AnalysisError(msg) from error


def _check(text: str, where: str) -> None:
    """Count values and levels before anything is built of them: aliases inside aliases double with every line."""
    sizes: dict[str, int] = {}
    begun: list[tuple[str | None, int]] = []
    values = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionEndEvent):
            anchor, before = begun.pop()
            _keep(sizes, anchor, values - before)
        elif isinstance(event, CollectionStartEvent):
            begun.append((event.anchor, values))
            values += 1
        elif isinstance(event, AliasEvent):
            if event.anchor not in sizes:
                _refuse(where, event, f"alias *{event.anchor} stands inside what it names, or names nothing")
            values += sizes[event.anchor]
        elif isinstance(event, ScalarEvent):
            _keep(sizes, event.anchor, 1)
            values += 1
            if not event.value.isascii() and any("\ud800" <= c <= "\udfff" for c in event.value):
                _refuse(where, event, "a text holds half a character, which cannot be written again")
        if len(begun) > DEEPEST:
            _refuse(where, event, f"expected at most {DEEPEST} mappings and lists inside each other")
        if values > MOST:
            _refuse(where, event, f"expected at most {MOST} values, those behind aliases counted where they are used")


def _keep(sizes: dict[str, int], anchor: str | None, size: int) -> None:
    if anchor is not None:
        sizes[anchor] = size


def _refuse(where: str, event: Any, problem: str) -> NoReturn:
    msg = f"{where}: line {event.start_mark.line + 1}: {problem}; write the analysis out plainly"
    raise AnalysisError(msg)
