"""Two scalars at once: against explicit Dirac matrices, the one-scalar process, phase space, and limits."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_amplitude import (
    METRIC,
    _isotropic,
    _on_shell,
    boosted,
    carbon_tensor,
    dot,
    neutrino_tensor,
    nucleon_tensor,
    propagator,
    random_events,
)

from zprimefit.constants import CARBON_MASS, HBARC_SQUARED_CM2_GEV2, NUCLEON_MASS
from zprimefit.models import Z2HDM
from zprimefit.models.targets import CARBON, NUCLEON, Target
from zprimefit.models.z2hdm.double_production import (
    Sampling,
    cubic_coupling,
    monte_carlo,
    process_of,
    squared_amplitude,
)
from zprimefit.models.z2hdm.phase_space import Events, Process, events
from zprimefit.models.z2hdm.potential import heavy_pair_coupling, hprime_pair_coupling, potential

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
PAIRS = (("hprime", "hprime"), ("hprime", "H"), ("H", "H"))
QUICK = Sampling(log2_points=10, scrambles=8)
both_targets = pytest.mark.parametrize("target", [NUCLEON, CARBON], ids=["nucleon", "carbon"])


def random_pairs(target, m_nu4, scalars, pair_mass):
    """Momenta k, p, k4, p', phi, phi' (n, 4), all on shell, with a pair of scalars of this mass; extended precision."""
    k, p, k4, p_out = random_events(target.mass, m_nu4, pair_mass)
    rest = k + p - k4 - p_out
    first, second = scalars
    length = np.sqrt((pair_mass**2 - (first + second) ** 2) * (pair_mass**2 - (first - second) ** 2)) / (2 * pair_mass)
    direction = _isotropic(np.random.default_rng(7), len(k)) * length
    phi = boosted(_on_shell(direction, first), rest)
    return k, p, k4, p_out, phi, rest - phi


def explicit_squared(k, p, k4, p_out, phis, process):
    """S|M|^2 from Feynman rules: vertices 2i m g and 2i g, propagators i (-g + q q / m^2) / (q^2 - m^2)."""
    m = process.zprime
    leptons = neutrino_tensor(k, k4, process.nu4)
    hadrons = (carbon_tensor if process.target == CARBON else nucleon_tensor)(p, p_out)
    metric = np.diag(METRIC)

    def line(q):
        """Propagator with one index up and one down."""
        return 1j * propagator(q, m) * METRIC

    middle = 2j * np.broadcast_to(np.eye(4), (len(k), 4, 4))
    if not process.quartic_only:
        mass2 = dot(phis[0] + phis[1], phis[0] + phis[1])
        for mass, strength in process.exchanged:
            # (2i m c_chi) (i / (M^2 - m_chi^2)) (-i g_chi) with v' = m at g_d = 1
            middle = middle + (2j * 1j * -1j) * (strength / (mass2 - mass**2))[:, None, None] * np.eye(4)
        for phi in phis:
            middle = middle + (2j * m) ** 2 * line(k - k4 - phi)
    # current of the neutrino (index up) -> propagator -> what is between -> propagator -> current of the target
    chain = line(p_out - p) @ middle @ line(k - k4)
    down = metric @ chain
    return np.einsum("nba,nab->n", hadrons, down @ leptons @ np.conj(np.swapaxes(down, -1, -2))).real


@both_targets
@pytest.mark.parametrize("quartic_only", [True, False], ids=["quartic", "complete"])
@pytest.mark.parametrize(
    ("m_zprime", "m_nu4", "scalars"),
    [(0.8, 0.05, (0.023, 0.023)), (0.07, 0.14, (0.023, 0.106))],
    ids=["table1", "light"],
)
def test_squared_amplitude_equals_explicit_dirac_matrices(m_zprime, m_nu4, scalars, quartic_only, target):
    process = Process(m_zprime, m_nu4, scalars, target, exchanged=((0.02, 0.3),), quartic_only=quartic_only)
    k, p, k4, p_out, *phis = random_pairs(target, m_nu4, scalars, 0.2)
    q2 = dot(p_out - p, p_out - p)
    at = Events(
        *(np.asarray(x, dtype=np.float64) for x in (k, k4, p, p_out)),
        scalars=tuple(np.asarray(phi, dtype=np.float64) for phi in phis),
        q2=np.asarray(q2, dtype=np.float64),
        weight=np.ones(len(k)),
    )
    expected = explicit_squared(k, p, k4, p_out, phis, process)
    assert squared_amplitude(process, at) == pytest.approx(np.asarray(expected, dtype=np.float64), rel=1e-8, abs=0)


@pytest.mark.parametrize("channel", ["incoherent", "coherent"])
@pytest.mark.parametrize(
    ("m_zprime", "m_hprime", "m_nu4"), [(0.8, 0.023, 0.05), (0.03, 0.005, 0.15), (2.0, 0.1, 0.001)]
)
def test_same_machinery_with_one_scalar_reproduces_single_production(m_zprime, m_hprime, m_nu4, channel):
    params = TABLE1 | {"m_zprime": m_zprime, "m_hprime": m_hprime, "m_nu4": m_nu4}
    energies = np.array([0.4, 1.0, 3.0])
    target = MODEL.incoherent_target if channel == "incoherent" else MODEL.coherent_target
    value, error = monte_carlo(Process(m_zprime, m_nu4, (m_hprime,), target), energies, Sampling(13, 16))
    unit = float(MODEL.rate_coupling(params, "hprime"))
    expected = np.asarray(MODEL.cross_section(params, energies, "hprime", channel)) / unit
    assert np.all(error < 3e-3 * value)
    assert np.all(np.abs(value - expected) < 4 * error + 2e-4 * expected)


def test_points_fill_the_phase_space_of_four_massless_particles():
    """(2 pi)^-8 (pi/2)^3 s^2 / (3! 2!), the textbook's n-body formula at n = 4."""
    light = 1e-7
    process = Process(1.0, light, (light, light), Target(light, "nucleon"))
    e_nu = 0.5 / light  # s = 1 GeV^2
    rng = np.random.default_rng(3)
    volumes = [events(process, e_nu, rng.uniform(size=(40_000, 7))).weight.mean() for _ in range(8)]
    volume, error = np.mean(volumes), np.std(volumes, ddof=1) / np.sqrt(8)
    scale = 4 * light * e_nu / HBARC_SQUARED_CM2_GEV2
    expected = (2 * np.pi) ** -8 * (np.pi / 2) ** 3 / 12
    assert error < 0.02 * volume
    assert scale * volume == pytest.approx(expected, abs=4 * scale * error)


