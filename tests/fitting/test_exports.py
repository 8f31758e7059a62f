"""Chains handed over to ArviZ and GetDist: the same numbers there."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from chain_toys import MEAN, gaussian

from zprimefit.fitting.sampling import sample
from zprimefit.fitting.transitions import Transitions

# ArviZ 0.x says on import that 1.x is another library
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.fixture(scope="module")
def chain():
    return sample(gaussian(), walkers=8, ensembles=2, until="steps", steps=300)


def test_every_walker_is_a_chain_of_arviz_without_burn_in(chain):
    found = chain.to_arviz()
    steps = 300 - chain.burn
    assert dict(found["posterior"].sizes) == {"chain": 16, "draw": steps}
    np.testing.assert_array_equal(found["posterior"]["b"].values[8 + 3], chain.samples[1, chain.burn :, 3, 1])


def test_arviz_has_the_density_and_who_made_it(chain):
    found = chain.to_arviz()
    lp = chain.log_likelihood[0, chain.burn :, 2] + chain.log_prior[0, chain.burn :, 2]
    np.testing.assert_array_equal(found["sample_stats"]["lp"].values[2], lp)
    assert "diverging" not in found["sample_stats"]
    assert found.attrs["inference_library"] == "zprimefit"


def test_divergences_of_hamiltonian_chains_keep_their_place(chain):
    one = replace(
        chain,
        samples=chain.samples[:, :, :1],
        log_likelihood=chain.log_likelihood[:, :, :1],
        log_prior=chain.log_prior[:, :, :1],
    )
    draw = one.burn + 5
    places = ((1, draw),)
    told = Transitions(600, one.samples[1, [draw], 0], places, 100, 0, 0, 0, 0.5, (0.9, 0.9), 1800)
    diverging = replace(one, transitions=told).to_arviz()["sample_stats"]["diverging"].values
    assert np.argwhere(diverging).tolist() == [[1, draw - replace(one, transitions=told).burn]]


def test_getdist_has_the_samples_and_the_posterior(chain):
    found = chain.to_getdist(gaussian())
    assert found.getParamNames().list() == ["a", "b"]
    assert found.samples.shape == (16 * (300 - chain.burn), 2)
    assert found.means == pytest.approx(chain.samples[:, chain.burn :].reshape(-1, 2).mean(axis=0), rel=1e-12)
    assert found.means == pytest.approx(MEAN, abs=0.05)
    kept = (chain.log_likelihood + chain.log_prior)[:, chain.burn :]
    assert np.sort(found.loglikes) == pytest.approx(np.sort(-kept.ravel()), rel=1e-12)


def test_getdist_knows_the_ends_of_the_priors(chain):
    assert chain.to_getdist(gaussian()).ranges.getLower("a") == -5.0
    assert chain.to_getdist().ranges.getLower("a") is None


@pytest.mark.parametrize("name", ["arviz", "getdist"])
def test_a_missing_library_is_named_with_what_to_install(chain, name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=rf'to_{name} needs {name}: python -m pip install "zprimefit\[export'):
        getattr(chain, f"to_{name}")()
