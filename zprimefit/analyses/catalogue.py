"""Names that an analysis file may use for models and components, and what they stand for."""

from collections.abc import Callable
from typing import Any

from zprimefit.likelihoods import AnomalousMagneticMoment, MiniBooNE
from zprimefit.likelihoods.anomalies import AnomalousBaryonNumber
from zprimefit.likelihoods.babar import BabarFourMuons, BabarInvisible, BabarTauTau, BabarVisible
from zprimefit.likelihoods.beam_dumps import ElectronBeamDump, ProtonBeamDump
from zprimefit.likelihoods.coherent import CoherentCsI2017, CoherentCsI2021, CoherentLAr
from zprimefit.likelihoods.deep_inelastic import DeepInelastic
from zprimefit.likelihoods.electron_scattering.borexino import Borexino
from zprimefit.likelihoods.electron_scattering.charm_ii import CharmII
from zprimefit.likelihoods.electron_scattering.texono import Texono
from zprimefit.likelihoods.fixed_target import A1, Apex, Hps2015
from zprimefit.likelihoods.flavour import RadiativeDecay, TauToScalar, TauWidth
from zprimefit.likelihoods.heavy_neutrinos import HeavyNeutrinoMixing
from zprimefit.likelihoods.kloe import Kloe
from zprimefit.likelihoods.lep import DelphiInvisible
from zprimefit.likelihoods.minerva import Minerva
from zprimefit.likelihoods.na48 import Na48, Na62Invisible
from zprimefit.likelihoods.na64 import Na64Invisible
from zprimefit.likelihoods.nomad import NomadPhoton
from zprimefit.likelihoods.nonstandard_interactions import OscillationInteractions
from zprimefit.likelihoods.nucleon_elastic.component import MiniBooNENucleonElastic
from zprimefit.likelihoods.scalars import ChargedHiggs, HiggsToLight, HiggsToPhotons, Oblique
from zprimefit.likelihoods.theory import Perturbativity, VacuumStability
from zprimefit.likelihoods.z_mixing import ZMixing
from zprimefit.models import BLSM, Z2HDM

MODELS: dict[str, Callable[..., Any]] = {"blsm": BLSM, "z2hdm": Z2HDM}

COMPONENTS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "miniboone": (MiniBooNE, {}),
    "delta-a-mu": (AnomalousMagneticMoment, {"lepton": "mu"}),
    "delta-a-e": (AnomalousMagneticMoment, {"lepton": "e"}),
    "babar-invisible": (BabarInvisible, {}),
    "babar-visible": (BabarVisible, {}),
    "babar-4mu": (BabarFourMuons, {}),
    "babar-tautau": (BabarTauTau, {}),
    "kloe": (Kloe, {}),
    "a1": (A1, {}),
    "apex": (Apex, {}),
    "hps-2015": (Hps2015, {}),
    "na48": (Na48, {}),
    "na62-invisible": (Na62Invisible, {}),
    "delphi-invisible": (DelphiInvisible, {}),
    **{name: (ElectronBeamDump, {"experiment": name}) for name in ("e137", "e141", "e774", "kek", "orsay")},
    "na64-visible": (ElectronBeamDump, {"experiment": "na64-visible"}),
    "na64-invisible": (Na64Invisible, {}),
    **{name: (ProtonBeamDump, {"experiment": name}) for name in ("nomad-dump", "charm-dump", "nucal", "ps191")},
    "coherent-csi-2017": (CoherentCsI2017, {}),
    "coherent-csi-2021": (CoherentCsI2021, {}),
    "coherent-lar": (CoherentLAr, {}),
    "miniboone-ncel": (MiniBooNENucleonElastic, {}),
    "nc-dis": (DeepInelastic, {}),
    "nomad-photon": (NomadPhoton, {}),
    "charm-ii": (CharmII, {}),
    "minerva": (Minerva, {}),
    "borexino": (Borexino, {}),
    "texono": (Texono, {}),
    "heavy-neutrino-mixing": (HeavyNeutrinoMixing, {}),
    "u1b-anomaly": (AnomalousBaryonNumber, {}),
    "nsi-oscillation": (OscillationInteractions, {}),
    "tau-e-gamma": (RadiativeDecay, {"heavy": "tau", "light": "e"}),
    "tau-mu-gamma": (RadiativeDecay, {"heavy": "tau", "light": "mu"}),
    "mu-e-gamma": (RadiativeDecay, {"heavy": "mu", "light": "e"}),
    "tau-e-scalar": (TauToScalar, {}),
    "tau-width": (TauWidth, {}),
    "charged-higgs": (ChargedHiggs, {}),
    "oblique": (Oblique, {}),
    "higgs-invisible": (HiggsToLight, {}),
    "higgs-photons": (HiggsToPhotons, {}),
    "vacuum-stability": (VacuumStability, {}),
    "z-mixing": (ZMixing, {}),
    "perturbativity": (Perturbativity, {}),
}
"""Name -> class, and the options that the name fixes."""
