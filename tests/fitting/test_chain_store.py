"""Chains on disk: whole, the same after every kind of interruption, and refused where they do not belong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from chain_toys import gaussian, parameter, with_holes, without_data

from zprimefit.analyses import Analysis
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.chain_store import ChainStore, ChainStoreError
from zprimefit.fitting.ensemble import sample
from zprimefit.fitting.segments import decode
from zprimefit.likelihoods import component

SMALL = {"until": "steps", "walkers": 8, "block": 20, "seed": 11}


def run(folder, steps=100, resume=False, **changes):
    return sample(gaussian(), folder=folder, steps=steps, resume=resume, **(SMALL | changes))


@pytest.fixture(scope="module")
def straight():
    """The chain of an uninterrupted run that never saw a disk."""
    return run(None)


def assert_same(chain, expected):
    for key in ("samples", "log_likelihood", "log_prior"):
        assert np.array_equal(getattr(chain, key), getattr(expected, key)), key
    assert chain.tally == expected.tally


def test_chain_that_was_read_is_the_chain_that_was_sampled(tmp_path, straight):
    assert_same(run(tmp_path), straight)
    chain = Chain.read(tmp_path)
    assert_same(chain, straight)
    assert (chain.names, chain.units, chain.seed) == (("a", "b"), ("1", "1"), 11)
    assert str(chain) == str(straight)


def test_segments_can_be_read_without_this_package(tmp_path, straight):
    run(tmp_path)
    paths = sorted(tmp_path.glob("*.h5"))
    assert [p.name for p in paths[:3]] == ["segment_00000000_0.h5", "segment_00000000_1.h5", "segment_00000020_0.h5"]
    for path in paths:
        with h5py.File(path) as file:
            e, first = int(file.attrs["ensemble"]), int(file.attrs["first_step"])
            assert file["chain"].shape == (20, 8, 2)
            assert list(file["chain"].attrs["parameters"]) == list(file.attrs["parameters"]) == ["a", "b"]
            assert list(file.attrs["units"]) == ["1", "1"]
            assert (file.attrs["schema_version"], file.attrs["seed"]) == (1, "11")
            assert len(file.attrs["identity"]) == 64
            np.testing.assert_array_equal(file["chain"], straight.samples[e, first : first + 20])
            np.testing.assert_array_equal(file["log_likelihood"], straight.log_likelihood[e, first : first + 20])
            np.testing.assert_array_equal(file["log_prior"], straight.log_prior[e, first : first + 20])
            assert all(file[name].dtype.kind in "fu" for name in file)


# -- interruptions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [20, 60])
def test_run_that_failed_between_blocks_resumes_bit_by_bit(tmp_path, straight, stop):
    def fail(progress):
        if progress.steps == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=fail)
    assert Chain.read(tmp_path).samples.shape[1] == stop
    assert_same(run(tmp_path, resume=True), straight)


def test_lengthening_a_chain_gives_the_long_chain(tmp_path, straight):
    run(tmp_path, steps=30)
    run(tmp_path, steps=50, resume=True)
    assert_same(run(tmp_path, resume=True), straight)


def test_finished_chain_is_returned_by_resume(tmp_path, straight):
    run(tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()}
    assert_same(run(tmp_path, resume=True), straight)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.iterdir()} == before


def test_resume_before_the_first_block_starts(tmp_path, straight):
    assert_same(run(tmp_path / "new", resume=True), straight)


def test_resume_until_converged_stops_where_one_run_does(tmp_path):
    settings = {"until": "converged", "walkers": 16, "max_steps": 3000, "seed": 2}
    expected = sample(gaussian(), **settings)
    assert expected.verdict == "converged"
    sample(gaussian(), folder=tmp_path, **(settings | {"max_steps": 300}))
    assert_same(sample(gaussian(), folder=tmp_path, resume=True, **settings), expected)


CHILD = """
import sys
sys.path.insert(0, {toys!r})
from chain_toys import gaussian
from zprimefit.fitting.ensemble import sample
from zprimefit.fitting.segments import decode
from zprimefit.likelihoods import component
sample(gaussian(), folder={folder!r}, until="steps", steps=100_000, walkers=8, block=20, seed=11, resume=True)
"""


def kill_a_run(folder, segments):
    """Start a run as a process of its own and kill it when there are that many segments."""
    code = CHILD.format(toys=str(Path(__file__).parent), folder=str(folder))
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        deadline = time.monotonic() + 60
        while len(list(folder.glob("segment_*.h5"))) < segments:
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(child.pid, signal.SIGKILL)


@pytest.mark.slow
def test_killed_twice_the_chain_is_the_same(tmp_path):
    kill_a_run(tmp_path, 5)
    kill_a_run(tmp_path, 20)
    steps = 20 * (len(list(tmp_path.glob("segment_*.h5"))) // 2 + 2)
    assert_same(run(tmp_path, steps=steps, resume=True), run(None, steps=steps))
    assert not list(tmp_path.glob(".*"))


# -- damage -----------------------------------------------------------------------------------------------------------


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path):
    with h5py.File(path, "r+") as file:
        file["chain"][3, 2, 1] += 1e-9


def empty(path):
    path.write_bytes(b"")


def drop_a_dataset(path):
    with h5py.File(path, "r+") as file:
        del file["end_rows"]


@pytest.mark.parametrize("harm", [truncate, flip_a_bit, empty, drop_a_dataset, Path.unlink])
@pytest.mark.parametrize("first", [0, 40, 80])
def test_damaged_segment_is_reported_and_computed_again(tmp_path, straight, harm, first):
    run(tmp_path)
    harm(tmp_path / f"segment_{first:08d}_1.h5")
    chain = run(tmp_path, resume=True)
    assert_same(chain, straight)
    if harm is not Path.unlink:
        (message,) = chain.messages
        assert message.startswith(f"segment_{first:08d}_1.h5: cannot be read")
        assert message.endswith("computed again")
        assert message in str(chain)
    assert not Chain.read(tmp_path).messages


def test_every_single_damage_of_a_segment_is_noticed(tmp_path):
    run(tmp_path, steps=20)
    whole = (tmp_path / "segment_00000000_0.h5").read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(whole), size=200):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(8))
        for harmed in (bytes(flipped), whole[:place]):
            with pytest.raises(ValueError, match="checksum"):
                decode(harmed)
    assert decode(whole).chain.shape == (20, 8, 2)


def test_segment_of_another_chain_is_computed_again(tmp_path, straight):
    run(tmp_path / "mine")
    run(tmp_path / "other", seed=12)
    name = "segment_00000040_0.h5"
    (tmp_path / "mine" / name).write_bytes((tmp_path / "other" / name).read_bytes())
    chain = run(tmp_path / "mine", resume=True)
    assert_same(chain, straight)
    assert "does not continue the segment before it" in chain.messages[0]


def test_read_stops_at_a_gap_and_says_so(tmp_path, straight):
    run(tmp_path)
    truncate(tmp_path / "segment_00000040_1.h5")
    chain = Chain.read(tmp_path)
    assert np.array_equal(chain.samples, straight.samples[:, :40])
    assert "segment_00000040_1.h5" in chain.messages[0]


def test_leftovers_of_a_killed_run_are_removed(tmp_path):
    run(tmp_path)
    for name in (".segment_00000100_0.h5.abc", ".chain.json.abc", ".bad_points.csv.abc"):
        (tmp_path / name).write_bytes(b"half")
    run(tmp_path, resume=True)
    assert not list(tmp_path.glob(".*"))


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_existing_chain_without_resume_is_refused(tmp_path):
    run(tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(ChainStoreError, match="already holds a chain; resume it"):
        run(tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_chain_of_other_data_is_refused_with_what_differs(tmp_path):
    run(tmp_path, identity={"analysis": "1a", "data": {"fhc": "2b", "rhc": "3c"}})
    with pytest.raises(ChainStoreError) as error:
        run(tmp_path, resume=True, identity={"analysis": "1a", "data": {"fhc": "2b", "rhc": "4d"}})
    assert str(error.value).splitlines()[1:] == ["  data.rhc: stored 3c, given 4d"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"seed": 12}, "sampling.seed: stored 11, given 12"),
        ({"walkers": 10}, "sampling.walkers: stored 8, given 10"),
        ({"ensembles": 3}, "sampling.ensembles: stored 2, given 3"),
    ],
)
def test_other_settings_are_refused_with_what_differs(tmp_path, changes, line):
    run(tmp_path)
    with pytest.raises(ChainStoreError, match=line):
        run(tmp_path, resume=True, **changes)


def test_other_priors_are_refused_with_what_differs(tmp_path):
    run(tmp_path)
    narrower = gaussian().with_parameters({"b": {"bounds": (-4, 5)}})
    with pytest.raises(ChainStoreError, match=r"sampling.parameters.b: stored .*\[-5, 5\], given .*\[-4, 5\]"):
        sample(narrower, folder=tmp_path, resume=True, steps=100, **SMALL)


def test_newer_schema_is_refused(tmp_path):
    run(tmp_path)
    header = json.loads((tmp_path / "chain.json").read_text())
    (tmp_path / "chain.json").write_text(json.dumps(header | {"schema_version": 99}))
    with pytest.raises(ChainStoreError, match=r"newer version.*schema 99.*update"):
        Chain.read(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"schema_version": 1}', '{"schema_version": "x"}'])
def test_damaged_header_is_refused_and_nothing_overwritten(tmp_path, content):
    run(tmp_path)
    (tmp_path / "chain.json").write_text(content)
    for attempt in (lambda: Chain.read(tmp_path), lambda: run(tmp_path, resume=True), lambda: run(tmp_path)):
        with pytest.raises(ChainStoreError):
            attempt()
    assert (tmp_path / "chain.json").read_text() == content


def test_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ChainStoreError, match="cannot be written") as error:
        run(tmp_path / "file" / "chain")
    assert "\n" not in str(error.value)


def test_folder_without_a_chain_cannot_be_read(tmp_path):
    with pytest.raises(ChainStoreError, match=r"holds no readable chain\.json"):
        Chain.read(tmp_path)
    run(tmp_path, steps=20)
    for path in tmp_path.glob("segment_*"):
        path.unlink()
    with pytest.raises(ChainStoreError, match="holds no finished block yet"):
        Chain.read(tmp_path)


def test_full_disk_is_one_line_and_loses_nothing(tmp_path, monkeypatch, straight):
    def full(path, content):
        raise OSError(28, "No space left on device")

    run(tmp_path, steps=40)
    with monkeypatch.context() as patch:
        patch.setattr("zprimefit.fitting.chain_store.write_atomic", full)
        with pytest.raises(ChainStoreError, match=r"No space left .* step 40, to be resumed"):
            run(tmp_path, resume=True)
    assert_same(run(tmp_path, resume=True), straight)


def test_bad_points_survive_on_disk(tmp_path):
    settings = {"walkers": 16, "until": "steps", "seed": 3}
    expected = sample(with_holes(0.004), steps=200, **settings)
    told = []
    sample(with_holes(0.004), steps=100, folder=tmp_path, progress=lambda state: told.append(str(state)), **settings)
    assert told == [f"step 100 of 100: no number at {Chain.read(tmp_path).n_bad} points"]
    chain = sample(with_holes(0.004), steps=200, folder=tmp_path, resume=True, **settings)
    assert [p.values for p in chain.bad_points] == [p.values for p in expected.bad_points]
    assert Chain.read(tmp_path).n_bad == expected.n_bad > 0
    rows = pd.read_csv(tmp_path / "bad_points.csv")
    assert len(rows) == expected.n_bad
    assert ChainStore.open(tmp_path).header.parameters == ("x", "y")


# -- the chain object -------------------------------------------------------------------------------------------------


def test_tables_of_a_chain_agree(straight):
    summary, frame, flat = straight.summary(), straight.to_frame(thin=1), straight.flat(thin=1)
    assert list(summary.index) == ["a", "b"]
    assert flat.shape == (2 * 8 * (100 - straight.burn), 2)
    np.testing.assert_array_equal(frame[["a", "b"]].to_numpy(), flat)
    row = frame.iloc[37]
    where = (int(row["ensemble"]), int(row["step"]), int(row["walker"]))
    np.testing.assert_array_equal(straight.samples[where], row[["a", "b"]].to_numpy(dtype=float))
    assert straight.log_likelihood[where] == row["log_likelihood"]
    assert np.all(summary["low95"] < summary["low68"])
    assert np.all(summary["high68"] < summary["high95"])
    np.testing.assert_allclose(summary["median"], np.median(flat, axis=0))
    best = straight.best()
    assert best.minus2lnl == pytest.approx(float(gaussian().minus2lnl(best.values)))
    with pytest.raises(ValueError, match="thin: expected a positive"):
        straight.flat(thin=0)


def test_chain_cannot_be_changed(straight):
    with pytest.raises(ValueError, match="read-only"):
        straight.samples[0, 0, 0, 0] = 1.0


def test_constant_column_does_not_harm_the_tables(straight):
    samples = np.array(straight.samples)
    samples[..., 1] = 2.0
    constant = Chain(("a", "b"), ("1", "GeV"), ("a", "b"), samples, straight.log_likelihood, straight.log_prior, 1)
    assert constant.verdict == "not yet"
    assert constant.flat().shape[1] == 2
    assert constant.summary().loc["b", "low95"] == 2.0
    assert "b never moved" in str(constant)


def test_text_of_a_chain_states_verdict_levels_and_bad_points(straight):
    text = str(straight)
    assert "chain of 2 ensembles x 8 walkers x 100 steps" in text
    assert "not yet: N/tau" in text
    assert "68.27 % CL" in text
    assert "no number at 0 of" in text


def test_log_prior_is_per_users_unit(tmp_path):
    analysis = without_data((parameter("x", 1.0, 3.0, "log"),))
    chain = sample(analysis, until="steps", steps=20, walkers=8)
    np.testing.assert_allclose(chain.log_prior, -np.log(chain.samples[..., 0] * np.log(3.0)), rtol=1e-12)


def test_a_chain_is_not_continued_with_another_component(tmp_path):
    def chained(width):
        @component(parameters=["x"])
        def pull(x):
            return (x / width) ** 2

        return Analysis(without_data((parameter("x", -1.0, 3.0, "linear"),)).model, (pull,), name="pull")

    sample(chained(1.0), walkers=8, until="steps", steps=20, block=10, folder=tmp_path / "chain")
    with pytest.raises(ChainStoreError, match=r"analysis\.components"):
        sample(chained(2.0), walkers=8, until="steps", steps=40, block=10, folder=tmp_path / "chain", resume=True)
