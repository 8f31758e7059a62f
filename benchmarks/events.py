"""Events against the quadrature: rates by channel, and what is reconstructed of them in the bins of two views.

python benchmarks/events.py [--n 1000000] [POINT ...]
"""

import argparse
import time

import numpy as np
from scipy.stats import chi2

from zprimefit.constants import ELECTRON_MASS
from zprimefit.datasets import shower_efficiency
from zprimefit.likelihoods.compilation import keep_compiled
from zprimefit.likelihoods.miniboone.generator import generated
from zprimefit.likelihoods.miniboone.reconstruction import reconstructed
from zprimefit.likelihoods.miniboone.sources import masses_of
from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.likelihoods.miniboone.views import edges_of
from zprimefit.models import BLSM, Z2HDM

TABLE1 = Z2HDM().benchmark()
POINTS = {
    "table1": (Z2HDM(), TABLE1, ("hprime",)),
    "light": (Z2HDM(), TABLE1 | {"m_zprime": 0.04}, ("hprime",)),
    "heavy": (
        Z2HDM(),
        TABLE1 | {"m_zprime": 0.3, "m_hprime": 0.029, "m_nu4": 0.15},
        ("hprime",),
    ),
    "mz20": (BLSM(), BLSM().benchmark() | {"g_BL": 1e-4, "g_tilde": 1e-4}, ("nu5_to_nu",)),
}
MODE, RULE = "fhc", "opening13"
VIEWS = ("enuqe", "evis_costheta")


def goodness(counts, expected):
    """chi^2 and degrees of freedom of counts; bins of less than ten are taken together."""
    few = expected < 10
    counts, expected = (np.append(x[~few], x[few].sum()) for x in (counts, expected))
    used = expected > 0
    return float(np.sum((counts - expected)[used] ** 2 / expected[used])), int(used.sum()) - 1


def compare(label, n):
    """Print the rows of a point."""
    model, params, names = POINTS[label]
    (source,) = (s for s in model.pair_sources(names) if s.flavour == "mu")
    start = time.process_time()
    events = generated(model.name, (source,), params, mode=MODE, n=n, seed=1)
    seconds = time.process_time() - start
    integrated = {view: spectrum_of(source, params, view) for view in VIEWS}
    rings = reconstructed(events, RULE, np.random.default_rng(2))
    # the quadrature counts what is made in the window of energies where the efficiency is known
    table, e_vis = shower_efficiency(), events.particles["mediator"][:, 0] - 2 * ELECTRON_MASS
    window = (e_vis > table.centre[0]) & (e_vis < table.upper_edge)
    made = integrated[VIEWS[0]][:, -1]
    found = events.expected * window.mean()
    error = found * np.hypot(events.error / events.expected, (window.mean() * (1 - window.mean()) / n) ** 0.5)
    told = f"{found / made.sum() - 1:+.1e} +- {error / made.sum():.0e}"
    accepted = f"{100 * n / events.trials:.0f} %"
    print(f"| {label} | both | {told} | {accepted} | {events.overweight} | {seconds:.1f} | | |", flush=True)
    for t, channel in enumerate(source.channels):
        mine = (events.channel == events.channels.index(channel)) & window
        share, mean = mine.sum() / window.sum(), made[t] / made.sum()
        told = [f"share {share - mean:+.1e} +- {(mean * (1 - mean) / window.sum()) ** 0.5:.0e}"]
        chosen = mine[rings.event]
        for view in VIEWS:
            bins = integrated[view][t, :-1] * mine.sum() / made[t]
            if view == "enuqe":
                counts = np.histogram(rings.enuqe[chosen], edges_of(view, MODE)[0])[0]
            else:
                cut = chosen & (rings.enuqe > 0.2) & (rings.enuqe < 1.25)
                counts = np.histogram2d(rings.e_vis[cut], rings.cos_theta[cut], edges_of(view, MODE))[0].ravel()
            value, dof = goodness(*(np.append(x, mine.sum() - x.sum()) for x in (counts, bins)))
            told.append(f"{value:.1f} / {dof}, p = {chi2.sf(value, dof):.2f}")
        print(f"| {label} | {channel} | {told[0]} | | | | {told[1]} | {told[2]} |", flush=True)


def spectrum_of(source, params, view):
    """Pairs by channel in the bins of a view, and then those that are made."""
    found = unit_spectrum(source, Folding(view, (MODE,), RULE, "true"))(masses_of(source, params))
    return float(source.coupling(params)) * np.einsum("p,tpb->tb", np.asarray(source.weights(params)), found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000, help="events at each point")
    parser.add_argument("points", nargs="*", metavar="POINT", help=", ".join(POINTS))
    asked = parser.parse_args()
    keep_compiled()
    print("| point | channel | rate less the quadrature's | accepted | above bound | CPU s | E_nu^QE | E_vis, angle |")
    print(8 * "|---" + "|", flush=True)
    for name in asked.points or POINTS:
        compare(name, asked.n)
