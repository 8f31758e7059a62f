"""Model + parameters + components = one function of an array, -2 ln L."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import InitVar, dataclass, field, fields, replace
from functools import cached_property, partial
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

import zprimefit.numerics  # noqa: F401  (double precision before the first trace)
from zprimefit.analyses.binding import bind_components, offered, offered_parameters
from zprimefit.analyses.checking import check_components, check_shape, checked_constraints
from zprimefit.analyses.constraints import BoundConstraint, Constraint
from zprimefit.analyses.evaluation import compiled_numbers, numbers_at
from zprimefit.analyses.evaluator import Evaluator, with_data
from zprimefit.analyses.experiments import Data, Experiments
from zprimefit.analyses.identity import identity_of
from zprimefit.analyses.naming import Nameable
from zprimefit.analyses.notebook import as_html
from zprimefit.analyses.probing import probe, refuse_idle
from zprimefit.analyses.sharing import Point, Sharing, observed
from zprimefit.analyses.touching import reads, touched_by
from zprimefit.analyses.traces import Function, Traces, compiled_anew
from zprimefit.likelihoods.compilation import keep_compiled
from zprimefit.likelihoods.component import Component, Params, Term
from zprimefit.names import unknown_name
from zprimefit.parameters import Parameter, Shear
from zprimefit.quantities import Quantity

ENGINES = ("surrogate", "direct")


@dataclass(frozen=True, eq=False)
class Analysis:
    """Likelihood of a model: the sum of the components' -2 ln L as a function of the free parameters.

    Parameters
    ----------
    model : e.g. :class:`zprimefit.models.Z2HDM`.
    components : the terms; their names must differ.
    parameters : changes to the model's own list: parameters of the same name replace it, new ones are appended.
    name : label in tables and run folders.
    source : the resolved analysis file it was read from, if any.
    engine : ``"surrogate"`` interpolates expensive spectra in the masses, ``"direct"`` integrates at every point.
    constraints : one-sided terms on parameters and derived quantities, :class:`Constraint` or its text, e.g.
        ``"m_Hpm > 110 GeV"``.
    data : other data than those that were published, by component; see :attr:`experiments` and :meth:`given`.
    traces : of an analysis that was loaded: what is kept of it, and of no other.

    Raises
    ------
    ValueError
        For two components of one name or of the same data, an unknown engine, a component that uses an unknown
        parameter, or a constraint that cannot be read.
    TypeError
        For a component that is none, or a model that cannot predict what a component needs.

    Notes
    -----
    Immutable: ``analysis + component`` is a new analysis. Arrays of values are ordered as `free_parameters`, in GeV
    or dimensionless. Parameters that no component touches are fixed.
    """

    model: Any
    components: tuple[Component, ...]
    parameters: tuple[Parameter, ...] = ()
    name: str = "analysis"
    engine: str = "surrogate"
    source: Mapping[str, Any] | None = field(default=None, repr=False)
    constraints: tuple[Constraint, ...] = ()
    data: Data | None = field(default=None, repr=False)
    origin: Self | None = field(default=None, init=False, repr=False)
    touched_by: Mapping[str, frozenset[str]] = field(init=False, repr=False)
    declared: tuple[Parameter, ...] = field(init=False, repr=False)
    traces: InitVar[Traces | None] = None
    _traces: Traces | None = field(init=False, repr=False)

    def __post_init__(self, traces: Traces | None) -> None:
        keep_compiled()
        merged = {p.name: p for p in offered_parameters(self.model, self.components)}
        merged.update({p.name: p for p in self.parameters})
        object.__setattr__(self, "components", tuple(self.components))
        object.__setattr__(self, "declared", tuple(merged.values()))
        object.__setattr__(self, "parameters", self.declared)
        if self.engine not in ENGINES:
            raise ValueError(unknown_name("engine", self.engine, ENGINES))
        check_components(self.name, self.components, self.model, list(merged))
        object.__setattr__(self, "_traces", traces)
        traced = partial(touched_by, self.components, self.model, merged)
        touches = traced() if traces is None else traces.names("touched", traced)
        constraints = checked_constraints(self.name, self.constraints)
        if constraints:
            door = Nameable.at_the_door(constraints, self.model, self.components, merged, touches)
            constraints = tuple(c.resolved(door.units) for c in constraints)
            touches |= {c.name: reads(c.name, c.bind(*door), merged) for c in constraints}
        object.__setattr__(self, "constraints", constraints)
        object.__setattr__(self, "touched_by", touches)
        used = {name for names in touches.values() for name in names}
        fixed = tuple(p if p.name in used else p.with_(free=False) for p in merged.values())
        object.__setattr__(self, "parameters", fixed)
        if self.data is not None:
            object.__setattr__(self, "data", self.experiments.checked(self.name, self.data))

    # -- parameters ---------------------------------------------------------------------------------------------

    @cached_property
    def _by_name(self) -> dict[str, Parameter]:
        return {p.name: p for p in self.parameters}

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of this name.

        Raises
        ------
        KeyError
            If there is none; the message names the nearest.
        """
        if name not in self._by_name:
            raise KeyError(unknown_name("parameter", name, list(self._by_name)))
        return self._by_name[name]

    @cached_property
    def free_parameters(self) -> tuple[str, ...]:
        """Names of the free parameters, in the order of every array of values."""
        return tuple(p.name for p in self.parameters if p.free)

    @cached_property
    def free(self) -> tuple[Parameter, ...]:
        """The free parameters themselves."""
        return tuple(p for p in self.parameters if p.free)

    def defaults(self) -> NDArray[np.float64]:
        """Default values of the free parameters (n_free,), in GeV or dimensionless."""
        return np.array([p.default for p in self.free], dtype=np.float64)

    def params(self, values: ArrayLike) -> dict[str, Any]:
        """Values of the free parameters (n_free,) -> mapping of all parameters, fixed ones at their defaults."""
        point: dict[str, Any] = {p.name: p.default for p in self.parameters}
        array = jnp.asarray(values)
        check_shape(self.free_parameters, array.shape, (len(self.free),))
        point.update({name: array[i] for i, name in enumerate(self.free_parameters)})
        return point

    def with_parameters(self, changes: Mapping[str, Mapping[str, Any]]) -> Self:
        """Return a copy with fields of some parameters changed, e.g. ``{"g_d": {"free": False, "default": 2.85}}``."""
        declared = {p.name: p for p in self.declared}
        changed = tuple(declared[self.parameter(name).name].with_(**fields) for name, fields in changes.items())
        return replace(self, parameters=(*self.declared, *changed), source=None)

    # -- the likelihood -----------------------------------------------------------------------------------------

    @cached_property
    def n_data(self) -> int:
        """Number of data points of all components."""
        return sum(c.n_data for c in self.components)

    def prepare(self, progress: Callable[[str], None] | None = None) -> Self:
        """Build what the components need before the first evaluation (surrogates); returns the analysis itself.

        Parameters
        ----------
        progress : called with one line of text per step, e.g. ``print``.
        """
        if "_component_terms" not in self.__dict__:
            self.__dict__["_component_terms"] = self._bind(progress)
        return self

    def _bind(self, progress: Callable[[str], None] | None) -> dict[str, Term]:
        return bind_components(self.components, Sharing(self.model), self._by_name, self.engine, progress)

    @cached_property
    def _component_terms(self) -> dict[str, Term]:
        return self._bind(None)

    @cached_property
    def bound_constraints(self) -> tuple[BoundConstraint, ...]:
        """The constraints tied to what they name."""
        if not self.constraints:
            return ()
        nameable = Nameable.of(self.parameters, self.quantities)
        return tuple(c.bind(*nameable) for c in self.constraints)

    @cached_property
    def _published_terms(self) -> dict[str, Term]:
        return {**self._component_terms, **{b.constraint.name: b for b in self.bound_constraints}}

    @cached_property
    def _terms(self) -> dict[str, Term]:
        data = self.data or {}
        return {name: with_data(term, data.get(name)) for name, term in self._published_terms.items()}

    def observed(self, params: Params) -> Point:
        """Values of all parameters by name, with what several components ask of the model there."""
        return observed(self.model, (name for c in self.components for name in c.observables), params)

    def _observed_at(self, values: Any) -> Point:
        return self.observed(self.params(values))

    @cached_property
    def _evaluator(self) -> Evaluator:
        return Evaluator(self._observed_at, self._published_terms, self.compiled)

    @cached_property
    def _traced(self) -> Callable[[Any], Any]:
        return jax.jit(partial(self._evaluator.total, data=self.data))

    def minus2lnl(self, values: ArrayLike) -> Any:
        """-2 ln L at values (n_free,): a float; a traced value where JAX traces."""
        if isinstance(values, jax.core.Tracer):
            return self._traced(jnp.asarray(values, dtype=jnp.float64))
        return self._evaluator.value(self._checked(values), self.data)

    def breakdown(self, values: ArrayLike) -> dict[str, float]:
        """-2 ln L of every component at values (n_free,), in their order, then of every constraint."""
        return self._evaluator.each(self._checked(values), self.data)

    def chi2(self, values: ArrayLike) -> dict[str, float]:
        """What goodness of fit goes by: :meth:`breakdown`, less what is no chi^2 in it (ln of a determinant)."""
        return self._evaluator.chi2(self._checked(values), self.data)

    def gradient(self, values: ArrayLike) -> NDArray[np.float64]:
        """Derivatives of -2 ln L by the free parameters (n_free,), per GeV or dimensionless."""
        return self.value_and_gradient(values)[1]

    def value_and_gradient(self, values: ArrayLike) -> tuple[float, NDArray[np.float64]]:
        """-2 ln L at values (n_free,), and :meth:`gradient`."""
        return self._evaluator.value_and_slopes(self._checked(values), self.data)

    def minus2lnl_batch(self, values: ArrayLike) -> NDArray[np.float64]:
        """-2 ln L at an array of points (n, n_free) -> (n,)."""
        array = np.asarray(values, dtype=np.float64)
        check_shape(self.free_parameters, array.shape, ("n", len(self.free)))
        return self._evaluator.values(array, self.data)

    def _checked(self, values: ArrayLike) -> NDArray[np.float64]:
        """Values as an array (n_free,)."""
        array = np.asarray(values, dtype=np.float64)
        check_shape(self.free_parameters, array.shape, (len(self.free),))
        return array

    def interpolation_shifts(self, values: ArrayLike) -> dict[str, float]:
        """-2 ln L by surrogates less that by direct integration at values (n_free,), of components that have some."""
        own = self._component_terms
        interpolated = [c for c in self.components if getattr(own[c.name], "error", None) is not None]
        direct = bind_components(interpolated, Sharing(self.model), self._by_name, "direct")

        @jax.jit
        def shifts(array: Any) -> dict[str, Any]:
            params = self.observed(self.params(array))
            return {name: own[name](params) - term(params) for name, term in direct.items()}

        return {name: float(shift) for name, shift in shifts(jnp.asarray(values, dtype=jnp.float64)).items()}

    def term(self, name: str) -> Term:
        """Return the component or constraint of this name, bound to the model: params -> -2 ln L."""
        if name not in self._terms:
            raise KeyError(unknown_name("component", name, list(self._terms)))
        return self._terms[name]

    # -- what is compiled of it -----------------------------------------------------------------------------------

    def compiled(self, name: str, function: Function) -> Function:
        """Return a pure function compiled, which nothing but the analysis and its name decide: it is kept by these.

        See :class:`zprimefit.analyses.traces.Traces`.
        """
        return (compiled_anew if self._traces is None else self._traces.compiled)(name, function)

    @cached_property
    def _numbers(self) -> dict[tuple[float, ...], Function]:
        return {} if self._traces is None else compiled_numbers(self)

    def numbers_at(self, point: Params) -> Any:
        """What verdicts go by, at all parameters by name; see :func:`zprimefit.analyses.evaluation.numbers_at`."""
        known = self._numbers.get(tuple(point[p.name] for p in self.parameters if not p.free))
        if known is None:
            return numbers_at(self, point)
        return known(np.array([point[name] for name in self.free_parameters], dtype=np.float64))

    # -- other data ---------------------------------------------------------------------------------------------

    @cached_property
    def experiments(self) -> Experiments:
        """Data of the components: published, drawn where a point is the truth, or expected there."""
        return Experiments(self._observed_at, self._published_terms, self.defaults())

    def given(self, data: Data) -> Self:
        """Return the analysis with other data, by component; the others keep what was published.

        Its ``origin`` is the analysis with the published data: all that are made so share what is compiled.

        Raises
        ------
        ValueError
            For a component that keeps its data, another number of data, or numbers that are not finite.
        """
        checked = self.experiments.checked(self.name, data)
        copied = object.__new__(type(self))
        shared = {"_component_terms", "bound_constraints", "_published_terms", "_evaluator", "experiments", "_by_name"}
        _ = self._evaluator, self._by_name
        names = {f.name for f in fields(self)} | shared
        copied.__dict__.update({name: value for name, value in self.__dict__.items() if name in names})
        copied.__dict__.update(data=checked, origin=self.origin or self, _traces=None)  # they are of the published data
        return copied

    # -- what models add for minimisers and samplers, and for people ------------------------------------------------

    @cached_property
    def shears(self) -> dict[str, Callable[[Params], Any]]:
        """Directions that straighten the likelihood: pivot -> shift of its internal coordinate.

        The model names them; a component that knows better what it fixes (the number of events) replaces one. Only
        pivots that are free and on the scale that the shift is meant for take part, unless another does instead.
        """
        declared: dict[str, Shear] = dict(getattr(self.model, "shears", {}))
        for term in self._component_terms.values():
            declared.update(getattr(term, "shears", {}))
        scales = {p.name: p.scale for p in self.free}
        return {name: s.shift for name, s in declared.items() if scales.get(name) == s.scale and s.unless not in scales}

    def described_as(self, source: Mapping[str, Any]) -> Self:
        """Return a copy that remembers the resolved file it stands for."""
        copied = copy(self)
        object.__setattr__(copied, "source", source)
        copied.__dict__.pop("identity", None)
        return copied

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What results of this analysis belong to; run folders and chains refuse another."""
        return identity_of(self)

    @cached_property
    def benchmarks(self) -> dict[str, dict[str, float]]:
        """Published points of the model: name -> values of all parameters."""
        return {name: dict(self.model.benchmark(name)) for name in getattr(self.model, "benchmarks", ())}

    @cached_property
    def offered_quantities(self) -> dict[str, tuple[Quantity, ...]]:
        """Derived quantities by the model's or the component's name that offers them."""
        return offered(self.model, self._component_terms)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Derived quantities by name: the model's, and those that the components predict (event numbers)."""
        return {quantity.name: quantity for group in self.offered_quantities.values() for quantity in group}

    def quantity(self, name: str) -> Quantity:
        """Return the derived quantity of this name.

        Raises
        ------
        KeyError
            If there is none; the message names the nearest.
        """
        if name not in self.quantities:
            raise KeyError(unknown_name("derived quantity", name, list(self.quantities)))
        return self.quantities[name]

    def derived_at(self, params: Params) -> dict[str, float]:
        """Values of all derived quantities at a point, parameters by name."""
        # Arrays: Python's own numbers refuse to divide by zero.
        point = {name: jnp.asarray(value) for name, value in params.items()}
        return {name: float(quantity(point)) for name, quantity in self.quantities.items()}

    def derived(self, values: ArrayLike) -> dict[str, float]:
        """Derived quantities at values (n_free,): name -> value in the unit its name ends on."""
        return self.derived_at(self.params(values))

    # -- what moves what ----------------------------------------------------------------------------------------------

    @cached_property
    def probed(self) -> dict[str, frozenset[str]]:
        """Free parameters that change each component and constraint; see :mod:`zprimefit.analyses.probing`."""
        return probe(self) if self._traces is None else self._traces.names("probed", partial(probe, self))

    def refuse_idle(self) -> None:
        """Refuse to vary a parameter that changes nothing; see :func:`zprimefit.analyses.probing.refuse_idle`."""
        refuse_idle(self)

    _repr_html_ = as_html

    def __add__(self, other: Component | Constraint | Sequence[Component | Constraint]) -> Self:
        """Return a new analysis with one or more components or constraints added."""
        added = tuple(other) if isinstance(other, Sequence) else (other,)
        components = tuple(a for a in added if not isinstance(a, Constraint))
        constraints = tuple(a for a in added if isinstance(a, Constraint))
        return replace(
            self,
            components=(*self.components, *components),
            constraints=(*self.constraints, *constraints),
            parameters=self.declared,
            source=None,
        )
