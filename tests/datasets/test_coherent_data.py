"""COHERENT's tables: sums that the collaboration publishes."""

import numpy as np
import pytest

from zprimefit.datasets import coherent_inputs, csi_2017, csi_2021, csi_response, lar_2020


def test_counts_of_2017_in_the_published_region():
    data = csi_2017()
    pe = (data.pe_edges[:-1] >= 6) & (data.pe_edges[1:] <= 30)
    t = data.t_edges[1:] <= 6
    assert data.coincidence[np.ix_(pe, t)].sum() == 547
    assert data.anticoincidence[np.ix_(pe, t)].sum() == 405
    assert (data.coincidence.sum(), data.anticoincidence.sum()) == (1207, 1032)


@pytest.mark.parametrize("kind", ["prompt_neutrinos", "delayed_neutrinos", "prompt_neutrons"])
def test_arrival_times_of_2017_add_to_one(kind):
    assert csi_2017().arrival[kind].sum() == pytest.approx(1, abs=0.01)


def test_events_of_2021_are_below_60_photoelectrons():
    events = csi_2021().events
    assert {name: len(pe) for name, (pe, _) in events.items()} == {"coincidence": 1578, "anticoincidence": 1295}
    assert all(pe.max() < 60 and t.max() < 6 for pe, t in events.values())


def test_neutron_light_of_2021_adds_to_one():
    assert all(light.sum() == pytest.approx(1, abs=1e-5) for light in csi_2021().neutron_light.values())


def test_response_of_2021_has_the_published_coefficients_in_gev():
    quenching = csi_response()["quenching"]
    assert quenching[0] * [1, 1e-3, 1e-6, 1e-9] == pytest.approx([0.0554628, 4.30681, -111.707, 840.384])
    assert csi_response()["efficiency"] == pytest.approx([1.32045, 0.285979, 10.8646, -0.333322])


def test_exposure_of_2021_is_the_published_energy():
    # 13.99 GWh of protons of some 0.98 GeV
    joule = coherent_inputs("csi-2021")["protons"].value * 0.983e9 * 1.602177e-19
    assert joule / 3.6e12 == pytest.approx(13.99, rel=2e-3)


def test_argon_counts_are_the_published_ones():
    counts = lar_2020().counts
    sums = {name: counts[name].sum() for name in ("data", "cevns", "neutrons", "late_neutrons", "steady")}
    assert sums == pytest.approx({"data": 3752, "cevns": 128, "neutrons": 497, "late_neutrons": 33, "steady": 3152})
    assert counts["data"].shape == (12, 8, 10)


def test_argon_efficiency_rises_to_one():
    data = lar_2020()
    assert data.efficiency[0] == 0
    assert data.efficiency.max() < 1
    assert data.efficiency[-1] > 0.95
