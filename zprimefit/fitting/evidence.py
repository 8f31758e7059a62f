"""The evidence Z = Int L(theta) pi(theta) dtheta by nested sampling (dynesty; Skilling 2006, arXiv:1904.02180).

L = exp(-chi^2/2) with the constant of the saturated model, as everywhere in the package: ln Z of two models can be
compared where both see the same data. Their ratio is the Bayes factor. It depends on the priors, ends included: where
the data fix a parameter, a prior twice as wide costs ln 2. The *compression* of every parameter, ln of the prior's
width over the posterior's, says how much of ln Z is such a price; a parameter that the data say nothing of has none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.ensemble_run import MAX_BAD_FRACTION, BadLikelihoodError, bad_likelihood
from zprimefit.fitting.evidence_record import Evidence, log_z_without_new_physics
from zprimefit.fitting.extras import imported
from zprimefit.fitting.null import without_new_physics
from zprimefit.fitting.posterior import MAX_BAD_POINTS_KEPT, BadPoint, Tally, check_counts, components_at_fault, is_bad

Array = NDArray[np.float64]

LOWEST: Final = -1e300
"""ln L where it is no number or -inf: dynesty wants a number."""
WALKED: Final = 5
"""From this many parameters on new points are walked to. Draws from the ellipsoids around the live points come to the
right numbers too, but of 1000 for nine parameters of a global fit 3 were above the lowest live point."""
CENTRAL: Final = 0.6827
"""Probability of the intervals that widths are compared by."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands; its text is one line.

    Parameters
    ----------
    iterations, calls : so far; calls of the likelihood.
    log_z : ln Z so far.
    left : estimate of what is still to come, in ln Z.
    """

    iterations: int
    calls: int
    log_z: float
    left: float

    def __str__(self) -> str:
        return f"iteration {self.iterations}, {self.calls} calls: ln Z = {self.log_z:.2f}, {self.left:.2g} to come"


def evidence_without_new_physics(analysis: Any) -> Evidence:
    """Evidence of the model with its couplings at zero: nothing is free there, so Z is the likelihood.

    Raises
    ------
    ValueError
        If the model does not say which couplings these are.
    """
    null = null_of(analysis)
    log_z = log_z_without_new_physics(analysis.name, null)
    empty = np.zeros(0)
    return Evidence(
        f"{analysis.name} without new physics", (), analysis.n_data, log_z, 0.0, 0.0,
        np.zeros((0, 0)), empty, empty, empty, 0, 1, 0, 0, null,
    )  # fmt: skip


def null_of(analysis: Any) -> dict[str, float]:
    """-2 ln L of every component without new physics; NaN where it is not finite, or the model does not say."""
    found = without_new_physics(analysis)
    here = {c.name: found[c.name] for c in analysis.components}
    return {name: value if math.isfinite(value) else math.nan for name, value in here.items()}


def evidence(
    analysis: Any,
    *,
    live: int = 500,
    dlogz: float = 0.1,
    seed: int = 7,
    max_calls: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Evidence:
    """Evidence of an analysis, over the priors of its free parameters. Needs ``pip install "zprimefit[nested]"``.

    A run cannot be resumed: dynesty keeps its state in pickles, which are not read here.

    Parameters
    ----------
    analysis : the analysis; its parameters carry the priors.
    live : live points, of which the error of ln Z goes as the inverse root.
    dlogz : stop when what is left adds less than this to ln Z.
    seed : of the run; the same seed gives the same numbers.
    max_calls : of the likelihood; a run that ends by it raises.
    progress : called now and then, e.g. ``print``.

    Raises
    ------
    ModuleNotFoundError
        Without dynesty.
    ValueError
        For a setting that makes no sense.
    BadLikelihoodError
        If the likelihood is no number at more than 1 % of the points.
    RuntimeError
        If `max_calls` were not enough.
    """
    n = len(analysis.free)
    check_counts(analysis, {"live": live} if max_calls is None else {"live": live, "max_calls": max_calls})
    if live < 2 * n + 1:
        msg = f"evidence: {live} live points are too few for {n} free parameters; use at least {max(25 * n, 100)}"
        raise ValueError(msg)
    if not dlogz > 0:
        msg = f"evidence: dlogz must be positive, got {dlogz!r}"
        raise ValueError(msg)
    dynesty = imported("dynesty", what="evidence", extra="nested")
    density = _Density(analysis)
    random = np.random.default_rng(seed)
    sampler = dynesty.NestedSampler(
        density, density.transform, n, nlive=live, rstate=random, bound="multi",
        sample="rwalk" if n >= WALKED else "unif", live_points=density.draw(random, live),
    )  # fmt: skip
    # without the tracebacks that dynesty prints by itself, at Ctrl-C too
    sampler.loglikelihood.loglikelihood, sampler.prior_transform = density, density.transform
    sampler.ncall = live  # as if it had drawn them: the number of calls says when bounds are renewed
    for iteration, state in enumerate(sampler.sample(dlogz=dlogz)):
        if progress is not None and iteration % live == 0:
            progress(Progress(iteration, density.tally.evaluations, float(state.logz), float(state.delta_logz)))
        density.refuse_bad()
        if max_calls is not None and density.tally.evaluations > max_calls:
            left = float(state.delta_logz)
            msg = f"evidence of {analysis.name!r}: {max_calls} calls left {left:.2g} of ln Z to come; raise max_calls"
            raise RuntimeError(msg)
    for _ in sampler.add_live_points():
        density.refuse_bad()
    return _record(analysis, sampler.results, live, density, seed)


def _record(analysis: Any, results: Any, live: int, density: "_Density", seed: int) -> Evidence:
    log_weights = np.asarray(results.logwt) - float(results.logz[-1])
    cube = np.asarray(results.samples_u)
    return Evidence(
        analysis=analysis.name,
        parameters=tuple(analysis.free_parameters),
        n_data=analysis.n_data,
        log_z=float(results.logz[-1]),
        error=float(results.logzerr[-1]),
        information=float(results.information[-1]),
        samples=np.array(results.samples),
        log_weights=log_weights,
        log_likelihood=np.array(results.logl),
        compression=np.array([_compression(column, np.exp(log_weights)) for column in cube.T]),
        n_live=live,
        n_calls=density.tally.evaluations,
        n_bad=density.tally.bad,
        seed=seed,
        null=null_of(analysis),
    )


def _compression(probability: Array, weights: Array) -> float:
    """Ln of the prior's central width over the posterior's, of samples given by their prior's probability."""
    order = np.argsort(probability)
    reached = np.cumsum(weights[order]) / weights.sum()
    low, high = np.interp([0.5 - CENTRAL / 2, 0.5 + CENTRAL / 2], reached, probability[order])
    return float(np.log(CENTRAL / (high - low)))


