"""The deep-inelastic veto at the paper's benchmark, its scaling, and its limits."""

import jax
import numpy as np
import pytest

from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.deep_inelastic import DeepInelastic
from zprimefit.models import Z2HDM

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
NULL = {**TABLE1, **MODEL.no_new_physics}
VETO = DeepInelastic()


@pytest.fixture(scope="module")
def shares():
    return jax.jit(lambda params: VETO.shares(MODEL, params))


@pytest.fixture(scope="module")
def value():
    return jax.jit(lambda params: VETO.minus2lnl(MODEL, params))


def test_component_is_one():
    assert isinstance(VETO, Component)
    assert VETO.n_data == 0


def test_benchmark_is_below_a_thousandth_above_50_gev_and_not_at_10_gev(shares):
    """Fig. 8 of arXiv:2006.01948 claims more than three orders of magnitude for the whole range."""
    share = dict(zip(VETO.energies, np.asarray(shares(TABLE1)["heavy"]), strict=True))
    assert share[10.0] == pytest.approx(2.1e-3, rel=0.05)
    assert all(share[energy] < 1e-3 for energy in VETO.energies if energy > 10)


def test_benchmark_is_far_from_vetoed(value):
    assert float(VETO.mu(MODEL, TABLE1)) < 0.05
    assert float(value(TABLE1)) < 0.01


def test_one_standard_error_costs_one(shares):
    """A relative change of 5 % with an error of 5 %, where upscattering alone counts."""
    base = float(np.max(shares(TABLE1)["heavy"]))
    error = DeepInelastic(relative_error=base + float(shares(TABLE1)["active"][0]))
    assert float(error.minus2lnl(MODEL, TABLE1)) == pytest.approx(1, rel=1e-6)


def test_share_grows_with_the_product_of_couplings(shares):
    strong = shares({**TABLE1, "g_B": 100 * TABLE1["g_B"]})["heavy"]
    # g_B^2 but for the kinetic mixing that it makes, which is linear in g_B too
    np.testing.assert_allclose(strong, 1e4 * shares(TABLE1)["heavy"], rtol=1e-9)


def test_vector_as_heavy_as_the_z_changes_all_energies_alike(shares):
    """A contact interaction below the masses: shares that do not fall with energy as those of a light one do."""
    light, heavy = (np.asarray(shares({**TABLE1, "m_zprime": m})["heavy"])[:3] for m in (0.3, 91.0))
    assert light[0] / light[2] > 10
    assert heavy[0] / heavy[2] == pytest.approx(1, abs=0.15)


def test_derivatives_are_those_of_differences_and_finite_at_zero(value):
    point = {**TABLE1, "g_B": 3e-3, "m_nu4": 0.3}
    slopes = jax.grad(value)(point)
    for name in ("g_B", "g_d", "U_mu4_sq", "m_zprime", "m_nu4"):
        step = 1e-4 * point[name]
        difference = (value({**point, name: point[name] + step}) - value({**point, name: point[name] - step})) / (
            2 * step
        )
        assert float(slopes[name]) == pytest.approx(float(difference), rel=1e-4)
    assert all(np.isfinite(float(slope)) for slope in jax.tree.leaves(jax.grad(value)(NULL)))


def test_points_at_once_are_points_one_by_one(value):
    couplings = np.array([0.0, 3e-4, 1e-2, 1.0])
    together = jax.vmap(lambda g: value({**TABLE1, "g_B": g}))(couplings)
    single = [float(value({**TABLE1, "g_B": g})) for g in couplings]
    np.testing.assert_allclose(together, single, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"relative_error": 0.0}, "relative_error must be positive and finite, got 0.0"),
        ({"energies": ()}, "energies must name at least one neutrino energy"),
        ({"energies": (0.2,)}, r"does not reach Q\^2 = 1\.0 GeV\^2"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DeepInelastic(**options)
