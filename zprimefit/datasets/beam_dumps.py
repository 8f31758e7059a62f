"""Beam dumps: double-sided contours of a dark photon, and the beams, dumps and lengths behind them."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.inputs import PublishedInput, published_inputs
from zprimefit.datasets.table import DatasetError, read_table

Array = NDArray[np.float64]
Beam = Literal["electron", "proton"]


@dataclass(frozen=True)
class DumpContour:
    """Mixing of a dark photon that a beam dump excludes, between two edges."""

    mass: Array
    """[GeV], (n,), ascending."""
    low: Array
    """epsilon at the lower edge, (n,)."""
    high: Array
    """epsilon at the upper edge, (n,)."""
    cl: float
    """Confidence level."""
    publication: tuple[str, ...]
    status: str


@cache
def dump_contour(beam: Beam, name: str) -> DumpContour:
    """Contour of a dump of electrons or protons, e.g. ``dump_contour("electron", "e141")``."""
    table = read_table(f"{beam}-beam-dumps/{name}")
    mass, low, high = (table.frame[column].to_numpy(dtype=np.float64) for column in ("mass", "low", "high"))
    provenance = table.provenance
    return DumpContour(
        mass, low, high, float(provenance.cl.removesuffix("%")) / 100, provenance.publication, provenance.status
    )


@cache
def dump_setup(beam: Beam, name: str) -> dict[str, PublishedInput]:
    """Numbers of the set-up that belongs to a contour, by name, each with its status.

    Electrons: ``beam_energy`` [GeV], ``electrons``, ``atomic_number``, ``thickness`` [radiation lengths], ``shield``
    and ``decay_volume`` [m], ``threshold`` [GeV], ``radius`` [m], ``events``. Protons: the two lengths. A material,
    ``aluminium`` or ``tungsten``: ``atomic_number``, ``atomic_weight``, ``radiation_length`` [g/cm^2].

    Raises
    ------
    DatasetError
        If there are none of this name.
    """
    rows = published_inputs(f"{beam}-beam-dumps/setups")
    found = {key.removeprefix(f"{name}."): row for key, row in rows.items() if key.startswith(f"{name}.")}
    if not found:
        msg = f"beam dumps of {beam}s: no set-up {name!r}"
        raise DatasetError(msg)
    return found
