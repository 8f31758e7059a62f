import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting import minuit
from zprimefit.fitting.minuit import minimise
from zprimefit.fitting.newton import GOAL, newton
from zprimefit.fitting.objective import Objective
from zprimefit.fitting.status import Status
from zprimefit.likelihoods import component

INSIDE = st.floats(-3.0, 3.0)


def of_two(minus2lnl) -> Objective:
    """-2 ln L of a and b between -5 and 5."""
    parameters = (toys.linear("a", 0.0, -5.0, 5.0), toys.linear("b", 0.0, -5.0, 5.0))
    return Objective(Analysis(toys.ToyModel(parameters), (component(parameters=["a", "b"])(minus2lnl),), name="two"))


def down(objective: Objective, start, moving=None):
    every = list(range(objective.n))
    return newton(objective, np.array(start), every if moving is None else moving, objective.sheared())


@settings(deadline=None)
@given(st.tuples(INSIDE, INSIDE, INSIDE))
def test_bottom_of_a_parabola_is_one_step_away(start):
    objective = Objective.of(toys.gaussian())
    bottom = down(objective, start)
    assert bottom.x == pytest.approx(toys.CENTRE, abs=1e-6)
    assert bottom.value == pytest.approx(7.0, abs=1e-10)
    assert bottom.edm < GOAL


@pytest.mark.parametrize(("k", "c"), [(1e4, 1.0), (1e5, 10.0), (1e6, 10.0)])
@pytest.mark.parametrize("b", [0.701, 0.70681, 0.72])
def test_distance_that_is_told_is_that_to_the_bottom_of_a_curved_narrow_valley(k, c, b):
    """Third derivatives across the valley make its floor look too curved in the differences of slopes."""
    bottom = down(of_two(lambda a, b: k * (a - b**2) ** 2 + c * (b - 0.7) ** 2), [b**2, b])
    assert bottom is None or bottom.value < 1e-6


def test_place_beside_a_wall_is_no_bottom():
    objective = of_two(lambda a, b: 10 * a**2 + b**2 + 1e8 * jnp.maximum(a - 0.3, 0.0) ** 2)
    bottom = down(objective, [0.2999, 0.0])
    assert bottom is None or bottom.value < 1e-6


def test_minimisations_end_by_it_where_there_is_a_bowl(monkeypatch):
    objective = Objective(toys.gaussian())
    by_newton = minimise(objective, np.zeros(3))
    monkeypatch.setattr(minuit, "newton", lambda *_: None)
    by_hesse = minimise(objective, np.zeros(3))
    assert by_newton.values == pytest.approx(by_hesse.values, abs=1e-4)
    assert (by_newton.status, by_hesse.status) == (Status.OK, Status.OK)
    assert by_newton.edm < GOAL
    assert by_newton.n_calls < by_hesse.n_calls


def test_sheared_pivot_is_not_stopped_by_the_box_but_by_its_penalty():
    """pivot_at_limit(): the pivot's minimum lies beyond its bound."""
    objective = Objective(toys.pivot_at_limit())
    beyond = objective.to_internal([1.0, 1e-3])
    bottom = newton(objective, beyond, [0, 1], objective.sheared())
    assert bottom is None or objective.scaled(objective.to_values(bottom.x))[0] > objective.box[0, 1]


def test_answers_that_are_no_numbers_count_as_bad():
    objective = of_two(lambda a, b: jnp.where(a > 0.2, a**2, jnp.nan) + b**2)
    assert down(objective, [0.4, 0.0]) is None
    assert objective.counts.bad == 1


def test_it_takes_a_gradient_here_one_for_each_coordinate_and_one_for_each_step():
    objective = Objective(toys.gaussian())
    down(objective, toys.CENTRE + 0.1)
    assert (objective.counts.values, objective.counts.gradients) == (0, 1 + 3 + 1)


def test_coordinates_that_do_not_move_stay_and_the_others_follow():
    """For b at its centre + 0.3, a is at its centre + 0.3 cov(a, b) / var(b)."""
    objective = Objective.of(toys.gaussian())
    inverse = np.linalg.inv(toys.COVARIANCE)
    start = toys.CENTRE + np.array([0.0, 0.3, 0.0])
    bottom = down(objective, start, moving=[0])
    assert bottom.x[1:].tolist() == start[1:].tolist()
    assert bottom.x[0] == pytest.approx(toys.CENTRE[0] - 0.3 * inverse[0, 1] / inverse[0, 0], abs=1e-6)


def test_curved_valley_is_gone_down_from_close_by():
    """Rosenbrock's: 0 at (1, 1)."""
    objective = of_two(lambda a, b: (1 - a) ** 2 + 10 * (b - a**2) ** 2)
    bottom = down(objective, [0.97, 0.95])
    assert bottom.value < 2 * GOAL
    assert bottom.value == pytest.approx(minimise(objective, np.array([0.97, 0.95])).fval, abs=2 * GOAL)


@pytest.mark.parametrize(
    ("minus2lnl", "start"),
    [
        pytest.param(lambda a, b: a**2 - b**2, [0.1, 0.1], id="saddle"),
        pytest.param(lambda a, b: a**2 + 0.0 * b, [0.1, 0.1], id="a direction without curvature"),
        pytest.param(lambda a, b: (a - 6.0) ** 2 + b**2, [4.0, 0.0], id="minimum outside the box"),
        pytest.param(lambda a, b: jnp.abs(a) ** 1.5 + b**2, [0.4, 0.0], id="steps that lead across"),
        pytest.param(lambda a, b: jnp.where(a > 0.2, a**2, jnp.nan) + b**2, [0.4, 0.0], id="no number on the way"),
    ],
)
def test_no_answer_where_there_is_no_bowl_to_go_down(minus2lnl, start):
    assert down(of_two(minus2lnl), start) is None


@pytest.mark.parametrize("moving", [[0, 1], [1]])
def test_no_answer_where_there_is_no_number_at_the_start(moving):
    objective = of_two(lambda a, b: jnp.where(a > 0.2, jnp.nan, a**2) + b**2)
    assert down(objective, [0.4, 0.0], moving) is None


def test_no_answer_where_nothing_moves():
    assert down(Objective.of(toys.gaussian()), toys.CENTRE, moving=[]) is None


def test_differences_stay_inside_the_upper_bound():
    objective = of_two(lambda a, b: jnp.where(jnp.maximum(a, b) > 5.0, jnp.nan, (a - 4.9999) ** 2 + b**2))
    assert down(objective, [4.9999, 0.2]).x == pytest.approx([4.9999, 0.0], abs=1e-5)
