"""What all tests rely on."""

import pytest


def test_small_numbers_are_compared_by_their_ratio():
    assert pytest.approx(1e-20) != 2e-20
    assert pytest.approx(1e-20, rel=1e-3) == 1.0005e-20
