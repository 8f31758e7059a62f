"""Nature: from parameters to couplings, cross sections, widths and loops."""

import zprimefit.numerics  # noqa: F401  (double precision before the first trace)
from zprimefit.models.sources import PairSource
from zprimefit.models.z2hdm import Z2HDM

__all__ = ["Z2HDM", "PairSource"]
