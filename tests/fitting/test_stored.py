"""Results that an earlier version stored are read, and written again as they were: one file of every kind."""

import json
from pathlib import Path

import numpy as np
import pytest

from zprimefit.fitting.chain import Chain
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.fitting.goodness import Goodness
from zprimefit.fitting.parameter_goodness import ParameterGoodness
from zprimefit.fitting.result import Fit
from zprimefit.scans.calibration import Calibration
from zprimefit.scans.contour import Contour
from zprimefit.scans.curve import Curve
from zprimefit.scans.toy_record import Toys

STORED = Path(__file__).parents[1] / "stored"
KINDS = {
    "fit": Fit,
    "curve": Curve,
    "contour": Contour,
    "toys": Toys,
    "calibration": Calibration,
    "goodness": Goodness,
    "parameter-goodness": ParameterGoodness,
    "evidence": Evidence,
}


@pytest.mark.parametrize("kind", KINDS)
def test_stored_result_is_read_and_written_as_it_was(kind):
    text = (STORED / f"{kind}.json").read_text(encoding="utf-8")
    assert json.loads(KINDS[kind].from_json(text).to_json()) == json.loads(text)


@pytest.mark.parametrize("kind", KINDS)
def test_result_of_a_schema_to_come_is_refused(kind):
    document = json.loads((STORED / f"{kind}.json").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match=f"stored {kind}: expected schema 1, got 99"):
        KINDS[kind].from_json(json.dumps({**document, "schema": 99}))


def test_every_kind_of_result_is_stored_here():
    assert {p.stem for p in STORED.glob("*.json")} == {*KINDS, "fit-before-chi2", "evidence-before-null"}


def test_fit_that_was_stored_before_its_chi2_was_known_has_no_p_value():
    old = Fit.from_json((STORED / "fit-before-chi2.json").read_text(encoding="utf-8"))
    new = Fit.from_json((STORED / "fit.json").read_text(encoding="utf-8"))
    assert (old.values, old.fval) == (new.values, new.fval)
    assert np.isnan(old.p_value)
    assert ", p = " not in str(old)


def test_evidence_that_was_stored_before_it_said_what_no_new_physics_is_is_read():
    old, new = (
        Evidence.from_json((STORED / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("evidence-before-null", "evidence")
    )
    assert np.isfinite(old.log_z)
    assert (old.null, old.says_null) == ({}, False)
    assert new.null == {"shared": pytest.approx(25), "own": pytest.approx(5.76)}


def test_stored_chain_is_read():
    chain = Chain.read(STORED / "chain")
    assert chain.samples.shape == (2, 6, 8, 1)
    assert chain.names == ("a",)
    assert np.isfinite(chain.log_likelihood).all()
