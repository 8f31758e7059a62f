"""The Poisson likelihood with pulls: against brute-force minimisation, published totals, and its limits."""

from functools import partial

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from zprimefit.datasets import electron_like, view_sample
from zprimefit.likelihoods import MiniBooNE
from zprimefit.likelihoods.counts import poisson_with_error
from zprimefit.likelihoods.miniboone import pulls
from zprimefit.likelihoods.miniboone.pulls import PoissonPulls, background_priors, merged_bins

VIEWS = [("evis", ("fhc",)), ("evis", ("fhc", "rhc")), ("costheta", ("rhc",)), ("evis_costheta", ("fhc",))]
IDS = [f"{view}-{'-'.join(modes)}" for view, modes in VIEWS]


def statistic(view, modes):
    return PoissonPulls(view, modes, 0.15)


def oscillation(stat):
    """The collaboration's best fit, which is published for neutrino mode; a third of the background elsewhere."""
    found = []
    for sample in stat.samples.values():
        given = sample.background / 3 if sample.oscillation_best_fit is None else sample.oscillation_best_fit
        found.append(given.ravel())
    return np.concatenate(found)


# -- the published histograms --------------------------------------------------


@pytest.mark.parametrize("view", ["evis", "costheta", "evis_costheta"])
def test_neutrino_histograms_hold_2881_events_and_the_published_backgrounds(view):
    """2881 events of the energy-corrected list; background 2318.28; oscillation best fit 478.4 events."""
    sample = view_sample(view, "fhc")
    assert sample.data.sum() == 2881
    assert sample.background.sum() == pytest.approx(2318.28, abs=0.01)
    assert sample.oscillation_best_fit.sum() == pytest.approx(478.44, abs=0.01)
    assert sum(sample.parts.values()) == pytest.approx(sample.background, abs=1e-3)


def test_two_dimensional_histogram_projects_onto_the_others():
    both = view_sample("evis_costheta", "fhc")
    for axis, view in ((1, "evis"), (0, "costheta")):
        one = view_sample(view, "fhc")
        assert both.data.sum(axis=axis) == pytest.approx(one.data)
        assert both.background.sum(axis=axis) == pytest.approx(one.background, rel=1e-4)
        error = np.sqrt((both.background_mc_error**2).sum(axis=axis))
        assert error == pytest.approx(one.background_mc_error, rel=1e-3)


def test_antineutrino_histograms_are_of_more_events_than_pass_the_cut():
    """Digitised without 200 < E_nu^QE < 1250 MeV: 576 and 587 events where the cut leaves 478."""
    assert view_sample("evis", "rhc").data.sum() == 576
    assert view_sample("costheta", "rhc").data.sum() == 587
    assert electron_like("rhc").data[:9].sum() == 478
    assert view_sample("evis", "rhc").enuqe_cut is None
    assert view_sample("evis", "fhc").enuqe_cut == (0.2, 1.25)


# -- the mean with an error --------------------------------------------------


@given(data=st.integers(0, 500), expected=st.floats(-5.0, 600.0), error=st.floats(0.05, 30.0))
@settings(max_examples=200, deadline=None)
def test_profiled_mean_is_the_minimum(data, expected, error):
    def at(mean):
        poisson = mean - data + (data * np.log(data / mean) if data else 0.0)
        return 2 * poisson + ((mean - expected) / error) ** 2

    top = max(data, expected, 1.0) + 10 * error
    best = minimize_scalar(at, bounds=(1e-12, top), method="bounded", options={"xatol": 1e-10}).fun
    assert float(poisson_with_error(data, expected, error)) == pytest.approx(best, abs=1e-5, rel=1e-7)


def test_small_error_leaves_the_poisson_probability():
    expected = 2 * (8.0 - 12.0 + 12.0 * np.log(12.0 / 8.0))
    assert float(poisson_with_error(12.0, 8.0, 1e-4)) == pytest.approx(expected, rel=1e-6)


