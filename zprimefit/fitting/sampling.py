"""The choice of a sampler: ensembles of emcee, or Hamiltonian Monte Carlo."""

import inspect
from collections.abc import Callable
from typing import Any, Literal

from zprimefit.fitting import ensemble
from zprimefit.fitting.chain import Chain
from zprimefit.fitting.hamiltonian import sample_hmc
from zprimefit.names import unknown_name

Method = Literal["emcee", "hmc"]

_SAMPLERS: dict[str, Callable[..., Chain]] = {"emcee": ensemble.sample, "hmc": sample_hmc}


def sample(analysis: Any, *, method: Method = "emcee", **options: Any) -> Chain:
    """Sample the posterior of an analysis.

    Parameters
    ----------
    analysis : the analysis; its parameters carry scales and priors.
    method : ``"emcee"``, ensembles of walkers in blocks that can be resumed, or ``"hmc"``, trajectories along the
        gradient (needs ``pip install "zprimefit[hmc]"``; not resumed).
    options : of both: fit, seed, folder, identity, progress. Of emcee: walkers, ensembles, until, steps, max_steps,
        block, resume, see :func:`zprimefit.fitting.ensemble.sample`. Of hmc: chains, warmup, draws, target, max_depth,
        see :func:`zprimefit.fitting.hamiltonian.sample_hmc`.

    Raises
    ------
    ValueError
        For an unknown method or a setting that makes no sense.
    TypeError
        For an option that is not one of the method's.
    ModuleNotFoundError
        If the method needs a library that is not installed.
    StartError
        If too few points of the prior have a finite likelihood.
    ChainStoreError
        If the folder holds a chain that is not continued, or cannot be written.
    BadLikelihoodError
        If the likelihood is no number at more than 1 % of the points.
    """
    if method not in _SAMPLERS:
        raise ValueError(unknown_name("sampling method", method, list(_SAMPLERS)))
    if method == "hmc" and options.pop("resume", False):
        msg = (
            "sample: runs with method 'hmc' are not resumed, their chain is written at the end; sample again into "
            "another folder with more draws, or use method 'emcee'"
        )
        raise ValueError(msg)
    known = [name for name, p in inspect.signature(_SAMPLERS[method]).parameters.items() if p.kind is p.KEYWORD_ONLY]
    foreign = [name for name in options if name not in known]
    if foreign:
        msg = f"sample: {', '.join(foreign)} is no option of method {method!r}, which takes {', '.join(known)}"
        raise TypeError(msg)
    return _SAMPLERS[method](analysis, **options)