@both_targets
def test_points_conserve_momentum_on_shell(target):
    process = Process(0.8, 0.05, (0.023, 0.106), target)
    at = events(process, 1.5, np.random.default_rng(1).uniform(size=(500, 7)))
    assert at.k + at.p == pytest.approx(at.k4 + at.p_out + sum(at.scalars), abs=1e-12)
    for momentum, mass in ((at.k, 0), (at.p, target.mass), (at.k4, 0.05), (at.p_out, target.mass)):
        assert dot(momentum, momentum) == pytest.approx(np.full(500, mass**2), abs=1e-11)
    for momentum, mass in zip(at.scalars, process.scalars, strict=True):
        assert dot(momentum, momentum) == pytest.approx(np.full(500, mass**2), abs=1e-11)
    assert dot(at.p_out - at.p, at.p_out - at.p) == pytest.approx(at.q2, abs=1e-11)
    assert np.all(at.weight > 0)


def test_momentum_between_two_emissions_is_spacelike():
    for seed, target in ((1, NUCLEON), (2, CARBON)):
        at = events(Process(0.03, 0.15, (0.005, 0.1), target), 3.0, np.random.default_rng(seed).uniform(size=(5000, 7)))
        assert all(np.all(dot(q, q) < 0) for q in (at.k - at.k4 - phi for phi in at.scalars))


# -- couplings --------------------------------------------------------------------------------------------------------

