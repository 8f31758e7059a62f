"""-2 ln L all over the domain, its corners and thresholds among it: a number or infinite, and smooth where finite.

`.ci/fuzz` does the same at a hundred thousand points of every packaged analysis, the global ones among them.
"""

import numpy as np
import pytest

from tests.domain import domain_points, search
from zprimefit.analyses import load


@pytest.mark.slow
def test_likelihood_is_a_number_with_slopes_in_the_whole_domain():
    found = search(load("z2hdm-miniboone"), 2000, slopes=100)
    assert found.none, str(found)
    assert found.slopes == 100


def test_points_reach_the_corners_and_stay_in_the_domain():
    analysis = load("z2hdm-miniboone")
    points = domain_points(analysis, 4000, np.random.default_rng(3))
    bounds = np.array([p.bounds for p in analysis.free])
    assert ((points >= bounds[:, 0]) & (points <= bounds[:, 1])).all()
    for i in range(len(bounds)):
        assert set(bounds[i]) <= set(points[:, i])
