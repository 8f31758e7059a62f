"""Events against the quadrature: rates by channel, and what is reconstructed of them in the bins of two views.

python benchmarks/events.py [POINT ...]
"""

import sys
import time

import numpy as np
from scipy.stats import chi2

from zprimefit.likelihoods.compilation import keep_compiled
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.generator import generated
from zprimefit.likelihoods.miniboone.reconstruction import reconstructed
from zprimefit.likelihoods.miniboone.sources import masses_of
from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.likelihoods.miniboone.views import edges_of
from zprimefit.models import BLSM, Z2HDM
from zprimefit.numerics.quadrature import panels

TABLE1 = Z2HDM().benchmark()
POINTS = {
    "table1": (Z2HDM(), TABLE1, ("hprime",)),
    "m_Z' = 40 MeV": (Z2HDM(), TABLE1 | {"m_zprime": 0.04}, ("hprime",)),
    "m_h' = 29, m_nu4 = 150 MeV, m_Z' = 0.3 GeV": (
        Z2HDM(),
        TABLE1 | {"m_zprime": 0.3, "m_hprime": 0.029, "m_nu4": 0.15},
        ("hprime",),
    ),
    "blsm mz20": (BLSM(), BLSM().benchmark() | {"g_BL": 1e-4, "g_tilde": 1e-4}, ("nu5_to_nu",)),
}
N, MODE, RULE = 200_000, "fhc", "opening13"
VIEWS = ("enuqe", "evis_costheta")


def quadrature_rates(source, params):
    """Pairs by channel: cross section times flux."""
    energies, weights = panels(np.linspace(0.0, highest_energy(), 201), 4)
    exposure = np.asarray(exposed_flux((MODE,))(energies))[0] * weights
    share = float(source.branching(params))
    if hasattr(source.unit_density, "rays"):  # its cross section has the branching ratio of the heavy neutrino already
        masses, parts = masses_of(source, params), np.asarray(source.weights(params))
        made = np.asarray(source.unit_density.rays(masses, exposed_flux((MODE,)), highest_energy())[2])
        return float(source.coupling(params)) * np.einsum("p,tpmr->t", parts, made)
    return np.array([share * exposure @ np.asarray(source.cross_section(params, energies, c)) for c in source.channels])


def goodness(counts, expected):
    """chi^2 and degrees of freedom of counts; bins of less than ten are taken together."""
    few = expected < 10
    counts, expected = (np.append(x[~few], x[few].sum()) for x in (counts, expected))
    used = expected > 0
    return float(np.sum((counts - expected)[used] ** 2 / expected[used])), int(used.sum()) - 1


def compare(label):
    """Print the rows of a point."""
    model, params, names = POINTS[label]
    sources = tuple(s for s in model.pair_sources(names) if s.flavour == "mu")
    start = time.process_time()
    events = generated(model.name, sources, params, mode=MODE, n=N, seed=1)
    seconds = time.process_time() - start
    (source,) = sources
    rates = quadrature_rates(source, params)
    ratio, error = events.expected / rates.sum(), events.error / rates.sum()
    efficiency = len(events) / events.trials
    print(
        f"| {label} | both | {ratio - 1:+.2e} +- {error:.0e} ({(ratio - 1) / error:+.1f}) "
        f"| {events.trials} | {100 * efficiency:.0f} % | {events.overweight} | {seconds:.1f} | | |",
        flush=True,
    )
    rings = reconstructed(events, RULE, np.random.default_rng(2))
    for t, channel in enumerate(source.channels):
        mine = events.channel == events.channels.index(channel)
        share = rates[t] / rates.sum()
        error = (share * (1 - share) / len(events)) ** 0.5
        told = [f"{mine.mean() - share:+.1e} +- {error:.0e}"]
        chosen = mine[rings.event]
        for view in VIEWS:
            spectrum = unit_spectrum(source, Folding(view, (MODE,), RULE, "true"))(masses_of(source, params))
            parts = np.einsum("p,pb->b", np.asarray(source.weights(params)), np.asarray(spectrum[t]))
            bins = float(source.coupling(params)) * parts[:-1] * mine.sum() / rates[t]
            if view == "enuqe":
                counts = np.histogram(rings.enuqe[chosen], edges_of(view, MODE)[0])[0]
            else:
                cut = chosen & (rings.enuqe > 0.2) & (rings.enuqe < 1.25)
                counts = np.histogram2d(rings.e_vis[cut], rings.cos_theta[cut], edges_of(view, MODE))[0].ravel()
            counts, bins = (np.append(x, mine.sum() - x.sum()) for x in (counts, bins))
            value, dof = goodness(counts, bins)
            told.append(f"{value:.1f} / {dof}, p = {chi2.sf(value, dof):.2f}")
        print(f"| {label} | {channel} | {told[0]} | | | | | {told[1]} | {told[2]} |", flush=True)


if __name__ == "__main__":
    keep_compiled()
    print("| point | channel | rate, or share, less that of the quadrature | trials | accepted | above bound | CPU s "
          "| E_nu^QE | E_vis and angle |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for name in sys.argv[1:] or POINTS:
        compare(name)