TRIOS = [("hprime",) * 3, ("H", "hprime", "hprime"), ("hprime", "H", "H"), ("H",) * 3]


@pytest.mark.parametrize("trio", TRIOS, ids="-".join)
def test_cubic_couplings_are_third_derivatives_of_the_potential(trio):
    params = TABLE1 | {"lambda_7": 3e-4, "lambda_4_prime": 0.02}
    sine, cosine = 0.28, np.sqrt(1 - 0.28**2)
    axes = {"hprime": (sine, cosine), "H": (cosine, -sine)}  # in (H2, H3), Eq. A4

    step, third = 30.0, 0.0
    # central differences are exact: the potential has no fifth power
    for signs in product((-1, 1), repeat=3):
        fields = np.zeros(10)
        for sign, scalar in zip(signs, trio, strict=True):
            fields[[6, 8]] += sign * step * np.array(axes[scalar])
        third += np.prod(signs) * float(potential(jnp.asarray(fields), params)) / (2 * step) ** 3
    assert third == pytest.approx(float(cubic_coupling(trio, params)), rel=1e-6)


def test_cubic_couplings_are_those_of_the_decays():
    for params in (TABLE1, TABLE1 | {"lambda_7": -1e-3, "lambda_4_prime": 0.1}):
        for trio, known in ((TRIOS[1], hprime_pair_coupling), (TRIOS[2], heavy_pair_coupling)):
            assert float(cubic_coupling(trio, params)) == pytest.approx(float(known(params)), rel=1e-12)


def test_scalar_that_can_be_on_its_shell_is_left_to_single_production():
    exchanged = {pair: [m for m, _ in process_of(TABLE1, pair, NUCLEON, "complete").exchanged] for pair in PAIRS}
    assert exchanged == {PAIRS[0]: [0.023], PAIRS[1]: [0.023, 0.106], PAIRS[2]: [0.023, 0.106]}
    heavy = process_of(TABLE1 | {"m_hprime": 0.06}, PAIRS[0], NUCLEON, "complete")
    assert [m for m, _ in heavy.exchanged] == [0.06, 0.106]


