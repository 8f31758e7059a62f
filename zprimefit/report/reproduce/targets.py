"""What can be reproduced: each target writes figures or tables, every figure with its CSV twin."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from zprimefit.files import write_atomic
from zprimefit.likelihoods.babar import BabarInvisible
from zprimefit.likelihoods.elsewhere import PREDICTIONS
from zprimefit.likelihoods.na64 import Na64Invisible
from zprimefit.models import Z2HDM
from zprimefit.models.blsm.gauge import MIXINGS
from zprimefit.models.blsm.parameters import BENCHMARKS
from zprimefit.names import check_name, unknown_name
from zprimefit.report.coupling_limits import figure6
from zprimefit.report.reproduce.paper_a import numbers as numbers_a
from zprimefit.report.reproduce.paper_a.fig7 import figure7
from zprimefit.report.reproduce.paper_a.fig8 import figure8
from zprimefit.report.reproduce.paper_a.moments import figure4, figure5
from zprimefit.report.reproduce.paper_a.options import acceptance_table, option_table
from zprimefit.report.reproduce.paper_b import miniboone, moments, plane
from zprimefit.report.reproduce.paper_b import numbers as numbers_b
from zprimefit.report.reproduce.printed import Tell, number_table, number_text
from zprimefit.report.scalar_limits import figure9
from zprimefit.report.spectra import figure2


def _figure6(panel: str) -> Any:
    """Limits on the coupling of the panel's gauge group, with those of NA64 and BaBar through the kinetic mixing."""
    model = Z2HDM(gauge_group="B" if panel == "right" else "B-3Ltau")
    others = {"NA64, by loops": Na64Invisible(), "BaBar, by loops": BabarInvisible()}
    return figure6(model, model.benchmark(), panel, others=others)


Figures = dict[str, dict[str, Callable[[], Any]]]

FIGURES: Final[dict[str, Figures]] = {
    "A": {
        "fig2": {"fig2": lambda: figure2(Z2HDM(), Z2HDM().benchmark(), label="table1")},
        "fig4": {"fig4": figure4},
        "fig5": {"fig5": figure5},
        "fig6": {f"fig6-{panel}": partial(_figure6, panel) for panel in ("left", "right")},
        "fig7": {"fig7": figure7},
        "fig8": {"fig8": figure8},
        "fig9": {f"fig9-{panel}": partial(figure9, panel) for panel in ("left", "right")},
    },
    "B": {
        "fig1": {f"fig1-{mixing}": partial(plane.figure1, mixing) for mixing in MIXINGS},
        "fig3": {"fig3": moments.figure3},
        "fig5": {
            f"fig5-{name}-{mixing}": partial(miniboone.figure5, name, mixing)
            for name in BENCHMARKS
            for mixing in MIXINGS
        },
        "fig6": {f"fig6-{mixing}": partial(miniboone.figure6, mixing) for mixing in MIXINGS},
    },
}
"""Paper -> target -> the figures that it writes."""
NUMBERS: Final = {"A": numbers_a.printed_numbers, "B": numbers_b.printed_numbers}
"""Paper -> its printed numbers."""
TARGETS: Final = {
    "A": (*FIGURES["A"], "numbers", "options", "acceptance", "elsewhere"),
    "B": (*FIGURES["B"], "numbers"),
}
"""Paper -> what can be reproduced of it."""


def check_target(target: str, paper: str) -> None:
    """Refuse what is no target of a paper.

    Raises
    ------
    ValueError
        With the nearest target, and the other paper where that has it.
    """
    check_name("paper", paper, tuple(TARGETS))
    if target in TARGETS[paper]:
        return
    others = [f"; paper {other} has it: --paper {other}" for other in TARGETS if target in TARGETS[other]]
    raise ValueError(unknown_name(f"target of paper {paper}", target, TARGETS[paper]) + "".join(others))


def reproduce(
    target: str, folder: Path, tell: Tell | None = None, *, paper: str = "A", kind: str = "png"
) -> tuple[list[Path], str]:
    """Compute one target of a paper into a folder, figures as ``png`` or ``pdf``; return the files and a text.

    Raises
    ------
    ValueError
        For an unknown target or paper.
    """
    check_target(target, paper)
    if target in FIGURES[paper]:
        written = (draw().save(folder / f"{name}.{kind}") for name, draw in FIGURES[paper][target].items())
        return [path for pair in written for path in pair], ""
    if target == "numbers":
        numbers = NUMBERS[paper](tell)
        return _written(folder, target, number_table(numbers).to_csv(index=False)), number_text(numbers)
    if target == "elsewhere":
        model = Z2HDM()
        text = "\n\n".join(str(predict(model, model.benchmark())) for predict in PREDICTIONS)
        return _written(folder, target, f"{text}\n", ".txt"), text
    table = (option_table if target == "options" else acceptance_table)(tell)
    return _written(folder, target, table.to_csv(index=False)), table.to_string(index=False, float_format="%.4g")


def _written(folder: Path, name: str, text: str, suffix: str = ".csv") -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{suffix}"
    write_atomic(path, text)
    return [path]
