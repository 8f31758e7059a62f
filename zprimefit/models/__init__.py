"""Nature: from parameters to couplings, cross sections, widths and loops."""

import zprimefit.numerics  # noqa: F401  (double precision before the first trace)
from zprimefit.models.blsm import BLSM
from zprimefit.models.loops import vector_anomalous_moment
from zprimefit.models.sources import PairSource
from zprimefit.models.z2hdm import Z2HDM

__all__ = ["BLSM", "Z2HDM", "PairSource", "vector_anomalous_moment"]
