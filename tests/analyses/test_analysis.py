"""An analysis as a function: sums, order, gradients, batches, and what it refuses."""

import math
from itertools import permutations
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.analyses import Analysis
from zprimefit.likelihoods import AnomalousMagneticMoment, MiniBooNE, component
from zprimefit.models import Z2HDM

MODEL = Z2HDM()
MASSES = {"m_hprime": {"free": False}, "m_nu4": {"free": False}, "m_zprime": {"bounds": (0.4, 1.2)}}


@component(parameters=["m_zprime", "g_B"], cite="2006.01948", n_data=1)
def penalty(m_zprime, g_B):
    return ((g_B / 1e-3) / (m_zprime / 0.8)) ** 2


COMPONENTS = (
    MiniBooNE(scalars=("hprime",)),
    AnomalousMagneticMoment("mu"),
    AnomalousMagneticMoment("e", "Rb_2023"),
    penalty,
)


def _analysis(components=COMPONENTS, **options):
    parameters = tuple(p.with_(**MASSES.get(p.name, {})) for p in MODEL.parameters)
    return Analysis(MODEL, components, parameters, **options)


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    """MiniBooNE, both moments and a user's penalty; spectra interpolated in m_Z' alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZPRIMEFIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield _analysis().prepare()


@pytest.fixture(scope="module")
def points(analysis):
    """Twenty points about the benchmark."""
    rng = np.random.default_rng(2)
    return analysis.defaults() * rng.uniform(0.7, 1.3, (20, len(analysis.free_parameters)))


def test_breakdown_sums_to_the_total(analysis, points):
    for values in points:
        parts = analysis.breakdown(values)
        assert list(parts) == ["miniboone", "delta-a-mu", "delta-a-e", "penalty"]
        assert math.fsum(parts.values()) == pytest.approx(analysis.minus2lnl(values), rel=1e-12)


def test_breakdown_holds_the_components_own_values(analysis):
    values = analysis.defaults()
    parts, params = analysis.breakdown(values), MODEL.benchmark()
    for term in COMPONENTS[1:]:
        assert parts[term.name] == pytest.approx(float(term.minus2lnl(MODEL, params)), rel=1e-12)
    assert parts["penalty"] == pytest.approx((3e-4 / 1e-3) ** 2, rel=1e-12)
    # the interpolated spectra are good to 1e-3 a bin
    assert parts["miniboone"] == pytest.approx(float(COMPONENTS[0].minus2lnl(MODEL, params)), abs=0.02)


def test_gradient_equals_finite_differences(analysis, points):
    for values in points[:5]:
        gradient = analysis.gradient(values)
        assert gradient.shape == values.shape
        for i, value in enumerate(values):
            step = np.zeros_like(values)
            step[i] = 1e-4 * abs(value)
            difference = (analysis.minus2lnl(values + step) - analysis.minus2lnl(values - step)) / (2 * step[i])
            # rounding of minus2lnl of about 70, relative to the change over a step
            assert gradient[i] == pytest.approx(difference, rel=1e-5, abs=1e-10 / step[i])


def test_batch_equals_single_points(analysis, points):
    single = [analysis.minus2lnl(values) for values in points]
    assert analysis.minus2lnl_batch(points) == pytest.approx(single, rel=1e-12)
    assert analysis.minus2lnl_batch(points[:0]).shape == (0,)


def test_order_of_the_components_does_not_matter(analysis, points, tmp_path, monkeypatch):
    monkeypatch.setenv("ZPRIMEFIT_CACHE", str(tmp_path))
    terms = (*COMPONENTS[1:], component(parameters=["y_mu"], name="prior")(lambda y_mu: (y_mu / 1e-3) ** 2))
    expected = [_analysis(terms).minus2lnl(_trimmed(analysis, _analysis(terms), values)) for values in points[:4]]
    for order in permutations(terms):
        other = _analysis(order)
        found = [other.minus2lnl(_trimmed(analysis, other, values)) for values in points[:4]]
        assert found == pytest.approx(expected, rel=1e-13)
        assert list(other.breakdown(other.defaults())) == [c.name for c in order]


def _trimmed(full, other, values):
    """Values of `full` for the parameters that are free in `other`."""
    return np.array([values[full.free_parameters.index(name)] for name in other.free_parameters])


def test_parameters_of_the_domain_are_free_where_a_component_reads_them(analysis):
    assert analysis.free_parameters == ("m_zprime", "g_B", "g_d", "U_mu4_sq", "sin_delta", "y_mu", "y_etau_taue")
    assert _analysis((penalty,)).free_parameters == ("m_zprime", "g_B")


def test_number_of_data_is_that_of_the_components(analysis):
    assert analysis.n_data == 38 + 1 + 1 + 1


def test_values_are_in_the_order_of_the_free_parameters(analysis):
    params = analysis.params(np.arange(1.0, 8.0))
    assert [float(params[name]) for name in analysis.free_parameters] == [1, 2, 3, 4, 5, 6, 7]
    assert params["m_hprime"] == 0.023


def test_adding_a_component_makes_a_new_analysis():
    before = _analysis((penalty,))
    after = before + AnomalousMagneticMoment("mu")
    assert [c.name for c in before.components] == ["penalty"]
    assert [c.name for c in after.components] == ["penalty", "delta-a-mu"]
    assert after.parameter("m_zprime").bounds == (0.4, 1.2)
    values = MODEL.benchmark()
    assert after.minus2lnl([values[n] for n in after.free_parameters]) == pytest.approx(
        before.minus2lnl([values[n] for n in before.free_parameters])
        + float(AnomalousMagneticMoment("mu").minus2lnl(MODEL, values)),
        rel=1e-12,
    )
    both = before + (AnomalousMagneticMoment("mu"), AnomalousMagneticMoment("e"))  # noqa: RUF005  (Analysis.__add__)
    assert len(both.components) == 3


def test_adding_a_component_frees_what_it_reads():
    before = _analysis((penalty,))
    after = before + AnomalousMagneticMoment("mu")
    assert "y_mu" not in before.free_parameters
    assert {"y_mu", "sin_delta"} <= set(after.free_parameters)


def test_analysis_cannot_be_changed():
    with pytest.raises(AttributeError):
        _analysis((penalty,)).engine = "direct"


def test_users_function_with_other_parameters_than_declared_is_refused():
    message = r"component f: the function takes \['g_B'\], but parameters=\['g_d'\] were declared"
    with pytest.raises(TypeError, match=message):

        @component(parameters=["g_d"])
        def f(g_B):
            return g_B


def test_users_function_of_an_unknown_parameter_is_refused():
    @component(parameters=["m_zprme"])
    def limit(m_zprme):
        return m_zprme

    with pytest.raises(ValueError, match="'m_zprme'; did you mean 'm_zprime'"):
        _analysis((limit,))


def test_users_function_that_cannot_be_traced_is_refused():
    @component(parameters=["g_B"])
    def limit(g_B):
        return math.log(g_B)

    with pytest.raises(TypeError, match=r"component 'limit': JAX cannot trace its minus2lnl; use jax\.numpy"):
        _analysis((limit,))


def test_two_components_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"analysis 'analysis': components \['delta-a-mu'\] appear more than once"):
        _analysis((AnomalousMagneticMoment("mu"), AnomalousMagneticMoment("mu", "2025_WP25")))


def test_unknown_engine_is_refused_with_the_nearest():
    message = r"unknown engine 'surogate'; did you mean 'surrogate'\? Available: surrogate, direct"
    with pytest.raises(ValueError, match=message):
        _analysis((penalty,), engine="surogate")


def test_model_without_an_observable_is_refused_when_the_analysis_is_built():
    blind = SimpleNamespace(parameters=MODEL.parameters)
    with pytest.raises(TypeError, match=r"component 'delta-a-mu' needs model\.delta_a\(\), which .* cannot answer"):
        Analysis(blind, (AnomalousMagneticMoment("mu"),))
    with pytest.raises(TypeError, match=r"component 'miniboone' needs model\.pair_sources\(\)"):
        Analysis(blind, (MiniBooNE(),))


def test_something_that_is_no_component_is_refused():
    with pytest.raises(TypeError, match="is no component; it needs name, cite, n_data, observables and minus2lnl"):
        _analysis((lambda params: 0.0,))


@pytest.mark.parametrize("shape", [(1,), (3,), (2, 2)])
def test_values_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"values: expected shape \(2,\) for \['m_zprime', 'g_B'\], got"):
        _analysis((penalty,)).minus2lnl(np.ones(shape))
    with pytest.raises(ValueError, match=r"values: expected shape \(n, 2\) for \['m_zprime', 'g_B'\], got"):
        _analysis((penalty,)).minus2lnl_batch(np.ones(shape[:1]))


def test_unknown_names_are_refused_with_the_nearest():
    small = _analysis((penalty,))
    with pytest.raises(KeyError, match="unknown parameter 'm_zprme'; did you mean 'm_zprime'"):
        small.parameter("m_zprme")
    with pytest.raises(KeyError, match="unknown component 'penality'; did you mean 'penalty'"):
        small.term("penality")


def test_changed_parameters_make_a_new_analysis():
    small = _analysis((penalty,))
    fixed = small.with_parameters({"g_B": {"free": False, "default": 1e-4}})
    assert small.free_parameters == ("m_zprime", "g_B")
    assert fixed.free_parameters == ("m_zprime",)
    assert fixed.minus2lnl([0.8]) == pytest.approx(small.minus2lnl([0.8, 1e-4]), rel=1e-14)


def test_no_value_of_a_component_is_not_hidden():
    holes = component(parameters=["g_B"], name="holes")(lambda g_B: jnp.where(g_B > 1e-3, jnp.nan, 0.0))
    small = _analysis((holes, penalty))
    assert np.isnan(small.minus2lnl([0.8, 1e-2]))
    assert np.isfinite(small.minus2lnl([0.8, 1e-4]))


def test_derived_quantities_are_the_models(analysis):
    found = analysis.derived(analysis.defaults())
    assert found["v_prime_GeV"] == pytest.approx(0.281, abs=0.0005)
    assert all(isinstance(value, float) for value in found.values())


def test_shift_by_surrogates_is_what_direct_integration_says(analysis):
    values = analysis.defaults()
    params = analysis.params(values)
    (found,) = analysis.interpolation_shifts(values).items()
    direct = float(COMPONENTS[0].minus2lnl(MODEL, params))
    assert found == ("miniboone", pytest.approx(float(analysis.term("miniboone")(params)) - direct, rel=1e-6))
    assert abs(found[1]) < 0.02


def test_direct_integration_shifts_nothing():
    assert _analysis(engine="direct").interpolation_shifts(_analysis(engine="direct").defaults()) == {}
