"""The direct spectrum against twice the nodes everywhere, in the corners of the packaged domain too."""

import numpy as np
import pytest

from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.models import Z2HDM

SOURCE = Z2HDM().pair_sources(("hprime",))[0]
FOLDING = Folding("enuqe", ("fhc", "rhc"), "eq32", "true")
CORNERS = [
    (0.8, 0.023, 0.05),
    (0.03, 0.005, 0.15),
    (0.03, 0.029, 0.15),
    (0.03, 0.005, 0.001),
    (0.03, 0.029, 0.001),
    (0.05, 0.023, 0.14),
    (2.0, 0.005, 0.001),
    (2.0, 0.029, 0.15),
]


@pytest.mark.parametrize("masses", CORNERS)
def test_every_bin_of_the_direct_spectrum_is_good_to_1e_3(masses):
    direct, fine = (unit_spectrum(SOURCE, FOLDING, fine=f) for f in (False, True))
    ratio = (masses[2] / masses[0]) ** 2
    ours, better = (np.asarray(s(np.array(masses))).sum(axis=0) for s in (direct, fine))
    ours, better = ours[0] + ratio * ours[1], better[0] + ratio * better[1]
    assert np.abs(ours / better - 1).max() < 1e-3
