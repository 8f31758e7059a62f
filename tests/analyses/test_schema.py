"""What is wrong with an analysis file is told in one line: file, key, value, what was expected, nearest name."""

import re

import pytest

from zprimefit.analyses import AnalysisError, catalogue, load

HEAD = "name: mine\nmodel: {name: z2hdm}\n"
MOMENT = HEAD + "components: {delta-a-mu: {}}\n"
COMPONENTS = ", ".join(catalogue.COMPONENTS)
OWN = "a component of your own is named by use: path/to/mine.py:Thing"
KEYS = "Available: name, description, model, data, engine, components, parameters, constraints"


def refusal(path, **options):
    with pytest.raises(AnalysisError) as error:
        load(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def refused(tmp_path):
    """Message that refuses a text as an analysis file, without the file's name at its beginning."""

    def _refused(text, **options):
        path = tmp_path / "a.yaml"
        path.write_text(text)
        message = refusal(path, **options)
        assert message.startswith(f"{path}: ")
        return message.removeprefix(f"{path}: ")

    return _refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MOMENT + "enigne: direct\n", f"unknown key 'enigne'; did you mean 'engine'? {KEYS}"),
        (MOMENT + "engine: surogate\n", "did you mean 'surrogate'?"),
        (MOMENT.replace("z2hdm", "z2hmd"), "unknown model 'z2hmd'; did you mean 'z2hdm'?"),
        (
            "name: mine\nmodel: {name: z2hdm, gauge_grup: B}\ncomponents: {delta-a-mu: {}}\n",
            "unknown option of model z2hdm 'gauge_grup'; did you mean 'gauge_group'?",
        ),
        (
            HEAD + "components: {delta-a-muon: {}}\n",
            f"unknown component 'delta-a-muon'; did you mean 'delta-a-mu'? Available: {COMPONENTS}; {OWN}",
        ),
        (
            HEAD + "components: {delta-a-mu: {referense: paperA}}\n",
            "unknown option of component delta-a-mu 'referense'; did you mean 'reference'? Available: reference",
        ),
        (
            HEAD + "components: {delta-a-mu: {reference: paperC}}\n",
            "delta-a-mu: unknown reference 'paperC'; did you mean 'paperB'?",
        ),
        (MOMENT + "parameters: {y_muu: {}}\n", "unknown parameter 'y_muu'; did you mean 'y_mu'?"),
        (MOMENT + "parameters: {y_mu: {defualt: 1}}\n", "unknown key 'defualt'; did you mean 'default'?"),
        (MOMENT + "parameters: {y_mu: {scale: lgo}}\n", "did you mean 'log'?"),
        (
            MOMENT + "parameters: {y_mu: {prior: {kind: uniform, lo: 1e-4}}}\n",
            "unknown key 'lo'; did you mean 'low'? Available: kind, low, high, mean, sigma, distribution in parameters",
        ),
        (
            MOMENT + "constraints: [{require: y_mu < 1e-3, widht: 1e-5}]\n",
            "unknown key 'widht'; did you mean 'width'? Available: require, width in constraints.0",
        ),
        (MOMENT + "constraints: [y_muu < 1e-3]\n", "'y_muu < 1e-3', position 1: unknown parameter or derived quantity"),
        (MOMENT + "constraints: [y_muu < 1e-3]\n", "did you mean 'y_mu'?"),
        (MOMENT.replace("{}", "{kind: delta-a-muon}"), "unknown component 'delta-a-muon'; did you mean 'delta-a-mu'?"),
    ],
    ids=[
        "key", "engine", "model", "model option", "component", "component option", "reference", "parameter",
        "parameter key", "scale", "prior key", "constraint key", "constraint name", "nearest in constraint", "kind",
    ],
)  # fmt: skip
def test_unknown_name_is_answered_with_the_nearest(refused, text, message):
    assert message in refused(text)


def test_unknown_option_of_load_is_answered_with_the_nearest(refused):
    assert refused(MOMENT, enigne="direct") == f"unknown key 'enigne'; did you mean 'engine'? {KEYS}"


