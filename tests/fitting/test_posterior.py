"""Points without a likelihood that minimisations meet."""

import numpy as np
from chain_toys import Toy, parameter

from zprimefit.analyses import Analysis
from zprimefit.fitting.posterior import MetBadPoints
from zprimefit.likelihoods.component import UserComponent


def test_only_points_of_the_domain_count_as_bad():
    whole = UserComponent(lambda a, b: a + b, ("a", "b"), "whole")
    analysis = Analysis(Toy((parameter("a", 1e-6, 1e-1, "log"), parameter("b", -1.0, 1.0))), (whole,), name="sum")
    met, told = MetBadPoints(), []
    met.begin(told.append)
    points = np.array([[1e-3, 0.0], [1e29, 0.0], [1e-1, 1.0], [1e-3, -1.1], [1e-2, 0.5]])
    met.look(analysis, points, np.array([np.nan, np.nan, np.nan, np.nan, 7.0]))
    assert [point.values for point in told] == [(1e-3, 0.0), (1e-1, 1.0)]
    assert met.count == 2
    met.look(analysis, points[3], np.nan)
    met.look(analysis, points[0], -np.inf)
    assert met.count == 3
