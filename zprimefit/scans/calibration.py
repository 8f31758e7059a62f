"""Thresholds by toys along a profile curve, or near the border of a scanned region."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator
from scipy.stats import chi2

from zprimefit.fitting.encoding import (
    read_document,
    read_fields,
    reading,
    write_document,
)
from zprimefit.fitting.objective import Array
from zprimefit.fitting.result import Fit
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.executors import Executor
from zprimefit.scans.grids import fit_for
from zprimefit.scans.toy_record import Toys
from zprimefit.scans.toys import Progress, toys

if TYPE_CHECKING:
    from zprimefit.plots.figure import Drawing

SCHEMA: Final = 1
BETWEEN: Final = 60
"""Values between two points of a curve, at which it is compared with the thresholds."""
POINTS: Final = 8
"""Places of a calibration, by default."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What Delta chi^2 is worth at some places of a curve or scan.

    Parameters
    ----------
    result : the curve or scan.
    cl : confidence level of the region that is looked for.
    places : indices of its grid points (flat for a scan), (n).
    toys : at each.
    """

    result: Curve | Contour
    cl: float
    places: tuple[int, ...]
    toys: tuple[Toys, ...]

    @property
    def ndof(self) -> int:
        """Parameters that are held at a place."""
        return 1 if isinstance(self.result, Curve) else 2

    @property
    def wilks(self) -> float:
        """Threshold of Delta chi^2 by Wilks."""
        return float(chi2.ppf(self.cl, self.ndof))

    def to_frame(self) -> pd.DataFrame:
        """One row a place: the parameters, Delta chi^2, the thresholds (NaN without toys), and both p-values.

        ``allowed`` is by toys: whether the p-value is above 1 - CL; ``decided`` whether its interval (95 % CL) leaves
        1 - CL out.
        """
        rows = []
        for t in self.toys:
            critical, low, high = t.critical(self.cl)
            bottom, top = t.p_interval(0.95)
            rows.append({
                **t.hypothesis, "delta_chi2": t.observed, "wilks": self.wilks, "critical": critical,
                "critical_low": low, "critical_high": high, "p_toys": t.p_value, "p_wilks": t.wilks, "toys": t.n,
                "failed": t.n_failed, "allowed": t.p_value > 1 - self.cl, "decided": not bottom <= 1 - self.cl <= top,
            })  # fmt: skip
        return pd.DataFrame(rows).sort_values(list(self.toys[0].hypothesis), ignore_index=True)

    def intervals(self) -> tuple[tuple[float, float], ...]:
        """Values of the parameter where Delta chi^2 is below the thresholds by toys, in its unit; for a curve.

        Between places the threshold is interpolated linearly on the parameter's scale, and constant beyond them.

        Raises
        ------
        TypeError
            For a scan.
        ValueError
            Where no toy has a value.
        """
        if not isinstance(self.result, Curve):
            msg = "calibration of a scan: it has no intervals, only places; see to_frame()"
            raise TypeError(msg)
        curve, frame = self.result, self.to_frame().dropna(subset=["critical"])
        if frame.empty:
            msg = f"calibration of {curve.analysis!r}: no toy of any place has a value; see the toys' messages"
            raise ValueError(msg)
        scale, (grid, delta) = curve.axis, curve.nodes()
        nodes = np.asarray(scale.to_internal(grid))
        # as the curve's own intervals: the signed root is a straight line for a parabola
        smooth = PchipInterpolator(nodes, np.where(grid < curve.best, -1.0, 1.0) * np.sqrt(np.maximum(delta, 0.0)))
        u = np.unique(np.concatenate([np.linspace(a, b, BETWEEN) for a, b in pairwise(nodes)]))
        at = np.asarray(scale.to_internal(frame[curve.name].to_numpy(dtype=float)))
        above = smooth(u) ** 2 - np.interp(u, at, frame["critical"].to_numpy(dtype=float))
        crossed = np.flatnonzero((above[1:] <= 0) != (above[:-1] <= 0))
        ends = [
            *u[:1][above[:1] <= 0],
            *(u[k] + (u[k + 1] - u[k]) * above[k] / (above[k] - above[k + 1]) for k in crossed),
            *u[-1:][above[-1:] <= 0],
        ]
        values = [float(scale.to_value(end)) for end in ends]
        return tuple(zip(values[::2], values[1::2], strict=True))

    def plot(self, *, title: str | None = None) -> "Drawing":
        """Draw a curve with both thresholds; ``.figure``, ``.save(path)``.

        Raises
        ------
        TypeError
            For a scan.
        """
        from zprimefit.plots.toys import calibrated_curve  # noqa: PLC0415  (slow to import)

        if not isinstance(self.result, Curve):
            msg = "calibration of a scan: draw the scan, and to_frame()'s places on it"
            raise TypeError(msg)
        curve = self.result
        return calibrated_curve(
            curve.to_frame(), self.to_frame(), name=curve.name, latex=curve.latex, unit=curve.unit,
            log=curve.scale == "log", cl=self.cl,
            title=title if title is not None else f"{curve.analysis}: thresholds by toys",
        )  # fmt: skip

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        kind = "curve" if isinstance(self.result, Curve) else "contour"
        content = {
            "cl": self.cl,
            "places": list(self.places),
            kind: json.loads(self.result.to_json()),
            "toys": [json.loads(t.to_json()) for t in self.toys],
        }
        return write_document("calibration", SCHEMA, content)

    @classmethod
    @reading("calibration")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d = read_document(text, "calibration", SCHEMA)
        result: Curve | Contour = (
            Curve.from_json(json.dumps(d["curve"])) if "curve" in d else Contour.from_json(json.dumps(d["contour"]))
        )
        found = tuple(Toys.from_json(json.dumps(t)) for t in d["toys"])
        plain = read_fields(cls, d, ("cl", "places"))
        if len(found) != len(plain["places"]) or not found:
            msg = f"toys: expected those of each of {len(plain['places'])} places, got {len(found)}"
            raise ValueError(msg)
        if not 0 < plain["cl"] < 1:
            msg = f"cl: expected a number between 0 and 1, got {plain['cl']!r}"
            raise ValueError(msg)
        return cls(result, toys=found, **plain)


def calibrate(
    analysis: Any,
    result: Curve | Contour,
    *,
    cl: float = 0.6827,
    points: int = POINTS,
    near: bool | None = None,
    n: int = 200,
    fit: Fit | None = None,
    nuisances: str = "fitted",
    early: bool = False,
    starts: int = 1,
    seed: int = 1,
    folder: Path | None = None,
    identity: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Calibration:
    """Toys at places of a profile curve or a scan.

    Parameters
    ----------
    analysis : that the curve or scan is of.
    result : where to calibrate; the curve of a free parameter.
    cl : confidence level of the region.
    points : number of places.
    near : take the places whose Delta chi^2 is nearest to the threshold, anew after every one from what the toys so
        far say of it; or spread them evenly over the grid. Near for a scan, spread for a curve by default.
    n : toys at each place, at most.
    early : end at a place once it is decided on which side it lies; thresholds are less precise then.
    fit, nuisances, starts, seed, identity, progress, executor : of :func:`~zprimefit.scans.toys.toys`.
    folder : where every place keeps its finished toys.

    Raises
    ------
    ValueError
        For the curve of a derived quantity, fewer than one place, or a CL outside (0, 1).
    """
    names, grid, delta = _places(analysis, result)
    known = result.values.reshape(len(grid), -1)
    if not 0 < cl < 1 or points < 1:
        msg = f"calibration: expected points >= 1 and a CL between 0 and 1, got {points} and {cl!r}"
        raise ValueError(msg)
    # interpolated points of a refined scan have no values
    usable = [int(i) for i in np.flatnonzero(np.isfinite(delta) & np.isfinite(known).all(axis=1))]
    threshold = float(chi2.ppf(cl, len(names)))
    spread = [
        usable[k] for k in np.unique(np.linspace(0, len(usable) - 1, min(points, len(usable))).round().astype(int))
    ]
    adaptive = isinstance(result, Contour) if near is None else near
    fitted, found = fit_for(analysis, fit, seed), dict[int, Toys]()
    while len(found) < min(points, len(usable)):
        if adaptive:
            left = [i for i in usable if i not in found]
            # by the root, in which Delta chi^2 is even
            i = left[int(np.argmin(np.abs(np.sqrt(np.maximum(delta[left], 0.0)) - np.sqrt(threshold))))]
        else:
            i = next(k for k in spread if k not in found)
        hypothesis = dict(zip(names, map(float, grid[i]), strict=True))
        found[i] = toys(
            analysis, hypothesis, n=n, fit=fitted, known=known[i], nuisances=nuisances, decide=cl if early else None,
            starts=starts, seed=seed, identity=identity, progress=progress, executor=executor,
            checkpoint=None if folder is None else folder / f"{'-'.join(names)}-{i}.toys.jsonl",
        )  # fmt: skip
        if any(t.n for t in found.values()):
            threshold = float(np.nanmedian([t.critical(cl)[0] for t in found.values()]))
    return Calibration(result, cl, tuple(found), tuple(found.values()))


def _places(analysis: Any, result: Curve | Contour) -> tuple[tuple[str, ...], Array, Array]:
    """Names of the parameters, grid (n, n_names) and Delta chi^2 (n,)."""
    if isinstance(result, Curve):
        if result.name not in analysis.free_parameters:
            msg = f"calibration: {result.name} is no free parameter of {analysis.name!r}; toys hold parameters only"
            raise ValueError(msg)
        return (result.name,), result.grid[:, None], result.delta
    x, y = np.meshgrid(result.x, result.y, indexing="ij")
    return result.names, np.stack([x.ravel(), y.ravel()], axis=1), result.delta.ravel()