class _Density:
    """ln L of one point, the map from the unit cube to it, and a count of points where it is no number."""

    def __init__(self, analysis: Any) -> None:
        self._analysis = analysis
        self._priors = [p.effective_prior for p in analysis.free]
        self.tally = Tally()

    def transform(self, cube: Array) -> Array:
        """Values (n_free,) of a point of the unit cube."""
        return np.array([float(p.quantile(np.asarray(u))) for p, u in zip(self._priors, cube, strict=True)])

    def __call__(self, values: Array) -> float:
        minus2lnl = self._analysis.minus2lnl(values)
        bad: tuple[BadPoint, ...] = ()
        if is_bad(minus2lnl) and len(self.tally.points) < MAX_BAD_POINTS_KEPT:
            at_fault = components_at_fault(self._analysis, values)
            bad = (BadPoint(tuple(map(float, values)), minus2lnl, at_fault),)
        self.tally += Tally(1, int(is_bad(minus2lnl)), bad)
        return -0.5 * minus2lnl if math.isfinite(minus2lnl) else LOWEST

    def draw(self, random: np.random.Generator, n: int) -> tuple[Array, Array, Array]:
        """Draw n points from the priors: in the unit cube, their values, ln L."""
        cube = random.random((n, len(self._priors)))
        values = np.array([self.transform(point) for point in cube])
        return cube, values, np.array([self(point) for point in values])

    def refuse_bad(self) -> None:
        """Stop if they are too many."""
        if self.tally.bad > MAX_BAD_FRACTION * self.tally.evaluations:
            raise BadLikelihoodError(bad_likelihood(self.tally, self._analysis.free_parameters))
