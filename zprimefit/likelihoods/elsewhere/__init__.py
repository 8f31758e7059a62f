"""Predictions for experiments without a likelihood of their own: MiniBooNE off target, LSND, KARMEN, ND280, IceCube."""

from collections.abc import Callable
from functools import partial
from typing import Any

from zprimefit.datasets import published_inputs
from zprimefit.likelihoods.elsewhere import double_bang, lsnd, nd280
from zprimefit.likelihoods.elsewhere.double_bang import double_bang_prediction, energy_for_length, mean_decay_length
from zprimefit.likelihoods.elsewhere.lsnd import karmen_prediction, lsnd_prediction
from zprimefit.likelihoods.elsewhere.nd280 import nd280_prediction
from zprimefit.likelihoods.elsewhere.off_target import off_target_prediction
from zprimefit.likelihoods.elsewhere.prediction import Params, Prediction, Result
from zprimefit.quantities import Quantity

PREDICTIONS: tuple[Callable[[Any, Params], Prediction], ...] = (
    off_target_prediction,
    lsnd_prediction,
    karmen_prediction,
    nd280_prediction,
    double_bang_prediction,
)
"""All of them, in the order of the paper."""


def quantities(model: Any) -> tuple[Quantity, ...]:
    """Those predictions that are pure functions of the parameters, as derived quantities of a model."""
    mean_energy = published_inputs("lsnd-2001/beam_and_detector")["mean_energy"].value
    resolution = published_inputs("z2hdm-2020/double_bang")
    found = [
        Quantity(
            "lsnd_events",
            "events",
            r"N_\mathrm{LSND}",
            "selected pairs in LSND per 1e12/cm^2 of decay in flight at its mean energy",
            partial(lsnd.decay_in_flight_events, model, e_nu=mean_energy),
        ),
        Quantity(
            "karmen_events",
            "events",
            r"N_\mathrm{KARMEN}",
            "pairs in KARMEN for LSND's fluence of decay at rest",
            partial(lsnd.karmen_events, model),
        ),
        Quantity(
            "nd280_events",
            "events",
            r"N_\mathrm{ND280}",
            "pairs made in the argon gas of ND280, at most",
            partial(nd280.nd280_pairs, model),
        ),
    ]
    found += [
        Quantity(
            f"double_bang_{place}_GeV",
            "GeV",
            rf"E_\mathrm{{{place}}}",
            f"energy of h' from which its mean decay length is {place}'s resolution",
            partial(double_bang.energy_for_length, model, length=resolution[f"{place}_length"].value),
        )
        for place in ("deepcore", "icecube")
    ]
    return tuple(found)


__all__ = [
    "PREDICTIONS",
    "Prediction",
    "Result",
    "double_bang_prediction",
    "energy_for_length",
    "karmen_prediction",
    "lsnd_prediction",
    "mean_decay_length",
    "nd280_prediction",
    "off_target_prediction",
    "quantities",
]
