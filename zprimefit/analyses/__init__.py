"""An analysis: model, parameters and likelihood components, from Python or from a YAML file."""

from zprimefit.analyses.analysis import Analysis
from zprimefit.analyses.constraints import Constraint
from zprimefit.analyses.loading import load, packaged, resolved_yaml
from zprimefit.analyses.schema import AnalysisError

__all__ = ["Analysis", "AnalysisError", "Constraint", "load", "packaged", "resolved_yaml"]
