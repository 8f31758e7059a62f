"""One file per experiment or observable: data, target, response and statistic."""

from zprimefit.likelihoods.component import Component, UserComponent, component

__all__ = ["Component", "UserComponent", "component"]
