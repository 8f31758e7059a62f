"""The scalar potential of arXiv:2006.01948: Eqs. 8-21 and Appendix A against the full potential and its derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zprimefit.constants import HIGGS_MASS, HIGGS_VEV
from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm import potential
from zprimefit.models.z2hdm.potential import LightEntries

TABLE1 = Z2HDM().benchmark()
OPTIONS = {"lambda_2": 0.7, "lambda_345": 0.1, "lambda_7": 3e-4, "lambda_4_prime": 0.02, "m_Hpm": 180.0, "m_A": 230.0}
POINTS = {
    "table1": TABLE1,
    "options": TABLE1 | OPTIONS,
    "heavy-H": TABLE1 | {"m_H": 0.9, "m_hprime": 0.01, "sin_delta": 0.7},
    "light-H": TABLE1 | OPTIONS | {"m_H": 0.05, "m_hprime": 0.04, "sin_delta": 0.05},
    "maximal": TABLE1 | OPTIONS | {"m_H": 0.3, "m_hprime": 0.1, "sin_delta": 0.95},
}
points = pytest.mark.parametrize("params", POINTS.values(), ids=POINTS)
ORIGIN = jnp.zeros(10)
GRADIENT, HESSIAN = jax.jit(jax.grad(potential.potential)), jax.jit(jax.hessian(potential.potential))
THIRD = jax.jit(jax.jacfwd(jax.hessian(potential.potential)))


def mass_states(params):
    """Directions of h, H and h' in field space (10,): rows of Z in Eq. A4."""
    s, c = params["sin_delta"], np.sqrt(1 - params["sin_delta"] ** 2)
    h, heavy, light = np.zeros((3, 10))
    h[2] = 1
    heavy[6], heavy[8] = c, -s
    light[6], light[8] = s, c
    return h, heavy, light


def explicit_potential(fields, params):
    """Eq. 8 term by term with complex doublets, less its value at the origin of the fields."""
    k, mu = potential.quartics(params), potential.mass_terms(params)

    def value(f):
        first = np.array([f[0] + 1j * f[1], HIGGS_VEV + f[2] + 1j * f[3]]) / np.sqrt(2)
        second = np.array([f[4] + 1j * f[5], f[6] + 1j * f[7]]) / np.sqrt(2)
        singlet = abs((float(potential.dark_vev(params)) + f[8] + 1j * f[9]) / np.sqrt(2)) ** 2
        hh, pp, hp = np.vdot(first, first).real, np.vdot(second, second).real, np.vdot(first, second)
        mixed = (k.l5 / 2 * hp + k.l7 * pp + k.l5p * singlet - mu["mu_12"]) * hp
        return (
            hh * (k.l1 / 2 * hh + k.l3 * pp + mu["mu_1"])
            + pp * (k.l2 / 2 * pp + mu["mu_2"])
            + k.l4 * abs(hp) ** 2
            + 2 * mixed.real
            + singlet * (k.l2p * singlet + k.l4p * pp + mu["mu_prime"])
        )

    return float(value(fields) - value(np.zeros(10)))


@points
def test_potential_is_eq_8(params):
    for fields in np.random.default_rng(1).normal(scale=50.0, size=(5, 10)):
        found = float(potential.potential(jnp.asarray(fields), params) - potential.potential(ORIGIN, params))
        assert found == pytest.approx(explicit_potential(fields, params), rel=1e-9)


@points
def test_tadpoles_vanish(params):
    """Eqs. 15-17; the terms that cancel are of the size lambda_1 v^3."""
    assert np.asarray(GRADIENT(ORIGIN, params)) == pytest.approx(np.zeros(10), abs=1e-15 * HIGGS_VEV**3)


@points
def test_second_derivatives_are_the_squared_masses(params):
    """Four Goldstone bosons, h', H, h, two charged and one CP-odd scalar (Eqs. 19-21)."""
    masses = [params["m_hprime"], params["m_H"], HIGGS_MASS, params["m_Hpm"], params["m_Hpm"], params["m_A"]]
    found = np.linalg.eigvalsh(np.asarray(HESSIAN(ORIGIN, params)))
    assert found == pytest.approx(np.sort([0.0] * 4 + [m**2 for m in masses]), rel=1e-9, abs=1e-9)


@points
def test_cp_even_matrix_is_that_of_the_potential(params):
    """Eq. 14, rotated by Eq. A4 to the diagonal."""
    matrix = np.asarray(potential.cp_even_matrix(params))
    hessian = np.asarray(HESSIAN(ORIGIN, params))
    assert matrix == pytest.approx(hessian[np.ix_([2, 6, 8], [2, 6, 8])], rel=1e-9, abs=1e-11)
    rotation = np.array(mass_states(params))[:, [2, 6, 8]]
    diagonal = np.diag([HIGGS_MASS**2, params["m_H"] ** 2, params["m_hprime"] ** 2])
    assert rotation @ matrix @ rotation.T == pytest.approx(diagonal, abs=1e-13)
    assert np.linalg.eigvalsh(matrix[1:, 1:]) == pytest.approx(np.diag(diagonal)[:0:-1], rel=1e-12)


