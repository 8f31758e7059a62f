"""Inverse seesaw: the 9 x 9 matrix gives back what went in, and the couplings of its limit."""

import numpy as np
import pytest

from zprimefit.models.blsm import neutrinos
from zprimefit.models.blsm.gauge import GaugeSector
from zprimefit.models.blsm.neutrinos import STATES, InverseSeesaw, light_masses, measured_pmns, takagi

GAUGE = GaugeSector()
THETA = np.array([[2e-3, 1e-3, 5e-4], [1e-2, 1e-2, 1e-3], [3e-3, 2e-3, 4e-3]])
HEAVY = np.array([0.06, 0.11, 0.5])
LIGHT, PMNS = light_masses(1e-12), measured_pmns()
POINT = {"m_zprime": 0.02, "g_BL": -1e-4, "g_tilde": 1e-6} | {
    f"U_{flavour}{n}_sq": THETA[a, n - 4] ** 2 for a, flavour in enumerate(("e", "mu", "tau")) for n in (4, 5)
}


@pytest.fixture(scope="module")
def seesaw():
    return InverseSeesaw.from_mixing(THETA, HEAVY, LIGHT, PMNS)


def test_pmns_is_unitary_with_the_measured_angles():
    unity = PMNS @ PMNS.conj().T
    assert unity == pytest.approx(np.eye(3), abs=1e-14)
    assert np.abs(PMNS[0, 2]) == pytest.approx(np.sin(np.deg2rad(8.54)))


def test_light_masses_have_the_measured_differences_of_squares():
    squares = light_masses(2e-11) ** 2 * 1e18
    assert [squares[1] - squares[0], squares[2] - squares[0]] == pytest.approx([7.41e-5, 2.511e-3])


def test_takagi_vectors_diagonalise_a_complex_symmetric_matrix():
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(6, 6)) + 1j * rng.normal(size=(6, 6))
    matrix = matrix + matrix.T
    values, v = takagi(matrix)
    assert v.T @ matrix @ v == pytest.approx(np.diag(values), abs=1e-12)
    assert v.conj().T @ v == pytest.approx(np.eye(6), abs=1e-12)


def test_oscillation_data_come_out_of_the_mass_matrix(seesaw):
    """To theta^2: Eq. 13 is the leading order."""
    masses, v = seesaw.masses_and_mixing()
    assert masses[:3] == pytest.approx(LIGHT, rel=3e-3)
    assert np.abs(v[:3, :3]) == pytest.approx(np.abs(PMNS), abs=3e-4)


def test_heavy_states_are_pairs_of_nearly_one_mass_with_the_mixing_that_went_in(seesaw):
    masses, v = seesaw.masses_and_mixing()
    pairs = masses[3:].reshape(3, 2)
    assert pairs.mean(axis=1) == pytest.approx(HEAVY, rel=1e-4)
    assert (np.ptp(pairs, axis=1) < 1e-3 * HEAVY).all()
    shares = (np.abs(v[:3, 3:]) ** 2).reshape(3, 3, 2).sum(axis=-1)
    assert shares == pytest.approx(THETA**2, rel=2e-3)


def test_eq_11_is_the_unitarity_defect_of_the_light_block(seesaw):
    _, v = seesaw.masses_and_mixing()
    defect = np.eye(3) - v[:3, :3] @ v[:3, :3].conj().T
    assert defect == pytest.approx(THETA @ THETA.T, abs=1e-3 * np.max(THETA @ THETA.T))


def test_casas_ibarra_gives_the_light_masses_of_its_input():
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    made = InverseSeesaw.casas_ibarra([1e-6, 2e-6, 3e-6], HEAVY, LIGHT, PMNS, rotation)
    masses, v = made.masses_and_mixing()
    assert masses[:3] == pytest.approx(LIGHT, rel=1e-2)
    assert np.abs(v[:3, :3]) == pytest.approx(np.abs(PMNS), abs=1e-3)
    assert np.diag(made.mu).real == pytest.approx([1e-6, 2e-6, 3e-6], rel=1e-9)


def test_mixing_that_leaves_a_light_neutrino_massless_is_refused():
    with pytest.raises(ValueError, match="theta must be invertible"):
        InverseSeesaw.from_mixing(np.outer([1, 2, 3], [1, 0, 0]) * 1e-3, HEAVY, LIGHT, PMNS)


def test_couplings_are_those_of_the_mass_basis(seesaw):
    """Eq. 15 with all three blocks: the limit mu_s -> 0 holds to theta^2 and mu_s / m_N."""
    masses, v = seesaw.masses_and_mixing()
    exact = seesaw.couplings(tuple(float(q) for q in GAUGE.neutrino_charges(POINT)))
    found = np.asarray(neutrinos.left_handed(POINT, GAUGE))
    for a in range(3):
        beam = v[a, :3].conj() / np.linalg.norm(v[a, :3])
        for k in range(2):
            pair = np.linalg.norm(exact[3 + 2 * k : 5 + 2 * k, :3] @ beam)
            assert pair == pytest.approx(abs(found[3 + k, a]), rel=2e-3)
    # left-handed half and right-handed half of the same pair: both in the 2 x 2 block of a pair
    block = exact[3:5, 3:5]
    assert np.linalg.norm(block) == pytest.approx(
        np.hypot(found[3, 3], float(neutrinos.right_handed(POINT, GAUGE))), rel=2e-3
    )
    assert masses[0] < masses[-1]


def test_different_pairs_couple_by_the_overlap_of_their_mixings():
    """C_54 = (q_nu - q_S) (theta^dagger theta)_54 for mu_s -> 0, not a coupling of order one."""
    lighter = InverseSeesaw.from_mixing(THETA, HEAVY, 1e-4 * LIGHT, PMNS)
    exact = lighter.couplings(tuple(float(q) for q in GAUGE.neutrino_charges(POINT)))
    overlap = float(THETA[:, 0] @ THETA[:, 1])
    found = float(neutrinos.coupling("nu5", "nu4", POINT, GAUGE))
    assert found == pytest.approx(POINT["g_BL"] * overlap, rel=1e-6)
    assert np.linalg.norm(exact[3:5, 5:7]) == pytest.approx(abs(found), rel=0.01)


def test_majorana_masses_couple_different_pairs_as_weakly(seesaw):
    """The mu_s of measured masses at these mixings adds some mu_s / m_N, still far below the diagonal coupling."""
    exact = seesaw.couplings(tuple(float(q) for q in GAUGE.neutrino_charges(POINT)))
    between = np.linalg.norm(exact[3:5, 5:7]) / np.linalg.norm(exact[3:5, 3:5])
    size = np.abs(seesaw.mu).max() / 0.05
    assert 1e-5 < between < 5 * size < 1e-2


def test_sign_of_the_sterile_charge_decides_between_1_and_3():
    """(q_nu - q_S) = -1 + 2: with the charge of S2 itself the coupling would be -1 - 2, nine times the rate."""
    coupling = float(neutrinos.coupling("nu5", "nu_mu", POINT, GAUGE))
    assert coupling == pytest.approx(POINT["g_BL"] * 1e-2, rel=1e-3)


def test_matrix_of_couplings_is_symmetric_and_named():
    found = np.asarray(neutrinos.left_handed(POINT, GAUGE))
    assert found == pytest.approx(found.T, rel=1e-9)
    assert found[STATES.index("nu_mu"), STATES.index("nu_mu")] == pytest.approx(-POINT["g_BL"], rel=1e-3)
