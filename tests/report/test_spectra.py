"""MiniBooNE spectra as figures: every background once, the bands, the projections."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from zprimefit.datasets import MODES, electron_like, view_sample
from zprimefit.likelihoods import MiniBooNE
from zprimefit.report import spectra
from zprimefit.report.spectra import GROUPS, PARTS, enuqe_panels, spectrum, view_panels


@pytest.mark.parametrize("mode", MODES)
def test_groups_of_the_spectrum_hold_every_background_once(mode):
    sample = electron_like(mode)
    grouped = [name for group in GROUPS.values() for name in group]
    assert sorted(grouped) == sorted(sample.parts)
    total = sum(sample.parts[name] for name in grouped)
    # the release gives six digits
    assert np.asarray(total) == pytest.approx(np.asarray(sample.background), rel=1e-5)


def test_every_mode_has_a_title():
    assert list(spectra.MODES) == list(MODES)


def test_parts_of_the_views_are_all_drawn():
    assert sorted(PARTS.values()) == sorted(view_sample("evis", "fhc").parts)


def test_enuqe_panels_hold_data_constrained_background_and_signal():
    likelihood = MiniBooNE()
    signal = {mode: np.full(11, 10.0) for mode in MODES}
    for mode, panel in zip(MODES, enuqe_panels(likelihood, signal), strict=True):
        assert np.array_equal(panel.data, electron_like(mode).data)
        # the muon-neutrino data move background and signal together, within the error of the constraint
        assert panel.signal == pytest.approx(signal[mode], abs=3.0)
        assert panel.background.sum() == pytest.approx(electron_like(mode).background.sum(), rel=0.03)


def test_view_panels_have_the_band_of_the_signal_and_the_oscillation_line_where_it_is_published():
    likelihood = MiniBooNE(view="evis", statistic="poisson-pulls")
    signal = {"fhc": np.full(23, 20.0), "rhc": np.full(19, 6.0)}
    neutrino, antineutrino = view_panels(likelihood, signal)
    sample = view_sample("evis", "fhc")
    assert neutrino.band == pytest.approx(0.15 * signal["fhc"])
    assert np.all(neutrino.error > neutrino.band)
    (line,) = neutrino.lines.values()
    assert line == pytest.approx(sample.background + sample.oscillation_best_fit)
    assert neutrino.background == pytest.approx(sample.background, abs=1e-3)
    assert antineutrino.lines == {}
    assert "digitised" in antineutrino.title
    assert "shape only" in antineutrino.title
    assert (antineutrino.background + antineutrino.signal).sum() == pytest.approx(antineutrino.data.sum())


def test_two_dimensional_view_is_drawn_as_its_projections():
    likelihood = MiniBooNE(view="evis_costheta", statistic="poisson-pulls")
    signal = np.arange(460.0).reshape(23, 20)
    energy, angle = view_panels(likelihood, {"fhc": signal})
    assert np.array_equal(energy.signal, signal.sum(axis=1))
    assert np.array_equal(angle.signal, signal.sum(axis=0))
    assert energy.data.sum() == angle.data.sum() == 2881


@pytest.mark.parametrize(
    ("options", "xlabels", "ylabels"),
    [
        ({"view": "enuqe"}, [r"reconstructed $E_\nu^{QE}$ [GeV]"] * 2, ["events / MeV"] * 2),
        ({"view": "costheta", "statistic": "poisson-pulls"}, [r"$\cos\theta$"] * 2, ["events / 0.1"] * 2),
    ],
    ids=["enuqe", "costheta"],
)
def test_spectrum_has_units_on_its_axes(options, xlabels, ylabels):
    likelihood = MiniBooNE(**options)
    signal = {mode: np.ones(size) for mode, size in zip(MODES, likelihood.folding.bins, strict=True)}
    drawing = spectrum(likelihood, signal, title="a title", signal_label="model")
    axes = drawing.figure.axes
    assert [a.get_xlabel() for a in axes[1::2]] == xlabels
    assert [a.get_ylabel() for a in axes[::2]] == ylabels
    drawing.close()
