"""The collaboration's likelihood reproduced: every number is of the 2020 release (arXiv:2006.16883, 1250 MeV bins)."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from zprimefit.datasets import MODES, electron_like, fractional_covariance, muon_sample
from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.miniboone.statistic import GaussianStatistic, gaussian

JOINT = {mode: electron_like(mode).oscillation_best_fit for mode in MODES}
NULL = {mode: np.zeros(11) for mode in MODES}
NEUTRINO_ONLY = np.array([64.888, 50.826, 69.971, 44.018, 58.041, 40.648, 30.997, 18.001, 10.934, 8.220, 4.543])
"""Signal of the best fit to neutrino mode alone: 0.03916 eV^2, sin^2(2 theta) 0.8426."""
LAST_DIGIT = 1.5e-3  # of numbers given to 1e-3, from counts given to six digits


def released(statistic, modes=MODES):
    return MiniBooNE(modes=modes, statistic=statistic, signal_covariance="released")


def _of(likelihood, signal):
    return likelihood.minus2lnl_of_signal({mode: signal[mode] for mode in likelihood.taken_modes})


@pytest.mark.parametrize(("signal", "value"), [(NULL, 373.406), (JOINT, 344.519)], ids=["null", "best-fit"])
def test_joint_minus2lnl_is_the_collaborations(signal, value):
    assert _of(released("gaussian-logdet"), signal) == pytest.approx(value, abs=LAST_DIGIT)


@pytest.mark.parametrize(
    ("signal", "value"),
    [(NULL, 215.748), (JOINT, 199.632), ({"fhc": NEUTRINO_ONLY}, 199.290)],
    ids=["null", "joint-best-fit", "own-best-fit"],
)
def test_neutrino_mode_minus2lnl_is_the_collaborations(signal, value):
    assert _of(released("gaussian-logdet", ("fhc",)), signal) == pytest.approx(value, abs=LAST_DIGIT)


@pytest.mark.parametrize(
    ("modes", "signal", "value", "bins"),
    [
        (MODES, NULL, 69.24, 38),
        (MODES, JOINT, 36.29, 38),
        (("fhc",), NULL, 31.80, 19),
        (("fhc",), JOINT, 14.116, 19),
        (("fhc",), {"fhc": NEUTRINO_ONLY}, 14.03, 19),
    ],
    ids=["joint-null", "joint-best-fit", "fhc-null", "fhc-joint-best-fit", "fhc-own-best-fit"],
)
def test_chi_square_is_the_released_one(modes, signal, value, bins):
    likelihood = released("gaussian", modes)
    digits = len(str(value).split(".")[1])
    assert _of(likelihood, signal) == pytest.approx(value, abs=0.6 * 10.0**-digits)
    assert likelihood.n_data == bins


def test_excess_of_both_modes_and_its_errors():
    """560.61 +- 119.55 and 77.35 +- 28.54 events, 132.79 combined (arXiv:2006.16883 prints 560.6 +- 119.6)."""
    excess, covariance = released("gaussian").gaussian.constrained_excess()
    assert excess == pytest.approx([560.61, 77.35], abs=0.01)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([119.55, 28.54], abs=0.01)
    assert np.sqrt(covariance.sum()) == pytest.approx(132.79, abs=0.01)


def _by_hand(modes, signal, *, normalisation=None):
    """The recipe in plain loops: fill the 30 bins of every mode, scale the covariance, add up, solve."""
    order = [i for mode in modes for i in range(30 * MODES.index(mode), 30 * MODES.index(mode) + 30)]
    matrix = fractional_covariance()[np.ix_(order, order)].copy()
    is_signal = np.array([i % 30 < 11 for i in range(len(order))])
    if normalisation is not None:
        matrix[is_signal] = 0
        matrix[:, is_signal] = 0
        matrix[np.ix_(is_signal, is_signal)] = normalisation**2
    content, observed = [], []
    for mode in modes:
        sample, muons = electron_like(mode), muon_sample(mode)
        content += [*signal[mode], *sample.background, *muons.prediction]
        observed += [*sample.data, *muons.data]
    v = np.array(content)
    full = matrix * np.outer(v, v) + np.diag(np.where(is_signal, v, 0.0))
    place = [19 * (i // 30) + (i % 30 if i % 30 < 11 else i % 30 - 11) for i in range(len(v))]
    small, predicted = np.zeros((19 * len(modes),) * 2), np.zeros(19 * len(modes))
    for i, a in enumerate(place):
        predicted[a] += v[i]
        for j, b in enumerate(place):
            small[a, b] += full[i, j]
    residual = np.array(observed) - predicted
    return residual @ np.linalg.solve(small, residual), np.linalg.slogdet(small)[1]


@pytest.mark.parametrize("modes", [("fhc",), ("rhc",), MODES], ids="+".join)
@pytest.mark.parametrize("covariance", ["released", "normalisation"])
def test_statistic_equals_the_recipe_in_plain_loops(modes, covariance):
    signal = {mode: np.linspace(40, 3, 11) for mode in modes}
    chi2, logdet = _by_hand(modes, signal, normalisation=0.15 if covariance == "normalisation" else None)
    plain, full = (
        MiniBooNE(modes=modes, statistic=s, signal_covariance=covariance) for s in ("gaussian", "gaussian-logdet")
    )
    assert plain.minus2lnl_of_signal(signal) == pytest.approx(chi2, rel=1e-9)
    assert full.minus2lnl_of_signal(signal) == pytest.approx(chi2 + logdet, rel=1e-9)


def test_treatments_of_the_signal_agree_where_there_is_none():
    values = [
        _of(MiniBooNE(signal_covariance=c, signal_systematic=s), NULL)
        for c, s in (("released", 0.15), ("normalisation", 0.15), ("normalisation", 0.0))
    ]
    assert values == pytest.approx([values[0]] * 3, rel=1e-12)


def test_larger_normalisation_error_never_raises_chi_square():
    values = [_of(MiniBooNE(signal_systematic=s), JOINT) for s in (0.0, 0.15, 0.3, 1.0)]
    assert np.all(np.diff(values) < 0)


def test_gradient_by_the_signal_equals_finite_differences():
    statistic = GaussianStatistic(MODES, "normalisation", 0.15, True)
    signal = np.array([JOINT[mode] for mode in MODES])
    gradient = np.asarray(jax.grad(statistic.minus2lnl)(signal))
    for i, j in [(0, 0), (0, 5), (1, 2), (1, 10)]:
        step = np.zeros((2, 11))
        step[i, j] = 1e-3
        difference = float(statistic.minus2lnl(signal + step) - statistic.minus2lnl(signal - step)) / 2e-3
        assert gradient[i, j] == pytest.approx(difference, rel=1e-5, abs=1e-7)


def test_huge_signals_stay_finite():
    assert np.isfinite(_of(MiniBooNE(), {mode: np.full(11, 1e12) for mode in MODES}))


@pytest.mark.parametrize(
    ("signal", "message"),
    [
        ({"fhc": np.zeros(11)}, r"expected signal counts for the modes \['fhc', 'rhc'\], got \['fhc'\]"),
        ({"fhc": np.zeros(9), "rhc": np.zeros(9)}, r"expected 11 finite counts"),
    ],
)
def test_signals_of_another_shape_are_refused(signal, message):
    with pytest.raises(ValueError, match=message):
        MiniBooNE().minus2lnl_of_signal(signal)


def test_diagonal_statistic_is_a_sum_over_electron_like_bins():
    """Paper B's Eq. 34: no correlations, and no muon bins."""
    likelihood = MiniBooNE(statistic="diagonal")
    covariance = np.asarray(likelihood.gaussian.covariance(np.zeros((2, 11))))
    expected = sum(
        (electron_like(mode).data[i] - electron_like(mode).background[i]) ** 2 / covariance[k, k]
        for m, mode in enumerate(MODES)
        for i in range(11)
        for k in [19 * m + i]
    )
    assert _of(likelihood, NULL) == pytest.approx(expected, rel=1e-10)
    assert likelihood.n_data == 22


