"""Derived quantities: names, units, published values, finite in the whole domain."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm import decays, gauge, potential

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
PARAMETERS = MODEL.parameters
NAMES = [p.name for p in PARAMETERS]


@pytest.fixture(scope="module")
def values():
    return {quantity.name: float(quantity(TABLE1)) for quantity in MODEL.quantities}


def test_names_are_unique_and_no_parameters():
    names = [quantity.name for quantity in MODEL.quantities]
    assert len(set(names)) == len(names)
    assert not set(names) & set(NAMES)


def test_names_end_on_the_unit():
    for quantity in MODEL.quantities:
        ending = quantity.name.rpartition("_")[2]
        assert (ending if ending in {"GeV", "s", "m"} else "1") == quantity.unit


def test_every_quantity_has_a_symbol_and_a_meaning():
    for quantity in MODEL.quantities:
        assert quantity.latex
        assert "$" not in quantity.latex
        assert quantity.meaning


PUBLISHED = {
    "v_prime_GeV": (0.281, 0.002),
    "m_H_bar_GeV": (0.102, 0.005),
    "m_mixed_GeV": (0.0538, 0.005),
    "m_singlet_GeV": (0.037, 0.005),
    "lambda_2_prime": (8.7e-3, 0.005),
    "lambda_5_prime": (-4.2e-5, 0.01),
    "lambda_4": (-(200.0**2) / 246.22**2, 1e-4),
    "lambda_5": (-(200.0**2) / 246.22**2, 1e-4),
    "tau_hprime_s": (3.5e-13, 0.02),
    "ctau_hprime_m": (1e-4, 0.1),
    "delta_a_mu": (2.74e-9, 0.01),
    "delta_a_mu_ratio": (0.18, 0.02),
    "delta_a_e": (-8.7e-13, 0.01),
}
"""arXiv:2006.01948: Appendix A, sections III C, III D, IV B, IV C and V A; relative tolerance of the digits printed."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_benchmark_has_the_published_value(values, name):
    expected, tolerance = PUBLISHED[name]
    assert values[name] == pytest.approx(expected, rel=tolerance)


def test_hprime_is_a_seventh_of_the_moment_of_the_muon(values):
    """The paper's 18 % is h'/H; of the total it is 15.4 %."""
    assert values["delta_a_mu_hprime"] / values["delta_a_mu"] == pytest.approx(0.154, abs=0.001)
    for lepton in ("mu", "e"):
        parts = values[f"delta_a_{lepton}_hprime"] + values[f"delta_a_{lepton}_H"]
        assert parts == pytest.approx(values[f"delta_a_{lepton}"], rel=1e-12)


def test_ratio_of_the_moments_is_defined_without_them(values):
    (ratio,) = (q for q in MODEL.quantities if q.name == "delta_a_mu_ratio")
    assert float(ratio(TABLE1 | {"y_mu": 0.0})) == pytest.approx(values["delta_a_mu_ratio"], rel=1e-12)


def test_quantities_are_those_of_their_modules(values):
    sector = MODEL.gauge
    assert values["g_H_hprime_hprime_GeV"] == float(potential.hprime_pair_coupling(TABLE1))
    assert values["gamma_H_GeV"] == float(decays.total_width("H", TABLE1))
    assert values["br_H_hprime_hprime"] == float(decays.branching("H", "hprime_hprime", TABLE1))
    assert values["epsilon_loop"] == float(sector.epsilon(TABLE1))
    assert values["epsilon_naive"] == float(gauge.naive_mixing(TABLE1))
    assert values["br_zprime_invisible"] == float(sector.branching("invisible", TABLE1))
    assert values["tau_zprime_s"] == pytest.approx(6.582119569e-25 / values["gamma_zprime_GeV"], rel=1e-12)
    assert values["ctau_nu4_m"] == pytest.approx(299792458.0 * values["tau_nu4_s"], rel=1e-12)


def test_as_printed_h_decays_to_electrons_alone():
    printed = {q.name: q for q in Z2HDM(variant="as_printed").quantities}
    assert float(printed["br_H_ee"](TABLE1)) == 1.0
    assert float(printed["br_H_hprime_hprime"](TABLE1)) == 0.0
    assert float(printed["epsilon_loop"](TABLE1)) == pytest.approx(0.75 * -3.80e-6, rel=0.002)


def test_scale_of_the_mixing_is_named():
    (epsilon,) = (q for q in Z2HDM(mixing_scale=1000.0).quantities if q.name == "epsilon_loop")
    assert "1000 GeV" in epsilon.meaning


def points(n):
    rng = np.random.default_rng(7)
    low, high = (np.array([p.bounds[i] for p in PARAMETERS]) for i in (0, 1))
    share = rng.uniform(size=(n, len(PARAMETERS)))
    share[0], share[1] = 0.0, 1.0
    return np.where(
        [p.scale == "log" for p in PARAMETERS],
        low * (high / np.where(low > 0, low, 1.0)) ** share,
        low + (high - low) * share,
    )


@pytest.mark.slow
def test_all_are_finite_with_finite_derivatives_in_the_whole_domain():
    """Corners and random points, through jit, vmap and jvp; a derivative that is not finite spoils the sum of all."""
    model = Z2HDM(gauge_group="B-3Ltau")

    def all_of(x):
        return jnp.stack(list(model.derived(dict(zip(NAMES, x, strict=True))).values()))

    def both(x):
        return jnp.stack(jax.jvp(all_of, (x,), (jnp.ones_like(x),)))

    found = np.asarray(jax.jit(jax.vmap(both))(jnp.asarray(points(60))))  # (points, value and slope, quantities)
    finite = np.isfinite(found).all(axis=(0, 1))
    assert [q.name for q, ok in zip(model.quantities, finite, strict=True) if not ok] == []
