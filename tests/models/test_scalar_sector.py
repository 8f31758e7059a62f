"""What flavour, electroweak and Higgs measurements ask of the scalars of arXiv:2006.01948."""

import math

import jax
import jax.numpy as jnp
import pytest

from zprimefit.constants import HBAR_GEV_S, HIGGS_MASS, HIGGS_VEV, MUON_MASS, TAU_MASS, W_MASS
from zprimefit.datasets import lepton_decays
from zprimefit.models import Z2HDM
from zprimefit.models.lepton_flavour import radiative_width, scalar_width
from zprimefit.models.oblique import s_parameter, t_parameter
from zprimefit.models.z2hdm.decays import higgs_widths
from zprimefit.models.z2hdm.potential import potential
from zprimefit.models.z2hdm.scalar_sector import (
    charged_widths,
    doublet,
    flavour_couplings,
    flavour_scalars,
    higgs_decays,
)

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
TAU_WIDTH = HBAR_GEV_S / lepton_decays("tau")["lifetime"][0]


def scalars(**changes):
    params = {**TABLE1, **changes}
    return flavour_scalars(params, MODEL.scalars(params))


def higgs(**changes):
    params = {**TABLE1, **changes}
    return higgs_decays(params, MODEL.scalars(params))


@pytest.mark.parametrize("product", [-5.6e-7, 3e-12, 0.0, 1e-4])
def test_flavour_couplings_multiply_to_the_product_with_equal_sizes(product):
    one, other = (float(y) for y in flavour_couplings({"y_etau_taue": product}))
    assert one * other == pytest.approx(product, rel=1e-14, abs=1e-300)
    assert abs(one) == abs(other)


def test_two_body_width_at_table1_is_8700_widths_of_the_tau():
    """m_tau/(32 pi) 2 |y_etau y_taue| summed over h' and H, whose shares add up to one: 2.0e-8 GeV."""
    made = sum(float(scalar_width("tau", "e", s)) for s in scalars().values())
    assert made == pytest.approx(TAU_MASS / (16 * math.pi) * 5.6e-7, rel=0.01)
    assert made == pytest.approx(2.0e-8, rel=0.02)
    assert made / TAU_WIDTH == pytest.approx(8.7e3, rel=0.01)


def test_radiative_decay_at_table1_has_the_size_that_the_paper_prints():
    """5.4e-10 (arXiv:2006.01948, section V B); 4.1e-10 with only the electron inside, where y_tau is zero."""
    branching = float(radiative_width("tau", "e", scalars())) / TAU_WIDTH
    assert branching == pytest.approx(4.2e-10, rel=0.05)
    assert 0.5 < branching / 5.4e-10 < 1


def test_radiative_decay_is_that_of_the_external_mass_for_light_scalars():
    """Without the electron's mass I_plain -> -1/2 for m_phi -> 0: alpha m_tau y_e^2 |y_et y_te| / (2 (32 pi^2)^2)."""
    changes = {"m_H": 0.01, "m_hprime": 0.01, "sin_delta": 0.5}
    width = float(radiative_width("tau", "e", scalars(**changes)))
    couplings = TABLE1["y_e"] ** 2 * 5.6e-7
    shares = 1.0  # (sin^2 + cos^2)^2: both scalars add up coherently
    expected = 1 / 137.036 / 4 * TAU_MASS * couplings * shares * 2 * (0.5 / (16 * math.pi**2)) ** 2
    assert width == pytest.approx(expected, rel=0.15)  # the electron's mass flips chirality with 1/4 of 1/2


def test_other_radiative_decays_vanish():
    """Off-diagonal couplings to muons are zero (section II C)."""
    assert float(radiative_width("mu", "e", scalars())) == 0.0
    assert float(radiative_width("tau", "mu", scalars(y_tau=0.1))) == 0.0


def test_derivatives_are_finite_without_any_coupling():
    def total(params):
        found = flavour_scalars(params, MODEL.scalars(params))
        widths = [scalar_width("tau", "e", s) for s in found.values()] + [radiative_width("tau", "e", found)]
        return sum(widths) + s_parameter(doublet(params)) + t_parameter(doublet(params))

    bare = {k: jnp.asarray(v) for k, v in {**TABLE1, "y_etau_taue": 0.0, "y_e": 0.0, "y_mu": 0.0}.items()}
    assert all(math.isfinite(float(slope)) for slope in jax.jit(jax.grad(total))(bare).values())


def test_shares_of_the_doublet_add_up_to_one():
    assert sum(float(share) for _, share in doublet(TABLE1).even) == pytest.approx(1.0, rel=1e-15)


