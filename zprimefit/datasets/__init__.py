"""Published numbers with provenance, units and checksum, and their typed loaders."""

from zprimefit.datasets.catalogue import (
    MODES,
    bnb_flux,
    data_hash,
    electron_like,
    fractional_covariance,
    miniboone_parameters,
    moment_aliases,
    moment_references,
    muon_sample,
    shower_efficiency,
    z2hdm_table1,
)
from zprimefit.datasets.table import DatasetError, Provenance, Table, list_tables, read_provenance, read_table

__all__ = [
    "MODES",
    "DatasetError",
    "Provenance",
    "Table",
    "bnb_flux",
    "data_hash",
    "electron_like",
    "fractional_covariance",
    "list_tables",
    "miniboone_parameters",
    "moment_aliases",
    "moment_references",
    "muon_sample",
    "read_provenance",
    "read_table",
    "shower_efficiency",
    "z2hdm_table1",
]
