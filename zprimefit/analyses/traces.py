"""What JAX traces of an analysis, kept in the user's cache folder: tracing a global fit takes longer than all else.

Compiled code is kept by JAX, under a checksum of the program, which is only known once everything has been traced. Here
programs (StableHLO) are kept by what they are made from: the text of the analysis, the published data, the package's
sources and the versions of what computes. So this is for analyses of the package's own parts alone: what a function of
the user's does cannot be told from a text.
"""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from json import dumps, loads
from pathlib import Path
from threading import Lock
from typing import Any, Final

import jax
import numpy as np
from jax import export

from zprimefit.datasets import data_hash
from zprimefit.files import cache_folder, keep
from zprimefit.sources import checksum_of_sources

COMPUTES: Final = ("jax", "jaxlib", "numpy", "scipy")
"""Packages whose versions may change a program, or the numbers in it."""
SOURCES: Final = checksum_of_sources((".",))
"""Of the package as it is imported, not as it may be once somebody has edited it."""
CHECKSUM: Final = 32
"""Bytes of the checksum that a file begins with."""

Function = Callable[..., Any]
Compile = Callable[[str, Function], Function]
"""(name, function) -> the function compiled."""


def compiled_anew(_name: str, function: Function) -> Function:
    """Compile a function of an analysis that nothing is kept of."""
    return jax.jit(function)


@dataclass(frozen=True)
class Traces:
    """Programs of one analysis, and which parameters its components read and depend on.

    Parameters
    ----------
    described : everything the user can choose, as text; nothing of it may be the user's own code.
    """

    described: str

    @cached_property
    def _key(self) -> str:
        versions = [version(package) for package in COMPUTES]
        told = repr((self.described, data_hash(), SOURCES, versions, jax.default_backend()))
        return hashlib.sha256(told.encode()).hexdigest()

    def names(self, what: str, find: Callable[[], Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
        """Names by name, such as the parameters that each component reads: from the cache, or from `find`."""
        path = self._path(what)
        kept = _read(path)
        if kept is None:
            found = find()
            _keep(path, dumps({name: sorted(names) for name, names in found.items()}).encode())
            return dict(found)
        return {name: frozenset(names) for name, names in loads(kept).items()}

    def compiled(self, name: str, function: Function) -> Function:
        """Return the function compiled, from its program in the cache where there is one for such arguments.

        Parameters
        ----------
        name : of the function in this analysis.
        function : traceable, of arrays, numbers or trees of them.
        """
        if jax.default_backend() != "cpu":  # not tried elsewhere: some of a program may not outlive its process there
            return jax.jit(function)
        known: dict[Any, Function] = {}
        lock = Lock()

        def called(*given: Any) -> Any:
            leaves, tree = jax.tree.flatten(given)
            arrays = [np.asarray(leaf) for leaf in leaves]
            shapes = (tree, *((array.shape, array.dtype) for array in arrays))
            arguments = jax.tree.unflatten(tree, arrays)
            if shapes not in known:
                with lock:  # one of several threads compiles
                    if shapes not in known:
                        known[shapes] = self._program(f"{name} {shapes}", function, arguments)
            return known[shapes](*arguments)

        return called

    def _program(self, label: str, function: Function, arguments: tuple[Any, ...]) -> Function:
        path = self._path(label)
        program = _read(path)
        if program is None:
            program = bytes(export.export(jax.jit(function))(*arguments).serialize())
            _keep(path, program)
        return jax.jit(export.deserialize(bytearray(program)).call)

    def _path(self, label: str) -> Path:
        return cache_folder() / f"trace-{hashlib.sha256((self._key + label).encode()).hexdigest()[:32]}"


def _read(path: Path) -> bytes | None:
    """Content of a file, or None where it is missing or damaged."""
    try:
        stored = path.read_bytes()
        content = zlib.decompress(stored[CHECKSUM:])
    except (OSError, zlib.error):
        return None
    return content if hashlib.sha256(content).digest() == stored[:CHECKSUM] else None


def _keep(path: Path, content: bytes) -> None:
    keep(path, hashlib.sha256(content).digest() + zlib.compress(content, 1))
