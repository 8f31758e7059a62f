"""Figures and their CSV twins."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zprimefit.files import UnwritableError, write_atomic
from zprimefit.plots.style import styled

DPI: Final = 200
"""Pixels per inch of saved figures, as in the style sheet."""
SOURCE: Final = "drawn-from"
"""Name of the text in a PNG that says what it was drawn from."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """A matplotlib figure and the table of everything drawn in it."""

    figure: Any
    table: pd.DataFrame

    def save(self, path: str | Path, *, drawn_from: str | None = None) -> tuple[Path, Path]:
        """Write ``path``, by its suffix PDF or else PNG, and its twin with the suffix ``.csv``; close the figure.

        Parameters
        ----------
        path : of the figure.
        drawn_from : what it shows, e.g. a checksum, kept inside a PNG; :func:`drawn_from` reads it.
        """
        path = Path(path)
        content = _written(self.figure, "pdf" if path.suffix.lower() == ".pdf" else "png", drawn_from)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnwritableError.of(path.parent, error) from error
        twin = path.with_suffix(".csv")
        # The twin first: what the figure says it was drawn from holds for both.
        write_atomic(twin, self.table.to_csv(index=False))
        write_atomic(path, content)
        self.close()
        return path, twin

    def _repr_png_(self) -> bytes:
        """Show the figure in notebooks."""
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png", dpi=100)
        return buffer.getvalue()

    def close(self) -> None:
        """Free the figure's memory."""
        import matplotlib.pyplot as plt

        plt.close(self.figure)


def drawn_from(path: Path) -> str | None:
    """Return what a saved figure says it was drawn from; None where it says nothing, or is none."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            found = image.info.get(SOURCE)
    except (OSError, ValueError, SyntaxError):
        return None
    return found if isinstance(found, str) else None


@styled
def _written(figure: Any, kind: str, source: str | None) -> bytes:
    """A file of the figure, without the date."""
    buffer = BytesIO()
    told = {} if source is None else {SOURCE: source}
    figure.savefig(buffer, format=kind, dpi=DPI, metadata={"CreationDate": None} if kind == "pdf" else told)
    return buffer.getvalue()


def axis_label(latex: str, unit: str) -> str:
    """Label of an axis: symbol and unit.

    >>> axis_label("m_{Z'}", "GeV")
    "$m_{Z'}$ [GeV]"
    """
    return f"${latex}$" if unit == "1" else f"${latex}$ [{unit}]"


def minimum_label(minus2lnl: float, ndof: int | None) -> str:
    """-2 ln L of a best fit in a legend, with its degrees of freedom if they are known."""
    return f"$-2\\ln L_{{\\min}}$ = {minus2lnl:.2f}" + ("" if ndof is None else f" / {ndof} dof")
