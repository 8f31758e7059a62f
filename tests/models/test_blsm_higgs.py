"""Decays of h in the BLSM: against Dirac traces, the Goldstone boson, and the limit on invisible decays."""

import numpy as np
import pytest

from tests.models.dirac import LEFT, spin_sum
from zprimefit.constants import HIGGS_MASS, HIGGS_VEV
from zprimefit.likelihoods.scalars import HiggsToLight
from zprimefit.models import BLSM
from zprimefit.models.blsm.higgs import to_heavy_neutrinos, to_vectors_per_share

MODEL = BLSM()
POINT = MODEL.benchmark()


@pytest.mark.parametrize("mass", [0.06, 0.4])
def test_width_to_a_heavy_neutrino_is_that_of_the_trace(mass):
    """(theta m_N/v) h nubar P_R N and its conjugate: each |M|^2 from explicit matrices, phase space p/(8 pi m_h^2)."""
    momentum = (HIGGS_MASS**2 - mass**2) / (2 * HIGGS_MASS)
    light = spin_sum(np.array([momentum, 0, 0, momentum]))
    heavy = spin_sum(np.array([np.hypot(momentum, mass), 0, 0, -momentum]), -mass)
    right = np.eye(4) - LEFT
    coupling = np.sqrt(2e-4) * mass / HIGGS_VEV
    squared = coupling**2 * np.trace(light @ right @ heavy @ LEFT).real
    expected = 2 * squared * momentum / (8 * np.pi * HIGGS_MASS**2)
    params = {**POINT, "m_nu5": mass, "U_mu5_sq": 2e-4, "U_mu4_sq": 0.0}
    assert float(to_heavy_neutrinos(params)) == pytest.approx(expected, rel=1e-9)


def test_width_to_two_vectors_is_that_of_a_massive_vector_with_the_scalar_coupling():
    """2 g_BL^2 v' h Z'Z'/2: Gamma = g^2 m^3/(128 pi M^4) (1 - 4x + 12x^2) beta with g = 2 M^2/v', x -> 0."""
    params = {**POINT, "g_BL": 3e-5, "g_tilde": 0.0}
    mass = params["m_zprime"]
    vev = mass / params["g_BL"]
    expected = (2 * mass**2 / vev) ** 2 * HIGGS_MASS**3 / (128 * np.pi * mass**4)
    assert float(to_vectors_per_share(params)) == pytest.approx(expected, rel=1e-6)


def test_no_width_without_couplings():
    nothing = {**POINT, **MODEL.no_new_physics}
    assert float(to_heavy_neutrinos(nothing)) == 0
    assert float(to_vectors_per_share(nothing)) == 0


def test_limit_on_invisible_decays_leaves_the_benchmark_alone():
    """|theta|^2 = 1e-4 at 60 and 110 MeV: a branching ratio of 3e-8, the limit is 12 %."""
    assert float(HiggsToLight().mu(MODEL, POINT)) == pytest.approx(2.6e-7, rel=0.1)
