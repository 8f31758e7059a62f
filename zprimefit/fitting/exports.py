"""A chain as other tools take it: ArviZ and GetDist.

Walkers of emcee are chains of their own there. Burn-in is left out, and nothing is thinned.
"""

from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from zprimefit.fitting.extras import imported
from zprimefit.fitting.transitions import Transitions

Floats = NDArray[np.float64]


class Sampled(Protocol):
    """What is taken of a chain; :class:`zprimefit.fitting.chain.Chain` says what each is."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the free parameters."""
        ...

    @property
    def units(self) -> tuple[str, ...]:
        """Their units."""
        ...

    @property
    def latex(self) -> tuple[str, ...]:
        """Their symbols."""
        ...

    @property
    def samples(self) -> Floats:
        """(ensembles, steps, walkers, n_free)."""
        ...

    @property
    def log_likelihood(self) -> Floats:
        """(ensembles, steps, walkers)."""
        ...

    @property
    def log_prior(self) -> Floats:
        """(ensembles, steps, walkers)."""
        ...

    @property
    def burn(self) -> int:
        """Steps of burn-in."""
        ...

    @property
    def transitions(self) -> Transitions | None:
        """Of Hamiltonian Monte Carlo."""
        ...


def to_arviz(chain: Sampled) -> Any:
    """Return what ArviZ works with: InferenceData of 0.x, a DataTree of 1.x.

    Groups ``posterior``, by parameter, and ``sample_stats`` with ``lp``, ln of likelihood and prior, and
    ``diverging`` for Hamiltonian Monte Carlo.

    Raises
    ------
    ModuleNotFoundError
        Without ArviZ.
    """
    arviz = imported("arviz", what="to_arviz", extra="export")
    posterior = {name: _by_chain(chain, chain.samples[..., i]) for i, name in enumerate(chain.names)}
    stats: dict[str, Any] = {"lp": _by_chain(chain, chain.log_likelihood + chain.log_prior)}
    if chain.transitions is not None:
        diverging = np.zeros(chain.log_likelihood.shape[:2], dtype=bool)
        for place in chain.transitions.places:
            diverging[place] = True
        stats["diverging"] = diverging[:, chain.burn :]
    attributes = {"inference_library": "zprimefit", "inference_library_version": version("zprimefit")}
    groups = {"posterior": posterior, "sample_stats": stats}
    if int(version("arviz").partition(".")[0]) >= 1:
        return arviz.from_dict(groups, attrs={"/": attributes})
    return arviz.from_dict(**groups, attrs=attributes)


def to_getdist(chain: Sampled, analysis: Any = None) -> Any:
    """Return GetDist's MCSamples, one chain a walker; ``loglikes`` are - ln (likelihood x prior).

    Parameters
    ----------
    analysis : what was sampled; the ends of its priors become ranges, without which smoothed densities leak over them.

    Raises
    ------
    ModuleNotFoundError
        Without GetDist.
    """
    getdist = imported("getdist", what="to_getdist", extra="export")
    columns = [_by_chain(chain, chain.samples[..., i]) for i in range(len(chain.names))]
    weights = _by_chain(chain, chain.log_likelihood + chain.log_prior)
    priors = {} if analysis is None else {p.name: p.effective_prior for p in analysis.free}
    return getdist.MCSamples(
        samples=list(np.stack(columns, axis=-1)),
        loglikes=list(-weights),
        names=list(chain.names),
        labels=[_label(*both) for both in zip(chain.latex, chain.units, strict=True)],
        ranges={name: (prior.low, prior.high) for name, prior in priors.items()},
        settings={"ignore_rows": 0},
    )


def _label(latex: str, unit: str) -> str:
    return latex if unit == "1" else rf"{latex}\;[\mathrm{{{unit}}}]"


def _by_chain(chain: Sampled, numbers: Floats) -> Floats:
    """Numbers (ensembles, steps, walkers) after burn-in as (ensembles x walkers, steps)."""
    kept = np.moveaxis(numbers[:, chain.burn :], 1, 2)
    return kept.reshape(-1, kept.shape[-1])
