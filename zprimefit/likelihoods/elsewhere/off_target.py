"""MiniBooNE's run with the beam steered past the target onto the dump (arXiv:1702.02688, 1807.06137).

The protons are the same, the neutrinos are fewer: pions are absorbed before they decay. A signal made by neutrinos in
the detector goes down with them; one made by protons does not, and the collaboration excludes it.
"""

from typing import Any

import numpy as np

from zprimefit.datasets import PublishedInput, miniboone_parameters, published_inputs
from zprimefit.likelihoods.elsewhere.prediction import Params, Prediction, Result
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.likelihoods.miniboone.acceptance import Rule
from zprimefit.likelihoods.miniboone.statistic import N_REGION


def off_target_events(on_target: Any) -> Any:
    """Events of the off-target run that a number of events in neutrino mode scales to.

    Protons in proportion, times the ratio of muon-neutrino fluxes per proton; same energy spectrum, for no other is
    published as numbers.
    """
    published = published_inputs("miniboone-dm-2018/off_target")
    protons = published["pot_off_target"].value / miniboone_parameters()["pot_fhc"]
    return on_target * protons / published["flux_reduction"].value


def off_target_prediction(model: Any, params: Params, acceptance: Rule = "eq32") -> Prediction:
    """Electron-like events in 200 < E_nu^QE < 1250 MeV of the off-target run.

    Parameters
    ----------
    model, params : with ``pair_sources``, and values by name.
    acceptance : when a pair is one ring.
    """
    selection = MiniBooNE(modes=("fhc",), acceptance=acceptance)
    on_target = float(np.sum(selection.predict(model, params)["fhc"][:N_REGION]))
    published = published_inputs("miniboone-dm-2018/off_target")
    events = float(off_target_events(on_target))
    by_protons = events * published["flux_reduction"].value
    by_ccqe = by_protons / published["ccqe_reduction"].value
    pot = miniboone_parameters()["pot_fhc"]
    exposure = PublishedInput(
        "pot_fhc", pot, "POT", "2006.16883", "abstract", "protons on target in neutrino mode", "checked"
    )
    return Prediction(
        name="electron-like events in MiniBooNE's off-target run",
        result=Result(events, "events", "in proportion to protons and muon-neutrino flux"),
        claim="no excess is seen, and none is expected where neutrinos make it (section II C)",
        inputs=(exposure, *published.values()),
        alternatives=(
            Result(by_ccqe, "events", "in proportion to the CCQE events instead: the softer spectrum counted"),
            Result(by_protons, "events", "if it went with the protons alone"),
            Result(on_target, "events", "of this model in neutrino mode"),
            Result(published["observed"].value - published["background"].value, "events", "observed less expected"),
        ),
        notes=(
            "the off-target neutrinos have the energy spectrum of neutrino mode; efficiency and background unchanged",
        ),
    )
