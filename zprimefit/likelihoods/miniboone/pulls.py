"""Poisson likelihood of the views without a covariance, with pulls that are profiled.

Neutrino mode: for data n_i, simulated background b_ki of component k and signal s_i,

    -2 ln L = min 2 Sum_i [m_i - n_i + n_i ln(n_i / m_i)] + Sum_i (m_i - T_i)^2 / e_i^2 + |z|^2 + x^2,
    T_i = Sum_k b_ki (1 + r_k) + s_i exp(x ln(1 + systematic)),

over m_i (the published statistical error e_i of the simulation; the minimum is a root of a quadratic equation), over
the normalisations r_k of the backgrounds and over the signal's normalisation x. The r_k have the systematic errors of
arXiv:2006.16883, Table I, conditioned on the sum of all backgrounds, which the muon-neutrino sample constrains to the
error of the released covariance: r = mean + lower z. Signal normalisation is log-normal: with a linear pull an
arbitrarily large signal could be pulled to nothing for a fixed price.

Antineutrino mode is digitised and lacks the E_nu^QE cut, so that only its shape is used: the sum of background and
signal is normalised to the data, -2 ln L = 2 Sum_i n_i ln[(n_i / N) / (T_i / Sum T)], with the same x.
"""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy
from numpy.typing import NDArray

from zprimefit.datasets import MODES, ViewSample, background_errors, electron_like, view_sample
from zprimefit.likelihoods.miniboone.statistic import N_REGION, GaussianStatistic

Array = NDArray[np.float64]

COMPONENTS: Final = {
    "intrinsic_nue": ("nue_from_mu", "nue_from_k", "nue_from_k0l", "other_nue"),
    "nc_pi0": ("nc_pi0",),
    "delta_to_n_gamma": ("delta_to_n_gamma",),
    "external": ("external",),
    "numu": ("numu_ccqe", "other_numu"),
}
"""Background components with a pull -> rows of Table I whose errors they have, in quadrature.

The part ``other`` (0.3 % of the background) has no published error and no pull.
"""

LARGEST_MC_ERROR: Final = 0.25
"""Neighbours in cos(theta) are merged until the simulation's relative error is below this: a property of the
simulation, not of the data."""

STEPS: Final = 30
SHARES: Final = np.array([1.0, 0.5, 0.1, 0.01, 0.0])
"""Shares of a Newton step that are tried; none is the last."""


@dataclass(frozen=True, eq=False)
class Priors:
    """Relative background normalisations: mean (n_k,) and lower Cholesky factor (n_k, n_k) of their covariance."""

    mean: Array
    lower: Array

    @property
    def covariance(self) -> Array:
        """(n_k, n_k)."""
        return np.asarray(self.lower @ self.lower.T)


def background_priors() -> Priors:
    """Errors of the components in neutrino mode, conditioned on the constrained sum of all backgrounds.

    The measurement of the sum is as precise as it takes to leave the systematic error of the released covariance, given
    the muon-neutrino data of both modes, in 200 < E_nu^QE < 1250 MeV. The release holds the background's own Poisson
    variance too, which is the likelihood's here, and so is taken out.
    """
    rows = background_errors("fhc")
    events = np.array([sum(rows[r].events for r in group) for group in COMPONENTS.values()])
    variance = np.array([sum(rows[r].error ** 2 for r in group) for group in COMPONENTS.values()])
    # Fixed numbers, even where somebody's trace asks for them first.
    with jax.ensure_compile_time_eval():
        excess, covariance = GaussianStatistic(MODES, "released", 0.0, log_determinant=False).constrained_excess()
    sample = electron_like("fhc")
    shift = (sample.data - sample.background)[:N_REGION].sum() - excess[0]
    constrained = sample.data[:N_REGION].sum() - excess[0]
    left = (covariance[0, 0] - constrained) / variance.sum()
    conditioned = np.diag(variance) - np.outer(variance, variance) / variance.sum() * (1 - left)
    mean = variance / variance.sum() * shift
    return Priors(mean / events, np.linalg.cholesky(conditioned / np.outer(events, events)))


