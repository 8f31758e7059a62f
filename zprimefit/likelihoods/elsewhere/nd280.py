"""ND280 of T2K: e+e- pairs made in the argon gas, target and detector at once (arXiv:2006.01948, section V B).

The paper calls them unobservably few. At Table I some 2 pairs are made on single nucleons and up to 11 more coherently:
before any selection, a handful is not beyond a search without background.
"""

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from zprimefit.constants import AVOGADRO, CARBON_MASS_NUMBER
from zprimefit.datasets import nd280_flux, published_inputs
from zprimefit.likelihoods.elsewhere.prediction import Params, Prediction, Result, pairs_per_target

GRAMS_PER_KILOGRAM = 1e3


def _gas(name: str) -> float:
    return published_inputs("t2k-2016/nd280_gas")[name].value


def argon_nuclei() -> float:
    """Argon nuclei in the gas."""
    return _gas("gas_mass") * GRAMS_PER_KILOGRAM / _gas("argon_molar_mass") * AVOGADRO


@cache
def _exposed() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Midpoints of the flux bins [GeV] and neutrinos per cm^2 in each, all protons of both modes.

    The bins are 50 MeV wide and the cross sections smooth: midpoints are enough.
    """
    flux = nd280_flux()
    protons = _gas("pot_fhc") + _gas("pot_rhc")
    content = protons * (flux.numu + flux.numubar) * np.diff(flux.edges)
    return (flux.edges[1:] + flux.edges[:-1]) / 2, content


def nd280_parts(model: Any, params: Params) -> tuple[Any, Any]:
    """Pairs made in the gas: on its nucleons one by one, and at most on whole nuclei.

    The coherent part scales that of carbon by the square of the number of nucleons with carbon's form factor, which
    falls more slowly than argon's: an upper bound.
    """
    energies, content = _exposed()
    nucleons = _gas("argon_mass_number")
    incoherent, coherent = (
        argon_nuclei() * jnp.sum(content * pairs_per_target(model, params, energies, channel))
        for channel in ("incoherent", "coherent")
    )
    return nucleons * incoherent, (nucleons / CARBON_MASS_NUMBER) ** 2 * coherent


def nd280_pairs(model: Any, params: Params) -> Any:
    """Pairs made in the gas at most, coherent part included."""
    incoherent, coherent = nd280_parts(model, params)
    return incoherent + coherent


def nd280_prediction(model: Any, params: Params) -> Prediction:
    """Number of e+e- pairs made in ND280's argon gas until 2020, before any selection."""
    incoherent, coherent = (float(part) for part in nd280_parts(model, params))
    return Prediction(
        name="ND280, e+e- pairs made in the argon gas",
        result=Result(incoherent + coherent, "events", "at most, before any selection"),
        claim="unobservably few (section V B)",
        inputs=tuple(published_inputs("t2k-2016/nd280_gas").values()),
        alternatives=(
            Result(incoherent, "events", "of them on single nucleons"),
            Result(coherent, "events", "of them on whole nuclei, at most"),
        ),
        notes=(
            "flux of antineutrino mode, up to 10 GeV, for the protons of both modes",
            "that of neutrino mode was not found as numbers",
            "argon's form factor is carbon's",
        ),
    )
