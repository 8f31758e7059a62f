"""Decays of the 125 GeV scalar h that the BLSM adds (paper B checks them with HiggsBounds and HiggsSignals).

The Dirac mass of Eq. 7 is a Yukawa coupling, (m_D/v) h nubar_L nu_R + h.c. with m_D = theta m_N, so that

    Gamma(h -> nu N) = |theta|^2 m_N^2 m_h (1 - m_N^2/m_h^2)^2 / (8 pi v^2),

both nubar N and nu Nbar. With a share sin^2(alpha) of the real part of chi, h decays to two longitudinal Z', which are
the imaginary part (equivalence theorem):

    Gamma(h -> Z'Z') = sin^2(alpha) m_h^3 / (32 pi v'^2).

What Z-Z' mixing alone adds to it goes as M_Z'^4 and is left out.
"""

from math import pi
from typing import Any

import jax.numpy as jnp

from zprimefit.constants import HIGGS_MASS, HIGGS_VEV
from zprimefit.models.blsm.gauge import singlet_vev
from zprimefit.models.blsm.neutrinos import MIXINGS
from zprimefit.models.higgs import HiggsDecays


def higgs_decays(params: Any) -> HiggsDecays:
    """What changes in the decays of h without h-h' mixing; heavy neutrinos count as invisible, whatever they decay to.

    Their decay lengths at 60 GeV are metres.
    """
    width = to_heavy_neutrinos(params)
    return HiggsDecays({"nu nu_h": width}, width, jnp.ones(()))


def to_heavy_neutrinos(params: Any) -> Any:
    """Gamma(h -> nu N) [GeV], all flavours, nu4 and nu5."""
    total = jnp.zeros(())
    for heavy, names in MIXINGS.items():
        mass, mixing = params[f"m_{heavy}"], sum(params[name] for name in names)
        total += mixing * mass**2 * HIGGS_MASS * (1 - mass**2 / HIGGS_MASS**2) ** 2 / (8 * pi * HIGGS_VEV**2)
    return total


def to_vectors_per_share(params: Any) -> Any:
    """Gamma(h -> Z'Z') / sin^2(alpha) [GeV], leading order in sin(alpha); zero without g_BL."""
    vev = singlet_vev(params["m_zprime"], params["g_BL"], params["g_tilde"])
    return HIGGS_MASS**3 / (32 * pi * vev**2)
