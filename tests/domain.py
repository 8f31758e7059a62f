"""Points of an analysis' whole domain, corners and thresholds among them, and what -2 ln L says there."""

from typing import Any, NamedTuple

import numpy as np

from zprimefit.constants import LEPTON_MASSES

RATIOS = (0.5, 1.0, 2.0)
NEAR = (0.0, 1e-15, -1e-15, 1e-9, -1e-9, 1e-4, -1e-4)
LIGHT = (*(k * m for m in LEPTON_MASSES.values() for k in (1.0, 2.0)), 0.1349768, 0.2699536, 0.13957039, 0.27914078)
"""Masses [GeV] at which channels open: leptons, pions, and pairs of them."""


class Findings(NamedTuple):
    """Points (n, n_free) that should not be: no number; infinite without a term that is; finite without a slope."""

    points: int
    infinite: int
    slopes: int
    no_number: Any
    without_reason: Any
    without_slope: Any

    @property
    def none(self):
        return not (len(self.no_number) or len(self.without_reason) or len(self.without_slope))

    def __str__(self):
        wrong = ", ".join(f"{name} {len(getattr(self, name))}" for name in self._fields[3:])
        return f"{self.points} points, {self.infinite} infinite, {self.slopes} slopes; {wrong}"


def domain_points(analysis, n, rng):
    """Points (n, n_free): half anywhere on the parameters' own scales, a quarter corners, a quarter at thresholds."""
    free = analysis.free
    low, high = (np.array([float(p.to_internal(p.bounds[k])) for p in free]) for k in (0, 1))
    internal = low + (high - low) * rng.random((n, len(free)))
    points = np.stack([np.asarray(p.to_value(internal[:, i])) for i, p in enumerate(free)], axis=1)
    ends = np.array([p.bounds for p in free])
    corners, thresholds = np.arange(n) % 4 == 1, np.arange(n) % 4 == 3
    side = rng.integers(0, 3, (n, len(free)))
    for k in (0, 1):
        points = np.where(corners[:, None] & (side == k), ends[:, k], points)
    fixed = [p.default for p in analysis.parameters if p.unit == "GeV" and not p.free]
    masses = [i for i, p in enumerate(free) if p.unit == "GeV"]
    for row in np.flatnonzero(thresholds) if masses else ():
        i = rng.choice(masses)
        others = [points[row, j] for j in masses if j != i]
        points[row, i] = rng.choice([*others, *fixed, *LIGHT]) * rng.choice(RATIOS) * (1 + rng.choice(NEAR))
    return np.clip(points, ends[:, 0], ends[:, 1])


def search(analysis, n, seed=1, slopes=100):
    """-2 ln L at `n` points of the domain, and its slopes at some of those where it is finite."""
    rng = np.random.default_rng(seed)
    points = domain_points(analysis, n, rng)
    values = np.concatenate([analysis.minus2lnl_batch(part) for part in np.array_split(points, max(1, n // 10_000))])
    infinite = points[np.isposinf(values)]
    reasons = [sum(np.isposinf(v) for v in analysis.breakdown(point).values()) for point in infinite[:slopes]]
    without = [point for point, reason in zip(infinite, reasons, strict=False) if not reason]
    finite = np.flatnonzero(np.isfinite(values))
    chosen = rng.choice(finite, min(slopes, len(finite)), replace=False)
    lost = [i for i in chosen if not np.isfinite(analysis.gradient(points[i])).all()]
    return Findings(
        n, len(infinite), len(chosen), points[np.isnan(values) | np.isneginf(values)], without, points[lost]
    )


def blamed(analysis, point):
    """Terms without a number, or without slopes, at a point."""
    import jax

    wrong = {name for name, value in analysis.breakdown(point).items() if not value > -np.inf}
    for name in analysis.breakdown(point):
        term = analysis.term(name)
        slope = jax.jacfwd(lambda values, term=term: term(analysis.observed(analysis.params(values))))(point)
        if not np.isfinite(np.asarray(slope)).all():
            wrong.add(f"slope of {name}")
    return sorted(wrong)
