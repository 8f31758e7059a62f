"""zprimefit explore before it serves: a taken port, a missing library; and eval at a point that was copied there."""

import json
import socket
import sys

import pytest
from commands import SMALL, done, refused


def test_port_that_is_in_use_is_told_with_the_next_step():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = refused("explore", "z2hdm-miniboone", "--port", port, "--no-browser")
    assert f"port {port} of 127.0.0.1 is in use; give another with --port, or --port 0 for any that is free" in told


def test_missing_library_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh", None)
    assert 'explore needs bokeh: python -m pip install "zprimefit[explore]"' in refused("explore", "--no-browser")


def test_eval_takes_a_point_from_a_file(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "point.yaml").write_text("# a point of small\nparameters:\n  y_mu: {default: 0.0004}\n")
    found = json.loads(done("eval", tmp_path / "small.yaml", "--at", tmp_path / "point.yaml", "--json"))
    assert found["parameters"]["y_mu"] == pytest.approx(4e-4)
    (tmp_path / "point.yaml").write_text("parameters: {y_mu: 1.0}\n")
    assert "y_mu: 1 lies outside" in refused("eval", tmp_path / "small.yaml", "--at", tmp_path / "point.yaml")
