"""Analysis files: what is read from them, what is written back, and extensions in the user's own files."""

import re

import numpy as np
import pytest
from ruamel.yaml import YAML

import zprimefit
from zprimefit.analyses import AnalysisError, load, packaged, resolved_yaml
from zprimefit.likelihoods import AnomalousMagneticMoment
from zprimefit.models import Z2HDM
from zprimefit.priors import Distribution, Prior

HEAD = "name: mine\nmodel: {name: z2hdm}\n"
MOMENTS = HEAD + "components: {delta-a-mu: {}, delta-a-e: {reference: Rb_2023}}\n"


def with_parameter(name, text):
    return f"{MOMENTS}parameters: {{{name}: {{{text}}}}}\n"


@pytest.fixture(scope="module")
def miniboone():
    """The packaged analysis; nothing is evaluated."""
    return load("z2hdm-miniboone")


# -- what is read ---------------------------------------------------------------------------------------------------


def test_packaged_analysis_has_nine_free_parameters_with_bounds_in_GeV(miniboone):
    assert "z2hdm-miniboone" in packaged()
    assert {p.name: p.bounds for p in miniboone.free} == {
        "m_zprime": (0.03, 2.0),
        "m_hprime": (0.005, 0.029),
        "m_nu4": (0.001, 0.15),
        "g_B": (1e-6, 1e-1),
        "g_d": (0.1, 3.5449),
        "U_mu4_sq": (1e-8, 1e-3),
        "sin_delta": (0.01, 0.99),
        "y_mu": (1e-4, 1e-2),
        "y_etau_taue": (-1e-5, 1e-5),
    }
    assert miniboone.free_parameters == (
        "m_zprime", "m_hprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "sin_delta", "y_mu", "y_etau_taue",
    )  # fmt: skip


def test_packaged_analysis_is_miniboone_and_both_moments_of_the_paper(miniboone):
    assert [c.name for c in miniboone.components] == ["miniboone", "delta-a-mu", "delta-a-e"]
    assert {c.measured.name for c in miniboone.components[1:]} == {"paperA"}
    assert miniboone.engine == "surrogate"


def test_file_says_what_the_analysis_is(read):
    analysis = read(MOMENTS)
    assert analysis.name == "mine"
    assert analysis.model == Z2HDM()
    assert analysis.components == (AnomalousMagneticMoment("mu"), AnomalousMagneticMoment("e", "Rb_2023"))
    assert analysis.engine == "surrogate"


def test_component_without_options_may_be_left_empty(read):
    assert read(HEAD + "components:\n  delta-a-mu:\n").components == (AnomalousMagneticMoment("mu"),)


def test_folder_stands_for_the_analysis_in_it(tmp_path):
    (tmp_path / "analysis.yaml").write_text(MOMENTS)
    assert load(tmp_path).name == "mine"
    assert load(str(tmp_path)).name == "mine"


@pytest.mark.parametrize("text", ["1e-5", "1.0e-5", "0.00001", "'1e-5'"])
def test_number_without_a_dot_is_a_number(read, text):
    assert read(with_parameter("y_mu", f"default: {text}")).parameter("y_mu").default == 1e-5


@pytest.mark.parametrize("text", ["30 MeV", "30MeV", "0.03", "0.03 GeV", "3e4 keV"])
def test_energy_is_read_into_GeV(read, text):
    found = read(with_parameter("m_hprime", f"default: {text}")).parameter("m_hprime").default
    assert found == pytest.approx(0.03, rel=1e-15)


def test_parameter_keeps_what_the_file_does_not_change(read):
    before, after = Z2HDM().parameters, read(with_parameter("y_mu", "bounds: [1e-5, 1e-2]")).parameters
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a.with_(free=b.free) != b]
    assert changed == [(changed[0][0], changed[0][0].with_(bounds=(1e-5, 1e-2)))]
    assert changed[0][0].name == "y_mu"


