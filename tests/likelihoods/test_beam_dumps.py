"""Beam dumps as terms: contours given back, recasts by other means, scalars, and what Minuit needs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize_scalar

from zprimefit.constants import ELECTRON_MASS, HBAR_GEV_S
from zprimefit.datasets import dump_contour, z2hdm_table1
from zprimefit.datasets.beam_dumps import dump_setup
from zprimefit.likelihoods.beam_dumps import ElectronBeamDump, ProtonBeamDump
from zprimefit.likelihoods.beam_dumps.calibration import electron_yield, knots
from zprimefit.likelihoods.beam_dumps.components import ELECTRON, PROTON
from zprimefit.likelihoods.beam_dumps.mesons import meson_strength
from zprimefit.likelihoods.limits import background_limited, zero_background
from zprimefit.likelihoods.recast import displaced_efficiency, edge_time
from zprimefit.models import Z2HDM
from zprimefit.models.particles import LightScalar, LightVector
from zprimefit.models.reference import ELEMENTARY_CHARGE, BMinusL, DarkPhoton, LMuMinusLTau
from zprimefit.models.widths import to_leptons, vector_to_fermions

CONTOURS = [(e, r, c) for e, recasts in ELECTRON.items() for r, (c, _) in recasts.items()]
MIDDLE = {
    "e137": 0.03, "e141": 0.006, "e774": 0.004, "kek": 0.01, "orsay": 0.02, "na64-visible": 0.01,
    "nomad-dump": 0.02, "charm-dump": 0.05, "nucal": 0.03, "ps191": 0.11,
}  # fmt: skip


def edges(beam, name, mass):
    contour = dump_contour(beam, name)
    return [
        np.exp(PchipInterpolator(np.log(contour.mass), np.log(e))(np.log(mass))) for e in (contour.low, contour.high)
    ]


def of_coupling(component, model, coupling, mass):
    return lambda log_g: jnp.log(component.mu(model, {"m_zprime": mass, coupling: jnp.exp(log_g)}))


def crossings(log_mu, start, stop):
    """Couplings where mu = 1, from below and from above."""
    grid = np.linspace(np.log(start), np.log(stop), 2001)
    above = np.flatnonzero(np.asarray(jax.jit(jax.vmap(log_mu))(grid)) > 0)
    return np.exp(grid[above[0]]), np.exp(grid[above[-1]])


@pytest.mark.parametrize(("experiment", "recast", "name"), CONTOURS)
def test_contour_comes_back_between_the_knots(experiment, recast, name):
    """To 5 % in the coupling at both edges, the noise of the digitised points, from 1.3 MeV on."""
    at = knots(dump_contour("electron", name))
    between = np.sqrt(at[1:] * at[:-1])
    low, high = edges("electron", name, between)
    keep = (between > 1.3e-3) & (high > 1.5 * low)
    term = ElectronBeamDump(experiment, recast, particles="vector")

    def mu(mass, epsilon):
        return term.mu(DarkPhoton(), {"m_zprime": mass, "epsilon": epsilon})

    masses = between[keep]
    several = jax.jit(jax.vmap(mu))
    for edge, outward in ((low[keep], 0.95), (high[keep], 1.05)):
        assert np.all(np.asarray(several(masses, edge * outward)) < 1)
        assert np.all(np.asarray(several(masses, edge / outward)) > 1)


@pytest.mark.parametrize("name", ["e137_bjorken", "kek", "orsay"])
def test_b_minus_l_agrees_with_the_recast_by_one_momentum(name):
    """The method of arXiv:1801.04847 knows no spectrum: the edges of B - L differ by less than 5 %, but for E774.

    Its particles have 5 to 275 GeV: at the lower edge the slow ones no longer live long.
    """
    experiment, recast = next((e, r) for e, r, c in CONTOURS if c == name)
    mass = MIDDLE[experiment]
    term = ElectronBeamDump(experiment, recast)
    low, high = edges("electron", name, mass)
    found = crossings(of_coupling(term, BMinusL(), "g_BL", mass), low / 30, high * 3)
    ratio = term.yields.dump.decay_volume / term.yields.dump.shield
    photon = DarkPhoton().vector({"m_zprime": mass, "epsilon": low})
    first = edge_time(low, high, ratio) * float(photon.lifetime)
    reference = float(
        photon.strength("e") * photon.branching("ee") * displaced_efficiency(photon.total_width, first, ratio)
    )

    def by_one_momentum(log_g):
        boson = BMinusL().vector({"m_zprime": mass, "g_BL": jnp.exp(log_g)})
        share = displaced_efficiency(boson.total_width, first, ratio)
        return jnp.log(boson.strength("e") * boson.branching("ee") * share / reference)

    assert found == pytest.approx(crossings(by_one_momentum, low / 30, high * 3), rel=0.05)


def scalar_of(mass, coupling):
    return LightScalar(mass, {"ee": to_leptons(mass, coupling, ELECTRON_MASS)}, {"e": coupling})


@pytest.mark.parametrize("name", ["e137_bjorken", "orsay", "e774"])
def test_scalar_limit_lies_where_production_and_lifetime_put_it(name):
    """Rate y^4 at the lower edge; the edge is above the vector's, for less is made, 1/2 of it at x = 1 at most."""
    experiment = next(e for e, _, c in CONTOURS if c == name)
    mass = MIDDLE[experiment]
    yields = electron_yield(name)
    low, high = (ELEMENTARY_CHARGE * edge for edge in edges("electron", name, mass))
    small, double = (float(yields.scalar(scalar_of(mass, y))) for y in (0.02 * low, 0.04 * low))
    assert double / small == pytest.approx(16, rel=0.01)
    found = crossings(lambda y: jnp.log(yields.scalar(scalar_of(mass, jnp.exp(y)))), low / 3, high)
    # 2^(1/4) less is made, (3/2)^(1/4) more decays: y^2 m/8 pi against g^2 m/12 pi
    assert (4 / 3) ** 0.25 * low < found[0] < 2 * low
    # the shield allows lifetimes, which are shorter by 3/2
    assert 0.6 * high < found[1] < (2 / 3) ** 0.5 * high


