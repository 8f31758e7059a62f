"""MiniBooNE: beam, acceptance, response, statistic and surrogate of the electron-like excess."""

from zprimefit.likelihoods.miniboone.likelihood import BoundMiniBooNE, MiniBooNE

__all__ = ["BoundMiniBooNE", "MiniBooNE"]
