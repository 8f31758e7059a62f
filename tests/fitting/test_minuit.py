import jax.numpy as jnp
import numpy as np
import pytest

from tests import toys
from zprimefit.analyses import Analysis
from zprimefit.fitting.covariance import curvature, polish
from zprimefit.fitting.minuit import minimise
from zprimefit.fitting.multistart import choose_starts, cluster
from zprimefit.fitting.objective import PENALTY_SCALE, Objective
from zprimefit.fitting.sobol import sobol
from zprimefit.fitting.status import Status
from zprimefit.likelihoods import component


def test_gradient_agrees_with_central_differences_in_every_layout():
    objective = Objective(toys.rate())
    x = objective.to_internal([0.6, 3e-2, 2e-6, 1.7])
    for unsheared in (frozenset(), objective.pivots):
        sheared = objective.sheared(unsheared)
        point = objective.to_internal(objective.to_values(x), unsheared)
        _, slopes = objective.gradient(point, sheared)
        for i in range(objective.n):
            step = np.eye(objective.n)[i] * 1e-5
            difference = objective.value(point + step, sheared) - objective.value(point - step, sheared)
            assert slopes[i] == pytest.approx(difference / 2e-5, rel=1e-6, abs=1e-6)


def test_layouts_round_trip_values():
    objective = Objective(toys.rate())
    values = objective.draw(16, 5)
    for unsheared in (frozenset(), objective.pivots):
        assert objective.to_values(objective.to_internal(values, unsheared), unsheared) == pytest.approx(
            values, rel=1e-12
        )


def test_penalty_is_zero_inside_one_a_step_outside_and_only_for_sheared_pivots():
    analysis = toys.pivot_at_limit()
    objective = Objective(analysis)
    width = np.log(1.0 / 1e-4)
    outside = np.array([np.exp(PENALTY_SCALE * width), 1e-3])
    x = objective.to_internal(outside)
    assert objective.value(x, objective.sheared()) == pytest.approx(analysis.minus2lnl(outside) + 1.0, abs=1e-9)
    inside = np.array([0.5, 1e-3])
    x = objective.to_internal(inside)
    assert objective.value(x, objective.sheared()) == pytest.approx(analysis.minus2lnl(inside), abs=1e-9)


def test_flat_axes_depend_on_the_layout():
    objective = Objective(toys.rate())
    assert {objective.names[i] for i in objective.flat()} == {"U", "d"}
    assert objective.flat(objective.pivots) == frozenset()


def test_an_axis_with_a_wall_at_its_end_is_not_flat():
    @component(parameters=["a", "b"])
    def wall(a, b):
        return a**2 + jnp.maximum(b - 9.9, 0.0) ** 2

    objective = Objective(Analysis(toys.ToyModel((toys.linear("a", 0, -1, 1), toys.linear("b", 0, -10, 10))), (wall,)))
    assert objective.flat() == frozenset()


def test_fixed_coordinate_stays_exactly_and_the_others_are_conditional_means():
    objective = Objective(toys.gaussian())
    outcome = minimise(objective, np.array([0.9, 0.0, 0.0]), fixed=frozenset({0}))
    means = toys.CENTRE[1:] + toys.COVARIANCE[1:, 0] / toys.COVARIANCE[0, 0] * 0.4
    assert outcome.values[0] == 0.9
    assert outcome.values[1:] == pytest.approx(means, abs=1e-3)
    assert outcome.fval == pytest.approx(7.0 + 0.4**2 / 0.04, abs=2e-5)


def test_start_on_a_bound_is_no_trap():
    objective = Objective(toys.gaussian())
    outcome = minimise(objective, np.array([-10.0, 10.0, -10.0]))
    assert outcome.status is Status.OK
    assert outcome.fval == pytest.approx(7.0, abs=2e-5)


def test_minimum_close_to_a_bound_but_inside_is_not_at_limit():
    analysis = toys.gaussian().with_parameters({"a": {"bounds": (0.45, 10.0), "default": 1.0}})
    objective = Objective(analysis)
    outcome = minimise(objective, objective.to_internal(analysis.defaults()))
    assert outcome.status is Status.OK
    assert outcome.values == pytest.approx(toys.CENTRE, abs=1e-3)


