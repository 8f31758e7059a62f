"""MiniBooNE predictions at Table I of arXiv:2006.01948, against sampling, and the component's interface."""

import jax
import numpy as np
import pytest
from scipy.stats import qmc

from zprimefit.constants import AVOGADRO, ELECTRON_MASS, NEUTRON_MASS, PROTON_MASS
from zprimefit.datasets import bnb_flux, electron_like, shower_efficiency
from zprimefit.likelihoods import Component, MiniBooNE
from zprimefit.models import Z2HDM

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
SCALARS = ("hprime", "H")


@pytest.fixture(scope="module")
def predictions():
    """(acceptance, scalar) -> counts by mode at Table I, by direct integration."""
    return {
        (rule, scalar): MiniBooNE(acceptance=rule, scalars=(scalar,)).predict(MODEL, TABLE1)
        for rule in ("eq32", "opening", "all")
        for scalar in SCALARS
    }


def _region(counts):
    """Events in 200 < E_nu^QE < 1250 MeV."""
    return float(counts[:9].sum())


def test_benchmark_makes_361_events_in_neutrino_mode_and_109_in_antineutrino_mode(predictions):
    """Seen with an independent prototype of the whole chain: about 360 and 110."""
    found = predictions["eq32", "hprime"]
    assert _region(found["fhc"]) == pytest.approx(361, abs=1)
    assert _region(found["rhc"]) == pytest.approx(109, abs=0.5)


def test_eq_32_and_no_rule_agree_for_hprime_and_the_opening_rule_leaves_219(predictions):
    """219.3 +- 0.5 of four million events of the generator."""
    by_eq_32, by_none = (predictions[rule, "hprime"]["fhc"] for rule in ("eq32", "all"))
    assert by_eq_32 == pytest.approx(by_none, rel=1e-5)
    assert _region(predictions["opening", "hprime"]["fhc"]) == pytest.approx(218.8, abs=0.2)


def test_an_eighth_of_the_heavier_scalar_survives_the_opening_rule(predictions):
    """10-15 % (section III D); none has m_track < 30 MeV."""
    kept, every = (_region(predictions[rule, "H"]["fhc"]) for rule in ("opening", "all"))
    assert kept / every == pytest.approx(1 / 8, abs=0.015)
    assert 0.10 < kept / every < 0.15
    assert _region(predictions["eq32", "H"]["fhc"]) == 0


def test_flux_and_exposure_fix_the_ratio_of_the_modes_near_0_30(predictions):
    found = predictions["eq32", "hprime"]
    assert _region(found["rhc"]) / _region(found["fhc"]) == pytest.approx(0.30, abs=0.005)


def test_heavier_scalar_is_negligible_beside_hprime(predictions):
    assert _region(predictions["all", "H"]["fhc"]) < 1e-5 * _region(predictions["all", "hprime"]["fhc"])


def test_predictions_of_the_scalars_add_up(predictions):
    both = MiniBooNE(acceptance="opening").predict(MODEL, TABLE1)
    for mode, counts in both.items():
        assert counts == pytest.approx(sum(predictions["opening", s][mode] for s in SCALARS), rel=1e-12)


def test_likelihood_of_the_model_is_that_of_its_predicted_signal(predictions):
    for statistic in ("gaussian", "gaussian-logdet"):
        likelihood = MiniBooNE(statistic=statistic, scalars=("hprime",))
        expected = likelihood.minus2lnl_of_signal(predictions["eq32", "hprime"])
        assert float(likelihood.minus2lnl(MODEL, TABLE1)) == pytest.approx(expected, rel=1e-9)


def test_one_mode_alone_predicts_the_same(predictions):
    alone = MiniBooNE(modes=("rhc",), scalars=("hprime",)).predict(MODEL, TABLE1)
    assert set(alone) == {"rhc"}
    assert alone["rhc"] == pytest.approx(predictions["eq32", "hprime"]["rhc"], rel=1e-10)


