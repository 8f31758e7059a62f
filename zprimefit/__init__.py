"""zprimefit: can a light Z' explain the MiniBooNE excess and the g-2 anomalies, and what do other data leave of it?

>>> import zprimefit as zf
>>> analysis = zf.load("z2hdm-miniboone")
>>> analysis.free_parameters[:3]
('m_zprime', 'm_hprime', 'm_nu4')
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zprimefit.analyses import Analysis, load
    from zprimefit.analyses.events import events
    from zprimefit.fitting.evidence import evidence
    from zprimefit.fitting.fit import fit
    from zprimefit.fitting.goodness import goodness_of_fit
    from zprimefit.fitting.parameter_goodness import parameter_goodness
    from zprimefit.fitting.sampling import sample
    from zprimefit.likelihoods import component
    from zprimefit.scans.calibration import calibrate
    from zprimefit.scans.profile import profile
    from zprimefit.scans.scan import scan
    from zprimefit.scans.toy_record import cls_of
    from zprimefit.scans.toys import toys

__version__ = version("zprimefit")

# Loaded on first use: `zprimefit --help` must not wait for JAX.
_HOMES = {
    "Analysis": "zprimefit.analyses",
    "calibrate": "zprimefit.scans.calibration",
    "cls_of": "zprimefit.scans.toy_record",
    "component": "zprimefit.likelihoods",
    "events": "zprimefit.analyses.events",
    "evidence": "zprimefit.fitting.evidence",
    "fit": "zprimefit.fitting.fit",
    "goodness_of_fit": "zprimefit.fitting.goodness",
    "load": "zprimefit.analyses",
    "parameter_goodness": "zprimefit.fitting.parameter_goodness",
    "profile": "zprimefit.scans.profile",
    "sample": "zprimefit.fitting.sampling",
    "scan": "zprimefit.scans.scan",
    "toys": "zprimefit.scans.toys",
}

__all__ = [
    "Analysis", "__version__", "calibrate", "cls_of", "component", "events", "evidence", "fit", "goodness_of_fit",
    "load", "parameter_goodness", "profile", "sample", "scan", "toys",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module 'zprimefit' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
