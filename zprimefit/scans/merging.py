"""Finished pieces of one run that were done in several folders, brought together in one."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from zprimefit.scans.checkpoint import Records
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
        for name, (before, records) in united.items():
            if records.header is not None:
                records.write(folder.path / name)
                told.append(Merged(name, before, len(records.pieces) - before))
    for merged in told:
        folder.log(f"merge: {merged}")
    return told


def _united(target: Path, paths: Sequence[Path], name: str) -> tuple[int, Records]:
    """How many pieces a file has, and they with those of others that are new."""
    records = Records.read(target)
    before = len(records.pieces)
    for path in paths:
        records = _with(records, path, name)
    return before, records


def _with(records: Records, path: Path, name: str) -> Records:
    """Records of a file with those of another that are new."""
    more = Records.read(path)
    if more.header is None or records.header is None:
        return more if records.header is None else records
    if json.loads(more.header) != json.loads(records.header):
        msg = f"{path}: belongs to other work than {name} of the folder; both need the same fit, options and seed"
        raise RunFolderError(msg)
    for key, line in more.pieces.items():
        if key in records.pieces and json.loads(records.pieces[key]) != json.loads(line):
            problem = "one of the files is damaged, or was made on another kind of machine; remove it"
            msg = f"{path}: {key} has another result than in {name}; {problem}"
            raise RunFolderError(msg)
    return Records(records.header, records.pieces | more.pieces)
