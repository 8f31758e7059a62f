"""Figures and their CSV twins."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zprimefit.files import UnwritableError, write_atomic

DPI: Final = 150
"""Pixels per inch of saved figures."""
SOURCE: Final = "drawn-from"
"""Name of the text in a PNG that says what it was drawn from."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """A matplotlib figure and the table of everything drawn in it."""

    figure: Any
    table: pd.DataFrame

    def save(self, path: str | Path, *, drawn_from: str | None = None) -> tuple[Path, Path]:
        """Write ``path`` (PNG) and its twin with the suffix ``.csv``; close the figure.

        Parameters
        ----------
        path : of the PNG.
        drawn_from : what it shows, e.g. a checksum, kept inside the PNG; :func:`drawn_from` reads it.
        """
        path = Path(path)
        buffer = BytesIO()
        metadata = {} if drawn_from is None else {SOURCE: drawn_from}
        self.figure.savefig(buffer, format="png", dpi=DPI, metadata=metadata)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnwritableError.of(path.parent, error) from error
        twin = path.with_suffix(".csv")
        # The twin first: what the figure says it was drawn from holds for both.
        write_atomic(twin, self.table.to_csv(index=False))
        write_atomic(path, buffer.getvalue())
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


def axis_label(latex: str, unit: str) -> str:
    """Label of an axis: symbol and unit.

    >>> axis_label("m_{Z'}", "GeV")
    "$m_{Z'}$ [GeV]"
    """
    return f"${latex}$" if unit == "1" else f"${latex}$ [{unit}]"


def minimum_label(minus2lnl: float, ndof: int | None) -> str:
    """-2 ln L of a best fit in a legend, with its degrees of freedom if they are known."""
    return f"$-2\\ln L_{{\\min}}$ = {minus2lnl:.2f}" + ("" if ndof is None else f" / {ndof} dof")
