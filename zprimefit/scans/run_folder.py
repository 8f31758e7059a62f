"""The folder of a run: the analysis as it was resolved, where it came from, and everything that is computed from it.

    analysis.yaml         the analysis with every default written out
    analysis.given.yaml   the file that the user gave, unchanged
    provenance.json       name, identity (hashes of analysis and data), versions, command line
    run.log               one line per event, with the time: every step when it begins and how it ended
    bad_points.csv        points where the likelihood was no number, if there were any, and which step met them
    fit.json  evidence.json  chain/  profiles/  scans/  toys/  figures/  export/

A folder belongs to one analysis and one set of data. Files are written whole or not at all, and nothing is pickled.
"""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from uuid import uuid4

import numpy as np

from zprimefit.files import UnwritableError, append_line, sync_folder, write_atomic
from zprimefit.fitting.identity import identity_difference

T = TypeVar("T")
SCHEMA_VERSION = 1
PROVENANCE = "provenance.json"

LEFTOVER: Final = re.compile(r"\..+\.(csv|html|json|pdf|png|txt)\.[a-z0-9_]{8}")
"""Name of a temporary file of ours."""
LEFTOVER_S: Final = 3600.0
"""Age of a temporary file that nobody is going to finish."""


class RunFolderError(ValueError):
    """A run folder cannot be used as asked."""


