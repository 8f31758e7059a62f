"""Paper A: light Z', second Higgs doublet, dark neutrino (arXiv:2006.01948)."""

from zprimefit.models.z2hdm.decays import SCALARS
from zprimefit.models.z2hdm.model import CHANNELS, Z2HDM

__all__ = ["CHANNELS", "SCALARS", "Z2HDM"]
