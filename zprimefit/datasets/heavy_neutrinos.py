"""Limits on the mixing of heavy neutrinos, and what each of them is."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.table import read_table

Array = NDArray[np.float64]
MixingKind = Literal["peak", "spectrum", "ratio", "visible", "compilation"]


@dataclass(frozen=True, eq=False)
class MixingLimit:
    """One curve of the tables ``heavy-neutrinos/curves`` and ``heavy-neutrinos/limits``."""

    name: str
    flavour: str
    """``e``, ``mu`` or ``tau``."""
    kind: MixingKind
    """``peak``, ``spectrum`` and ``ratio`` do not depend on the decay; ``visible`` assumes weak decays."""
    experiment: str
    """The data: curves of one experiment share events."""
    cl: float
    path: float
    """From source to detector [m]; 0 where it does not matter."""
    parent_mass: float
    """[GeV]"""
    partner_mass: float
    """Mass of the lepton made with the heavy neutrino [GeV]."""
    path_status: str
    """``checked`` or ``unconfirmed``: print it where the path is used."""
    publication: str
    location: str
    status: str
    """``checked`` or ``unconfirmed``: print it where the numbers are used."""
    mass: Array
    """(n,) [GeV], ascending."""
    limit: Array
    """(n,) |U_l4|^2."""


@cache
def mixing_limits() -> dict[str, MixingLimit]:
    """All curves by name."""
    limits = read_table("heavy-neutrinos/limits").frame
    found = {}
    for row in read_table("heavy-neutrinos/curves").frame.to_dict("records"):
        points = limits[limits["curve"] == row["curve"]]
        found[row["curve"]] = MixingLimit(
            name=row["curve"],
            flavour=row["flavour"],
            kind=row["kind"],
            experiment=row["experiment"],
            cl=float(row["cl"]),
            path=float(row["path"]),
            parent_mass=float(row["parent_mass"]),
            partner_mass=float(row["partner_mass"]),
            path_status=row["path_status"],
            publication=row["publication"],
            location=row["location"],
            status=row["status"],
            mass=points["m_heavy"].to_numpy(dtype=np.float64),
            limit=points["mixing_limit"].to_numpy(dtype=np.float64),
        )
    return found
