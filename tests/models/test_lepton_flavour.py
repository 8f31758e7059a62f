"""Flavour-violating widths: loop against principal values, unitarity, limits; two-body width against Dirac matrices."""

import math

import jax
import numpy as np
import pytest
from scipy.special import spence

from zprimefit.constants import ELECTRON_MASS, FINE_STRUCTURE, MUON_MASS, TAU_MASS
from zprimefit.models.lepton_flavour import (
    FlavourScalar,
    dipole_amplitudes,
    dipole_integrals,
    radiative_width,
    scalar_width,
)
from zprimefit.models.particles import LightScalar

LEPTONS = {"e": ELECTRON_MASS, "mu": MUON_MASS, "tau": TAU_MASS}
CASES = [
    (m, ext, i)
    for ext, i, masses in (
        ("tau", "e", (0.005, 0.023, 0.106, 1.0)),
        ("tau", "mu", (0.023, 1.6)),
        ("tau", "tau", (0.023, 1.0)),
        ("mu", "e", (0.023, 0.104, 0.106, 1.0)),
    )
    for m in masses
]
"""(m_phi, decaying lepton, internal lepton), open and closed for l -> i phi."""


def scalar(mass, off_diagonal=None, **yukawa):
    return FlavourScalar(LightScalar(mass, {"ee": 1e-12}, yukawa), off_diagonal or {})


def both_integrals(mass, external, internal):
    values = [float(v) for v in dipole_integrals(mass, external, internal)]
    return complex(*values[:2]), complex(*values[2:])


def roots(mass, external, internal):
    """Shares z where the Feynman denominator vanishes on the boundary x = 1 - z."""
    mu_i, mu = (internal / external) ** 2, (mass / external) ** 2
    low, high = sorted(np.roots([1.0, mu - mu_i - 1, mu_i]), key=lambda root: root.real)
    return mu_i, mu, low.real, high.real


@pytest.mark.parametrize(("mass", "external", "internal"), CASES)
def test_imaginary_part_is_that_of_unitarity(mass, external, internal):
    """The cut is pi times the pole's residue: elementary integrals between the two roots, none where it is closed."""
    mu_i, mu, low, high = roots(mass, LEPTONS[external], LEPTONS[internal])
    plain, flip = both_integrals(mass, LEPTONS[external], LEPTONS[internal])
    if mass > LEPTONS[external] - LEPTONS[internal]:
        assert plain.imag == flip.imag == 0
        return
    log, length = math.log(high / low), high - low
    assert flip.imag == pytest.approx(math.pi * (log - length), rel=1e-8)
    assert plain.imag == pytest.approx(math.pi * (mu_i * log + (mu - mu_i) * length), rel=1e-8)


def closed_form(mu, mu_i):
    """Both integrals by dilogarithms, of squared masses over m_l^2 with a negative imaginary part."""
    roots = np.roots([1.0, mu - mu_i - 1, mu_i])
    pole = mu_i / (mu_i - mu)  # where the part without x vanishes

    def straight(r):  # Int_0^1 dz ln(1 - z/r)
        return (1 - r) * np.log(1 - 1 / r) - 1

    j = sum(spence(1 - 1 / r) for r in roots) - spence(1 - 1 / pole)
    k = straight(pole) - sum(straight(r) for r in roots)
    return -1 / 2 + mu_i * j + (mu - mu_i) * k, j - k