@dataclass(frozen=True, eq=False)
class _Tabulated:
    """Neutrino mode: counts of merged bins."""

    data: Array
    parts: Array
    """(n_k, n) with a pull."""
    rest: Array
    """(n,) without."""
    mc_error: Array


@dataclass(frozen=True, eq=False)
class _Shape:
    """Antineutrino mode: data and background (n,)."""

    data: Array
    background: Array


def merged_bins(sample: ViewSample) -> Array:
    """Matrix (n, n_bins) of zeros and ones that adds published bins: one dimension stays as it is.

    In two dimensions, neighbours in cos(theta) are added from the forward end until the relative error of the
    simulated background is at most `LARGEST_MC_ERROR`; what is left at the backward end joins its neighbour.
    """
    if sample.background.ndim == 1 or sample.background_mc_error is None:
        return np.eye(sample.background.size)
    n_cos, rows = sample.background.shape[1], []
    for i, (background, error) in enumerate(zip(sample.background, sample.background_mc_error, strict=True)):
        groups: list[list[int]] = [[]]
        for j in reversed(range(n_cos)):
            groups[-1].append(j)
            total = background[groups[-1]].sum()
            if total > 0 and np.sqrt((error[groups[-1]] ** 2).sum()) <= LARGEST_MC_ERROR * total:
                groups.append([])
        last = groups.pop()
        if groups:
            groups[-1] += last
        else:
            groups.append(last)
        for group in groups:
            row = np.zeros(sample.background.size)
            row[[i * n_cos + j for j in group]] = 1.0
            rows.append(row)
    return np.array(rows)