def test_diagonal_statistic_forgets_what_the_correlations_say_about_the_excess():
    """Fully correlated errors of the background swallow the excess where each bin is taken alone."""
    gains = {
        statistic: _of(MiniBooNE(statistic=statistic), NULL) - _of(MiniBooNE(statistic=statistic), JOINT)
        for statistic in ("gaussian", "diagonal")
    }
    assert gains["gaussian"] > 25
    assert 0 < gains["diagonal"] < gains["gaussian"]


def test_slopes_of_the_gaussian_are_those_of_the_plain_formula():
    rng = np.random.default_rng(2)
    root, residual = rng.normal(size=(6, 6)), rng.normal(size=6)

    def plain(z):
        matrix = root @ root.T + jnp.eye(6) + z[0] * jnp.diag(jnp.arange(6.0)) + z[1] * jnp.ones((6, 6))
        r = residual + z[0] * jnp.arange(6.0)
        return matrix, r

    def expected(z):
        matrix, r = plain(z)
        return jnp.stack([r @ jnp.linalg.inv(matrix) @ r, jnp.linalg.slogdet(matrix)[1]])

    z = jnp.array([0.3, 0.7])
    found = jax.jacfwd(lambda z: jnp.stack(gaussian(*plain(z))))(z)
    assert np.asarray(found) == pytest.approx(np.asarray(jax.jacfwd(expected)(z)), rel=1e-10)
    assert np.stack(gaussian(*plain(z))) == pytest.approx(np.asarray(expected(z)), rel=1e-12)


