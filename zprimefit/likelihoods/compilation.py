"""Compiled code is kept in the user's cache folder: compiling a global fit takes a minute."""

import hashlib
import os
import platform
import warnings
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import jax

from zprimefit.files import cache_folder

OVERLAP: Final = 60.0
"""Seconds by which one look overlaps with the last: who was writing then may have been cut short since."""
ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"
"""How an entry begins where JAX finds a package for that."""


@cache
def instructions() -> str:
    """Checksum of what the processor can do: compiled code is of no use to another kind."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = f"{platform.machine()} {platform.processor()} {platform.node()}"
    flags = next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), text)
    return hashlib.sha256(flags.encode()).hexdigest()[:12]


def keep_compiled() -> None:
    """Tell JAX where to keep what it compiles, unless its own ``JAX_COMPILATION_CACHE_DIR`` does."""
    folder = cache_folder() / f"compiled-{instructions()}"
    now = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]
    if "JAX_COMPILATION_CACHE_DIR" in os.environ or now == str(folder):
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))  # type: ignore[no-untyped-call]
    # hundreds of small functions make the constants of the components: together they take longer than the sum
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # type: ignore[no-untyped-call]
    remove_cut_short(folder)
    # What cannot be read, as another process is writing it, or be kept, as the disk is full, is compiled again.
    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache entry")


def remove_cut_short(folder: Path) -> None:
    """Remove what a full disk or the end of a process left half written: JAX never writes an entry that is there.

    Only what was written since the last time is looked at: some hundred megabytes take seconds to read.
    """
    looked = folder / "looked-at"
    with suppress(OSError):
        since = looked.stat().st_mtime - OVERLAP if looked.exists() else 0.0
        for path in folder.glob("*-cache"):
            if path.stat().st_mtime >= since and not _is_whole(path.read_bytes()):
                path.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        looked.touch()


def _is_whole(content: bytes) -> bool:
    """Whether zlib's stream goes on to its checksum; what another package has compressed is taken for whole."""
    if content.startswith(ZSTANDARD):
        return True
    try:
        zlib.decompress(content)
    except zlib.error:
        return False
    return True
