"""COHERENT: coherent neutrino-nucleus scattering at the Spallation Neutron Source."""

from zprimefit.likelihoods.coherent.csi import CoherentCsI2017, CoherentCsI2021
from zprimefit.likelihoods.coherent.lar import CoherentLAr

__all__ = ["CoherentCsI2017", "CoherentCsI2021", "CoherentLAr"]