def test_table1_is_between_na64_and_the_dumps():
    """h' of 23 MeV with y_e = 0.45e-4: below NA64's sensitivity, too short-lived for Orsay, E141, KEK and E137."""
    model, point = Z2HDM(), z2hdm_table1()
    rates = {e: ElectronBeamDump(e).rates(model, point) for e in ELECTRON}
    assert 0.2 < float(rates["na64-visible"]["hprime"]) < 0.5
    assert all(float(rates[e]["hprime"]) < 0.05 for e in ("e137", "e141", "e774", "kek", "orsay"))
    # H decays to h' h' at once, the Z' to what is not seen
    assert all(float(r["H"]) + float(r["vector"]) < 1e-6 for r in rates.values())
    assert all(float(ProtonBeamDump(e).mu(model, point)) < 1e-6 for e in PROTON)


def test_h_prime_of_a_smaller_coupling_is_excluded_by_orsay():
    """y_e = 3e-6 is inside the contour, whatever the spin."""
    model, point = Z2HDM(), z2hdm_table1() | {"y_e": 3e-6}
    assert float(ElectronBeamDump("orsay").mu(model, point)) > 10
    assert float(ElectronBeamDump("kek").mu(model, point)) > 10


@pytest.mark.parametrize(("experiment", "recast"), [(e, r) for e, recasts in PROTON.items() for r in recasts])
def test_proton_contour_comes_back_between_its_points(experiment, recast):
    name, _, meson = PROTON[experiment][recast]
    yields = ProtonBeamDump(experiment, recast).yields
    at = yields.first.mass
    between = np.sqrt(at[1:] * at[:-1])
    low, high = edges("proton", name, between)

    def mu(mass, epsilon):
        return yields.vector(DarkPhoton().vector({"m_zprime": mass, "epsilon": epsilon}))

    keep = (high > 1.5 * low) & (between > 1.3e-3)
    several = jax.jit(jax.vmap(mu))
    for edge, outward in ((low[keep], 0.95), (high[keep], 1.05)):
        assert np.all(np.asarray(several(between[keep], edge * outward)) < 1)
        assert np.all(np.asarray(several(between[keep], edge / outward)) > 1)
    assert at[-1] < {"pi0": 0.1349768, "eta": 0.5479}[meson]


@pytest.mark.parametrize("experiment", ["nomad-dump", "nucal", "ps191"])
def test_b_minus_l_from_pi0_has_the_lower_edge_of_a_dark_photon(experiment):
    """Charges 2 B_u + B_d = 1 and |L_e| = 1 are the photon's; invisible decays do not matter to long lifetimes."""
    name, _, _ = PROTON[experiment][next(iter(PROTON[experiment]))]
    mass = MIDDLE[experiment]
    low, high = (ELEMENTARY_CHARGE * edge for edge in edges("proton", name, mass))
    found = crossings(of_coupling(ProtonBeamDump(experiment), BMinusL(), "g_BL", mass), low / 3, high * 3)
    assert found[0] == pytest.approx(low, rel=0.04)
    # the same width at (2/5)^(1/2) of the coupling: three neutrinos are 3/2 of a pair; less is made and seen there
    assert 0.8 * (2 / 5) ** 0.5 * high < found[1] < (2 / 5) ** 0.5 * high


