"""Typed loaders for measurements of the scalar sector and of lepton flavour."""

from dataclasses import dataclass
from functools import cache

from zprimefit.datasets.table import read_table


@dataclass(frozen=True)
class BranchingLimit:
    """Upper limit on a branching ratio."""

    name: str
    decay: str
    """Decaying lepton, then final state, e.g. ``tau e gamma``."""
    limit: float
    cl: float
    """Confidence level, between 0 and 1."""
    zero_background: bool
    """Whether no event was seen where less than one is expected."""
    publication: str
    status: str


@dataclass(frozen=True)
class ChargedHiggsLimit:
    """Lower limit on m_H+- at 95 % CL."""

    name: str
    mass: float
    """[GeV]"""
    assumes: str
    """Final state that the search takes for the only one."""
    publication: str


@dataclass(frozen=True)
class ObliqueFit:
    """Measured S and T with standard errors and correlation."""

    name: str
    s: float
    s_sigma: float
    t: float
    t_sigma: float
    correlation: float


@dataclass(frozen=True)
class HiggsNumber:
    """A limit, a constant or a measurement of the 125 GeV Higgs boson."""

    value: float
    sigma: float
    publication: str
    status: str


@cache
def flavour_limits(decay: str) -> tuple[BranchingLimit, ...]:
    """Limits on one decay, e.g. ``"tau e gamma"``; the one to use first."""
    frame = read_table("lepton-flavour/limits").frame
    return tuple(
        BranchingLimit(
            r["name"], decay, float(r["limit"]), float(r["cl"]), r["observed"] == "0", r["publication"], r["status"]
        )
        for r in frame[frame["decay"] == decay].to_dict("records")
    )


@cache
def lepton_decays(lepton: str) -> dict[str, tuple[float, float]]:
    """``lifetime`` [s] and leptonic branching ratios of ``mu`` or ``tau``: value and standard error by quantity."""
    frame = read_table("lepton-flavour/decays").frame
    rows = frame[frame["lepton"] == lepton].to_dict("records")
    return {r["quantity"]: (float(r["value"]), float(r["sigma"])) for r in rows}


@cache
def tau_detector() -> dict[str, float]:
    """Radii [m] of Belle and energy [GeV] of its taus, by name."""
    frame = read_table("lepton-flavour/belle").frame
    return dict(zip(frame["name"], frame["value"].astype(float), strict=True))


@cache
def charged_higgs_limits() -> tuple[ChargedHiggsLimit, ...]:
    """Lower limits on the mass of the charged Higgs boson."""
    frame = read_table("scalar-sector/charged_higgs").frame
    return tuple(
        ChargedHiggsLimit(r["name"], float(r["mass"]), r["assumes"], r["publication"]) for r in frame.to_dict("records")
    )


@cache
def oblique_fits() -> tuple[ObliqueFit, ...]:
    """Fits of S and T, with U free and with U = 0."""
    columns = ("s", "s_sigma", "t", "t_sigma", "correlation")
    rows = read_table("scalar-sector/oblique").frame.to_dict("records")
    return tuple(ObliqueFit(r["name"], *(float(r[c]) for c in columns)) for r in rows)


@cache
def higgs_numbers() -> dict[str, HiggsNumber]:
    """Limits on decays of h, its width [GeV] and its signal strengths in two photons, by name."""
    rows = read_table("scalar-sector/higgs").frame.to_dict("records")
    return {r["name"]: HiggsNumber(float(r["value"]), float(r["sigma"]), r["publication"], r["status"]) for r in rows}
