"""Shipped tables: complete, undamaged, with provenance, and in agreement with the publications and with each other."""

import hashlib
import math
import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from zprimefit import datasets
from zprimefit.datasets import catalogue, read_provenance, read_table, table

TABLES = datasets.list_tables()
FOLDER = Path(str(files("zprimefit.datasets") / "data"))


@pytest.mark.parametrize("name", TABLES)
def test_table_loads_with_its_provenance(name):
    loaded = read_table(name)
    provenance = loaded.provenance
    assert loaded.name == name
    assert len(loaded.frame) > 0
    assert not loaded.frame.isna().to_numpy().any()
    assert provenance.publication
    assert all(provenance.publication)
    for text in (provenance.title, provenance.quantity, provenance.location, provenance.obtained, provenance.cl):
        assert text.strip()
    assert provenance.status in {"checked", "derived", "unconfirmed", "see the rows"}
    assert all(column.unit and column.meaning for column in provenance.columns.values())


@pytest.mark.parametrize("name", TABLES)
def test_checksum_is_that_of_the_file(name):
    digest = hashlib.sha256((FOLDER / f"{name}.csv").read_bytes()).hexdigest()
    assert read_provenance(name).sha256 == digest


def test_no_table_is_without_sidecar():
    assert {str(p.relative_to(FOLDER).with_suffix("")) for p in FOLDER.rglob("*.csv")} == set(TABLES)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the tables that the program reads instead of its own."""
    copy = tmp_path / "data"
    shutil.copytree(FOLDER, copy)
    monkeypatch.setattr(table, "_folder", lambda: copy)
    return copy


DAMAGED = "miniboone-2020/electron_like_enuqe"


def test_table_with_one_changed_digit_is_refused(copied):
    path = copied / f"{DAMAGED}.csv"
    path.write_bytes(path.read_bytes().replace(b"732", b"733", 1))
    with pytest.raises(datasets.DatasetError, match=rf"table {DAMAGED}: sha256 is .*, expected .*; reinstall"):
        read_table(DAMAGED)


def test_truncated_table_is_refused(copied):
    path = copied / f"{DAMAGED}.csv"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(datasets.DatasetError, match="sha256"):
        read_table(DAMAGED)


def test_provenance_without_a_key_is_refused(copied):
    path = copied / f"{DAMAGED}.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("cl =")), encoding="utf-8")
    with pytest.raises(datasets.DatasetError, match=rf"table {DAMAGED}: its provenance lacks \['cl'\]"):
        read_table(DAMAGED)


def test_columns_other_than_those_of_the_provenance_are_refused(copied):
    path, sidecar = copied / f"{DAMAGED}.csv", copied / f"{DAMAGED}.toml"
    content = path.read_bytes().replace(b"mode,e_low", b"mode,low", 1)
    path.write_bytes(content)
    text = sidecar.read_text(encoding="utf-8")
    digest = hashlib.sha256(content).hexdigest()
    sidecar.write_text(text.replace(read_provenance(DAMAGED).sha256, digest), encoding="utf-8")
    with pytest.raises(datasets.DatasetError, match=rf"table {DAMAGED}: columns .* are not those of its provenance"):
        read_table(DAMAGED)


def test_unknown_table_is_refused():
    with pytest.raises(datasets.DatasetError, match="no table 'miniboone-2021/data' is shipped"):
        read_table("miniboone-2021/data")


def test_data_hash_follows_every_table(copied):
    before = datasets.data_hash()
    sidecar = copied / f"{DAMAGED}.toml"
    sidecar.write_text(sidecar.read_text().replace(read_provenance(DAMAGED).sha256, "0" * 64))
    assert datasets.data_hash() != before


# -- MiniBooNE (arXiv:2006.16883 and its data release) --------------------------------------------------


@pytest.mark.parametrize(("mode", "observed"), [("fhc", 2870), ("rhc", 478)])
def test_observed_events_of_the_signal_region(mode, observed):
    """200 < E_nu^QE < 1250 MeV: 2870 in neutrino mode, 478 in antineutrino mode (arXiv:1805.12028, Table I)."""
    sample = datasets.electron_like(mode)
    assert sample.edges[[0, 9]] == pytest.approx([0.2, 1.25])
    assert sample.data[:9].sum() == observed


@pytest.mark.parametrize("mode", datasets.MODES)
def test_eleven_parts_add_up_to_the_background(mode):
    sample = datasets.electron_like(mode)
    assert len(sample.parts) == 11
    # six digits are released
    assert sum(sample.parts.values()) == pytest.approx(sample.background, rel=5e-6)


@pytest.mark.parametrize(("mode", "excess"), [("fhc", 563.11), ("rhc", 80.29)])
def test_constrained_background_leaves_the_excess_that_also_uses_the_bins_above(mode, excess):
    """Conditioned on the muon-neutrino sample and the electron-like bins above 1250 MeV: 563.11 and 80.29 events."""
    sample = datasets.electron_like(mode)
    assert (sample.data - sample.background_constrained)[:9].sum() == pytest.approx(excess, abs=0.02)


@pytest.mark.parametrize("mode", datasets.MODES)
def test_bins_of_a_table_join(mode):
    two = ("miniboone-2020/electron_like_enuqe", "miniboone-2020/muon_neutrino_ccqe")
    for name in (*two, "miniboone-flux-2009/bnb_flux"):
        frame = read_table(name).frame
        frame = frame[frame["mode"] == mode]
        assert np.array_equal(frame["e_high"].to_numpy()[:-1], frame["e_low"].to_numpy()[1:])


def test_fractional_covariance_is_symmetric_with_positive_diagonal():
    matrix = datasets.fractional_covariance()
    assert matrix.shape == (60, 60)
    assert matrix == pytest.approx(matrix.T, abs=1e-12)
    assert np.all(np.diag(matrix) > 0)
    # rounding of the release leaves eigenvalues down to -9e-4
    assert np.linalg.eigvalsh(matrix)[0] == pytest.approx(-9e-4, abs=1e-4)


def test_rows_of_the_covariance_are_signal_background_and_muons_of_both_modes():
    names = list(read_provenance("miniboone-2020/fractional_covariance").columns)
    expected = [
        f"{mode}_{kind}_{i}"
        for mode in datasets.MODES
        for kind, n in (("signal", 11), ("background", 11), ("numu", 8))
        for i in range(n)
    ]
    assert names == expected


def test_exposure_is_that_of_the_abstract():
    """18.75e20 and 11.27e20 protons on target, 818 t (arXiv:2006.16883; arXiv:2006.01948, section II A)."""
    found = datasets.miniboone_parameters()
    assert (found["pot_fhc"], found["pot_rhc"], found["target_mass"]) == (18.75e20, 11.27e20, 818.0)


@pytest.mark.parametrize(
    ("mode", "flavour", "total", "mean"), [("fhc", "numu", 5.16e-10, 0.788), ("rhc", "numubar", 2.93e-10, 0.665)]
)
def test_flux_below_3_gev_is_the_published_integral_with_the_published_mean(mode, flavour, total, mean):
    """Per cm^2 and POT: arXiv:1002.2680, section II (neutrinos), arXiv:1301.7067, section II (antineutrinos)."""
    flux = datasets.bnb_flux(mode)
    assert np.diff(flux.edges) == pytest.approx(np.full(200, 0.05), abs=1e-12)
    content = getattr(flux, flavour)[:60] * 0.05
    centre = flux.edges[:60] + 0.025
    assert content.sum() == pytest.approx(total, abs=0.005e-10)
    assert np.average(centre, weights=content) == pytest.approx(mean, abs=0.002)


def test_efficiency_is_a_probability_that_includes_the_fiducial_volume():
    """At most (500 cm / 610.6 cm)^3 = 0.549 of the tank."""
    found = datasets.shower_efficiency()
    assert np.all((found.efficiency >= 0) & (found.efficiency < (500 / 610.6) ** 3))
    assert np.all(np.diff(found.centre) > 0)
    assert found.upper_edge > found.centre[-1]


# -- anomalous moments --------------------------------------------------

MEASUREMENTS = read_table("anomalous-moments/measurements").frame.set_index("name")
DIFFERENCES = read_table("anomalous-moments/differences").frame


def _row(reference, lepton):
    found = DIFFERENCES[(DIFFERENCES["reference"] == reference) & (DIFFERENCES["lepton"] == lepton)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(("reference", "theory"), [("2023_WP20", "a_mu_SM_WP2020"), ("2023_BMW20", "a_mu_SM_BMW2020")])
def test_derived_muon_difference_is_measurement_less_theory(reference, theory):
    row = _row(reference, "mu")
    measured, predicted = MEASUREMENTS.loc["a_mu_exp_2023_average"], MEASUREMENTS.loc[theory]
    assert row["value"] == pytest.approx(measured["value"] - predicted["value"], abs=0.5e-12)
    assert row["sigma"] == pytest.approx(math.hypot(measured["sigma"], predicted["sigma"]), abs=0.6e-11)


@pytest.mark.parametrize(
    ("reference", "experiment", "theory"),
    [
        ("paperB", "a_mu_exp_FNAL2021_average", "a_mu_SM_WP2020"),
        ("2025_WP25", "a_mu_exp_2025_average", "a_mu_SM_WP2025"),
    ],
)
def test_published_muon_difference_is_measurement_less_theory(reference, experiment, theory):
    row = _row(reference, "mu")
    assert row["value"] == pytest.approx(
        MEASUREMENTS.loc[experiment, "value"] - MEASUREMENTS.loc[theory, "value"], abs=0.6e-11
    )


@pytest.mark.parametrize(
    ("reference", "experiment", "alpha"),
    [
        ("Cs_2008", "a_e_exp_2008", "alpha_inverse_Cs2018"),
        ("Rb_2008", "a_e_exp_2008", "alpha_inverse_Rb2020"),
        ("Cs_2023", "a_e_exp_2023", "alpha_inverse_Cs2018"),
        ("Rb_2023", "a_e_exp_2023", "alpha_inverse_Rb2020"),
    ],
)
def test_electron_difference_follows_from_alpha(reference, experiment, alpha):
    """Relative to the alpha at which the moment of 2023 is the prediction: d a_e = (dalpha/alpha) a_e."""
    row, at = _row(reference, "e"), MEASUREMENTS.loc[alpha]
    moment = MEASUREMENTS.loc["a_e_exp_2023", "value"]
    pivot = MEASUREMENTS.loc["alpha_inverse_from_a_e_2023", "value"]
    predicted = moment * (1 + (pivot - at["value"]) / pivot)
    difference = MEASUREMENTS.loc[experiment, "value"] - predicted
    # 1/alpha is given to 1e-9, 8.5e-15 in a_e
    assert row["value"] == pytest.approx(difference, rel=0.01, abs=1.2e-14)
    spread = math.hypot(MEASUREMENTS.loc[experiment, "sigma"], moment * at["sigma"] / at["value"])
    assert row["sigma"] == pytest.approx(spread, rel=0.05)


def test_papers_references_are_the_printed_ones():
    """arXiv:2006.01948, Eqs. 1 and 2."""
    muon, electron = _row("paperA", "mu"), _row("paperA", "e")
    assert (muon["value"], muon["sigma"]) == (2.79e-9, 0.76e-9)
    assert (electron["value"], electron["sigma"]) == (-8.7e-13, 3.6e-13)


def test_caesium_and_rubidium_disagree_in_sign():
    for year in ("2008", "2023"):
        assert _row(f"Cs_{year}", "e")["value"] < 0 < _row(f"Rb_{year}", "e")["value"]


def test_catalogue_returns_the_rows():
    for lepton, number in (("mu", 5), ("e", 5)):
        references = catalogue.moment_references(lepton)
        assert len(references) == number
        for reference in references:
            row = _row(reference.name, lepton)
            assert (reference.value, reference.sigma) == (row["value"], row["sigma"])
            assert reference.publication
            assert reference.location
