"""COHERENT's argon against the collaboration's predictions and fit."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.datasets import coherent_inputs, lar_2020
from zprimefit.likelihoods.coherent import CoherentLAr
from zprimefit.likelihoods.coherent.lar import arrival
from zprimefit.models import Z2HDM
from zprimefit.models.particles import HeavyNeutrino, LightVector

PUBLISHED = coherent_inputs("lar-2020")
COUNTS = lar_2020().counts


@pytest.fixture(scope="module")
def data():
    return CoherentLAr()


def test_prediction_made_here_is_the_published_one(data):
    events = sum(float(part[0].sum()) for part in data.rates.elastic())
    assert events == pytest.approx(PUBLISHED["predicted"].value, abs=PUBLISHED["predicted_error"].value)


def test_energies_predicted_here_are_the_published_ones(data):
    ours = sum(np.asarray(part[0]) for part in data.rates.elastic())
    theirs = COUNTS["cevns"].sum(axis=(1, 2))
    assert (ours / ours.sum())[:4] == pytest.approx((theirs / theirs.sum())[:4], abs=0.02)


def test_arrival_times_made_here_are_the_published_ones(data):
    # mean and width of the pulse are fitted; the share of prompt neutrinos is predicted
    prompt, delayed = (float(part[0].sum()) for part in data.rates.elastic())
    ours = prompt * arrival()["prompt"] + delayed * arrival()["delayed"]
    theirs = COUNTS["cevns"].sum(axis=(0, 1))
    assert ours / ours.sum() == pytest.approx(theirs / theirs.sum(), rel=0.01)


def test_delayed_neutrinos_decay_with_the_muon():
    late = arrival()["delayed"][4:]
    assert late[1:] / late[:-1] == pytest.approx(np.exp(-0.5 / 2.197), rel=1e-3)


def test_fit_is_the_published_one(data):
    signal = np.asarray(data.templates(*data.rates.elastic()))[:1]
    free = dataclasses.replace(data.statistic, signal_error=0.0, signal_shapes=())
    value = jax.jit(lambda a: free.minus2lnl_at(a * signal, free.fitted_pulls(a * signal)))
    slope, curve = jax.jit(jax.grad(value)), jax.jit(jax.hessian(value))
    a = 1.0
    for _ in range(8):
        a -= float(slope(a)) / float(curve(a))
    assert a * signal.sum() == pytest.approx(PUBLISHED["fitted"].value, abs=10)
    error = np.sqrt(2 / float(curve(a))) * signal.sum()
    assert error == pytest.approx(PUBLISHED["fitted_error"].value, rel=0.1)


def test_standard_model_is_the_published_expectation(data):
    assert np.asarray(data.templates(*data.rates.elastic())[0]) == pytest.approx(COUNTS["cevns"].ravel())
    assert data.n_data == COUNTS["data"].size


def test_signal_that_is_not_multiplied_out_is_the_one_that_is(data):
    prompt, delayed = data.rates.elastic()
    rng = np.random.default_rng(3)
    signal = data.signal_of(1.3 * prompt, delayed * (1 + 0.2 * rng.normal(size=np.shape(delayed))))
    counts = np.asarray(signal.counts())
    assert counts.shape == (9, data.n_data)
    assert np.asarray(signal.central()) == pytest.approx(counts[0], rel=1e-12, abs=1e-12)
    mixture, weights = rng.normal(size=9), rng.normal(size=data.n_data)
    assert np.asarray(signal.mixed(mixture)) == pytest.approx(mixture @ counts, rel=1e-10, abs=1e-12)
    assert np.asarray(signal.against(weights)) == pytest.approx(counts @ weights, rel=1e-10)


def test_coherent_scattering_is_seen_at_three_standard_deviations(data):
    nothing = float(jax.jit(data.statistic.minus2lnl)(0 * data.templates(*data.rates.elastic())))
    assert 9 < nothing - data.standard_minus2lnl < 20


def test_vector_that_doubles_the_charge_quadruples_the_signal(data):
    g, mass = 1e-2, 100.0
    unit = 2**0.5 * 1.1663788e-5 * mass**2 / g

    @dataclasses.dataclass(frozen=True)
    class Copy:
        def vector(self, params):
            s2 = coherent_inputs("csi-2021")["weak_mixing"].value
            return LightVector(mass, {}, {"proton": unit * (0.5 - 2 * s2), "neutron": -unit / 2, "nu_e": g, "nu_mu": g})

    events = float(data.events(Copy(), {}))
    assert events == pytest.approx(4 * 128, rel=1e-3)


def test_table1_is_allowed_with_finite_derivatives(data):
    model = Z2HDM()
    params = {name: float(value) for name, value in model.benchmark().items()}
    evaluate = jax.jit(jax.value_and_grad(lambda p: data.minus2lnl(model, p)))
    value, slopes = evaluate(params)
    assert abs(float(value) - data.standard_minus2lnl) < 1
    assert all(np.isfinite(float(s)) for s in slopes.values())
    value, slopes = evaluate({**params, "g_B": 0.0})
    assert float(value) == pytest.approx(data.standard_minus2lnl, abs=1e-8)
    assert all(np.isfinite(float(s)) for s in slopes.values())


def test_upscattering_comes_with_the_delayed_neutrinos(data):
    vector = LightVector(0.8, {}, {"proton": 3e-4, "neutron": 3e-4})
    prompt, delayed = data.rates.elastic()
    more = data.rates.upscattered(HeavyNeutrino(0.04, {"mu": 2e-4}, 0.0), vector)
    standard, moved = (
        np.asarray(data.templates(*parts)[0]).reshape(COUNTS["data"].shape)
        for parts in ((prompt, delayed), (prompt + more[0], delayed + more[1]))
    )
    gain = (moved - standard).sum(axis=(0, 1))
    assert gain / gain.sum() == pytest.approx(arrival()["delayed"] / arrival()["delayed"].sum(), rel=1e-6)
    assert float(jnp.sum(more[0])) == 0
    assert gain.sum() == pytest.approx(float(more[1][0].sum()) * 128 / 138, rel=0.02)


def test_component_says_what_it_is(data):
    assert data.name == "coherent-lar"
    assert data.samples == ("COHERENT LAr 2020",)
    assert data.observables == ("vector",)


def test_expected_pulls_are_those_of_a_small_change_to_first_order():
    data = CoherentLAr()
    rates = data.rates.elastic()

    def missed(share):
        moved = tuple((1 + share) * np.asarray(r) for r in rates)
        fitted = jax.jit(data.statistic.fitted_pulls)(data.templates(*moved))
        return np.linalg.norm(np.asarray(fitted) - np.asarray(data._expected_pulls(moved)))

    assert missed(0.0) == pytest.approx(0, abs=1e-6)
    assert missed(0.1) / missed(0.05) == pytest.approx(4, rel=0.2)


def test_far_from_the_standard_model_its_own_pulls_are_the_start():
    data = CoherentLAr()
    moved = tuple(30 * np.asarray(r) for r in data.rates.elastic())
    assert np.asarray(data._expected_pulls(moved)) == pytest.approx(np.asarray(data.standard_pulls))
