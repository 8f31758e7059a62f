"""Numbers that are not confirmed are named by every component that uses them."""

import pytest

from zprimefit.analyses import load
from zprimefit.datasets import list_tables, read_provenance, read_table
from zprimefit.likelihoods.coherent import CoherentCsI2017
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.electron_scattering.charm_ii import CharmII
from zprimefit.likelihoods.minerva import Minerva
from zprimefit.likelihoods.miniboone import MiniBooNE
from zprimefit.likelihoods.nomad import NomadPhoton
from zprimefit.likelihoods.nonstandard_interactions import OscillationInteractions

SELECTIONS = "light-vector-limits/selections"
DUMPS = "electron-beam-dumps"
DECAYS = "lepton-flavour/decays"
CSI = "coherent-csi-2021/detector"

USES = {
    "miniboone": (),
    "delta-a-mu": (),
    "delta-a-e": (),
    "babar-invisible": (SELECTIONS,),
    "babar-visible": (SELECTIONS,),
    "babar-4mu": (),
    "babar-tautau": (),
    "kloe": (SELECTIONS,),
    "a1": ("light-vector-limits/a1_2014",),
    "apex": (),
    "hps-2015": (),
    "na48": (),
    "e137": (f"{DUMPS}/e137_bjorken", f"{DUMPS}/setups"),
    "e141": (f"{DUMPS}/e141", f"{DUMPS}/setups"),
    "e774": (f"{DUMPS}/e774", f"{DUMPS}/setups"),
    "kek": (f"{DUMPS}/kek", f"{DUMPS}/setups"),
    "orsay": (f"{DUMPS}/orsay", f"{DUMPS}/setups"),
    "na64-visible": (f"{DUMPS}/setups",),
    "na64-invisible": (SELECTIONS,),
    "coherent-csi-2021": (CSI, "coherent-csi-2021/response"),
    "coherent-lar": (CSI,),
    "miniboone-ncel": ("miniboone-ncel-2010/inputs",),
    "nc-dis": ("relative error",),
    "nomad-photon": ("nomad-2012/single_photon",),
    "charm-ii": (
        "charm-ii-1994/electron_scattering", "charm-ii-1994/flux_neutrino", "charm-ii-1994/flux_antineutrino",
    ),
    "minerva": ("minerva-2019/electron_scattering", "minerva-2019/energy_loss", "numi-2019/flux_medium_energy"),
    "borexino": ("borexino-2011/beryllium7",),
    "texono": ("texono-2010/electron_scattering", "reactor-2011/fission_spectra"),
    "heavy-neutrino-mixing": ("sin-1981", "t2k-mu", "super-kamiokande", "nutev", "t2k-e"),
    "u1b-anomaly": ("b-to-k", "k-to-pi", "z-to-photon", "anomalon"),
    "tau-e-gamma": (DECAYS,),
    "tau-e-scalar": (DECAYS, "lepton-flavour/belle"),
    "tau-width": (DECAYS,),
    "charged-higgs": ("scalar-sector/charged_higgs",),
    "oblique": ("scalar-sector/oblique",),
    "higgs-invisible": ("scalar-sector/higgs",),
    "higgs-photons": ("scalar-sector/higgs",),
    "vacuum-stability": (),
    "perturbativity": (),
}  # fmt: skip
"""Component of z2hdm-global -> tables, or curves of one, whose unconfirmed numbers it uses."""

ELSEWHERE = {
    "anomalies-2017/curves": "u1b-anomaly",
    "anomalies-2017/kaon_rate": "u1b-anomaly",
    "heavy-neutrinos/curves": "heavy-neutrino-mixing",
}
"""Tables whose notes name curves instead."""
OTHERS = {
    "delphi-1994/z_mixing",
    "coherent-csi-2017/detector",
    "coherent-lar-2020/detector",
    "electron-beam-dumps/e137_andreas",
    "miniboone-2020/background_errors",
    "miniboone-2020/detector",
    "nonstandard-interactions/inputs",
    "numi-2016/flux_low_energy",
}
"""Used by options and components that z2hdm-global does not have, or not used in a likelihood."""
PREDICTIONS = ("karmen-2002", "lsnd-2001", "miniboone-dm-2018", "t2k-2016", "z2hdm-2020", "oscillations-2022")
"""Folders of which predictions and models are made; these name their inputs themselves."""


@pytest.fixture(scope="module")
def components():
    return {component.name: component for component in load("z2hdm-global").components}


def test_components_of_the_packaged_analysis_are_all_looked_at(components):
    assert set(components) == set(USES)


@pytest.mark.parametrize("name", USES)
def test_component_names_its_unconfirmed_inputs(components, name):
    notes = getattr(components[name], "notes", ())
    assert all(note.endswith(" (unconfirmed)") for note in notes)
    named = {note.removesuffix(" (unconfirmed)").split(":")[0].split(" of ")[0] for note in notes}
    assert named == set(USES[name])


def test_no_table_with_unconfirmed_numbers_is_forgotten():
    """Whole tables by their status, others by a row that says so."""
    known = {*(table for tables in USES.values() for table in tables), *ELSEWHERE, *OTHERS}
    forgotten = [
        name
        for name in list_tables()
        if (read_provenance(name).status == "unconfirmed" or _says_so(name))
        and name not in known
        and not name.startswith(PREDICTIONS)
    ]
    assert forgotten == []


def _says_so(name):
    texts = read_table(name).frame.select_dtypes(exclude="number")
    return any(texts[column].astype(str).str.contains("unconfirmed").any() for column in texts)


def test_rows_that_are_not_used_are_not_named():
    assert unconfirmed("scalar-sector/higgs", ["width", "invisible"]) == ("scalar-sector/higgs: width (unconfirmed)",)
    assert unconfirmed("scalar-sector/higgs", ["invisible"]) == ()
    assert unconfirmed("light-vector-limits/a1_2011") == ()


def test_options_decide_what_is_used():
    assert "collinear_zeta" in NomadPhoton("collinear").notes[0]
    assert "collinear_zeta" not in NomadPhoton("single").notes[0]
    assert "sideband" not in CharmII(pairs="counted").notes[0]
    assert len(Minerva("low", pairs_as_electrons=True).notes) == 2
    assert OscillationInteractions((-1.0, 1.0), "mine", neutrons=1.05).notes == ()
    assert len(OscillationInteractions((-1.0, 1.0), "mine").notes) == 1
    assert "quenching_error" in CoherentCsI2017("2017").notes[0]
    assert "quenching_error" not in CoherentCsI2017("2021").notes[0]


def test_other_views_of_miniboone_take_errors_of_backgrounds():
    assert MiniBooNE(acceptance="opening13").notes == ("miniboone-2020/detector: wide_opening_angle_cut (unconfirmed)",)
    (note,) = MiniBooNE(view="evis", modes=("fhc",), statistic="poisson-pulls").notes
    assert note.startswith("miniboone-2020/background_errors: fhc numu_ccqe, fhc nc_pi0, ")
    assert "unconstrained" not in note