@points
def test_cubic_couplings_are_third_derivatives(params):
    h, heavy, light = mass_states(params)
    third = np.asarray(THIRD(ORIGIN, params))

    def derivative(*fields):
        return np.einsum("ijk,i,j,k", third, *fields)

    assert derivative(heavy, light, light) == pytest.approx(float(potential.hprime_pair_coupling(params)), rel=1e-9)
    assert derivative(light, heavy, heavy) == pytest.approx(float(potential.heavy_pair_coupling(params)), rel=1e-9)
    found = {name: float(value) for name, value in potential.higgs_couplings(params).items()}
    assert found == pytest.approx(
        {
            "HH": derivative(h, heavy, heavy),
            "hprime_hprime": derivative(h, light, light),
            "H_hprime": derivative(h, heavy, light),
        },
        rel=1e-9,
        abs=1e-9,
    )


def test_coupling_of_h_to_hprime_pairs_at_the_benchmark():
    """-1.13e-2 GeV where lambda_7 = lambda_4' = 0; a lambda_7 of 2e-4 would cancel it."""
    fixed = float(potential.hprime_pair_coupling(TABLE1))
    assert fixed == pytest.approx(-1.13e-2, rel=0.005)
    slope = float(potential.hprime_pair_coupling(TABLE1 | {"lambda_7": 1.0})) - fixed
    assert -fixed / slope == pytest.approx(2.03e-4, rel=0.005)
    cancelled = potential.hprime_pair_coupling(TABLE1 | {"lambda_7": -fixed / slope})
    assert float(cancelled) == pytest.approx(0, abs=1e-15)


def test_appendix_a_entries_give_the_printed_masses():
    """(102, 53.8, 37) MeV give 106 and 23 MeV and sin(delta) = 0.28."""
    heavy, light, sine = potential.light_spectrum(LightEntries(0.102**2, -(0.0538**2), 0.037**2))
    assert (float(heavy), float(light)) == pytest.approx((0.10607, 0.02283), abs=5e-6)
    assert float(sine) == pytest.approx(0.281, abs=5e-4)


def test_table1_gives_the_entries_of_appendix_a():
    """To the digits printed, which 106 and 23 MeV and 0.28 are rounded from."""
    entries = potential.light_entries(TABLE1)
    assert np.sqrt(float(entries.doublet)) == pytest.approx(0.102, abs=5e-4)
    assert np.sqrt(-float(entries.mixed)) == pytest.approx(0.0538, abs=5e-4)
    assert np.sqrt(float(entries.singlet)) == pytest.approx(0.037, abs=5e-4)


@given(st.floats(0.01, 1.0), st.floats(0.1, 0.99), st.floats(0.01, 0.99))
@settings(max_examples=40, deadline=None)
def test_spectrum_inverts_the_entries(m_H, ratio, sin_delta):
    entries = potential.light_entries({"m_H": m_H, "m_hprime": ratio * m_H, "sin_delta": sin_delta})
    found = [float(x) for x in potential.light_spectrum(entries)]
    assert found == pytest.approx([m_H, ratio * m_H, sin_delta], rel=1e-6)


def test_couplings_at_the_benchmark():
    """v' = 281 MeV, lambda_2' = 8.7e-3 and lambda_5' = -4.2e-5 of the entries of Appendix A."""
    found = potential.quartics(TABLE1)
    assert float(potential.dark_vev(TABLE1)) == pytest.approx(0.281, abs=5e-4)
    assert float(found.l2p) == pytest.approx(8.7e-3, rel=0.005)
    assert float(found.l5p) == pytest.approx(-4.2e-5, rel=0.01)
    assert float(found.l4) == pytest.approx(float(found.l5), rel=1e-12)
    assert float(found.l3 + found.l4 + found.l5) == pytest.approx(TABLE1["lambda_345"], abs=1e-12)
    assert TABLE1["lambda_2"] == pytest.approx(found.l1, rel=1e-9)


def test_perturbative_lambda_5_bounds_the_heavy_masses():
    """Section III C: |lambda_5| from 0.2 at 110 GeV to sqrt(4 pi) at about 460 GeV."""

    def size(mass):
        return abs(float(potential.quartics(TABLE1 | {"m_A": mass, "m_Hpm": mass}).l5))

    assert size(110.0) == pytest.approx(0.2, abs=0.001)
    assert size(460.0) < np.sqrt(4 * np.pi) < size(465.0)
    assert HIGGS_VEV * (4 * np.pi) ** 0.25 == pytest.approx(460, rel=0.01)
