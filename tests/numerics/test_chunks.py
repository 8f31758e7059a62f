"""Points in chunks of one length."""

import numpy as np
import pytest

from zprimefit.numerics.chunks import filled_chunks


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