def test_bounds_prior_and_scale_are_distinct(read):
    text = "bounds: [1e-5, 1e-2], scale: linear, prior: {kind: normal, mean: 6e-4, sigma: 1e-4, low: 1e-4}"
    y_mu = read(with_parameter("y_mu", text)).parameter("y_mu")
    assert (y_mu.bounds, y_mu.scale) == ((1e-5, 1e-2), "linear")
    assert y_mu.prior == Prior("normal", 1e-4, 1e-2, 6e-4, 1e-4)


def test_prior_of_scipy_is_read_with_its_units_and_written_again(read):
    text = "prior: {kind: scipy, distribution: {name: gamma, args: [2.0], scale: 3 MeV}, low: 6 MeV}"
    analysis = read(with_parameter("m_hprime", text))
    prior = analysis.parameter("m_hprime").prior
    assert prior == Prior("scipy", 6e-3, prior.high, distribution=Distribution("gamma", (2.0,), 0.0, 3e-3))
    assert read(resolved_yaml(analysis)).parameter("m_hprime").prior == prior


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        ("{kind: scipy}", "kind 'scipy' needs a distribution, and no other kind has one"),
        ("{kind: uniform, distribution: {name: norm}}", "kind 'scipy' needs a distribution"),
        ("{kind: scipy, distribution: {name: norm, shape: 2}}", "unknown key 'shape'"),
    ],
)
def test_prior_of_scipy_without_its_distribution_is_refused(read, prior, said):
    with pytest.raises(AnalysisError, match=said):
        read(with_parameter("m_hprime", f"prior: {prior}"))


def test_prior_of_an_energy_is_read_with_its_unit(read):
    text = "prior: {kind: normal, mean: 20 MeV, sigma: 1 MeV, low: 5 MeV, high: 30 MeV}"
    prior = read(with_parameter("m_hprime", text)).parameter("m_hprime").prior
    assert prior == Prior("normal", 0.005, 0.03, 0.02, 0.001)


def test_parameters_that_nothing_depends_on_are_fixed(read):
    assert read(MOMENTS).free_parameters == ("m_hprime", "sin_delta", "y_mu", "y_etau_taue")


# -- options --------------------------------------------------------------------------------------------------------


def test_option_replaces_a_key_of_the_file(read):
    assert read(MOMENTS, engine="direct").engine == "direct"


def test_nested_option_merges_key_by_key(read):
    analysis = read(
        MOMENTS, components={"delta-a-mu": {"reference": "2025_WP25"}}, parameters={"y_mu": {"free": False}}
    )
    assert [c.measured.name for c in analysis.components] == ["2025_WP25", "Rb_2023"]
    assert "y_mu" not in analysis.free_parameters


def test_option_adds_a_component(read):
    one = HEAD + "components: {delta-a-mu: {}}\n"
    names = [c.name for c in read(one, components={"delta-a-e": {"reference": "Cs_2023"}}).components]
    assert names == ["delta-a-mu", "delta-a-e"]


def test_option_changes_the_likelihood(read):
    one, other = read(MOMENTS), read(MOMENTS, components={"delta-a-mu": {"reference": "2025_WP25"}})
    there = one.defaults()
    assert one.breakdown(there)["delta-a-e"] == other.breakdown(there)["delta-a-e"]
    assert one.breakdown(there)["delta-a-mu"] != other.breakdown(there)["delta-a-mu"]


# -- writing back ---------------------------------------------------------------------------------------------------


def assert_same(one, other):
    assert one.source == other.source
    assert one.parameters == other.parameters
    assert one.components == other.components
    assert (one.name, one.engine, one.model) == (other.name, other.engine, other.model)


def test_resolved_yaml_of_the_packaged_analysis_gives_it_again(miniboone, read):
    assert_same(read(resolved_yaml(miniboone)), miniboone)


