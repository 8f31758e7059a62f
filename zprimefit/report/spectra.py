"""MiniBooNE spectra as figures: the E_nu^QE fit with its covariance, and the views of visible energy and angle."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets import ViewSample, electron_like, miniboone_parameters
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.likelihoods.miniboone.pulls import COMPONENTS, PoissonPulls
from zprimefit.likelihoods.miniboone.statistic import N_SIGNAL
from zprimefit.plots.figure import Drawing
from zprimefit.plots.spectra import Axis, Panel, spectra

Array = NDArray[np.float64]
MODES = {"fhc": "neutrino mode", "rhc": "antineutrino mode"}
GROUPS = {
    r"$\nu_e$ from $\mu^\pm$": ("nue_from_pi_plus", "nue_from_pi_minus", "nue_from_mu_plus", "nue_from_mu_minus"),
    r"$\nu_e$ from $K^\pm$": ("nue_from_k_plus", "nue_from_k_minus"),
    r"$\nu_e$ from $K^0_L$": ("nue_from_k0l",),
    r"NC $\pi^0$": ("nc_pi0",),
    r"$\Delta\to N\gamma$": ("delta_to_n_gamma",),
    "external": ("external",),
    "other": ("other",),
}  # fmt: skip
PARTS = {
    r"$\nu_e$ of the beam": "intrinsic_nue",
    r"NC $\pi^0$": "nc_pi0",
    r"$\Delta\to N\gamma$": "delta_to_n_gamma",
    "external": "external",
    r"$\nu_\mu$": "numu",
    "other": "other",
}
ENUQE = Axis(r"reconstructed $E_\nu^{QE}$", "GeV", 1e-3, "MeV", last=1.75)
"""The last bin reaches 3 GeV."""
EVIS = Axis(r"visible energy $E_\mathrm{vis}$", "GeV", 1e-3, "MeV")
COSINE = Axis(r"$\cos\theta$", "1", 0.1, "0.1")
OSCILLATION = r"background + oscillation best fit of the collaboration"


def exposure(mode: str) -> str:
    """Title of a mode."""
    return f"{MODES[mode]}, {miniboone_parameters()[f'pot_{mode}'] / 1e20:.2f}e20 POT"


def enuqe_panels(likelihood: MiniBooNE, signal: Mapping[str, Array]) -> list[Panel]:
    """Data, backgrounds constrained by the muon-neutrino sample, prediction and its systematic band.

    Parameters
    ----------
    signal : mode -> counts (11,).
    """
    statistic = likelihood.gaussian
    counts = np.array([signal[mode] for mode in likelihood.taken_modes])
    mean, covariance = statistic.constrained(counts)
    null, _ = statistic.constrained(np.zeros_like(counts))
    errors = np.sqrt(np.diag(covariance)).reshape(-1, N_SIGNAL)
    panels = []
    for i, mode in enumerate(likelihood.taken_modes):
        sample = electron_like(mode)
        scale = null[i] / sample.background
        parts = {label: scale * sum(sample.parts[p] for p in group) for label, group in GROUPS.items()}
        panels.append(Panel(exposure(mode), ENUQE, sample.edges, sample.data, parts, mean[i] - null[i], errors[i]))
    return panels


def view_panels(likelihood: MiniBooNE, signal: Mapping[str, Array]) -> list[Panel]:
    """Data, published backgrounds, prediction, its band, and the collaboration's oscillation best fit where published.

    Two dimensions are drawn as their two projections. Histograms of which only the shape counts are normalised to the
    data. The band is the normalisation error of the signal; pulls take the
    errors of the backgrounds and of their simulation too.

    Parameters
    ----------
    signal : mode -> counts of the published bins.
    """
    found = []
    for mode in likelihood.taken_modes:
        sample = likelihood.pulls.samples[mode]
        if sample.evis_edges is not None:
            found.append(_projection(likelihood, mode, sample, signal[mode], EVIS, sample.evis_edges))
        if sample.cos_edges is not None:
            found.append(_projection(likelihood, mode, sample, signal[mode], COSINE, sample.cos_edges))
    return found


def _projection(likelihood: MiniBooNE, mode: str, sample: ViewSample, signal: Array, axis: Axis, edges: Array) -> Panel:
    two = sample.data.ndim == 2

    def along(counts: Array) -> Array:
        return counts.sum(axis=1 if axis is EVIS else 0) if two else counts

    if sample.enuqe_cut is None:
        # Only the shape counts: background and signal together are as many as the data.
        scale = sample.data.sum() / (sample.background + signal).sum()
        signal = scale * signal
    else:
        scale = 1.0
    band = likelihood.signal_systematic * along(signal)
    parts = {label: along(sample.parts[name]) for label, name in PARTS.items() if name in sample.parts}
    mc_error = along(sample.background_mc_error**2) if sample.background_mc_error is not None else 0.0
    variance = (
        band**2 + mc_error + _background_variance(likelihood.pulls, {k: along(v) for k, v in sample.parts.items()})
    )
    oscillation = sample.oscillation_best_fit
    cut = (
        r"$200 < E_\nu^{QE} < 1250$ MeV"
        if sample.enuqe_cut
        else r"digitised, no $E_\nu^{QE}$ cut: shape only, normalised to the data"
    )
    return Panel(
        title=f"{exposure(mode)}; {cut}",
        axis=axis,
        edges=edges,
        data=along(sample.data),
        backgrounds=parts or {"background": along(scale * sample.background)},
        signal=along(signal),
        error=np.sqrt(variance),
        band=band,
        band_label=f"systematic error of the signal, {100 * likelihood.signal_systematic:.0f} %",
        lines={} if oscillation is None else {OSCILLATION: along(sample.background + oscillation)},
    )


def _background_variance(statistic: PoissonPulls, parts: Mapping[str, Array]) -> Any:
    """Variance of the backgrounds of every bin by the priors of their normalisations."""
    if not parts:
        return 0.0
    counts = np.array([parts[name] for name in COMPONENTS])
    return np.einsum("kb,kl,lb->b", counts, statistic.priors.covariance, counts)


def panels_of(likelihood: MiniBooNE, signal: Mapping[str, Array]) -> list[Panel]:
    """Panels of the view of a likelihood with a signal, mode -> counts of the published bins."""
    return enuqe_panels(likelihood, signal) if likelihood.view == "enuqe" else view_panels(likelihood, signal)


def spectrum(likelihood: MiniBooNE, signal: Mapping[str, Array], *, title: str, signal_label: str) -> Drawing:
    """Draw the view of a likelihood with a signal, mode -> counts of the published bins."""
    panels = panels_of(likelihood, signal)
    return spectra(panels, title=title, signal_label=signal_label, columns=2 if len(panels) > 1 else None)


def figure2(
    model: Any, params: Params, *, label: str, acceptance: Any = "eq32", efficiency_at: Any = "true"
) -> Drawing:
    """Visible energy and angle of both modes at a point, as in Fig. 2 of arXiv:2006.01948."""
    panels: dict[tuple[str, str], Panel] = {}
    notes = []
    for view in ("evis", "costheta"):
        likelihood = MiniBooNE(view=view, statistic="poisson-pulls", acceptance=acceptance, efficiency_at=efficiency_at)
        signal = likelihood.predict(model, params)
        for mode, panel in zip(likelihood.taken_modes, view_panels(likelihood, signal), strict=True):
            panels[mode, view] = panel
        value = likelihood.minus2lnl_of_signal(signal)
        null = likelihood.minus2lnl_of_signal({mode: 0 * counts for mode, counts in signal.items()})
        notes.append(f"{view} $-2\\ln L$ = {value:.1f} (no signal {null:.1f}) for {likelihood.n_data} data")
    ordered = [panels[mode, view] for mode in MODES for view in ("evis", "costheta")]
    return spectra(
        ordered, title=f"{label}; {'; '.join(notes)}", signal_label=f"background + model, {label}", columns=2
    )
