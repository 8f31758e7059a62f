"""Fig. 9 of arXiv:2006.01948: limits on the couplings of a light scalar to electrons and to muons."""

from collections.abc import Mapping
from typing import Any, Final

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.datasets.vector_limits import vector_projection
from zprimefit.likelihoods.babar import BabarFourMuons, BabarVisible
from zprimefit.likelihoods.beam_dumps import ElectronBeamDump
from zprimefit.likelihoods.fixed_target import A1, Hps2015
from zprimefit.likelihoods.kloe import Kloe
from zprimefit.likelihoods.limits import LimitCurve
from zprimefit.likelihoods.recast import Annihilation, Bremsstrahlung, Production
from zprimefit.likelihoods.searches import DARK_PHOTON, selection
from zprimefit.models import Z2HDM
from zprimefit.models.particles import LightVector
from zprimefit.models.reference import LeptonScalar
from zprimefit.names import check_name
from zprimefit.plots.exclusion import Limit, exclusion
from zprimefit.plots.figure import Drawing
from zprimefit.report.coupling_limits import coupling_range

Array = NDArray[np.float64]
MASS: Final = "m_scalar"
NONE: Final = 1e-30
"""Coupling of the lepton that the scalar of a panel does not couple to."""
LEFT: Final[Mapping[str, Any]] = {
    "BaBar": BabarVisible,
    "KLOE": Kloe,
    "A1": A1,
    "HPS 2015": Hps2015,
    "NA64": lambda: ElectronBeamDump("na64-visible", particles="scalars"),
    "E141": lambda: ElectronBeamDump("e141", particles="scalars"),
    "E774": lambda: ElectronBeamDump("e774", particles="scalars"),
    "KEK": lambda: ElectronBeamDump("kek", particles="scalars"),
    "Orsay": lambda: ElectronBeamDump("orsay", particles="scalars"),
    "E137": lambda: ElectronBeamDump("e137", particles="scalars"),
}
NOT_DRAWN: Final = {
    "left": ("Belle II and displaced decays in HPS as published for scalars (no numbers at hand)",),
    "right": ("BaBar and Belle II as published for scalars (no numbers at hand)",),
}


def reach(table: str, production: Production, states: tuple[str, ...], masses: Array) -> Array:
    """y_e that a projection for a dark photon amounts to, for a scalar that decays to e+e-: (n,), NaN beyond it.

    Parameters
    ----------
    table : name in ``light-vector-projections``.
    production : how the particle is made.
    states : final states that are looked for.
    masses : (n,) [GeV].
    """
    curve = LimitCurve(*vector_projection(table))
    model = LeptonScalar()
    found = np.full(masses.shape, np.nan)
    for k, mass in enumerate(masses):
        if curve.mass[0] <= mass <= curve.mass[-1]:
            (scalar,) = model.scalars({MASS: jnp.asarray(mass), "y_e": 1.0, "y_mu": NONE}).values()
            photon = DARK_PHOTON.vector({"m_zprime": mass, "epsilon": curve(mass)})
            reference = LightVector(mass, {}, photon.vector)
            rate = production.scalar(scalar, reference) / photon.branching(*states)
            found[k] = 1 / np.sqrt(float(rate))
    return found


def figure9(panel: str = "left", *, n: int = 240) -> Drawing:
    """Limits on the coupling of a scalar against its mass, all its other couplings zero.

    Parameters
    ----------
    panel : ``"left"``: y_e, decays to e+e-; ``"right"``: y_mu, decays to mu+mu-.
    n : masses.

    Raises
    ------
    ValueError
        For another panel.

    Notes
    -----
    Limits of vectors are scaled to a scalar by this program: the paper takes them from others. The stars are h' and H
    of Table I; of H only a share of 1e-5 decays to e+e- (H -> h'h'), which weakens every limit on it in the left panel.
    """
    check_name("panel", panel, ("left", "right"))
    model, lepton = LeptonScalar(), {"left": "e", "right": "mu"}[panel]
    coupling, idle = f"y_{lepton}", {"left": "y_mu", "right": "y_e"}[panel]
    left = panel == "left"
    xlim, ylim = ((2e-3, 1.0), (1e-8, 1e-1)) if left else ((1e-2, 10.0), (1e-5, 1.0))
    masses = np.geomspace(*xlim, n)
    couplings = np.geomspace(ylim[0], ylim[1], 181 if left else 57)
    made = {label: build() for label, build in LEFT.items()} if left else {"BaBar, four muons": BabarFourMuons()}
    limits = []
    for label, component in made.items():
        lower, upper = coupling_range(
            lambda p, c=component: c.mu(model, p), {idle: NONE}, masses, couplings, coupling=coupling, mass=MASS
        )
        limits.append(Limit(label, masses, lower, upper))
    if left:
        limits += _projections(masses)
    return exclusion(
        limits,
        names=(MASS, coupling),
        latex=(r"m_\phi", f"y_{'e' if left else chr(92) + 'mu'}"),
        units=("GeV", "1"),
        xlim=xlim,
        ylim=ylim,
        marks=_stars(lepton),
        title=rf"Scalar that couples to ${'e' if left else chr(92) + 'mu'}$ only, published limits scaled to it",
        not_drawn=NOT_DRAWN[panel],
    )


def _projections(masses: Array) -> list[Limit]:
    beam = Annihilation(selection("babar_energy"), selection("babar_cos"))
    ways: dict[str, tuple[str, Production, tuple[str, ...]]] = {
        "Belle II, vector reach scaled": ("belle2_visible", beam, ("ee", "mumu")),
        "HPS prompt, vector reach scaled": ("hps_prompt", Bremsstrahlung(1.0), ("ee",)),
    }
    return [
        Limit(label, masses, reach(table, production, states, masses), kind="projection")
        for label, (table, production, states) in ways.items()
    ]


def _stars(lepton: str) -> dict[str, tuple[float, float]]:
    """Masses and couplings of h' and H at Table I."""
    table1 = Z2HDM()
    found = table1.scalars(table1.benchmark())
    return {
        label: (float(found[name].mass), float(found[name].coupling(lepton)))
        for name, label in {"hprime": "h'", "H": "H"}.items()
    }
