"""Events of an analysis' model in MiniBooNE."""

from collections.abc import Mapping
from typing import Any

from zprimefit.analyses.analysis import Analysis
from zprimefit.analyses.points import point_of
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.likelihoods.miniboone.event_record import Events
from zprimefit.likelihoods.miniboone.generator import Progress, generated
from zprimefit.models.sources import PairSource
from zprimefit.names import model_name


def events(
    analysis: Analysis,
    at: str | Mapping[str, Any] = "defaults",
    *,
    n: int = 10_000,
    seed: int = 1,
    mode: str = "fhc",
    progress: Progress | None = None,
) -> Events:
    """Draw unweighted events of e+e- pairs in MiniBooNE's tank, before any efficiency.

    Parameters
    ----------
    analysis : its MiniBooNE component says which sources of pairs count; without one all of the model's do.
    at : ``"defaults"``, a benchmark of the model, or values by name, in GeV or as texts such as ``"30 MeV"``; what is
        missing has its default.
    n : number of events.
    seed : of the draws: the first events are the same however many follow.
    mode : of the beam, ``"fhc"`` (neutrinos) or ``"rhc"`` (antineutrinos).
    progress : told events drawn, n and what is done.

    Raises
    ------
    TypeError
        For a model that makes no pairs in a beam.
    ValueError
        For a point or a mode that is not known, or where no pairs are made.
    """
    name, point = model_name(analysis.model), point_of(analysis, at)
    return generated(name, _sources(analysis), point, mode=mode, n=n, seed=seed, progress=progress)


def _sources(analysis: Analysis) -> tuple[PairSource, ...]:
    if not hasattr(analysis.model, "pair_sources"):
        msg = f"analysis {analysis.name!r}: its model makes no pairs in a beam (it has no `pair_sources`)"
        raise TypeError(msg)
    likelihoods = [component for component in analysis.components if isinstance(component, MiniBooNE)]
    return likelihoods[0].sources_of(analysis.model) if likelihoods else tuple(analysis.model.pair_sources())
