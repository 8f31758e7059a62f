"""zprimefit reproduce: figures and tables into a folder, and what it refuses."""

import pandas as pd
from commands import done, refused


def test_figure_is_written_with_its_table_into_the_folder_given(tmp_path):
    shown = done("reproduce", "fig5", "-o", str(tmp_path / "out"))
    assert [line.strip().rpartition("/")[2] for line in shown.splitlines()] == ["fig5.png", "fig5.csv"]
    assert (tmp_path / "out" / "A" / "fig5.png").read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv(tmp_path / "out" / "A" / "fig5.csv")) == 201


def test_unknown_target_is_refused_with_the_nearest_and_nothing_is_written(tmp_path):
    message = refused("reproduce", "fig10", "-o", str(tmp_path / "out"))
    assert "unknown target of paper A 'fig10'; did you mean" in message
    assert not (tmp_path / "out").exists()


def test_target_of_the_other_paper_says_so(tmp_path):
    message = refused("reproduce", "fig3", "-o", str(tmp_path / "out"))
    assert message.endswith("numbers, options, acceptance, elsewhere; paper B has it: --paper B")
    assert "unknown target of paper B 'fig2'" in refused("reproduce", "fig2", "--paper", "b")


def test_json_of_a_figure_is_refused():
    assert "--json belongs to the target numbers, not to 'fig4'" in refused("reproduce", "fig4", "--json")