def test_mesons_see_the_charges_of_quarks():
    mass, g = 0.02, 1e-4
    photon = DarkPhoton().vector({"m_zprime": mass, "epsilon": g / ELEMENTARY_CHARGE})
    b_l = BMinusL().vector({"m_zprime": mass, "g_BL": g})
    for meson, share in (("pi0", 1.0), ("eta", 0.25)):
        assert float(meson_strength(meson, photon)) == pytest.approx(g**2)
        # pi0: 2 B_u + B_d over the same of charges; eta: sum of Q B - Q_s B_s over that of Q^2
        assert float(meson_strength(meson, b_l)) == pytest.approx(share * g**2, rel=5e-3)
    assert float(meson_strength("eta", LMuMinusLTau().vector({"m_zprime": mass, "g_prime": g}))) == 0.0


class VectorAndScalar:
    """Both with one coupling to electrons, half of them invisible: all that a dump of electrons asks for."""

    def vector(self, params):
        m, g = params["m"], params["g"]
        pairs = vector_to_fermions(m, g, ELECTRON_MASS)
        return LightVector(m, {"ee": pairs, "invisible": pairs}, dict.fromkeys(("e", "u", "d", "s"), g))

    def scalars(self, params):
        return {"phi": scalar_of(params["m"], params["g"])}


@pytest.mark.slow
@pytest.mark.parametrize("experiment", ["e141", "nucal"])
def test_term_has_finite_derivatives_everywhere(experiment):
    """Also without any coupling, beyond the contour on all sides, and below the threshold of e+ e-."""
    term = (ElectronBeamDump if experiment in ELECTRON else ProtonBeamDump)(experiment)
    mass = jnp.array([0.5e-3, 1.1e-3, MIDDLE[term.name], 0.3, 300.0])
    coupling = jnp.array([0.0, 1e-8, 1e-5, 1e-2, 1.0])

    def value(m, g):
        return term.minus2lnl(VectorAndScalar(), {"m": m, "g": g})

    slopes_of = jax.value_and_grad(value, argnums=(0, 1))
    grid = jax.jit(jax.vmap(jax.vmap(slopes_of, (None, 0)), (0, None)))
    found, slopes = grid(mass, coupling)
    assert np.isfinite(np.asarray(found)).all()
    assert np.isfinite(np.asarray(slopes)).all()
    assert np.asarray(found)[:, 0] == pytest.approx(0.0)
    at, g, step = MIDDLE[term.name] * 1.01, 1e-6, 1e-5
    several, _ = grid(jnp.array([at, at * (1 - step), at * (1 + step), at, at]), jnp.full(5, g))
    _, both = grid(jnp.full(5, at), jnp.full(5, g))
    difference = (float(several[2, 0]) - float(several[1, 0])) / (2 * step * at)
    assert float(both[0][0, 0]) == pytest.approx(difference, rel=1e-3)


# -- statistics


def dump_of(experiment, **options):
    return (ElectronBeamDump if experiment in ELECTRON else ProtonBeamDump)(experiment, **options)


@pytest.mark.parametrize(("experiment", "recast", "name"), CONTOURS)
def test_contour_without_background_stands_for_what_no_event_excludes(experiment, recast, name):
    """Or for more, as E137's of 2009, that asks for ten and saw none."""
    term, events = ElectronBeamDump(experiment, recast), dump_setup("electron", name)["events"].value
    no_event = -np.log(1 - term.cl)
    assert term.statistic == ("background" if experiment in {"e141", "e774"} else "no-background")
    if term.statistic == "no-background":
        assert events == pytest.approx(10.0 if name == "e137_bjorken" else no_event, abs=0.01)
    else:
        assert events > 5 * no_event


@pytest.mark.parametrize("experiment", ["e141", "e774"])
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_events_over_a_background_are_counted_with_its_fluctuations(experiment, share):
    """Poisson, as many seen as are expected without signal, with 3419 and 18 events at 1.96 roots of the background."""
    events = dump_setup("electron", experiment)["events"].value
    background, signal = (events / 1.96) ** 2, share * events
    counted = 2 * (signal - background * np.log1p(signal / background))
    found = share_of_limit(experiment, share)
    assert found == pytest.approx(counted, rel=0.15)
    # 2 n mu is larger everywhere below the limit, sixteen times at a tenth of it
    assert float(zero_background(share, 0.95)) > 1.5 / share * found


def share_of_limit(experiment, share):
    """-2 ln L of the long-lived particle that makes this share of the rate at the limit."""
    term, (low, _) = dump_of(experiment), edges("electron", experiment, MIDDLE[experiment])
    logs = np.linspace(-1.0, 0.1, 400) + np.log(low)
    rates = np.asarray(jax.jit(jax.vmap(of_coupling(term, DarkPhoton(), "epsilon", MIDDLE[experiment])))(logs))
    epsilon = np.exp(np.interp(np.log(share), rates, logs))
    return float(term.minus2lnl(DarkPhoton(), {"m_zprime": MIDDLE[experiment], "epsilon": epsilon}))


