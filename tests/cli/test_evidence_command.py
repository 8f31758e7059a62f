"""evidence: what it prints and keeps, and Bayes factors of two run folders."""

import json
import shutil

import pytest
from commands import SMALL, cli, done, refused

from zprimefit.fitting.bayes_factor import bayes_factor, over_no_new_physics
from zprimefit.fitting.evidence_record import Evidence

OTHER = SMALL.replace("name: small", "name: other").replace("  delta-a-e: {reference: Rb_2023}\n", "").replace(
    "y_mu: {bounds", "y_etau_taue: {free: false}\n  y_mu: {bounds"
)  # fmt: skip
"""The moment of the muon alone."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two run folders, and what `evidence` printed of them."""
    folder, printed = tmp_path_factory.mktemp("evidence"), []
    for name, text in (("small", SMALL), ("other", OTHER)):
        (folder / f"{name}.yaml").write_text(text)
        done("fit", folder / f"{name}.yaml", "-o", folder / name, "--starts", 1)
        printed.append(done("evidence", folder / name, "--live", 60))
    return folder / "small", folder / "other", printed


def read(folder):
    return Evidence.from_json((folder / "evidence.json").read_text())


def test_evidence_prints_what_it_keeps(folders):
    small, _, (printed, _) = folders
    found = read(small)
    assert printed == f"{found}\n{over_no_new_physics(found)}\n"
    assert (small / "evidence.txt").read_text() == f"{found}\n"
    assert (small / "evidence.csv").read_text().startswith("y_mu,y_etau_taue,weight,log_likelihood\n")
    assert "evidence: 60 live points, seed 7: small: ln Z = " in (small / "run.log").read_text()


def test_same_settings_are_not_computed_again(folders, tmp_path):
    run = shutil.copytree(folders[0], tmp_path / "run")
    before = (run / "run.log").read_text()
    assert done("evidence", run, "--live", 60) == folders[2][0]
    assert (run / "run.log").read_text() == before
    done("evidence", run, "--live", 60, "--seed", 8)
    assert read(run).seed == 8


def test_bayes_factor_of_two_folders_names_what_one_lacks(folders):
    small, other, _ = folders
    printed = done("evidence", small, "--live", 60, "--against", other)
    assert printed.endswith(f"{bayes_factor(read(small), read(other))}\n")
    assert "as without new physics for other: delta-a-e" in printed


def test_folder_without_evidence_is_refused_before_the_work(folders, tmp_path):
    small, other, _ = folders
    bare = shutil.copytree(other, tmp_path / "bare")
    (bare / "evidence.json").unlink()
    before = (small / "run.log").read_text()
    assert refused("evidence", small, "--live", 70, "--against", bare) == (
        f"--against {bare}: holds no evidence yet; run `zprimefit evidence {bare}` first"
    )
    assert (small / "run.log").read_text() == before


def test_other_data_are_refused_before_the_work(folders, tmp_path):
    small, other, _ = folders
    before = (small / "run.log").read_text()
    moved = shutil.copytree(other, tmp_path / "moved")
    text = (moved / "evidence.json").read_text()
    null = read(other).null["delta-a-mu"]
    (moved / "evidence.json").write_text(text.replace(f'"delta-a-mu": {null!r}', '"delta-a-mu": 0.5'))
    said = refused("evidence", small, "--live", 70, "--against", moved)
    assert "'delta-a-mu' has -2 ln L = " in said
    assert said.endswith("0.5 in the other; give both analyses the same data")
    assert (small / "run.log").read_text() == before


def test_evidence_of_an_older_version_is_computed_again(folders, tmp_path):
    run = shutil.copytree(folders[0], tmp_path / "run")
    stored = json.loads((run / "evidence.json").read_text())
    del stored["null"]
    (run / "evidence.json").write_text(json.dumps(stored))
    assert done("evidence", run, "--live", 60) == folders[2][0]
    assert read(run).says_null


def test_damaged_evidence_is_named(folders, tmp_path):
    run = shutil.copytree(folders[0], tmp_path / "run")
    (run / "evidence.json").write_text("{}")
    result = cli("evidence", run)
    assert result.code == 2
    assert f"{run}/evidence.json: cannot be read" in result.err