def test_signal_scales_with_the_rate_coupling(predictions):
    doubled = TABLE1 | {"g_B": 2 * TABLE1["g_B"]}
    found = MiniBooNE(scalars=("hprime",)).predict(MODEL, doubled)
    assert found["fhc"] == pytest.approx(4 * predictions["eq32", "hprime"]["fhc"], rel=1e-12)


@pytest.mark.slow
def test_derivatives_of_the_direct_signal_equal_finite_differences():
    likelihood = MiniBooNE(scalars=("hprime",))
    names = ("m_zprime", "m_hprime", "m_nu4", "g_B")
    start = np.array([TABLE1[name] for name in names])

    def events(values):
        return likelihood.signal(MODEL, TABLE1 | dict(zip(names, values, strict=True)))[:9].sum()

    gradient = np.asarray(jax.jacfwd(events)(start))
    for i, value in enumerate(start):
        step = np.zeros(4)
        step[i] = 1e-4 * value
        difference = float(events(start + step) - events(start - step)) / (2e-4 * value)
        assert gradient[i] == pytest.approx(difference, rel=1e-4)


@pytest.mark.slow
def test_event_table_is_consistent_with_the_prediction(predictions):
    table = MiniBooNE(acceptance="opening", scalars=("hprime",)).events(MODEL, TABLE1)
    for mode in ("fhc", "rhc"):
        rows = [table[mode, "hprime", channel] for channel in ("incoherent", "coherent")]
        selected, every = (_region(predictions[rule, "hprime"][mode]) for rule in ("opening", "all"))
        assert sum(r["selected"] for r in rows) == pytest.approx(selected, rel=1e-9)
        assert sum(r["efficiency"] for r in rows) == pytest.approx(every, rel=1e-9)
        for row in rows:
            assert row["produced"] >= row["to_ee"] > row["efficiency"] > row["selected"] > 0
            # the efficiency of a shower is at most 15 %, threshold and bins take the rest
            assert row["efficiency"] / row["to_ee"] < shower_efficiency().efficiency.max()


# -- an independent chain --------------------------------------------------


def _smeared_bins(e_vis, cosine, weight, rng):
    """Counts per bin of rings with true E_vis and angle, each reconstructed once at random."""
    table = shower_efficiency()
    inside = (e_vis < table.upper_edge) & (e_vis > table.centre[0])
    efficiency = np.interp(e_vis, table.centre, table.efficiency) * inside
    energy = e_vis + (0.12 * np.sqrt(e_vis) + 0.01) * rng.standard_normal(len(e_vis))
    sigma = np.radians(2.7 - np.log(np.maximum(e_vis, 1e-3)))
    seen = np.cos(np.arccos(cosine) + sigma * rng.standard_normal(len(e_vis)))
    electron = np.maximum(energy, 0.1) + ELECTRON_MASS
    numerator = 2 * NEUTRON_MASS * electron - (NEUTRON_MASS**2 + ELECTRON_MASS**2 - PROTON_MASS**2)
    momentum = np.sqrt(electron**2 - ELECTRON_MASS**2)
    enuqe = numerator / (2 * (NEUTRON_MASS - electron + momentum * seen))
    kept = energy > 0.14
    return np.histogram(enuqe[kept], electron_like("fhc").edges, weights=(weight * efficiency)[kept])[0]


@jax.jit
def _rate(e_nu, e_phi, cosine):
    """d2sigma / dE dcos of CH2: 14 nucleons and one carbon (Eq. 30)."""
    incoherent, coherent = (
        MODEL.differential_cross_section(TABLE1, e_nu, e_phi, cosine, "hprime", channel)
        for channel in ("incoherent", "coherent")
    )
    return 14 * incoherent + coherent


