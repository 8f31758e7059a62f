"""Where walkers start when the fit leaves something open."""

from types import SimpleNamespace

import numpy as np

from tests import toys
from zprimefit.fitting.coordinates import Coordinates
from zprimefit.fitting.starts import constrained_directions


def test_coordinates_of_a_null_direction_are_drawn_from_the_prior():
    coordinates = Coordinates.of(toys.gaussian())
    n = len(coordinates.names)
    null = np.zeros((1, n))
    null[0, 0] = 1.0
    fit = SimpleNamespace(unconstrained=(), null_directions=null)
    tied = constrained_directions(coordinates, fit, np.zeros(n), 1e-8 * np.eye(n))
    assert tied.tolist() == [False] + [True] * (n - 1)


def test_a_fit_without_null_directions_ties_every_constrained_coordinate():
    coordinates = Coordinates.of(toys.gaussian())
    n = len(coordinates.names)
    fit = SimpleNamespace(unconstrained=(coordinates.names[1],), null_directions=np.zeros((0, n)))
    tied = constrained_directions(coordinates, fit, np.zeros(n), 1e-8 * np.eye(n))
    assert tied.tolist() == [i != 1 for i in range(n)]
