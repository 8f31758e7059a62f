"""The model as a whole: benchmark, parameters, couplings that factor out, derived quantities, messages."""

import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.models import Z2HDM, PairSource

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark("table1")


def test_benchmark_has_a_float_for_every_parameter_within_its_domain():
    parameters = {p.name: p for p in MODEL.parameters}
    assert set(TABLE1) == set(parameters)
    for name, value in TABLE1.items():
        assert isinstance(value, float)
        assert parameters[name].default == value
        assert parameters[name].bounds[0] <= value <= parameters[name].bounds[1]


def test_table1_is_the_printed_one():
    """arXiv:2006.01948, Table I and section IV B."""
    printed = {
        "m_nu4": 0.05, "m_zprime": 0.8, "m_hprime": 0.023, "m_H": 0.106, "U_mu4_sq": 2.6e-5, "g_B": 3e-4, "g_d": 2.85,
        "sin_delta": 0.28, "y_mu": 6.3e-4, "y_etau_taue": -5.6e-7,
    }  # fmt: skip
    assert {name: TABLE1[name] for name in printed} == printed
    assert TABLE1["y_e"] * 0.28 == pytest.approx(0.45e-4, rel=1e-8)
    # the third column of couplings, rounded to two digits in the paper
    cosine = np.sqrt(1 - 0.28**2)
    assert TABLE1["y_mu"] * 0.28 == pytest.approx(1.8e-4, rel=0.03)
    assert TABLE1["y_mu"] * cosine == pytest.approx(6.0e-4, rel=0.01)
    assert TABLE1["y_e"] * cosine == pytest.approx(1.5e-4, rel=0.03)


def test_every_parameter_names_its_unit_and_symbol():
    for parameter in MODEL.parameters:
        assert parameter.unit == ("GeV" if parameter.name.startswith("m_") else "1")
        assert parameter.latex
        assert "$" not in parameter.latex