@pytest.mark.parametrize("size", [1e6, 1e10])
def test_slopes_of_chi_square_by_a_huge_signal_are_those_of_exact_arithmetic(size):
    """By 60 digits: d chi^2 / d ln S, of which six digits cancel at 1e6 events and ten at 1e10."""
    statistic = GaussianStatistic(MODES, "normalisation", 0.1, log_determinant=False)
    shape = np.random.default_rng(1).uniform(0.5, 2.0, (2, 11))
    slope = float(jax.jvp(statistic.minus2lnl, (jnp.asarray(size * shape),), (jnp.asarray(size * shape),))[1])
    assert slope == pytest.approx(exact_slope(statistic, size * shape), rel=1e-4)


def exact_slope(statistic, signal):
    """d chi^2 / d ln S by central differences in 60 digits."""
    with mpmath.workdps(60):

        def chi2(factor):
            padded = [mpmath.mpf(float(s)) * factor for s in np.pad(signal, ((0, 0), (0, 8))).ravel()]
            n = len(padded)
            covariance = mpmath.matrix(n)
            for i in range(n):
                for j in range(n):
                    covariance[i, j] = (
                        mpmath.mpf(float(statistic._constant[i, j]))
                        + padded[i] * mpmath.mpf(float(statistic._linear[i, j]))
                        + padded[j] * mpmath.mpf(float(statistic._linear[j, i]))
                        + mpmath.mpf(float(statistic._quadratic[i, j])) * padded[i] * padded[j]
                        + (padded[i] if i == j else 0)
                    )
            residual = mpmath.matrix([
                mpmath.mpf(float(d)) - mpmath.mpf(float(f)) - p
                for d, f, p in zip(statistic.data, statistic._fixed, padded, strict=True)
            ])  # fmt: skip
            return (residual.T * mpmath.lu_solve(covariance, residual))[0]

        step = mpmath.mpf("1e-15")
        return float((chi2(1 + step) - chi2(1 - step)) / (2 * step))
