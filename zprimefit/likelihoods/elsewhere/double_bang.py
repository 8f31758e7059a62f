"""Two showers apart in IceCube and DeepCore: where a scalar is made and where it decays (arXiv:2006.01948, V A).

The paper says that the distance stays far below the resolution "even at very high energies". At Table I c tau of h' is
1.06e-4 m and its Lorentz factor E/23 MeV: the mean distance is 10 m at 2.2 TeV and 300 m at about 64 TeV, energies at
which IceCube sees neutrinos. Above them the statement fails; how many such h' there are is another matter.
"""

from typing import Any

import jax.numpy as jnp

from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.elsewhere.prediction import Params, Prediction, Result, model_quantity, muon_sources
from zprimefit.names import check_name


def _mass(model: Any, params: Params, scalar: str) -> Any:
    masses = {source.name: source.pair_mass for source in muon_sources(model)}
    check_name("scalar", scalar, tuple(masses))
    return params[masses[scalar]]


def mean_decay_length(model: Any, params: Params, energy: Any, scalar: str = "hprime") -> Any:
    """Mean distance [m] that a scalar of this energy [GeV] flies before it decays: beta gamma c tau."""
    mass = _mass(model, params, scalar)
    gamma = jnp.asarray(energy) / mass
    moving = jnp.sqrt(jnp.where(gamma > 1, (gamma - 1) * (gamma + 1), 1.0))
    return model_quantity(model, f"ctau_{scalar}_m", params) * jnp.where(gamma > 1, moving, 0.0)


def energy_for_length(model: Any, params: Params, length: Any, scalar: str = "hprime") -> Any:
    """Energy [GeV] from which the mean decay length is at least `length` [m]."""
    mass = _mass(model, params, scalar)
    return mass * jnp.hypot(1.0, length / model_quantity(model, f"ctau_{scalar}_m", params))


def double_bang_prediction(model: Any, params: Params, scalar: str = "hprime") -> Prediction:
    """Energy from which DeepCore would tell the two showers apart, and IceCube."""
    published = published_inputs("z2hdm-2020/double_bang")
    deepcore, icecube = (
        float(energy_for_length(model, params, published[name].value, scalar))
        for name in ("deepcore_length", "icecube_length")
    )
    c_tau = float(model_quantity(model, f"ctau_{scalar}_m", params))
    return Prediction(
        name=f"double bang of {scalar}",
        result=Result(deepcore, "GeV", f"energy of {scalar} from which its mean decay length is DeepCore's resolution"),
        claim="much smaller than the resolution even at very high energies (section V A)",
        inputs=tuple(published.values()),
        alternatives=(
            Result(icecube, "GeV", "the same for IceCube"),
            Result(c_tau, "m", "decay length c tau"),
        ),
    )
