"""A published table: its numbers and where they come from."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any, Final

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from zprimefit.names import one_line, shown, unknown_name

REQUIRED_KEYS = ("title", "quantity", "publication", "location", "obtained", "status", "cl", "sha256", "columns")


class DatasetError(ValueError):
    """A shipped table is missing, damaged or without provenance."""


@dataclass(frozen=True, slots=True)
class Column:
    """Unit and meaning of one column."""

    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a table comes from.

    Parameters
    ----------
    publication : arXiv identifiers (or journal references where there is none).
    location : table or figure in them.
    obtained : tabulated by whom, digitised by whom.
    status : ``checked``, ``derived``, ``unconfirmed``, or ``see the rows``.
    cl : confidence level of the numbers, ``none`` where it has no meaning.
    sha256 : of the table's file.
    """

    title: str
    quantity: str
    publication: tuple[str, ...]
    location: str
    obtained: str
    status: str
    cl: str
    sha256: str
    columns: Mapping[str, Column]
    note: str = ""


_PROVENANCE: Final = TypeAdapter(Provenance)


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers and provenance of one published table. Energies in GeV; units of the columns in `provenance`."""

    name: str
    frame: pd.DataFrame
    provenance: Provenance


def _folder() -> Traversable:
    return files(__package__) / "data"


def read_provenance(name: str) -> Provenance:
    """Provenance of the table ``publication/table``.

    Raises
    ------
    DatasetError
        If there is no such table, or its sidecar is damaged or lacks a key.
    """
    # What is read lies in the package, whatever the name.
    if re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII) is None or ".." in name:
        raise DatasetError(_no_table(name))
    try:
        text = (_folder() / f"{name}.toml").read_bytes()
    except OSError as error:
        raise DatasetError(_no_table(name)) from error
    return provenance_of(name, text)


def _no_table(name: str) -> str:
    return f"no table {shown(name)} is shipped; `zprimefit data list` shows all"


def provenance_of(name: str, text: bytes) -> Provenance:
    """Provenance that the text of a sidecar holds.

    Raises
    ------
    DatasetError
        If it is damaged or lacks a key.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        msg = f"table {name}: its provenance is no TOML: {one_line(str(error))}; reinstall zprimefit"
        raise DatasetError(msg) from error
    missing = [key for key in REQUIRED_KEYS if key not in raw]
    if missing:
        msg = f"table {name}: its provenance lacks {missing}"
        raise DatasetError(msg)
    unknown = [key for key in raw if key not in Provenance.__dataclass_fields__]
    if unknown:
        msg = f"table {name}: {unknown_name('key', unknown[0], list(Provenance.__dataclass_fields__))}"
        raise DatasetError(msg)
    try:
        return _PROVENANCE.validate_python(raw)
    except ValidationError as error:
        found = error.errors()[0]
        place = ".".join(map(str, found["loc"]))
        msg = f"table {name}: its provenance is damaged: {place}: {found['msg']}, got {shown(found['input'])}"
        raise DatasetError(msg) from error


def read_table(name: str) -> Table:
    """Read the table ``publication/table``, e.g. ``"miniboone-2020/electron_like_enuqe"``; verify its checksum.

    Raises
    ------
    DatasetError
        If it is missing, its checksum is off, or its columns are not those of its provenance.
    """
    provenance = read_provenance(name)
    content = (_folder() / f"{name}.csv").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != provenance.sha256:
        msg = f"table {name}: sha256 is {digest[:12]}…, expected {provenance.sha256[:12]}…; reinstall zprimefit"
        raise DatasetError(msg)
    return table_of(name, content, provenance)


def table_of(name: str, content: bytes, provenance: Provenance) -> Table:
    """Table of the content of a CSV file.

    Raises
    ------
    DatasetError
        If it is none, its columns are not those of its provenance, or a number is none.
    """
    try:
        texts = pd.read_csv(BytesIO(content), keep_default_na=False, dtype=str)
    except ValueError as error:
        msg = f"table {name}: is no CSV: {one_line(str(error))}; reinstall zprimefit"
        raise DatasetError(msg) from error
    if list(texts.columns) != list(provenance.columns):
        expected = shown(list(provenance.columns))
        msg = f"table {name}: columns {shown(list(texts.columns))} are not those of its provenance {expected}"
        raise DatasetError(msg)
    numeric = [key for key, column in provenance.columns.items() if column.unit != "text"]
    try:
        return Table(name, texts.astype(dict.fromkeys(numeric, "float64")), provenance)
    except ValueError as error:
        msg = f"table {name}: {one_line(str(error))}; expected numbers in {shown(numeric)}"
        raise DatasetError(msg) from error


def list_tables() -> tuple[str, ...]:
    """Names of all shipped tables, ``publication/table``, in alphabetical order."""
    return tuple(
        sorted(
            f"{publication.name}/{entry.name.removesuffix('.toml')}"
            for publication in _folder().iterdir()
            if publication.is_dir()
            for entry in publication.iterdir()
            if entry.name.endswith(".toml")
        )
    )
