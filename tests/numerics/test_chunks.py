"""Points in chunks of one length, and one by one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zprimefit.numerics.chunks import filled_chunks, one_by_one


@pytest.mark.parametrize("m", [1, 3, 4, 5, 8])
def test_chunks_have_one_length_and_hold_all_points_in_their_order(m):
    points = np.arange(2.0 * m).reshape(m, 2)
    chunks = list(filled_chunks(points, 4))
    assert {chunk.shape for chunk, _ in chunks} == {(4, 2)}
    np.testing.assert_array_equal(np.concatenate([chunk[:held] for chunk, held in chunks]), points)


def test_last_chunk_is_filled_up_with_the_last_point():
    ((chunk, held),) = filled_chunks(np.array([[1.0], [2.0]]), 4)
    assert held == 2
    assert chunk.ravel().tolist() == [1.0, 2.0, 2.0, 2.0]


def test_no_points_are_no_chunks():
    assert list(filled_chunks(np.zeros((0, 3)), 4)) == []


def _halvings(x, least):
    """How often x must be halved to be below the least, and what is left."""
    return jax.lax.while_loop(lambda s: s[1] > least, lambda s: (s[0] + 1, s[1] / 2), (0, x))


def test_points_one_by_one_come_to_what_each_comes_to_alone():
    points = jnp.array([0.5, 7.0, 1000.0, 1.0])
    count, left = jax.jit(jax.vmap(one_by_one(_halvings), in_axes=(0, None)))(points, 1.0)
    alone = [_halvings(x, 1.0) for x in points]
    assert count.tolist() == [int(c) for c, _ in alone] == [0, 3, 10, 0]
    assert left.tolist() == [float(x) for _, x in alone]


def test_points_one_by_one_do_not_wait_for_the_longest_loop():
    seen = []

    def counted(x, least):
        def once(state):
            jax.debug.callback(lambda: seen.append(1))
            return state[0] + 1, state[1] / 2

        return jax.lax.while_loop(lambda s: s[1] > least, once, (0, x))

    jax.block_until_ready(jax.vmap(one_by_one(counted), in_axes=(0, None))(jnp.array([0.5, 7.0, 1000.0]), 1.0))
    jax.effects_barrier()
    assert len(seen) == 3 + 10


def test_accelerators_evaluate_points_side_by_side(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert one_by_one(_halvings) is _halvings