def test_copies_of_the_benchmark_do_not_share_state():
    MODEL.benchmark()["g_B"] = 1.0
    assert MODEL.benchmark()["g_B"] == 3e-4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gauge_group": "B-L"}, "unknown gauge_group 'B-L'.*Available: B, B-3Ltau"),
        ({"coherent": "oxygen"}, "unknown coherent 'oxygen'.*Available: carbon, nucleon"),
        ({"variant": "printed"}, "unknown variant 'printed'.*Available: corrected, as_printed"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Z2HDM(**options)


def test_unknown_benchmark_is_refused():
    with pytest.raises(ValueError, match=r"unknown benchmark 'table2'.*Available: table1"):
        MODEL.benchmark("table2")


def test_both_gauge_groups_predict_the_same():
    other = Z2HDM(gauge_group="B-3Ltau")
    assert other != MODEL
    assert float(other.delta_a("mu", TABLE1)) == float(MODEL.delta_a("mu", TABLE1))
    assert float(other.cross_section(TABLE1, 0.8)) == float(MODEL.cross_section(TABLE1, 0.8))


def test_derived_quantities_are_named_with_their_unit():
    derived = {name: float(value) for name, value in MODEL.derived(TABLE1).items()}
    assert derived["v_prime_GeV"] == pytest.approx(0.8 / 2.85, rel=1e-15)
    assert derived["tau_hprime_s"] == pytest.approx(3.5e-13, rel=0.02)
    assert derived["ctau_hprime_m"] == pytest.approx(1.06e-4, rel=0.02)
    assert derived["br_hprime_ee"] == pytest.approx(1.0, abs=1e-6)  # two photons take the rest
    assert derived["y_mu_hprime"] == pytest.approx(6.3e-4 * 0.28, rel=1e-12)
    assert derived["delta_a_mu"] == pytest.approx(2.74e-9, rel=0.01)
    assert all(np.isfinite(value) for value in derived.values())


def test_rate_coupling_is_the_square_of_the_vertices():
    """g_B^2 g_d^2 |U|^2 from Eqs. 5 and 27, g_d^2 c_phi^2 from Eq. 13 with m_Z'^2 left in the cross section."""
    expected = 3e-4**2 * 2.85**4 * 2.6e-5 * (1 - 0.28**2)
    assert float(MODEL.rate_coupling(TABLE1, "hprime")) == pytest.approx(expected, rel=1e-13)
    assert float(MODEL.rate_coupling(TABLE1, "H")) == pytest.approx(expected * 0.28**2 / (1 - 0.28**2), rel=1e-13)


def test_shear_of_g_b_keeps_the_rate_of_hprime():
    shift = MODEL.shears["g_B"].shift
    log_rate = 2 * (np.log(TABLE1["g_B"]) + float(shift(TABLE1)))
    assert log_rate == pytest.approx(float(jnp.log(MODEL.rate_coupling(TABLE1, "hprime"))), abs=1e-12)


def test_shear_of_y_mu_keeps_the_moment_of_the_muon():
    shift = MODEL.shears["y_mu"].shift
    log_moment = 2 * (np.log(TABLE1["y_mu"]) + float(shift(TABLE1)))
    assert log_moment == pytest.approx(float(jnp.log(MODEL.delta_a("mu", TABLE1))), abs=1e-12)


def test_shear_of_y_e_keeps_the_moment_of_the_electron_without_tau():
    params = TABLE1 | {"y_etau_taue": 0.0}
    log_moment = 2 * (np.log(params["y_e"]) + float(MODEL.shears["y_e"].shift(TABLE1)))
    assert log_moment == pytest.approx(float(jnp.log(MODEL.delta_a("e", params))), abs=1e-12)


def test_shear_of_the_tau_product_keeps_the_moment_of_the_electron():
    """Delta a_e is proportional to product + shift, up to the part without chirality flip, m_e/m_tau of the other."""

    def ratio(changes):
        params = TABLE1 | changes
        unit = float(MODEL.delta_a("e", params | {"y_e": 0.0}) / params["y_etau_taue"])
        shifted = params["y_etau_taue"] + float(MODEL.shears["y_etau_taue"].shift(params))
        return shifted * unit / float(MODEL.delta_a("e", params))

    for changes in ({}, {"y_e": 3e-4}, {"sin_delta": 0.6}, {"y_etau_taue": 2e-7}):
        assert ratio(changes) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("pivot", ["g_B", "y_mu", "y_e", "y_etau_taue"])
def test_shift_of_a_shear_does_not_depend_on_its_pivot(pivot):
    shift = MODEL.shears[pivot].shift
    assert float(shift(TABLE1 | {pivot: 0.05})) == float(shift(TABLE1))


def test_sources_factor_the_rate():
    """coupling x sum of weights x unit density is the flux-folded cross section: at one energy, by hand."""
    sources = MODEL.pair_sources()
    hprime, heavy = sources[:2]
    assert isinstance(hprime, PairSource)
    assert [(s.name, s.flavour) for s in sources] == [("hprime", "mu"), ("H", "mu"), ("hprime", "e"), ("H", "e")]
    assert hprime.masses == ("m_zprime", "m_hprime", "m_nu4")
    assert heavy.masses == ("m_zprime", "m_H", "m_nu4")
    assert np.asarray(hprime.weights(TABLE1)) == pytest.approx([1.0, (0.05 / 0.8) ** 2], rel=1e-14)
    expected = float(MODEL.rate_coupling(TABLE1, "hprime") * hprime.branching(TABLE1))
    assert float(hprime.coupling(TABLE1)) == pytest.approx(expected, rel=1e-14)
    assert 1 - 1e-5 < float(hprime.branching(TABLE1)) < 1  # one in a million decays to photons
    branching = float(heavy.coupling(TABLE1) / MODEL.rate_coupling(TABLE1, "H"))
    assert branching == pytest.approx(9.3e-6, rel=0.01)  # H -> h'h' takes the rest


def test_electron_neutrinos_make_scalars_by_their_own_mixing():
    of_mu, of_e = MODEL.pair_sources(("hprime",))
    assert (of_mu.mixing, of_e.mixing) == ("U_mu4_sq", "U_e4_sq")
    assert TABLE1["U_e4_sq"] == 0  # the paper lets nu_4 mix with nu_mu only
    assert float(of_e.coupling(TABLE1)) == 0
    mixed = TABLE1 | {"U_e4_sq": 2 * TABLE1["U_mu4_sq"]}
    assert float(of_e.coupling(mixed)) == pytest.approx(2 * float(of_mu.coupling(mixed)), rel=1e-14)
    assert of_e.unit_density == of_mu.unit_density


@pytest.mark.slow
def test_unit_density_folds_the_differential_cross_section_with_the_flux():
    """A smooth flux: 14 nucleons and one carbon of CH2 (Eq. 30), integrated over E_nu by a plain rule."""
    source, _ = MODEL.pair_sources(("hprime",))
    energy, cosine, end = jnp.array([0.3]), jnp.array([0.95]), 3.0

    def flux(e_nu):
        return (jnp.exp(-e_nu) * e_nu)[None]

    masses = tuple(TABLE1[name] for name in source.masses)
    density = np.asarray(source.unit_density(masses, energy, cosine, flux, end))[:, :, 0, 0]
    found = float(source.coupling(TABLE1)) * density @ np.asarray(source.weights(TABLE1))
    u, w = np.polynomial.legendre.leggauss(24)
    edges = np.array([0.3, 0.36, 0.38, 0.4, 0.45, 0.6, 1.0, 3.0])
    nodes = (edges[:-1, None] + np.diff(edges)[:, None] * (u + 1) / 2).ravel()
    weights = (np.diff(edges)[:, None] * w / 2).ravel()
    for number, channel, value in zip((14, 1), ("incoherent", "coherent"), found, strict=True):
        rate = np.asarray(MODEL.differential_cross_section(TABLE1, nodes, 0.3, 0.95, "hprime", channel))
        expected = number * np.sum(weights * rate * np.asarray(flux(nodes))[0])
        assert value == pytest.approx(expected, rel=1e-3)  # the accuracy that the spectra claim
