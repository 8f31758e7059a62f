"""bib, export and the card of eval: what they print, write and refuse."""

import pylha
import pytest
from commands import SMALL, done, refused

from zprimefit.scans.runs import Run


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_bib_of_an_analysis_prints_its_model_data_and_programs(small):
    printed = done("bib", small)
    for key in ("Abdallah:2020biq", "jax2018github", "zprimefit:software"):
        assert f"{{{key},\n" in printed
    assert "James:1975dr" not in printed
    assert r"% The model~\cite{Abdallah:2020biq} was confronted with delta-a-mu~\cite{" in printed


def test_bib_goes_into_a_file(small, tmp_path):
    assert done("bib", small, "-o", tmp_path / "refs.bib").startswith(f"wrote {tmp_path / 'refs.bib'}: ")
    assert (tmp_path / "refs.bib").read_text() == done("bib", small)


def test_bib_and_export_of_what_is_no_run_are_refused(tmp_path):
    assert "nowhere" in refused("bib", tmp_path / "nowhere")
    assert "does not exist" in refused("export", tmp_path / "nowhere", "--to", "csv")


def test_export_prints_what_it_wrote_and_refuses_what_there_is_not(small, tmp_path):
    run = Run.create(tmp_path / "run", small)
    written = run.folder.path / "export/card/table1.slha"
    assert done("export", run.folder.path, "--to", "card", "--at", "table1") == f"  {written}\n"
    assert "holds no chain yet; run `zprimefit sample" in refused("export", run.folder.path, "--to", "getdist")
    assert "'cvs'" in refused("export", run.folder.path, "--to", "cvs")


def test_eval_writes_the_card_of_its_point(small, tmp_path):
    done("eval", small, "--at", "table1", "--set", "y_mu=5e-4", "--card", tmp_path / "point.slha")
    read = pylha.load((tmp_path / "point.slha").read_text())
    assert [5e-4] in [row[1:] for row in read["BLOCK"]["ZPARAMETERS"]["values"]]
