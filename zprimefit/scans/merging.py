"""Finished pieces of one run that were done in several folders, brought together in one."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from zprimefit.files import write_atomic
from zprimefit.scans.checkpoint import read_records
from zprimefit.scans.run_folder import RunFolder, RunFolderError
from zprimefit.scans.writers import only_writer


@dataclass(frozen=True)
class Merged:
    """What came into a file.

    Parameters
    ----------
    name : of the file, relative to the run folder.
    before, added : pieces that were there, and that came from elsewhere.
    """

    name: str
    before: int
    added: int

    def __str__(self) -> str:
        return f"{self.name}: {self.before} pieces, {self.added} added"


def merge(folder: RunFolder, others: Sequence[RunFolder]) -> list[Merged]:
    """Bring finished pieces of profiles, scans and toys from other run folders of the same analysis and fit into one.

    Repeating the command that makes the result then reads them. Nothing is written if anything does not fit.

    Raises
    ------
    RunFolderError
        If a folder belongs to another analysis or other data, a file to other work, or two results of one piece differ.
    """
    fits = {other.path: other.fit.read_bytes() if other.fit.is_file() else b"" for other in (folder, *others)}
    for other in others:
        other.check_identity(folder.identity)
        if fits[other.path] != fits[folder.path]:
            msg = f"{other.path}: has another fit than {folder.path}; copy a folder with its fit to do parts elsewhere"
            raise RunFolderError(msg)
    sources: dict[str, list[Path]] = {}
    for other in others:
        for path in sorted(other.path.glob("*/**/*.jsonl")):
            sources.setdefault(path.relative_to(other.path).as_posix(), []).append(path)
    told = []
    with ExitStack() as marks:
        for name in sources:
            marks.enter_context(only_writer(folder.path / name))
        united = {name: _united(folder.path / name, paths, name) for name, paths in sources.items()}
        for name, (lines, before) in united.items():
            if lines:
                write_atomic(folder.path / name, b"".join(line + b"\n" for line in lines))
                told.append(Merged(name, before, len(lines) - 1 - before))
    for merged in told:
        folder.log(f"merge: {merged}")
    return told


def _united(target: Path, paths: Sequence[Path], name: str) -> tuple[list[bytes], int]:
    """Lines of a file with those of others that are new, and how many pieces it had."""
    lines = read_records(target)
    before = max(len(lines) - 1, 0)
    for path in paths:
        lines = _with(lines or read_records(path)[:1], path, name)
    return lines, before


def _with(lines: list[bytes], path: Path, name: str) -> list[bytes]:
    """Lines of a file with those of another that are new."""
    more = read_records(path)
    if not more:
        return lines
    if json.loads(more[0]) != json.loads(lines[0]):
        msg = f"{path}: belongs to other work than {name} of the folder; both need the same fit, options and seed"
        raise RunFolderError(msg)
    known = {piece["key"]: piece["result"] for piece in map(json.loads, lines[1:])}
    united = list(lines)
    for line in more[1:]:
        piece = json.loads(line)
        if piece["key"] not in known:
            known[piece["key"]] = piece["result"]
            united.append(line)
        elif known[piece["key"]] != piece["result"]:
            problem = "one of the files is damaged, or was made on another kind of machine; remove it"
            msg = f"{path}: {piece['key']} has another result than in {name}; {problem}"
            raise RunFolderError(msg)
    return united
