"""Where the cache is, and writing files so that a reader never sees half of one."""

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return the user's cache: ``ZPRIMEFIT_CACHE``, else ``zprimefit`` in the platform's cache folder."""
    chosen = os.environ.get("ZPRIMEFIT_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zprimefit"


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write `content` to `path`: a temporary file beside it, fsync, rename.

    Raises
    ------
    OSError
        If the folder cannot be written; nothing is left behind and an older file stays as it was.
    """
    data = content.encode() if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
