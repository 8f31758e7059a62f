"""Checksum of the package's own sources, so that what is cached never outlives the code that it came from."""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


@cache
def checksum_of_sources(rooms: tuple[str, ...]) -> str:
    """Checksum (SHA-256, hexadecimal) of the package's Python files in these files and folders, ``"."`` being all.

    They are read once in a process, which goes on with what it has imported.

    Parameters
    ----------
    rooms : such as ``("constants.py", "models")``.
    """
    package = files("zprimefit")
    digest = hashlib.sha256()
    for room in rooms:
        for source in _sources(package.joinpath(*room.split("/"))):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _sources(entry: Traversable) -> list[Traversable]:
    if entry.is_file():
        return [entry] if entry.name.endswith(".py") else []
    return [source for child in sorted(entry.iterdir(), key=lambda c: c.name) for source in _sources(child)]