def test_resolved_yaml_gives_the_analysis_again_where_it_leaves_parameters_idle(read):
    analysis = read(MOMENTS)
    assert_same(read(resolved_yaml(analysis)), analysis)


def test_resolved_yaml_gives_priors_and_scales_again(read):
    fixed = ", ".join(f"{n}: {{free: false}}" for n in ("m_zprime", "m_nu4", "g_B", "g_d", "U_mu4_sq"))
    priors = (
        "y_mu: {prior: {kind: normal, mean: 6e-4, sigma: 1e-4}}, y_etau_taue: {scale: asinh, asinh_scale: 1e-7}, "
        "m_hprime: {default: 20 MeV, prior: {kind: uniform, low: 10 MeV}}"
    )
    analysis = read(f"{MOMENTS}parameters: {{{fixed}, {priors}}}\n")
    again = read(resolved_yaml(analysis))
    assert_same(again, analysis)
    assert again.breakdown(again.defaults()) == analysis.breakdown(analysis.defaults())


def test_resolved_yaml_writes_out_the_options_that_were_left_at_their_defaults(read):
    resolved = YAML(typ="safe", pure=True).load(resolved_yaml(read(HEAD + "components: {delta-a-mu: {}}\n")))
    assert resolved["components"]["delta-a-mu"] == {"reference": "paperA"}
    assert resolved["model"]["gauge_group"] == "B"


def test_analysis_made_in_Python_has_no_file():
    analysis = zprimefit.Analysis(Z2HDM(), (AnomalousMagneticMoment("mu"),), name="by-hand")
    with pytest.raises(AnalysisError, match="'by-hand' was not read from a file"):
        resolved_yaml(analysis)


# -- components under a name of their own ------------------------------------------------------------------------------

RENAMED = f"{HEAD}components: {{nu: {{kind: miniboone, modes: [fhc]}}}}\n"


def test_component_with_a_kind_has_the_name_of_its_key(read):
    analysis = read(RENAMED)
    assert [(c.name, c.modes) for c in analysis.components] == [("nu", ("fhc",))]
    assert list(analysis.touched_by) == ["nu"]


def test_resolved_yaml_gives_a_renamed_component_again(read):
    analysis = read(RENAMED)
    assert_same(read(resolved_yaml(analysis)), analysis)
    assert analysis.source["components"]["nu"]["kind"] == "miniboone"


def test_two_components_of_the_same_data_are_refused(read):
    """Also one for each mode: their errors are correlated."""
    two = RENAMED.replace("}}\n", "}, nubar: {kind: miniboone, modes: [rhc]}}\n")
    with pytest.raises(AnalysisError, match=r"components 'nu' and 'nubar' both use 'MiniBooNE electron-like events'"):
        read(two)


def test_kind_without_a_name_of_its_own_keeps_its_name(read):
    analysis = read(HEAD + "components: {muon: {kind: delta-a-mu, reference: 2025_WP25}}\n")
    assert analysis.components == (AnomalousMagneticMoment("mu", "2025_WP25"),)
    assert_same(read(resolved_yaml(analysis)), analysis)


def test_kind_that_is_the_key_changes_nothing(read):
    assert read(MOMENTS.replace("{}", "{kind: delta-a-mu}")).identity == read(MOMENTS).identity


# -- components and models of the user's own ------------------------------------------------------------------------

MINE = """
import jax.numpy as jnp
from dataclasses import dataclass
import zprimefit
from zprimefit.models import Z2HDM

@zprimefit.component(parameters=["m_hprime", "y_mu"], cite="Mine:2026abc", n_data=3)
def my_limit(m_hprime, y_mu):
    return ((y_mu / 1e-3) / (m_hprime / 0.02)) ** 2

@dataclass(frozen=True)
class Pull:
    parameter: str
    centre: float = 0.0
    name: str = "pull"
    cite: tuple = ()
    n_data: int = 1
    observables: tuple = ()

    def minus2lnl(self, model, params):
        return (params[self.parameter] - self.centre) ** 2

@zprimefit.component(parameters=["y_mu"], name="delta-a-mu")
def namesake(y_mu):
    return 0.0 * y_mu

@zprimefit.component(parameters=["y_muu"])
def misspelt(y_muu):
    return y_muu

def plain(y_mu):
    return y_mu

def branching(y_mu):
    return 1.0 if y_mu > 0 else 0.0
"""


