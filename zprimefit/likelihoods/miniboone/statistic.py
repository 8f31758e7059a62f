"""Gaussian likelihood of the 2020 MiniBooNE release, with a covariance that follows the prediction.

Recipe of the collaboration (data release of arXiv:2006.16883): v = [signal, unconstrained background, muon-neutrino
prediction] of both modes, M = F v v^T with the fractional covariance F, the Poisson variance of the signal on its
diagonal, then signal and background bins are added: 11 + 8 bins per mode. Background Poisson errors are in F already.
"""

from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.datasets import MODES, electron_like, fractional_covariance, muon_sample
from zprimefit.likelihoods.observation import Prescription

Array = NDArray[np.float64]
SignalCovariance = Literal["normalisation", "released"]

N_SIGNAL, N_MUON = 11, 8
BLOCK = 2 * N_SIGNAL + N_MUON
N_REGION = 9
"""Bins of the signal region, 200-1250 MeV: the first nine."""
CORNER = 1e30
"""More than any chi-square, so that the bordered matrix has a factor wherever the covariance has one."""


@dataclass(frozen=True)
class GaussianStatistic:
    """-2 ln L of signal counts.

    Parameters
    ----------
    modes : the modes that take part, in the order of the release.
    signal_covariance : ``"released"`` keeps the systematic covariance that the release gives to nu_e CCQE signal;
        ``"normalisation"`` replaces it by one normalisation error, fully correlated over bins and modes.
    signal_systematic : that relative error.
    log_determinant : add ln det of the covariance (the collaboration's -2 ln L) or not (plain chi-square).
    diagonal : chi-square of the electron-like bins alone with the diagonal of their covariance, all correlations
        forgotten: the statistic of paper B's Eq. 34.

    Raises
    ------
    ValueError
        If the covariance of the null hypothesis is not positive definite.
    """

    modes: tuple[str, ...]
    signal_covariance: SignalCovariance
    signal_systematic: float
    log_determinant: bool
    diagonal: bool = False

    def __post_init__(self) -> None:
        samples = [(electron_like(m), muon_sample(m)) for m in self.modes]
        covariance = self._select(fractional_covariance())
        signal_rows = self._rows(0, N_SIGNAL)
        if self.signal_covariance == "normalisation":
            covariance[signal_rows, :] = 0.0
            covariance[:, signal_rows] = 0.0
            covariance[np.ix_(signal_rows, signal_rows)] = self.signal_systematic**2
        zeros = np.zeros(N_SIGNAL)
        fixed = np.concatenate([np.concatenate([zeros, e.background, m.prediction]) for e, m in samples])
        data = np.concatenate([np.concatenate([e.data, m.data]) for e, m in samples])
        # Only signals vary: what they multiply is summed over signal and background bins once.
        collapse = self._collapse_matrix()
        of_signal, of_fixed = collapse[:, signal_rows], collapse * fixed
        object.__setattr__(self, "_fixed", collapse @ fixed)
        object.__setattr__(self, "_data", data)
        object.__setattr__(self, "_constant", of_fixed @ covariance @ of_fixed.T)
        object.__setattr__(self, "_linear", of_signal @ covariance[signal_rows] @ of_fixed.T)
        object.__setattr__(self, "_quadratic", of_signal @ covariance[np.ix_(signal_rows, signal_rows)] @ of_signal.T)
        self._check_positive_definite()

    def _select(self, matrix: Array) -> Array:
        rows = np.concatenate([np.arange(BLOCK) + BLOCK * MODES.index(m) for m in self.modes])
        return np.array(matrix[np.ix_(rows, rows)])

    def _rows(self, start: int, number: int) -> NDArray[np.intp]:
        return np.concatenate([np.arange(start, start + number) + BLOCK * i for i in range(len(self.modes))])

    def _collapse_matrix(self) -> Array:
        identity = np.eye(N_SIGNAL)
        mode = np.block([
            [identity, identity, np.zeros((N_SIGNAL, N_MUON))],
            [np.zeros((N_MUON, 2 * N_SIGNAL)), np.eye(N_MUON)],
        ])  # fmt: skip
        return np.kron(np.eye(len(self.modes)), mode)

    def _check_positive_definite(self) -> None:
        # Fixed numbers, even where somebody's trace asks for them first.
        with jax.ensure_compile_time_eval():
            covariance = np.asarray(self.covariance(np.zeros((len(self.modes), N_SIGNAL))))
        smallest = float(np.linalg.eigvalsh(covariance)[0])
        if not smallest > 0:
            msg = (
                f"MiniBooNE covariance of the null hypothesis for modes {self.modes}: expected a positive definite "
                f"matrix, its smallest eigenvalue is {smallest:.3g}; reinstall zprimefit"
            )
            raise ValueError(msg)

    @property
    def n_data(self) -> int:
        """Number of bins: 11 electron-like and 8 muon-neutrino ones per mode; the first only by the diagonal."""
        return len(self.modes) * (N_SIGNAL + (0 if self.diagonal else N_MUON))

    @property
    def _electron(self) -> NDArray[np.intp]:
        """Positions of the electron-like bins among all."""
        starts = (N_SIGNAL + N_MUON) * np.arange(len(self.modes))[:, None]
        return (starts + np.arange(N_SIGNAL)).ravel()

    @property
    def data(self) -> Array:
        """Observed counts (n_data,): per mode 11 electron-like, 8 muon-neutrino bins."""
        return self._data  # type: ignore[attr-defined, no-any-return]

    def _padded(self, signal: Any) -> Any:
        return jnp.pad(jnp.reshape(signal, (len(self.modes), N_SIGNAL)), ((0, 0), (0, N_MUON))).ravel()

    def prediction(self, signal: Any) -> Any:
        """Predicted counts (n_data,) for signal counts (n_modes, 11)."""
        return self._fixed + self._padded(signal)  # type: ignore[attr-defined]

    def covariance(self, signal: Any) -> Any:
        """Covariance (n_data, n_data) [counts^2] for signal counts (n_modes, 11)."""
        s = self._padded(signal)
        mixed = s[:, None] * self._linear  # type: ignore[attr-defined]
        both = self._quadratic * s[:, None] * s  # type: ignore[attr-defined]
        return self._constant + mixed + mixed.T + both + jnp.diag(s)  # type: ignore[attr-defined]

    def minus2lnl(self, signal: Any, data: Any = None) -> Any:
        """-2 ln L for signal counts (n_modes, 11), flat or not; NaN where the covariance is not positive definite.

        Parameters
        ----------
        signal : counts.
        data : (n_data,) as :attr:`data`, which they are by default.
        """
        chi2, log_determinant = self._terms(signal, self.data if data is None else data)
        return chi2 + log_determinant if self.log_determinant else chi2

    def chi2(self, signal: Any, data: Any = None) -> Any:
        """-2 ln L without ln det, whatever the option: what goodness of fit goes by."""
        return self._terms(signal, self.data if data is None else data)[0]

    def _terms(self, signal: Any, data: Any) -> tuple[Any, Any]:
        """chi^2, and ln of the covariance's determinant."""
        covariance = self.covariance(signal)
        if self.diagonal:
            squares = (data - self.prediction(signal)) ** 2 / jnp.diag(covariance)
            return jnp.sum(squares[self._electron]), jnp.zeros(())
        return gaussian(covariance, data - self.prediction(signal))

    # -- pseudo-data ------------------------------------------------------------------------------------------------

    def observed(self, forecast: Any) -> Array:  # noqa: ARG002
        """Published data (n_data,)."""
        return self.data

    def truth(self, forecast: Any) -> Any:
        """Prediction, and lower Cholesky factor of its covariance; errors alone where correlations are forgotten."""
        covariance = self.covariance(forecast)
        if self.diagonal:
            return self.prediction(forecast), jnp.diag(jnp.sqrt(jnp.diag(covariance)))
        return self.prediction(forecast), jnp.linalg.cholesky(covariance)

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:  # noqa: ARG002
        """A Gaussian fluctuation with the prediction's covariance, which holds every nuisance."""
        prediction, lower = map(np.asarray, truth)
        return np.asarray(prediction + lower @ rng.standard_normal(len(prediction)))

    def expected(self, truth: Any) -> Array:
        """The prediction."""
        return np.array(truth[0])

    # -- what the muon-neutrino data say ----------------------------------------------------------------------------

    def constrained(self, signal: Any) -> tuple[Array, Array]:
        """Electron-like prediction (n_modes, 11) given the muon-neutrino data, and its covariance (11 n_modes squared).

        The muon-neutrino data counts are added to the diagonal of their bins; the covariance is without the Poisson
        error of the electron-like data.
        """
        covariance, prediction = np.array(self.covariance(signal)), np.array(self.prediction(signal))
        per_mode = N_SIGNAL + N_MUON
        starts = per_mode * np.arange(len(self.modes))[:, None]
        electron = self._electron
        muon = (starts + np.arange(N_SIGNAL, per_mode)).ravel()
        side = covariance[np.ix_(muon, muon)] + np.diag(self.data[muon])
        gain = np.linalg.solve(side, covariance[np.ix_(muon, electron)]).T
        mean = prediction[electron] + gain @ (self.data[muon] - prediction[muon])
        spread = covariance[np.ix_(electron, electron)] - gain @ covariance[np.ix_(muon, electron)]
        return mean.reshape(-1, N_SIGNAL), spread

    def constrained_excess(self) -> tuple[Array, Array]:
        """Excess of data over background in 200-1250 MeV per mode (n_modes,), and its covariance, no signal."""
        mean, spread = self.constrained(np.zeros((len(self.modes), N_SIGNAL)))
        data = self.data.reshape(len(self.modes), -1)[:, :N_SIGNAL]
        region = np.kron(np.eye(len(self.modes)), np.repeat([1.0, 0.0], [N_REGION, N_SIGNAL - N_REGION]))
        return region @ (data - mean).ravel(), region @ spread @ region.T