@dataclass(frozen=True)
class RunFolder:
    """A run folder that exists; see :meth:`create` and :meth:`open`.

    Parameters
    ----------
    path : the folder.
    name : of the run.
    identity : hashes of analysis and data.
    provenance : versions, command line and whatever else the caller noted at the beginning.
    """

    path: Path
    name: str
    identity: Mapping[str, Any]
    provenance: Mapping[str, Any]

    # -- opening ------------------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        name: str,
        resolved: str,
        given: str | None,
        identity: Mapping[str, Any],
        provenance: Mapping[str, Any],
    ) -> Self:
        """Make a run folder, or open the one that is there if it belongs to the same analysis and data.

        Parameters
        ----------
        path : the folder; its parents are made where they are missing.
        name : of the run.
        resolved : the analysis as YAML, every default written out.
        given : the user's own file, if there was one.
        identity : hashes of analysis and data, as JSON can hold them.
        provenance : versions, command line, ...

        Raises
        ------
        RunFolderError
            If the folder holds another analysis or anything else, or cannot be made; nothing is written then.
        """
        path = Path(path)
        if (path / PROVENANCE).exists():
            folder = cls.open(path)
            folder.check_identity(identity)
            return folder
        _check_vacant(path)
        files = {"analysis.yaml": resolved} | ({} if given is None else {"analysis.given.yaml": given})
        content = {
            "schema_version": SCHEMA_VERSION,
            "name": name,
            "created": _now(),
            "identity": identity,
            "provenance": provenance,
        }
        _make(path, files | {PROVENANCE: _to_json(content)})
        return cls.open(path)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a run folder.

        Raises
        ------
        RunFolderError
            If it is none, cannot be read, or was written by a newer version.
        """
        path = Path(path)
        try:
            content = json.loads((path / PROVENANCE).read_text(encoding="utf-8"))
            version, name = content["schema_version"], str(content["name"])
            identity, provenance = dict(content["identity"]), dict(content["provenance"])
        except FileNotFoundError as error:
            state = f"has no {PROVENANCE}" if path.is_dir() else "does not exist"
            msg = f"{path}: is no run folder, it {state}; make one with fit -o {path}, or check the path"
            raise RunFolderError(msg) from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            msg = f"{path / PROVENANCE}: cannot be read ({error}); restore the file or use another folder"
            raise RunFolderError(msg) from error
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            known = f"schema {version!r}, this one knows {SCHEMA_VERSION}"
            msg = f"{path}: written by a newer version ({known}); update zprimefit"
            raise RunFolderError(msg)
        return cls(path, name, identity, provenance)

    def check_identity(self, identity: Mapping[str, Any]) -> None:
        """Refuse another analysis or other data.

        Raises
        ------
        RunFolderError
            With one line for everything that differs.
        """
        lines = identity_difference(self.identity, json.loads(_to_json(identity)))
        if lines:
            msg = (
                f"run folder {self.path}: belongs to another analysis or other data; choose another folder. "
                "What differs:\n  " + "\n  ".join(lines)
            )
            raise RunFolderError(msg)

    # -- what is inside -----------------------------------------------------------------------------------------

    @property
    def analysis(self) -> Path:
        """The resolved analysis."""
        return self.path / "analysis.yaml"

    @property
    def given(self) -> Path:
        """The user's own analysis file; missing if there was none."""
        return self.path / "analysis.given.yaml"

    @property
    def run_log(self) -> Path:
        """The log."""
        return self.path / "run.log"

    @property
    def fit(self) -> Path:
        """The result of the fit."""
        return self.path / "fit.json"

    @property
    def chain(self) -> Path:
        """Folder of the chain."""
        return self.path / "chain"

    @property
    def evidence(self) -> Path:
        """The evidence by nested sampling."""
        return self.path / "evidence.json"

    @property
    def profiles(self) -> Path:
        """Folder of profiles."""
        return self.path / "profiles"

    @property
    def scans(self) -> Path:
        """Folder of scans of two parameters."""
        return self.path / "scans"

    @property
    def toys(self) -> Path:
        """Folder of pseudo-experiments."""
        return self.path / "toys"

    @property
    def figures(self) -> Path:
        """Folder of figures and their tables."""
        return self.path / "figures"

    # -- reading and writing ------------------------------------------------------------------------------------

    def write_text(self, name: str, text: str) -> Path:
        """Write a text file of this folder, e.g. ``"figures/corner.csv"``, atomically."""
        path = self._inside(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, text)
        except OSError as error:
            raise RunFolderError(str(UnwritableError.of(path, error))) from error
        return path

    def write_folder(self, name: str, files: Mapping[str, bytes]) -> list[Path]:
        """Write a folder of this folder with all its files, e.g. ``"export/csv"``; return their paths.

        It takes the place of one that is there; a reader sees the old one, the new one, or none, but no mixture.
        """
        path = self._inside(name)
        for file in files:
            self._inside(f"{name}/{file}")
        _make(path, files, instead=True)
        return [path / file for file in files]

    def write_json(self, name: str, content: Any) -> Path:
        """Write a JSON file of this folder atomically; arrays become lists, NaN and infinities stay what they are."""
        return self.write_text(name, _to_json(content))

    def read_json(self, name: str) -> Any:
        """Read a JSON file of this folder.

        Raises
        ------
        RunFolderError
            If it is missing or damaged.
        """
        path = self._inside(name)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            msg = f"{path}: is not there yet; run the step that writes it first"
            raise RunFolderError(msg) from error
        except (OSError, ValueError, RecursionError) as error:
            msg = f"{path}: cannot be read ({error}); remove it and run the step that writes it again"
            raise RunFolderError(msg) from error

    def read_results(self, paths: Iterable[Path], read: Callable[[str], T]) -> dict[str, T]:
        """Results of some files of this folder, by their names without ending.

        Raises
        ------
        RunFolderError
            If one is damaged.
        """
        found: dict[str, T] = {}
        for path in sorted(paths):
            try:
                found[path.stem] = read(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                msg = f"{path}: cannot be read ({error}); remove it and run the step that writes it again"
                raise RunFolderError(msg) from error
        return found

    def log(self, line: str) -> None:
        """Append a line to the log, with the time in UTC."""
        stamped = "\n".join(f"{_now()} {part}" for part in line.splitlines() or [""])
        try:
            append_line(self.run_log, stamped.encode())
        except UnwritableError as error:
            raise RunFolderError(str(error)) from error

    @contextmanager
    def step(self, title: str, command: str | None = None) -> Iterator[None]:
        """Context of a step: the log says that it begins, by which command, and why it ended early if it did."""
        self._remove_leftovers()
        self.log(f"{title}: begins" if command is None else f"{title}: begins: {command}")
        try:
            yield
        except BaseException as error:
            interrupted = isinstance(error, KeyboardInterrupt)
            with suppress(RunFolderError):  # a full disk may be what ended it
                self.log(f"{title}: {'interrupted' if interrupted else f'stopped: {error}'}")
            raise

    def _remove_leftovers(self) -> None:
        """Remove temporary files of killed runs: of an hour ago, for another program may be at work in the folder."""
        for folder in (self.path, self.profiles, self.scans, self.toys, self.figures):
            for path in folder.glob(".*"):
                with suppress(OSError):
                    if LEFTOVER.fullmatch(path.name) and time.time() - path.stat().st_mtime > LEFTOVER_S:
                        path.unlink()

    def _inside(self, name: str) -> Path:
        relative = Path(name)
        if relative.is_absolute() or ".." in relative.parts or not relative.parts:
            msg = f"run folder {self.path}: {name!r} is no file inside it; give a relative name such as 'fit.json'"
            raise RunFolderError(msg)
        return self.path / relative


def _check_vacant(path: Path) -> None:
    """Refuse what is no place for a new run folder."""
    if path.exists() and not path.is_dir():
        msg = f"{path}: is a file; choose a folder for the run"
    elif path.is_dir() and any(path.iterdir()):
        msg = f"{path}: is not empty and is no run folder; choose a new or empty folder, nothing was overwritten"
    else:
        return
    raise RunFolderError(msg)


def _make(path: Path, files: Mapping[str, str] | Mapping[str, bytes], *, instead: bool = False) -> None:
    """Make the folder with all its files beside its place and move it there: it is whole or not there at all.

    Parameters
    ----------
    instead : of a folder that is there, which goes once the new one is whole; an empty one may be there in any case.
    """
    temporary, former = (path.parent / f".{path.name}.{uuid4().hex[:8]}" for _ in range(2))
    _remove_unfinished(path)
    try:
        temporary.mkdir(parents=True)
        for name, content in files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomic(temporary / name, content)
        if instead and path.exists():
            path.rename(former)
        elif path.is_dir():
            path.rmdir()
        temporary.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RunFolderError(str(UnwritableError.of(path, error))) from error
    finally:
        if former.exists() and not path.exists():
            former.rename(path)
        for folder in (temporary, former):
            shutil.rmtree(folder, ignore_errors=True)


def _remove_unfinished(path: Path) -> None:
    """Remove what a killed run left of this very folder beside its place."""
    if path.parent.is_dir():
        for left in path.parent.iterdir():
            unfinished = re.fullmatch(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}", left.name)
            if unfinished and left.is_dir() and time.time() - left.stat().st_mtime > LEFTOVER_S:
                shutil.rmtree(left, ignore_errors=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _to_json(content: Any) -> str:
    return json.dumps(content, indent=2, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    msg = f"{value!r} of type {type(value).__name__} cannot be written as JSON"
    raise TypeError(msg)


def checked_labels(groups: Iterable[str]) -> list[str]:
    """Labels of groups, which become part of a file's name.

    Raises
    ------
    ValueError
        For a label of anything but letters, digits, dots, underscores and hyphens.
    """
    for label in groups:
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", label):
            msg = f"group {label!r}: expected letters, digits, '.', '_' and '-' only, as files are named by it"
            raise ValueError(msg)
    return list(groups)
