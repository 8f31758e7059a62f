"""Single published numbers that a prediction takes, each with its source, and the flux at ND280."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from zprimefit.datasets.catalogue import Flux
from zprimefit.datasets.table import read_table


@dataclass(frozen=True, slots=True)
class PublishedInput:
    """One number of a publication; a row of a table with the columns of ``miniboone-dm-2018/off_target``."""

    name: str
    value: float
    unit: str
    publication: str
    location: str
    meaning: str
    status: str
    """``checked``, ``derived`` or ``unconfirmed``: print it where the number is used."""


@cache
def published_inputs(table: str) -> dict[str, PublishedInput]:
    """Rows of such a table by name.

    Raises
    ------
    DatasetError
        If the table is missing or damaged.
    """
    rows = read_table(table).frame.to_dict("records")
    return {
        r["name"]: PublishedInput(
            r["name"], float(r["value"]), r["unit"], r["publication"], r["location"], r["meaning"], r["status"]
        )
        for r in rows
    }


@cache
def nd280_flux() -> Flux:
    """Flux at ND280 in antineutrino mode, up to 10 GeV (T2K release of 2016): per cm^2, POT and GeV."""
    frame = read_table("t2k-2016/nd280_flux_rhc").frame
    columns = {name: frame[name].to_numpy(dtype=np.float64) for name in frame}
    edges = np.append(columns["e_low"], columns["e_high"][-1])
    return Flux(edges, **{flavour: columns[flavour] for flavour in ("numu", "numubar", "nue", "nuebar")})


@cache
def blsm_benchmark(name: str) -> dict[str, float]:
    """Parameters of the BLSM with inverse seesaw at ``mz20`` or ``mz30``, in GeV or dimensionless."""
    values = {key: row.value for key, row in published_inputs("blsm-2022/benchmarks").items()}
    chosen = values[f"m_zprime_{name}"]
    return {"m_zprime": chosen} | {k: v for k, v in values.items() if not k.startswith("m_zprime_")}


@cache
def oscillation_parameters() -> dict[str, float]:
    """Best fit of light neutrinos, normal ordering: three angles and ``delta`` [degrees], two ``..._sq`` [eV^2]."""
    return {key: row.value for key, row in published_inputs("oscillations-2022/parameters").items()}
