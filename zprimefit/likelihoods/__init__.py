"""One file per experiment or observable: data, target, response and statistic."""

from zprimefit.likelihoods.component import Component, UserComponent, component
from zprimefit.likelihoods.magnetic_moments import AnomalousMagneticMoment
from zprimefit.likelihoods.miniboone import MiniBooNE

__all__ = ["AnomalousMagneticMoment", "Component", "MiniBooNE", "UserComponent", "component"]
