"""Files of events read back by other libraries."""

import json

import numpy as np
import pandas as pd
import pyhepmc
import pytest

from zprimefit.constants import PARTICLE_NUMBERS
from zprimefit.files import UnwritableError
from zprimefit.likelihoods.miniboone.event_record import Events
from zprimefit.models import BLSM, Z2HDM
from zprimefit.report.event_files import write_events

N = 4
MODELS = {"z2hdm": Z2HDM(), "blsm": BLSM()}
SIGN = {"positron": -1}
PDG = {"neutrino": "nu_mu", "target": "carbon", "recoil": "carbon", "electron": "e", "positron": "e"}


def sample(name):
    """A few events that no survey is needed for."""
    model, point = MODELS[name], MODELS[name].benchmark()
    source = next(s for s in model.pair_sources() if s.name in {"hprime", "nu5_to_nu"})
    masses = np.array([point[mass] for mass in source.masses])
    unit = source.events.unit
    points = np.random.default_rng(1).random((N, unit.weighted + unit.free))
    momenta = unit.momenta(masses, "coherent", np.full(N, 0.9), points).by_role
    names = PDG | {"heavy": source.events.heavy, "mediator": source.events.mediator, "daughter": "nu_mu"}
    return Events(
        model=name, point=point, mode="fhc", seed=3, sources=(source.name,), channels=("coherent",),
        source=np.zeros(N, dtype=int), channel=np.zeros(N, dtype=int), weight=np.ones(N), particles=momenta,
        numbers={role: SIGN.get(role, 1) * np.full(N, PARTICLE_NUMBERS[names[role]]) for role in momenta},
        expected=80.0, error=0.5, cross_section=2e-40, cross_section_error=1e-42, trials=16, overweight=0,
    )  # fmt: skip


both = pytest.mark.parametrize("name", MODELS)


@both
def test_hepmc_has_vertices_that_conserve_momentum(tmp_path, name):
    events = sample(name)
    write_events(events, tmp_path / "e.hepmc")
    with pyhepmc.open(tmp_path / "e.hepmc") as handle:
        read = list(handle)
    assert len(read) == N
    for i, event in enumerate(read):
        assert (event.momentum_unit, event.length_unit) == (pyhepmc.Units.GEV, pyhepmc.Units.MM)
        assert len(event.vertices) == (2 if name == "z2hdm" else 3)
        for vertex in event.vertices:
            before, after = (
                np.sum([[p.momentum.e, p.momentum.px, p.momentum.py, p.momentum.pz] for p in side], axis=0)
                for side in (vertex.particles_in, vertex.particles_out)
            )
            assert after == pytest.approx(before, abs=1e-10 * before[0])
        electron = next(p for p in event.particles if p.pid == 11)
        assert electron.momentum.e == events.particles["electron"][i, 0]
        assert electron.generated_mass == pytest.approx(0.51099895e-3)
        assert event.cross_section.xsec() == pytest.approx(2e-4)  # pb


@both
def test_hepmc_says_who_goes_in_who_decays_and_who_is_left(tmp_path, name):
    write_events(sample(name), tmp_path / "e.hepmc")
    with pyhepmc.open(tmp_path / "e.hepmc") as handle:
        event = next(iter(handle))
    status = {p.pid: p.status for p in event.particles if p.pid != 1000060120}
    left = {11: 1, -11: 1}
    expected = {14: 4, 9900012: 1, 54: 2} if name == "z2hdm" else {14: 1, 9900014: 2, 32: 2}
    assert status == left | expected  # the last of both nu_mu of the chain is the daughter
    assert sorted(p.status for p in event.particles if p.pid == 1000060120) == [1, 4]
    assert [p.status for p in event.beams] == [4, 4]


def test_hepmc_says_where_it_comes_from(tmp_path):
    events = sample("z2hdm")
    write_events(events, tmp_path / "e.hepmc")
    with pyhepmc.open(tmp_path / "e.hepmc") as handle:
        run = next(iter(handle)).run_info
    assert run.tools[0].name == "zprimefit"
    header = (tmp_path / "e.hepmc").read_text().split("\nE ")[0]
    told = dict(line.split(" ", 2)[1:] for line in header.splitlines() if line.startswith("A "))
    assert json.loads(told["point"]) == events.point
    assert (told["mode"], told["seed"], float(told["expected"])) == ("fhc", "3", 80.0)


@both
def test_tables_hold_every_number(tmp_path, name):
    events = sample(name)
    frame = events.to_frame()
    write_events(events, tmp_path / "e.parquet")
    write_events(events, tmp_path / "e.csv")
    parquet, csv = pd.read_parquet(tmp_path / "e.parquet"), pd.read_csv(tmp_path / "e.csv", comment="#")
    assert parquet.attrs["point"] == events.point
    pd.testing.assert_frame_equal(parquet, frame, check_exact=True)
    assert list(csv.columns) == list(frame.columns)
    numbers = frame.select_dtypes("number")
    assert np.array_equal(csv[numbers.columns].to_numpy(float), numbers.to_numpy(float))
    assert "# seed: 3\n" in (tmp_path / "e.csv").read_text()


def test_file_that_is_there_stays_unless_forced(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("mine")
    with pytest.raises(ValueError, match=r"exists already; nothing was overwritten.*--force"):
        write_events(sample("z2hdm"), path)
    assert path.read_text() == "mine"
    write_events(sample("z2hdm"), path, force=True)
    assert "electron_E" in path.read_text()


def test_other_suffix_and_missing_folder_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"written as \.hepmc, \.parquet, \.csv"):
        write_events(sample("z2hdm"), tmp_path / "e.root")
    with pytest.raises(UnwritableError, match=r"cannot be written.*check the path"):
        write_events(sample("z2hdm"), tmp_path / "none" / "e.csv")
    assert list(tmp_path.iterdir()) == []
