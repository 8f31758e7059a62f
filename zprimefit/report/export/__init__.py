"""A run's results as other programs take them, in ``export/`` of its folder: one folder a format, whole or absent."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from zprimefit.names import check_name
from zprimefit.report.export.cards import card_files
from zprimefit.report.export.chains import arviz_files, getdist_files
from zprimefit.report.export.hepdata import hepdata_files
from zprimefit.report.export.tables import csv_files
from zprimefit.scans.runs import Run

Files = dict[str, bytes]

FORMATS: Final[tuple[str, ...]] = ("csv", "hepdata", "arviz", "getdist", "card")

MAKERS: Final[dict[str, Callable[[Run], Files]]] = {
    "csv": csv_files,
    "hepdata": hepdata_files,
    "arviz": arviz_files,
    "getdist": getdist_files,
}


def chosen(to: str) -> tuple[str, ...]:
    """Formats of a list such as ``"csv,card"``.

    Raises
    ------
    ValueError
        For an unknown one, with those that there are, and for an empty list.
    """
    names = tuple(dict.fromkeys(filter(None, (name.strip() for name in to.split(",")))))
    if not names:
        msg = f"--to {to!r}: expected one or several of {', '.join(FORMATS)}, separated by commas"
        raise ValueError(msg)
    for name in names:
        check_name("format of export", name, FORMATS)
    return names


def export_run(run: Run, formats: Sequence[str], *, at: str | None = None) -> list[Path]:
    """Write ``export/FORMAT/`` for every format; return the paths of the files.

    All formats are made before the first is written. A folder of an earlier export is replaced.

    Parameters
    ----------
    formats : some of :data:`FORMATS`.
    at : point of the card: ``"defaults"`` or a benchmark; the best fit by default.

    Raises
    ------
    ValueError
        For an unknown format, or a point that is not known.
    RunFolderError
        If the folder lacks the results, with the step that makes them.
    ModuleNotFoundError
        Without the library of a format.
    """
    for name in formats:
        check_name("format of export", name, FORMATS)
    made = {name: card_files(run, at) if name == "card" else MAKERS[name](run) for name in formats}
    written: list[Path] = []
    for name, files in made.items():
        written += run.folder.write_folder(f"export/{name}", files)
        run.folder.log(f"export: {name}, {len(files)} files")
    return written
