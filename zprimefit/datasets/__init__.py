"""Published numbers with provenance, units and checksum, and their typed loaders."""

from zprimefit.datasets.catalogue import (
    MODES,
    background_errors,
    bnb_flux,
    data_hash,
    electron_like,
    fractional_covariance,
    miniboone_parameters,
    moment_aliases,
    moment_references,
    muon_sample,
    shower_efficiency,
    two_shower_cut,
    z2hdm_table1,
)
from zprimefit.datasets.inputs import PublishedInput, nd280_flux, published_inputs
from zprimefit.datasets.table import DatasetError, Provenance, Table, list_tables, read_provenance, read_table
from zprimefit.datasets.views import ViewSample, view_modes, view_sample

__all__ = [
    "MODES",
    "DatasetError",
    "Provenance",
    "PublishedInput",
    "Table",
    "ViewSample",
    "background_errors",
    "bnb_flux",
    "data_hash",
    "electron_like",
    "fractional_covariance",
    "list_tables",
    "miniboone_parameters",
    "moment_aliases",
    "moment_references",
    "muon_sample",
    "nd280_flux",
    "published_inputs",
    "read_provenance",
    "read_table",
    "shower_efficiency",
    "two_shower_cut",
    "view_modes",
    "view_sample",
    "z2hdm_table1",
]
