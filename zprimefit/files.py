"""Where the cache is, and writing files so that a reader never sees half of one.

Nothing here, or anywhere in the package, locks a file: locks hang or fail on network disks. A file is replaced by
renaming a whole one, or grows by whole lines.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

BLOCK: Final = 1 << 16
NEXT_STEP: Final = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room within the quota",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "choose a folder on a disk that can be written",
    errno.EACCES: "mend its permissions, or choose another folder",
    errno.ENOENT: "check the path",
    errno.ENOTDIR: "check the path",
    errno.EPERM: "mend its permissions, or choose another folder",
}
"""What helps against a disk's refusal."""


class UnwritableError(OSError):
    """A disk refuses to be written; its text says what, where and what to do next."""

    @classmethod
    def of(cls, path: Path, error: OSError) -> "UnwritableError":
        """Tell which file an error is about."""
        return cls(error.errno, error.strerror or str(error), str(path))

    def __str__(self) -> str:
        step = NEXT_STEP.get(self.errno or 0, "check that disk, or choose another folder")
        return f"{self.filename}: cannot be written ({self.strerror}); {step}. What was finished before is kept"


def cache_folder() -> Path:
    """Return the user's cache: ``ZPRIMEFIT_CACHE``, else ``zprimefit`` in the platform's cache folder."""
    chosen = os.environ.get("ZPRIMEFIT_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zprimefit"


def keep(path: Path, content: bytes) -> None:
    """Write a file of the cache where there is a place for it; without it the next run loses time, and nothing else."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write `content` to `path`: a temporary file beside it, fsync, rename, fsync of the folder.

    Raises
    ------
    UnwritableError
        If the folder cannot be written; nothing is left behind and an older file stays as it was.
    """
    data = content.encode() if isinstance(content, str) else content
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Context of a temporary file beside `path`, to be written, which takes its place at the end: fsync, rename, fsync.

    Raises
    ------
    UnwritableError
        If the disk refuses; nothing is left behind then, or after any other error, and an older file stays as it was.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UnwritableError.of(path, error) from error
    temporary = Path(name)
    try:
        os.close(descriptor)
        yield temporary
        with temporary.open("rb+") as handle:
            os.fsync(handle.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UnwritableError.of(path, error) from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def append_line(path: Path, line: bytes) -> None:
    """Append a line to a file, on the disk when this returns; folders are made where they are missing.

    Raises
    ------
    UnwritableError
        If it cannot be written; the file is as long as before.
    """
    try:
        new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            _append(descriptor, line + b"\n")
        finally:
            os.close(descriptor)
        if new:
            sync_folder(path.parent)
    except OSError as error:
        raise UnwritableError.of(path, error) from error


def mend_end(path: Path) -> bool:
    """Cut off what follows the end of the last line, which a crash cut short; whether there was something."""
    if not path.exists():
        return False
    with path.open("rb") as handle:
        size = position = handle.seek(0, os.SEEK_END)
        whole = 0
        while position and not whole:
            start = max(position - BLOCK, 0)
            handle.seek(start)
            found = handle.read(position - start).rfind(b"\n")
            whole, position = start + found + 1 if found >= 0 else 0, start
    if whole < size:
        os.truncate(path, whole)
    return whole < size


def whole_lines(path: Path) -> Iterator[bytes]:
    """Lines of a file without their ends, one at a time; without one that has none, and none of a missing file."""
    if path.exists():
        with path.open("rb") as handle:
            yield from (line[:-1] for line in handle if line.endswith(b"\n"))


def _append(descriptor: int, data: bytes) -> None:
    """Write all of it, or nothing."""
    before = os.fstat(descriptor).st_size
    try:
        written = 0
        while written < len(data):
            written += os.write(descriptor, data[written:])
        os.fsync(descriptor)
    except BaseException:
        os.ftruncate(descriptor, before)
        raise


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries onto the disk, so that a renamed file survives a loss of power, where this can be asked.

    Windows opens no folders, and some network disks refuse: the files themselves are safe there all the same.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES}:
            raise
    finally:
        os.close(descriptor)