def test_large_counts_make_a_chi_square_with_both_variances():
    value = float(poisson_with_error(1e6 + 3000.0, 1e6, 2000.0))
    assert value == pytest.approx(3000.0**2 / (1e6 + 2000.0**2), rel=1e-3)


# -- the priors of the backgrounds --------------------------------------------------


def test_errors_of_the_backgrounds_add_up_to_that_of_the_constrained_sum():
    """arXiv:2006.16883: 119.6 events on the background of 200-1250 MeV, of which 48.1 are Poisson's.

    Both modes together: 638.0 +- 52.1 (stat.) +- 122.2 (syst.) (abstract), with the same subtraction.
    """
    events = np.array([990.2, 732.3, 251.9, 109.8, 238.4])
    priors = background_priors()
    assert np.sqrt(events @ priors.covariance @ events) == pytest.approx(np.sqrt(119.55**2 - 2309.4), abs=0.03)
    assert np.sqrt(132.79**2 - 2309.4 - 400.6) == pytest.approx(122.2, abs=0.1)
    # constrained 2309.4, unconstrained 2322.6 events
    assert events @ priors.mean == pytest.approx(2309.4 - 2322.6, abs=0.6)


def test_no_background_is_known_better_than_its_part_of_the_constraint_says():
    rows = pulls.background_errors("fhc")
    own = np.array(
        [
            np.sqrt(sum(rows[r].error ** 2 for r in g)) / sum(rows[r].events for r in g)
            for g in pulls.COMPONENTS.values()
        ]
    )
    left = np.sqrt(np.diag(background_priors().covariance))
    assert np.all(left < own)
    assert np.all(left > 0.7 * own)


# -- the minimum over the pulls --------------------------------------------------


@pytest.mark.parametrize(("view", "modes"), VIEWS, ids=IDS)
def test_pulls_are_at_the_minimum(view, modes):
    stat = statistic(view, modes)
    value, slope = (jax.jit(f) for f in (stat.minus2lnl_at, jax.grad(stat.minus2lnl_at, argnums=1)))
    minus2lnl, start = jax.jit(stat.minus2lnl), np.zeros(len(stat.pull_names))
    options = {"gtol": 1e-8, "maxiter": 3000}
    for size in (0.0, 1.0, 30.0, 1e4):
        signal = size * oscillation(stat)
        at, slopes = partial(value, signal), partial(slope, signal)
        brute = minimize(at, start, jac=slopes, method="BFGS", options=options).fun
        assert float(minus2lnl(signal)) == pytest.approx(brute, rel=1e-8, abs=1e-7)


@pytest.mark.parametrize(("view", "modes"), VIEWS, ids=IDS)
def test_derivatives_are_those_of_the_minimised_function(view, modes):
    stat = statistic(view, modes)
    signal = oscillation(stat)
    minus2lnl, gradient = jax.jit(stat.minus2lnl), jax.jit(jax.grad(stat.minus2lnl))
    along = np.random.default_rng(4).uniform(0, 1, signal.size) * signal
    step = 1e-4
    up, down = signal + step * along, signal - step * along
    assert float(gradient(signal) @ along) == pytest.approx(
        float(minus2lnl(up) - minus2lnl(down)) / (2 * step), rel=1e-5, abs=1e-6
    )
    second = jax.jit(jax.jvp, static_argnums=0)(gradient, (signal,), (along,))[1] @ along
    assert float(second) == pytest.approx(float((gradient(up) - gradient(down)) @ along) / (2 * step), rel=1e-4)


def test_arbitrarily_large_signals_have_a_finite_value_that_keeps_growing():
    stat = statistic("evis", ("fhc",))
    minus2lnl = jax.jit(stat.minus2lnl)
    values = [float(minus2lnl(size * oscillation(stat))) for size in (1e1, 1e3, 1e6, 1e9, 1e12)]
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) > 0)


