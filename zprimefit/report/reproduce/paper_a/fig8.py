"""Fig. 8 of arXiv:2006.01948: deep-inelastic neutral currents, Z against Z'."""

from typing import Any, Final

import numpy as np

from zprimefit.models import Z2HDM
from zprimefit.models.deep_inelastic import LEAST_Q2, QUARKS, heavy_neutrino, neutral_current, parton_nodes
from zprimefit.plots.figure import Drawing
from zprimefit.plots.lines import lines

ENERGIES: Final = np.logspace(1, 7, 61)
"""[GeV]"""


def total_cross_sections(model: Any, params: Any, energies: Any) -> tuple[Any, Any]:
    """Cross sections per nucleon [cm^2] of nu_mu by the Z, and of nu_mu -> nu_4 by the vector, at energies [GeV]."""
    vector, (heavy,) = model.vector(params), model.heavy_neutrinos(params)
    nodes = parton_nodes(energies)
    couplings = {quark: vector.coupling(quark)[0] for quark in QUARKS}
    added = heavy.strengths["mu"] * heavy_neutrino(nodes, couplings, vector.mass, heavy.mass)
    return np.asarray(neutral_current(nodes)), np.asarray(added)


def figure8(model: Z2HDM | None = None) -> Drawing:
    """Cross sections of nu_mu on an isoscalar nucleon against energy, with a thousandth of the Z's beside the Z''s."""
    model = model or Z2HDM()
    standard, added = total_cross_sections(model, model.benchmark(), ENERGIES)
    return lines(
        ENERGIES,
        {"Z": standard, "Z / 1000": standard / 1000, "Z', Table I": added},
        xlabel=r"$E_\nu$ [GeV]",
        ylabel=r"$\sigma$ per nucleon [cm$^2$]",
        title=rf"$\nu_\mu N$, neutral currents, $Q^2 > {LEAST_Q2:g}$ GeV$^2$ (arXiv:2006.01948, Fig. 8)",
        scales=("log", "log"),
    )