def test_unknown_analysis_is_answered_with_the_nearest():
    message = refusal("z2hdm-minibone")
    known = "blsm-global, blsm-seed, z2hdm-global, z2hdm-miniboone, z2hdm-seed"
    assert message == f"unknown analysis 'z2hdm-minibone'; did you mean 'z2hdm-miniboone'? Available: {known}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("y_mu: {default: .nan}", "parameters.y_mu.default: expected a finite number, got nan"),
        ("y_mu: {default: .inf}", "parameters.y_mu.default: expected a finite number, got inf"),
        ("y_mu: {default: nan}", "parameters.y_mu.default: cannot read 'nan' as a number"),
        ("y_mu: {bounds: [1e-3, .inf]}", "parameters.y_mu.bounds: expected a finite number, got inf"),
        ("y_mu: {bounds: [1e-2, 1e-3]}", "parameter y_mu: expected finite bounds low < high, got [0.01, 0.001]"),
        ("y_mu: {bounds: [1e-3]}", "parameters.y_mu.bounds"),
        ("y_mu: {default: 0.5}", "parameter y_mu: the default 0.5 lies outside its bounds [1e-06, 0.1]"),
        ("y_mu: {default: some}", "parameters.y_mu.default: cannot read 'some' as a number"),
        ("y_mu: {default: [1]}", "parameters.y_mu.default: "),
        ("g_d: {default: true}", "parameters.g_d.default: "),
        (
            "m_hprime: {default: 23 MEV}",
            "parameters.m_hprime.default: unknown unit 'MEV' in '23 MEV'; known: eV, keV, MeV, GeV, TeV",
        ),
        (
            "y_mu: {default: 1e-3 MeV}",
            "parameters.y_mu.default: is dimensionless, but '1e-3 MeV' carries the unit 'MeV'; drop the unit",
        ),
        ("y_mu: {free: 3}", "parameters.y_mu.free: input should be a valid boolean"),
        ("y_etau_taue: {scale: log}", "parameter y_etau_taue: scale 'log' needs a lower bound > 0, got -0.0001"),
        ("g_B: {free: true}", "parameters ['g_B'] are free but no component depends on them; fix them, or add"),
        (
            "y_mu: {prior: {kind: uniform, low: 1e-9, high: 1e-2}}",
            "parameter y_mu: the prior's support [1e-09, 0.01] leaves the bounds [1e-06, 0.1]",
        ),
        ("y_mu: {prior: {kind: normal, mean: 1e-3}}", "parameters.y_mu.prior: kind 'normal' needs mean and sigma"),
        ("y_mu: {prior: {kind: normal, sigma: 1e-3}}", "parameters.y_mu.prior: kind 'normal' needs mean and sigma"),
        (
            "y_mu: {prior: {kind: uniform, mean: 1e-3}}",
            "parameters.y_mu.prior: mean and sigma belong to kind 'normal', not to 'uniform'",
        ),
        ("y_mu: {prior: {kind: normal, mean: 1e-3, sigma: 0}}", "prior normal: expected a finite mean and sigma > 0"),
        ("y_etau_taue: {prior: {kind: log-uniform}}", "prior log-uniform: needs low > 0"),
    ],
)  # fmt: skip
def test_wrong_parameter_is_refused(refused, change, message):
    assert refused(f"{MOMENT}parameters: {{{change}}}\n").startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n- b\n", KEYS.replace("Available:", "expected a mapping with the keys") + ", got list"),
        ("just words\n", "expected a mapping with the keys"),
        ("", "expected a mapping with the keys"),
        ("a: [1, 2\nb: 3", "not valid YAML: "),
        (HEAD + "components: {delta-a-mu: {}, delta-a-mu: {}}\n", 'found duplicate key "delta-a-mu"'),
        (HEAD, "components: field required"),
        (HEAD + "components: {}\n", "components: "),
        ("model: {name: z2hdm}\ncomponents: {delta-a-mu: {}}\n", "name: field required"),
        ("name: mine\nmodel: {}\ncomponents: {delta-a-mu: {}}\n", "unknown model None; Available: blsm, z2hdm"),
        (HEAD + "components: {delta-a-mu: paperA}\n", "components.delta-a-mu: "),
        (HEAD + "components: {delta-a-mu: {reference: 3}}\n", "delta-a-mu: input should be a valid string, got 3"),
        (HEAD + "components: {delta-a-mu: {lepton: e}}\n", "unknown option of component delta-a-mu 'lepton'"),
        (HEAD + "components: {miniboone: {statistic: gausian}}\n", "unknown statistic of miniboone 'gausian'"),
        (
            HEAD + "components: {miniboone: {modes: [fch]}}\n",
            "unknown mode of miniboone 'fch'; did you mean 'fhc'? Available: fhc, rhc",
        ),
        (HEAD + "components: {miniboone: {signal_systematic: lots}}\n", "signal_systematic"),
        ("name: mine\nmodel: {name: z2hdm, accuracy: 3}\ncomponents: {delta-a-mu: {}}\n", "accuracy"),
        (
            MOMENT + "constraints: [3]\n",
            "constraints.0: expected a text such as 'm_Hpm > 110 GeV', or require and width, got 3",
        ),
        (MOMENT + "constraints: [{width: 3}]\n", "constraints.0.require: field required"),
        (MOMENT + "constraints: m_Hpm > 110 GeV\n", "constraints: input should be a valid list, got 'm_Hpm > 110 GeV'"),
        (MOMENT + "constraints: [m_Hpm > 110]\n", "'m_Hpm > 110', position 7: compares GeV and a pure number"),
        (MOMENT + "constraints: [m_Hpm - m_A > 0]\n", "constraint: m_Hpm - m_A > 0: a bound of zero needs a width"),
        (
            MOMENT + "constraints: [{require: m_A > 1 GeV, width: 1 s}]\n",
            "constraint: m_A > 1 GeV: width '1 s' is in s, but what it limits is GeV",
        ),
    ],
    ids=[
        "list", "words", "empty", "syntax", "component twice", "components missing", "no components", "name missing",
        "model missing", "component is text", "reference is number", "lepton given", "statistic", "mode", "systematic",
        "accuracy", "constraint is number", "constraint without text", "no list", "constraint's unit",
        "constraint's width missing", "width's unit",
    ],
)  # fmt: skip
def test_wrong_file_is_refused(refused, text, message):
    assert message in refused(text)


def test_missing_file_is_refused(tmp_path):
    path = tmp_path / "nowhere.yaml"
    assert (
        refusal(path)
        == f"{path}: no such file; packaged analyses: blsm-global, blsm-seed, z2hdm-global, z2hdm-miniboone, z2hdm-seed"
    )


def test_folder_without_an_analysis_is_refused(tmp_path):
    assert "analysis.yaml" in refusal(tmp_path)


def test_binary_file_is_refused(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert re.search(r"a\.yaml: cannot be read as text", refusal(path))
