"""The loop of a vector: multiple-precision integrals, limits, and what paper B prints."""

import jax
import mpmath as mp
import numpy as np
import pytest

from zprimefit.constants import LEPTON_MASSES, MUON_MASS
from zprimefit.models import vector_anomalous_moment
from zprimefit.models.loops import vector_anomalous_moment_heavy, vector_anomalous_moment_light

ENDS = [0, *(mp.mpf(10) ** -k for k in range(10, 0, -1)), 0.5, *(1 - mp.mpf(10) ** -k for k in range(1, 11)), 1]


@pytest.mark.parametrize("mass", [1e-3, 0.01, 0.03, 0.3, 10.0])
@pytest.mark.parametrize("lepton", ["e", "mu"])
def test_loop_equals_integrals_of_eq_20(lepton, mass):
    r = mp.mpf(LEPTON_MASSES[lepton] / mass) ** 2

    def below(x):
        return 1 - x + x**2 * r

    vector = mp.quad(lambda x: x**2 * (1 - x) / below(x), ENDS)
    axial = mp.quad(lambda x: (x * (1 - x) * (4 - x) + 2 * x**3 * r) / below(x), ENDS)
    expected = [float(r * vector / (4 * mp.pi**2)), -float(r * axial / (4 * mp.pi**2))]
    found = [float(vector_anomalous_moment(lepton, *c, mass)) for c in ((1.0, 0.0), (0.0, 1.0))]
    assert found == pytest.approx(expected, rel=1e-8)


def test_light_vector_is_schwinger_s_term():
    """alpha / 2 pi with e^2 = C_V^2; Eq. 21."""
    assert float(vector_anomalous_moment("mu", 1.0, 0.0, 1e-6)) == pytest.approx(1 / (8 * np.pi**2), rel=1e-3)
    light = float(vector_anomalous_moment_light("mu", 1e-3, 2e-4, 1e-5))
    assert float(vector_anomalous_moment("mu", 1e-3, 2e-4, 1e-5)) == pytest.approx(light, rel=1e-2)


def test_heavy_vector_decouples_with_1_and_minus_5():
    found, limit = (f("mu", 1e-3, 3e-4, 1e3) for f in (vector_anomalous_moment, vector_anomalous_moment_heavy))
    assert float(found) == pytest.approx(float(limit), rel=1e-5)


def test_limit_of_paper_b_fails_where_it_is_used():
    """At 30 MeV the vector loop is 0.538 of Eq. 21, the axial one 1.10 (muon)."""
    ratios = [
        float(vector_anomalous_moment("mu", *c, 0.03)) / float(vector_anomalous_moment_light("mu", *c, 0.03))
        for c in ((1.0, 0.0), (0.0, 1.0))
    ]
    assert ratios == pytest.approx([0.538, 1.10], rel=5e-3)


def test_quoted_couplings_give_the_measured_moment_by_eq_21_only():
    """|C_V| = (10.14-10.59)e-4, C_A = 1.88e-4: 1.92 to 3.10e-9 by Eq. 21, -5.2 to -4.6e-9 by Eq. 20."""
    ends = (10.14e-4, 10.59e-4)
    printed = [float(vector_anomalous_moment_light("mu", c, 1.88e-4, 0.03)) for c in ends]
    exact = [float(vector_anomalous_moment("mu", c, 1.88e-4, 0.03)) for c in ends]
    assert printed == pytest.approx([1.92e-9, 3.10e-9], rel=0.02)
    assert exact == pytest.approx([-5.2e-9, -4.6e-9], rel=0.02)


def test_vector_coupling_of_the_muon_anomaly_is_that_of_the_literature():
    """C_V = 5.6e-4 at 20 MeV and 6.1e-4 at 30 MeV for 2.51e-9 without axial coupling."""
    needed = [np.sqrt(2.51e-9 / float(vector_anomalous_moment("mu", 1.0, 0.0, m))) for m in (0.02, 0.03)]
    assert needed == pytest.approx([5.6e-4, 6.1e-4], rel=0.01)


def test_derivative_by_the_mass_is_finite_at_the_muon_s_mass():
    slope = jax.grad(lambda m: vector_anomalous_moment("mu", 1e-3, 1e-4, m))(MUON_MASS)
    assert np.isfinite(float(slope))


def test_masses_may_be_arrays_and_other_leptons_are_refused():
    assert vector_anomalous_moment("tau", 1e-3, 0.0, np.array([0.01, 0.1])).shape == (2,)
    with pytest.raises(ValueError, match="unknown lepton 'nu'"):
        vector_anomalous_moment("nu", 1.0, 0.0, 0.1)
