"""The direct spectrum against twice the nodes everywhere, in the corners of the packaged domain too."""

import numpy as np
import pytest

from zprimefit.likelihoods.miniboone.spectrum import Folding, unit_spectrum
from zprimefit.likelihoods.miniboone.views import modes_of
from zprimefit.models import Z2HDM

SOURCE = Z2HDM().pair_sources(("hprime",))[0]
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


def worst(view, rule, points):
    """Largest relative error of a bin that holds more than 1e-3 of what is selected, of all bins in E_nu^QE."""
    folding = Folding(view, modes_of(view), rule, "true")
    direct, fine = (unit_spectrum(SOURCE, folding, fine=f) for f in (False, True))
    ends = np.cumsum(folding.segments)[:-1]
    errors = []
    for masses in points:
        ratio = (masses[2] / masses[0]) ** 2
        ours, better = (np.asarray(s(np.array(masses))).sum(axis=0) for s in (direct, fine))
        ours, better = (np.split(x[0] + ratio * x[1], ends) for x in (ours, better))
        for found, expected in zip(ours, better, strict=True):
            held = expected > (0.0 if view == "enuqe" else 1e-3 * expected.sum())
            errors.append(np.abs(found[held] / expected[held] - 1).max())
    return max(errors)


@pytest.mark.slow
def test_every_bin_of_the_direct_spectrum_is_good_to_1e_3():
    assert worst("enuqe", "eq32", CORNERS) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("view", "rule"),
    [("enuqe", "opening13"), ("evis", "showers"), ("costheta", "eq32"), ("evis_costheta", "opening")],
)
def test_angles_and_acceptances_that_set_in_suddenly_are_resolved(view, rule):
    """With as many nodes for them as for the density, bins were off by up to 5 % (acceptance) and 11 % (angles)."""
    assert worst(view, rule, CORNERS[::3]) < 1e-3
