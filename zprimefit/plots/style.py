"""Width, fonts and colours of all figures: the style sheet ``journal.mplstyle`` beside this file.

It can be used elsewhere as ``plt.style.use("zprimefit.plots.journal")``. The colours are those of Okabe and Ito (2008),
which stay apart for people who do not tell red from green.
"""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SHEET: Final = "zprimefit.plots.journal"
PAGE: Final = 7.0
"""Width of a figure [in], that of both columns."""

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, GREY = "#E69F00", "#56B4E9", "#5B5B5B"
COLOURS: Final = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, GREY)
"""In the order in which curves take them."""


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Draw, or save, in the style of the sheet."""

    @wraps(draw)
    def _styled(*args: P.args, **kwargs: P.kwargs) -> T:
        import matplotlib.pyplot as plt

        with plt.style.context(SHEET):
            return draw(*args, **kwargs)

    return _styled