@pytest.fixture
def use(tmp_path, read):
    """Load an analysis with a component of mine.py beside it."""
    (tmp_path / "mine.py").write_text(MINE)
    return lambda text: read(f"{HEAD}components: {{delta-a-mu: {{}}, other: {{{text}}}}}\n")


def test_own_function_is_a_component(use):
    analysis = use("use: 'mine.py:my_limit'")
    own = analysis.components[1]
    assert (own.name, own.cite, own.n_data) == ("my-limit", ("Mine:2026abc",), 3)
    params = analysis.params(analysis.defaults())
    expected = ((params["y_mu"] / 1e-3) / (params["m_hprime"] / 0.02)) ** 2
    assert analysis.breakdown(analysis.defaults())["my-limit"] == pytest.approx(float(expected), rel=1e-14)


def test_own_class_is_made_with_its_options(use):
    analysis = use("use: 'mine.py:Pull', parameter: y_tau, centre: 0.5")
    assert analysis.breakdown(analysis.defaults())["pull"] == 0.25
    assert analysis.touched_by["pull"] == {"y_tau"}


def test_own_model_is_made_with_its_options(read, tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    text = "name: mine\nmodel: {use: 'mine.py:Z2HDM', gauge_group: B-3Ltau}\ncomponents: {delta-a-mu: {}}\n"
    assert read(text).model == Z2HDM("B-3Ltau")


def test_own_file_is_found_from_another_working_folder(use, tmp_path, monkeypatch):
    analysis = use("use: 'mine.py:my_limit'")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert load(tmp_path).source == analysis.source
    assert analysis.source["components"]["other"]["use"] == f"{tmp_path / 'mine.py'}:my_limit"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("use: 'nowhere.py:f'", "use: 'nowhere.py:f' does not name a file; expected path/to/mine.py:Thing"),
        ("use: mine.py", "use: 'mine.py' does not name a file; expected path/to/mine.py:Thing"),
        ("use: 'mine.py:my_limt'", "unknown name in mine.py 'my_limt'; did you mean 'my_limit'?"),
        ("use: 'mine.py:plain'", "is no component; it needs name, cite, n_data, observables and minus2lnl"),
        ("use: 'mine.py:namesake'", "components ['delta-a-mu'] appear more than once; give each its own name"),
        ("use: 'mine.py:misspelt'", "unknown parameter (component 'misspelt') 'y_muu'; did you mean 'y_mu'?"),
        ("use: 'mine.py:Pull'", "missing 1 required positional argument: 'parameter'"),
        ("use: 'mine.py:Pull', parametre: y_mu", "unexpected keyword argument 'parametre'"),
    ],
)
def test_wrong_use_of_an_own_file_is_told_in_one_line(use, tmp_path, text, message):
    with pytest.raises(AnalysisError, match=re.escape(message)) as error:
        use(text)
    assert str(error.value).startswith(f"{tmp_path / 'analysis.yaml'}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["import nothing_like_it\n", "def f(:\n", "1 / 0\n"], ids=["import", "syntax", "run"])
def test_own_file_that_cannot_be_run_is_named(read, tmp_path, text):
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(AnalysisError, match=r"broken\.py"):
        read(HEAD + "components: {other: {use: 'broken.py:f'}}\n")


def test_values_of_a_loaded_analysis_are_ordered_as_its_free_parameters(read):
    analysis = read(MOMENTS)
    assert analysis.defaults() == pytest.approx(np.array([0.023, 0.28, 6.3e-4, -5.6e-7]), rel=1e-15)
