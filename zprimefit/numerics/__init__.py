"""Quadrature and interpolation: mathematics only. Importing this room sets up JAX: its precision, its cache."""

import hashlib
import os
import platform
from pathlib import Path

import jax

from zprimefit.files import cache_folder


def _instructions() -> str:
    """Checksum of what the processor can do: compiled code is of no use to another kind."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = f"{platform.machine()} {platform.processor()} {platform.node()}"
    flags = next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), text)
    return hashlib.sha256(flags.encode()).hexdigest()[:12]


# The process-wide settings of the package: likelihoods and their gradients are meaningless in single precision, and
# compiling them takes a minute that the next process need not spend. JAX's own variable for the folder comes first.
jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    jax.config.update("jax_compilation_cache_dir", str(cache_folder() / f"compiled-{_instructions()}"))  # type: ignore[no-untyped-call]
