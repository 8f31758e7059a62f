"""A dark photon between 20 and 200 MeV: kinetic mixing with the photon, decays to e+e-, and the moments of leptons."""

from dataclasses import dataclass

from zprimefit.constants import ELECTRON_MASS
from zprimefit.models.loops import vector_anomalous_moment
from zprimefit.models.particles import LightVector
from zprimefit.models.reference import ELEMENTARY_CHARGE, electric
from zprimefit.models.widths import vector_to_fermions
from zprimefit.parameters import Parameter
from zprimefit.quantities import Quantity


@dataclass(frozen=True)
class VisibleDarkPhoton:
    """L = -epsilon e A'_mu J^mu of electromagnetism, below the threshold of two muons."""

    name: str = "dark photon"
    cite: tuple[str, ...] = ("0811.1030",)
    benchmarks: tuple[str, ...] = ()

    @property
    def parameters(self):
        """Mass and mixing, with unit, scale, default and domain."""
        mass = Parameter(name="m_zprime", unit="GeV", latex="m_{A'}", default=0.03, bounds=(0.02, 0.2), scale="log")
        mixing = Parameter(name="epsilon", unit="1", latex=r"\epsilon", default=1e-3, bounds=(1e-5, 1e-1), scale="log")
        return mass, mixing

    @property
    def no_new_physics(self):
        """Where there is only the Standard Model."""
        return {"epsilon": 0.0}

    def vector(self, params):
        """Mass, widths and couplings: what searches for vectors ask for."""
        charge, mass = ELEMENTARY_CHARGE * params["epsilon"], params["m_zprime"]
        return LightVector(mass, {"ee": vector_to_fermions(mass, charge, ELECTRON_MASS)}, electric(charge))

    def scalars(self, params):
        """None; searches that see scalars ask."""
        return {}

    def delta_a(self, lepton, params):
        """What the anomalous moments ask for: a vector coupling epsilon e, no axial one."""
        return vector_anomalous_moment(lepton, ELEMENTARY_CHARGE * params["epsilon"], 0.0, params["m_zprime"])

    @property
    def quantities(self):
        """Derived quantities, for tables, chains, profiles and constraints."""
        return (
            Quantity("lifetime_s", "s", r"\tau_{A'}", "lifetime", lambda params: self.vector(params).lifetime),
            Quantity("delta_a_mu", "1", r"\Delta a_\mu", "moment", lambda params: self.delta_a("mu", params)),
        )
