"""NOMAD's single photons as a limit on pairs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.likelihoods import nomad
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.nomad import NomadPhoton, along_beam
from zprimefit.models.kinematics import dot
from zprimefit.models.particles import LightScalar
from zprimefit.models.targets import CARBON
from zprimefit.models.z2hdm import Z2HDM
from zprimefit.models.z2hdm.amplitude import Invariants, numerator
from zprimefit.models.z2hdm.phase_space import Process, events
from zprimefit.models.z2hdm.scattering import Masses, total

BOTH = [NomadPhoton("single"), NomadPhoton("collinear")]


class Toy:
    """All pairs along the beam, with a given cross section."""

    def scalars(self, params):
        return {"phi": LightScalar(jnp.asarray(0.02), {"ee": params["ee"], "invisible": 1.0})}

    def cross_section(self, params, e_nu, scalar, channel):
        assert (e_nu, scalar, channel) == (25.0, "phi", "coherent")
        return params["sigma"]

    def differential_cross_section(self, params, e_nu, e_scalar, cos_theta, scalar, channel):
        # flat in ln(E), exponential in E (1 - cos)
        assert (e_nu, scalar, channel) == (25.0, "phi", "coherent")
        width = 5e-3
        return params["sigma"] / np.log(25.0 / 0.02) * jnp.exp(-e_scalar * (1 - cos_theta) / width) / width


@pytest.mark.parametrize("component", BOTH)
def test_is_a_component_on_the_same_sample(component):
    assert isinstance(component, Component)
    assert component.samples == BOTH[0].samples
    with pytest.raises(ValueError, match="unknown selection"):
        NomadPhoton("double")


@pytest.mark.parametrize("component", BOTH)
def test_event_limit_agrees_with_gaussian_errors(component):
    observed, background, error = {"single": (155, 129.2, 9.1), "collinear": (78, 76.6, 5.3)}[component.selection]
    gaussian = observed - background + 1.645 * np.sqrt(observed + error**2)
    assert component.event_limit() == pytest.approx(gaussian, rel=0.06)


def test_both_selections_find_one_efficiency_for_photons():
    # limits and counts of the two are independent numbers: that they agree supports the way the efficiency is found
    assert BOTH[0].efficiency == pytest.approx(BOTH[1].efficiency, rel=0.1)
    assert 0.07 < BOTH[0].efficiency < 0.1


@pytest.mark.parametrize("component", BOTH)
def test_pairs_at_the_published_limit_have_mu_one(component):
    # 4.0e-4 (1.6e-4) of 12 nucleons times 0.677e-38 cm^2/GeV at 25 GeV, in a tenth of the decays
    sigma = 10 * {"single": 4.0e-4, "collinear": 1.6e-4}[component.selection] * 12 * 0.677e-38 * 25
    params = {"sigma": sigma, "ee": 1 / 9}
    assert float(component.mu(Toy(), params)) == pytest.approx(1, rel=1e-3)
    assert float(component.events(Toy(), params)) == pytest.approx(component.event_limit(), rel=1e-3)
    least = min(float(component.minus2lnl_of(s)) for s in np.linspace(0, 60, 601))
    assert float(component.minus2lnl(Toy(), params)) - least == pytest.approx(2.71, abs=0.02)


@pytest.mark.parametrize("component", BOTH)
def test_derivatives_are_finite_without_signal_and_without_width(component):
    def value(sigma):
        return component.minus2lnl(Toy(), {"sigma": sigma, "ee": 0.0})

    def visible(sigma):
        return component.minus2lnl(Toy(), {"sigma": sigma, "ee": 1.0})

    assert float(jax.grad(value)(0.0)) == 0
    slope = float(jax.grad(visible)(0.0))
    assert slope == pytest.approx((float(visible(1e-44)) - float(visible(-1e-44))) / 2e-44, rel=1e-3)
    assert jax.jit(jax.vmap(visible))(jnp.array([0.0, 1e-40])).shape == (2,)


@pytest.mark.parametrize("scalar", ["hprime", "H"])
def test_coherent_cross_section_at_25_gev_is_converged(scalar):
    model = Z2HDM()
    params = model.benchmark()
    masses = Masses(params["m_zprime"], params["m_hprime" if scalar == "hprime" else "m_H"], params["m_nu4"])
    usual, finer = (np.array(jax.jit(lambda e, n=n: total(e, masses, CARBON, nodes=n))(25.0)) for n in (32, 48))
    assert usual == pytest.approx(finer, rel=1e-5)


@pytest.mark.slow
def test_coherent_cross_section_at_25_gev_agrees_with_monte_carlo():
    params = Z2HDM().benchmark()
    mz, m4 = params["m_zprime"], params["m_nu4"]
    process = Process(mz, m4, (params["m_hprime"],), CARBON)
    made = events(process, 25.0, np.random.default_rng(3).random((200_000, 4)))
    q1 = made.k - made.k4
    invariants = Invariants(
        dot(made.k, made.p), dot(made.k, made.k4 + made.p_out), dot(made.p, made.k4), dot(made.p_out, made.k4), made.q2
    )
    kappa = dot(made.k, made.k4)
    n0, nd = (
        sum(np.asarray(c) * kappa**i for i, c in enumerate(part)) for part in numerator(invariants, CARBON, m4, mz)
    )
    squared = 4 * mz**2 * (n0 + (m4 / mz) ** 2 * nd) / ((dot(q1, q1) - mz**2) * (made.q2 - mz**2)) ** 2
    sample = made.weight * squared
    value, error = sample.mean(), sample.std() / np.sqrt(len(sample))
    part_0, part_d = total(25.0, Masses(mz, params["m_hprime"], m4), CARBON)
    assert error < 0.01 * value
    assert abs(value - float(part_0 + (m4 / mz) ** 2 * part_d)) < 3 * error


@pytest.mark.slow
def test_pairs_along_the_beam_are_most_but_not_all():
    model = Z2HDM()
    params = model.benchmark()
    along = float(along_beam(model, params, "hprime", params["m_hprime"], 25.0, 0.05))
    whole = float(model.cross_section(params, 25.0, "hprime", "coherent"))
    assert along / whole == pytest.approx(0.702, abs=0.003)


@pytest.mark.slow
def test_all_angles_give_the_total_cross_section(monkeypatch):
    # two independent orders of integration, at ten times the energy of MiniBooNE
    monkeypatch.setattr(nomad, "N_ENERGY", 48)
    monkeypatch.setattr(nomad, "N_ANGLE", 48)
    monkeypatch.setattr(nomad, "ANGLE_SCALE", 1e-3)
    model = Z2HDM()
    params = model.benchmark()
    every = float(along_beam(model, params, "hprime", params["m_hprime"], 25.0, 60.0))
    assert every == pytest.approx(float(model.cross_section(params, 25.0, "hprime", "coherent")), rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("selection", "expected"), [("single", 1.34), ("collinear", 2.35)])
def test_paper_a_is_above_the_limit(selection, expected):
    # arXiv:2006.01948 finds a ratio below the limit
    model = Z2HDM()
    mu = float(NomadPhoton(selection).mu(model, model.benchmark()))
    assert mu == pytest.approx(expected, rel=0.01)
