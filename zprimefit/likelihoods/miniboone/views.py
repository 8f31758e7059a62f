"""The views of MiniBooNE's electron-like events: which histograms there are, in which modes, with which bins."""

from functools import cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets import MODES, electron_like, view_modes, view_sample
from zprimefit.likelihoods.miniboone.response import (
    EfficiencyAt,
    Probability,
    Response,
    RingBins,
    enuqe_probability,
    response,
    ring_probability,
)
from zprimefit.names import check_name

Array = NDArray[np.float64]
View = Literal["enuqe", "evis", "costheta", "evis_costheta"]
Statistic = Literal["gaussian", "gaussian-logdet", "diagonal", "poisson-pulls"]
VIEWS: Final[tuple[View, ...]] = ("enuqe", "evis", "costheta", "evis_costheta")
STATISTICS: Final[tuple[Statistic, ...]] = ("gaussian", "gaussian-logdet", "diagonal", "poisson-pulls")
EVERY_ANGLE: Final = np.array([-1.0, 1.0])
EVERY_ENERGY: Final = np.array([0.0, np.inf])


def modes_of(view: View) -> tuple[str, ...]:
    """Modes in which a view is published."""
    return MODES if view == "enuqe" else view_modes(view)


def check_view(view: Any, statistic: Any) -> None:
    """Refuse unknown views and statistics, and pairs of them that no published numbers support.

    Raises
    ------
    ValueError
        With what is possible.
    """
    check_name("view of miniboone", view, VIEWS)
    check_name("statistic of miniboone", statistic, STATISTICS)
    pulls = statistic == "poisson-pulls"
    if view == "enuqe" and pulls:
        msg = (
            "miniboone: view 'enuqe' has a released covariance and no released errors of the simulation in its bins; "
            "use statistic 'gaussian', 'gaussian-logdet' or 'diagonal', or another view for 'poisson-pulls'"
        )
        raise ValueError(msg)
    if view != "enuqe" and not pulls:
        msg = (
            f"miniboone: no covariance is published for view {view!r}; use statistic='poisson-pulls', or view='enuqe' "
            f"for {statistic!r}"
        )
        raise ValueError(msg)


def check_modes(view: View, modes: Any) -> None:
    """Refuse modes that are unknown, out of order, or in which the view is not published.

    Raises
    ------
    ValueError
        With the modes there are.
    """
    for mode in modes:
        check_name("mode of miniboone", mode, MODES)
        if mode not in modes_of(view):
            msg = f"miniboone: view {view!r} is published in mode {', '.join(modes_of(view))} only, not in {mode!r}"
            raise ValueError(msg)
    if not modes or list(modes) != [m for m in MODES if m in modes]:
        msg = f"miniboone: modes must be one or both of {MODES} in this order, got {modes}"
        raise ValueError(msg)


def shape_of(view: View, mode: str) -> tuple[int, ...]:
    """Shape of the histogram: (n,), or (n_e, n_cos) in two dimensions."""
    return (len(electron_like(mode).data),) if view == "enuqe" else view_sample(view, mode).data.shape


def edges_of(view: View, mode: str) -> tuple[Array, ...]:
    """Edges along each dimension: E_nu^QE or E_vis [GeV], cos(theta)."""
    if view == "enuqe":
        return (electron_like(mode).edges,)
    sample = view_sample(view, mode)
    return tuple(edges for edges in (sample.evis_edges, sample.cos_edges) if edges is not None)


@cache
def response_of(view: View, mode: str, per_panel: int, n_cos: int, efficiency_at: EfficiencyAt) -> Response:
    """Constant linear map from the density in true (E_vis, cos theta) to the bins of a view, flattened."""
    return response(probability_of(view, mode, efficiency_at), per_panel, n_cos, efficiency_at)


def probability_of(view: View, mode: str, efficiency_at: EfficiencyAt) -> Probability:
    """Probability of the bins of a view, flattened, at true E_vis [GeV] and theta [rad]."""
    if view == "enuqe":
        return enuqe_probability(electron_like(mode).edges, efficiency_at)
    sample = view_sample(view, mode)
    evis = EVERY_ENERGY if sample.evis_edges is None else sample.evis_edges
    cosine = EVERY_ANGLE if sample.cos_edges is None else sample.cos_edges
    return ring_probability(RingBins(evis, cosine, sample.enuqe_cut), efficiency_at)
