"""Widths, lifetimes and the scalar potential of arXiv:2006.01948 (Eqs. 8-19, 31, Appendices A and B)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.constants import ELECTRON_MASS, HBAR_GEV_S, HIGGS_VEV, MUON_MASS
from zprimefit.models import Z2HDM, widths
from zprimefit.models.z2hdm import decays

TABLE1 = Z2HDM().benchmark()


def test_hprime_lives_3_5e_13_seconds():
    """Below Eq. 31; two digits."""
    assert float(decays.lifetime("hprime", TABLE1)) == pytest.approx(3.5e-13, rel=0.02)


def test_lifetime_is_eq_31_up_to_the_electron_mass():
    eq_31 = 8 * np.pi / ((0.45e-4) ** 2 * 0.023) * HBAR_GEV_S
    beta = np.sqrt(1 - 4 * ELECTRON_MASS**2 / 0.023**2)
    assert float(decays.lifetime("hprime", TABLE1)) == pytest.approx(eq_31 / beta**3, rel=1e-9)


def test_hprime_flies_a_tenth_of_a_millimetre():
    """C tau of about 1e-4 m (section V A)."""
    assert float(decays.decay_length("hprime", TABLE1)) == pytest.approx(1.06e-4, rel=0.02)
    length, time = (float(f("hprime", TABLE1)) for f in (decays.decay_length, decays.lifetime))
    assert length / time == pytest.approx(299792458.0, rel=1e-15)


def test_dark_vev_is_281_mev():
    """v' = m_Z'/g_d (below Eq. 13)."""
    assert float(decays.dark_vev(TABLE1)) == pytest.approx(0.281, abs=0.0005)


def test_hprime_decays_to_electrons_alone():
    assert float(decays.branching_to_ee("hprime", TABLE1)) == 1.0


def test_h_decays_to_two_hprime():
    assert float(decays.cubic_coupling(TABLE1)) == pytest.approx(-1.13e-2, rel=0.005)
    found = {name: float(width) for name, width in decays.partial_widths("H", TABLE1).items()}
    assert found["hprime_hprime"] == pytest.approx(1.08e-5, rel=0.005)
    assert 0.9e5 < found["hprime_hprime"] / found["ee"] < 1.1e5
    assert found["mumu"] == 0
    assert found["zprime_zprime"] == 0


def test_as_printed_h_decays_to_electrons_alone():
    assert set(decays.partial_widths("H", TABLE1, "as_printed")) == {"ee"}
    assert float(decays.branching_to_ee("H", TABLE1, "as_printed")) == 1.0


# -- the potential ------------------------------------------------------------


def _potential(m_H, m_hprime, sin_delta, v_prime):
    """V(H2, H3) of Eq. 8 with H1 = 0, lambda_6 = lambda_7 = lambda_3' = lambda_4' = 0, at the minimum of Eqs. 15-17.

    lambda_2', lambda_5' and the H2 mass follow from the mass matrix (A2), Z^T diag(m^2) Z with Z of (A4).
    """
    s, c, v = sin_delta, np.sqrt(1 - sin_delta**2), HIGGS_VEV
    rotation = np.array([[c, -s], [s, c]])
    matrix = rotation.T @ np.diag([m_H**2, m_hprime**2]) @ rotation
    lambda_2 = matrix[1, 1] / (2 * v_prime**2)
    lambda_5 = matrix[0, 1] / (v * v_prime)
    mu, mu_12, mass_2 = -lambda_2 * v_prime**2, lambda_5 * v_prime**2 / 2, matrix[0, 0]

    def potential(mass_states):
        h2, h3 = rotation.T @ mass_states
        singlet, mixed = (v_prime + h3) ** 2 / 2, v * h2 / 2
        return singlet * (lambda_2 * singlet + mu) + 2 * (lambda_5 * singlet - mu_12) * mixed + mass_2 * h2**2 / 2

    return potential


@pytest.mark.parametrize(
    ("m_H", "m_hprime", "sin_delta"), [(0.106, 0.023, 0.28), (0.9, 0.01, 0.7), (0.05, 0.04, 0.05), (0.3, 0.1, 0.95)]
)
def test_cubic_coupling_is_the_third_derivative_of_the_potential(m_H, m_hprime, sin_delta):
    params = TABLE1 | {"m_H": m_H, "m_hprime": m_hprime, "sin_delta": sin_delta}
    potential = _potential(m_H, m_hprime, sin_delta, float(decays.dark_vev(params)))
    origin = jnp.zeros(2)
    assert np.asarray(jax.grad(potential)(origin)) == pytest.approx(np.zeros(2), abs=1e-14)
    assert np.asarray(jax.hessian(potential)(origin)) == pytest.approx(np.diag([m_H**2, m_hprime**2]), abs=1e-12)
    third = np.asarray(jax.jacfwd(jax.hessian(potential))(origin))
    assert third[0, 1, 1] == pytest.approx(float(decays.cubic_coupling(params)), rel=1e-9)


def test_appendix_a_entries_give_106_and_23_mev_and_sine_0_28():
    """(102, -53.8, 37) MeV squared: masses rounded to 106 and 23 MeV, sin(delta) to 0.28 in the paper."""
    eigenvalues, vectors = np.linalg.eigh(np.array([[102.0**2, -(53.8**2)], [-(53.8**2), 37.0**2]]))
    assert np.sqrt(eigenvalues) == pytest.approx([22.83, 106.07], abs=0.005)
    light, heavy = vectors.T
    # rows of Z (A4): H = cos H2 - sin H3, h' = sin H2 + cos H3
    assert light[0] * np.sign(light[1]) == pytest.approx(0.281, abs=0.0005)
    assert heavy[1] * np.sign(heavy[0]) == pytest.approx(-0.281, abs=0.0005)


def test_rotation_is_that_of_appendix_a():
    for scalar, doublet, singlet in (("H", np.sqrt(1 - 0.28**2), -0.28), ("hprime", 0.28, np.sqrt(1 - 0.28**2))):
        assert float(decays.doublet_fraction(scalar, TABLE1)) == pytest.approx(doublet, rel=1e-14)
        assert float(decays.singlet_fraction(scalar, TABLE1)) == pytest.approx(singlet, rel=1e-14)


# -- two-body widths ------------------------------------------------------------


def _width_from_amplitude(squared, mass, daughter, identical):
    momentum = np.sqrt(mass**2 / 4 - daughter**2)
    return squared * momentum / (8 * np.pi * mass**2) / (2 if identical else 1)


def test_lepton_width_is_the_two_body_phase_space_of_the_yukawa_amplitude():
    """Sum over spins of |y ubar v|^2 = y^2 4 (p1.p2 - m^2) = 2 y^2 (m_phi^2 - 4 m^2)."""
    squared = 2 * 1e-3**2 * (0.5**2 - 4 * MUON_MASS**2)
    expected = _width_from_amplitude(squared, 0.5, MUON_MASS, identical=False)
    assert float(widths.to_leptons(0.5, 1e-3, MUON_MASS)) == pytest.approx(expected, rel=1e-13)


def test_vector_width_is_the_sum_over_polarisations():
    """|g eps1.eps2|^2 summed: g^2 P(k1)_{mu nu} P(k2)^{mu nu}, P = -g + k k / m^2, by explicit matrices."""
    mass, vector, coupling = 0.1, 0.03, 0.17
    momentum, metric = np.sqrt(mass**2 / 4 - vector**2), np.diag([1.0, -1, -1, -1])
    k1, k2 = np.array([mass / 2, 0, 0, momentum]), np.array([mass / 2, 0, 0, -momentum])
    first, second = (-metric + np.outer(k, k) / vector**2 for k in (k1, k2))
    squared = coupling**2 * np.trace(first @ metric @ second @ metric)
    expected = _width_from_amplitude(squared, mass, vector, identical=True)
    assert float(widths.to_vectors(mass, coupling, vector)) == pytest.approx(expected, rel=1e-12)


def test_scalar_width_is_the_two_body_phase_space_of_a_constant_amplitude():
    expected = _width_from_amplitude(1.13e-2**2, 0.106, 0.023, identical=True)
    assert float(widths.to_scalars(0.106, 1.13e-2, 0.023)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    "width",
    [lambda m: widths.to_leptons(m, 1e-3, MUON_MASS), lambda m: widths.to_vectors(m, 0.1, MUON_MASS),
     lambda m: widths.to_scalars(m, 0.1, MUON_MASS)],
    ids=["leptons", "vectors", "scalars"],
)  # fmt: skip
def test_width_and_derivative_are_zero_below_and_at_threshold(width):
    for mass in (MUON_MASS, 2 * MUON_MASS):
        assert float(width(mass)) == 0
        assert float(jax.grad(width)(mass)) == 0
    assert float(width(2.001 * MUON_MASS)) > 0


def test_light_zprime_opens_an_invisible_decay():
    params = TABLE1 | {"m_zprime": 0.03, "m_hprime": 0.1}
    found = {name: float(width) for name, width in decays.partial_widths("hprime", params).items()}
    assert found["zprime_zprime"] > 1e6 * found["ee"] > 0
    branching = float(decays.branching_to_ee("hprime", params))
    assert branching == pytest.approx(found["ee"] / sum(found.values()), rel=1e-12)
