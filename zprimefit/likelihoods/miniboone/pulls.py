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
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import xlogy
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.datasets import MODES, ViewSample, background_errors, electron_like, view_sample
from zprimefit.likelihoods.counts import drawn_with_error, mean_with_error, poisson_with_error
from zprimefit.likelihoods.miniboone.statistic import N_REGION, GaussianStatistic
from zprimefit.likelihoods.observation import Prescription

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


class Data(NamedTuple):
    """Data of both modes: one flat array in this order.

    Parameters
    ----------
    counts : of neutrino mode, merged bins.
    shifts : of the simulation there [counts].
    shape : counts of antineutrino mode.
    centres : of the pulls.
    """

    counts: Any
    shifts: Any
    shape: Any
    centres: Any


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

    def means(self, signal: Any, pulls: Any) -> Any:
        """Expected counts T (n,) of the merged bins of neutrino mode at pulls (n_pulls,) in standard deviations."""
        sample = self._tabulated
        if sample is None:
            return jnp.zeros(0)
        relative = self.priors.mean + self.priors.lower @ pulls[:-1]
        return sample.rest + (1 + relative) @ sample.parts + self._scaled(self._split(signal)["fhc"], pulls)

    def shares(self, signal: Any, pulls: Any) -> Any:
        """Expected share of every bin of antineutrino mode (n,)."""
        if self._shape is None:
            return jnp.zeros(0)
        expected = self._shape.background + self._scaled(self._split(signal)["rhc"], pulls)
        return expected / jnp.sum(expected)

    @cached_property
    def published(self) -> Data:
        """What was observed; nothing is shifted."""
        counts = np.zeros(0) if self._tabulated is None else self._tabulated.data
        shape = np.zeros(0) if self._shape is None else self._shape.data
        return Data(counts, np.zeros(len(counts)), shape, np.zeros(len(self.pull_names)))

    def _data(self, flat: Any) -> Data:
        """The published data, or others as one array, which may be traced."""
        if flat is None:
            return self.published
        sizes = [len(part) for part in self.published]
        return Data(*(flat[end - size : end] for size, end in zip(sizes, np.cumsum(sizes).tolist(), strict=True)))

    def minus2lnl_at(self, signal: Any, pulls: Any, data: Any = None) -> Any:
        """-2 ln L at pulls (n_pulls,) in standard deviations, their own term included.

        Parameters
        ----------
        signal : flat counts of all modes.
        pulls : (n_pulls,).
        data : see :meth:`observed`; the published ones by default.
        """
        given = self._data(data)
        total = jnp.sum((pulls - given.centres) ** 2)
        if self._tabulated is not None:
            expected = self.means(signal, pulls) + given.shifts
            total = total + jnp.sum(poisson_with_error(given.counts, expected, self._tabulated.mc_error))
        if self._shape is not None:
            share, counts = self.shares(signal, pulls), given.shape
            # a bin without counts has no logarithm, nor slope
            observed = jnp.where(counts > 0, counts, 1.0) / jnp.sum(counts)
            total = total + 2 * jnp.sum(xlogy(counts, observed) - counts * jnp.log(share))
        return total

    def fitted_pulls(self, signal: Any, data: Any = None) -> Any:
        """Pulls (n_pulls,) in standard deviations at the minimum, for flat signal counts.

        Newton's method with a positive Hessian and a choice of step lengths; derivatives by the signal are exact.
        """
        fixed = jax.lax.stop_gradient(jnp.asarray(signal))
        value = partial(self.minus2lnl_at, fixed, data=data)
        slopes, curvature = jax.grad(value), jax.hessian(value)

        def step(_: Any, pulls: Any) -> Any:
            # At least the curvature of the pulls' own term, in every direction.
            stiffness, directions = jnp.linalg.eigh(curvature(pulls))
            move = directions @ ((directions.T @ slopes(pulls)) / jnp.maximum(stiffness, 2.0))
            tried = pulls - SHARES[:, None] * move
            depth = jax.vmap(value)(tried)
            return tried[jnp.argmin(jnp.where(jnp.isfinite(depth), depth, jnp.inf))]

        start = jnp.asarray(self._data(data).centres)
        found = jax.lax.stop_gradient(jax.lax.fori_loop(0, STEPS, step, start))
        # One more step, in which the signal is not held: it moves nothing and carries the derivative.
        live = jax.grad(partial(self.minus2lnl_at, signal, data=data))
        return found - jnp.linalg.solve(curvature(found), live(found))

    def minus2lnl(self, signal: Any, data: Any = None) -> Any:
        """-2 ln L for flat signal counts, minimised over the pulls."""
        return self.minus2lnl_at(jnp.asarray(signal), self.fitted_pulls(signal, data), data)

    # -- pseudo-data ------------------------------------------------------------------------------------------------

    def observed(self, forecast: Any) -> Array:  # noqa: ARG002
        """Published data, laid out as :class:`Data`."""
        return np.concatenate(self.published)

    def truth(self, forecast: Any) -> Any:
        """Signal, fitted pulls and fitted means of neutrino mode."""
        pulls = self.fitted_pulls(forecast)
        if self._tabulated is None:
            return forecast, pulls, jnp.zeros(0)
        expected = self.means(forecast, pulls)
        return forecast, pulls, mean_with_error(self._tabulated.data, expected, self._tabulated.mc_error)

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:
        """Poisson counts of neutrino mode, a multinomial of antineutrino mode, and auxiliary measurements."""
        signal, pulls, mean = map(np.asarray, truth)
        normal = rng.standard_normal(len(pulls))
        at, centres = (pulls, pulls + normal) if nuisances == "fitted" else (normal, np.zeros(len(pulls)))
        counts, shifts = mean, mean
        if self._tabulated is not None:
            expected = np.asarray(self.means(signal, at))
            counts, shifts = drawn_with_error(mean, expected, self._tabulated.mc_error, rng, nuisances)
        shape = self.published.shape
        if self._shape is not None:
            shape = rng.multinomial(int(shape.sum()), np.asarray(self.shares(signal, at))).astype(np.float64)
        return np.concatenate(Data(counts, shifts, shape, centres))

    def expected(self, truth: Any) -> Array:
        """What is expected with the pulls and means as they were fitted."""
        signal, pulls, mean = map(np.asarray, truth)
        shape = self.published.shape.sum() * np.asarray(self.shares(signal, pulls))
        shifts = mean - np.asarray(self.means(signal, pulls))
        return np.concatenate(Data(mean, shifts, shape, pulls))
