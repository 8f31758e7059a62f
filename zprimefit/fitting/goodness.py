"""Goodness of fit, by component and in total, and beside no new physics.

-2 ln L keeps the constant of the saturated model, so for data with many counts it is a chi^2. A component whose -2 ln L
has more in it, such as ln det of a covariance that follows the prediction, says what its chi^2 is. That of a component
has as many degrees of freedom as data, that of the whole the free parameters less. A component's own p-value is for
orientation: its share of the free parameters is not known. Bare limits have no data, and no p-value.

*No new physics* is the Standard Model: the model with its couplings at zero, and for components that see more of it,
such as heavy scalars whose masses are fixed, what they say of the Standard Model themselves. The p-value of the
difference takes it for a chi^2 with as many degrees of freedom as the fit has free directions (Wilks). Masses do not
exist there, and couplings are at an end of their range, so it is for orientation as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from zprimefit.fitting.encoding import (
    number,
    read_document,
    read_fields,
    read_number,
    reading,
    write_document,
)
from zprimefit.fitting.null import without_new_physics
from zprimefit.fitting.probabilities import p_value, significance
from zprimefit.fitting.result import Fit

SCHEMA: Final = 1
NAN: Final = float("nan")
_FLOATS: Final = ("fval", "null", "chi2", "pull")


@dataclass(frozen=True)
class ComponentGoodness:
    """How a component likes the best fit.

    Parameters
    ----------
    name : of the component or constraint.
    n_data : data points.
    fval : -2 ln L at the best fit.
    null : the same without new physics; NaN where the model does not say what that is.
    chi2 : of its data at the best fit; `fval` unless the component says otherwise.
    pull : prediction minus measurement over its error, for a single measurement; NaN for others.
    """

    name: str
    n_data: int
    fval: float
    null: float
    chi2: float
    pull: float

    @property
    def p_value(self) -> float:
        """Probability of a larger chi^2 with `n_data` degrees of freedom; NaN without data."""
        return p_value(self.chi2, self.n_data)


@dataclass(frozen=True)
class Goodness:
    """Goodness of a fit; see the module.

    Parameters
    ----------
    analysis : what was fitted.
    components : in their order.
    ndof : data minus free directions.
    n_free : free directions of the fit.
    """

    analysis: str
    components: tuple[ComponentGoodness, ...]
    ndof: int
    n_free: int

    @property
    def fval(self) -> float:
        """-2 ln L at the best fit."""
        return sum(component.fval for component in self.components)

    @property
    def chi2(self) -> float:
        """chi^2 of all data at the best fit; with what limits and constraints add."""
        return sum(component.chi2 for component in self.components)

    @property
    def p_value(self) -> float:
        """Probability of a larger :attr:`chi2`; NaN without degrees of freedom."""
        return p_value(self.chi2, self.ndof)

    @property
    def delta_chi2(self) -> float:
        """-2 ln L without new physics minus that of the best fit."""
        return sum(component.null for component in self.components) - self.fval

    @property
    def null_p_value(self) -> float:
        """Probability that the fit improves as much where there is no new physics, by Wilks."""
        return p_value(self.delta_chi2, self.n_free)

    @property
    def significance(self) -> float:
        """The same in standard deviations, two-sided."""
        return significance(self.null_p_value)

    def to_frame(self) -> pd.DataFrame:
        """One row a component, and the total."""
        rows = [(c.name, c.n_data, c.fval, c.chi2, c.p_value, c.pull, c.null, c.null - c.fval) for c in self.components]
        n_data, null = sum(c.n_data for c in self.components), self.delta_chi2 + self.fval
        rows.append(("total", n_data, self.fval, self.chi2, self.p_value, NAN, null, self.delta_chi2))
        columns = ["component", "n_data", "minus2lnl", "chi2", "p_value", "pull", "no_new_physics", "delta_chi2"]
        return pd.DataFrame(rows, columns=pd.Index(columns)).set_index("component")

    def __str__(self) -> str:
        """Table, and what it says."""
        said = [f"{self.analysis}: -2 ln L = {self.fval:.6g}, chi^2 = {self.chi2:.6g}, {self.ndof} dof"]
        if self.ndof > 0:
            said[0] += f", p = {self.p_value:.3g}"
        if np.isfinite(self.delta_chi2):
            said.append(
                f"against no new physics: Delta chi^2 = {self.delta_chi2:.4g}, {self.n_free} dof, "
                f"p = {self.null_p_value:.3g} ({self.significance:.2f} sigma, two-sided, by Wilks)"
            )
        return "\n".join([*said, self.to_frame().to_string(float_format="{:.4g}".format, na_rep="")])

    def to_json(self) -> str:
        """Everything, exactly; `from_json` reads it back."""
        components = [{**vars(c), **{key: number(getattr(c, key)) for key in _FLOATS}} for c in self.components]
        return write_document("goodness", SCHEMA, {**vars(self), "components": components})

    @classmethod
    @reading("goodness")
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If it is something else, or of another schema.
        """
        d = read_document(text, "goodness", SCHEMA)
        components = tuple(
            ComponentGoodness(
                name=str(c["name"]), n_data=int(c["n_data"]), **{key: read_number(c[key]) for key in _FLOATS}
            )
            for c in d["components"]
        )
        return cls(components=components, **read_fields(cls, d, ("analysis", "ndof", "n_free")))


def goodness_of_fit(analysis: Any, fit: Fit) -> Goodness:
    """Goodness of a fit by component, in total, and against no new physics.

    Parameters
    ----------
    analysis : an :class:`~zprimefit.analyses.Analysis`.
    fit : of it.

    Raises
    ------
    ValueError
        If the fit is of another analysis.
    """
    if (fit.name, fit.parameters) != (analysis.name, tuple(analysis.free_parameters)):
        msg = (
            f"goodness of fit of {analysis.name!r} with free parameters {list(analysis.free_parameters)}: the fit is "
            f"of {fit.name!r} with {list(fit.parameters)}"
        )
        raise ValueError(msg)
    point = {p.name: p.default for p in analysis.parameters} | fit.best
    null, pulls = without_new_physics(analysis), _pulls(analysis, point)
    chi2_of = analysis.chi2(fit.values)
    n_data = {component.name: component.n_data for component in analysis.components}
    components = tuple(
        ComponentGoodness(name, n_data.get(name, 0), value, null[name], chi2_of[name], pulls.get(name, NAN))
        for name, value in fit.breakdown.items()
    )
    return Goodness(analysis.name, components, fit.ndof, fit.n_free)


def _pulls(analysis: Any, point: Mapping[str, float]) -> dict[str, float]:
    """Distances of predicted numbers from their measurements in standard errors, of components that are one number."""
    single = [
        c for c in analysis.components if hasattr(c, "predict") and hasattr(getattr(c, "measured", None), "sigma")
    ]
    return {c.name: (float(c.predict(analysis.model, point)) - c.measured.value) / c.measured.sigma for c in single}