@pytest.mark.parametrize(("experiment", "mass"), [("e141", 0.002), ("kek", 0.01), ("nucal", 0.03)])
@pytest.mark.parametrize("factor", [0.6, 1.0, 1.3])
def test_digitisation_moves_the_contour_where_particles_live_long(experiment, mass, factor):
    """A contour moved by e^(s n) does what the coupling moved by e^(-s n) does, near the lower edge."""
    error = 0.1
    beam, name = ("electron", experiment) if experiment in ELECTRON else ("proton", f"{experiment}_2013")
    epsilon = factor * edges(beam, name, mass)[0]
    plain, digitised = dump_of(experiment), dump_of(experiment, digitisation=error)
    value = jax.jit(lambda e: plain.minus2lnl(DarkPhoton(), {"m_zprime": mass, "epsilon": e}))

    best = minimize_scalar(lambda n: float(value(epsilon * np.exp(-error * n))) + n**2, bounds=(-1.0, 10.0)).fun
    found = float(digitised.minus2lnl(DarkPhoton(), {"m_zprime": mass, "epsilon": epsilon}))
    assert found == pytest.approx(best, rel=0.02)
    form = background_limited if experiment == "e141" else zero_background
    mu = float(plain.mu(DarkPhoton(), {"m_zprime": mass, "epsilon": epsilon}))
    assert float(value(epsilon)) == pytest.approx(float(form(mu, plain.cl)), rel=1e-12)
    exact = minimize_scalar(lambda n: float(form(mu * np.exp(-4 * error * n), plain.cl)) + n**2, bounds=(-1.0, 10.0))
    assert found == pytest.approx(exact.fun, rel=1e-5)


def test_window_of_na64_is_within_that_of_the_abstract():
    """1.3e-4 < epsilon_e < 4.2e-4 at 16.7 MeV: arXiv:1803.07748; the digitised contour is narrower by 10 to 20 %."""
    term = ElectronBeamDump("na64-visible", recast="2018")
    low, high = crossings(of_coupling(term, DarkPhoton(), "epsilon", 0.0167), 1e-5, 1e-2)
    assert 1.3e-4 < low < 1.15 * 1.3e-4
    assert 0.8 * 4.2e-4 < high < 4.2e-4


def test_scalar_lifetime_is_that_of_the_formula():
    """Tau = 8 pi/(y^2 m beta^3), which the dumps see."""
    mass, y = 0.023, 4.5e-5
    beta = np.sqrt(1 - 4 * ELECTRON_MASS**2 / mass**2)
    assert float(scalar_of(mass, y).lifetime) == pytest.approx(8 * np.pi * HBAR_GEV_S / (y**2 * mass * beta**3))


def test_recasts_of_one_data_set_share_their_samples():
    assert ElectronBeamDump("e137").samples == ElectronBeamDump("e137", recast="andreas").samples
    assert set(ElectronBeamDump("na64-visible", "2018").samples) < set(ElectronBeamDump("na64-visible").samples)
    assert ProtonBeamDump("nucal").samples == ProtonBeamDump("nucal", recast="2019").samples
    everything = [s for e in ELECTRON for s in ElectronBeamDump(e).samples]
    everything += [s for e in PROTON for s in ProtonBeamDump(e).samples]
    assert len(set(everything)) == len(everything)


def test_particles_are_chosen_by_name():
    model, point = Z2HDM(), z2hdm_table1()
    whole, scalars = (ElectronBeamDump("na64-visible", particles=p) for p in ("all", "scalars"))
    assert whole.observables == ("vector", "scalars")
    assert scalars.observables == ("scalars",)
    assert set(scalars.rates(model, point)) == {"hprime", "H"}
    assert float(scalars.mu(model, point)) == pytest.approx(float(whole.mu(model, point)))
    assert float(ElectronBeamDump("na64-visible", particles="vector").mu(model, point)) < 1e-6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ElectronBeamDump("e173"), "unknown experiment 'e173'"),
        (lambda: ElectronBeamDump("e137", recast="tsai"), "unknown recast 'tsai'"),
        (lambda: ElectronBeamDump("e137", particles="axion"), "particles must be 'vector', 'scalars' or 'all'"),
        (lambda: ProtonBeamDump("e137"), "unknown experiment 'e137'"),
        (lambda: ElectronBeamDump("e141", digitisation=0.5), "e141: digitisation must be between 0 and 0.3, got 0.5"),
        (lambda: ProtonBeamDump("nucal", digitisation=-1.0), "nucal: digitisation must be between 0 and 0.3, got -1.0"),
    ],
)
def test_wrong_options_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
