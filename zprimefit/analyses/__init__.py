"""An analysis: model, parameters and likelihood components, from Python or from a YAML file."""

from zprimefit.analyses.analysis import Analysis

__all__ = ["Analysis"]