@dataclass(frozen=True)
class PoissonPulls:
    """-2 ln L of signal counts in one view.

    Parameters
    ----------
    view, modes : which histograms.
    signal_systematic : relative normalisation error of the signal, common to both modes; 0 for none.
    """

    view: str
    modes: tuple[str, ...]
    signal_systematic: float

    @cached_property
    def samples(self) -> dict[str, ViewSample]:
        """Histogram of every mode."""
        return {mode: view_sample(self.view, mode) for mode in self.modes}

    @cached_property
    def merging(self) -> dict[str, Array]:
        """Mode -> matrix that adds published bins."""
        return {mode: merged_bins(sample) for mode, sample in self.samples.items()}

    @cached_property
    def priors(self) -> Priors:
        """Of the background components."""
        return background_priors()

    @property
    def n_data(self) -> int:
        """Number of merged bins, less one where only the shape counts."""
        return sum(len(m) - (mode == "rhc") for mode, m in self.merging.items())

    @cached_property
    def _tabulated(self) -> _Tabulated | None:
        sample, merge = self.samples.get("fhc"), self.merging.get("fhc")
        if sample is None or merge is None or sample.background_mc_error is None:
            return None
        parts = np.array([merge @ sample.parts[name].ravel() for name in COMPONENTS])
        total = merge @ sample.background.ravel()
        error = np.sqrt(merge @ sample.background_mc_error.ravel() ** 2)
        return _Tabulated(merge @ sample.data.ravel(), parts, total - parts.sum(axis=0), error)

    @cached_property
    def _shape(self) -> _Shape | None:
        sample = self.samples.get("rhc")
        return None if sample is None else _Shape(sample.data.ravel(), sample.background.ravel())

    @property
    def pull_names(self) -> tuple[str, ...]:
        """Names of the pulls, in their order."""
        return (*(COMPONENTS if self._tabulated is not None else ()), "signal")

    # -- the likelihood at given pulls ----------------------------------------------------------------------------

    def _split(self, signal: Any) -> dict[str, Any]:
        """Flat signal counts of all modes -> merged counts by mode."""
        found, start = {}, 0
        for mode, merge in self.merging.items():
            found[mode] = jnp.asarray(merge) @ signal[start : start + merge.shape[1]]
            start += merge.shape[1]
        return found

    def _scaled(self, signal: Any, pulls: Any) -> Any:
        return signal * jnp.exp(pulls[-1] * np.log1p(self.signal_systematic))

    def expected(self, signal: Any, pulls: Any) -> Any:
        """Expected counts T (n,) of the merged bins of neutrino mode at pulls (n_pulls,) in standard deviations."""
        sample = self._tabulated
        if sample is None:
            return jnp.zeros(0)
        relative = self.priors.mean + self.priors.lower @ pulls[:-1]
        return sample.rest + (1 + relative) @ sample.parts + self._scaled(self._split(signal)["fhc"], pulls)

    def minus2lnl_at(self, signal: Any, pulls: Any) -> Any:
        """-2 ln L at pulls (n_pulls,) in standard deviations, their own term included."""
        total = jnp.sum(pulls**2)
        if self._tabulated is not None:
            expected = self.expected(signal, pulls)
            total = total + jnp.sum(poisson_with_error(self._tabulated.data, expected, self._tabulated.mc_error))
        if self._shape is not None:
            expected = self._shape.background + self._scaled(self._split(signal)["rhc"], pulls)
            data = self._shape.data
            share = expected / jnp.sum(expected)
            total = total + 2 * jnp.sum(xlogy(data, data / data.sum()) - data * jnp.log(share))
        return total

    def fitted_pulls(self, signal: Any) -> Any:
        """Pulls (n_pulls,) in standard deviations at the minimum, for flat signal counts.

        Newton's method with a positive Hessian and a choice of step lengths; derivatives by the signal are exact.
        """
        fixed = jax.lax.stop_gradient(jnp.asarray(signal))
        value = partial(self.minus2lnl_at, fixed)
        slopes, curvature = jax.grad(value), jax.hessian(value)

        def step(_: Any, pulls: Any) -> Any:
            # At least the curvature of the pulls' own term, in every direction.
            stiffness, directions = jnp.linalg.eigh(curvature(pulls))
            move = directions @ ((directions.T @ slopes(pulls)) / jnp.maximum(stiffness, 2.0))
            tried = pulls - SHARES[:, None] * move
            depth = jax.vmap(value)(tried)
            return tried[jnp.argmin(jnp.where(jnp.isfinite(depth), depth, jnp.inf))]

        start = jnp.zeros(len(self.pull_names))
        found = jax.lax.stop_gradient(jax.lax.fori_loop(0, STEPS, step, start))
        # One more step, in which the signal is not held: it moves nothing and carries the derivative.
        live = jax.grad(partial(self.minus2lnl_at, signal))
        return found - jnp.linalg.solve(curvature(found), live(found))

    def minus2lnl(self, signal: Any) -> Any:
        """-2 ln L for flat signal counts, minimised over the pulls."""
        return self.minus2lnl_at(jnp.asarray(signal), self.fitted_pulls(signal))


def poisson_with_error(data: Any, expected: Any, error: Any) -> Any:
    """-2 ln of a Poisson probability whose mean is known to a Gaussian error, minimised over the mean.

    min over m of 2 [m - n + n ln(n/m)] + (m - expected)^2 / error^2; the minimum solves
    m^2 - (expected - error^2) m - n error^2 = 0.

    Parameters
    ----------
    data, expected, error : one shape; error > 0.
    """
    a, b = expected - error**2, 4 * data * error**2
    root = jnp.sqrt(a**2 + b)
    # without cancellation for either sign of a; where there are no data the mean is a, or zero
    mean = jnp.where(a >= 0, (a + root) / 2, b / (2 * jnp.where(a >= 0, 1.0, root - a)))
    safe = jnp.where(mean > 0, mean, 1.0)
    poisson = mean - data + jnp.where(data > 0, xlogy(data, jnp.where(data > 0, data, 1.0) / safe), 0.0)
    return 2 * poisson + ((mean - expected) / error) ** 2
