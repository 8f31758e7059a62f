"""MiniBooNE's electron-like events versus visible energy and angle, as published: the views without a covariance."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.table import read_table

Array = NDArray[np.float64]

_TABLES = {
    ("evis", "fhc"): "miniboone-2020/electron_like_evis",
    ("costheta", "fhc"): "miniboone-2020/electron_like_costheta",
    ("evis_costheta", "fhc"): "miniboone-2020/electron_like_evis_costheta",
    ("evis", "rhc"): "miniboone-2018/electron_like_evis_antineutrino",
    ("costheta", "rhc"): "miniboone-2018/electron_like_costheta_antineutrino",
}
_PARTS = ("intrinsic_nue", "nc_pi0", "delta_to_n_gamma", "external", "numu", "other")


@dataclass(frozen=True, eq=False)
class ViewSample:
    """One published histogram: counts per bin, of shape (n_e,), (n_cos,) or (n_e, n_cos).

    Antineutrino mode is digitised, lacks the cut 200 < E_nu^QE < 1250 MeV, and has neither parts nor errors.
    """

    evis_edges: Array | None
    """Edges in visible energy [GeV], None where it is summed over."""
    cos_edges: Array | None
    """Edges in cos(theta), None where it is summed over."""
    enuqe_cut: tuple[float, float] | None
    """Range of E_nu^QE [GeV] that events come from, None without a cut."""
    data: Array
    background: Array
    background_mc_error: Array | None
    oscillation_best_fit: Array | None
    parts: Mapping[str, Array]
    publication: str


def view_modes(view: str) -> tuple[str, ...]:
    """Modes in which this view is published: ``evis``, ``costheta`` or ``evis_costheta``."""
    return tuple(mode for name, mode in _TABLES if name == view)


@cache
def view_sample(view: str, mode: str) -> ViewSample:
    """Histogram of a view in a mode.

    Raises
    ------
    KeyError
        If it is not published.
    """
    table = read_table(_TABLES[view, mode])
    frame = table.frame
    evis, cosine = (
        _edges(frame[f"{axis}_low"].to_numpy(), frame[f"{axis}_high"].to_numpy()) if f"{axis}_low" in frame else None
        for axis in ("e", "cos")
    )
    shape = tuple(len(edges) - 1 for edges in (evis, cosine) if edges is not None)

    def column(name: str) -> Array:
        return frame[name].to_numpy(dtype=np.float64).reshape(shape)

    tabulated = mode == "fhc"
    return ViewSample(
        evis_edges=evis,
        cos_edges=cosine,
        enuqe_cut=(0.2, 1.25) if tabulated else None,
        data=column("data"),
        background=column("background"),
        background_mc_error=column("background_mc_error") if tabulated else None,
        oscillation_best_fit=column("oscillation_best_fit") if tabulated else None,
        parts={name: column(name) for name in _PARTS} if tabulated else {},
        publication=table.provenance.publication[0],
    )


def _edges(low: Array, high: Array) -> Array:
    return np.append(np.unique(low), high.max())
