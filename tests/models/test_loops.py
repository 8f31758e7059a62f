"""One-loop moments against scipy's adaptive quadrature, limits, and the numbers printed in arXiv:2006.01948."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from zprimefit.constants import ELECTRON_MASS, MUON_MASS, TAU_MASS
from zprimefit.models import Z2HDM
from zprimefit.models.loops import scalar_loop

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()


def _by_quad(m_scalar, m_external, m_internal):
    """Eq. 34's integrals, with and without chirality flip: panels on a logarithmic scale from both ends."""
    r, r_phi = m_internal / m_external, m_scalar / m_external

    def kernel(x, z):
        return z**2 / (z**2 + x * r_phi**2 + z * (r**2 - 1))

    panels = list(pairwise([0.0, *np.geomspace(1e-14, 0.5, 29)]))

    def integral(f):
        ends = (lambda x: f(x, 1 - x), lambda z: f(1 - z, z))
        return math.fsum(quad(g, a, b, epsabs=1e-25, epsrel=1e-10)[0] for g in ends for a, b in panels)

    flip, plain = integral(lambda x, z: r * kernel(x, z)), integral(lambda x, z: x * kernel(x, z))
    return flip, plain


# (lepton, particle in the loop) with scalars from 1 keV to 100 GeV
@pytest.mark.parametrize("m_scalar", [1e-6, 1e-4, 5e-3, 0.023, 0.106, 1.0, 125.0])
@pytest.mark.parametrize(
    ("external", "internal"),
    [(MUON_MASS, MUON_MASS), (ELECTRON_MASS, ELECTRON_MASS), (ELECTRON_MASS, TAU_MASS)],
    ids=["mu-mu", "e-e", "e-tau"],
)
def test_scalar_loop_equals_adaptive_quadrature(m_scalar, external, internal):
    expected = _by_quad(m_scalar, external, internal)
    assert [float(i) for i in scalar_loop(m_scalar, external, internal)] == pytest.approx(expected, rel=1e-8)


def test_massless_scalar_gives_three_halves():
    """(1-x)^2 cancels for equal masses: the integral of 1 + x over the unit interval."""
    flip, plain = scalar_loop(0.0, MUON_MASS, MUON_MASS)
    assert float(flip) == pytest.approx(1.0, rel=1e-12)
    assert float(plain) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("ratio", [1e2, 1e3, 1e4])
def test_heavy_scalar_decouples_with_its_leading_logarithm(ratio):
    """Int (1-x)^2 (1+x) / [(1-x)^2 + x R^2] -> [ln R^2 - 7/6] / R^2, up to terms of order ln R^2 / R^2 of it."""
    flip, plain = scalar_loop(ratio * MUON_MASS, MUON_MASS, MUON_MASS)
    leading = (2 * math.log(ratio) - 7 / 6) / ratio**2
    assert float(flip + plain) == pytest.approx(leading, rel=10 * math.log(ratio) / ratio**2)


def test_tau_in_the_loop_is_enhanced_by_its_mass():
    """For m_phi << m_tau the flip term is (m_e/m_tau) Int (1-x)^2/[(1-x) + ...] = m_e/m_tau times 1/2."""
    flip, _ = scalar_loop(1e-6, ELECTRON_MASS, TAU_MASS)
    assert float(flip) == pytest.approx(0.5 * ELECTRON_MASS / TAU_MASS, rel=1e-5)


# -- arXiv:2006.01948 --------------------------------------------------------------------------------------------------


def test_muon_moment_at_table1_is_the_printed_one():
    """Section IV B: 2.74e-9, from couplings of two or three digits."""
    assert float(MODEL.delta_a("mu", TABLE1)) == pytest.approx(2.74e-9, rel=0.01)


def test_hprime_makes_18_percent_of_what_h_makes_and_15_of_the_sum():
    """Section IV B calls 18 % the share of the total; it is the ratio to the part of H."""
    parts = {name: float(value) for name, value in MODEL.delta_a_parts("mu", TABLE1).items()}
    assert parts["hprime"] / parts["H"] == pytest.approx(0.181, abs=0.0005)
    assert parts["hprime"] / sum(parts.values()) == pytest.approx(0.154, abs=0.0005)


def test_muon_moment_is_the_sum_of_eq_33_over_both_scalars():
    def eq_33(mass, coupling):
        r2 = (mass / MUON_MASS) ** 2
        value = quad(lambda z: z**2 * (2 - z) / (z**2 + (1 - z) * r2), 0, 1, epsabs=0, epsrel=1e-11)[0]
        return coupling**2 / (8 * math.pi**2) * value

    # Table I: y_mu sin(delta) at 23 MeV and y_mu cos(delta) at 106 MeV, y_mu = 6.3e-4, sin(delta) = 0.28
    expected = eq_33(0.023, 6.3e-4 * 0.28) + eq_33(0.106, 6.3e-4 * math.sqrt(1 - 0.28**2))
    assert float(MODEL.delta_a("mu", TABLE1)) == pytest.approx(expected, rel=1e-9)


def test_electron_moment_at_table1_is_the_printed_one():
    """Section IV C: -8.7e-13 at |y_etau y_taue| = 5.6e-7."""
    assert float(MODEL.delta_a("e", TABLE1)) == pytest.approx(-8.7e-13, rel=0.01)


def test_without_the_tau_only_positive_electron_loops_remain():
    """1.45e-13 within 5 %; section IV C and Fig. 5 say about 1e-13 from each scalar at the left edge."""
    bare = TABLE1 | {"y_etau_taue": 0.0}
    assert float(MODEL.delta_a("e", bare)) == pytest.approx(1.45e-13, rel=0.05)
    loops = [scalar_loop(m, ELECTRON_MASS, ELECTRON_MASS) for m in (0.023, 0.106)]
    couplings = [TABLE1["y_e"] ** 2 * f for f in (0.28**2, 1 - 0.28**2)]
    expected = sum(c * float(a + b) for c, (a, b) in zip(couplings, loops, strict=True)) / (8 * math.pi**2)
    assert float(MODEL.delta_a("e", bare)) == pytest.approx(expected, rel=1e-12)
    assert all(float(part) > 0 for part in MODEL.delta_a_parts("e", bare).values())


def test_tau_part_follows_the_sign_and_size_of_the_product():
    def tau(product):
        with_, without = (MODEL.delta_a("e", TABLE1 | {"y_etau_taue": x}) for x in (product, 0.0))
        return float(with_ - without)

    # the part without chirality flip is even in the product: m_e/(3 m_tau) of the other
    assert tau(1e-6) / tau(-1e-6) == pytest.approx(-1.0, abs=3 * ELECTRON_MASS / TAU_MASS)
    assert tau(1e-6) > 0
    assert tau(2e-6) == pytest.approx(2 * tau(1e-6), rel=1e-6)


def test_product_in_the_term_without_flip_is_an_effect_of_m_e_over_m_tau():
    printed = float(Z2HDM(variant="as_printed").delta_a("e", TABLE1))
    assert abs(printed / float(MODEL.delta_a("e", TABLE1)) - 1) < ELECTRON_MASS / TAU_MASS
    assert printed != float(MODEL.delta_a("e", TABLE1))


def test_unknown_lepton_is_refused():
    with pytest.raises(ValueError, match=r"unknown lepton 'tau'.*Available: e, mu"):
        MODEL.delta_a("tau", TABLE1)
