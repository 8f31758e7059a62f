"""What was observed, apart from what is predicted: the part of a component that other data can be put into.

A component with an *observation* splits -2 ln L in two: ``forecast(model, params)``, what the model says, and
``observation.minus2lnl(forecast, data)``, how well the data like it. Data are one flat array of numbers: counts,
measured values, and the centres of what constrains nuisance parameters (auxiliary measurements). Without `data` they
are those that were published, and constants of the compiled code.

Pseudo-data are drawn from the *truth* of a forecast, which holds the nuisance parameters as the published data fit
them. How nuisances go into an experiment is named, :data:`Prescription`:

``"fitted"``  they are what they were fitted to; their auxiliary measurements fluctuate around that. (What LHC
              experiments do; a frequentist's ensemble.)
``"prior"``   they are drawn from their constraints, anew for every experiment; the constraints stay where they are.
              (A prior-predictive ensemble, Cousins and Highland.)
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import jax.numpy as jnp
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from zprimefit.likelihoods.taming import tamed

Array = NDArray[np.float64]
Prescription = Literal["fitted", "prior"]
PRESCRIPTIONS: tuple[Prescription, ...] = get_args(Prescription)
"""How nuisance parameters go into pseudo-data."""


@runtime_checkable
class Observation(Protocol):
    """Data of a component and their probability.

    Where -2 ln L has more in it than a chi^2, such as ln det of a covariance that follows the prediction, there is
    ``chi2(forecast, data)`` too: what goodness of fit goes by.

    A forecast is whatever the component's ``forecast(model, params)`` returns; a truth is a tree of arrays.
    """

    def observed(self, forecast: Any) -> Array:
        """Published data, flat (n,); what belongs to a forecast of this shape."""
        ...

    def minus2lnl(self, forecast: Any, data: Any = None) -> Any:
        """-2 ln L of data (n,), the published ones by default; traceable in both."""
        ...

    def truth(self, forecast: Any) -> Any:
        """What data are drawn from where the forecast is true; traceable."""
        ...

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:
        """Pseudo-data (n,)."""
        ...

    def expected(self, truth: Any) -> Array:
        """Asimov data (n,): what is expected, nothing fluctuates."""
        ...


@dataclass(frozen=True, eq=False)
class GaussianObservation:
    """Numbers with Gaussian errors; a forecast is (n,), or one number.

    Parameters
    ----------
    values : (n,) as measured.
    lower : (n, n) lower Cholesky factor of the covariance.
    far : whether chi^2 goes on with the logarithm far away, see :mod:`zprimefit.likelihoods.taming`.
    """

    values: Array
    lower: Array
    far: bool = False

    @classmethod
    def of(cls, *measured: tuple[float, float], far: bool = False) -> "GaussianObservation":
        """Independent measurements, each (value, standard error)."""
        values, errors = np.array(measured, dtype=np.float64).T
        return cls(values, np.diag(errors), far)

    def observed(self, forecast: Any) -> Array:  # noqa: ARG002
        """The values (n,)."""
        return self.values

    def minus2lnl(self, forecast: Any, data: Any = None) -> Any:
        """Chi-square."""
        residuals = jnp.ravel(forecast) - (self.values if data is None else data)
        pulls = np.linalg.inv(self.lower) @ residuals
        chi2 = jnp.sum(pulls**2)
        return tamed(chi2) if self.far else chi2

    def truth(self, forecast: Any) -> Any:
        """The forecast (n,)."""
        return jnp.ravel(forecast)

    def drawn(self, truth: Any, rng: Generator, nuisances: Prescription) -> Array:  # noqa: ARG002
        """The forecast and a Gaussian fluctuation; there are no nuisances."""
        return np.asarray(truth + self.lower @ rng.standard_normal(len(self.values)))

    def expected(self, truth: Any) -> Array:
        """The forecast."""
        return np.array(truth)
