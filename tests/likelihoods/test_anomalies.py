"""Anomalies of baryon number: published lines against their rates, recasts, and models without anomalies."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from zprimefit.constants import FERMI_CONSTANT, HBAR_GEV_S, SIN2_THETA_W, TOP_MASS, W_MASS, Z_MASS
from zprimefit.datasets.anomalies import anomaly_limits, kaon_to_pion_invisible
from zprimefit.likelihoods.anomalies import (
    CURVES,
    AnomalousBaryonNumber,
    flavour_changing_coupling,
    kaon_to_pion,
    loop_function,
    meson_width,
)
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.limits import LimitCurve, background_limited
from zprimefit.models import Z2HDM
from zprimefit.models.particles import LightVector

TABLE1 = Z2HDM().benchmark()


class Baryonic:
    """A vector coupled to baryon number, with a share of invisible decays."""

    anomalous_baryon_number = staticmethod(lambda: True)

    def __init__(self, invisible=1.0):
        self.invisible = invisible

    def vector(self, params):
        g = params["g_B"]
        widths = {"invisible": self.invisible * 1e-3, "hadrons": (1 - self.invisible) * 1e-3}
        return LightVector(params["m_zprime"], widths, {"u": g / 3, "d": g / 3, "proton": g, "neutron": g})


class AnomalyFree(Baryonic):
    anomalous_baryon_number = staticmethod(lambda: False)


class PaperA:
    anomalous_baryon_number = staticmethod(lambda: True)
    vector = staticmethod(Z2HDM().vector)


def at(mass, g):
    return {"m_zprime": mass, "g_B": g}


def line(name):
    curve = anomaly_limits()[name]
    return LimitCurve(curve.mass, curve.limit)


def test_component_is_one():
    assert isinstance(AnomalousBaryonNumber(), Component)


# -- the published lines ----------------------------------------------------------------------------------------------


def test_b_to_k_line_is_one_branching_ratio_over_three_decades_of_mass():
    # B+ lifetime 1.638 ps, |V_tb V_ts| = 0.040, f_+(0) = 0.33 with the B_s* pole: PDG and FLAG, 10 % in the rate
    coupling = flavour_changing_coupling(0.040 * loop_function((0.94 * TOP_MASS / W_MASS) ** 2))
    masses = np.geomspace(1e-3, 3.0, 30)
    form = 0.33 / (1 - masses**2 / 5.415**2)
    widths = np.array([float(meson_width(m, 5.279, 0.4937, coupling, f)) for m, f in zip(masses, form, strict=True)])
    branching = widths * np.asarray(line("b-to-k")(masses)) ** 2 * 1.638e-12 / HBAR_GEV_S
    assert np.std(branching) / np.mean(branching) < 0.04
    # BR(B+ -> K+ nu nubar) < 1.6e-5 at 90 % CL was the limit of 2013 (1303.7465)
    assert np.mean(branching) == pytest.approx(1.6e-5, rel=0.25)


def test_z_line_is_one_branching_ratio_that_lep_saw_nothing_of():
    masses = np.geomspace(1e-3, 5.0, 30)
    weak = 8 * FERMI_CONSTANT * W_MASS**2 / np.sqrt(2)
    hypercharge = weak * SIN2_THETA_W / (1 - SIN2_THETA_W)
    width = 1.5**2 * weak * hypercharge * Z_MASS**3 / (384 * np.pi**5 * masses**2)
    branching = width * np.asarray(line("z-to-photon")(masses)) ** 2 / 2.4955
    assert np.std(branching) / np.mean(branching) < 0.1
    # L3, OPAL and DELPHI: some 1e-6 at 95 % CL
    assert np.mean(branching) == pytest.approx(1e-6, rel=0.25)


def test_anomalon_line_is_the_mass_of_charged_fermions_with_the_largest_yukawa_coupling():
    curve = anomaly_limits()["anomalon"]
    assert curve.limit / curve.mass == pytest.approx(4 * np.pi / 3 / 90, rel=0.06)


def test_kaon_line_is_stronger_than_the_search_for_the_peak():
    # Above 100 MeV the published line lies below what E949 could see; below 40 MeV both agree within a factor two.
    low, high = kaon_to_pion_invisible()

    def ratio(mass, region):
        branching = float(kaon_to_pion(mass)) * float(line("k-to-pi")(mass)) ** 2
        return branching / float(LimitCurve(*region)(mass))

    assert 0.4 < ratio(0.01, low) < 1.2
    assert 0.05 < ratio(0.2, high) < 0.3


def test_loop_function_is_finite_between_its_limits():
    assert loop_function(1e-8) == pytest.approx(1e-8, rel=1e-5)
    near = [loop_function(1 + d) for d in (-1e-4, 1e-4)]
    assert near == pytest.approx([0.5, 0.5], rel=1e-3)


def test_meson_width_closes_at_its_threshold():
    assert float(meson_width(0.36, 0.4937, 0.1396, 1e-8, 1.0)) == 0
    assert float(meson_width(0.34, 0.4937, 0.1396, 1e-8, 1.0)) > 0
    # enhanced by (m_K / m_X)^2: longitudinal vectors
    small = [float(meson_width(m, 0.4937, 0.1396, 1e-8, 1.0)) for m in (1e-3, 2e-3)]
    assert small[0] / small[1] == pytest.approx(4, rel=1e-3)


# -- rates ------------------------------------------------------------------------------------------------------------


def test_benchmark_is_allowed_by_more_than_a_factor_four():
    rates = AnomalousBaryonNumber().mu_by_curve(PaperA(), TABLE1)
    limits = {name: TABLE1["g_B"] / np.sqrt(float(rates[name])) for name in ("z-to-photon", "b-to-k", "anomalon")}
    assert limits == pytest.approx({"z-to-photon": 1.3e-3, "b-to-k": 4.5e-3, "anomalon": 3.7e-2}, rel=0.02)
    assert limits["z-to-photon"] / TABLE1["g_B"] == pytest.approx(4.4, abs=0.1)
    assert float(rates["k-to-pi"]) < 1e-30
    assert float(AnomalousBaryonNumber().minus2lnl(PaperA(), TABLE1)) < 0.02


@pytest.mark.parametrize("kaon", ["published", "e949"])
def test_light_vector_of_the_benchmark_coupling_is_excluded_by_kaons(kaon):
    component = AnomalousBaryonNumber(("k-to-pi",), kaon)
    assert float(component.mu(PaperA(), {**TABLE1, "m_zprime": 0.2})) > 3
    assert float(component.mu(PaperA(), {**TABLE1, "m_zprime": 0.36})) < 1e-20


def test_peak_search_says_nothing_at_the_pion():
    assert float(AnomalousBaryonNumber(("k-to-pi",), "e949").mu(Baryonic(), at(0.137, 1e-2))) < 1e-20
    assert float(AnomalousBaryonNumber(("k-to-pi",)).mu(Baryonic(), at(0.137, 1e-2))) > 1


@pytest.mark.parametrize("curve", CURVES)
def test_rate_goes_with_the_coupling_squared_and_the_invisible_share(curve):
    component, mass = AnomalousBaryonNumber((curve,)), 0.21
    one = float(component.mu(Baryonic(), at(mass, 1e-4)))
    assert float(component.mu(Baryonic(), at(mass, 3e-4))) == pytest.approx(9 * one)
    share = 1.0 if curve == "anomalon" else 0.25
    assert float(component.mu(Baryonic(0.25), at(mass, 1e-4))) == pytest.approx(share * one)


def test_vector_without_baryon_number_is_not_limited():
    class DarkPhotonLike(Baryonic):
        def vector(self, params):
            charge = params["g_B"]
            return LightVector(params["m_zprime"], {"invisible": 1e-3}, {"u": 2 * charge / 3, "proton": charge})

    assert float(AnomalousBaryonNumber().mu(DarkPhotonLike(), at(0.2, 1e-2))) == 0


def test_term_is_zero_with_a_reason_where_there_is_no_anomaly():
    component = AnomalousBaryonNumber()
    assert float(component.minus2lnl(AnomalyFree(), at(0.2, 1e-2))) == 0
    assert component.reason(AnomalyFree()) == "the gauge group is free of anomalies"
    assert component.reason(Baryonic()) == ""
    assert float(component.minus2lnl(Baryonic(), at(0.2, 1e-2))) > 100


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("coupling", [1e-4, 3e-3])
def test_digitisation_is_an_error_of_the_published_coupling(curve, coupling):
    """A curve moved by e^(s n) does what the coupling moved by e^(-s n) does."""
    plain, digitised = AnomalousBaryonNumber((curve,)), AnomalousBaryonNumber((curve,), digitisation=0.1)
    cl, mu = anomaly_limits()[curve].cl, float(plain.mu(Baryonic(), at(0.21, coupling)))
    assert float(plain.minus2lnl(Baryonic(), at(0.21, coupling))) == float(background_limited(mu, cl))

    def penalised(n):
        return float(plain.minus2lnl(Baryonic(), at(0.21, coupling * np.exp(-0.1 * n)))) + n**2

    best = minimize_scalar(penalised, bounds=(-1.0, 150.0), method="bounded", options={"xatol": 1e-6}).fun
    assert float(digitised.minus2lnl(Baryonic(), at(0.21, coupling))) == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("kaon", ["published", "e949"])
def test_term_and_derivatives_are_finite_everywhere(kaon):
    component = AnomalousBaryonNumber(kaon=kaon)

    def term(values):
        return component.minus2lnl(Baryonic(), at(*values))

    masses = [0.03, 0.1, 0.13, 0.2, 0.26, 0.3506, 0.3541, 0.4, 0.8, 2.0]
    points = jnp.array([[m, g] for m in masses for g in (0.0, 3e-4, 1e-1)])
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(term)))(points)
    assert np.isfinite(np.asarray(values)).all()
    assert np.isfinite(np.asarray(slopes)).all()
    assert np.all(np.asarray(values)[::3] == 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"curves": ("b-to-pi",)}, "unknown u1b-anomaly: curve 'b-to-pi'"),
        ({"curves": ()}, "no curves; available"),
        ({"kaon": "na62"}, "unknown u1b-anomaly: kaon 'na62'"),
        ({"digitisation": -0.1}, "u1b-anomaly: digitisation must be between 0 and 0.3, got -0.1"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        AnomalousBaryonNumber(**options)


def test_unconfirmed_numbers_are_named():
    assert len(AnomalousBaryonNumber(("z-to-photon",)).notes) == 1
    assert any("form factor" in note for note in AnomalousBaryonNumber(("k-to-pi",), "e949").notes)
