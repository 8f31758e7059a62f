"""Cross sections of nu_mu N -> nu_4 N phi (arXiv:2006.01948, Eqs. 27-30) against four-vectors, and their limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import vegas
from hypothesis import given, settings
from hypothesis import strategies as st
from test_amplitude import boosted, dot, squared_amplitude

from zprimefit.constants import CARBON_MASS, HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS
from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.models import Z2HDM
from zprimefit.models.targets import CARBON, NUCLEON
from zprimefit.models.z2hdm.scattering import Masses, momentum, threshold, total
from zprimefit.numerics.quadrature import panels

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
TARGET_MASS = {"incoherent": NUCLEON_MASS, "coherent": CARBON_MASS}
UNIT = {"g_B": 1.0, "g_d": 1.0, "U_mu4_sq": 1.0, "sin_delta": 0.0}
both_channels = pytest.mark.parametrize("channel", TARGET_MASS)


def _compiled(channel, model=MODEL):
    return jax.jit(lambda params, e_nu: model.cross_section(params, e_nu, "hprime", channel))


SIGMA = {channel: _compiled(channel) for channel in TARGET_MASS}
SIGMA_LITERAL = _compiled("coherent", Z2HDM(coherent="nucleon"))


def _compiled_differential(channel):
    return jax.jit(lambda params, *point: MODEL.differential_cross_section(params, *point, "hprime", channel))


DIFFERENTIAL = {channel: _compiled_differential(channel) for channel in TARGET_MASS}


def at(m_zprime, m_hprime, m_nu4, **changes):
    return TABLE1 | {"m_zprime": m_zprime, "m_hprime": m_hprime, "m_nu4": m_nu4} | changes


# -- totals against an independent Monte Carlo ------------------------------------------------------------------------


def _two_body(root_s, mass_1, mass_2):
    return np.sqrt((root_s**2 - (mass_1 + mass_2) ** 2) * (root_s**2 - (mass_1 - mass_2) ** 2)) / (2 * root_s)


def _along(axis, cosine, azimuth, length):
    """3-vectors of this length at polar angle and azimuth about `axis` (n, 3)."""
    axis = axis / np.linalg.norm(axis, axis=-1, keepdims=True)
    helper = np.where(np.abs(axis[:, :1]) < 0.5, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    first = np.cross(axis, helper)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    second, sine = np.cross(axis, first), np.sqrt(np.maximum(1 - cosine**2, 0.0))
    transverse = np.cos(azimuth)[:, None] * first + np.sin(azimuth)[:, None] * second
    return length[:, None] * (cosine[:, None] * axis + sine[:, None] * transverse)


def _four(energy, vector):
    return np.concatenate([energy[:, None], vector], axis=-1)


def _log_uniform(u, low, high, shift):
    """Variable in [low, high] with x + shift log-uniform in u, and dx/du."""
    span = np.log((high + shift) / (low + shift))
    x = (low + shift) * np.exp(u * span) - shift
    return x, (x + shift) * span


def monte_carlo(m_zprime, m_scalar, m_nu4, e_nu, channel):
    """Total cross section [cm^2] at unit couplings: two two-body decays in sequence, sampled by vegas."""
    mass = TARGET_MASS[channel]
    root_s = np.sqrt(mass**2 + 2 * mass * e_nu)

    @vegas.lbatchintegrand
    def integrand(u):
        n = np.ones(len(u))
        k, p = _four(e_nu * n, e_nu * n[:, None] * [0, 0, 1]), _four(mass * n, np.zeros((len(u), 3)))
        pair, jac = _log_uniform(u[:, 0], m_nu4 + m_scalar, root_s - mass, 0.2 * m_zprime)
        jac = jac * 2 * pair / (2 * np.pi)
        # N(p') in the centre of mass, by its momentum transfer
        p_in, p_final = _two_body(root_s, 0.0, mass), _two_body(root_s, mass, pair)
        e_in, e_final = np.sqrt(p_in**2 + mass**2), np.sqrt(p_final**2 + mass**2)
        least = 2 * (e_in * e_final - p_in * p_final - mass**2)
        most = least + 4 * p_in * p_final
        if channel == "coherent":
            most = np.minimum(most, least + 0.8)  # exp(-40) of the rate is beyond
        transfer, jac_q = _log_uniform(u[:, 1], least, most, 0.1 * m_zprime**2)
        cosine = 1 - (transfer - least) / (2 * p_in * p_final)
        jac = jac * jac_q / (2 * p_in * p_final) * 2 * np.pi * p_final / (16 * np.pi**2 * root_s)
        centre = k + p
        axis = np.broadcast_to(np.array([0.0, 0.0, -1.0]), (len(u), 3))
        recoil = _along(axis, cosine, 0 * cosine, p_final)
        p_out = boosted(_four(e_final, recoil), centre)
        system = centre - p_out
        # nu_4 in the rest frame of (nu_4 phi), about the beam there
        beam = boosted(k, system * np.array([1.0, -1, -1, -1]))
        inner = _two_body(pair, m_nu4, m_scalar)
        e4 = np.sqrt(inner**2 + m_nu4**2)
        closest = m_nu4**2 - 2 * beam[:, 0] * (e4 - inner)
        fraction, jac_c = _log_uniform(u[:, 2], 0.0, 1.0, (m_zprime**2 - closest) / (4 * beam[:, 0] * inner))
        jac = jac * 2 * jac_c * 2 * np.pi * inner / (16 * np.pi**2 * pair)
        k4 = boosted(_four(e4, _along(beam[:, 1:], 1 - 2 * fraction, 2 * np.pi * u[:, 3], inner)), system)
        assert np.allclose(dot(system - k4, system - k4), m_scalar**2, atol=1e-9)
        squared = squared_amplitude(k, p, k4, p_out, m_nu4, m_zprime, nucleus=channel == "coherent", qq=(True, False))
        return jac * squared / (4 * e_nu * mass) * HBARC_SQUARED_CM2_GEV2 * 1e36

    integrator = vegas.Integrator(4 * [[0, 1]], ran_array_generator=np.random.default_rng(20).random)
    integrator(integrand, nitn=4, neval=8_000)
    result = integrator(integrand, nitn=5, neval=24_000)
    return result.mean * 1e-36, result.sdev * 1e-36


@pytest.mark.slow
@both_channels
@pytest.mark.parametrize(
    "masses",
    [(0.8, 0.023, 0.05), (0.05, 0.005, 0.14), (0.03, 0.005, 0.001)],
    ids=["table1", "50-5-140-MeV", "30-5-1-MeV"],
)
def test_cross_section_equals_a_four_vector_monte_carlo(masses, channel):
    mean, error = monte_carlo(*masses, 0.9, channel)
    assert error < 1e-3 * mean
    sigma = float(SIGMA[channel](at(*masses, **UNIT), 0.9))
    assert abs(sigma - mean) < 3 * error


# -- the two orders of integration against each other ----------------------------------------------------------------


def _integrated(params, e_nu, channel, n=56):
    """Integral of the differential cross section over all of (E_phi, cos theta), from the limits of the kinematics."""
    mass, m_phi, m4 = TARGET_MASS[channel], params["m_hprime"], params["m_nu4"]
    root_s = np.sqrt(mass**2 + 2 * mass * e_nu)
    p_star = _two_body(root_s, m_phi, mass + m4)
    e_star = np.sqrt(p_star**2 + m_phi**2)
    gamma, beta = (e_nu + mass) / root_s, e_nu / (e_nu + mass)
    most = gamma * (e_star + beta * p_star)
    least = m_phi if p_star > beta * e_star else gamma * (e_star - beta * p_star)
    u, w = np.polynomial.legendre.leggauss(n)
    u, w = (u + 1) / 2, w / 2
    # s = 3u^2 - 2u^3 tames the square roots at both ends
    s, ds = 3 * u**2 - 2 * u**3, 6 * u * (1 - u) * w
    energy = least * (most / least) ** s
    d_energy = energy * np.log(most / least) * ds
    p = np.sqrt(energy**2 - m_phi**2)
    lowest = ((mass + m4) ** 2 - mass**2 - m_phi**2 - 2 * mass * (e_nu - energy) + 2 * e_nu * energy) / (2 * e_nu * p)
    reach = 1 - np.clip(lowest, -1.0, 1.0)[:, None]
    scale = np.minimum(((m_phi**2 + m4**2) / energy**2)[:, None] / 4, reach)
    v = 1 - (1 - u) ** 2
    span = np.log1p(reach / scale)
    x = scale * np.expm1(v * span)
    weight = d_energy[:, None] * (x + scale) * span * 2 * (1 - u) * w
    return float(np.sum(weight * np.asarray(DIFFERENTIAL[channel](params, e_nu, energy[:, None], 1 - x))))


@pytest.mark.slow
@both_channels
@pytest.mark.parametrize("m_zprime", [0.03, 0.25, 2.0])
def test_differential_cross_section_integrates_to_the_total(m_zprime, channel):
    """1e-3 is the accuracy that the methods state over the domain of the masses."""
    for m_hprime in (0.005, 0.1):
        for m_nu4 in (0.001, 0.15):
            for e_nu in (0.3, 0.8, 3.0):
                params = at(m_zprime, m_hprime, m_nu4, **UNIT)
                expected = float(SIGMA[channel](params, e_nu))
                assert _integrated(params, e_nu, channel) == pytest.approx(expected, rel=1e-3), (m_hprime, m_nu4, e_nu)


# -- thresholds --------------------------------------------------------------------------------------------------------


def _least_neutrino_energy(m_scalar, m_nu4, mass):
    return ((mass + m_nu4 + m_scalar) ** 2 - mass**2) / (2 * mass)


@both_channels
def test_cross_section_is_zero_below_threshold_and_positive_above(channel):
    params = at(0.8, 0.1, 0.15)
    edge = _least_neutrino_energy(0.1, 0.15, TARGET_MASS[channel])
    sigma = np.asarray(SIGMA[channel](params, edge * np.array([0.01, 0.5, 0.999, 1.001, 1.1])))
    assert np.array_equal(sigma[:3], np.zeros(3))
    assert np.all(sigma[3:] > 0)
    assert sigma[3] < 1e-3 * sigma[4]


MASS_NAMES = ("m_zprime", "m_hprime", "m_nu4")


def _of_masses(function, params):
    """Derivatives of function(params, *point) by the three masses, as a compiled function of the point."""

    def value(masses, point):
        return function(params | dict(zip(MASS_NAMES, masses, strict=True)), *point)

    masses = jnp.array([params[name] for name in MASS_NAMES])
    gradient = jax.jit(jax.jacfwd(value))
    return (
        lambda *point: np.asarray(gradient(masses, jnp.array(point))),
        lambda i, h, *point: float(value(masses.at[i].multiply(1 + h), point)),
    )


@pytest.mark.slow
@both_channels
def test_derivatives_of_the_total_by_the_masses_are_finite_about_the_threshold_and_zero_below(channel):
    gradient, shifted = _of_masses(SIGMA[channel], at(0.8, 0.1, 0.15))
    edge = _least_neutrino_energy(0.1, 0.15, TARGET_MASS[channel])
    found = {distance: gradient(edge * distance) for distance in (0.01, 0.5, 1 - 1e-9, 1.0, 1 + 1e-9, 1.01)}
    assert all(np.isfinite(g).all() for g in found.values()), found
    assert all((found[distance] == 0).all() for distance in (0.01, 0.5, 1 - 1e-9))
    open_ = gradient(1.0)
    for i, mass in enumerate((0.8, 0.1, 0.15)):
        difference = (shifted(i, 1e-5, 1.0) - shifted(i, -1e-5, 1.0)) / (2e-5 * mass)
        assert open_[i] == pytest.approx(difference, rel=1e-5)


# E_nu, E_phi, cos(theta): too little energy, at and below the scalar's mass, nothing left for nu_4
CLOSED = [(0.5, 0.6, 1.0), (0.5, 0.023, 1.0), (0.5, 0.01, 1.0), (0.06, 0.03, 0.9), (1.0, 0.96, 1.0), (0.5, 20.0, 0.0)]


@both_channels
def test_differential_cross_section_is_zero_where_the_process_is_closed(channel):
    for case in CLOSED:
        assert float(DIFFERENTIAL[channel](at(0.8, 0.023, 0.05), *case)) == 0


@pytest.mark.slow
@both_channels
def test_derivatives_of_the_differential_cross_section_by_the_masses_are_finite_everywhere(channel):
    masses = (0.8, 0.023, 0.05)
    gradient, shifted = _of_masses(DIFFERENTIAL[channel], at(*masses))
    for case in CLOSED:
        assert np.array_equal(gradient(*case), np.zeros(3)), case
    for case in [(0.5, 0.2, 0.9), (1.0, 0.3, 1.0), (1.0, 0.1, -0.5), (3.0, 2.0, 0.999)]:
        found = gradient(*case)
        for i, mass in enumerate(masses):
            difference = (shifted(i, 1e-4, *case) - shifted(i, -1e-4, *case)) / (2e-4 * mass)
            assert found[i] == pytest.approx(difference, rel=1e-4), (case, MASS_NAMES[i])


@both_channels
def test_differential_cross_section_opens_at_the_least_neutrino_energy(channel):
    """The inverse of W = M + m_nu4 at fixed energy and angle of the scalar."""
    params = at(0.8, 0.023, 0.05)
    target = {"incoherent": NUCLEON, "coherent": CARBON}[channel]
    for e_scalar, cosine in [(0.1, 1.0), (0.3, 0.5), (0.2, -1.0), (0.6, 0.9)]:
        edge = float(threshold(e_scalar, cosine, Masses(0.8, 0.023, 0.05), target))
        below, above = (float(DIFFERENTIAL[channel](params, edge * f, e_scalar, cosine)) for f in (1 - 1e-9, 1 + 1e-6))
        assert below == 0
        assert above > 0


def test_momentum_has_a_finite_derivative_below_threshold():
    assert float(jax.grad(momentum)(0.01, 0.023)) == 0
    assert np.isfinite(float(jax.grad(momentum)(0.023, 0.023)))
    assert float(momentum(0.5, 0.3)) == pytest.approx(0.4, rel=1e-15)


# -- what the amplitude implies ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def share_of_q1_q1():
    """(m_Z', m_phi, m_nu4, E_nu) -> sigma / sigma without the q1 q1 term of the propagator."""
    parts = jax.jit(lambda mz, ms, m4, e_nu: total(e_nu, Masses(mz, ms, m4), NUCLEON))

    def share(m_zprime, m_scalar, m_nu4, e_nu):
        plain, longitudinal = parts(m_zprime, m_scalar, m_nu4, e_nu)
        return 1 + (m_nu4 / m_zprime) ** 2 * float(longitudinal / plain)

    return share


def test_q1_q1_term_adds_four_permille_at_the_benchmark(share_of_q1_q1):
    assert share_of_q1_q1(0.8, 0.023, 0.05, 0.8) - 1 == pytest.approx(0.004, abs=0.001)


@pytest.mark.parametrize("e_nu", [0.6, 0.8, 1.5, 3.0])
def test_q1_q1_term_multiplies_the_rate_by_three_to_five_where_nu4_is_heavier_than_the_zprime(share_of_q1_q1, e_nu):
    assert 3 < share_of_q1_q1(0.05, 0.023, 0.14, e_nu) < 5


@settings(max_examples=25, deadline=None)
@given(
    g_B=st.floats(1e-6, 1e-1),
    g_d=st.floats(1e-2, 3.5),
    U_mu4_sq=st.floats(1e-9, 1e-2),
    sin_delta=st.floats(-0.99, 0.99),
)
def test_rate_scales_with_g_b_squared_g_d_to_the_fourth_mixing_and_cosine_squared(g_B, g_d, U_mu4_sq, sin_delta):
    couplings = {"g_B": g_B, "g_d": g_d, "U_mu4_sq": U_mu4_sq, "sin_delta": sin_delta}
    unit = float(SIGMA["incoherent"](TABLE1 | UNIT, 0.8))
    expected = unit * g_B**2 * g_d**4 * U_mu4_sq * (1 - sin_delta**2)
    assert float(SIGMA["incoherent"](TABLE1 | couplings, 0.8)) == pytest.approx(expected, rel=1e-12)


def test_heavier_scalar_takes_the_sine_of_the_mixing_angle():
    sigma = jax.jit(lambda params: MODEL.cross_section(params, 0.8, "H", "incoherent"))
    swapped = TABLE1 | {"m_hprime": TABLE1["m_H"]}
    ratio = float(sigma(TABLE1)) / float(SIGMA["incoherent"](swapped, 0.8))
    assert ratio == pytest.approx(0.28**2 / (1 - 0.28**2), rel=1e-12)


def test_carbon_kinematics_adds_thirty_two_percent_to_the_coherent_events_of_miniboone():
    """All h' made in the tank in neutrino mode, with the BNB flux; before any efficiency."""
    energies, weights = panels(np.linspace(0.0, highest_energy(), 41), 3)
    exposed = np.asarray(exposed_flux(("fhc",))(energies))[0] * weights
    carbon, literal = (float(exposed @ np.asarray(s(TABLE1, energies))) for s in (SIGMA["coherent"], SIGMA_LITERAL))
    assert carbon / literal - 1 == pytest.approx(0.32, abs=0.005)


def test_cross_section_keeps_the_shape_of_the_energies():
    energies = jnp.array([[0.5, 1.0, 2.0], [0.01, 0.8, 3.0]])
    sigma = MODEL.cross_section(TABLE1, energies)
    assert sigma.shape == (2, 3)
    assert float(sigma[1, 1]) == pytest.approx(float(SIGMA["incoherent"](TABLE1, 0.8)), rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("h", "incoherent"), "unknown scalar 'h'.*Available: hprime, H"),
        (("H", "elastic"), "unknown channel 'elastic'.*Available: incoherent, coherent"),
    ],
)
def test_unknown_names_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MODEL.cross_section(TABLE1, 1.0, *arguments)
