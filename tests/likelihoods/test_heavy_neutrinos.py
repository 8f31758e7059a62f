"""Heavy-neutrino mixing: weak decays, powers of rates, what a model's widths change, and where Table I stands."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.constants import c as light
from scipy.constants import hbar
from scipy.optimize import minimize_scalar

from zprimefit.constants import ELECTRON_MASS, FERMI_CONSTANT, MUON_MASS, SIN2_THETA_W
from zprimefit.datasets.heavy_neutrinos import mixing_limits
from zprimefit.likelihoods.component import Component
from zprimefit.likelihoods.heavy_neutrinos import (
    HeavyNeutrinoMixing,
    LimitStack,
    default_curves,
    momentum,
    survival,
    weak_visible_width,
)
from zprimefit.likelihoods.limits import NO_LIMIT, LimitCurve, background_limited
from zprimefit.models import Z2HDM
from zprimefit.models.particles import HeavyNeutrino

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()


class WeakNeutrino:
    """A heavy neutrino that decays by the weak interaction, with an invisible width beside the visible one."""

    name = "weak"

    def __init__(self, invisible=0.0, factor=1.0):
        self.invisible, self.factor = invisible, factor

    def visible_width(self, params):
        squares = {"e": params["U_e4_sq"], "mu": params["U_mu4_sq"]}
        return self.factor * sum(u * weak_visible_width(params["m_nu4"], flavour) for flavour, u in squares.items())

    def total(self, params):
        return self.visible_width(params) + self.invisible

    def heavy_neutrinos(self, params):
        total = self.total(params)
        visible = jnp.where(total > 0, self.visible_width(params) / jnp.where(total > 0, total, 1.0), 0.0)
        mixings = {"e": params["U_e4_sq"], "mu": params["U_mu4_sq"]}
        return (HeavyNeutrino(params["m_nu4"], {}, visible, mixings, total),)


def at(mass, u_mu=0.0, u_e=0.0):
    return {"m_nu4": mass, "U_mu4_sq": u_mu, "U_e4_sq": u_e}


def test_component_is_one():
    assert isinstance(HeavyNeutrinoMixing(), Component)
    assert HeavyNeutrinoMixing().curves == default_curves()


# -- the data ---------------------------------------------------------------------------------------------------------


def test_table_has_24_curves_of_three_flavours():
    flavours = [c.flavour for c in mixing_limits().values()]
    assert {f: flavours.count(f) for f in ("e", "mu", "tau")} == {"e": 5, "mu": 15, "tau": 4}


@pytest.mark.parametrize("curve", mixing_limits().values(), ids=lambda c: c.name)
def test_curve_ascends_and_is_a_mixing(curve):
    assert np.all(np.diff(curve.mass) > 0)
    assert np.all((curve.limit > 1e-11) & (curve.limit <= 1))
    # of closed contours one edge: from one point to the next no jump back by orders of magnitude
    steps = np.abs(np.diff(np.log(curve.limit)))
    assert np.median(steps) < 0.5


@pytest.mark.parametrize(
    ("name", "parent", "lepton"),
    [
        ("pienu-mu-high", 0.13957, MUON_MASS), ("pienu-mu-low", 0.13957, MUON_MASS), ("psi-1987", 0.13957, MUON_MASS),
        ("kek-1982", 0.49368, MUON_MASS), ("e949", 0.49368, MUON_MASS), ("na62-mu", 0.49368, MUON_MASS),
        ("pienu-e", 0.13957, ELECTRON_MASS), ("na62-e", 0.49368, ELECTRON_MASS), ("michel", MUON_MASS, ELECTRON_MASS),
        ("lsnd-mu", MUON_MASS, ELECTRON_MASS), ("lsnd-e", MUON_MASS, ELECTRON_MASS),
        ("t2k-mu", 0.49368, MUON_MASS), ("t2k-e", 0.49368, ELECTRON_MASS),
    ],
)  # fmt: skip
def test_curve_ends_before_its_parent_can_no_longer_decay(name, parent, lepton):
    assert mixing_limits()[name].mass[-1] < parent - lepton


def test_published_words_hold():
    curves = mixing_limits()
    # abstract of 2310.07660: nu e+e- for 10-150 MeV, nu pi0 for 150-245 MeV
    assert curves["microboone"].mass[[0, -1]] == pytest.approx([0.010, 0.245], rel=0.02)
    # abstract of 2306.07315: more than an order of magnitude stronger than all before, in muon mixing
    lsnd, michel = (LimitCurve(curves[n].mass, curves[n].limit) for n in ("lsnd-mu", "michel"))
    masses = np.array([0.04, 0.06, 0.08])
    assert np.all(lsnd(masses) < michel(masses) / 10)
    # abstract of 2101.12304: 200-384 MeV
    assert curves["na62-mu"].mass[[0, -1]] == pytest.approx([0.200, 0.384], rel=0.01)


# -- weak decays ------------------------------------------------------------------------------------------------------


def test_weak_width_of_a_muon_mixed_neutrino_is_that_of_neutral_currents():
    # G_F^2 m^5/(192 pi^3) (g_L^2 + g_R^2) of nu e+e-, electron's mass neglected; nu gamma adds 6 %
    left, right = -0.5 + SIN2_THETA_W, SIN2_THETA_W
    expected = FERMI_CONSTANT**2 * 0.08**5 / (192 * np.pi**3) * (left**2 + right**2)
    assert float(weak_visible_width(0.08, "mu")) == pytest.approx(expected, rel=0.08)
    assert float(weak_visible_width(0.08, "e")) == pytest.approx(
        expected * ((left + 1) ** 2 + right**2) / (left**2 + right**2), rel=0.03
    )


@pytest.mark.parametrize("flavour", ["e", "mu"])
def test_weak_lifetime_at_every_visible_limit_is_far_longer_than_the_path(flavour):
    for curve in (c for c in mixing_limits().values() if c.kind == "visible" and c.flavour == flavour):
        widths = np.array([float(weak_visible_width(m, flavour)) for m in curve.mass[::8]]) * curve.limit[::8]
        lost = 1 - np.array([float(survival(curve, m, w)) for m, w in zip(curve.mass[::8], widths, strict=True)])
        # the published limits start where nobody expects weak decays; leave out their steep ends
        assert np.median(lost) < 0.02


@pytest.mark.parametrize("mass", [0.01, 0.1, 0.3])
def test_momentum_conserves_energy(mass):
    curve = mixing_limits()["microboone"]
    p = float(momentum(curve, mass))
    assert np.hypot(p, mass) + np.hypot(p, curve.partner_mass) == pytest.approx(curve.parent_mass, rel=1e-12)


def test_survival_is_the_exponential_of_proper_time():
    curve = replace(mixing_limits()["lsnd-mu"], path=10.0)
    mass, lifetime = 0.03, 4e-8  # [GeV], [s]
    width = hbar / 1.602176634e-10 / lifetime
    gamma_beta = float(momentum(curve, mass)) / mass
    expected = np.exp(-10.0 / (gamma_beta * light * lifetime))
    assert float(survival(curve, mass, width)) == pytest.approx(expected, rel=1e-6)


# -- rates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["kek-1982", "michel", "psi-1987", "pienu-e", "ratios-e"])
def test_rate_is_linear_in_the_mixing_and_blind_to_the_decay_where_it_is_not_seen(name):
    curve = mixing_limits()[name]
    k = len(curve.mass) // 2
    component, u = HeavyNeutrinoMixing((name,)), {"mu": "u_mu", "e": "u_e"}[curve.flavour]
    for factor in (0.1, 1.0, 3.0):
        point = at(curve.mass[k], **{u: factor * curve.limit[k]})
        rates = [float(component.mu(WeakNeutrino(invisible), point)) for invisible in (0.0, 1e-10)]
        assert rates == pytest.approx([factor, factor], rel=1e-9)


@pytest.mark.parametrize("name", ["lsnd-mu", "microboone", "lsnd-e", "t2k-e", "t2k-mu"])
@pytest.mark.parametrize("factor", [0.2, 1.0, 5.0])
def test_rate_of_weak_decays_goes_with_the_mixing_squared(name, factor):
    curve = mixing_limits()[name]
    k = len(curve.mass) // 2
    point = at(curve.mass[k], **{{"mu": "u_mu", "e": "u_e"}[curve.flavour]: factor * curve.limit[k]})
    assert float(HeavyNeutrinoMixing((name,)).mu(WeakNeutrino(), point)) == pytest.approx(factor**2, rel=1e-3)


def test_invisible_width_changes_a_visible_rate_only_where_lifetime_meets_path():
    component, point = HeavyNeutrinoMixing(("lsnd-mu",)), at(0.05, 1e-6)
    plain = float(component.mu(WeakNeutrino(), point))
    # a thousand times the weak width, invisible: the lifetime is still kilometres
    long = float(component.mu(WeakNeutrino(1e3 * float(WeakNeutrino().total(point))), point))
    assert long == pytest.approx(plain, rel=1e-4)
    prompt = float(component.mu(WeakNeutrino(1e-13), point))
    assert prompt < 1e-6 * plain


def test_visible_rate_is_proportional_to_the_visible_width():
    component, point = HeavyNeutrinoMixing(("lsnd-mu",)), at(0.05, 1e-6)
    assert float(component.mu(WeakNeutrino(factor=20.0), point)) == pytest.approx(
        20 * float(component.mu(WeakNeutrino(), point)), rel=1e-6
    )


def test_curves_of_one_experiment_count_once_and_others_add():
    mass = 0.0286  # both PIENU curves cover it
    point = at(mass, 1e-5)
    alone = {
        n: float(HeavyNeutrinoMixing((n,)).minus2lnl(WeakNeutrino(), point))
        for n in ("pienu-mu-high", "pienu-mu-low", "michel")
    }
    both = float(HeavyNeutrinoMixing(("pienu-mu-high", "pienu-mu-low")).minus2lnl(WeakNeutrino(), point))
    assert both == pytest.approx(max(alone["pienu-mu-high"], alone["pienu-mu-low"]))
    assert min(alone.values()) > 0
    three = float(HeavyNeutrinoMixing(tuple(alone)).minus2lnl(WeakNeutrino(), point))
    assert three == pytest.approx(both + alone["michel"])


def test_muon_spectrum_enters_with_its_own_confidence_level():
    component = HeavyNeutrinoMixing(("michel",))
    point = at(0.05, 7e-4)
    mu = float(component.mu(WeakNeutrino(), point))
    assert mu == pytest.approx(1, abs=0.1)  # "7e-4 at 50 MeV" of arXiv:1511.00683
    assert float(component.minus2lnl(WeakNeutrino(), point)) == pytest.approx(float(background_limited(mu, 0.99)))


@pytest.mark.parametrize(
    ("name", "factor"), [("michel", 1.5), ("kek-1982", 0.4), ("lsnd-mu", 1.2), ("microboone", 0.6)]
)
def test_digitisation_is_an_error_of_the_published_mixing_squared(name, factor):
    """The curve itself is moved by e^(s n), whatever that makes of the rate."""
    component, curve, error = HeavyNeutrinoMixing((name,), digitisation=0.1), mixing_limits()[name], 0.1
    k = len(curve.mass) // 2
    point = at(curve.mass[k], factor * curve.limit[k])
    plain = float(HeavyNeutrinoMixing((name,)).minus2lnl(WeakNeutrino(), point))
    mu = float(component.mu(WeakNeutrino(), point))
    assert plain == float(background_limited(mu, curve.cl))

    def penalised(n):
        moved = HeavyNeutrinoMixing((name,))
        object.__setattr__(moved, "limits", (replace(curve, limit=curve.limit * np.exp(error * n)),))
        return float(moved.minus2lnl(WeakNeutrino(), point)) + n**2

    best = minimize_scalar(penalised, bounds=(-1.0, 6.0), method="bounded", options={"xatol": 1e-4}).fun
    found = float(component.minus2lnl(WeakNeutrino(), point))
    assert found == pytest.approx(best, rel=1e-5)
    assert found < plain


def test_look_up_of_many_curves_is_that_of_each():
    curves = tuple(LimitCurve(c.mass, c.limit) for c in list(mixing_limits().values())[::3])
    stack = jax.jit(LimitStack(curves))
    masses = np.array([1e-4, 0.005, 0.0286, 0.05, 0.15, 0.3, 3.0])
    each = np.array([np.asarray(c(masses)) for c in curves])
    for mass, expected in zip(masses, each.T, strict=True):
        assert np.asarray(stack(mass)) == pytest.approx(expected, rel=1e-12)
    assert np.all(np.asarray(stack(10.0)) == NO_LIMIT)


# -- the model --------------------------------------------------------------------------------------------------------


def test_no_peak_search_covers_50_mev():
    rates = HeavyNeutrinoMixing().mu_by_curve(MODEL, TABLE1)
    assert {name for name, mu in rates.items() if mu > 1e-20} == {"michel", "lsnd-mu", "microboone"}


def test_table1_is_far_above_the_visible_decays_that_lsnd_would_have_seen():
    # 2.6e-5 against 1.0e-6 at 50 MeV, squared, and the width to nu e+e- that the kinetic mixing of the Z' makes larger
    rates = HeavyNeutrinoMixing().mu_by_curve(MODEL, TABLE1)
    weak = TABLE1["U_mu4_sq"] * float(weak_visible_width(TABLE1["m_nu4"], "mu"))
    width = next(q for q in MODEL.quantities if q.name == "gamma_nu4_GeV")(TABLE1)
    excess = float(MODEL.heavy_neutrinos(TABLE1)[0].visible * width) / weak
    assert 1.2 < excess < 2
    assert float(rates["lsnd-mu"]) == pytest.approx(26**2 * excess, rel=0.15)
    assert float(rates["microboone"]) == pytest.approx((2.6 / 3.1) ** 2 * excess, rel=0.1)
    assert float(rates["michel"]) == pytest.approx(2.6e-5 / 7e-4, rel=0.1)
    assert float(MODEL.heavy_neutrinos(TABLE1)[0].visible) < 2e-3


def test_no_kinetic_mixing_hides_the_weak_decay():
    # (g_L + x)^2 + (g_R + x)^2 is least at x = -(g_L + g_R)/2, where 98 % of it are left
    left, right = -0.5 + SIN2_THETA_W, SIN2_THETA_W
    assert (left - right) ** 2 / 2 / (left**2 + right**2) > 0.98
    couplings = [dict(TABLE1, g_B=g) for g in (1e-6, 1e-4, 1e-3, 1e-2)]
    rates = [float(HeavyNeutrinoMixing(("lsnd-mu",)).mu(MODEL, p)) for p in couplings]
    assert min(rates) > 0.95 * rates[0]


def test_neutrino_that_decays_to_a_real_vector_reaches_no_detector():
    point = dict(TABLE1, m_zprime=0.04)
    rates = HeavyNeutrinoMixing().mu_by_curve(MODEL, point)
    assert float(rates["lsnd-mu"]) == 0
    assert float(rates["michel"]) > 0


@pytest.mark.slow
def test_term_and_derivatives_are_finite_everywhere():
    names = ("m_zprime", "m_nu4", "g_B", "g_d", "U_mu4_sq", "U_e4_sq")
    changes = [
        {}, {"U_mu4_sq": 0.0}, {"U_mu4_sq": 0.0, "g_B": 0.0}, {"m_zprime": 0.03}, {"m_nu4": 0.15}, {"U_e4_sq": 1e-6},
    ]  # fmt: skip
    component = HeavyNeutrinoMixing()

    def term(values):
        return component.minus2lnl(MODEL, {**TABLE1, **dict(zip(names, values, strict=True))})

    points = jnp.array([[{**TABLE1, **change}[name] for name in names] for change in changes])
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(term)))(points)
    assert np.isfinite(np.asarray(values)).all()
    assert np.isfinite(np.asarray(slopes)).all()
    step = 1e-6 * float(points[0, 4])
    sides = [float(term(points[0].at[4].add(sign * step))) for sign in (1, -1)]
    assert float(slopes[0, 4]) == pytest.approx((sides[0] - sides[1]) / (2 * step), rel=1e-4)


def test_no_mixing_is_no_term():
    assert float(HeavyNeutrinoMixing().minus2lnl(MODEL, {**TABLE1, "U_mu4_sq": 0.0})) == 0


# -- the door ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        (("keck-1982",), "unknown heavy-neutrino-mixing: curve 'keck-1982'; did you mean 'kek-1982'"),
        (("charm-tau",), "limit .U_tau4.*, which no model has"),
        (("compilation-mu", "michel"), "compilation-mu repeats other curves"),
    ],
)
def test_wrong_curves_are_refused(curves, message):
    with pytest.raises(ValueError, match=message):
        HeavyNeutrinoMixing(curves)


def test_error_of_the_mixing_out_of_range_is_refused():
    with pytest.raises(ValueError, match="heavy-neutrino-mixing: digitisation must be between 0 and 0"):
        HeavyNeutrinoMixing(digitisation=0.5)


def test_unconfirmed_numbers_are_named():
    notes = HeavyNeutrinoMixing(("lsnd-mu", "t2k-mu", "sin-1981")).notes
    assert len(notes) == 2
    assert all(note.endswith("(unconfirmed)") for note in notes)