@jax.custom_jvp
def gaussian(covariance: Any, residual: Any) -> tuple[Any, Any]:
    """chi^2 of residuals (n,), and ln det of their covariance (n, n); NaN where that is not positive definite."""
    return _both(*_factor(covariance, residual))


@gaussian.defjvp
def _gaussian_slopes(at: tuple[Any, Any], directions: tuple[Any, Any]) -> tuple[Any, Any]:
    """With the inverse of the covariance, once for all directions."""
    lower, scale = _factor(*at)
    factor, (wider, moved) = (lower[:-1, :-1], True), directions
    # not the inverse times the residuals, which cancel where a signal is huge
    solved = cho_solve(factor, at[1] / scale) / scale
    inverse = cho_solve(factor, jnp.eye(len(scale))) / scale[:, None] / scale
    slopes = 2 * solved @ moved - jnp.sum(jnp.outer(solved, solved) * wider), jnp.sum(inverse * wider)
    return _both(lower, scale), slopes


def _both(lower: Any, scale: Any) -> tuple[Any, Any]:
    """chi^2 and ln det from a :func:`_factor`."""
    return jnp.sum(lower[-1, :-1] ** 2), 2 * jnp.sum(jnp.log(jnp.diag(lower)[:-1]) + jnp.log(scale))


def _factor(covariance: Any, residual: Any) -> tuple[Any, Any]:
    """Lower factor of the correlations with the residuals, in standard errors, as a last row; standard errors (n,)."""
    # Factorising the correlations keeps signals of up to 1e12 events finite, where a scan may walk.
    scale = jnp.sqrt(jnp.diag(covariance))
    scaled = residual / scale
    # As a last row of the matrix the residuals come out solved for, at half the time of a solver's call.
    correlations = covariance / scale[:, None] / scale[None, :]
    bordered = jnp.block([[correlations, scaled[:, None]], [scaled, jnp.full(1, CORNER)]])
    return jnp.linalg.cholesky(bordered), scale
