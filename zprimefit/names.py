"""Names: messages about those that nobody knows, and what a model without one is called."""

from collections.abc import Sequence
from difflib import get_close_matches
from reprlib import Repr
from typing import Any, Final

LONGEST_MESSAGE: Final = 4000
LONGEST_VALUE: Final = 400
LONGEST_NAME: Final = 100


class _Short(Repr):
    """Representations that stay short and quick, whatever the value: files hold anything."""

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write integers of more than 4300 digits.
        return super().repr_int(x, level) if x.bit_length() < 1000 else f"an integer of {x.bit_length()} bits"


_SHORT: Final = _Short()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong = 4, 120, 200, 120
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = 12


def shown(value: object) -> str:
    """A value as messages show it: what Python would write, cut where that is long.

    >>> shown("30 MeV"), len(shown("9" * 10**6)), shown(16**5000)
    ("'30 MeV'", 120, 'an integer of 20001 bits')
    """
    text = _SHORT.repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def one_line(text: str) -> str:
    r"""A message on one line of a terminal: without control characters, and of at most 4000 characters.

    >>> one_line("two\nlines")
    'two\\nlines'
    """
    cut = text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)


def check_label(kind: str, given: object) -> None:
    r"""Refuse a name that cannot be part of a line, a figure's title or a file's name.

    Raises
    ------
    ValueError
        For anything but one line of text, without ``/``, ``\`` and ``$``, that does not begin with a dot.
    """
    fits = isinstance(given, str) and 0 < len(given) <= LONGEST_NAME and given.isprintable()
    if not fits or str(given)[0] == "." or set("/\\$") & set(str(given)):
        msg = (
            f"name of {kind} {shown(given)}: expected one line of at most {LONGEST_NAME} characters, without '/', "
            "'\\' and '$' and with no dot in front, as files and figures are named by it; choose another name"
        )
        raise ValueError(msg)


def unknown_name(kind: str, given: object, known: Sequence[str]) -> str:
    """One line: what is unknown, the nearest valid name, and all of them.

    >>> unknown_name("engine", "surogate", ["surrogate", "direct"])
    "unknown engine 'surogate'; did you mean 'surrogate'? Available: surrogate, direct"
    """
    near = get_close_matches(given if isinstance(given, str) else shown(given), known, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    return f"unknown {kind} {shown(given)}{hint} Available: {', '.join(known)}"


def check_name(kind: str, given: object, known: Sequence[str]) -> None:
    """Refuse a name that is not among the known ones.

    Raises
    ------
    ValueError
        With the nearest valid name.
    """
    if given not in known:
        raise ValueError(unknown_name(kind, given, known))


def model_name(model: Any) -> str:
    """Name of a model; of one without, that of its class."""
    return str(getattr(model, "name", type(model).__name__))
