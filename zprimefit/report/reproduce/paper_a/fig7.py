"""Fig. 7 of arXiv:2006.01948: neutral-current elastic scattering of antineutrinos on protons, Z against Z'."""

from typing import Any, Final

import numpy as np

from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.nucleon_elastic.beam import tail_moments
from zprimefit.models import Z2HDM
from zprimefit.models.llewellyn_smith import (
    Moments,
    at_axial_form_factor,
    axial_form_factor,
    elastic,
    vector_form_factors,
)
from zprimefit.models.upscattering import least_energy, upscattering
from zprimefit.plots.figure import Drawing
from zprimefit.plots.lines import lines

AXIAL_MASS: Final = 1.03
"""World average of the axial mass before MiniBooNE [GeV]; the paper does not say which one it takes."""
Q2: Final = np.linspace(0.05, 1.2, 116)
"""[GeV^2]"""


def _antineutrinos(energy: Any) -> tuple[Moments, Moments]:
    """Moments of antineutrinos alone above an energy [GeV], and their opposite: neutrinos less antineutrinos."""
    k0, k1, k2 = (np.asarray(k)[1] for k in tail_moments("rhc")(energy))
    return (k0, k1, k2), (-k0, -k1, -k2)


def proton_cross_sections(model: Any, params: Any, q2: Any, axial_mass: float = AXIAL_MASS) -> tuple[Any, Any]:
    """Flux-averaged d sigma / dQ2 [cm^2/GeV^2] of nubar p by Z exchange, and of nubar p -> nu_4-bar p by the vector.

    Parameters
    ----------
    model, params : what the vector comes from.
    q2 : (n,) [GeV^2].
    axial_mass : [GeV].
    """
    vector, (heavy,) = model.vector(params), model.heavy_neutrinos(params)
    content = float(_antineutrinos(0.0)[0][0])
    parts = elastic(q2, *vector_form_factors(q2, "proton"), *_antineutrinos(least_energy(q2)))
    above, _ = _antineutrinos(least_energy(q2, heavy.mass))
    strength = heavy.strengths["mu"] * vector.coupling("proton")[0] ** 2
    standard = at_axial_form_factor(parts, axial_form_factor(q2, "proton", axial_mass)) / content
    return np.asarray(standard), np.asarray(strength * upscattering(q2, heavy.mass, vector.mass, above) / content)


def figure7(model: Z2HDM | None = None) -> Drawing:
    """Draw d sigma / dQ2 of antineutrinos on protons, averaged over the antineutrino beam, with the benchmark's Z'."""
    model = model or Z2HDM()
    standard, added = proton_cross_sections(model, model.benchmark(), Q2)
    fitted = published_inputs("miniboone-ncel-2010/inputs")["axial_mass_fit"].value
    heavier, _ = proton_cross_sections(model, model.benchmark(), Q2, fitted)
    return lines(
        Q2,
        {
            rf"Z, $M_A$ = {AXIAL_MASS} GeV": standard,
            rf"Z, $M_A$ = {fitted} GeV (fit of arXiv:1007.4730)": heavier,
            "Z', Table I": added,
            rf"Z + Z', $M_A$ = {AXIAL_MASS} GeV": standard + added,
        },
        xlabel=r"$Q^2$ [GeV$^2$]",
        ylabel=r"$d\sigma/dQ^2$ [cm$^2$/GeV$^2$]",
        title=r"$\bar\nu_\mu p$ elastic, antineutrino beam (arXiv:2006.01948, Fig. 7; data not at hand)",
        scales=("linear", "log"),
    )
