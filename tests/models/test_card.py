"""Parameter cards: what a reader of SLHA finds there is what the model says."""

import math

import pylha
import pytest

from zprimefit.models import BLSM, Z2HDM
from zprimefit.models.card import NU4, Decay
from zprimefit.models.z2hdm import decays

MODELS = [
    pytest.param(Z2HDM(), "table1", id="z2hdm"),
    pytest.param(Z2HDM(gauge_group="B-3Ltau"), "table1", id="B-3Ltau"),
    pytest.param(BLSM(), "mz20", id="blsm"),
]


def read(model, point):
    return pylha.load(model.card(point).text(("zprimefit", "1"), ("a line",)))


@pytest.mark.parametrize(("model", "label"), MODELS)
def test_every_number_is_read_back_bit_for_bit(model, label):
    point = model.benchmark(label)
    card = model.card(point)
    read_back = pylha.load(card.text(("zprimefit", "1")))["BLOCK"]
    for name, entries in card.blocks.items():
        assert [(tuple(row[:-1]), row[-1]) for row in read_back[name]["values"]] == [
            (entry.index, entry.value) for entry in entries
        ]
    values = [row[-1] for row in read_back["ZPARAMETERS"]["values"]]
    assert dict(zip((p.name for p in model.parameters), values, strict=True)) == point


@pytest.mark.parametrize(("model", "label"), MODELS)
def test_branching_ratios_sum_to_one_and_charges_are_kept(model, label):
    charge = {11: -1, 13: -1, 15: -1, 24: 1, 211: 1, 37: 1}
    for code, decay in read(model, model.benchmark(label))["DECAY"].items():
        assert math.fsum(row[0] for row in decay["values"]) == pytest.approx(1.0, abs=1e-14)
        for _, n, *codes in decay["values"]:
            assert n == len(codes)
            assert sum(math.copysign(1, c) * charge.get(abs(c), 0) for c in codes) == charge.get(int(code), 0)


def test_widths_of_the_paper_model_are_those_of_its_derived_quantities():
    model = Z2HDM()
    point = {**model.benchmark(), "U_e4_sq": 1e-6, "m_nu4": 0.14}
    derived, found = model.derived(point), read(model, point)["DECAY"]
    for code, name in ((32, "zprime"), (54, "hprime"), (35, "H"), (NU4, "nu4")):
        assert found[str(code)]["info"][0] == pytest.approx(float(derived[f"gamma_{name}_GeV"]), rel=1e-14)
    to_ee = [row[0] for row in found["35"]["values"] if row[2:] == [11, -11]]
    assert to_ee == [pytest.approx(float(decays.branching_to_ee("H", point)), rel=1e-14)]


def test_a_muon_beside_an_electron_goes_by_the_mixings():
    model = Z2HDM()
    point = {**model.benchmark(), "U_mu4_sq": 3e-6, "U_e4_sq": 1e-6, "m_nu4": 0.13}
    rows = read(model, point)["DECAY"][str(NU4)]["values"]
    shares = {tuple(row[2:4]): row[0] for row in rows if row[1] == 3}
    assert shares[13, -11] == pytest.approx(3 * shares[11, -13], rel=1e-12)


def test_widths_of_the_blsm_are_those_of_its_derived_quantities():
    model = BLSM()
    point = model.benchmark("mz30")
    found = read(model, point)["DECAY"]
    assert found["32"]["info"][0] == pytest.approx(float(model.derived(point)["gamma_zprime_GeV"]), rel=1e-14)


def test_without_a_coupling_what_is_not_finite_is_a_comment_and_nothing_decays():
    model = BLSM()
    text = model.card({**model.benchmark(), **model.no_new_physics}).text(("zprimefit", "1"))
    assert "not finite  # v' [GeV], of chi" in text
    read_back = pylha.load(text)
    assert read_back["DECAY"]["32"] == {"info": [0.0]}
    assert [row[0] for row in read_back["BLOCK"]["VEVS"]["values"]] == [1]


def test_a_width_of_both_orders_is_shared():
    found = Decay(32, {"nu4_nu": 3.0, "ee": 1.0, "mumu": 0.0}).branchings()
    assert found == [
        (0.375, (NU4, -14), "nu4_nu"),
        (0.375, (14, -NU4), "nu4_nu"),
        (0.25, (11, -11), "ee"),
    ]


def test_header_lists_the_codes_of_the_new_particles_and_what_they_stand_for():
    model = Z2HDM()
    head = [
        line for line in model.card(model.benchmark()).text(("z", "1"), ("best fit",)).splitlines() if line[0] == "#"
    ]
    assert "# best fit" in head
    assert any("9900012" in line and "unofficial" in line for line in head)
    assert not any("9900014" in line for line in head)
    assert any("14 and -14 stand for light neutrinos" in line for line in head)
