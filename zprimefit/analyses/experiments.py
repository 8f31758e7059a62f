"""Pseudo-experiments of an analysis: data of its components, published, drawn at a point, or expected there.

Components without an observation (conditions of theory, functions of a user, constraints) keep what they say: they are
named by :attr:`Experiments.kept`.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import jax
import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from zprimefit.likelihoods.component import Params, Term
from zprimefit.likelihoods.observation import PRESCRIPTIONS, Prescription
from zprimefit.names import check_name

Array = NDArray[np.float64]
Data = Mapping[str, Array]
"""Data by component, each a flat array (n,); see :mod:`zprimefit.likelihoods.observation`."""


class Experiments:
    """Data of an analysis' components.

    Parameters
    ----------
    observed : values (n_free,) -> what terms are functions of.
    terms : by name, bound to the model.
    defaults : values (n_free,) of some point.
    """

    def __init__(self, observed: Callable[[Any], Params], terms: Mapping[str, Term], defaults: Array) -> None:
        self._observed, self._defaults = observed, defaults
        self._terms: dict[str, Any] = {name: term for name, term in terms.items() if hasattr(term, "observation")}
        self.kept: tuple[str, ...] = tuple(name for name in terms if name not in self._terms)

    def _forecasts(self, values: Any) -> dict[str, Any]:
        point = self._observed(values)
        return {name: term.forecast(point) for name, term in self._terms.items()}

    @cached_property
    def _truths(self) -> Callable[[Any], dict[str, Any]]:
        def truths(values: Any) -> dict[str, Any]:
            found = self._forecasts(values)
            return {name: self._terms[name].observation.truth(forecast) for name, forecast in found.items()}

        return jax.jit(truths)

    @cached_property
    def published(self) -> dict[str, Array]:
        """What was observed."""
        shapes = jax.eval_shape(self._forecasts, self._defaults)
        return {name: np.array(self._terms[name].observation.observed(shape)) for name, shape in shapes.items()}

    def at(self, values: ArrayLike) -> "Ensemble":
        """All experiments there could be, where values (n_free,) are the truth."""
        truths = jax.tree.map(np.asarray, self._truths(np.asarray(values, dtype=np.float64)))
        return Ensemble({name: self._terms[name].observation for name in truths}, truths)

    def checked(self, name: str, data: Data) -> dict[str, Array]:
        """Return data as arrays.

        Parameters
        ----------
        name : of the analysis, for messages.
        data : by component.

        Raises
        ------
        ValueError
            For a component that keeps its data, another number of data, or numbers that are not finite.
        """
        found = {}
        for component, given in data.items():
            check_name(f"analysis {name!r}: component with other data", component, tuple(self._terms))
            array, expected = np.array(given, dtype=np.float64), self.published[component].shape
            if array.shape != expected:
                msg = f"analysis {name!r}: data of {component}: expected an array of {expected}, got {array.shape}"
                raise ValueError(msg)
            if not np.isfinite(array).all():
                msg = f"analysis {name!r}: data of {component}: expected finite numbers, got {array.tolist()}"
                raise ValueError(msg)
            found[component] = array
        return found


class Ensemble:
    """Experiments at one point; see :meth:`Experiments.at`.

    Parameters
    ----------
    observations : by component.
    truths : what each draws from.
    """

    def __init__(self, observations: Mapping[str, Any], truths: Mapping[str, Any]) -> None:
        self._observations, self._truths = observations, truths

    def drawn(self, rng: Generator | int, nuisances: Prescription = "fitted") -> dict[str, Array]:
        """Pseudo-data by component.

        Parameters
        ----------
        rng : generator, or its seed.
        nuisances : ``"fitted"`` or ``"prior"``, see :mod:`zprimefit.likelihoods.observation`.

        Raises
        ------
        ValueError
            For another prescription.
        """
        check_name("nuisances", nuisances, PRESCRIPTIONS)
        generator = np.random.default_rng(rng)
        return {
            name: np.asarray(observation.drawn(self._truths[name], generator, nuisances), dtype=np.float64)
            for name, observation in self._observations.items()
        }

    def expected(self) -> dict[str, Array]:
        """Asimov data by component."""
        return {name: np.asarray(o.expected(self._truths[name])) for name, o in self._observations.items()}
