"""zprimefit eval --at null: no new physics, although its couplings lie outside their logarithmic domain."""

import json

import pytest
from commands import SMALL, done, refused


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_null_has_the_moments_of_no_new_physics(small):
    """2.79(76)e-9: 3.67 standard deviations from zero."""
    found = json.loads(done("eval", small, "--at", "null", "--json"))
    assert found["components"]["delta-a-mu"]["pull"] == pytest.approx(-2.79 / 0.76)
    assert found["parameters"]["y_mu"] == 0.0


def test_zero_is_still_refused_elsewhere(small):
    assert "y_mu: 0 lies outside its bounds" in refused("eval", small, "--set", "y_mu=0")
