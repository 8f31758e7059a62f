"""KLOE and KLOE-2 at DAPHNE: photon and lepton or pion pair, and phi -> eta X."""

from dataclasses import dataclass
from typing import Literal

from zprimefit.likelihoods.recast import Annihilation, PhiToEta
from zprimefit.likelihoods.searches import ResonanceLimits, Search, selection
from zprimefit.names import check_name

KloeChannels = Literal["combined", "separate", "ee", "phi-eta"]
CHANNELS: dict[KloeChannels, tuple[str, ...]] = {
    "combined": ("kloe_ee", "kloe_phi_eta", "kloe_combined"),
    "separate": ("kloe_ee", "kloe_phi_eta", "kloe_mumu", "kloe_pipi"),
    "ee": ("kloe_ee",),
    "phi-eta": ("kloe_phi_eta",),
}
STATES = {
    "kloe_ee": ("ee",),
    "kloe_phi_eta": ("ee",),
    "kloe_mumu": ("mumu",),
    "kloe_pipi": ("pipi",),
    "kloe_combined": ("mumu", "pipi"),
}
SAMPLES = {
    "kloe_ee": ("KLOE photon and electron pair",),
    "kloe_phi_eta": ("KLOE eta and electron pair",),
    "kloe_mumu": ("KLOE photon and muon pair",),
    "kloe_pipi": ("KLOE photon and pion pair",),
    "kloe_combined": ("KLOE photon and muon pair", "KLOE photon and pion pair"),
}


@dataclass(frozen=True)
class Kloe(ResonanceLimits):
    """KLOE's limits between 5 and 987 MeV; none beyond each curve's masses.

    Parameters
    ----------
    channels : ``"combined"`` takes mu+mu- and pi+pi- by the limit that combines them (arXiv:1807.02691),
        ``"separate"`` by one limit each (arXiv:1404.7772, 1603.06086), both with gamma e+e- (arXiv:1509.00740) and
        eta e+e- (arXiv:1210.3927); or one of the latter two alone.
    """

    channels: KloeChannels = "combined"

    def __post_init__(self) -> None:
        check_name("kloe: channels", self.channels, tuple(CHANNELS))
        super().__post_init__()

    @property
    def name(self) -> str:
        """``kloe``."""
        return "kloe"

    @property
    def samples(self) -> tuple[str, ...]:
        """Final states."""
        return tuple(dict.fromkeys(sample for table in CHANNELS[self.channels] for sample in SAMPLES[table]))

    @property
    def selections(self) -> tuple[str, ...]:
        """Energy, acceptance and flight."""
        return "kloe_energy", "kloe_cos", "kloe_flight"

    @property
    def searches(self) -> tuple[Search, ...]:
        """One for each curve; decays count within 8 cm where a photon is made with X."""
        energy, cos_max, flight = map(selection, self.selections)
        photon = Annihilation(energy, cos_max)
        return tuple(
            Search(table, PhiToEta() if table == "kloe_phi_eta" else photon, STATES[table], flight=flight)
            for table in CHANNELS[self.channels]
        )