def test_exchange_goes_with_the_squared_masses_where_the_masses_fix_the_potential():
    """v' g c_chi / (c_phi c_phi') = c_chi^2 (m_chi^2 + m_phi^2 + m_phi'^2) at lambda_7 = lambda_4' = 0."""
    for pair in PAIRS:
        process = process_of(TABLE1, pair, NUCLEON, "complete")
        for mass, strength in process.exchanged:
            share = 1 - 0.28**2 if mass == 0.023 else 0.28**2
            squares = mass**2 + sum(m**2 for m in process.scalars)
            assert strength == pytest.approx(share * squares, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(
    g_B=st.floats(1e-6, 1e-1),
    g_d=st.floats(1e-2, 3.5),
    U_mu4_sq=st.floats(1e-9, 1e-2),
    sin_delta=st.floats(0.01, 0.99),
)
def test_quartic_rate_scales_with_the_sixth_power_of_g_d(g_B, g_d, U_mu4_sq, sin_delta):
    couplings = {"g_B": g_B, "g_d": g_d, "U_mu4_sq": U_mu4_sq, "sin_delta": sin_delta}
    few = Sampling(log2_points=4, scrambles=2)

    def sigma(params, pair):
        return float(MODEL.double_production_cross_section(params, 0.8, pair, amplitude="quartic", sampling=few)[0])

    fractions = {"hprime": 1 - sin_delta**2, "H": sin_delta**2}
    reference = {"hprime": 1 - 0.28**2, "H": 0.28**2}
    for pair in PAIRS:
        ratio = (g_B / 3e-4) ** 2 * (g_d / 2.85) ** 6 * U_mu4_sq / 2.6e-5
        for scalar in pair:
            ratio *= fractions[scalar] / reference[scalar]
        assert sigma(TABLE1 | couplings, pair) == pytest.approx(ratio * sigma(TABLE1, pair), rel=1e-10)


# -- limits -----------------------------------------------------------------------------------------------------------


def test_two_of_one_kind_count_half():
    alike, distinct = (
        monte_carlo(Process(0.8, 0.05, (0.023, 0.023), NUCLEON, identical=same), 0.8, QUICK) for same in (True, False)
    )
    assert alike[0] == pytest.approx(distinct[0] / 2, rel=1e-14)


def test_kind_decides_and_not_the_mass():
    alike = TABLE1 | {"m_H": 0.023}
    assert [process_of(alike, pair, NUCLEON, "quartic").identical for pair in PAIRS] == [True, False, True]


@both_targets
def test_heavy_zprime_makes_the_complete_amplitude_minus_three_times_the_quartic(target):
    """At q^2 << m_Z'^2 each order of emission gives -2 of the quartic coupling: (1 - 2 - 2)^2 = 9."""
    quartic, complete = (
        monte_carlo(Process(60.0, 0.05, (0.023, 0.023), target, quartic_only=only), 0.8, QUICK)[0]
        for only in (True, False)
    )
    assert complete == pytest.approx(9 * quartic, rel=2e-3)


@pytest.mark.parametrize("channel", ["incoherent", "coherent"])
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_cross_section_is_zero_below_threshold_and_positive_above(pair, channel):
    mass = NUCLEON_MASS if channel == "incoherent" else CARBON_MASS
    made = 0.05 + sum(TABLE1[f"m_{scalar}"] for scalar in pair)
    edge = ((mass + made) ** 2 - mass**2) / (2 * mass)
    energies = edge * np.array([[0.5, 0.999], [1.001, 1.2]])
    value, error = MODEL.double_production_cross_section(TABLE1, energies, pair, channel, sampling=QUICK)
    assert value.shape == error.shape == (2, 2)
    assert np.array_equal(value[0], [0, 0])
    assert np.all(value[1] > 0)
    assert value[1, 0] < 1e-6 * value[1, 1]


def test_error_is_that_of_the_spread_over_seeds():
    process = Process(0.8, 0.05, (0.023, 0.023), NUCLEON)
    results = np.array([monte_carlo(process, 0.8, Sampling(9, 8, seed)) for seed in range(1, 25)])
    spread = np.std(results[:, 0], ddof=1)
    assert 0.6 < spread / np.sqrt(np.mean(results[:, 1] ** 2)) < 1.5
    assert spread < 0.02 * results[0, 0]


def test_same_seed_gives_the_same_number():
    first, second, other = (
        MODEL.double_production_cross_section(TABLE1, 0.8, sampling=Sampling(6, 2, seed))[0] for seed in (5, 5, 6)
    )
    assert first == second
    assert first != other


def in_ch2(sigma):
    """Of one CH2 molecule, from that of a channel."""
    return 14 * float(sigma("incoherent")) + float(sigma("coherent"))


@pytest.fixture(scope="module")
def single():
    return in_ch2(lambda channel: MODEL.cross_section(TABLE1, 0.8, "hprime", channel))


@pytest.mark.parametrize("amplitude", ["quartic", "complete"])
def test_double_production_is_suppressed_at_the_benchmark(single, amplitude):
    """End of section III D of the paper, which gives no number: at 0.8 GeV, below two percent of single production."""

    def double(pair):
        return in_ch2(lambda c: MODEL.double_production_cross_section(TABLE1, 0.8, pair, c, amplitude, QUICK)[0])

    found = [double(pair) for pair in PAIRS]
    assert single * 0.02 > found[0] > found[1] > found[2] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("hprime", "h"), "incoherent", "complete"), "unknown scalar 'h'.*Available: hprime, H"),
        ((PAIRS[0], "elastic", "complete"), "unknown channel 'elastic'.*Available: incoherent, coherent"),
        ((PAIRS[0], "coherent", "cubic"), "unknown amplitude 'cubic'.*Available: quartic, complete"),
    ],
)
def test_unknown_names_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        MODEL.double_production_cross_section(TABLE1, 1.0, *arguments)
