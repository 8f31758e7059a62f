"""The work at one point: which starts are minimised, when others are looked for."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.objective import Objective
from zprimefit.fitting.status import Status
from zprimefit.likelihoods import component
from zprimefit.scans.conditions import FixedAt, Point
from zprimefit.scans.search import Search, Task, below_no_new_physics, minima


class Fails:
    """Conditions where no start converges but those with g beyond 8, and no new physics has a value."""

    def __init__(self):
        self.seen = []

    def minimise(self, i, start):
        self.seen.append(start)
        if start[1] > 8:
            return Point(start, -5.0, Status.OK)
        return Point(start, 0.0, Status.OK if start[1] == 0 else Status.NOT_CONVERGED)

    def another(self, i, start, known):
        return self.minimise(i, start)

    def looked_at(self, i, draws):
        return draws, -draws[:, 1]

    def lead_to(self, i, starts, found, above):
        return np.zeros(len(starts), dtype=bool)

    def parted(self, i, a, b):
        return False

    def no_new_physics(self, i):
        return np.array([0.5, 0.0]), 0.0


class Everywhere:
    def __init__(self, conditions):
        self.conditions = conditions

    def on(self, analysis):
        return self.conditions


def test_other_starts_are_looked_for_where_none_converged_although_no_new_physics_would():
    conditions = Fails()
    search = Search(Everywhere(conditions), seed=1).on(toys.needle(-1.0))
    found = search(Task(0, None, (np.array([0.5, 2.0]),)))
    assert found.fval == -5.0
    # the start, two that were looked for, and not no new physics, which lies above these
    assert len(conditions.seen) == 3


def test_point_below_no_new_physics_stays_what_it_is():
    analysis = toys.needle(-1.0)
    conditions = FixedAt((0,), np.array([[1.0], [2.5]])).on(analysis)
    valley = conditions.minimise(0, np.array([1.0, 4.0]))
    assert below_no_new_physics(conditions, 0, valley) is valley
    above = conditions.minimise(1, np.array([2.5, 4.0]))
    found = below_no_new_physics(conditions, 1, above)
    assert (above.fval > 2.9, found.fval) == (True, 0.0)
    assert Objective.of(analysis).minus2lnl(found.values) == 0.0


def test_model_that_does_not_say_what_no_new_physics_is_adds_no_start():
    conditions = FixedAt((0,), np.array([[0.5]])).on(toys.gaussian())
    assert conditions.no_new_physics(0) is None


def test_minima_behind_walls_are_kept_within_two_standard_deviations():
    analysis = toys.narrowing()
    search = Search(FixedAt((0,), np.array([[2.9]])), seed=1).on(analysis)
    starts = tuple(np.array([0.0, y]) for y in (2.0, 5.0, -5.9, -6.0))
    shallow = search(Task(0, None, (), starts))
    assert [p.values[1] for p in shallow.solutions] == pytest.approx([4.0, -6.0], abs=0.3)
    assert [p.fval for p in shallow.solutions] == pytest.approx([1.62, 4.5], abs=0.1)
    # a valley that lies more than four above the gorge shows no way
    far = replace(shallow, fval=shallow.fval + 8.0)
    assert search(Task(0, far, (), starts[2:])).others == ()


def test_start_that_leads_to_a_known_minimum_from_close_above_is_left_out():
    """narrowing(): the valley at y = 4 is the deepest, the gorge at y = -6 lies behind a wall."""
    analysis = toys.narrowing()
    conditions = FixedAt((0,), np.array([[2.9]])).on(analysis)
    gorge, valley = (conditions.minimise(0, np.array([0.0, y])) for y in (-6.0, 4.0))
    assert valley.fval < gorge.fval < valley.fval + 4
    inside, outside = np.array([0.0, -5.9]), np.array([0.0, 10.0])
    depth = Objective.of(analysis).minus2lnl(np.array([2.9, -5.9]))
    assert conditions.lead_to(0, [inside], gorge, depth - gorge.fval + 1e-6).tolist() == [True]
    assert conditions.lead_to(0, [inside], gorge, depth - gorge.fval - 1e-6).tolist() == [False]
    assert conditions.lead_to(0, [inside, outside], valley, np.inf).tolist() == [False, True]
    found = minima(conditions, 0, [inside, outside], [gorge, valley])
    assert found == [gorge, valley]
    # from farther up another minimum may lie on the way
    above = np.array([0.0, -4.4])
    assert Objective.of(analysis).minus2lnl(np.array([2.9, -4.4])) > gorge.fval + 4
    assert conditions.lead_to(0, [above], gorge, np.inf).tolist() == [True]
    before = Objective.of(analysis).counts.gradients
    assert minima(conditions, 0, [above], [gorge, valley]) == [gorge, valley]
    assert Objective.of(analysis).counts.gradients > before


def test_descent_is_left_where_it_comes_to_the_slope_of_a_known_minimum():
    analysis = toys.fresh(toys.narrowing)
    conditions = FixedAt((0,), np.array([[2.9]])).on(analysis)
    counts = Objective.of(analysis).counts
    gorge, valley = (conditions.minimise(0, np.array([0.0, y])) for y in (-6.0, 4.0))
    start = np.array([0.0, -4.4])
    spent = []
    for known in ((valley,), (valley, gorge), ()):
        before = counts.gradients
        end = conditions.another(0, start, known)
        spent.append(counts.gradients - before)
        if gorge in known:
            assert end is None
        else:
            assert end.fval == pytest.approx(gorge.fval, abs=1e-4)
    assert spent[1] < spent[0] == spent[2]


def test_descent_to_a_minimum_below_the_known_ones_is_not_left():
    analysis = toys.narrowing()
    conditions = FixedAt((0,), np.array([[2.9]])).on(analysis)
    gorge = conditions.minimise(0, np.array([0.0, -6.0]))
    # as if it had not been followed to its end
    high = replace(gorge, fval=gorge.fval + 1e-2)
    assert conditions.another(0, np.array([0.0, -5.9]), [high]).fval == pytest.approx(gorge.fval, abs=1e-4)


def test_descent_that_ends_higher_than_close_above_the_known_ones_is_not_left():
    analysis = toys.narrowing()
    conditions = FixedAt((0,), np.array([[2.9]])).on(analysis)
    gorge = conditions.minimise(0, np.array([0.0, -6.0]))
    for below, left in ((0.05, True), (0.2, False)):
        found = conditions.another(0, np.array([0.0, -5.9]), [replace(gorge, fval=gorge.fval - below)])
        assert (found is None) == left


def test_descent_behind_a_wall_that_the_line_to_a_known_minimum_jumps_is_not_left():
    """The wall at y = -5 lies between the places at which a start's way is looked at."""

    @component(parameters=["x", "y"], n_data=2)
    def walled(x, y):
        window = 0.002 * jnp.exp(-(((y + 8) / 0.15) ** 2))
        return x**2 + 0.0002 * (y - 8) ** 2 - window + 6 * jnp.exp(-(((y + 5) / 0.35) ** 2))

    parameters = (toys.linear("x", 0.0, -3.0, 3.0), toys.linear("y", 0.0, -10.0, 10.0))
    analysis = Analysis(toys.ToyModel(parameters), (walled,), name="walled")
    conditions = FixedAt((0,), np.array([[0.0]])).on(analysis)
    deep, shallow = (conditions.minimise(0, np.array([0.0, y])) for y in (7.0, -8.05))
    assert deep.fval < shallow.fval < deep.fval + 0.1
    assert conditions.lead_to(0, [shallow.values], deep, 0.1).tolist() == [True]
    assert conditions.another(0, np.array([0.0, -8.05]), [deep]).fval == pytest.approx(shallow.fval, abs=1e-4)


def test_ends_without_a_wall_between_them_are_one_minimum():
    conditions = FixedAt((0,), np.array([[1.0]])).on(toys.gaussian())
    a = conditions.minimise(0, np.array([1.0, -1.0, 2.0]))
    b = Point(a.values + np.array([0.0, 0.6, 0.0]), a.fval + 5.0, Status.OK)
    assert not conditions.parted(0, a, b)


def test_point_is_read_as_it_was_stored_with_its_other_minima():
    other = Point(np.array([1.0, -6.0]), 0.5, Status.AT_LIMIT)
    found = Point.read(Point(np.array([1.0, 4.0]), 0.25, Status.OK, (other,)).store())
    assert (found.fval, found.others[0].fval, found.others[0].status) == (0.25, 0.5, Status.AT_LIMIT)
    assert found.others[0].values == pytest.approx(other.values)
    assert "others" not in other.store()
