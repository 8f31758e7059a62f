"""Typed loaders: the numbers of one publication as arrays, energies in GeV."""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.table import list_tables, read_provenance, read_table

Array = NDArray[np.float64]
MODES = ("fhc", "rhc")
"""Neutrino mode (forward horn current) and antineutrino mode, in the order of the released covariance."""


@dataclass(frozen=True)
class Flux:
    """BNB flux at MiniBooNE in one mode (arXiv:0806.1449): mean over each bin, per cm^2, POT and GeV."""

    edges: Array
    """Bin edges [GeV], (n + 1,)."""
    numu: Array
    numubar: Array
    nue: Array
    nuebar: Array


@dataclass(frozen=True)
class ElectronLike:
    """Electron-like sample versus E_nu^QE in one mode (arXiv:2006.16883): counts per bin."""

    edges: Array
    """Bin edges [GeV], (12,)."""
    data: Array
    background: Array
    """Before any constraint."""
    background_constrained: Array
    oscillation_best_fit: Array
    parts: dict[str, Array]
    """The eleven parts of `background`."""


@dataclass(frozen=True)
class MuonSample:
    """Muon-neutrino CCQE sample in one mode: counts per bin, (8,)."""

    data: Array
    prediction: Array


@dataclass(frozen=True)
class Efficiency:
    """Selection efficiency of one electron or photon shower in MiniBooNE (arXiv:1207.4809 data release)."""

    centre: Array
    """Generated energy at the centres of the bins [GeV]."""
    efficiency: Array
    upper_edge: float
    """Upper edge of the last bin [GeV]."""


@dataclass(frozen=True)
class BackgroundError:
    """One background component of the MiniBooNE signal region, 200 < E_nu^QE < 1250 MeV (arXiv:2006.16883, Table I)."""

    events: float
    error: float
    """Systematic standard error [events]."""
    parts: tuple[str, ...]
    """Names in :attr:`ElectronLike.parts` that hold it; three components share ``other``."""
    status: str
    """``checked``, ``derived`` or ``unconfirmed``: print it where the numbers are used."""


@dataclass(frozen=True)
class MomentReference:
    """One alternative for Delta a_l = measurement - Standard Model."""

    name: str
    lepton: str
    value: float
    sigma: float
    publication: str
    location: str
    status: str


def _column(table: str, column: str, mode: str | None = None) -> Array:
    frame = read_table(table).frame
    if mode is not None:
        frame = frame[frame["mode"] == mode]
    return frame[column].to_numpy(dtype=np.float64)


def _edges(table: str, mode: str) -> Array:
    return np.append(_column(table, "e_low", mode), _column(table, "e_high", mode)[-1])


@cache
def bnb_flux(mode: str) -> Flux:
    """Flux of neutrinos and antineutrinos of both flavours in mode ``fhc`` or ``rhc``."""
    table = "miniboone-flux-2009/bnb_flux"
    return Flux(_edges(table, mode), *(_column(table, kind, mode) for kind in ("numu", "numubar", "nue", "nuebar")))


@cache
def electron_like(mode: str) -> ElectronLike:
    """Electron-like sample versus E_nu^QE in mode ``fhc`` or ``rhc``."""
    table = "miniboone-2020/electron_like_enuqe"
    names = list(read_provenance(table).columns)
    parts = names[names.index("nue_from_pi_plus") :]
    return ElectronLike(
        edges=_edges(table, mode),
        data=_column(table, "data", mode),
        background=_column(table, "background", mode),
        background_constrained=_column(table, "background_constrained", mode),
        oscillation_best_fit=_column(table, "oscillation_best_fit", mode),
        parts={name: _column(table, name, mode) for name in parts},
    )


@cache
def background_errors(mode: str) -> dict[str, BackgroundError]:
    """Background components of the signal region in mode ``fhc`` or ``rhc``, and their systematic errors.

    Nine components, then ``unconstrained`` (their sum), ``constrained`` and ``excess``.
    """
    frame = read_table("miniboone-2020/background_errors").frame
    rows = frame[frame["mode"] == mode].to_dict("records")
    return {
        r["component"]: BackgroundError(float(r["events"]), float(r["error"]), _parts(r["parts"]), r["status"])
        for r in rows
    }


def _parts(names: str) -> tuple[str, ...]:
    if names == "all":
        return tuple(electron_like("fhc").parts)
    return () if names == "none" else tuple(names.split())


@cache
def muon_sample(mode: str) -> MuonSample:
    """Muon-neutrino CCQE sample in mode ``fhc`` or ``rhc``."""
    table = "miniboone-2020/muon_neutrino_ccqe"
    return MuonSample(_column(table, "data", mode), _column(table, "prediction", mode))


@cache
def fractional_covariance() -> Array:
    """Released fractional covariance (60, 60): signal 11, background 11, numu 8 of fhc, then of rhc."""
    return read_table("miniboone-2020/fractional_covariance").frame.to_numpy(dtype=np.float64)


@cache
def shower_efficiency() -> Efficiency:
    """Efficiency for one electromagnetic shower versus generated energy, fiducial factor included."""
    table = "miniboone-2012/electron_photon_efficiency"
    return Efficiency(_column(table, "e_centre"), _column(table, "efficiency"), float(_column(table, "e_high")[-1]))


@cache
def two_shower_cut() -> tuple[Array, Array]:
    """Centres of the bins in E_vis [GeV] and the largest radius at which two showers are one ring (arXiv:2210.08021).

    The collimated form of the cut, one cut for 100 samples (Table II).
    """
    table = "two-showers-2022/merge_cuts"
    centre = (_column(table, "e_low") + _column(table, "e_high")) / 2
    return centre, _column(table, "radius_collimated")


@cache
def miniboone_parameters() -> dict[str, float]:
    """Exposure, target and selection of MiniBooNE by name; units in the table ``miniboone-2020/detector``."""
    frame = read_table("miniboone-2020/detector").frame
    return dict(zip(frame["name"], frame["value"].astype(float), strict=True))


@cache
def z2hdm_table1() -> dict[str, float]:
    """Benchmark of arXiv:2006.01948, Table I: parameter -> value in GeV or dimensionless."""
    frame = read_table("z2hdm-2020/table1").frame
    return dict(zip(frame["parameter"], frame["value"].astype(float), strict=True))


@cache
def moment_references(lepton: str) -> tuple[MomentReference, ...]:
    """Alternatives for Delta a of ``mu`` or ``e``."""
    frame = read_table("anomalous-moments/differences").frame
    rows = frame[frame["lepton"] == lepton].to_dict("records")
    return tuple(
        MomentReference(
            str(r["reference"]),
            lepton,
            float(r["value"]),
            float(r["sigma"]),
            r["publication"],
            r["location"],
            r["status"],
        )
        for r in rows
    )


@cache
def moment_aliases(lepton: str) -> dict[str, str]:
    """Other accepted names of the references of ``mu`` or ``e``."""
    frame = read_table("anomalous-moments/differences").frame
    rows = frame[(frame["lepton"] == lepton) & (frame["alias"] != "")]
    return dict(zip(rows["alias"], rows["reference"], strict=True))


def data_hash() -> str:
    """One checksum over all shipped tables, for run folders and caches."""
    return hashlib.sha256("".join(read_provenance(n).sha256 for n in list_tables()).encode()).hexdigest()
