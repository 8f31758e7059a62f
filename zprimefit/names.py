"""Messages about names that nobody knows."""

from collections.abc import Sequence
from difflib import get_close_matches


def unknown_name(kind: str, given: object, known: Sequence[str]) -> str:
    """One line: what is unknown, the nearest valid name, and all of them.

    >>> unknown_name("engine", "surogate", ["surrogate", "direct"])
    "unknown engine 'surogate'; did you mean 'surrogate'? Available: surrogate, direct"
    """
    near = get_close_matches(str(given), known, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    return f"unknown {kind} {given!r}{hint} Available: {', '.join(known)}"


def check_name(kind: str, given: object, known: Sequence[str]) -> None:
    """Refuse a name that is not among the known ones.

    Raises
    ------
    ValueError
        With the nearest valid name.
    """
    if given not in known:
        raise ValueError(unknown_name(kind, given, known))
