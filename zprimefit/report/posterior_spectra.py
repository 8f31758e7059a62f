"""Posterior predictive spectra of MiniBooNE: what the samples of a chain predict, bin by bin."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import jax
import numpy as np
from numpy.typing import NDArray

from zprimefit.analyses import Analysis
from zprimefit.fitting.chain import Chain
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.plots.figure import Drawing
from zprimefit.plots.spectra import spectra
from zprimefit.report.spectra import panels_of

Array = NDArray[np.float64]

SAMPLES: Final = 400
"""Of a chain, evenly spaced: the ends of a 95 % band are then known to a tenth of its width."""
LEVELS: Final = (0.9545, 0.6827)
"""Probabilities of the central bands, the wider first."""
BATCH: Final = 8


def posterior_signals(analysis: Analysis, likelihood: MiniBooNE, chain: Chain, n: int = SAMPLES) -> dict[str, Array]:
    """Signal counts of samples of a chain after burn-in: mode -> (n_samples, ...) in the published bins.

    Parameters
    ----------
    analysis : what was sampled.
    likelihood : one of its components.
    n : largest number of samples.
    """
    term: Any = analysis.term(likelihood.name)
    flat = chain.flat(thin=1)
    chosen = flat[np.linspace(0, len(flat) - 1, min(n, len(flat))).astype(int)]
    many = jax.jit(lambda points: jax.lax.map(lambda v: term.signal(analysis.params(v)), points, batch_size=BATCH))
    found = [likelihood.by_mode(signal) for signal in np.asarray(many(chosen))]
    return {mode: np.stack([counts[mode] for counts in found]) for mode in likelihood.taken_modes}


def posterior_spectrum(likelihood: MiniBooNE, signals: Mapping[str, Array], *, title: str) -> Drawing:
    """Draw the prediction of the median signal, and central bands of the predicted totals of all samples.

    The bands are those of the expected counts: neither their Poisson fluctuations nor systematic errors are in them.

    Parameters
    ----------
    signals : mode -> counts (n_samples, ...) in the published bins.
    """
    n = len(next(iter(signals.values())))
    each = [panels_of(likelihood, {mode: counts[i] for mode, counts in signals.items()}) for i in range(n)]
    panels = []
    middle = panels_of(likelihood, {mode: np.median(counts, axis=0) for mode, counts in signals.items()})
    for k, panel in enumerate(middle):
        totals = np.array([of_sample[k].background + of_sample[k].signal for of_sample in each])
        bands = {
            f"central {100 * level:.2f} % of the posterior": tuple(
                np.quantile(totals, [(1 - level) / 2, (1 + level) / 2], axis=0)
            )
            for level in LEVELS
        }
        panels.append(replace(panel, bands=bands))
    label = f"background + model, median of {n} samples"
    return spectra(panels, title=title, signal_label=label, columns=2 if len(panels) > 1 else None)
