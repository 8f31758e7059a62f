"""Recasting: production ratios against explicit Dirac matrices and quadrature, efficiencies against Monte Carlo."""

from functools import cache
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from zprimefit.constants import HBAR_GEV_S, HBARC_GEV_FM, MUON_MASS
from zprimefit.likelihoods import recast
from zprimefit.models.particles import LightScalar, LightVector

METRIC = np.array([1.0, -1.0, -1.0, -1.0])
S = 10.58**2


@cache
def gammas():
    zero, one = np.zeros((2, 2)), np.eye(2)
    pauli = [np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.array([[1, 0], [0, -1]])]
    time = np.block([[one, zero], [zero, -one]])
    return [time.astype(complex), *(np.block([[zero, p], [-p, zero]]) for p in pauli)]


def slash(p):
    return sum(METRIC[m] * p[m] * gammas()[m] for m in range(4))


def dot(p, q):
    return float(np.sum(METRIC * p * q))


def traced(p1, p2, k, fermion, scalar):
    """Sum over spins of -g_{mu nu} M^mu M^nu* for virtual photon -> f(p1) fbar(p2) X(k), at unit couplings."""
    one, gamma = np.eye(4), gammas()
    a, b = (dot(p + k, p + k) - fermion**2 for p in (p1, p2))
    particle, anti = slash(p1) + fermion * one, slash(p2) - fermion * one
    total = 0.0
    for mu in range(4):
        for vertex, sign in [(one, 1.0)] if scalar else [(gamma[nu], -METRIC[nu]) for nu in range(4)]:
            m = vertex @ (slash(p1 + k) + fermion * one) @ gamma[mu] / a
            m = m + gamma[mu] @ (fermion * one - slash(p2 + k)) @ vertex / b
            conjugate = gamma[0] @ m.conj().T @ gamma[0]
            total += -METRIC[mu] * sign * np.trace(particle @ m @ anti @ conjugate).real
    return total


def three_body(s, fermion, mass, rng):
    """Momenta of f, fbar and X of a photon of mass squared s at rest."""
    while True:
        e1, e2 = rng.uniform(fermion, np.sqrt(s) / 2, 2)
        e3 = np.sqrt(s) - e1 - e2
        if e3 < mass:
            continue
        q1, q2, q3 = np.sqrt(e1**2 - fermion**2), np.sqrt(e2**2 - fermion**2), np.sqrt(e3**2 - mass**2)
        cos = (q3**2 - q1**2 - q2**2) / (2 * q1 * q2)
        if abs(cos) < 1:
            p1, p2 = np.array([e1, 0, 0, q1]), np.array([e2, q2 * np.sqrt(1 - cos**2), 0, q2 * cos])
            return p1, p2, np.array([e3, *-(p1 + p2)[1:]])


