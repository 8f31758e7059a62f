"""Numbers of Z' that the BLSM makes in MiniBooNE, step by step; the constant efficiency of paper B."""

import numpy as np
import pytest

from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.sources import masses_of
from zprimefit.models import BLSM

MODEL = BLSM()
POINT = MODEL.benchmark() | {"g_BL": 1e-4, "g_tilde": 1e-4}


@pytest.mark.slow
def test_pairs_of_the_event_table_are_the_sum_of_all_rays():
    """Cross section times flux, against the weights of the rays: two integrations of the same chain."""
    miniboone = MiniBooNE(modes=("fhc",))
    table = miniboone.events(MODEL, POINT)
    (source,) = (s for s in MODEL.pair_sources() if s.name == "nu5_to_nu" and s.flavour == "mu")
    _, _, weights = source.unit_density.rays(masses_of(source, POINT), exposed_flux(("fhc",)), highest_energy())
    parts = np.asarray(source.weights(POINT))
    made = float(source.coupling(POINT)) * np.einsum("p,tpmr->t", parts, np.asarray(weights))
    for channel, number in zip(source.channels, made, strict=True):
        row = table["fhc", "nu5_to_nu", channel]
        assert row["to_ee"] == pytest.approx(number, rel=3e-3)
        assert row["produced"] >= row["to_ee"] > row["efficiency"] >= row["selected"] > 0


@pytest.mark.slow
def test_selected_events_are_those_of_the_prediction():
    miniboone = MiniBooNE(modes=("fhc",), acceptance="opening13")
    table = miniboone.events(MODEL, POINT)
    muon = sum(row["selected"] for row in table.values())
    everything = float(miniboone.predict(MODEL, POINT)["fhc"][: miniboone.counted[0]].sum())
    assert muon == pytest.approx(everything, rel=1e-6)  # no mixing with electron neutrinos at this point


def test_constant_efficiency_stands_between_the_ends_of_the_published_one():
    """eta = 0.2 (Eq. 25) is above the largest published value, 0.15: more events in every bin."""
    point = POINT | {"g_tilde": 1e-3}
    published, constant = (
        MiniBooNE(modes=("fhc",), efficiency_at=how).predict(MODEL, point)["fhc"] for how in ("true", "constant")
    )
    ratio = constant[:8] / published[:8]
    assert (ratio > 0.2 / 0.15).all()
    assert (ratio < 0.2 / 0.02).all()
