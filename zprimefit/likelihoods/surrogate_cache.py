"""Surrogates on disk: one file each, with a checksum, named by everything that its numbers depend on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets import data_hash
from zprimefit.files import cache_folder, keep
from zprimefit.sources import checksum_of_sources

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stored:
    """What a file holds: coefficients (orders…, rank), basis (rank, n_parts n), shape (n_parts, n) and error."""

    coefficients: Array
    basis: Array
    shape: tuple[int, ...]
    error: float

    def digest(self) -> str:
        """Checksum of all of it."""
        arrays = b"".join(np.ascontiguousarray(a).tobytes() for a in (self.coefficients, self.basis))
        told = repr((self.coefficients.shape, self.basis.shape, self.shape, self.error))
        return hashlib.sha256(arrays + told.encode()).hexdigest()


def key_of(
    label: str, axes: tuple[str, ...], fixed: Mapping[str, float], bounds: Array, modules: tuple[str, ...]
) -> str:
    """Name of a surrogate: a checksum of what it is of, its domain, the data, and the code that makes it."""
    told = repr((label, axes, sorted(fixed.items()), bounds.tolist()))
    return hashlib.sha256(f"{told}{data_hash()}{_code_hash(modules)}".encode()).hexdigest()


def _code_hash(modules: tuple[str, ...]) -> str:
    """Checksum of the sources that the numbers are made by."""
    shared = ("constants.py", "models", "numerics", "likelihoods/surrogate.py", "likelihoods/surrogate_nodes.py")
    return checksum_of_sources((*shared, *modules))


def _path(key: str) -> Path:
    return cache_folder() / f"spectrum-{key[:32]}.npz"


def write(key: str, found: Stored) -> None:
    """Keep a surrogate where there is a place for it."""
    buffer = BytesIO()
    np.savez(
        buffer, key=key, coefficients=found.coefficients, basis=found.basis, shape=found.shape, error=found.error,
        sha256=found.digest(),
    )  # fmt: skip
    keep(_path(key), buffer.getvalue())


def read(key: str) -> Stored | None:
    """Return what the cache holds, or None where it is missing, damaged or of another key."""
    try:
        with np.load(BytesIO(_path(key).read_bytes()), allow_pickle=False) as stored:
            shape = tuple(int(n) for n in stored["shape"])
            found = Stored(stored["coefficients"], stored["basis"], shape, float(stored["error"]))
            valid = str(stored["key"]) == key and str(stored["sha256"]) == found.digest()
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return found if valid else None
