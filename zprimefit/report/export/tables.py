"""Every stored result of a run as CSV tables, numbers with all their digits."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from zprimefit.fitting.result import Fit
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.results import PARAMETER_GOODNESS
from zprimefit.scans.runs import Run

LEVELS: Final = (0.6827, 0.9545)
"""Confidence levels of intervals and contours."""


def csv_files(run: Run) -> dict[str, bytes]:
    """Tables of the fit, profiles, scans, toys, thresholds and chain that the folder holds.

    Raises
    ------
    RunFolderError
        If there is neither a fit nor a chain.
    """
    found: dict[str, pd.DataFrame] = {}
    chain = run.read_chain()
    if chain is None or run.folder.fit.is_file():
        fit = run.read_fit()
        found |= {f"fit/{name}": table for name, table in fit_tables(run, fit)}
    for name, curve in run.read_profiles().items():
        found[f"profiles/{name}"] = curve.to_frame()
        found[f"profiles/{name}-intervals"] = interval_table(curve)
    for name, contour in run.read_scans().items():
        found[f"scans/{name}"] = contour.to_frame()
        found[f"scans/{name}-contours"] = contour_table(contour)
    for name, toys in run.read_toys().items():
        found[f"toys/{name}"] = toys.to_frame()
    for name, thresholds in run.read_calibrations().items():
        found[f"toys/{name}-thresholds"] = thresholds.to_frame()
    for name, groups in run.read_parameter_goodness().items():
        found[f"{PARAMETER_GOODNESS}{name}"] = groups.to_frame().reset_index()
    if chain is not None:
        found["chain/samples"] = chain.to_frame(thin=1)
        found["chain/summary"] = chain.summary().reset_index()
    return {f"{name}.csv": table.to_csv(index=False).encode() for name, table in found.items()}


def fit_tables(run: Run, fit: Fit) -> Iterator[tuple[str, pd.DataFrame]]:
    """Best fit, minima, starts, covariance in internal coordinates, components, derived quantities."""
    yield "parameters", fit.to_frame().reset_index()
    yield "components", run.read_goodness().to_frame().reset_index()
    minima = [dict(zip(fit.parameters, m.values, strict=True)) | {"minus2lnl": m.fval} for m in fit.minima]
    yield "minima", pd.DataFrame(minima)
    yield (
        "covariance-internal",
        pd.DataFrame(fit.covariance, index=pd.Index(fit.parameters, name="parameter"), columns=pd.Index(fit.parameters))
        .reset_index(),
    )  # fmt: skip
    quantities = run.analysis.quantities
    values = run.analysis.derived(fit.values)
    rows = [(name, q.unit, values[name], q.meaning) for name, q in quantities.items()]
    yield "derived", pd.DataFrame(rows, columns=pd.Index(["quantity", "unit", "value", "meaning"]))


def interval_table(curve: Curve) -> pd.DataFrame:
    """Intervals of a profile at 68.27 % and 95.45 %, 1 degree of freedom."""
    rows = [
        (cl, i.dof, i.delta_chi2, i.low, str(i.low_status), i.high, str(i.high_status), i.unit)
        for cl in LEVELS
        for i in curve.intervals(cl)
    ]
    columns = ["cl", "dof", "delta_chi2", "low", "low_status", "high", "high_status", "unit"]
    return pd.DataFrame(rows, columns=pd.Index(columns))


def contour_table(contour: Contour) -> pd.DataFrame:
    """Boundaries of the regions of a scan, 2 degrees of freedom: closed polylines, numbered by level."""
    parts = [
        pd.DataFrame({"cl": cl, "dof": 2, "polyline": k, contour.names[0]: line[:, 0], contour.names[1]: line[:, 1]})
        for cl in LEVELS
        for k, line in enumerate(contour.contours(cl), start=1)
    ]
    empty = pd.DataFrame(columns=["cl", "dof", "polyline", *contour.names], dtype=np.float64)
    return pd.concat(parts, ignore_index=True) if parts else empty
