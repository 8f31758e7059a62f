"""MiniBooNE's elastic bins as data that can be replaced.

The axial mass has no constraint but its bounds: pseudo-data are drawn at the one that the published data fit, whatever
is done with other nuisances.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.likelihoods.observation import Prescription
from zprimefit.likelihoods.taming import tamed_above

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ElasticObservation:
    """Excess in uncorrelated combinations of bins; a forecast is cross sections and an axial mass, or None.

    Data are the excess, then the centre of the normalisation (n_bins + 1,).

    Parameters
    ----------
    excess : over the background, whitened (n_bins,).
    normalisation : relative error of the elastic events.
    standard : chi^2 of the Standard Model with the published data, far above which -2 ln L is tamed.
    events : (cross sections, axial mass) -> elastic events, whitened (n_bins,).
    squares : (cross sections, axial mass, data) -> chi^2, minimised over the normalisation.
    nearest : (cross sections, data) -> axial mass at the minimum of the squares.
    """

    excess: Array
    normalisation: float
    standard: float
    events: Callable[[Any, Any], Any]
    squares: Callable[[Any, Any, Any], Any]
    nearest: Callable[[Any, Any], Any]

    def observed(self, forecast: Any) -> Array:  # noqa: ARG002
        """The excess, and no normalisation's centre moved."""
        return np.append(self.excess, 0.0)

    def minus2lnl(self, forecast: Any, data: Any = None) -> Any:
        """Chi-square, minimised over the normalisation, and over the axial mass where none is given."""
        cross_sections, axial_mass = forecast
        mass = self.nearest(cross_sections, data) if axial_mass is None else axial_mass
        return tamed_above(self.squares(cross_sections, mass, data), self.standard)

    def truth(self, forecast: Any) -> Any:
        """Elastic events (n_bins,), and their normalisation's shift as the published data fit it."""
        cross_sections, axial_mass = forecast
        mass = self.nearest(cross_sections, None) if axial_mass is None else axial_mass
        events = self.events(cross_sections, mass)
        stiffness = jnp.sum(events**2) * self.normalisation**2 + 1
        return events, self.normalisation**2 * jnp.sum(events * (self.excess - events)) / stiffness

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:
        """A Gaussian fluctuation of every bin, and the normalisation's centre."""
        events, shift = map(np.asarray, truth)
        normal, moved = rng.standard_normal(len(events)), self.normalisation * rng.standard_normal()
        if nuisances == "fitted":
            return np.append((1 + shift) * events + normal, shift + moved)
        return np.append((1 + moved) * events + normal, 0.0)

    def expected(self, truth: Any) -> Array:
        """Expected events, with their normalisation at its centre."""
        events, shift = map(np.asarray, truth)
        return np.append((1 + shift) * events, shift)
