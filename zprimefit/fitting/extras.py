"""Libraries that only some users need, imported when they are asked for."""

import warnings
from importlib import import_module
from typing import Any


def imported(library: str, *, what: str, extra: str) -> Any:
    """Return a library of an extra.

    Parameters
    ----------
    library : its name.
    what : needs it.
    extra : of zprimefit, that brings it.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; says how to install it.
    """
    try:
        # what a library announces about its own future is not about what the user does
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            return import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        msg = f'{what} needs {library}: python -m pip install "zprimefit[{extra}]"'
        raise ModuleNotFoundError(msg, name=library) from error