def test_shape_does_not_see_the_size_of_background_and_signal_together():
    stat = statistic("costheta", ("rhc",))
    background = stat.samples["rhc"].background
    for size in (0.0, 0.5, 3.0):
        assert float(stat.minus2lnl(size * background)) == pytest.approx(float(stat.minus2lnl(0 * background)))


def test_expected_counts_without_pulls_are_constrained_background_plus_signal():
    stat = statistic("evis", ("fhc",))
    sample, signal = stat.samples["fhc"], oscillation(stat)
    expected = np.asarray(stat.means(signal, np.zeros(6)))
    mean = sum(m * p for m, p in zip(stat.priors.mean, list(sample.parts.values())[:5], strict=True))
    assert expected == pytest.approx(sample.background + mean + signal, rel=1e-5)


# -- merged bins --------------------------------------------------


def test_merged_bins_take_every_bin_once_and_have_precise_backgrounds():
    sample = view_sample("evis_costheta", "fhc")
    merging = merged_bins(sample)
    assert np.array_equal(merging.sum(axis=0), np.ones(460))
    background, error = merging @ sample.background.ravel(), np.sqrt(merging @ sample.background_mc_error.ravel() ** 2)
    assert np.all(background > 0)
    # the first and the two last rows of 50 MeV have too little background as a whole
    assert np.sum(error > pulls.LARGEST_MC_ERROR * background) <= 3


def test_one_dimension_is_not_merged():
    assert np.array_equal(merged_bins(view_sample("evis", "fhc")), np.eye(23))


# -- the component --------------------------------------------------


@pytest.mark.parametrize(
    ("options", "n_data"),
    [
        ({"view": "evis"}, 23 + 18),
        ({"view": "evis", "modes": ("fhc",)}, 23),
        ({"view": "costheta"}, 20 + 9),
        ({"view": "evis_costheta"}, 93),
    ],
)
def test_views_have_their_bins_as_data(options, n_data):
    """A histogram of which only the shape counts has one datum less than bins."""
    likelihood = MiniBooNE(statistic="poisson-pulls", **options)
    assert likelihood.n_data == n_data


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "evis"}, "no covariance is published for view 'evis'; use statistic='poisson-pulls'"),
        ({"view": "costheta", "statistic": "gaussian-logdet"}, "no covariance is published for view 'costheta'"),
        ({"statistic": "poisson-pulls"}, "view 'enuqe' has a released covariance"),
        (
            {"view": "evis_costheta", "modes": ("rhc",), "statistic": "poisson-pulls"},
            "view 'evis_costheta' is published in mode fhc only, not in 'rhc'",
        ),
        (
            {"view": "evis", "statistic": "poisson-pulls", "signal_covariance": "released"},
            "signal_covariance='released' belongs to view 'enuqe'",
        ),
        ({"efficiency_at": "seen"}, "unknown efficiency_at of miniboone 'seen'"),
    ],
)
def test_combinations_without_published_numbers_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MiniBooNE(**options)


def test_signal_of_a_two_dimensional_view_has_its_shape():
    likelihood = MiniBooNE(view="evis_costheta", statistic="poisson-pulls")
    with pytest.raises(ValueError, match="signal of mode fhc: expected 23 x 20 finite counts"):
        likelihood.minus2lnl_of_signal({"fhc": np.zeros(460)})
    assert likelihood.minus2lnl_of_signal({"fhc": np.zeros((23, 20))}) > likelihood.n_data


def test_collaborations_best_fit_is_far_better_than_no_signal_in_every_view():
    for view in ("evis", "costheta", "evis_costheta"):
        likelihood = MiniBooNE(view=view, modes=("fhc",), statistic="poisson-pulls")
        fitted = view_sample(view, "fhc").oscillation_best_fit
        null = likelihood.minus2lnl_of_signal({"fhc": 0 * fitted})
        assert null - likelihood.minus2lnl_of_signal({"fhc": fitted}) > 15
