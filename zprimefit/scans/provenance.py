"""Where the numbers of a run come from: versions and command line."""

import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("zprimefit", "numpy", "scipy", "jax", "iminuit", "emcee")


def provenance() -> dict[str, Any]:
    """Versions and command line."""
    return {
        "versions": {name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }
