"""Where the numbers of a run come from: versions and command line."""

import platform
import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zprimefit.names import one_line

LIBRARIES = ("zprimefit", "numpy", "scipy", "jax", "iminuit", "emcee")
PROGRAM = "zprimefit"


def provenance() -> dict[str, Any]:
    """Versions and command line."""
    return {
        "versions": {name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


def command_line() -> str | None:
    """Return the command that this process is, to be typed into a shell again; None where it is no command of ours."""
    name, parent = Path(sys.argv[0]).stem, Path(sys.argv[0]).parent.name
    if name != PROGRAM and (name, parent) != ("__main__", PROGRAM):
        return None
    return one_line(shlex.join([PROGRAM, *sys.argv[1:]]))
