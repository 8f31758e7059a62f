"""Widths and lifetimes of h' and H of arXiv:2006.01948 (Eqs. 11-19, 31, Appendix A)."""

import jax
import numpy as np
import pytest

from zprimefit.constants import ELECTRON_MASS, HBAR_GEV_S, HIGGS_MASS, HIGGS_VEV
from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm import decays, potential

TABLE1 = Z2HDM().benchmark()


def test_hprime_lives_3_5e_13_seconds():
    """Below Eq. 31; two digits."""
    assert float(decays.lifetime("hprime", TABLE1)) == pytest.approx(3.5e-13, rel=0.02)


def test_lifetime_is_eq_31_up_to_the_electron_mass():
    eq_31 = 8 * np.pi / ((0.45e-4) ** 2 * 0.023) * HBAR_GEV_S
    beta = np.sqrt(1 - 4 * ELECTRON_MASS**2 / 0.023**2)
    # one decay in a million is to two photons
    assert float(decays.lifetime("hprime", TABLE1)) == pytest.approx(eq_31 / beta**3, rel=1e-6)


def test_hprime_flies_a_tenth_of_a_millimetre():
    """C tau of about 1e-4 m (section V A)."""
    assert float(decays.decay_length("hprime", TABLE1)) == pytest.approx(1.06e-4, rel=0.02)
    length, time = (float(f("hprime", TABLE1)) for f in (decays.decay_length, decays.lifetime))
    assert length / time == pytest.approx(299792458.0, rel=1e-15)


def test_dark_vev_is_281_mev():
    """v' = m_Z'/g_d (below Eq. 13)."""
    assert float(decays.dark_vev(TABLE1)) == pytest.approx(0.281, abs=0.0005)


def test_hprime_decays_to_electrons_alone():
    """Two photons by the loops of electron and muon: 9e-7."""
    assert float(decays.branching("hprime", "gamma_gamma", TABLE1)) == pytest.approx(8.7e-7, rel=0.01)
    assert float(decays.branching_to_ee("hprime", TABLE1)) == pytest.approx(1.0, abs=1e-6)


def test_h_decays_to_two_hprime():
    found = {name: float(width) for name, width in decays.partial_widths("H", TABLE1).items()}
    assert found["hprime_hprime"] == pytest.approx(1.08e-5, rel=0.005)
    assert 0.9e5 < found["hprime_hprime"] / found["ee"] < 1.1e5
    assert found["mumu"] == 0
    assert found["zprime_zprime"] == 0
    assert found["gamma_gamma"] < 1e-10 * found["hprime_hprime"]


def test_lambda_7_of_2e_4_closes_the_decay_of_h_to_hprime():
    """The fine tuning that leaves H -> e+e- to the paper: to three parts in ten thousand of lambda_7."""
    fixed = float(potential.hprime_pair_coupling(TABLE1))
    tuned = 1 / (1 - float(potential.hprime_pair_coupling(TABLE1 | {"lambda_7": 1.0})) / fixed)
    assert tuned == pytest.approx(2.03e-4, rel=0.005)
    assert float(decays.branching_to_ee("H", TABLE1 | {"lambda_7": tuned})) > 0.99
    assert float(decays.branching_to_ee("H", TABLE1 | {"lambda_7": tuned * (1 + 3e-3)})) < 0.55
    assert float(decays.branching_to_ee("H", TABLE1 | {"lambda_7": tuned * 1.1})) < 1e-3
    assert float(decays.branching_to_ee("H", TABLE1)) == pytest.approx(9.3e-6, rel=0.01)


def test_photons_take_over_where_the_electron_coupling_is_small():
    params = TABLE1 | {"y_e": 1e-7, "y_mu": 1e-3}
    assert float(decays.branching("hprime", "gamma_gamma", params)) > 0.5


def test_hprime_decays_to_lighter_h():
    """Where m_h' > 2 m_H, e.g. 90 and 20 MeV: the vertex of the potential again."""
    params = TABLE1 | {"m_hprime": 0.09, "m_H": 0.02}
    found = float(decays.partial_widths("hprime", params)["HH"])
    coupling = float(potential.heavy_pair_coupling(params))
    assert found == pytest.approx(coupling**2 / (32 * np.pi * 0.09) * np.sqrt(1 - 4 * 0.02**2 / 0.09**2), rel=1e-12)
    assert float(decays.branching("hprime", "HH", params)) > 0.99


@pytest.mark.parametrize("scalar", decays.SCALARS)
def test_branching_ratios_add_up(scalar):
    params = TABLE1 | {"m_H": 0.3, "m_zprime": 0.03, "m_hprime": 0.08}
    shares = [float(decays.branching(scalar, channel, params)) for channel in decays.CHANNELS[scalar]]
    assert sum(shares) == pytest.approx(1.0, rel=1e-12)
    assert set(decays.partial_widths(scalar, params)) == set(decays.CHANNELS[scalar])


def test_scalar_without_couplings_has_no_branching():
    params = TABLE1 | {"y_e": 0.0, "y_mu": 0.0}
    assert float(decays.branching_to_ee("hprime", params)) == 0
    assert np.isfinite(float(jax.jacfwd(lambda y: decays.branching_to_ee("hprime", params | {"y_e": y}))(0.0)))


def test_h_125_hardly_decays_to_light_scalars():
    """Alignment limit: lambda_5' v' alone, 2e-14 GeV beside the 4 MeV of the Standard Model; lambda_345 opens it."""
    found = {name: float(width) for name, width in decays.higgs_widths(TABLE1).items()}
    assert sum(found.values()) == pytest.approx(2.17e-14, rel=0.01)
    opened = {name: float(width) for name, width in decays.higgs_widths(TABLE1 | {"lambda_345": 0.01}).items()}
    expected = (0.01 * HIGGS_VEV) ** 2 / (32 * np.pi * HIGGS_MASS)
    assert sum(opened.values()) == pytest.approx(expected, rel=1e-4)


def test_as_printed_h_decays_to_electrons_alone():
    assert set(decays.partial_widths("H", TABLE1, "as_printed")) == {"ee"}
    assert float(decays.branching_to_ee("H", TABLE1, "as_printed")) == 1.0


def test_rotation_is_that_of_appendix_a():
    for scalar, doublet, singlet in (("H", np.sqrt(1 - 0.28**2), -0.28), ("hprime", 0.28, np.sqrt(1 - 0.28**2))):
        assert float(decays.doublet_fraction(scalar, TABLE1)) == pytest.approx(doublet, rel=1e-14)
        assert float(decays.singlet_fraction(scalar, TABLE1)) == pytest.approx(singlet, rel=1e-14)


def test_light_zprime_opens_an_invisible_decay():
    params = TABLE1 | {"m_zprime": 0.03, "m_hprime": 0.1}
    found = {name: float(width) for name, width in decays.partial_widths("hprime", params).items()}
    assert found["zprime_zprime"] > 1e6 * found["ee"] > 0
    branching = float(decays.branching_to_ee("hprime", params))
    assert branching == pytest.approx(found["ee"] / sum(found.values()), rel=1e-12)
