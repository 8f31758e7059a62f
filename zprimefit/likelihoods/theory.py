"""What theory asks of quartic couplings: a vacuum that is stable, and perturbation theory that holds.

Both are smooth one-sided terms: -2 ln L = (excess / width)^2 where the condition fails, 0 where it holds; beyond ten
widths they go on with the logarithm, as limits do.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import erf, isfinite, pi, sqrt
from typing import Any, Literal

import jax.numpy as jnp

from zprimefit.likelihoods.component import Params
from zprimefit.likelihoods.limits import background_limited
from zprimefit.names import check_name, unknown_name

ONE_SIGMA = erf(1 / sqrt(2))
"""Confidence level at which a limit is worth -2 ln L = 1."""


def quantity_of(model: Any, name: str, params: Params) -> Any:
    """Value of a model's derived quantity at a point.

    Raises
    ------
    ValueError
        If the model has none of this name.
    """
    known = getattr(model, "quantities", ())
    for quantity in known:
        if quantity.name == name:
            return quantity(params)
    msg = unknown_name("derived quantity", name, [quantity.name for quantity in known])
    raise ValueError(msg)


def _checked_width(what: str, width: float) -> None:
    if not (isfinite(width) and width > 0):
        msg = f"{what}: expected a finite width > 0, got {width!r}"
        raise ValueError(msg)


class _Condition(ABC):
    """A term on derived quantities: its excess over its width is mu."""

    @property
    def cite(self) -> tuple[str, ...]:
        """The publication."""
        return ("2006.01948",)

    @property
    def cl(self) -> float:
        """Confidence level at which mu is 1."""
        return ONE_SIGMA

    @property
    def n_data(self) -> int:
        """A condition."""
        return 0

    @property
    def observables(self) -> tuple[str, ...]:
        """No method: the condition is on derived quantities, which are looked up by name."""
        return ()

    @abstractmethod
    def mu(self, model: Any, params: Params) -> Any:
        """Excess over the width; 0 where the condition holds."""

    def minus2lnl(self, model: Any, params: Params) -> Any:
        """-2 ln L at a point."""
        return background_limited(self.mu(model, params), ONE_SIGMA)


@dataclass(frozen=True)
class VacuumStability(_Condition):
    """A quartic potential that is bounded from below in every direction (arXiv:2006.01948, Appendix B, exact).

    Parameters
    ----------
    width : excess of the least V4/r^4 below zero at which -2 ln L is 1; quartic couplings of the benchmark that matter
        for it are of the order 1e-2.

    Raises
    ------
    ValueError
        For a width that is not positive.
    """

    width: float = 1e-3

    def __post_init__(self) -> None:
        _checked_width(self.name, self.width)

    @property
    def name(self) -> str:
        """Name in tables."""
        return "vacuum-stability"

    def mu(self, model: Any, params: Params) -> Any:
        """Excess over the width; 0 where the condition holds."""
        return jnp.maximum(-quantity_of(model, "vacuum_margin", params), 0.0) / self.width


@dataclass(frozen=True)
class Perturbativity(_Condition):
    """Quartic couplings within the reach of perturbation theory.

    Parameters
    ----------
    condition : ``"all"``: all of them below 4 pi; ``"lambda_5"``: |lambda_5| < sqrt(4 pi), which is what
        arXiv:2006.01948 asks (section III C).
    width : excess at which -2 ln L is 1; 1 % of the bound by default.

    Raises
    ------
    ValueError
        For an unknown condition, or a width that is not positive.
    """

    condition: Literal["all", "lambda_5"] = "all"
    width: float | None = None

    def __post_init__(self) -> None:
        check_name("condition of perturbativity", self.condition, ("all", "lambda_5"))
        if self.width is not None:
            _checked_width(self.name, self.width)

    @property
    def name(self) -> str:
        """Name in tables."""
        return "perturbativity"

    @property
    def bound(self) -> float:
        """Bound on the size of a quartic coupling."""
        return 4 * pi if self.condition == "all" else sqrt(4 * pi)

    def mu(self, model: Any, params: Params) -> Any:
        """Excess over the width; 0 where the condition holds."""
        if self.condition == "all":
            margin = quantity_of(model, "perturbativity_margin", params)
        else:
            margin = self.bound - jnp.abs(quantity_of(model, "lambda_5", params))
        return jnp.maximum(-margin, 0.0) / (self.width or 0.01 * self.bound)
