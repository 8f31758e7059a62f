"""Compiled code is kept in the user's cache folder: compiling a global fit takes a minute."""

import hashlib
import os
import platform
import warnings
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import jax

from zprimefit.files import cache_folder


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
    """Remove what a full disk or the end of a process left half written: JAX never writes an entry that is there."""
    for path in folder.glob("*-cache"):
        # where a package for it is installed, JAX compresses by zstandard instead; such entries are left alone
        with suppress(OSError):
            content = path.read_bytes()
            if not content.startswith(b"\x28\xb5\x2f\xfd") and not _is_whole(content):
                path.unlink()


def _is_whole(content: bytes) -> bool:
    """Whether zlib's stream goes on to its checksum."""
    try:
        zlib.decompress(content)
    except zlib.error:
        return False
    return True