def test_two_parameters_at_their_bounds_at_once():
    # b = -1 + 0.75 (a - 0.5) - ... is pulled down by a <= 0; with b >= 0 too, only c is left.
    bounds = {"a": {"bounds": (-10.0, 0.0), "default": -3.0}, "b": {"bounds": (0.0, 10.0), "default": 4.0}}
    analysis = toys.gaussian().with_parameters(bounds)
    objective = Objective(analysis)
    outcome = minimise(objective, objective.to_internal(analysis.defaults()))
    inverse = np.linalg.inv(toys.COVARIANCE)
    c = 2.0 - (inverse[2, :2] @ np.array([-0.5, 1.0])) / inverse[2, 2]
    assert outcome.status is Status.AT_LIMIT
    assert dict(outcome.held) == {0: 1, 1: -1}
    assert outcome.values == pytest.approx([0.0, 0.0, c], abs=2e-3)


def test_what_a_solution_nearby_has_at_its_bounds_is_held_from_the_beginning():
    bounds = {"a": {"bounds": (-10.0, 0.0), "default": -3.0}, "b": {"bounds": (0.0, 10.0), "default": 4.0}}
    objective = Objective(toys.gaussian().with_parameters(bounds))
    near = np.array([0.0, 0.0, 1.0])
    free = minimise(objective, objective.to_internal(near))
    held = minimise(objective, objective.to_internal(near), held=objective.at_bounds(near))
    assert (held.status, held.held) == (Status.AT_LIMIT, {0: 1, 1: -1})
    assert held.fval == pytest.approx(free.fval, abs=1e-6)
    assert held.n_calls < free.n_calls


def test_what_begins_at_its_bound_is_let_go_where_it_is_no_longer_held_there():
    objective = Objective(toys.gaussian().with_parameters({"a": {"bounds": (0.0, 10.0), "default": 1.0}}))
    start = np.array([10.0, -10.0, 10.0])
    assert objective.at_bounds(start) == {0: 1, 1: -1, 2: 1}
    outcome = minimise(objective, objective.to_internal(start), held=objective.at_bounds(start))
    assert (outcome.status, outcome.held) == (Status.OK, {})
    assert outcome.values == pytest.approx(toys.CENTRE, abs=1e-3)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_coupling_whose_rate_goes_as_its_square_does_not_stay_at_no_coupling(scale):
    """Like Delta a_mu and y_mu: no slope at the bound, and a minimum 12.25 deeper inside."""

    @component(parameters=["y"], n_data=1)
    def moment(y):
        return 12.25 * ((y / 4e-4) ** 2 - 1) ** 2

    low, high = (0.0, 1e-3) if scale == "linear" else (1e-6, 0.1)
    objective = Objective(Analysis(toys.ToyModel((toys.linear("y", 1e-5, low, high, scale=scale),)), (moment,)))
    start = np.array([low])
    outcome = minimise(objective, objective.to_internal(start), held=objective.at_bounds(start))
    assert (outcome.fval, outcome.held) == (pytest.approx(0.0, abs=1e-4), {})
    assert outcome.values == pytest.approx([4e-4], rel=1e-2)


def test_pivot_that_begins_at_its_bound_leaves_the_rate_to_the_others():
    objective = Objective(toys.rate())
    start = np.array([0.8, 1.0, 1e-6, 1.0])
    outcome = minimise(objective, objective.to_internal(start), held=objective.at_bounds(start))
    m, g, u, d = outcome.values
    assert (g, dict(outcome.held)) == (1.0, {1: 1})
    assert (m, u * d) == pytest.approx((0.8, toys.RATE), rel=1e-4)


def test_flat_coordinate_at_its_bound_is_not_held():
    objective = Objective(toys.rate())
    start = np.array([0.8, 0.02, 1e-6, 10.0])
    outcome = minimise(objective, objective.to_internal(start), held=objective.at_bounds(start))
    assert (outcome.status, outcome.held) == (Status.OK, {})


