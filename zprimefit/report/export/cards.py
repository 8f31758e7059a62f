"""The parameter card of a point of a run's model."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zprimefit.analyses import Analysis
from zprimefit.analyses.points import named_point
from zprimefit.scans.runs import Run


def card_text(analysis: Analysis, point: Mapping[str, Any], label: str) -> str:
    """Card of the analysis' model at a point.

    Raises
    ------
    ValueError
        If the model has none.
    """
    maker = getattr(analysis.model, "card", None)
    if maker is None:
        msg = f"model {type(analysis.model).__name__}: has no parameter card; give it a method card(params)"
        raise ValueError(msg)
    name = getattr(analysis, "name", "")
    head = (f"analysis {name}, {label}",)
    return str(maker(dict(point)).text(("zprimefit", version("zprimefit")), head))


def card_files(run: Run, at: str | None = None) -> dict[str, bytes]:
    """``LABEL.slha`` at the best fit, or at a point by its name or in a YAML file.

    Raises
    ------
    ValueError
        For a point that is not known, or a model without a card.
    RunFolderError
        If the best fit is asked for and there is no fit.
    """
    analysis = run.analysis
    if at is None:
        point, label, name = analysis.params(run.read_fit().values), "best fit", "best-fit"
    else:
        point, label, name = named_point(analysis, at), at, Path(at).stem
    return {f"{name}.slha": card_text(analysis, point, label).encode()}
