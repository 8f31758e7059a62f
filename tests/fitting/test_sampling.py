"""The choice of a sampler."""

import numpy as np
import pytest
from chain_toys import gaussian

from zprimefit.fitting import ensemble
from zprimefit.fitting.hamiltonian import sample_hmc
from zprimefit.fitting.sampling import sample


def test_emcee_is_the_default():
    options = {"walkers": 8, "until": "steps", "steps": 10}
    chain = sample(gaussian(), **options)
    np.testing.assert_array_equal(chain.samples, ensemble.sample(gaussian(), **options).samples)
    assert chain.transitions is None


def test_hmc_is_chosen_by_its_name():
    options = {"chains": 2, "warmup": 150, "draws": 20}
    chain = sample(gaussian(), method="hmc", **options)
    np.testing.assert_array_equal(chain.samples, sample_hmc(gaussian(), **options).samples)


def test_unknown_method_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"sampling method.*'hcm'.*hmc"):
        sample(gaussian(), method="hcm")


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("hmc", {"walkers": 8}, "walkers is no option of method 'hmc', which takes .*chains"),
        ("hmc", {"until": "steps", "steps": 5}, "until, steps is no option of method 'hmc'"),
        ("emcee", {"chains": 4}, "chains is no option of method 'emcee', which takes .*walkers"),
    ],
)
def test_options_of_the_other_method_are_refused(method, options, said):
    with pytest.raises(TypeError, match=said):
        sample(gaussian(), method=method, **options)


def test_hmc_is_not_resumed(tmp_path):
    with pytest.raises(ValueError, match="are not resumed"):
        sample(gaussian(), method="hmc", folder=tmp_path, resume=True)
    assert list(tmp_path.iterdir()) == []
