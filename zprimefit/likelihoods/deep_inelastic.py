"""Deep-inelastic neutral currents as a veto: how much a light vector may change the total cross section.

arXiv:2006.01948, Fig. 8, compares its Z' with the cross section that neutrino telescopes and accelerators agree with to
some percent. There is no data set behind it: the largest relative change at a few energies is held against one relative
error of flux and cross section.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.limit_observation import SingleLimit
from zprimefit.models.deep_inelastic import QUARKS, PartonNodes, heavy_neutrino, neutral_current, parton_nodes
from zprimefit.models.upscattering import heavy_neutrinos_of
from zprimefit.numerics.slopes import largest

Array = NDArray[np.float64]

ENERGIES: Final = (10.0, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7)
"""Neutrino energies [GeV]; the range of Fig. 8."""
CL: Final = 0.90


@dataclass(frozen=True)
class DeepInelastic(SingleLimit):
    """Background-limited term in the largest relative change of the neutral-current cross section of nu_mu.

    Parameters
    ----------
    relative_error : of the cross section, flux included; one standard deviation.
    energies : neutrino energies [GeV].

    Raises
    ------
    ValueError
        For an error that is not positive, or energies without Q^2 > 1 GeV^2.
    """

    relative_error: float = 0.05
    energies: tuple[float, ...] = ENERGIES
    name: str = field(default="nc-dis", init=False)
    cite: tuple[str, ...] = field(default=("2006.01948", "Gluck:1994uf"), init=False)
    n_data: int = field(default=0, init=False)
    cl: float = field(default=CL, init=False)
    observables: tuple[str, ...] = field(default=("vector",), init=False)
    samples: tuple[str, ...] = field(default=(), init=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return (f"relative error of {self.relative_error:g}, taken from no publication (unconfirmed)",)

    def __post_init__(self) -> None:
        if not 0 < self.relative_error < np.inf:
            msg = f"{self.name}: relative_error must be positive and finite, got {self.relative_error!r}"
            raise ValueError(msg)
        object.__setattr__(self, "energies", tuple(float(e) for e in self.energies))
        if not self.energies:
            msg = f"{self.name}: energies must name at least one neutrino energy in GeV"
            raise ValueError(msg)
        parton_nodes(self.energies, n=1)

    @cached_property
    def nodes(self) -> PartonNodes:
        """Parton densities at the energies."""
        with jax.ensure_compile_time_eval():
            return parton_nodes(self.energies)

    @cached_property
    def standard(self) -> Array:
        """Cross sections of Z exchange alone [cm^2], (n_energies,)."""
        with jax.ensure_compile_time_eval():
            return np.asarray(neutral_current(self.nodes))

    def shares(self, model: Any, params: Params) -> dict[str, Any]:
        """Relative changes (n_energies,): ``heavy`` by upscattering, ``active`` by the amplitude beside Z exchange."""
        vector = model.vector(params)
        active = vector.coupling("nu_mu")[0]
        couplings = {quark: vector.coupling(quark)[0] for quark in QUARKS}
        products = {quark: active * coupling for quark, coupling in couplings.items()}
        made = sum(
            (
                heavy.strengths.get("mu", 0.0) * heavy_neutrino(self.nodes, couplings, vector.mass, heavy.mass)
                for heavy in heavy_neutrinos_of(model, params)
            ),
            jnp.zeros(len(self.energies)),
        )
        return {
            "heavy": made / self.standard,
            "active": neutral_current(self.nodes, products, vector.mass) / self.standard - 1,
        }

    def mu(self, model: Any, params: Params) -> Any:
        """Largest relative change over the one at the limit."""
        shares = self.shares(model, params)
        change = largest(jnp.abs(shares["heavy"] + shares["active"]))
        return change / (float(norm.ppf((1 + CL) / 2)) * self.relative_error)