def _sampled_spectrum(seed, n=2**16):
    """Neutrino mode at Table I from points in (E_nu, E_phi, cos theta): flux of the table's bins as steps."""
    rng = np.random.default_rng(seed)
    u = qmc.Sobol(3, seed=rng).random(n)
    flux = bnb_flux("fhc")
    e_nu = 0.15 + 6.0 * u[:, 0] ** 2
    weight = 12.0 * u[:, 0]
    density = (flux.numu + flux.numubar)[(e_nu / 0.05).astype(int)]
    e_phi = 0.05 + (e_nu - 0.05) * u[:, 1]
    weight = weight * (e_nu - 0.05)
    one_minus = 2 * u[:, 2] ** 3
    weight = weight * 6 * u[:, 2] ** 2
    molecules = 818e6 / 14.0266 * AVOGADRO
    rate = np.asarray(_rate(e_nu, e_phi, 1 - one_minus))
    weight = weight * density * rate * 18.75e20 * molecules / n
    repeats = 8
    e_vis, cosine = (np.tile(x, repeats) for x in (e_phi - 2 * ELECTRON_MASS, 1 - one_minus))
    return _smeared_bins(e_vis, cosine, np.tile(weight, repeats) / repeats, rng)


@pytest.mark.slow
def test_spectrum_equals_sampled_scalars_with_smeared_rings(predictions):
    """Every pair a ring. 0.5 % on top of the sampling error for the steps of the flux within 50 MeV."""
    samples = np.array([_sampled_spectrum(seed) for seed in range(5)])
    mean, error = samples.mean(axis=0), samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    assert np.all(error[:9] < 0.01 * mean[:9])
    assert np.all(np.abs(predictions["all", "hprime"]["fhc"] - mean) < 4 * error + 0.005 * mean)
    total = samples[:, :9].sum(axis=1)
    assert _region(predictions["all", "hprime"]["fhc"]) == pytest.approx(total.mean(), rel=0.004)


# -- the component --------------------------------------------------


def test_it_is_a_component_with_38_data():
    likelihood = MiniBooNE()
    assert isinstance(likelihood, Component)
    assert (likelihood.name, likelihood.n_data, likelihood.observables) == ("miniboone", 38, ("pair_sources",))
    assert likelihood.cite == ("2006.16883", "0806.1449", "1207.4809", "2006.01948")
    assert likelihood.edges == pytest.approx(
        [0.2, 0.3, 0.375, 0.475, 0.55, 0.675, 0.8, 0.95, 1.1, 1.25, 1.5, 3.0]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"view": "evisible"}, "unknown view of miniboone 'evisible'; did you mean 'evis'"),
        ({"statistic": "poisson"}, "unknown statistic of miniboone 'poisson'; did you mean 'poisson-pulls'"),
        (
            {"signal_covariance": "none"},
            "unknown signal_covariance of miniboone 'none'.*normalisation, released",
        ),
        (
            {"acceptance": "eq31"},
            "unknown acceptance of miniboone 'eq31'.*Available: eq32, opening, opening13, showers, all",
        ),
        ({"modes": ("nubar",)}, "unknown mode of miniboone 'nubar'; Available: fhc, rhc"),
        ({"modes": ("rhc", "fhc")}, "modes must be one or both of .* in this order"),
        ({"modes": ()}, "modes must be one or both"),
        ({"signal_systematic": -0.1}, "signal_systematic must be a finite number >= 0, got -0.1"),
        ({"signal_systematic": float("nan")}, "signal_systematic must be a finite number >= 0, got nan"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MiniBooNE(**options)


def test_unknown_scalar_is_refused():
    with pytest.raises(ValueError, match="unknown scalar 'h'; Available: hprime, H"):
        MiniBooNE(scalars=("h",)).predict(MODEL, TABLE1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scalars": ("hprime", "hprime")}, "scalars must differ"),
        ({"signal_systematic": True}, "signal_systematic must be a finite number"),
        ({"signal_systematic": -0.1}, "signal_systematic must be a finite number"),
    ],
)
def test_options_that_would_silently_change_the_rate_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MiniBooNE(**options)


@pytest.mark.parametrize("bad", [float("nan"), -1.0])
def test_signal_counts_must_be_finite_and_not_negative(bad):
    counts = {"fhc": np.zeros(11), "rhc": np.zeros(11)}
    counts["rhc"][3] = bad
    with pytest.raises(ValueError, match="signal of mode rhc"):
        MiniBooNE().minus2lnl_of_signal(counts)
