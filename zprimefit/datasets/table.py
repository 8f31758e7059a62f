"""A published table: its numbers and where they come from."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any

import pandas as pd

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
        If the sidecar is missing or lacks a key.
    """
    try:
        raw: dict[str, Any] = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = f"no table {name!r} is shipped; `zprimefit data list` shows all"
        raise DatasetError(msg) from error
    missing = [key for key in REQUIRED_KEYS if key not in raw]
    if missing:
        msg = f"table {name}: its provenance lacks {missing}"
        raise DatasetError(msg)
    columns = {key: Column(**value) for key, value in raw.pop("columns").items()}
    return Provenance(**{**raw, "publication": tuple(raw["publication"])}, columns=columns)


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
    texts = pd.read_csv(BytesIO(content), keep_default_na=False, dtype=str)
    if list(texts.columns) != list(provenance.columns):
        msg = f"table {name}: columns {list(texts.columns)} are not those of its provenance {list(provenance.columns)}"
        raise DatasetError(msg)
    numeric = [key for key, column in provenance.columns.items() if column.unit != "text"]
    return Table(name, texts.astype(dict.fromkeys(numeric, "float64")), provenance)


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
