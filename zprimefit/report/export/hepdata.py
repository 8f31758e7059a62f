"""A submission for HEPData (format 1.1): submission.yaml, and one data file a table."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Final

import numpy as np
from ruamel.yaml import YAML

from zprimefit.fitting.goodness import Goodness
from zprimefit.fitting.result import Fit
from zprimefit.fitting.status import Side
from zprimefit.report.export.tables import LEVELS
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.runs import Run

MISSING: Final = "-"
"""What HEPData shows where there is no number."""


@dataclass(frozen=True)
class Column:
    """A variable of a table: its name, unit, values as HEPData has them, and qualifiers (name, value)."""

    name: str
    unit: str
    values: Sequence[Mapping[str, Any]]
    qualifiers: Sequence[tuple[str, Any]] = field(default=())

    def document(self) -> dict[str, Any]:
        """The variable as a document of YAML."""
        header = {"name": self.name} | ({} if self.unit in {"1", ""} else {"units": self.unit})
        found: dict[str, Any] = {"header": header}
        if self.qualifiers:
            found["qualifiers"] = [{"name": name, "value": value} for name, value in self.qualifiers]
        return found | {"values": [dict(value) for value in self.values]}


@dataclass(frozen=True)
class Sheet:
    """One table: name, description, independent and dependent variables."""

    name: str
    description: str
    independent: Sequence[Column]
    dependent: Sequence[Column]

    @property
    def file(self) -> str:
        """Name of its data file."""
        return f"{self.name.lower().replace(' ', '-')}.yaml"


def hepdata_files(run: Run) -> dict[str, bytes]:
    """submission.yaml and data files: fit values, components, profiles, their intervals, contours.

    Raises
    ------
    RunFolderError
        If there is no fit.
    """
    sheets = list(_sheets(run))
    documents: list[dict[str, Any]] = [{"comment": f"Analysis {run.analysis.name} of zprimefit."}]
    documents += [
        {
            "name": sheet.name,
            "description": sheet.description,
            "keywords": [{"name": "observables", "values": [column.name for column in sheet.dependent]}],
            "data_file": sheet.file,
        }
        for sheet in sheets
    ]
    files = {"submission.yaml": _yaml(documents)}
    for sheet in sheets:
        content = {
            "independent_variables": [column.document() for column in sheet.independent],
            "dependent_variables": [column.document() for column in sheet.dependent],
        }
        files[sheet.file] = _yaml([content])
    return files


def _sheets(run: Run) -> Iterable[Sheet]:
    fit = run.read_fit()
    yield _fit_sheet(fit)
    yield _component_sheet(run.read_goodness())
    for name, curve in run.read_profiles().items():
        yield _profile_sheet(f"profile {name}", curve)
        yield _interval_sheet(f"intervals {name}", curve)
    for name, contour in run.read_scans().items():
        yield _scan_sheet(f"scan {name}", contour)
        for cl in LEVELS:
            if contour.contours(cl):
                yield _contour_sheet(f"contour {name} {100 * cl:.2f}", contour, cl)


def _fit_sheet(fit: Fit) -> Sheet:
    names = [f"{name} [{unit}]" if unit != "1" else name for name, unit in zip(fit.parameters, fit.units, strict=True)]
    values = [_with_interval(fit, k) for k in range(len(names))]
    qualifiers = [("-2 ln L", _number(fit.fval)), ("NDOF", fit.ndof), ("STATUS", str(fit.status)), *_levels(0.6827, 1)]
    described = "Best fit; errors are the ends of the profile likelihood's interval where it has both, else symmetric."
    column = Column("Best-fit value", "", values, qualifiers)
    return Sheet("fit", described, [Column("Parameter", "", _plain(names))], [column])


def _with_interval(fit: Fit, k: int) -> dict[str, Any]:
    value, interval = float(fit.values[k]), fit.intervals.get(fit.parameters[k])
    found: dict[str, Any] = {"value": _number(value)}
    if interval is not None and interval.low_status is Side.OK and interval.high_status is Side.OK:
        ends = {"plus": interval.high - value, "minus": interval.low - value}
        found["errors"] = [{"label": "profile likelihood", "asymerror": ends}]
    elif math.isfinite(fit.errors[k]):
        found["errors"] = [{"label": "Hessian", "symerror": float(fit.errors[k])}]
    return found


def _component_sheet(goodness: Goodness) -> Sheet:
    table = goodness.to_frame()
    titles = {
        "n_data": "Number of data",
        "minus2lnl": "-2 ln L",
        "chi2": "Chi2",
        "p_value": "P-value",
        "pull": "Pull",
        "no_new_physics": "-2 ln L without new physics",
        "delta_chi2": "Gain over no new physics",
    }
    columns = [Column(title, "", _plain(table[key])) for key, title in titles.items()]
    return Sheet(
        "components", "Terms of -2 ln L at the best fit.", [Column("Component", "", _plain(table.index))], columns
    )


def _profile_sheet(name: str, curve: Curve) -> Sheet:
    x = Column(curve.name, curve.unit, _plain(curve.grid))
    qualifiers = [("BEST FIT", _number(curve.best)), ("-2 ln L at the best fit", _number(curve.best_fval)), ("NDOF", 1)]
    columns = [
        Column("Delta chi2", "", _plain(curve.delta), qualifiers),
        Column("-2 ln L", "", _plain(curve.minus2lnl)),
    ]
    return Sheet(name, f"-2 ln L of {curve.name}, minimised over all other parameters.", [x], columns)


def _interval_sheet(name: str, curve: Curve) -> Sheet:
    rows = [(cl, interval) for cl in LEVELS for interval in curve.intervals(cl)]
    ends = {
        end: [f"{100 * cl:.2f}%: {getattr(interval, f'{end}_status')}" for cl, interval in rows]
        for end in ("low", "high")
    }
    columns = [
        Column(
            "Lower end", curve.unit, _plain([i.low for _, i in rows]), [("NDOF", 1), ("STATUS", ", ".join(ends["low"]))]
        ),
        Column(
            "Upper end",
            curve.unit,
            _plain([i.high for _, i in rows]),
            [("NDOF", 1), ("STATUS", ", ".join(ends["high"]))],
        ),
        Column("Delta chi2", "", _plain([i.delta_chi2 for _, i in rows])),
    ]
    level = Column("Confidence level", "%", _plain([100 * cl for cl, _ in rows]))
    return Sheet(name, f"Intervals of {curve.name}, from its profile.", [level], columns)


def _scan_sheet(name: str, contour: Contour) -> Sheet:
    x, y = (grid.ravel() for grid in np.meshgrid(contour.x, contour.y, indexing="ij"))
    axes = [Column(n, u, _plain(g)) for n, u, g in zip(contour.names, contour.units, (x, y), strict=True)]
    qualifiers = [("-2 ln L at the best fit", _number(contour.best_fval)), ("NDOF", 2)]
    column = Column("Delta chi2", "", _plain(contour.delta.ravel()), qualifiers)
    described = f"-2 ln L of {' and '.join(contour.names)}, minimised over all other parameters."
    return Sheet(name, described, axes, [column])


def _contour_sheet(name: str, contour: Contour, cl: float) -> Sheet:
    lines = contour.contours(cl)
    number = [k for k, line in enumerate(lines, start=1) for _ in line]
    points = np.concatenate(lines)
    (threshold,) = contour.levels([cl])
    qualifiers = [*_levels(cl, 2), ("Delta chi2", threshold)]
    independent = [
        Column("Polyline", "", _plain(number)),
        Column(contour.names[0], contour.units[0], _plain(points[:, 0])),
    ]
    column = Column(contour.names[1], contour.units[1], _plain(points[:, 1]), qualifiers)
    return Sheet(name, f"Boundary of the region of {' and '.join(contour.names)}.", independent, [column])


def _levels(cl: float, dof: int) -> list[tuple[str, Any]]:
    return [("CL", f"{100 * cl:.2f} %"), ("NDOF of the CL", dof)]


def _plain(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"value": _number(value)} for value in values]


def _number(value: Any) -> Any:
    """A number that YAML holds with all digits; what is none is MISSING."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    return float(value) if math.isfinite(value) else MISSING


def _yaml(documents: Sequence[Mapping[str, Any]]) -> bytes:
    out, yaml = StringIO(), YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump_all(documents, out)
    return out.getvalue().encode()
