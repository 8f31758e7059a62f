"""Stored results that were changed: read, or refused as what they are, whatever was changed in them."""

import hashlib
import json
import re
import shutil
from contextlib import suppress

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_stored import KINDS, STORED

from zprimefit.fitting.chain import Chain
from zprimefit.fitting.chain_store import ChainStore, ChainStoreError
from zprimefit.fitting.encoding import StoredError
from zprimefit.fitting.result import Fit

ODD = st.sampled_from([None, True, -1, 0, 10**400, 1e308, "", "x", "\x00", [], [[]], [None], {}, {"a": []}, {"x": 1}])
"""What a value may be replaced by."""
DEEP = "[" * 100_000


def places(document, place=()):
    """Every place of a JSON document."""
    yield place
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inside:
        yield from places(value, (*place, key))


def changed(document, place, value):
    """The document with another value at a place."""
    if not place:
        return value
    copy = document.copy()
    copy[place[0]] = changed(document[place[0]], place[1:], value)
    return copy


def changes(path, odd=ODD):
    document = json.loads(path.read_text(encoding="utf-8"))
    return st.builds(changed, st.just(document), st.sampled_from(list(places(document))), odd)


@pytest.mark.parametrize("kind", KINDS)
def test_changed_result_is_read_or_refused_as_damaged(kind):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(changes(STORED / f"{kind}.json"))
    def holds(document):
        # A weight of exp(1e308) is a wrong number, and not a wrong document.
        with suppress(StoredError), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = KINDS[kind].from_json(json.dumps(document))
            str(found)
            found.to_frame()

    holds()


@pytest.mark.parametrize("written", ["1e999", "-1e999", "Infinity", "NaN"])
@pytest.mark.parametrize("kind", KINDS)
def test_number_that_is_not_finite_is_refused(kind, written):
    # where a number is missing, null is written
    text, changed_once = re.subn(r"-?\d\.\d+(e-?\d+)?", written, (STORED / f"{kind}.json").read_text(), count=1)
    assert changed_once
    with pytest.raises(StoredError, match=f"a number that is not finite, '{written}'"):
        KINDS[kind].from_json(text)


@pytest.mark.parametrize("kind", KINDS)
def test_document_that_nests_without_end_is_refused(kind):
    with pytest.raises(StoredError, match="not a JSON document"):
        KINDS[kind].from_json(DEEP)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": [1.0, 2.0]}, r"stored fit: is damaged \(cannot reshape array"),
        ({"seed": "x"}, r"stored fit: is damaged \(seed: Input should be a valid integer.*, got 'x'\)"),
        ({"units": ["GeV"] * 2}, r"stored fit: is damaged \(expected a unit for each of the parameters"),
        ({"status": "FINE"}, r"stored fit: is damaged \(status: Input should be 'OK'"),
        ({"minima": None}, r"stored fit: is damaged \("),
    ],
)
def test_damage_of_a_fit_is_told(change, message):
    document = json.loads((STORED / "fit.json").read_text(encoding="utf-8"))
    with pytest.raises(StoredError, match=message):
        Fit.from_json(json.dumps(document | change))


def test_fit_without_a_key_says_which():
    document = json.loads((STORED / "fit.json").read_text(encoding="utf-8"))
    del document["edm"]
    with pytest.raises(StoredError, match="stored fit: is damaged, it lacks 'edm'"):
        Fit.from_json(json.dumps(document))


# -- chains ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def chain(tmp_path):
    """A chain of two ensembles, one segment each."""
    return shutil.copytree(STORED / "chain", tmp_path / "chain")


def test_changed_header_of_a_chain_is_read_or_refused(chain):
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(changes(STORED / "chain/chain.json"))
    def holds(document):
        (chain / "chain.json").write_text(json.dumps(document))
        with suppress(ChainStoreError):
            str(Chain.read(chain))

    holds()


def test_header_that_nests_without_end_is_refused(chain):
    (chain / "chain.json").write_text(DEEP)
    with pytest.raises(ChainStoreError, match=r"chain\.json: is no readable chain header \(maximum recursion depth"):
        Chain.read(chain)


def sign(path):
    """Make the checksum of a changed segment agree."""
    body = path.read_bytes()[:-73]
    path.write_bytes(body + b"\nsha256:" + hashlib.sha256(body).hexdigest().encode() + b"\n")


def replace(path, name, **what):
    """Put another dataset into a segment, and sign it."""
    with h5py.File(path, "r+") as file:
        del file[name]
        file.create_dataset(name, **what)
        file.flush()
    content = path.read_bytes()
    path.write_bytes(content + b"\0" * 73)
    sign(path)


@pytest.mark.parametrize(
    ("name", "what", "message"),
    [
        ("chain", {"shape": (10**6, 8, 10**6), "dtype": "f8", "chunks": True}, "chain is no plain array of numbers"),
        ("chain", {"data": np.zeros((0, 8, 1))}, r"chain has the shape \(0, 8, 1\), expected steps, walkers and"),
        ("chain", {"data": np.zeros((6, 8, 2))}, "the shapes of end_internal are not those"),
        ("log_prior", {"data": np.zeros(3)}, "the shapes of log_prior are not those that belong to the chain"),
        ("end_rng_key", {"data": np.zeros(3)}, "the shapes of end_rows or end_rng_key are not those"),
        ("log_likelihood", {"data": "text"}, "log_likelihood is no plain array of numbers"),
        ("tally", {"data": np.frombuffer(b"[1, 2]", dtype=np.uint8)}, "list indices must be"),
    ],
)
def test_segment_that_vouches_for_other_contents_is_told(chain, name, what, message):
    replace(chain / "segment_00000000_0.h5", name, **what)
    with pytest.raises(ChainStoreError, match=rf"segment_00000000_0\.h5: cannot be read \({message}"):
        Chain.read(chain)


@pytest.mark.parametrize(("name", "value"), [("parent", "text of variable length"), ("ensemble", [0, 1])])
def test_attribute_that_hdf5_may_not_find_the_end_of_is_told(chain, name, value):
    """As in segments of earlier versions: with a heap that was tampered with, HDF5 never came back from reading it."""
    path = chain / "segment_00000000_0.h5"
    with h5py.File(path, "r+") as file:
        file.attrs[name] = value
    path.write_bytes(path.read_bytes() + b"\0" * 73)
    sign(path)
    with pytest.raises(ChainStoreError, match=rf"segment_00000000_0\.h5: cannot be read \({name} is no number and no"):
        Chain.read(chain)


def test_segment_that_points_into_another_file_is_told(chain, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["chain"] = np.zeros((6, 8, 1))
    path = chain / "segment_00000000_0.h5"
    with h5py.File(path, "r+") as file:
        del file["chain"]
        file["chain"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "chain")
    path.write_bytes(path.read_bytes() + b"\0" * 73)
    sign(path)
    with pytest.raises(ChainStoreError, match="chain is no plain array of numbers"):
        Chain.read(chain)


def test_file_that_is_called_like_a_segment_is_left_alone(chain):
    (chain / "segment_mine_0.h5").write_bytes(b"")
    assert ChainStore.open(chain).first_steps(0) == [0]
