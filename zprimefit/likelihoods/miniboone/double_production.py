"""Events with two scalars in MiniBooNE, before any efficiency (arXiv:2006.01948, end of section III D)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from zprimefit.constants import NUCLEONS_IN_CH2
from zprimefit.datasets import MODES
from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.numerics.quadrature import panels

PANELS, NODES = 16, 4
"""Panels of the neutrino energy, evenly spaced in its logarithm, and nodes in each."""

LOWEST_ENERGY = 0.05
"""Where the panels begin [GeV]: neutrinos of less energy make next to nothing."""


@dataclass(frozen=True)
class Number:
    """Events made in the whole tank, and the error of the Monte Carlo integration."""

    events: float
    error: float


def double_production_events(
    model: Any,
    params: Params,
    scalars: tuple[str, str] = ("hprime", "hprime"),
    *,
    modes: tuple[str, ...] = MODES,
    **options: Any,
) -> dict[tuple[str, str], Number]:
    """Events nu_mu N -> nu_4 N phi phi' made in the tank, by (mode, channel): flux x protons on target x targets.

    Compare ``produced`` of :meth:`~zprimefit.likelihoods.miniboone.likelihood.MiniBooNE.events`: no branching ratio, no
    efficiency.

    Parameters
    ----------
    model : offers ``double_production_cross_section``.
    params : values by name.
    scalars : the two that are made.
    modes : ``"fhc"`` and/or ``"rhc"``.
    options : of ``double_production_cross_section``, such as ``amplitude`` and ``sampling``.
    """
    energies, weights = panels(np.geomspace(LOWEST_ENERGY, highest_energy(), PANELS + 1), NODES)
    exposure = np.asarray(exposed_flux(modes)(energies)) * weights
    numbers = {}
    for channel, targets in (("incoherent", NUCLEONS_IN_CH2), ("coherent", 1)):
        value, error = model.double_production_cross_section(params, energies, scalars, channel, **options)
        for mode, exposed in zip(modes, exposure, strict=True):
            # points at different energies are independent: their errors add in quadrature
            spread = float(np.sqrt(np.sum((targets * exposed * error) ** 2)))
            numbers[mode, channel] = Number(float(targets * exposed @ value), spread)
    return numbers
