"""MiniBooNE's neutral-current elastic sample as a term of the likelihood.

The released simulation is reweighted bin by bin of the nucleon's true kinetic energy by the flux-averaged
d sigma / dQ2 of Z exchange, the vector added to it and upscattering, over that of the simulation, and goes through the
released migration matrices. The axial mass is profiled within its bounds: it moves the spectrum much as a vector does.
The released covariance has the flux in it (18 % of the sum), so there is no further normalisation error unless one is
asked for. The irreducible background stays as simulated. Electron neutrinos, 0.6 % of the beam, are neglected, and so
is what the vector does on carbon as a whole, which leaves too little energy to see.

The antineutrino sample (arXiv:1309.7257) that arXiv:2006.01948 compares with has no published numbers to read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from zprimefit.datasets import nucleon_elastic
from zprimefit.likelihoods.component import Nuisances, Params
from zprimefit.likelihoods.confirmation import unconfirmed
from zprimefit.likelihoods.nucleon_elastic.beam import neutrinos_and_antineutrinos, tail_moments
from zprimefit.likelihoods.nucleon_elastic.observation import ElasticObservation
from zprimefit.likelihoods.nucleon_elastic.simulation import Simulation, simulation
from zprimefit.models.llewellyn_smith import NUCLEONS, at_axial_form_factor, axial_form_factor, elastic
from zprimefit.models.upscattering import heavy_neutrinos_of, least_energy, shifted_form_factors, upscattering
from zprimefit.names import check_name
from zprimefit.numerics.quadrature import lagrange, unit_rule
from zprimefit.parameters import Parameter

AXIAL_MASS: Final = "M_A"
EXACT: Final = 22.0
"""Logarithm of how much smaller than chi^2 the error of its polynomial in the axial mass is."""

LOOKS: Final = np.linspace(0.0, 1.0, 257)
"""Parts of the range between its bounds at which that polynomial is looked at."""


@dataclass(frozen=True)
class MiniBooNENucleonElastic:
    """Chi-square of 51 bins of reconstructed nucleon kinetic energy, neutrino mode, the axial mass profiled.

    Parameters
    ----------
    axial_mass : lower and upper bound of the profiled axial mass [GeV]; equal bounds fix it.
    normalisation : relative error of the elastic prediction beside the released covariance.
    pulls : the axial mass ``"profiled"`` inside, or ``"exposed"`` as the parameter ``M_A`` of the analysis.

    Raises
    ------
    ValueError
        For bounds that are not positive and in order, or a normalisation error that is negative or not finite.
    """

    axial_mass: tuple[float, float] = (1.0, 1.4)
    normalisation: float = 0.0
    pulls: Nuisances = "profiled"
    name: str = field(default="miniboone-ncel", init=False)
    cite: tuple[str, ...] = field(default=("1007.4730", "0806.1449"), init=False)
    observables: tuple[str, ...] = field(default=("vector",), init=False)
    samples: tuple[str, ...] = field(default=("MiniBooNE neutral-current elastic, neutrino mode",), init=False)

    def __post_init__(self) -> None:
        bounds = tuple(self.axial_mass)
        if len(bounds) != 2 or not (0 < bounds[0] <= bounds[1] < np.inf):
            msg = f"{self.name}: axial_mass must be two ascending positive numbers in GeV, got {self.axial_mass!r}"
            raise ValueError(msg)
        check_name(f"pulls of {self.name}", self.pulls, ("profiled", "exposed"))
        if not 0 <= self.normalisation < np.inf:
            msg = f"{self.name}: normalisation must be a relative error, finite and >= 0, got {self.normalisation!r}"
            raise ValueError(msg)
        object.__setattr__(self, "axial_mass", (float(bounds[0]), float(bounds[1])))

    @property
    def n_data(self) -> int:
        """Number of bins."""
        return int(nucleon_elastic().data.size)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is not confirmed."""
        return unconfirmed("miniboone-ncel-2010/inputs", ["axial_mass_simulated"])

    @cached_property
    def simulation(self) -> Simulation:
        """The release, ready for reweighting."""
        with jax.ensure_compile_time_eval():
            return simulation(self.name)

    # -- cross sections -------------------------------------------------------------------------------------------

    def cross_sections(self, model: Any, params: Params) -> Any:
        """Flux-averaged d sigma / dQ2 times flux at the nodes as a polynomial in G_A: (2 nucleons, 3 powers, n)."""
        vector, fixed = model.vector(params), self.simulation
        active, made = vector.coupling("nu_mu")[0], jnp.zeros(len(fixed.q2))
        for heavy in heavy_neutrinos_of(model, params):
            above, _ = neutrinos_and_antineutrinos(tail_moments("fhc")(least_energy(fixed.q2, heavy.mass)))
            strength = heavy.strengths.get("mu", 0.0)
            made = made + strength * upscattering(fixed.q2, heavy.mass, vector.mass, above)
        found = []
        for nucleon, factors in zip(NUCLEONS, fixed.form_factors, strict=True):
            coupling = vector.coupling(nucleon)[0]
            f1, f2 = shifted_form_factors(fixed.q2, *factors, active * coupling, vector.mass)
            plain, linear, square = elastic(fixed.q2, f1, f2, *fixed.moments)
            found.append(jnp.stack([plain + coupling**2 * made, linear, square]))
        return jnp.stack(found)

    def _elastic(self, responses: tuple[Any, ...], cross_sections: Any, axial_mass: Any) -> Any:
        """What elastic scattering gives in reconstructed bins (51,), by the responses of proton and neutron."""
        q2 = self.simulation.q2
        return sum(
            response @ at_axial_form_factor(parts, axial_form_factor(q2, nucleon, axial_mass))
            for nucleon, parts, response in zip(NUCLEONS, cross_sections, responses, strict=True)
        )

    def predict(self, model: Any, params: Params, axial_mass: Any = None) -> Any:
        """Expected counts (51,), background included, at an axial mass [GeV]; at the profiled one by default."""
        found, fixed = self.cross_sections(model, params), self.simulation
        mass = self._profiled(found) if axial_mass is None else axial_mass
        return fixed.background + self._elastic(fixed.responses, found, mass)

    # -- likelihood -----------------------------------------------------------------------------------------------

    def fitted_axial_mass(self, model: Any, params: Params) -> Any:
        """Profiled axial mass [GeV]."""
        return self._profiled(self.cross_sections(model, params))

    def _whitened(self, cross_sections: Any, axial_mass: Any) -> Any:
        """Elastic events in uncorrelated combinations of bins (51,)."""
        return self._elastic(self.simulation.whitened_responses, cross_sections, axial_mass)

    def _chi2(self, cross_sections: Any, axial_mass: Any, data: Any = None) -> Any:
        excess, centre = (self.simulation.whitened_excess, 0.0) if data is None else (data[:-1], data[-1])
        events = self._whitened(cross_sections, axial_mass)
        residual = excess - (1 + centre) * events
        chi2 = jnp.sum(residual**2)
        if self.normalisation == 0:
            return chi2
        # minimum over the normalisation, whose own term is [(shift - centre) / error]^2
        return chi2 - jnp.sum(events * residual) ** 2 / (jnp.sum(events**2) + self.normalisation**-2)

    @property
    def _nodes(self) -> int:
        """Of chi^2 in the axial mass: the dipole is singular at zero, which is what its polynomials converge by."""
        low, high = self.axial_mass
        return int(np.ceil(EXACT / np.arccosh((high + low) / (high - low))))

    def _nearest(self, cross_sections: Any, data: Any = None) -> Any:
        """Axial mass at the minimum of a polynomial through chi^2, held where derivatives are asked for.

        Within the bounds by default chi^2 there is its minimum to 1e-9, and its derivatives by logarithms of parameters
        are those of the minimum to 1e-4. For second derivatives take :meth:`_profiled`.
        """
        low, high = self.axial_mass
        if low == high:
            return jnp.asarray(low)
        value, n = partial(self._chi2, jax.lax.stop_gradient(cross_sections), data=data), self._nodes
        looks = lagrange(n, LOOKS) @ jax.vmap(value)(low + (high - low) * unit_rule(n)[0])
        # least of a parabola through the three deepest, or the end that it falls to
        k = jnp.clip(jnp.argmin(looks), 1, len(LOOKS) - 2)
        left, middle, right = (looks[k + step] for step in (-1, 0, 1))
        bend = jnp.maximum(left - 2 * middle + right, np.finfo(float).tiny)
        shift = jnp.clip((left - right) / (2 * bend), -1.0, 1.0)
        return jax.lax.stop_gradient(low + (high - low) * (k + shift) / (len(LOOKS) - 1))

    def _profiled(self, cross_sections: Any) -> Any:
        """Axial mass at the minimum; its derivatives are exact."""
        low, high = self.axial_mass
        if low == high:
            return jnp.asarray(low)
        found, value = self._nearest(cross_sections), partial(self._chi2, jax.lax.stop_gradient(cross_sections))
        # A Newton step in which the cross sections are not held: it moves next to nothing and carries the derivative;
        # none of more than the whole range, and none uphill
        least = jnp.maximum(jnp.abs(_slope(value, found)), 1.0) / (high - low)
        stiffness = jnp.maximum(_slope(partial(_slope, value), found), least)
        return jnp.clip(found - _slope(partial(self._chi2, cross_sections), found) / stiffness, low, high)

    def minus2lnl_at(self, model: Any, params: Params, axial_mass: Any) -> Any:
        """Chi-square at an axial mass [GeV], within its bounds or not."""
        return self._chi2(self.cross_sections(model, params), axial_mass)

    @cached_property
    def observation(self) -> ElasticObservation:
        """Bins and normalisation."""
        return ElasticObservation(
            self.simulation.whitened_excess,
            self.normalisation,
            self.standard_minus2lnl,
            events=self._whitened,
            squares=self._chi2,
            nearest=self._nearest,
        )

    def forecast(self, model: Any, params: Params) -> Any:
        """:meth:`cross_sections`, and the axial mass where it is exposed; None for the profiled one."""
        return self.cross_sections(model, params), params[AXIAL_MASS] if self.nuisances else None

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """Chi-square, minimised over the axial mass unless it is exposed; tamed far above the Standard Model's."""
        return self.observation.minus2lnl(self.forecast(model, params))

    @property
    def nuisances(self) -> tuple[Parameter, ...]:
        """The axial mass, where it is exposed."""
        low, high = self.axial_mass
        if self.pulls == "profiled" or low == high:
            return ()
        return (Parameter(name=AXIAL_MASS, unit="GeV", latex="M_A", default=(low + high) / 2, bounds=(low, high)),)

    def _minimum(self, cross_sections: Any) -> Any:
        return self._chi2(cross_sections, self._nearest(cross_sections))

    @cached_property
    def standard_minus2lnl(self) -> float:
        """Chi-square of the Standard Model, minimised over the axial mass."""
        fixed = self.simulation
        with jax.ensure_compile_time_eval():
            parts = [elastic(fixed.q2, *factors, *fixed.moments) for factors in fixed.form_factors]
            return float(jax.jit(self._minimum)(jnp.stack([jnp.stack(found) for found in parts])))


def _slope(function: Callable[[Any], Any], at: Any) -> Any:
    """Derivative of a function of one number, in forward mode: quick to compile."""
    return jax.jvp(function, (at,), (jnp.ones_like(at),))[1]