@pytest.mark.parametrize("mass", [0.22, 1.0, 3.0])
@pytest.mark.parametrize("fermion", [MUON_MASS, 0.5])
def test_density_of_muon_pairs_is_that_of_explicit_dirac_matrices(mass, fermion):
    rng = np.random.default_rng(5)
    for _ in range(4):
        p1, p2, k = three_body(S, fermion, mass, rng)
        a, b = (dot(p + k, p + k) - fermion**2 for p in (p1, p2))
        expected = [traced(p1, p2, k, fermion, scalar) / 8 for scalar in (False, True)]
        assert np.array(recast.pair_density(a, b, S, mass, fermion)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("mass", [0.22, 1.0, 5.0])
def test_ratio_for_muon_pairs_is_that_of_a_flat_dalitz_plot(mass):
    rng = np.random.default_rng(7)
    e1, e2 = rng.uniform(MUON_MASS, np.sqrt(S) / 2, (2, 500_000))
    e3 = np.sqrt(S) - e1 - e2
    q1, q2 = np.sqrt(e1**2 - MUON_MASS**2), np.sqrt(e2**2 - MUON_MASS**2)
    inside = (e3 > mass) & (np.abs(e3**2 - mass**2 - q1**2 - q2**2) < 2 * q1 * q2)
    a, b = (S - 2 * np.sqrt(S) * e[inside] for e in (e2, e1))
    vector, scalar = recast.pair_density(a, b, S, mass)
    expected = np.sum(scalar) / np.sum(vector)
    assert float(recast.muon_pair_ratio(mass, np.sqrt(S))) == pytest.approx(expected, rel=0.01)


def annihilation(cos, mass, scalar):
    """|M|^2 of e+ e- -> gamma X without the electron's mass, by explicit traces."""
    energy = np.sqrt(S) / 2
    momentum = (S - mass**2) / (2 * np.sqrt(S))
    direction = np.array([np.sqrt(1 - cos**2), 0, cos])
    e_minus, e_plus = np.array([energy, 0, 0, energy]), np.array([energy, 0, 0, -energy])
    photon = np.array([momentum, *(momentum * direction)])
    one, gamma = np.eye(4), gammas()
    t, u = (dot(p - photon, p - photon) for p in (e_minus, e_plus))
    total = 0.0
    for mu in range(4):
        for vertex, sign in [(one, 1.0)] if scalar else [(gamma[nu], -METRIC[nu]) for nu in range(4)]:
            m = vertex @ slash(e_minus - photon) @ gamma[mu] / t + gamma[mu] @ slash(photon - e_plus) @ vertex / u
            conjugate = gamma[0] @ m.conj().T @ gamma[0]
            total += -METRIC[mu] * sign * np.trace(slash(e_plus) @ m @ slash(e_minus) @ conjugate).real
    return total


@pytest.mark.parametrize(("mass", "cos_max"), [(0.023, 0.95), (2.0, 0.6), (7.0, 0.95)])
def test_ratio_in_annihilation_is_the_integral_of_both_amplitudes(mass, cos_max):
    integrals = [quad(annihilation, -cos_max, cos_max, args=(mass, scalar))[0] for scalar in (True, False)]
    ratio = float(recast.annihilation_ratio(mass, np.sqrt(S), cos_max))
    assert ratio == pytest.approx(integrals[0] / integrals[1], rel=1e-6)


@pytest.mark.parametrize("cos_max", [0.3, 0.643, 0.95])
def test_ratio_in_annihilation_at_light_mass_is_logarithmic(cos_max):
    """(y/g)^2 L/(2L - 2c), L = ln[(1 + c)/(1 - c)]: 2/3 at c = 0.95."""
    logarithm = np.log((1 + cos_max) / (1 - cos_max))
    ratio = float(recast.annihilation_ratio(1e-3, np.sqrt(S), cos_max))
    assert ratio == pytest.approx(logarithm / (2 * logarithm - 2 * cos_max), rel=1e-6)
    assert (cos_max != 0.95) or ratio == pytest.approx(0.67, abs=0.01)


@pytest.mark.parametrize("x", [0.3, 0.9])
def test_spectra_of_bremsstrahlung_are_integrals_of_the_crossed_amplitudes(x):
    """Annihilation's |M|^2 with s <-> t, over the electron's virtuality w with the flux dw/w^2.

    s = w/(1 - x), u = -w, t = m^2 - w x/(1 - x), w > m^2 (1 - x)/x; massless electrons.
    """
    mass = 0.02
    low = mass**2 * (1 - x) / x

    def crossed(inverse, scalar):
        w = 1 / inverse  # dw/w^2 = -d(1/w)
        t = mass**2 - w * x / (1 - x)
        common = (t**2 + mass**4) * (1 - x) / w**2
        return common if scalar else 2 * (common + 2)

    found = [quad(crossed, 0, 1 / low, args=(scalar,))[0] for scalar in (True, False)]
    assert found[0] / found[1] == pytest.approx(x**2 / 6 / (1 - x + x**2 / 3), rel=1e-6)


@pytest.mark.parametrize(("mass", "x_min"), [(0.005, 0.5), (0.1, 0.5), (0.02, 0.99)])
def test_ratio_of_bremsstrahlung_is_the_ratio_of_the_spectra(mass, x_min):
    def spectrum(x, shape):
        return x * shape(x) / (mass**2 * (1 - x) / x + 0.51099895e-3**2 * x)

    edges = 1 - np.geomspace(1 - x_min, 1e-9, 30)
    integrals = [
        sum(quad(spectrum, a, b, args=(shape,))[0] for a, b in pairwise(edges))
        for shape in (lambda x: x**2 / 6, lambda x: 1 - x + x**2 / 3)
    ]
    assert float(recast.bremsstrahlung_ratio(mass, x_min)) == pytest.approx(integrals[0] / integrals[1], rel=1e-4)


def test_scalar_that_takes_all_energy_is_made_half_as_often_as_a_vector():
    scalar = LightScalar(0.05, {"ee": 1.0}, {"e": 1e-3})
    vector = LightVector(0.05, {"ee": 1.0}, {"e": 2e-3})
    assert float(recast.Bremsstrahlung(1.0).scalar(scalar, vector)) == pytest.approx(0.5 / 4)
    assert float(recast.bremsstrahlung_ratio(0.05, 0.9999)) == pytest.approx(0.5, abs=1e-3)


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3), st.sampled_from(list(recast.PSEUDOSCALARS)))
@settings(deadline=None, max_examples=20)
def test_vector_mesons_are_complete_at_zero_mass(charges, meson):
    """Sum_V T_V Tr(T_V g) = g/2 on diagonals: the anomaly's trace Tr(T_P Q g)/2."""
    vector = LightVector(1e-6, {}, dict(zip("uds", charges, strict=True)))
    trace = sum(p * q * g for p, q, g in zip(recast.PSEUDOSCALARS[meson], recast.CHARGES, charges, strict=True))
    found = float(recast.radiative_amplitude_squared(meson, vector))
    assert found == pytest.approx((trace / 2) ** 2, abs=1e-9)


def test_pion_decays_to_baryon_number_as_to_electric_charge():
    """Tr(T3 Q B) = Tr(T3 Q Q)."""
    baryonic = LightVector(1e-3, {}, dict.fromkeys("uds", 0.3 / 3))
    photon = LightVector(1e-3, {}, {"u": 0.2, "d": -0.1, "s": -0.1})
    assert float(recast.PseudoscalarDecay("pi0").vector(baryonic, photon)) == pytest.approx(1.0, abs=1e-4)


