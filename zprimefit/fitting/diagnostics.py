"""Whether a chain may be believed: autocorrelation, effective size, R-hat, stuck walkers, and a verdict.

Every number is computed on rank-normalised values (Vehtari et al., arXiv:1903.08008, section 4), so it does not depend
on the scale of a parameter and exists for heavy tails. Nothing here raises: what cannot be computed is NaN and the
verdict says so.

A chain is **converged** when, after burn-in and for every parameter, (1) each walker made at least 50 autocorrelation
times of steps, (2) R-hat, split and folded, over all ensembles is below 1.01, (3) the autocorrelation time changes by
less than 5 % if the last tenth of the chain is left out, (4) no walker is stuck, and (5) no transition of Hamiltonian
Monte Carlo was divergent. Otherwise it is **not yet**.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["converged", "not yet"]

MIN_N_OVER_TAU = 50.0
MAX_R_HAT = 1.01
MAX_TAU_CHANGE = 0.05
BURN_IN_TAUS = 5.0
_MIN_STEPS = 8
_MAX_STEPS_ANALYSED = 2000
_WINDOW = 5.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """Diagnostics of a chain after burn-in; arrays (n_free,) in the order of `names`.

    Parameters
    ----------
    names : the parameters.
    burn, steps : steps of burn-in, and steps per walker after it.
    tau : integrated autocorrelation time in steps.
    n_over_tau : steps / tau.
    ess : effective number of independent samples of all walkers and ensembles.
    r_hat : the larger of rank-normalised split R-hat and its folded form (tails).
    tau_change : relative change of tau if the last tenth of the chain is left out.
    acceptance : accepted part of the proposals of each ensemble.
    stuck : (ensemble, walker) of the walkers that hang.
    verdict : ``"converged"`` or ``"not yet"``.
    reasons : why not yet; empty if converged.
    """

    names: tuple[str, ...]
    burn: int
    steps: int
    tau: Floats
    n_over_tau: Floats
    ess: Floats
    r_hat: Floats
    tau_change: Floats
    acceptance: Floats
    stuck: tuple[tuple[int, int], ...]
    verdict: Verdict
    reasons: tuple[str, ...]


def diagnose(samples: Floats, log_likelihood: Floats, names: Sequence[str], against: Sequence[str] = ()) -> Diagnostics:
    """Diagnose a chain; never raises on its content.

    Parameters
    ----------
    samples : (ensembles, steps, walkers, n_free), in any units.
    log_likelihood : (ensembles, steps, walkers).
    names : of the parameters, n_free of them.
    against : what else speaks against convergence, e.g. divergent transitions.
    """
    with np.errstate(all="ignore"):
        burn = burn_in(samples)
        kept = samples[:, burn:]
        steps = kept.shape[1]
        thin = max(1, math.ceil(steps / _MAX_STEPS_ANALYSED))
        columns = [normal_scores(kept[:, ::thin, :, i]) for i in range(len(names))]
        tau = np.array([thin * autocorrelation_time(c) for c in columns])
        shorter = np.array([thin * autocorrelation_time(c[:, : c.shape[1] * 9 // 10]) for c in columns])
        size = kept.shape[0] * steps * kept.shape[2]
        r_hat = np.array([r_hat_of(kept[:, ::thin, :, i]) for i in range(len(names))])
        stuck = stuck_walkers(kept, log_likelihood[:, burn:])
        change = np.abs(shorter / tau - 1.0)
        reasons = (*against, *_reasons(names, steps, tau, r_hat, change, stuck))
        moved = _moved(samples)
        acceptance = moved.mean(axis=(1, 2)) if moved.size else np.full(len(samples), np.nan)
        verdict: Verdict = "not yet" if reasons else "converged"
        return Diagnostics(
            tuple(names), burn, steps, tau, steps / tau, size / tau, r_hat, change, acceptance, stuck, verdict, reasons
        )


def burn_in(samples: Floats) -> int:
    """Choose the steps to discard: five times the longest tau of the second half, at most half of the chain."""
    half = samples.shape[1] // 2
    late = samples[:, half:]
    thin = max(1, math.ceil(late.shape[1] / _MAX_STEPS_ANALYSED))
    taus = [thin * autocorrelation_time(normal_scores(late[:, ::thin, :, i])) for i in range(samples.shape[-1])]
    finite = [t for t in taus if math.isfinite(t)]
    return min(half, math.ceil(BURN_IN_TAUS * max(finite))) if finite else int(half)


def normal_scores(values: Floats) -> Floats:
    """Replace values by normal quantiles of their pooled ranks (arXiv:1903.08008, eq. 14); NaN if one is not finite."""
    from scipy.special import ndtri  # noqa: PLC0415  (scipy is slow to import)
    from scipy.stats import rankdata  # noqa: PLC0415

    if not values.size or not np.isfinite(values).all():
        return np.full(values.shape, np.nan)
    ranks = rankdata(values).reshape(values.shape)
    return np.asarray(ndtri((ranks - 0.375) / (values.size + 0.25)))


def autocorrelation_time(series: Floats) -> float:
    """Integrated autocorrelation time in steps, averaged over walkers, at least 1; NaN if there is none.

    Deviations are from the mean of all walkers and ensembles, not from each walker's own: walkers that sit apart make
    it long. Window of Sokal: the smallest M with M >= 5 tau(M).

    Parameters
    ----------
    series : (ensembles, steps, walkers).
    """
    from scipy.fft import irfft, next_fast_len, rfft  # noqa: PLC0415

    steps = series.shape[1]
    if steps < _MIN_STEPS or not np.isfinite(series).all() or np.ptp(series) == 0:
        return math.nan
    length = next_fast_len(2 * steps, real=True)
    spectrum = np.abs(rfft(series - series.mean(), length, axis=1)) ** 2
    correlation = irfft(spectrum.mean(axis=(0, 2)), length)[:steps]
    taus = 2.0 * np.cumsum(correlation / correlation[0]) - 1.0
    inside = np.arange(steps) < _WINDOW * taus
    window = steps - 1 if inside.all() else int(np.argmin(inside))
    return max(1.0, float(taus[window]))


def r_hat_of(values: Floats) -> float:
    """R-hat over the halves of all ensembles, the larger of bulk and folded (arXiv:1903.08008); NaN if undefined.

    Parameters
    ----------
    values : (ensembles, steps, walkers); the walkers of an ensemble are pooled, as they are not independent.
    """
    if values.shape[1] < _MIN_STEPS or not np.isfinite(values).all():
        return math.nan
    folded = np.abs(values - np.median(values))
    return max(_split_r_hat(normal_scores(values)), _split_r_hat(normal_scores(folded)))


def _split_r_hat(scores: Floats) -> float:
    half = scores.shape[1] // 2
    halves = np.concatenate([scores[:, :half], scores[:, -half:]]).reshape(2 * len(scores), -1)
    n = halves.shape[1]
    within = float(halves.var(axis=1, ddof=1).mean())
    between = float(halves.mean(axis=1).var(ddof=1))
    if within == 0:
        return math.nan if between == 0 else math.inf
    return math.sqrt((n - 1) / n + between / within)


def stuck_walkers(samples: Floats, log_likelihood: Floats) -> tuple[tuple[int, int], ...]:
    """Walkers that hang: they move five times less often than the median one, or never reach likely points.

    The second rule: the best ln L of the walker lies below the first quartile of all. Both need 100 steps.

    Parameters
    ----------
    samples : (ensembles, steps, walkers, n_free), after burn-in.
    log_likelihood : (ensembles, steps, walkers).
    """
    steps = samples.shape[1]
    if steps < 100:
        return ()
    moves = _moved(samples).sum(axis=1)
    expected = float(np.median(moves))
    rare = (expected >= 20) & (moves < expected / 5)
    unlikely = log_likelihood.max(axis=1) < np.quantile(log_likelihood, 0.25)
    return tuple((int(e), int(w)) for e, w in np.argwhere(rare | unlikely))


def _moved(samples: Floats) -> NDArray[np.bool_]:
    return np.asarray((samples[:, 1:] != samples[:, :-1]).any(axis=-1))


def _reasons(
    names: Sequence[str],
    steps: int,
    tau: Floats,
    r_hat: Floats,
    change: Floats,
    stuck: tuple[tuple[int, int], ...],
) -> tuple[str, ...]:
    """Say what speaks against convergence: the worst parameter of every rule."""
    if steps < _MIN_STEPS:
        return (f"only {steps} steps after burn-in",)
    dead = [name for name, t in zip(names, tau, strict=True) if not math.isfinite(t)]
    reasons = [f"{name} never moved or is not finite" for name in dead]
    ratio = steps / tau
    if np.isfinite(ratio).any() and ratio[worst := int(np.nanargmin(ratio))] < MIN_N_OVER_TAU:
        reasons.append(f"N/tau = {ratio[worst]:.1f} of {names[worst]} is below {MIN_N_OVER_TAU:g}")
    if not np.isnan(r_hat).all() and not r_hat[worst := int(np.nanargmax(r_hat))] < MAX_R_HAT:
        reasons.append(f"R-hat = {r_hat[worst]:.3f} of {names[worst]} is not below {MAX_R_HAT:g}")
    if np.isnan(change).any() and not dead:
        reasons.append("the autocorrelation time cannot be compared with that of a shorter chain")
    elif not np.isnan(change).all() and change[worst := int(np.nanargmax(change))] > MAX_TAU_CHANGE:
        reasons.append(f"tau of {names[worst]} still changes by {100 * change[worst]:.1f} %")
    if stuck:
        listed = ", ".join(f"{e}/{w}" for e, w in stuck[:5])
        reasons.append(f"{len(stuck)} stuck walkers (ensemble/walker {listed}{', ...' if len(stuck) > 5 else ''})")
    return tuple(reasons)
