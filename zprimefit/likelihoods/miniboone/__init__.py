"""MiniBooNE: beam, acceptance, response, statistics and surrogate of the electron-like excess."""

from zprimefit.likelihoods.miniboone.bound import BoundMiniBooNE
from zprimefit.likelihoods.miniboone.likelihood import MiniBooNE

__all__ = ["BoundMiniBooNE", "MiniBooNE"]