def test_scalars_come_from_no_meson_and_no_proton():
    scalar, vector = LightScalar(0.05, {"ee": 1.0}, {"e": 1e-3}), LightVector(0.05, {}, dict.fromkeys("uds", 0.1))
    made = (recast.PseudoscalarDecay("pi0"), recast.PhiToEta(), recast.ProtonBremsstrahlung())
    assert [float(production.scalar(scalar, vector)) for production in made] == [0.0, 0.0, 0.0]


def test_couplings_of_fermions_scale_the_rates():
    reference = LightVector(0.05, {}, {"e": 1e-3, "mu": 1e-3, "u": 0.2, "d": -0.1, "s": -0.1})
    axial = LightVector(0.05, {}, {"e": 3e-3, "u": 0.1, "d": 0.1, "s": 0.2}, {"e": 4e-3, "mu": 2e-3})
    assert float(recast.Annihilation(10.0, 0.9).vector(axial, reference)) == pytest.approx(25.0)
    assert float(recast.Bremsstrahlung(0.5).vector(axial, reference)) == pytest.approx(25.0)
    assert float(recast.MuonPair(10.0).vector(axial, reference)) == pytest.approx(4.0)
    assert float(recast.ProtonBremsstrahlung().vector(axial, reference)) == pytest.approx(1.0)
    assert float(recast.PhiToEta().vector(axial, reference)) == pytest.approx(4.0)


# -- efficiencies


def test_displaced_efficiency_is_the_share_of_decays_in_the_decay_volume():
    rng = np.random.default_rng(3)
    lifetime, shield, volume = 2e-12, 1.5e-12, 4.5e-12  # proper times at the edges
    times = rng.exponential(lifetime, 1_000_000)
    share = np.mean((times > shield) & (times < volume))
    found = recast.displaced_efficiency(HBAR_GEV_S / lifetime, shield, volume / shield - 1)
    assert float(found) == pytest.approx(share, abs=2e-3)


@given(
    lower=st.floats(1e-9, 1e-3),
    factor=st.floats(1.01, 1e4),
    ratio=st.floats(1e-2, 1e3),
)
@settings(deadline=None, max_examples=50)
def test_both_edges_of_a_double_sided_limit_have_one_yield(lower, factor, ratio):
    def log_yield(coupling, first):
        # width = coupling^2: the logarithm, so that nothing underflows at the upper edge
        shield = first * coupling**2 / HBAR_GEV_S
        return 2 * np.log(coupling) - shield + np.log(-np.expm1(-shield * ratio))

    first = float(recast.edge_time(lower, lower * factor, ratio)) * HBAR_GEV_S / lower**2
    assert log_yield(lower, first) == pytest.approx(log_yield(lower * factor, first), abs=1e-8)
    assert log_yield(lower * np.sqrt(factor), first) > log_yield(lower, first)
    assert log_yield(lower / 2, first) < log_yield(lower, first)


def test_displaced_efficiency_is_smooth_without_width():
    slope = jax.grad(lambda w: recast.displaced_efficiency(w, 1e-12, 2.0))
    assert float(recast.displaced_efficiency(0.0, 1e-12, 2.0)) == 0.0
    assert float(slope(0.0)) == pytest.approx(2e-12 / HBAR_GEV_S)
    assert float(recast.displaced_efficiency(1e3, 1e-12, 2.0)) == 0.0


@pytest.mark.parametrize(("lower", "upper", "ratio"), [(2.0, 1.0, 1.0), (1.0, 2.0, 0.0), (0.0, 1.0, 1.0)])
def test_edges_that_are_none_are_refused(lower, upper, ratio):
    with pytest.raises(ValueError, match="0 < lower <= upper and a positive ratio of lengths"):
        recast.edge_time(lower, upper, ratio)


def test_prompt_efficiency_is_exponential_in_the_flight():
    particle = LightScalar(0.02, {"ee": 1e-12})
    mean = 0.5 / 0.02 * HBARC_GEV_FM * 1e-15 / 1e-12  # p/m c tau [m]
    assert float(recast.prompt_efficiency(particle, 0.5, mean)) == pytest.approx(1 - np.exp(-1))
    assert float(recast.prompt_efficiency(LightScalar(0.02, {"ee": 0.0}), 0.5, 1.0)) == 0.0


@pytest.mark.parametrize(("function", "setting"), [(recast.muon_pair_ratio, 10.58), (recast.bremsstrahlung_ratio, 0.5)])
def test_ratios_have_derivatives_in_the_mass(function, setting):
    ratio = jax.jit(lambda m: function(m, setting))
    mass, step = 0.3, 1e-5
    difference = float(ratio(mass + step) - ratio(mass - step)) / (2 * step)
    assert float(jax.grad(ratio)(mass)) == pytest.approx(difference, rel=1e-4)
    assert np.isfinite(jax.vmap(ratio)(jnp.array([0.005, 0.1, 1.0]))).all()