def by_quadrature(mu, mu_i):
    """The same as they are defined, over x and z."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(-32.0, math.log(0.5), 40)
    half = np.diff(edges)[:, None] / 2
    small = np.exp(edges[:-1, None] + half * (nodes + 1)).ravel()
    step = (half * weights).ravel() * small
    # dense towards both ends, in z and in u = x/(1-z); 1-z without its cancellation
    z, rest, dz = (np.concatenate(v)[:, None] for v in ((small, 1 - small), (1 - small, small), (step, step)))
    x, dx = rest * z.T, rest * dz.T
    kernel = dz * dx / (rest * mu_i + z * mu - x * z)
    return np.sum(kernel * x * z), np.sum(kernel * rest)


@pytest.mark.parametrize(("mass", "external", "internal"), CASES)
def test_dilogarithms_are_the_integrals_for_complex_masses(mass, external, internal):
    """Squared masses times 1 - i/2: nowhere near a pole."""
    mu_i, mu = ((m / LEPTONS[external]) ** 2 * (1 - 0.5j) for m in (LEPTONS[internal], mass))
    assert closed_form(mu, mu_i) == pytest.approx(by_quadrature(mu, mu_i), rel=1e-6)


@pytest.mark.parametrize(("mass", "external", "internal"), CASES)
def test_integrals_are_the_dilogarithms_for_real_masses(mass, external, internal):
    mu_i, mu = (LEPTONS[internal] / LEPTONS[external]) ** 2, (mass / LEPTONS[external]) ** 2
    expected = closed_form(mu * (1 - 1e-13j), mu_i)
    assert both_integrals(mass, LEPTONS[external], LEPTONS[internal]) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("internal", ["mu", "tau"])
def test_heavy_scalar_has_lavouras_functions(internal):
    """1/(6 m_phi^2) without flip, [ln(m_phi^2/m_i^2) - 3/2]/m_phi^2 with it, up to ln(r)/r of relative corrections."""
    mass, external, own = 400.0, TAU_MASS, LEPTONS[internal]
    plain, flip = both_integrals(mass, external, own)
    scale = (external / mass) ** 2
    assert plain.real == pytest.approx(scale / 6, rel=1e-3)
    assert flip.real == pytest.approx(scale * (2 * math.log(mass / own) - 1.5), rel=1e-3)


def test_higgs_like_scalar_has_the_amplitude_of_the_literature():
    """|A| m_h^2 (4 pi)^2 / (y y') = ln(m_h^2/m_tau^2) - 4/3 (arXiv:1209.1397)."""
    mass, y = 125.2, 3e-3
    heavy = {"h": scalar(mass, {("tau", "e"): y, ("e", "tau"): y}, tau=0.01)}
    right, _, left, _ = (float(v) for v in dipole_amplitudes("tau", "e", heavy))
    expected = y * 0.01 / (16 * math.pi**2 * mass**2) * (2 * math.log(mass / TAU_MASS) - 4 / 3)
    assert (right, left) == pytest.approx((expected, expected), rel=3e-3)


def test_small_scalar_mass_is_approached_continuously_from_both_sides_of_threshold():
    at, own = TAU_MASS - ELECTRON_MASS, (TAU_MASS, ELECTRON_MASS)
    below, above = both_integrals(at - 1e-7, *own), both_integrals(at + 1e-7, *own)
    assert below[0] == pytest.approx(above[0], rel=2e-3)
    assert below[1].real == pytest.approx(above[1].real, rel=2e-3)


@pytest.mark.parametrize(("mass", "internal"), [(0.023, ELECTRON_MASS), (0.5, MUON_MASS), (0.106, TAU_MASS)])
def test_derivatives_are_those_of_finite_differences(mass, internal):
    slopes = jax.jit(jax.jacfwd(lambda m: jax.numpy.stack(dipole_integrals(m, TAU_MASS, internal))))(mass)
    for index in range(4):
        slope = float(slopes[index])
        step = 1e-4 * mass
        up, down = (float(dipole_integrals(mass + s, TAU_MASS, internal)[index]) for s in (step, -step))
        assert slope == pytest.approx((up - down) / (2 * step), rel=1e-5, abs=1e-9)


def test_radiative_width_needs_a_path_from_one_lepton_to_the_other():
    assert float(radiative_width("tau", "e", {"phi": scalar(0.1, e=1e-3, mu=1e-3, tau=1.0)})) == 0.0
    only_mu = {"phi": scalar(0.1, {("mu", "tau"): 1e-3}, e=1.0, mu=1e-3)}
    assert float(radiative_width("tau", "e", only_mu)) == 0.0
    assert float(radiative_width("tau", "mu", only_mu)) > 0


def test_chiralities_swap_when_couplings_are_transposed():
    one = {"phi": scalar(0.1, {("e", "tau"): 2e-3, ("tau", "e"): 5e-4}, e=1e-3, tau=1e-2)}
    other = {"phi": scalar(0.1, {("e", "tau"): 5e-4, ("tau", "e"): 2e-3}, e=1e-3, tau=1e-2)}
    a, b = dipole_amplitudes("tau", "e", one), dipole_amplitudes("tau", "e", other)
    assert [float(v) for v in a] == pytest.approx([float(v) for v in (*b[2:], *b[:2])], rel=1e-13)


def test_width_of_a_known_dipole():
    """Gamma = alpha/4 m^5 (|A_L|^2 + |A_R|^2), amplitudes of two equal scalars add coherently."""
    single = {"one": scalar(0.1, {("e", "tau"): 1e-3}, e=1e-3)}
    double = {**single, "two": single["one"]}
    assert float(radiative_width("tau", "e", double)) == pytest.approx(
        4 * float(radiative_width("tau", "e", single)), rel=1e-13
    )
    squares = sum(float(v) ** 2 for v in dipole_amplitudes("tau", "e", single))
    assert float(radiative_width("tau", "e", single)) == pytest.approx(
        FINE_STRUCTURE / 4 * TAU_MASS**5 * squares, rel=1e-13
    )


def dirac_width(heavy, light, mass_scalar, y, y_t):
    """Two-body width from a trace of explicit Dirac matrices."""
    m, ml = LEPTONS[heavy], LEPTONS[light]
    e = (m**2 + ml**2 - mass_scalar**2) / (2 * m)
    p = math.sqrt(e**2 - ml**2)
    sigma = [np.array(s, dtype=complex) for s in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])]
    zero, one = np.zeros((2, 2)), np.eye(2)
    gamma0 = np.block([[one, zero], [zero, -one]])
    gammas = [np.block([[zero, s], [-s, zero]]) for s in sigma]
    gamma5 = 1j * gamma0 @ gammas[0] @ gammas[1] @ gammas[2]
    right, left = (np.eye(4) + gamma5) / 2, (np.eye(4) - gamma5) / 2
    vertex, conjugate = y * right + y_t * left, y * left + y_t * right
    out, into = e * gamma0 - p * gammas[2] + ml * np.eye(4), m * gamma0 + m * np.eye(4)
    average = np.trace(out @ vertex @ into @ conjugate).real / 2
    return p / (8 * math.pi * m**2) * average


@pytest.mark.parametrize(("heavy", "light"), [("tau", "e"), ("tau", "mu"), ("mu", "e")])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_two_body_width_is_that_of_dirac_matrices(heavy, light, share):
    mass, y, y_t = share * (LEPTONS[heavy] - LEPTONS[light]), 3e-4, -1e-4
    made = scalar_width(heavy, light, scalar(mass, {(heavy, light): y, (light, heavy): y_t}))
    assert float(made) == pytest.approx(dirac_width(heavy, light, mass, y_t, y), rel=1e-12)


def test_closed_two_body_decay_has_neither_width_nor_slope():
    def width(mass):
        return scalar_width("mu", "e", scalar(mass, {("mu", "e"): 1e-3}))

    assert float(width(0.106)) == 0.0
    assert float(jax.grad(width)(0.106)) == 0.0
