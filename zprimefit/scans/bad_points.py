"""The table of points of a run where the likelihood was no number, filled as they are met.

    bad_points.csv    step, free parameters in the user's units, minus2lnl (nan or -inf), components at fault

A row is on the disk as soon as its point was met, and no row stands there twice, so that an interrupted step which is
done again adds nothing new.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from zprimefit.files import append_line, mend_end, whole_lines
from zprimefit.fitting.objective import FitProblem, Objective
from zprimefit.fitting.posterior import MAX_BAD_POINTS_KEPT, BadPoint

NAME = "bad_points.csv"


class BadPoints:
    """The table, read if it is there and made with its first row.

    Parameters
    ----------
    path : the file.
    names : of the free parameters.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        self._header = _row(["step", *names, "minus2lnl", "components"])
        mend_end(path)
        self._known = set(whole_lines(path))

    def add(self, step: str, point: BadPoint) -> None:
        """Add a point that a step met, unless it is there.

        Raises
        ------
        UnwritableError
            If it cannot be written.
        """
        row = _row([step, *map(repr, point.values), repr(point.minus2lnl), "; ".join(point.components)])
        for line in (self._header, row):
            if line not in self._known:
                append_line(self.path, line)
                self._known.add(line)


@contextmanager
def met_by(step: str, analysis: FitProblem, path: Path) -> Iterator[list[str]]:
    """Context in which the points that minimisations of an analysis meet go into the table at `path`.

    Yields
    ------
    A list that holds, at the end, a line about them if there were any.
    """
    met, notes = Objective.of(analysis).bad_points, list[str]()
    table = BadPoints(path, analysis.free_parameters)
    met.begin(lambda point: table.add(step, point))
    try:
        yield notes
    finally:
        met.tell = None
        if met.count:
            first = f", the first {MAX_BAD_POINTS_KEPT} of them" if met.count > MAX_BAD_POINTS_KEPT else ""
            notes.append(f"-2 ln L was no number at {met.count} points{first} in {NAME}")


def _row(cells: Sequence[str]) -> bytes:
    stream = StringIO()
    csv.writer(stream, lineterminator="").writerow(cells)  # names of constraints hold spaces and commas
    return stream.getvalue().encode()
