"""One writer at a time: a mark beside a file says who appends to it.

No lock of the system, which network disks grant or hang on as they please: a file that is made or is there already.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zprimefit.files import UnwritableError


class SecondWriterError(RuntimeError):
    """Somebody else writes to the same file."""


def mark_of(path: Path) -> Path:
    """The mark of a file's writer."""
    return path.with_name(f"{path.name}.writer")


@contextmanager
def only_writer(path: Path | None) -> Iterator[None]:
    """Context in which nobody else writes to a file; a mark that a killed process of this machine left is taken over.

    Parameters
    ----------
    path : the file; None for none.

    Raises
    ------
    SecondWriterError
        If somebody else does.
    UnwritableError
        If the mark cannot be made.
    """
    if path is None:
        yield
        return
    mark = mark_of(path)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        _take(mark)
    except OSError as error:
        raise UnwritableError.of(mark, error) from error
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _take(mark: Path) -> None:
    own = json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode()
    for _ in range(2):
        try:
            descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            _refuse_unless_left(mark)
            mark.unlink(missing_ok=True)
        else:
            try:
                os.write(descriptor, own)
            except OSError:
                mark.unlink(missing_ok=True)
                raise
            finally:
                os.close(descriptor)
            return
    _refuse_unless_left(mark)


def _refuse_unless_left(mark: Path) -> None:
    """Refuse a mark unless the process that made it has ended."""
    try:
        made: Any = json.loads(mark.read_bytes())
        host, pid = str(made["host"]), int(made["pid"])
    except (OSError, ValueError, TypeError, KeyError):
        host, pid = "an unknown machine", 0
    if host == socket.gethostname() and pid > 0 and not _runs(pid):
        return
    who = f"process {pid} on {host}" if pid else "another process"
    msg = f"{mark.with_suffix('')}: {who} writes to it; wait for that, or remove {mark} if it has ended"
    raise SecondWriterError(msg)


def _runs(pid: int) -> bool:
    """Whether a process of this machine runs; yes, where that cannot be asked."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
