"""Evidence by nested sampling, where it is known in closed form."""

import math
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
from chain_toys import COVARIANCE, MEAN, Toy, gaussian, parameter, with_holes

from zprimefit.analyses import Analysis
from zprimefit.fitting.ensemble_run import BadLikelihoodError
from zprimefit.fitting.evidence import evidence, evidence_without_new_physics
from zprimefit.fitting.evidence_record import Evidence
from zprimefit.likelihoods.component import UserComponent
from zprimefit.priors import Prior

EXACT = math.log(2 * math.pi * math.sqrt(np.linalg.det(COVARIANCE)) / 100)
"""ln of a normalised Gaussian's weight in a flat prior of 10 x 10."""


@pytest.fixture(scope="module")
def found():
    return evidence(gaussian(), live=400)


def test_evidence_of_a_gaussian_is_its_volume_over_the_priors(found):
    assert 0.02 < found.error < 0.2
    assert abs(found.log_z - EXACT) < 4 * found.error


def test_information_is_what_the_priors_lost(found):
    # Int p ln(p / pi) of a Gaussian in two dimensions
    assert found.information == pytest.approx(-EXACT - 1, abs=4 * found.error)


def test_compression_is_the_ratio_of_the_widths(found):
    widths = 2 * 0.99998 * np.sqrt(np.diag(COVARIANCE))
    assert found.compression == pytest.approx(np.log(0.6827 * 10 / widths), abs=0.1)


def test_weighted_samples_have_the_posteriors_mean_and_spread(found):
    shares = np.exp(found.log_weights)
    assert shares.sum() == pytest.approx(1.0, rel=1e-6)
    mean = shares @ found.samples
    assert mean == pytest.approx(MEAN, abs=4 * 0.2 / math.sqrt(found.ess))
    spread = (found.samples - mean).T @ ((found.samples - mean) * shares[:, None])
    assert spread == pytest.approx(COVARIANCE, rel=0.15)


def test_a_parameter_that_the_data_say_nothing_of_costs_nothing():
    measured = UserComponent(lambda x: (x / 0.1) ** 2, ("x",), "measured", n_data=1)
    idle = UserComponent(lambda u: 0.0 * u, ("u",), "idle")
    parameters = (parameter("x", -5.0, 5.0), parameter("u", 1e-4, 1e-1, "log"))
    found = evidence(Analysis(Toy(parameters), (measured, idle), name="idle"), live=200)
    assert abs(found.log_z - math.log(math.sqrt(2 * math.pi) * 0.1 / 10)) < 4 * found.error
    assert found.compression[1] == pytest.approx(0.0, abs=0.15)
    assert found.compression[0] == pytest.approx(math.log(0.6827 * 10 / 0.2), abs=0.2)


def test_evidence_of_a_gaussian_in_many_parameters_is_the_same_walked_to():
    names = tuple("abcdef")
    measured = UserComponent(lambda **x: sum((v / 0.2) ** 2 for v in x.values()), names, "measured", n_data=6)
    parameters = tuple(parameter(name, -5.0, 5.0) for name in names)
    found = evidence(Analysis(Toy(parameters), (measured,), name="many"), live=100)
    assert found.error < 0.5
    assert abs(found.log_z - 6 * math.log(math.sqrt(2 * math.pi) * 0.2 / 10)) < 4 * found.error


def test_a_prior_twice_as_wide_costs_the_logarithm_of_two():
    def with_width(width):
        prior = Prior("uniform", -width, width)
        measured = UserComponent(lambda x: (x / 0.1) ** 2, ("x",), "measured", n_data=1)
        return Analysis(Toy((parameter("x", -20.0, 20.0, prior=prior),)), (measured,), name="line")

    narrow, wide = (evidence(with_width(width), live=300) for width in (5.0, 10.0))
    difference, error = narrow.against(wide)
    assert abs(difference - math.log(2)) < 4 * error


def test_the_same_seed_gives_the_same_numbers_and_they_read_back(found):
    again = evidence(gaussian(), live=400)
    assert again.to_json() == found.to_json()
    read = Evidence.from_json(found.to_json())
    assert read.to_json() == found.to_json()
    assert str(read) == str(found)
    assert f"ln Z = {found.log_z:.3f} +- {found.error:.3f}" in str(found)
    assert list(found.to_frame()) == ["a", "b", "weight", "log_likelihood"]


