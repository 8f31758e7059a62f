"""How many decaying particles a beam makes in MiniBooNE, and how many of them are seen, step by step."""

from dataclasses import replace

import numpy as np

from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.sources import live_sources, masses_of
from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.models.sources import PairSource
from zprimefit.numerics.quadrature import panels

EventTable = dict[tuple[str, str, str], dict[str, float]]


def event_table(
    folding: Folding,
    counted: tuple[int, ...],
    sources: tuple[PairSource, ...],
    params: Params,
    *,
    n_per_bin: int = 4,
) -> EventTable:
    """Event numbers by (mode, source, channel): how many are made, and how many are seen.

    Parameters
    ----------
    folding : the view, its modes and the acceptance rule.
    counted : of each mode, the number of bins that count, from the first.
    sources, params : what makes pairs.
    n_per_bin : nodes in every bin of the flux, for the numbers that are made.

    Notes
    -----
    ``produced``: particles that decay to pairs, made in the whole tank; ``to_ee``: times BR(e+e-); ``efficiency``: in
    the counted bins of the view (200 < E_nu^QE < 1250 MeV) after efficiency and resolution, every pair a ring;
    ``selected``: with the acceptance rule. Muon neutrinos and antineutrinos.
    """
    every = replace(folding, acceptance="all")
    energies, weights = panels(np.linspace(0.0, highest_energy(), 201), n_per_bin)
    exposure = np.asarray(exposed_flux(folding.modes)(energies)) * weights
    table: EventTable = {}
    for source in live_sources(sources, params):
        if source.flavour != "mu":
            continue
        coupling, parts = float(source.coupling(params)), np.asarray(source.weights(params))
        seen, selected = (
            np.einsum("p,tpb->tb", parts, np.asarray(unit_spectrum(source, how)(masses_of(source, params))))
            for how in (every, folding)
        )
        for t, channel in enumerate(source.channels):
            sigma = np.asarray(source.cross_section(params, energies, channel))
            for m, mode in enumerate(folding.modes):
                start = sum(folding.bins[:m])
                bins = slice(start, start + counted[m])
                produced = float(exposure[m] @ sigma)
                table[mode, source.name, channel] = {
                    "produced": produced,
                    "to_ee": produced * float(source.branching(params)),
                    "efficiency": coupling * float(seen[t, bins].sum()),
                    "selected": coupling * float(selected[t, bins].sum()),
                }
    return table
