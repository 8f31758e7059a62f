"""The tabulated response of COHERENT's detectors."""

import numpy as np
import pytest

from zprimefit.likelihoods.coherent import CoherentCsI2021, CoherentLAr


@pytest.mark.parametrize("data", [CoherentCsI2021(), CoherentLAr()], ids=lambda data: data.name)
def test_tabulated_response_is_the_response(data):
    """Within 2e-4 of the largest of its bin, for bins that see more than a thousandth of what is seen at best."""
    rates = data.rates
    step, table = rates._table
    end = (step * (table.shape[-1] - 2)) ** 2
    recoil = end * np.random.default_rng(0).uniform(0.02, 1.0, 64) ** 2
    found, exact = (np.asarray(see(recoil)) for see in (rates._looked_up, rates.response))
    largest = table.max(axis=-1)
    counted = largest > 1e-3 * largest.max()
    assert (np.abs(found - exact).max(axis=-1)[counted] < 2e-4 * largest[counted]).all()
