"""Published upper limits on the coupling of a light vector against its mass."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.table import read_table

FOLDER = "light-vector-limits"
PROJECTIONS = "light-vector-projections"


@dataclass(frozen=True, eq=False)
class VectorLimit:
    """One published curve, the table ``light-vector-limits/<name>``."""

    name: str
    mass: NDArray[np.float64]
    """[GeV], (n,), ascending."""
    coupling: NDArray[np.float64]
    """Largest coupling allowed, (n,); which coupling is said by the table's quantity."""
    cl: float
    """Confidence level, between 0 and 1."""
    publication: str
    """The first of the table's publications: that of the search."""
    status: str
    """``checked`` or ``unconfirmed``: print it where the numbers are used."""


@cache
def vector_limit(name: str) -> VectorLimit:
    """Limit by name, e.g. ``"babar_invisible"``.

    Raises
    ------
    DatasetError
        If the table is missing or damaged.
    """
    table = read_table(f"{FOLDER}/{name}")
    mass, coupling = (table.frame[key].to_numpy(dtype=np.float64) for key in ("mass", "coupling"))
    about = table.provenance
    cl = float(about.cl.removesuffix("%")) / 100
    return VectorLimit(name, mass, coupling, cl, about.publication[0], about.status)


@cache
def vector_projection(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Masses [GeV] and the kinetic mixing that is hoped to be reached, (n,) each; for figures, never for a likelihood.

    Raises
    ------
    DatasetError
        If the table is missing or damaged.
    """
    frame = read_table(f"{PROJECTIONS}/{name}").frame
    return frame["mass"].to_numpy(dtype=np.float64), frame["coupling"].to_numpy(dtype=np.float64)
