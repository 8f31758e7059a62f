"""Limits on a vector coupled to baryon number by its anomalies, and on K+ -> pi+ and one invisible particle."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.table import read_table

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AnomalyLimit:
    """One curve of the tables ``anomalies-2017/curves`` and ``anomalies-2017/limits``."""

    name: str
    process: str
    decay: str
    """Final state of the vector that the curve assumes: ``invisible`` or ``any``."""
    cl: float
    cl_status: str
    """``checked`` or ``unconfirmed``: print it where the confidence level is used."""
    data: str
    mass: Array
    """(n,) [GeV], ascending."""
    limit: Array
    """(n,) coupling g to baryon number."""


@cache
def anomaly_limits() -> dict[str, AnomalyLimit]:
    """All curves by name."""
    limits = read_table("anomalies-2017/limits").frame
    found = {}
    for row in read_table("anomalies-2017/curves").frame.to_dict("records"):
        points = limits[limits["curve"] == row["curve"]]
        found[row["curve"]] = AnomalyLimit(
            name=row["curve"],
            process=row["process"],
            decay=row["decay"],
            cl=float(row["cl"]),
            cl_status=row["cl_status"],
            data=row["data"],
            mass=points["m_vector"].to_numpy(dtype=np.float64),
            limit=points["coupling_limit"].to_numpy(dtype=np.float64),
        )
    return found


@cache
def kaon_to_pion_invisible() -> tuple[tuple[Array, Array], ...]:
    """Both regions of arXiv:0903.0030: masses [GeV] and branching ratios of K+ -> pi+ X at 90 % CL."""
    frame = read_table("e949-2009/invisible").frame
    regions = [frame[frame["region"] == number] for number in (1, 2)]
    return tuple((r["m_invisible"].to_numpy(np.float64), r["branching_limit"].to_numpy(np.float64)) for r in regions)
