"""What the papers quote and today's data: one switch for any analysis."""

import pytest
from ruamel.yaml import YAML

from zprimefit.analyses import AnalysisError, packaged, resolved_yaml
from zprimefit.analyses.catalogue import COMPONENTS
from zprimefit.analyses.loading import read_text
from zprimefit.analyses.schema import read_spec
from zprimefit.analyses.vintages import CURRENT, DATED_KINDS, PAPERS, dated, publications, with_data

HEAD = "name: mine\nmodel: {name: z2hdm}\n"
DATED = HEAD + "data: papers\ncomponents: {delta-a-mu: {}, delta-a-e: {}}\n"


def spec_of(name):
    return read_spec(YAML(typ="safe", pure=True).load(read_text(name)[0]), name)


def kinds(spec):
    return {(options or {}).get("kind", key) for key, options in spec.components.items()}


def test_data_of_the_file_are_what_its_terms_go_by(read):
    assert publications(read(DATED).source) == {"delta-a-mu": "paperA", "delta-a-e": "paperA"}


def test_one_switch_exchanges_what_the_paper_quotes_for_today_s_numbers(read):
    analysis = read(DATED, data="current")
    assert publications(analysis.source) == {"delta-a-mu": "2025_WP25", "delta-a-e": "Rb_2023"}
    assert [c.measured.name for c in analysis.components] == ["2025_WP25", "Rb_2023"]
    assert analysis.identity["analysis"]["data"] == "current"


def test_paper_of_the_other_model_has_its_own_numbers(read):
    text = "name: b\nmodel: {name: blsm}\ndata: papers\ncomponents: {delta-a-mu: {}, na64-invisible: {}, a1: {}}\n"
    assert publications(read(text).source) == {"delta-a-mu": "paperB", "na64-invisible": "2016", "a1": "2014"}
    assert publications(read(text, data="current").source) == {
        "delta-a-mu": "2025_WP25", "na64-invisible": "2019", "a1": "both",
    }  # fmt: skip


def test_option_of_the_file_is_stronger_than_its_own_data(read):
    analysis = read(DATED.replace("delta-a-e: {}", "delta-a-e: {reference: Cs_2023}"))
    assert publications(analysis.source) == {"delta-a-mu": "paperA", "delta-a-e": "Cs_2023"}


@pytest.mark.parametrize("where", ["file", "option"])
def test_option_that_contradicts_the_switch_is_refused(read, where):
    own = {"reference": "Cs_2023"}
    text = DATED.replace("delta-a-e: {}", "delta-a-e: {reference: Cs_2023}") if where == "file" else DATED
    options = {"components": {"delta-a-e": own}} if where == "option" else {}
    with pytest.raises(AnalysisError, match="delta-a-e has reference 'Cs_2023', and would have 'Rb_2023'"):
        read(text, data="current", **options)


def test_option_that_agrees_with_the_switch_is_not(read):
    analysis = read(DATED, data="current", components={"delta-a-e": {"reference": "Rb_2023"}})
    assert publications(analysis.source)["delta-a-e"] == "Rb_2023"


def test_analysis_without_data_is_left_alone(read):
    analysis = read(HEAD + "components: {delta-a-mu: {reference: 2023_WP20}}\n")
    assert "data" not in analysis.source
    assert publications(analysis.source) == {"delta-a-mu": "2023_WP20"}


def test_resolved_file_keeps_its_data_and_refuses_others(read):
    text = resolved_yaml(read(DATED, data="current"))
    assert publications(read(text).source) == {"delta-a-mu": "2025_WP25", "delta-a-e": "Rb_2023"}
    assert resolved_yaml(read(text)) == text
    with pytest.raises(AnalysisError, match="delta-a-mu has reference '2025_WP25', and would have 'paperA'"):
        read(text, data="papers")


def test_model_of_one_s_own_has_no_paper(read, tmp_path):
    (tmp_path / "mine.py").write_text("from zprimefit.models import Z2HDM\nmodel = Z2HDM()\n")
    text = DATED.replace("{name: z2hdm}", "{use: 'mine.py:model'}")
    with pytest.raises(AnalysisError, match="data 'papers': unknown paper of the model None; Available: z2hdm, blsm"):
        read(text)
    assert publications(read(text, data="current").source)["delta-a-mu"] == "2025_WP25"


def test_term_of_one_s_own_is_left_alone_whatever_its_name(read, tmp_path):
    own = (
        "from zprimefit.likelihoods import AnomalousMagneticMoment\nterm = AnomalousMagneticMoment('mu', '2023_WP20')\n"
    )
    (tmp_path / "mine.py").write_text(own)
    analysis = read(DATED.replace("delta-a-mu: {}", "delta-a-mu: {use: 'mine.py:term'}"), data="current")
    assert analysis.components[0].measured.name == "2023_WP20"
    assert publications(analysis.source) == {"delta-a-e": "Rb_2023"}


def test_unknown_data_are_refused_by_name(read):
    with pytest.raises(AnalysisError, match="unknown data 'curent'; did you mean 'current'"):
        read(DATED, data="curent")


@pytest.mark.parametrize(("data", "year"), [("papers", "2017"), ("current", "2021")])
def test_data_choose_coherent_s_release_for_the_model_whose_paper_quotes_it(data, year):
    spec = spec_of("z2hdm-global").model_copy(update={"data": data})
    assert f"coherent-csi-{year}" in kinds(dated(spec, asked=True))
    other = spec_of("blsm-global").model_copy(update={"data": data})
    assert "coherent-csi-2021" in kinds(dated(other, asked=True))


def test_release_that_is_named_contradicts_the_switch():
    spec = spec_of("z2hdm-global").model_copy(update={"data": "papers", "components": {"coherent-csi-2021": {}}})
    assert kinds(dated(spec, asked=False)) == {"coherent-csi-2021"}
    with pytest.raises(AnalysisError, match="has kind 'coherent-csi-2021', and would have 'coherent-csi-2017'"):
        dated(spec, asked=True)


@pytest.mark.parametrize("name", packaged())
def test_packaged_analyses_say_their_data_and_take_both(name):
    text = read_text(name)[0]
    assert spec_of(name).data == ("current" if name.endswith("global") else "papers")
    for data in ("papers", "current"):
        changed = read_spec(YAML(typ="safe", pure=True).load(with_data(text, data)), name)
        assert changed.data == data
        assert kinds(dated(changed, asked=True)) <= set(COMPONENTS)


@pytest.mark.parametrize("options", [CURRENT, *PAPERS.values()])
def test_dated_options_are_those_of_components(options):
    for kind, (option,) in ((k, tuple(o)) for k, o in options.items()):
        if option == "kind":
            assert DATED_KINDS[options[kind]["kind"]] == kind
            continue
        factory, given = COMPONENTS[kind]
        component = factory(**given, **options[kind])
        assert getattr(component, option) == options[kind][option]
