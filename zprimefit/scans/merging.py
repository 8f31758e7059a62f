"""Finished pieces of one run that were done in several folders, brought together in one."""

import json
from collections.abc import Sequence
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
    found: dict[str, tuple[list[bytes], int]] = {}
    for other in others:
        other.check_identity(folder.identity)
        for path in sorted(other.path.glob("*/**/*.jsonl")):
            name = path.relative_to(other.path).as_posix()
            own = found.get(name) or _of(folder.path / name)
            found[name] = (_united(own[0] or _of(path)[0][:1], path, name), own[1])
    told = []
    for name, (lines, before) in found.items():
        target = folder.path / name
        with only_writer(target):
            write_atomic(target, b"".join(line + b"\n" for line in lines))
        told.append(Merged(name, before, len(lines) - 1 - before))
    for merged in told:
        folder.log(f"merge: {merged}")
    return told


def _of(path: Path) -> tuple[list[bytes], int]:
    """Lines of a checkpoint, header first, and its number of pieces."""
    lines = read_records(path)
    return lines, max(len(lines) - 1, 0)


def _united(lines: list[bytes], path: Path, name: str) -> list[bytes]:
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
            msg = f"{path}: {piece['key']} has another result than in {name}; one of the files is damaged, remove it"
            raise RunFolderError(msg)
    return united
