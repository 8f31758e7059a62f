"""What is compiled of an analysis agrees, whichever way it is asked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.analyses.evaluator import BLOCK, CHUNK, Evaluator

TERMS = {f"bowl-{i}": lambda point, i=i: jnp.sum((point["x"] - 0.1 * i) ** 2 * (1 + i)) for i in range(5)}


@pytest.fixture
def evaluator():
    return Evaluator(lambda values: {"x": values}, TERMS)


def points(n):
    return np.random.default_rng(3).normal(size=(n, 2))


@pytest.mark.parametrize("n", [0, 1, CHUNK, CHUNK + 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3])
def test_many_points_have_the_values_of_each(evaluator, n):
    found = evaluator.values(points(n))
    assert found.shape == (n,)
    assert found == pytest.approx([evaluator.value(p) for p in points(n)], rel=1e-13)


def test_value_is_the_sum_of_its_terms(evaluator):
    (point,) = points(1)
    assert evaluator.value(point) == pytest.approx(sum(evaluator.each(point).values()), rel=1e-14)
    assert list(evaluator.each(point)) == list(TERMS)


def test_slopes_are_those_of_the_value(evaluator):
    (point,) = points(1)
    value, slopes = evaluator.value_and_slopes(point)
    assert value == pytest.approx(evaluator.value(point), rel=1e-14)
    assert slopes == pytest.approx(np.asarray(jax.grad(evaluator.total)(point)), rel=1e-12)


def test_without_terms_everything_is_zero():
    nothing = Evaluator(lambda values: {"x": values}, {})
    assert nothing.value(np.ones(2)) == 0.0
    assert nothing.values(np.ones((3, 2))).tolist() == [0.0, 0.0, 0.0]
    value, slopes = nothing.value_and_slopes(np.ones(2))
    assert (value, slopes.tolist()) == (0.0, [0.0, 0.0])


def test_chunks_beyond_the_last_point_are_not_evaluated():
    def term(point):
        return jax.pure_callback(lambda x: seen.append(1) or np.float64(0), jax.ShapeDtypeStruct((), float), point["x"],
                                 vmap_method="sequential")  # fmt: skip

    seen = []
    Evaluator(lambda values: {"x": values}, {"counted": term}).values(points(CHUNK + 1))
    assert len(seen) == 2 * CHUNK
