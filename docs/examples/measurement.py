"""The muon's moment by the world average of 2023 and the theory of 2025, a pair that no reference stands for."""

from dataclasses import dataclass
from math import hypot

from zprimefit.datasets import read_table
from zprimefit.likelihoods.observation import GaussianObservation


@dataclass(frozen=True)
class MuonMoment:
    """[(Delta a_mu - measured) / sigma]^2 for a choice of experiment and theory.

    Parameters
    ----------
    experiment, theory : rows of the table ``anomalous-moments/measurements``.
    """

    experiment: str = "a_mu_exp_2023_average"
    theory: str = "a_mu_SM_WP2025"
    name: str = "muon-moment"
    cite: tuple[str, ...] = ("2308.06230", "2505.21476")
    n_data: int = 1
    observables: tuple[str, ...] = ("delta_a",)

    @property
    def observation(self) -> GaussianObservation:
        """Value and error: errors of experiment and theory are independent."""
        rows = read_table("anomalous-moments/measurements").frame.set_index("name")
        measured, expected = rows.loc[self.experiment], rows.loc[self.theory]
        error = hypot(measured["sigma"], expected["sigma"])
        return GaussianObservation.of((measured["value"] - expected["value"], error))

    def forecast(self, model, params):
        """What the model says."""
        return model.delta_a("mu", params)

    def minus2lnl(self, model, params):
        """-2 ln L at a point."""
        return self.observation.minus2lnl(self.forecast(model, params))
