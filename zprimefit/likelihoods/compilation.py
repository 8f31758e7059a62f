"""Compiled code is kept in the user's cache folder: compiling a global fit takes a minute."""

import hashlib
import os
import platform
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
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        folder = str(cache_folder() / f"compiled-{instructions()}")
        jax.config.update("jax_compilation_cache_dir", folder)  # type: ignore[no-untyped-call]
        # hundreds of small functions make the constants of the components: together they take longer than the sum
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # type: ignore[no-untyped-call]
