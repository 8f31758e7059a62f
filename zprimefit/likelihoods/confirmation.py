"""What of the shipped numbers is not confirmed: words for the ``notes`` of a component that uses them."""

from collections.abc import Iterable
from functools import cache

from zprimefit.datasets import read_table

UNCONFIRMED = "unconfirmed"
MARK = f" ({UNCONFIRMED})"
"""How a note ends."""


@cache
def unconfirmed_rows(table: str) -> tuple[str, ...] | None:
    """Names of the rows of a table that say they are unconfirmed; None where the table as a whole is.

    A row is named by its first column, and by the first two where the first repeats.
    """
    shipped = read_table(table)
    texts = shipped.frame.astype(str)
    names = texts.iloc[:, 0]
    if names.duplicated().any():
        names = names + " " + texts.iloc[:, 1]
    said = texts.apply(lambda column: column.str.contains(UNCONFIRMED, regex=False)).any(axis=1)
    if shipped.provenance.status == UNCONFIRMED and not said.any():
        return None
    return tuple(names[said])


def unconfirmed(table: str, rows: Iterable[str] | None = None) -> tuple[str, ...]:
    """One note for a table that holds unconfirmed numbers, e.g. ``scalar-sector/higgs: width (unconfirmed)``, or none.

    Parameters
    ----------
    table : its name, ``publication/table``.
    rows : names of the rows that are used; all by default. A table that is unconfirmed as a whole has no say of rows.

    Raises
    ------
    DatasetError
        If the table is missing or damaged.
    """
    found = unconfirmed_rows(table)
    if found is None:
        return (f"{table}{MARK}",)
    used = None if rows is None else set(rows)
    named = [name for name in found if used is None or name in used]
    return (f"{table}: {', '.join(named)}{MARK}",) if named else ()
