"""Events with two scalars in MiniBooNE: the fold, and the numbers at Table I of arXiv:2006.01948."""

import numpy as np
import pytest

from zprimefit.likelihoods.miniboone.beam import exposed_flux, highest_energy
from zprimefit.likelihoods.miniboone.double_production import double_production_events
from zprimefit.models import Z2HDM
from zprimefit.models.z2hdm.double_production import Sampling
from zprimefit.numerics.quadrature import panels

MODEL = Z2HDM()
TABLE1 = MODEL.benchmark()
QUICK = Sampling(log2_points=9, scrambles=4)


class RisesFromThreshold:
    """A model whose cross section is a formula, with an error of one permille at every energy."""

    def double_production_cross_section(self, params, energies, scalars, channel):
        above = np.maximum(np.asarray(energies) - 0.16, 0.0)
        value = (1e-38 if channel == "coherent" else 1e-39) * above**2 / (1 + above)
        return value, 1e-3 * value


def test_energy_panels_fold_a_rising_cross_section_within_a_permille():
    """Against 2000 evenly spaced nodes, ten in every bin of the flux."""
    model = RisesFromThreshold()
    found = double_production_events(model, {})
    energies, weights = panels(np.linspace(0.0, highest_energy(), 201), 10)
    exposure = np.asarray(exposed_flux(("fhc", "rhc"))(energies)) * weights
    for channel, targets in (("incoherent", 14), ("coherent", 1)):
        sigma, _ = model.double_production_cross_section({}, energies, None, channel)
        for mode, exposed in zip(("fhc", "rhc"), exposure, strict=True):
            number = found[mode, channel]
            assert number.events == pytest.approx(targets * float(exposed @ sigma), rel=1e-3)
            # independent energies: less than the permille of each
            assert 1e-4 < number.error / number.events < 1e-3


@pytest.mark.parametrize(
    ("scalars", "quartic", "complete"),
    [(("hprime", "hprime"), 10.6, 59.2), (("hprime", "H"), 1.25, 5.87), (("H", "H"), 0.036, 0.160)],
    ids=["hprime-hprime", "hprime-H", "H-H"],
)
def test_numbers_at_the_benchmark(scalars, quartic, complete):
    """In neutrino mode, before efficiency, beside 4632 single h': the 'suppressed' of section III D in numbers."""
    for amplitude, expected in (("quartic", quartic), ("complete", complete)):
        found = double_production_events(
            MODEL, TABLE1, scalars, modes=("fhc",), amplitude=amplitude, sampling=QUICK
        ).values()
        assert sum(number.events for number in found) == pytest.approx(expected, rel=0.01)
        assert all(number.error < 0.01 * number.events for number in found)