def test_without_new_physics_the_evidence_is_the_likelihood():
    @dataclass(frozen=True)
    class WithNothing(Toy):
        no_new_physics = {"x": 0.0}  # noqa: RUF012

    measured = UserComponent(lambda x: (x - 3.0) ** 2, ("x",), "measured", n_data=1)
    analysis = Analysis(WithNothing((parameter("x", -20.0, 20.0),)), (measured,), name="line")
    nothing = evidence_without_new_physics(analysis)
    assert (nothing.log_z, nothing.error) == (-4.5, 0.0)
    difference, error = evidence(analysis, live=200).against(nothing)
    assert abs(difference - (math.log(math.sqrt(2 * math.pi) / 40) + 4.5)) < 4 * error
    with pytest.raises(ValueError, match="does not say which couplings"):
        evidence_without_new_physics(replace(analysis, model=Toy(analysis.model.parameters)))


def test_models_that_see_other_data_are_not_compared(found):
    with pytest.raises(
        ValueError, match=r"0 data points against 5; both .* the same data, or be compared by bayes_factor"
    ):
        found.against(replace(found, n_data=5))


def test_progress_is_told():
    lines = []
    evidence(gaussian(), live=50, progress=lambda state: lines.append(str(state)))
    assert lines[0].startswith("iteration 0, ")
    assert "ln Z = " in lines[0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"live": 4}, "4 live points are too few for 2 free parameters"),
        ({"dlogz": 0.0}, "dlogz must be positive"),
        ({"live": 0}, "live must be a positive whole number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        evidence(gaussian(), **settings)


def test_too_few_calls_are_no_result():
    with pytest.raises(RuntimeError, match=r"300 calls left .* raise max_calls"):
        evidence(gaussian(), live=100, max_calls=300)


def test_too_many_points_without_a_number_stop_it():
    with pytest.raises(BadLikelihoodError, match="faulty"):
        evidence(with_holes(0.5), live=100)


def test_missing_library_is_named_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dynesty", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "zprimefit\[nested\]"'):
        evidence(gaussian())


def test_samples_of_equal_weight_have_the_posteriors_mean_and_spread(found):
    samples = found.posterior()
    assert samples.shape == (round(found.ess), 2)
    assert samples.mean(axis=0) == pytest.approx(MEAN, abs=4 * 0.2 / math.sqrt(found.ess))
    assert np.cov(samples.T) == pytest.approx(COVARIANCE, rel=0.15)
    assert found.posterior(10).shape == (10, 2)


def test_sample_that_was_met_twice_counts_once(found):
    assert found.repeated == 0
    # the second half of the samples stands where the first does
    half = len(found.samples) // 2
    twice = replace(
        found,
        samples=np.tile(found.samples[:half], (2, 1)),
        log_weights=np.full(2 * half, -math.log(2 * half)),
        log_likelihood=found.log_likelihood[: 2 * half],
    )
    assert twice.ess == pytest.approx(half)
    assert twice.repeated == pytest.approx(1.0)
    assert "100.0 % of the posterior is in samples met more than once: walks got stuck" in str(twice)


def test_posterior_without_samples_is_refused(found):
    nothing = replace(found, samples=np.zeros((0, 2)), log_weights=np.zeros(0))
    with pytest.raises(ValueError, match="expected n >= 1, got 0 of 0 samples"):
        nothing.posterior()


def test_corner_of_the_posterior_says_how_it_was_found(found):
    drawn = found.corner(gaussian(), {"here": {"x": 1.0}})
    assert "posterior by nested sampling, ln Z" in " ".join(drawn.figure.get_suptitle().split())
    assert len(drawn.table) == round(found.ess)


def test_corner_of_another_analysis_is_refused(found):
    with pytest.raises(ValueError, match="its parameters are"):
        found.corner(with_holes(0.1))
    with pytest.raises(KeyError, match="nowhere"):
        found.corner(gaussian(), "nowhere")