def test_a_parameter_at_its_bound_is_held_though_another_is_only_near_its_own():
    # c is pushed beyond its bound of 1.5; a is then best at its free optimum, a hundredth of a box off its bound.
    @component(parameters=["a", "c"], n_data=2)
    def pull(a, c):
        return ((a - 0.01) / 0.005) ** 2 + (c - 2.0) ** 2

    bounds = (toys.linear("a", 1.0, 0.0, 2.0), toys.linear("c", 0.0, -3.0, 1.5))
    objective = Objective(Analysis(toys.ToyModel(bounds), (pull,)))
    outcome = minimise(objective, np.array([1.0, 0.0]))
    assert dict(outcome.held) == {1: 1}
    assert outcome.values == pytest.approx([0.01, 1.5], abs=1e-4)


def test_polish_brings_a_minimum_to_rounding():
    objective = Objective(toys.bimodal())
    outcome, local = polish(objective, minimise(objective, np.array([1.0, 3.0])))
    assert outcome.values == pytest.approx([2.0, 3.6], abs=1e-9)
    assert local.edm < 1e-12
    assert local.regular


def test_curvature_of_a_gaussian_is_its_inverse_covariance():
    objective = Objective(toys.gaussian())
    local = curvature(objective, minimise(objective, np.zeros(3)))
    assert local.covariance(objective.width) == pytest.approx(toys.COVARIANCE, rel=1e-6, abs=1e-9)


def test_starts_are_the_defaults_then_seeded_points_of_the_domain():
    analysis = toys.nan_region()
    objective = Objective(analysis)
    starts = choose_starts(objective, 9, 2)
    assert starts.shape == (9, 2)
    assert (starts[0] == analysis.defaults()).all()
    assert np.isfinite(analysis.minus2lnl_batch(starts[1:])).all()
    assert (starts == choose_starts(objective, 9, 2)).all()


def test_ends_of_a_straight_valley_are_one_minimum():
    objective = Objective(toys.rate(shear=False))
    outcomes = [minimise(objective, objective.to_internal(v)) for v in choose_starts(objective, 6, 1)]
    assert len({round(float(o.values[1]), 6) for o in outcomes}) > 3
    assert [count for _, count in cluster(objective, outcomes)] == [6]


def test_sobol_points_are_uniform_seeded_and_warn_of_nothing():
    points = sobol(100, 3, 1)
    assert points.shape == (100, 3)
    assert points.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.05)
    assert (points == sobol(100, 3, 1)).all()
    assert (points != sobol(100, 3, [1, 1])).any()
    assert sobol(0, 3, 1).shape == (0, 3)


def test_start_without_slopes_is_an_end():
    """In the needle's hole nothing depends on m."""
    objective = Objective(toys.needle(0.5))
    found = minimise(objective, objective.to_internal([0.5, 0.0]))
    assert (found.status, found.fval) == (Status.APPROXIMATE, 0.0)
    assert 0.0 <= found.edm < 1e-15
    assert found.values.tolist() == [0.5, 0.0]


def test_start_without_slopes_from_which_there_is_a_way_down_is_none():
    @component(parameters=["a", "b"])
    def saddle(a, b):
        return (a**2 - 1) ** 2 + b**2

    parameters = (toys.linear("a", 0.0, -3.0, 3.0), toys.linear("b", 0.0, -3.0, 3.0))
    objective = Objective(Analysis(toys.ToyModel(parameters), (saddle,), name="saddle"))
    found = minimise(objective, np.zeros(2))
    assert (abs(found.values[0]), found.status) == (pytest.approx(1.0, abs=1e-4), Status.OK)


def test_every_start_reaches_the_bottom_of_a_pit_whose_sides_flatten():
    """MIGRAD without second derivatives at its end stops up to 3.7 above it."""
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]

    @component(parameters=list("abcdef"), n_data=1)
    def pit(a, b, c, d, e, f):
        turned = rotation @ jnp.stack([a, b, c, d, e, f])
        return jnp.sum(np.geomspace(1, 1e3, 6) * jnp.log1p(turned**2))

    model = toys.ToyModel(tuple(toys.linear(name, 0.5, -5.0, 5.0) for name in "abcdef"))
    objective, rng = Objective.of(Analysis(model, (pit,), name="pit")), np.random.default_rng(1)
    for _ in range(12):
        start = objective.box[:, 0] + rng.uniform(size=6) * objective.width
        found = minimise(objective, start)
        assert (found.status, found.fval < 1e-4) == (Status.OK, True)
