"""What a chain predicts for MiniBooNE, bin by bin."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from zprimefit.analyses import Analysis
from zprimefit.datasets import MODES
from zprimefit.fitting.sampling import sample
from zprimefit.likelihoods import MiniBooNE
from zprimefit.models import Z2HDM
from zprimefit.report.posterior_spectra import posterior_signals, posterior_spectrum
from zprimefit.report.spectra import panels_of

N = 40


@pytest.fixture(scope="module")
def sampled():
    """Only g_B is free: spectra are one shape times its square."""
    likelihood = MiniBooNE(scalars=("hprime",))
    model = Z2HDM()
    free = tuple(p.with_(free=p.name == "g_B") for p in model.parameters)
    analysis = Analysis(model, (likelihood,), free, name="one-coupling")
    chain = sample(analysis, walkers=8, ensembles=1, until="steps", steps=60)
    return analysis, likelihood, chain, posterior_signals(analysis, likelihood, chain, N)


def test_signals_are_those_of_the_samples(sampled):
    analysis, likelihood, chain, signals = sampled
    kept = chain.flat(thin=1)
    assert {mode: counts.shape for mode, counts in signals.items()} == dict.fromkeys(MODES, (N, 11))
    for mode in MODES:
        first = analysis.term(likelihood.name).predict(analysis.params(kept[0]))[mode]
        last = analysis.term(likelihood.name).predict(analysis.params(kept[-1]))[mode]
        assert signals[mode][0] == pytest.approx(first, rel=1e-12)
        assert signals[mode][-1] == pytest.approx(last, rel=1e-12)


def test_short_chains_give_all_their_samples(sampled):
    analysis, likelihood, chain, _ = sampled
    n = len(chain.flat(thin=1))
    assert len(posterior_signals(analysis, likelihood, chain, 10 * n)["fhc"]) == n


def test_bands_are_quantiles_of_the_totals_and_lie_in_each_other(sampled):
    _, likelihood, _, signals = sampled
    table = posterior_spectrum(likelihood, signals, title="t").table
    totals = np.array([
        np.concatenate([p.background + p.signal for p in panels_of(likelihood, {m: s[i] for m, s in signals.items()})])
        for i in range(N)
    ])  # fmt: skip
    wide, narrow = "central 95.45 % of the posterior", "central 68.27 % of the posterior"
    assert table[f"{wide}, low"].to_numpy() == pytest.approx(np.quantile(totals, 0.02275, axis=0), rel=1e-9)
    assert table[f"{narrow}, high"].to_numpy() == pytest.approx(np.quantile(totals, 0.84135, axis=0), rel=1e-9)
    assert (table[f"{wide}, low"] <= table[f"{narrow}, low"]).all()
    assert (table[f"{narrow}, high"] <= table[f"{wide}, high"]).all()
    # counts rise with the coupling in every bin: the median signal has nearly the median total
    assert ((table[f"{narrow}, low"] <= table["total"]) & (table["total"] <= table[f"{narrow}, high"])).all()


def test_legend_says_what_the_bands_are(sampled):
    _, likelihood, _, signals = sampled
    figure = posterior_spectrum(likelihood, signals, title="t").figure
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert "central 68.27 % of the posterior" in labels
    assert f"background + model, median of {N} samples" in labels
    assert "systematic error" not in labels
