"""What results belong to: the analysis as it is used, the shipped data, and the user's own files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import CodeType
from typing import Any

from zprimefit.datasets import data_hash
from zprimefit.likelihoods.component import UserComponent


def identity_of(analysis: Any) -> dict[str, Any]:
    """Identity of an analysis, as JSON can hold it.

    An analysis that was read from a file is its resolved file; one made in Python is what its parts say of themselves.
    """
    described: Mapping[str, Any] = analysis.source or {
        "model": repr(analysis.model),
        "components": {c.name: _described(c) for c in analysis.components},
        "parameters": {p.name: repr(p) for p in analysis.parameters},
        "engine": analysis.engine,
        **({"constraints": {c.require: repr(c.width) for c in analysis.constraints}} if analysis.constraints else {}),
    }
    given = {} if analysis.data is None else {"given_data": _checksum(analysis.data)}
    return {"analysis": dict(described), "data": data_hash(), "own_files": _own_files(analysis.source), **given}


def _checksum(data: Mapping[str, Any]) -> str:
    """Of data that are not the published ones."""
    whole = hashlib.sha256()
    for name, numbers in sorted(data.items()):
        whole.update(name.encode() + numbers.tobytes())
    return whole.hexdigest()


def _described(component: Any) -> str:
    if not isinstance(component, UserComponent):
        return repr(component)
    # Not repr: it holds the address of the function, and not what the function does.
    does = repr(_told(component.function))
    return f"{component.parameters} {hashlib.sha256(does.encode()).hexdigest()}"


def _told(thing: Any) -> Any:
    """What a function does: instructions, names, constants, defaults and enclosed values; other things as they are."""
    if isinstance(thing, CodeType):
        return thing.co_code, thing.co_names, tuple(_told(c) for c in thing.co_consts)
    if isinstance(thing, frozenset):
        return sorted(map(repr, thing))  # its own order changes from process to process
    code = getattr(thing, "__code__", None)
    if code is None:
        return thing
    enclosed = tuple(_told(cell.cell_contents) for cell in thing.__closure__ or ())
    return _told(code), thing.__defaults__, enclosed


def _own_files(source: Mapping[str, Any] | None) -> dict[str, str]:
    """Checksums of the user's own files that the analysis names."""
    if source is None:
        return {}
    named = [
        options["use"] for options in [source["model"], *source["components"].values()] if "use" in (options or {})
    ]
    paths = [Path(str(reference).rpartition(":")[0]) for reference in named]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
