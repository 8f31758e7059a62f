"""The plane of the explorer: limits on the coupling against m_Z' with all else as in a point, and -2 ln L over it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import jax
import jax.numpy as jnp
import numpy as np
from contourpy import contour_generator
from numpy.typing import NDArray

from zprimefit.analyses.analysis import Analysis
from zprimefit.analyses.sharing import Sharing
from zprimefit.likelihoods.anomalies import AnomalousBaryonNumber
from zprimefit.likelihoods.babar import BabarInvisible
from zprimefit.likelihoods.na64 import Na64Invisible
from zprimefit.parameters import Parameter
from zprimefit.plots.exclusion import Limit
from zprimefit.report.coupling_limits import MASS, crossing, upper_crossing

Array = NDArray[np.float64]
COUPLINGS: Final = ("g_B", "g_BL")
"""Gauge couplings of the models; of others the first free parameter on a log scale without unit."""
N_MASSES: Final = 70
N_COUPLINGS: Final = 81
N_MAP: Final = 40
"""Points of -2 ln L along either axis."""
OUTSIDE: Final = (AnomalousBaryonNumber, Na64Invisible, BabarInvisible)
"""Limits that the right panel of Fig. 6 of arXiv:2006.01948 is made of: drawn where an analysis has none."""
LEVELS: Final = (2.30, 6.18)
"""Delta(-2 ln L) of 68.27 and 95.45 % CL, 2 dof."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Two free parameters of an analysis, and the limits that move in them.

    Parameters
    ----------
    analysis : whose limits.
    mass, coupling : the parameters.
    """

    analysis: Analysis
    mass: Parameter
    coupling: Parameter

    @property
    def indices(self) -> tuple[int, int]:
        """Of mass and coupling among the free parameters."""
        names = self.analysis.free_parameters
        return names.index(self.mass.name), names.index(self.coupling.name)

    @cached_property
    def axes(self) -> tuple[Array, Array]:
        """Masses (n_masses,) and couplings (n_couplings,) that limits are looked for at."""
        return _spaced(self.mass, N_MASSES), _spaced(self.coupling, N_COUPLINGS)

    def place(self, values: Array) -> tuple[float, float]:
        """Where a point lies: (mass, coupling)."""
        i, j = self.indices
        return float(values[i]), float(values[j])

    def moved(self, values: Array, place: tuple[float, float]) -> Array:
        """The point (n_free,) at another place, within the bounds."""
        found = np.array(values)
        for index, parameter, value in zip(self.indices, (self.mass, self.coupling), place, strict=True):
            found[index] = np.clip(value, *parameter.bounds)
        return found

    @cached_property
    def limits_of_the_analysis(self) -> bool:
        """Whether what is drawn takes part in the analysis; it is what Fig. 6 draws otherwise."""
        return bool(self._own)

    @cached_property
    def _own(self) -> tuple[Any, ...]:
        moving = {self.mass.name, self.coupling.name}
        touched = self.analysis.touched_by
        return tuple(c for c in self.analysis.components if hasattr(c, "mu") and moving <= touched[c.name])

    @cached_property
    def _drawn(self) -> dict[str, Any]:
        """Label -> component."""
        model = self.analysis.model
        if self._own:
            return {c.name: c for c in self._own}
        others = [kind() for kind in OUTSIDE]
        able = [c for c in others if all(hasattr(model, name) for name in c.observables)]
        return {c.name: c for c in able if not getattr(c, "reason", lambda _model: "")(model)}

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the limits, in their order."""
        return tuple(self._drawn)

    @cached_property
    def _rates(self) -> dict[str, Any]:
        """Label -> compiled function of the values (n_free,): rates over the limit (n_masses, n_couplings)."""
        return {label: self._compiled(component) for label, component in self._drawn.items()}

    def _compiled(self, component: Any) -> Any:
        model, names = Sharing(self.analysis.model), (self.mass.name, self.coupling.name)
        masses, couplings = map(jnp.asarray, self.axes)

        def rates(values: Any) -> Any:
            params = self.analysis.params(values)

            def at(mass: Any, coupling: Any) -> Any:
                return component.mu(model, {**params, **dict(zip(names, (mass, coupling), strict=True))})

            return jax.lax.map(lambda m: jax.vmap(lambda g: at(m, g))(couplings), masses)

        return jax.jit(rates)

    def limit(self, label: str, values: Array) -> Limit:
        """A limit in the plane with all other parameters as at values (n_free,)."""
        masses, couplings = self.axes
        rates = np.nan_to_num(np.asarray(self._rates[label](np.asarray(values, dtype=np.float64))), nan=0.0)
        kind: Literal["excluded", "projection"] = "excluded" if self.limits_of_the_analysis else "projection"
        return Limit(label, masses, crossing(rates, couplings), upper_crossing(rates, couplings), kind)

    def contours(self, values: Array) -> list[tuple[float, Array]]:
        """Lines of -2 ln L in the plane, :data:`LEVELS` above its lowest there: (level, (n, 2)).

        All other parameters are as at values (n_free,): nothing is profiled.
        """
        x, y = _spaced(self.mass, N_MAP), _spaced(self.coupling, N_MAP)
        i, j = self.indices
        points = np.repeat(np.asarray(values, dtype=np.float64)[None], N_MAP**2, axis=0)
        points[:, i], points[:, j] = np.tile(x, N_MAP), np.repeat(y, N_MAP)
        heights = self.analysis.minus2lnl_batch(points).reshape(N_MAP, N_MAP)
        heights = np.where(np.isfinite(heights), heights, np.nan)
        if not np.isfinite(heights).any():
            return []
        found = contour_generator(np.log(x), np.log(y), np.ma.masked_invalid(heights - np.nanmin(heights)))
        return [(level, np.exp(np.asarray(line))) for level in LEVELS for line in found.lines(level)]


def ends_of(parameter: Parameter) -> tuple[float, float]:
    """Of a logarithmic axis: the bounds; of a parameter that goes to zero, from where its scale is logarithmic."""
    low, high = parameter.bounds
    return (low if low > 0 else parameter.asinh_scale), high


def _spaced(parameter: Parameter, n: int) -> Array:
    return np.geomspace(*ends_of(parameter), n)


def plane_of(analysis: Analysis) -> Plane | None:
    """Plane of m_Z' and the gauge coupling, where both are free and on no linear scale; None otherwise."""
    free = {p.name: p for p in analysis.free if p.scale != "linear" and p.bounds[1] > 0}
    candidates = (*COUPLINGS, *(name for name, p in free.items() if p.unit == "1"))
    coupling = next((name for name in candidates if name in free), None)
    if MASS not in free or coupling is None:
        return None
    return Plane(analysis, free[MASS], free[coupling])