def test_oblique_parameters_at_table1():
    """m_A = m_H+-: no T; the light scalars leave S = -0.023."""
    assert float(t_parameter(doublet(TABLE1))) == pytest.approx(0.0, abs=1e-12)
    assert float(s_parameter(doublet(TABLE1))) == pytest.approx(-0.023, abs=5e-4)


def test_charged_scalar_decays_to_w_and_a_light_scalar():
    """Longitudinal W: m^3/(16 pi v^2), far above y_mu^2 m/(8 pi); the paper's limit assumes the latter."""
    widths = {name: float(value) for name, value in charged_widths({**TABLE1, "m_Hpm": 2000.0}).items()}
    assert widths["W_H"] + widths["W_hprime"] == pytest.approx(2000.0**3 / (16 * math.pi * HIGGS_VEV**2), rel=0.01)
    assert 1e-6 < float(doublet(TABLE1).leptonic_branching) < 1e-5
    assert float(doublet({**TABLE1, "m_Hpm": 80.0}).leptonic_branching) == 1.0


def test_width_to_w_and_scalar_is_that_of_the_gauge_coupling():
    """|M|^2 = (g/2)^2 (4 k^2 m^2/m_W^2) c^2 over polarisations of the W, Gamma = k |M|^2/(8 pi m^2)."""
    mass, light = 200.0, TABLE1["m_H"]
    kallen = (mass**2 - (W_MASS + light) ** 2) * (mass**2 - (W_MASS - light) ** 2)
    k, g = math.sqrt(kallen) / (2 * mass), 2 * W_MASS / HIGGS_VEV
    expected = k / (8 * math.pi * mass**2) * (g / 2) ** 2 * 4 * k**2 * mass**2 / W_MASS**2 * (1 - 0.28**2)
    assert float(charged_widths(TABLE1)["W_H"]) == pytest.approx(expected, rel=1e-12)


def test_coupling_of_h_to_charged_scalars_is_that_of_the_potential():
    """lambda_3 v from the third derivative of V (Eq. 8) along h, H+, H+."""

    def along(h, charged):
        return potential(jnp.zeros(10).at[2].set(h).at[4].set(charged), TABLE1)

    third = jax.grad(jax.grad(jax.grad(along, 1), 1), 0)
    from_potential = float(jax.jit(third)(0.0, 0.0)) / HIGGS_VEV
    quartic = {q.name: q for q in MODEL.quantities}["lambda_3"]
    assert from_potential == pytest.approx(float(quartic(TABLE1)), rel=1e-9)


def test_light_scalars_force_a_deficit_of_photon_pairs():
    """lambda_3 v^2 = 2 m_H+-^2 where m_H and lambda_345 are small: H+- does not decouple and takes 10 %."""
    for mass in (150.0, 200.0, 460.0):
        assert float(higgs(m_Hpm=mass, m_A=mass).photon_ratio) == pytest.approx(0.895, abs=0.006)


def test_decays_of_h_to_light_scalars_are_those_of_lambda_345():
    """Gamma(h -> HH, h'h', Hh') = lambda_345^2 v^2/(32 pi m_h): 10.5 % of all decays at lambda_345 = 0.01."""
    found = higgs(lambda_345=1e-2)
    expected = (1e-2 * HIGGS_VEV) ** 2 / (32 * math.pi * HIGGS_MASS)
    assert float(found.total) == pytest.approx(expected, rel=1e-3)
    assert {k: float(v) for k, v in found.widths.items()} == {
        k: float(v) for k, v in higgs_widths({**TABLE1, "lambda_345": 1e-2}).items()
    }
    assert float(found.total) / (float(found.total) + 4.1e-3) == pytest.approx(0.105, rel=0.01)


def test_nothing_of_it_is_invisible_unless_scalars_decay_to_zprimes():
    assert float(higgs(lambda_345=1e-2).invisible) == 0.0
    light = higgs(lambda_345=1e-2, m_zprime=0.03, m_hprime=0.09, m_H=0.2)
    assert 0.99 < float(light.invisible) / float(light.total) <= 1
    only_h = higgs(lambda_345=1e-2, m_zprime=0.04, m_H=0.15)
    assert 0 < float(only_h.invisible) < float(only_h.total)


def test_muon_is_heavier_than_the_kinematic_end_of_mu_to_e_scalar():
    """m_H = 106 MeV at table1 lies above m_mu: only h' could come from muons."""
    assert TABLE1["m_hprime"] < MUON_MASS < TABLE1["m_H"]
